//! What somebody proves themself with: listed, added, named, removed.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{Visitor, act, back, change, connections, enrol, enter, failed, frame, look, page, posted};
use crate::authn::attempts;
use crate::authn::factor::passkey;
use crate::authn::visit::FACTORS_PER_KIND;
use crate::error::{Refusal, Result};
use crate::manage::account::credentials;
use crate::manage::api_login_tokens;
use crate::model::credential::{Credential, Material, Standing};
use crate::model::evidence::FactorKind;
use crate::model::id::CredentialId;
use crate::model::issuer::Issuer;
use crate::pages::contexts::account::{
    AddLink, ConnectLink, CredentialLine, CredentialPage, CredentialsPage, KnownPasskeys, RemovePage,
};
use crate::pages::text::factor_name;
use crate::pages::{Moment, Text};
use crate::server::Server;
use crate::store;
use crate::web::body::Posted;
use crate::work::View;

const PATH: &str = "/account/security";

/// What the page lists.
struct Listed {
    credentials: Vec<(Credential, bool)>,
    has_password: bool,
    has_api_token: bool,
    providers: Vec<Issuer>,
}

fn load(view: &mut View<'_>, visitor: &Visitor) -> Result<Listed> {
    let all = store::credentials::of_user(view.tx, visitor.user.id)?;
    let mut listed = Vec::new();
    for credential in credentials::list(view, visitor.user.id)? {
        let disabled = attempts::is_disabled(view, credential.id)?;
        listed.push((credential, disabled));
    }
    Ok(Listed {
        credentials: listed,
        has_password: all.iter().any(|credential| credential.kind() == FactorKind::Password),
        has_api_token: api_login_tokens::may_have(view.directory, &visitor.user)?,
        providers: view
            .directory
            .issuers
            .iter()
            .filter(|one| one.is_provider())
            .cloned()
            .collect(),
    })
}

fn address(server: &Server, path: &str) -> String {
    format!("{}{path}", server.shared().settings.issuer_path())
}

fn line(server: &Server, credential: &Credential, disabled: bool) -> CredentialLine {
    CredentialLine {
        kind: credential.kind().as_str(),
        what: factor_name(credential.kind()),
        label: credential.label.clone(),
        added: Moment::dated(credential.confirmed_at.unwrap_or(credential.created_at)),
        used: credential.last_used_at.map(Moment::dated),
        disabled,
        on_record: credential.material.standing() == Some(Standing::Vouched),
        href: address(server, &format!("{PATH}/{}", credential.id)),
    }
}

/// An account at another provider, by what that is called.
fn connection(server: &Server, credential: &Credential, providers: &[Issuer]) -> CredentialLine {
    let known = match &credential.material {
        Material::Upstream { issuer, .. } => {
            let listed = providers.iter().find(|provider| provider.issuer == *issuer);
            listed.map_or(issuer.as_str(), Issuer::display_name)
        }
        _ => "",
    };
    CredentialLine {
        label: known.to_owned(),
        ..line(server, credential, false)
    }
}

fn connect_link(server: &Server, provider: &Issuer) -> ConnectLink {
    ConnectLink {
        provider: provider.display_name().to_owned(),
        href: address(server, &connections::place(&provider.issuer)),
    }
}

pub(super) async fn list(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    show(&request, &server.into_inner(), None).await
}

pub(super) async fn show(request: &HttpRequest, server: &Arc<Server>, error: Option<Text>) -> HttpResponse {
    let (visitor, listed) = match enter(request, server, look(PATH), load).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let frame = frame::<CredentialsPage>(request, server, "security", &visitor).refusing(error);
    let is_full = |kind: FactorKind| {
        let of_kind = listed
            .credentials
            .iter()
            .filter(|(credential, _)| credential.kind() == kind);
        of_kind.count() >= FACTORS_PER_KIND
    };
    let kinds = server.shared().settings.factor_kinds();
    let add = kinds
        .iter()
        .filter(|kind| is_added_here(**kind) && !is_full(**kind))
        .map(|kind| AddLink {
            kind: kind.as_str(),
            what: factor_name(*kind),
            href: address(server, &format!("{PATH}/add/{}", kind.as_str())),
        });
    let credentials: Vec<Credential> = listed
        .credentials
        .iter()
        .map(|(credential, _)| credential.clone())
        .collect();
    let is_connection = |credential: &Credential| credential.kind() == FactorKind::Upstream;
    let factors = listed.credentials.iter().filter(|(known, _)| !is_connection(known));
    let connections = credentials.iter().filter(|known| is_connection(known));
    let connect = listed.providers.iter().filter(|provider| provider.connectable);
    let shown = CredentialsPage {
        credentials: factors
            .map(|(known, disabled)| line(server, known, *disabled))
            .collect(),
        add: add.collect(),
        connections: connections
            .map(|known| connection(server, known, &listed.providers))
            .collect(),
        connect: connect.map(|provider| connect_link(server, provider)).collect(),
        uses_password: !visitor.user.sso_only,
        has_password: listed.has_password,
        has_api_token: listed.has_api_token,
        known_passkeys: known_passkeys(server, &visitor, &credentials),
        frame,
    };
    page(server, &shown, &shown.frame)
}

