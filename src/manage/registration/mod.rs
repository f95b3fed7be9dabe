//! Clients that register themselves, and manage what they registered. RFC 7591, RFC 7592, OpenID Connect Dynamic Client
//! Registration 1.0.
//!
//! Nobody vouches for such a client: people are always asked before it gets anything, its scopes, grant types and resources
//! are those of `[registration]`, and it approves nobody beforehand. The secret and the token that manages it are shown
//! once and known by digest, so that a leaked token does not tell the secret.

mod answer;
mod application;
pub mod document;
mod metadata;
mod statement;
mod tokens;

pub use answer::Registered;
pub use application::Application;
pub use statement::{Statement, UnreadStatement, issuer_of};
pub use tokens::{add_token, list_tokens, revoke_token};

use crate::config::RegistrationMode;
use crate::crypto::digest::{constant_time_eq, digest_of};
use crate::error::{Denial, FieldError, OAuthError, OAuthErrorCode, Result};
use crate::model::actor::Actor;
use crate::model::client::{Client, ClientSecret, GrantType};
use crate::model::registration::Registration;
use crate::model::secret::Secret;
use crate::policy::lockout;
use crate::store;
use crate::work::{Purposes, View, Work};

use super::clients::make_secret;
use super::directory::{client_differences, public_members};
use super::validate::Surroundings;
use super::{Changed, authority, entry, record};

/// The prefix of tokens that manage a registration.
const TOKEN_PREFIX: &str = "cs_ra_";
/// Seconds in which registrations from one address are counted.
const WINDOW: u32 = 3_600;
/// Characters of a client's identifier.
const ID_LENGTH: usize = 24;

/// Charges a registration to the address it comes from, and checks that whoever asks may register clients. It is done
/// before anything is fetched.
///
/// # Errors
/// [`Denial::RateLimited`], `invalid_token`, or a fault of the database.
pub fn charge(work: &mut Work<'_>, token: Option<&Secret>) -> Result<()> {
    let counter = lockout::registration_counter(work.ip());
    let count = store::counters::charge(work.tx, &counter, work.now, WINDOW)?;
    if count > i64::from(work.shared.settings.registration.per_address) {
        return Err(Denial::RateLimited(WINDOW).into());
    }
    let is_good = match (work.shared.settings.registration.mode, token) {
        (RegistrationMode::Off, _) | (RegistrationMode::Token, None) => false,
        (RegistrationMode::Open, None) => true,
        (_, Some(token)) => {
            let digest = digest_of(token.expose());
            store::registration_tokens::find(work.tx, &digest, work.now)?.is_some()
        }
    };
    if is_good { Ok(()) } else { Err(unknown()) }
}

/// The same answer for a token that is wrong, used up or expired, and for a client that does not exist (RFC 7592 §2.1).
fn unknown() -> crate::error::Error {
    OAuthErrorCode::InvalidToken.into()
}

/// Registers a client (RFC 7591 §3).
///
/// # Errors
/// What is wrong with its metadata, `invalid_token` when the token was used up meanwhile, `temporarily_unavailable` when
/// there are too many clients; a fault of the database.
pub fn register(work: &mut Work<'_>, application: &Application, token: Option<&Secret>) -> Result<Registered> {
    let registration = Registration {
        issued_at: work.now,
        software_statement: application.statement.clone(),
        localized: application.localized()?,
        document: false,
    };
    let client_id = work.random.alphanumeric(ID_LENGTH).expose().to_owned();
    let client = client_of(&work.view(), application, &client_id, registration)?;
    store::counters::hold(work.tx, "registered clients")?;
    check_room(work)?;
    if let Some(token) = token
        && !store::registration_tokens::consume(work.tx, &digest_of(token.expose()), work.now)?
    {
        return Err(unknown());
    }
    let (secret, shown) =
        make_secret(work, &client)?.map_or((None, None), |(stored, shown)| (Some(stored), Some(shown)));
    let client = Client { secret, ..client };
    let token = work.random.token(TOKEN_PREFIX);
    store::clients::insert_registered(work.tx, &client, &digest_of(token.expose()))?;
    record_change(work, None, Some(&client))?;
    Ok(Registered {
        client,
        secret: shown,
        token,
    })
}

