//! Clients: added, found, disabled, given new secrets.

use crate::crypto::digest::digest_of;
use crate::error::{FieldError, Result};
use crate::model::actor::Actor;
use crate::model::client::{Client, ClientSecret};
use crate::model::secret::Secret;
use crate::store;
use crate::work::{Purposes, View, Work};

use super::authority::{self, check_may_look};
use super::directory::{client_differences, public_members};
use super::validate::{self, Surroundings};
use super::{Changed, entry, record};

/// The prefix of client secrets, by which scanners find leaked ones.
const SECRET_PREFIX: &str = "cs_cs_";

/// Every client, by identifier.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn list(view: &mut View<'_>, actor: &Actor) -> Result<Vec<Client>> {
    check_may_look(view, actor)?;
    store::clients::list(view.tx)
}

/// The client of this identifier.
///
/// # Errors
/// A refusal when there is none, or a fault of the database.
pub fn show(view: &mut View<'_>, actor: &Actor, client_id: &str) -> Result<Client> {
    check_may_look(view, actor)?;
    store::clients::find(view.tx, client_id)?.ok_or_else(|| missing(client_id))
}

fn missing(client_id: &str) -> crate::error::Error {
    let problem = "there is no such client; `countersign client list` names those there are";
    FieldError::new(format!("clients.{client_id}"), problem).into()
}

/// Adds a client. Returns the secret made for it, which is shown this once, if it authenticates by one.
///
/// # Errors
/// A refusal when the identifier is taken or something is not as it must be, or a fault of the database.
pub fn add(work: &mut Work<'_>, actor: &Actor, client: Client) -> Result<Option<Secret>> {
    check_may_look(&mut work.view(), actor)?;
    validate::client::check(&client, &Surroundings::of(&work.view()))?;
    if store::clients::find(work.tx, &client.client_id)?.is_some() {
        let field = format!("clients.{}.client_id", client.client_id);
        return Err(FieldError::new(field, "is taken; choose another").into());
    }
    let (secret, shown) =
        make_secret(work, &client)?.map_or((None, None), |(stored, shown)| (Some(stored), Some(shown)));
    put(work, actor, None, &Client { secret, ..client })?;
    Ok(shown)
}

/// Disables a client, so that it mints nothing, or enables it again.
///
/// # Errors
/// A refusal when there is no such client, or a fault of the database.
pub fn set_disabled(work: &mut Work<'_>, actor: &Actor, client_id: &str, disabled: bool) -> Result<()> {
    let before = show(&mut work.view(), actor, client_id)?;
    if before.disabled == disabled {
        return Ok(());
    }
    let after = Client {
        disabled,
        ..before.clone()
    };
    put(work, actor, Some(&before), &after)
}

/// Makes a new secret in place of the one there was, and returns it this once.
///
/// # Errors
/// A refusal when there is no such client or it has no use for a secret, or a fault of the database.
pub fn rotate_secret(work: &mut Work<'_>, actor: &Actor, client_id: &str) -> Result<Secret> {
    let before = show(&mut work.view(), actor, client_id)?;
    let Some((stored, shown)) = make_secret(work, &before)? else {
        let method = before.token_endpoint_auth_method.as_str();
        let problem = format!("a client with token_endpoint_auth_method {method} has no secret");
        return Err(FieldError::new(format!("clients.{client_id}"), problem).into());
    };
    let after = Client {
        secret: Some(stored),
        ..before.clone()
    };
    put(work, actor, Some(&before), &after)?;
    Ok(shown)
}

/// A new secret as stored and as shown, for a client that authenticates by one.
pub(super) fn make_secret(work: &mut Work<'_>, client: &Client) -> Result<Option<(ClientSecret, Secret)>> {
    if !client.token_endpoint_auth_method.uses_secret() {
        return Ok(None);
    }
    let shown = work.random.token(SECRET_PREFIX);
    let stored = if client.signs_with_secret() {
        let (master, bytes) = (&work.shared.master, shown.expose().as_bytes());
        ClientSecret::Sealed(master.seal(Purposes::CLIENT_SECRET, &mut work.random, bytes)?)
    } else {
        ClientSecret::Digest(digest_of(shown.expose()))
    };
    Ok(Some((stored, shown)))
}

fn put(work: &mut Work<'_>, actor: &Actor, before: Option<&Client>, after: &Client) -> Result<()> {
    let changed = Changed {
        object: format!("clients.{}", after.client_id),
        before: before.map_or(serde_json::Value::Null, public_members),
        after: public_members(after),
        members: before.map_or_else(Vec::new, |before| client_differences(before, after)),
    };
    let needed = authority::needed("clients", &changed.before, &changed.after, &changed.members);
    authority::check_may_change(&mut work.view(), actor, &needed)?;
    store::clients::put(work.tx, after)?;
    record(work, entry(actor).client(&after.client_id), &changed)
}

#[cfg(test)]
mod tests;