/// What browsers are told of the passkeys here, so that they offer no others.
fn known_passkeys(server: &Server, visitor: &Visitor, credentials: &[Credential]) -> Option<String> {
    let settings = &server.shared().settings;
    if !settings.factor_kinds().contains(&FactorKind::Passkey) {
        return None;
    }
    let (user_id, all_accepted_credential_ids) = passkey::known(visitor.user.id, credentials);
    let known = KnownPasskeys {
        rp_id: settings.host_name()?.to_owned(),
        user_id,
        all_accepted_credential_ids,
    };
    serde_json::to_string(&known).ok()
}

/// Whether a factor of this kind is confirmed by an answer; codes for recovery are made and shown instead.
const fn is_added_here(kind: FactorKind) -> bool {
    !matches!(kind, FactorKind::RecoveryCode)
}

/// Begins to enrol a factor of a kind: fresh proof first, then its page, then back.
pub(super) async fn add(request: HttpRequest, server: web::Data<Server>, kind: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let offered = |kind: &FactorKind| is_added_here(*kind) && server.shared().settings.factor_kinds().contains(kind);
    let Some(kind) = kind.parse::<FactorKind>().ok().filter(offered) else {
        return missing(&request, &server);
    };
    let visit = enrol(format!("{PATH}?done=added"), kind);
    match enter(&request, &server, visit, |_, _| Ok(())).await {
        // Nothing is due: there are as many as there may be.
        Ok(_) => show(&request, &server, Some(Text::new("refused-too-many"))).await,
        Err(response) => response,
    }
}

fn missing(request: &HttpRequest, server: &Server) -> HttpResponse {
    failed(request, server, Refusal::Missing("there is no such credential").into())
}

fn find(view: &mut View<'_>, visitor: &Visitor, id: CredentialId) -> Result<(Credential, bool)> {
    let own = credentials::list(view, visitor.user.id)?;
    let found = own.into_iter().find(|credential| credential.id == id);
    let found = found.ok_or(Refusal::Missing("there is no such credential"))?;
    let disabled = attempts::is_disabled(view, found.id)?;
    Ok((found, disabled))
}

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>, id: web::Path<String>) -> HttpResponse {
    name(&request, &server.into_inner(), &id, None).await
}

async fn name(request: &HttpRequest, server: &Arc<Server>, id: &str, error: Option<Text>) -> HttpResponse {
    let Ok(id) = id.parse::<CredentialId>() else {
        return missing(request, server);
    };
    let visit = look(format!("{PATH}/{id}"));
    let entered = enter(request, server, visit, move |view, visitor| find(view, visitor, id));
    let (visitor, (credential, disabled)) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let frame = frame::<CredentialPage>(request, server, "security", &visitor).refusing(error);
    let shown = CredentialPage {
        frame,
        credential: line(server, &credential, disabled),
        remove: address(server, &format!("{PATH}/{id}/remove")),
    };
    page(server, &shown, &shown.frame)
}

pub(super) async fn rename(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (params, id) = match (posted(&request, &body, &server), path.parse::<CredentialId>()) {
        (Ok(params), Ok(id)) => (params, id),
        (Err(error), _) => return failed(&request, &server, error),
        (_, Err(_)) => return missing(&request, &server),
    };
    let label = params.get("label").unwrap_or_default().to_owned();
    let visit = look(format!("{PATH}/{id}"));
    let made = act(&request, &server, visit, move |work, visitor| {
        credentials::rename(work, &visitor.actor, id, &label)
    });
    match made.await {
        Ok(Ok(())) => back(&server, PATH, "named"),
        Ok(Err(_)) => name(&request, &server, &path, Some(Text::new("refused-change"))).await,
        Err(response) => response,
    }
}

/// Asks whether a credential is to be removed; to be asked takes fresh proof.
pub(super) async fn ask(request: HttpRequest, server: web::Data<Server>, id: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let Ok(id) = id.parse::<CredentialId>() else {
        return missing(&request, &server);
    };
    let visit = change(format!("{PATH}/{id}/remove"));
    let entered = enter(&request, &server, visit, move |view, visitor| find(view, visitor, id));
    let (visitor, (credential, disabled)) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    if credential.material.standing() == Some(Standing::Vouched) {
        return missing(&request, &server);
    }
    let shown = RemovePage {
        frame: frame::<RemovePage>(&request, &server, "security", &visitor),
        credential: line(&server, &credential, disabled),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn remove(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let id = match (posted(&request, &body, &server), id.parse::<CredentialId>()) {
        (Ok(_), Ok(id)) => id,
        (Err(error), _) => return failed(&request, &server, error),
        (_, Err(_)) => return missing(&request, &server),
    };
    let visit = change(format!("{PATH}/{id}/remove"));
    let made = act(&request, &server, visit, move |work, visitor| {
        credentials::remove(work, &visitor.actor, id)
    });
    match made.await {
        Ok(Ok(())) => back(&server, PATH, "removed"),
        Ok(Err(_)) => show(&request, &server, Some(Text::new("refused-last"))).await,
        Err(response) => response,
    }
}