/// Checks that there may be another registered client; they must be held.
fn check_room(work: &mut Work<'_>) -> Result<()> {
    let most = i64::from(work.shared.settings.registration.max_clients);
    if store::clients::count_registered(work.tx)? < most {
        return Ok(());
    }
    let description = "there are as many registered clients as may be";
    Err(OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, description).into())
}

fn client_of(
    view: &View<'_>,
    application: &Application,
    client_id: &str,
    registration: Registration,
) -> std::result::Result<Client, OAuthError> {
    let around = Surroundings::of(view);
    let settings = &view.shared.settings.registration;
    if settings.require_statement && registration.software_statement.is_none() {
        let description = "a software statement is required";
        return Err(OAuthError::new(OAuthErrorCode::InvalidSoftwareStatement, description));
    }
    let base = metadata::base(client_id, registration, settings);
    metadata::client(application, &base, settings, &around)
}

/// The client that this token manages (RFC 7592 §2.1).
///
/// # Errors
/// `invalid_token`, the same for an unknown client, a disabled one and another token; a fault of the database.
pub fn show(view: &mut View<'_>, client_id: &str, token: &Secret) -> Result<Client> {
    let found = store::clients::find_registered(view.tx, client_id, &digest_of(token.expose()))?;
    found
        .filter(|client| client.is_registered() && !client.disabled)
        .ok_or_else(unknown)
}

/// Puts other metadata in place of a client's (RFC 7592 §2.2). Its token is replaced too, and its secret where another
/// method of authentication needs another one.
///
/// # Errors
/// As [`show`]; what is wrong with the metadata.
pub fn update(work: &mut Work<'_>, client_id: &str, token: &Secret, application: &Application) -> Result<Registered> {
    let before = show(&mut work.view(), client_id, token)?;
    check_own(work, &before, application)?;
    let known = before.registration.as_ref().ok_or_else(unknown)?;
    let registration = Registration {
        software_statement: application.statement.clone(),
        localized: application.localized()?,
        ..known.clone()
    };
    let after = client_of(&work.view(), application, client_id, registration)?;
    let (secret, shown) = keep_secret(work, &before, &after)?;
    let next = work.random.token(TOKEN_PREFIX);
    let (old, new) = (digest_of(token.expose()), digest_of(next.expose()));
    // From here on nobody else changes it: of two updates at once, one finds its token replaced.
    if !store::clients::rotate_token(work.tx, client_id, &old, &new)? {
        return Err(unknown());
    }
    let current = store::clients::find(work.tx, client_id)?.ok_or_else(unknown)?;
    let after = Client {
        secret,
        disabled: current.disabled,
        ..after
    };
    store::clients::put(work.tx, &after)?;
    record_change(work, Some(&before), Some(&after))?;
    Ok(Registered {
        client: after,
        secret: shown,
        token: next,
    })
}

/// RFC 7592 §2.2: an update names its client, and its secret as it is or not at all.
fn check_own(work: &Work<'_>, client: &Client, application: &Application) -> Result<()> {
    let wrong =
        |description: &'static str| Err(OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description).into());
    if application.own("client_id") != Some(client.client_id.as_str()) {
        return wrong("client_id must be the client's own");
    }
    let Some(given) = application.own("client_secret") else {
        return Ok(());
    };
    let is_same = match &client.secret {
        Some(ClientSecret::Digest(digest)) => constant_time_eq(digest.as_bytes(), digest_of(given).as_bytes()),
        Some(ClientSecret::Sealed(sealed)) => {
            let secret = work.shared.master.open(Purposes::CLIENT_SECRET, sealed)?;
            constant_time_eq(&secret, given.as_bytes())
        }
        None => false,
    };
    if is_same {
        Ok(())
    } else {
        wrong("client_secret is chosen by the server; leave it out")
    }
}

