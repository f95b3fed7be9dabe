//! What the pages of an errand have in common: who asks, for what, and where its form may end up.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use super::turn::{Aim, peek};
use super::{id_of, opening, path};
use crate::authn::interaction::{self, Gathered};
use crate::authn::{device, second_factor, session};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::InteractionId;
use crate::model::issuer::Issuer;
use crate::model::message::masked;
use crate::model::time::Timestamp;
use crate::oauth::redirect_uri::{form_action_source, is_on_device};
use crate::pages;
use crate::pages::contexts::{ClientCard, PasskeyForm, PasskeyUse, Stranger};
use crate::pages::{Text, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::store;
use crate::web::cookies::{self, Browser};
use crate::web::{branding, form, look, respond, visitor};
use crate::work::View;

/// An errand as a page sees it.
pub(super) struct Shown {
    pub(super) id: InteractionId,
    pub(super) aim: Aim,
    pub(super) gathered: Gathered,
    /// The page that is due; none when the errand only has to take its turn.
    pub(super) due: Option<Page>,
    /// The kind of factor to ask for first: of those that would do, the one this person used last.
    pub(super) first: Option<FactorKind>,
    /// A passkey that its browser is to be told of: nobody here has it.
    pub(super) unknown_passkey: Option<String>,
    /// The providers to sign in at instead.
    pub(super) providers: Vec<Issuer>,
    /// Whether whoever is known to be there signs in at one of those alone.
    pub(super) elsewhere: bool,
    pub(super) now: Timestamp,
}

impl Shown {
    /// Looks at the errand that a path names, in the browser that it is bound to.
    pub(super) async fn load(request: &HttpRequest, server: &Arc<Server>, path: &str) -> Result<(Self, Browser)> {
        let browser = opening(request, server)?;
        let id = id_of(path)?;
        let (digest, cookie) = (browser.digest(), cookies::session(request, server));
        let shown = server
            .read_from(visitor::origin(request, server), move |view| {
                let errand = interaction::find(view, id, &digest)?;
                let session = session::find(view, cookie.as_ref())?;
                let (aim, gathered, decision) = peek(view, &errand, session)?;
                let may_ask = aim.request().is_none_or(|valid| !valid.request.prompt.none);
                let due = match decision.step {
                    NextStep::Interact(page) if may_ask => Some(page),
                    _ => None,
                };
                let first = match (&due, gathered.user()) {
                    (Some(Page::Challenge { allowed, .. }), Some(user)) => {
                        second_factor::asked_first(view, user, allowed)?
                    }
                    _ => None,
                };
                let (providers, elsewhere) = match due {
                    Some(Page::Login) => ways(view, &aim, &gathered)?,
                    _ => (Vec::new(), false),
                };
                Ok(Self {
                    id,
                    providers,
                    elsewhere,
                    aim,
                    gathered,
                    due,
                    first,
                    unknown_passkey: errand.unknown_passkey.clone(),
                    now: view.now,
                })
            })
            .await?;
        look::note(request, |noted| {
            noted.client = shown.aim.client().map(|client| client.client_id.clone());
            if let Some(valid) = shown.aim.request() {
                noted.request(&valid.request);
            }
            noted.account(shown.gathered.user());
        });
        Ok((shown, browser))
    }

    /// A page of this errand; `denied` where it says what was not accepted.
    pub(super) fn page(&self, server: &Server, page: &impl pages::Page, denied: bool) -> HttpResponse {
        let status = if denied {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        // Where its form may end up.
        let redirect_uri = self.aim.request().map(|valid| &valid.request.redirect_uri);
        let target = redirect_uri.and_then(|uri| form_action_source(uri));
        let providers = self
            .providers
            .iter()
            .filter_map(|provider| form_action_source(&provider.issuer));
        let targets: Vec<String> = target.into_iter().chain(providers).collect();
        let targets = (!targets.is_empty()).then(|| targets.join(" "));
        respond::page(server, status, page, targets.as_deref())
    }

    /// The form of a passkey on a page of this errand.
    pub(super) fn passkey(&self, server: &Server, browser: &Browser, what: PasskeyUse) -> PasskeyForm {
        let form = PasskeyForm::new(&path(server, self.id, None), self.csrf(server, browser), what);
        PasskeyForm {
            unknown: self.unknown_passkey.clone(),
            ..form
        }
    }

    /// The form token of a page of this errand.
    pub(super) fn csrf(&self, server: &Server, browser: &Browser) -> String {
        form::token(server, browser, &self.id.to_string())
    }

    /// The client with its host, where one asks.
    pub(super) fn client_card(&self, server: &Server) -> Option<ClientCard> {
        let client = self.aim.client()?;
        let host = match self.aim.request() {
            Some(valid) => redirect_host(&valid.request.redirect_uri),
            // Nobody goes back to a device by an address: what is known of its maker is shown.
            None => known_host(client),
        };
        Some(branding::card(server, client, host))
    }

    /// Who asks, in a sentence.
    pub(super) fn asker(&self) -> Text {
        let client = self.aim.client().map(Client::display_name);
        client.map_or(text::YOUR_ACCOUNT, Text::verbatim)
    }

    /// Why a factor is enrolled now.
    pub(super) fn enrolment_sentence(&self) -> Text {
        match self.aim.client() {
            Some(_) => text::needs_enrolment(self.asker()),
            None => text::ENROLS_ANOTHER,
        }
    }

    /// The end of the telephone number on the user's record, where nobody vouched for it yet.
    pub(super) fn number_on_record(&self) -> Option<String> {
        let is_unconfirmed = self
            .gathered
            .facts
            .user
            .as_ref()
            .is_some_and(|user| user.unconfirmed_number);
        let number = self.gathered.user()?.claims.get("phone_number")?.as_str()?;
        is_unconfirmed.then(|| masked(number))
    }

    /// The name to prefill: the one hinted at.
    pub(super) fn login_hint(&self) -> String {
        let hint = self.aim.request().and_then(|valid| valid.request.login_hint.clone());
        hint.unwrap_or_default()
    }

    /// The level that the session shows.
    pub(super) fn have(&self) -> Acr {
        self.gathered.level()
    }

    /// Until when a proof given now counts.
    pub(super) fn proof_until(&self, server: &Server) -> Timestamp {
        self.now
            .plus_seconds(i64::from(server.shared().settings.assurance.high_age))
    }
}

/// The providers that a login page offers, and whether whoever is there signs in at one of them alone. That is told of nobody
/// but the one who is signed in, or is named in a browser that is known to be theirs.
fn ways(view: &mut View<'_>, aim: &Aim, gathered: &Gathered) -> Result<(Vec<Issuer>, bool)> {
    let mut providers = view.directory.issuers.clone();
    providers.retain(Issuer::is_provider);
    if providers.is_empty() {
        return Ok((providers, false));
    }
    let hint = aim.request().and_then(|valid| valid.request.login_hint.as_deref());
    let user = match (gathered.user(), hint) {
        (Some(user), _) => Some(user.clone()),
        (None, Some(hint)) => {
            let named = store::users::find_by_username(view.tx, hint)?;
            match named {
                Some(user) if device::find(view, user.id)?.is_some() => Some(user),
                _ => None,
            }
        }
        (None, None) => None,
    };
    let Some(user) = user.filter(|user| user.sso_only) else {
        return Ok((providers, false));
    };
    let credentials = store::credentials::of_user(view.tx, user.id)?;
    let is_connected = |provider: &&Issuer| {
        let is_there = |known: &Credential| matches!(&known.material, Material::Upstream { issuer, .. } if *issuer == provider.issuer);
        credentials.iter().any(is_there)
    };
    let own: Vec<Issuer> = providers.iter().filter(is_connected).cloned().collect();
    Ok((if own.is_empty() { providers } else { own }, true))
}

/// The host that an application is known by where no request says where its answer goes: that of the document that describes
/// it, else that of its home page, else the first that it gets answers at.
pub(in crate::web) fn known_host(client: &Client) -> String {
    let described = client.is_document().then_some(&client.client_id);
    let known = described
        .or_else(|| client.link(client.client_uri.as_ref()))
        .or_else(|| client.redirect_uris.first());
    known.map(|uri| redirect_host(uri)).unwrap_or_default()
}

/// What people are warned of where nobody here vouches for a client: it registered itself, or a document describes it. Its
/// answer goes to `redirect_uri`, where it goes anywhere.
pub(in crate::web) fn stranger(client: &Client, redirect_uri: Option<&str>) -> Option<Stranger> {
    client.is_registered().then(|| Stranger {
        host: client.is_document().then(|| redirect_host(&client.client_id)),
        local: redirect_uri.is_some_and(is_on_device),
    })
}

/// The host that a response goes to, or the scheme of a private one.
pub(super) fn redirect_host(redirect_uri: &str) -> String {
    let parsed = Url::parse(redirect_uri).ok();
    let host = parsed.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(
            url.port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        )
    });
    host.or_else(|| parsed.map(|url| format!("{}:", url.scheme())))
        .unwrap_or_default()
}
