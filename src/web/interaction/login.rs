//! The login page.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::Shown;
use super::{Risen, failed, passkey, path, posted, proven, turn, upstream};
use crate::authn::factor::password;
use crate::authn::login::{Settling, charge, settle};
use crate::authn::{interaction, session};
use crate::error::Result;
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::model::issuer::Issuer;
use crate::model::secret::Secret;
use crate::pages::contexts::{LoginPage, PasskeyUse, ProviderButton};
use crate::pages::text;
use crate::policy::Page;
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::{self, Browser};
use crate::web::{respond, visitor};

/// The longest user name that is looked at, in bytes.
const MAX_USERNAME: usize = 255;

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    show(&request, &server.into_inner(), &id, None).await
}

/// The page, if it is due; with the name and the sentence of a login that was not accepted.
async fn show(request: &HttpRequest, server: &Arc<Server>, id: &str, again: Option<String>) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error).await,
    };
    if shown.due != Some(Page::Login) {
        return respond::see_other(&path(server, shown.id, None));
    }
    let required = shown.gathered.required_level();
    let knows_passkeys = server.shared().settings.factor_kinds().contains(&FactorKind::Passkey);
    let error = again.is_some().then_some(text::LOGIN_DENIED);
    let passkey_error = passkey::denial(request).filter(|_| again.is_none());
    let upstream_error = upstream::problem(request).filter(|_| again.is_none() && passkey_error.is_none());
    let is_denied = error.is_some() || passkey_error.is_some() || upstream_error.is_some();
    let password = !shown.elsewhere;
    let base = path(server, shown.id, None);
    let page = LoginPage {
        chrome: server.pages.chrome::<LoginPage>(),
        action: path(server, shown.id, Some(&Page::Login)),
        csrf: shown.csrf(server, &browser),
        client: shown.client_card(server),
        error,
        username: again.unwrap_or_else(|| shown.login_hint()),
        needed: required.map(Into::into),
        forgotten: (password && server.shared().settings.resets_passwords()).then(|| {
            format!(
                "{}/forgotten?errand={}",
                server.shared().settings.issuer_path(),
                shown.id
            )
        }),
        passkey: (knows_passkeys && password).then(|| shown.passkey(server, &browser, PasskeyUse::SignIn)),
        passkey_error,
        password,
        upstream: format!("{base}/upstream"),
        providers: shown.providers.iter().map(button).collect(),
        upstream_error,
    };
    shown.page(server, &page, is_denied)
}

fn button(provider: &Issuer) -> ProviderButton {
    ProviderButton {
        issuer: provider.issuer.clone(),
        name: provider.display_name().to_owned(),
    }
}

pub(in crate::web) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, params) = match posted(&request, &body, &server, &path) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error).await,
    };
    let username = params.get("username").unwrap_or_default().to_owned();
    let password = Secret::new(params.get("password").unwrap_or_default());
    if username.trim().is_empty() || username.len() > MAX_USERNAME || password.expose().is_empty() {
        let typed: String = username.chars().take(MAX_USERNAME).collect();
        return show(&request, &server, &path, Some(typed)).await;
    }
    let proof = sign_in(&request, &server, (id, &browser), (username.clone(), password)).await;
    match proven(&request, &server, id, proof).await {
        Ok(response) => response,
        Err(_) => show(&request, &server, &path, Some(username)).await,
    }
}

/// Charge, compare on a thread that may take its time, settle; then the errand's next turn in the same transaction.
async fn sign_in(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    (username, secret): (String, Secret),
) -> Result<Risen> {
    let origin = visitor::origin(request, server);
    let digest = browser.digest();
    let charged = server
        .perform(origin.clone(), move |work| {
            let errand = interaction::load(work, id, &digest)?;
            charge(work, &errand, &username)
        })
        .await?;
    let hashing = Arc::clone(server);
    let (charged, comparison) = server
        .compute(move || {
            let comparison = password::compare(&hashing.shared().hasher, &secret, charged.phc());
            (charged, comparison)
        })
        .await?;
    let comparison = comparison?;
    let (cookie, user_agent) = (
        cookies::session(request, server),
        visitor::visitor(request, server).user_agent,
    );
    server
        .perform(origin, move |work| {
            let current = session::find(&mut work.view(), cookie.as_ref())?;
            let settling = Settling {
                interaction: id,
                browser: &digest,
                current,
                user_agent: &user_agent,
            };
            let renewed = settle(work, charged, comparison, settling)?;
            let errand = interaction::load(work, id, &digest)?;
            let turn = turn::resume(work, &errand, Some(renewed.session.clone()))?;
            Ok(Risen::to(turn, renewed))
        })
        .await
}