/// The secret of an updated client, and the one to show where it is new.
fn keep_secret(work: &mut Work<'_>, before: &Client, after: &Client) -> Result<(Option<ClientSecret>, Option<Secret>)> {
    let is_sealed = after.signs_with_secret();
    let fits = match &before.secret {
        Some(ClientSecret::Digest(_)) => !is_sealed,
        Some(ClientSecret::Sealed(_)) => is_sealed,
        None => false,
    };
    if fits && after.token_endpoint_auth_method.uses_secret() {
        return Ok((before.secret.clone(), None));
    }
    Ok(make_secret(work, after)?.map_or((None, None), |(stored, shown)| (Some(stored), Some(shown))))
}

/// Ends a registration by its client's own wish (RFC 7592 §2.3).
///
/// # Errors
/// As [`show`].
pub fn withdraw(work: &mut Work<'_>, client_id: &str, token: &Secret) -> Result<()> {
    let client = show(&mut work.view(), client_id, token)?;
    let next = digest_of(work.random.token(TOKEN_PREFIX).expose());
    if !store::clients::rotate_token(work.tx, client_id, &digest_of(token.expose()), &next)? {
        return Err(unknown());
    }
    end(work, &client)?;
    record_change(work, Some(&client), None)
}

/// Removes a registered client, as an operator wishes.
///
/// # Errors
/// A refusal when there is none of this identifier, or for whoever may not manage the directory; a fault of the database.
pub fn remove(work: &mut Work<'_>, actor: &Actor, client_id: &str) -> Result<()> {
    let client = super::clients::show(&mut work.view(), actor, client_id)?;
    if !client.is_registered() {
        let problem = "did not register itself; take it out of the directory's file and apply that with --prune";
        return Err(FieldError::new(format!("clients.{client_id}"), problem).into());
    }
    let before = public_members(&client);
    let needed = authority::needed("clients", &before, &serde_json::Value::Null, &[]);
    authority::check_may_change(&mut work.view(), actor, &needed)?;
    end(work, &client)?;
    record_removal(work, actor, &client)
}

/// Removes the clients that nobody used for longer than they are kept; returns how many.
///
/// # Errors
/// A fault of the database.
pub fn forget_unused(work: &mut Work<'_>) -> Result<usize> {
    let kept = i64::from(work.shared.settings.registration.unused_lifetime);
    let mut unused = store::clients::unused_registered(work.tx, work.now.plus_seconds(-kept))?;
    // What a client gets for itself leaves no grant.
    unused.retain(|client| client.is_registered() && !client.allows(GrantType::ClientCredentials));
    for client in &unused {
        end(work, client)?;
        record_removal(work, &Actor::Server, client)?;
    }
    Ok(unused.len())
}

/// Removes a client with its grants and what people agreed to.
fn end(work: &mut Work<'_>, client: &Client) -> Result<()> {
    store::grants::revoke_of_client(work.tx, &client.client_id, work.now)?;
    store::consents::delete_of_client(work.tx, &client.client_id)?;
    store::clients::delete(work.tx, &client.client_id).map(drop)
}

fn record_removal(work: &mut Work<'_>, actor: &Actor, client: &Client) -> Result<()> {
    recorded(work, actor, (Some(client), None))
}

fn record_change(work: &mut Work<'_>, before: Option<&Client>, after: Option<&Client>) -> Result<()> {
    let client_id = after.or(before).map(|client| client.client_id.clone());
    let actor = Actor::Client {
        client_id: client_id.unwrap_or_default(),
    };
    recorded(work, &actor, (before, after))
}

fn recorded(work: &mut Work<'_>, actor: &Actor, (before, after): (Option<&Client>, Option<&Client>)) -> Result<()> {
    let Some(client) = after.or(before) else { return Ok(()) };
    let members = |client: Option<&Client>| client.map_or(serde_json::Value::Null, public_members);
    let changed = Changed {
        object: format!("clients.{}", client.client_id),
        before: members(before),
        after: members(after),
        members: match (before, after) {
            (Some(before), Some(after)) => client_differences(before, after),
            _ => Vec::new(),
        },
    };
    record(work, entry(actor).client(&client.client_id), &changed)
}
