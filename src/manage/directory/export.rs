//! The directory as a file that `apply` takes back. Members that have their default are left out.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::document::{CredentialEntry, normalise};
use super::members::{Kind, Members, UserMembers, members_of};
use super::state::{Credentials, KnownUser, State};
use crate::crypto::digest::base64url;
use crate::error::{Fault, Result};
use crate::manage::authority::check_may_look;
use crate::manage::users::stored_password;
use crate::model::actor::Actor;
use crate::model::client::{Client, ClientSecret};
use crate::model::credential::{Credential, Material, Standing};
use crate::model::issuer::Issuer;
use crate::work::View;

/// The directory as TOML; with secrets, as hashes or sealed, only where asked for.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn export(view: &mut View<'_>, actor: &Actor, secrets: bool) -> Result<String> {
    check_may_look(view, actor)?;
    let credentials = if secrets { Credentials::All } else { Credentials::None };
    let state = State::load(view, &credentials)?;
    let mut text = String::new();
    if let Some(organisation) = &state.organisation {
        let members = brief(organisation);
        if !members.is_empty() {
            push(&mut text, &json!({ "organisation": members }))?;
        }
    }
    push_all(&mut text, state.login_flows.values().map(object))?;
    push_all(&mut text, state.profiles.values().map(object))?;
    push_all(&mut text, state.permission_sets.values().map(object))?;
    push_all(&mut text, state.scopes.values().map(object))?;
    push_all(&mut text, state.resources.values().map(object))?;
    push_all(
        &mut text,
        // Those that registered themselves are not of any file.
        state
            .clients
            .values()
            .filter(|client| !client.is_registered())
            .map(|client| client_object(client, secrets)),
    )?;
    push_all(
        &mut text,
        state.issuers.values().map(|issuer| issuer_object(issuer, secrets)),
    )?;
    push_all(&mut text, state.users.values().map(|user| user_object(user, secrets)))?;
    Ok(text)
}

/// One object of a list, its name first.
struct Object {
    kind: &'static str,
    key: &'static str,
    name: String,
    members: Members,
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let name = Value::String(self.name.clone());
        // Tables come after values, so that the text is as people write it.
        let is_table = |value: &Value| match value {
            Value::Array(values) => values.iter().any(Value::is_object),
            _ => value.is_object(),
        };
        let (tables, values): (Vec<_>, Vec<_>) = self.members.iter().partition(|(_, value)| is_table(value));
        let first = std::iter::once((self.key, &name));
        let rest = values
            .into_iter()
            .chain(tables)
            .map(|(key, value)| (key.as_str(), value));
        serializer.collect_map(first.chain(rest))
    }
}

fn push_all(text: &mut String, objects: impl Iterator<Item = Object>) -> Result<()> {
    for object in objects {
        let kind = object.kind;
        push(text, &std::collections::BTreeMap::from([(kind, [object])]))?;
    }
    Ok(())
}

fn push(text: &mut String, part: &impl Serialize) -> Result<()> {
    let part = toml::to_string(part).map_err(|error| Fault::from_error("write the directory as TOML", error))?;
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&part);
    Ok(())
}

/// The members of an object that differ from the defaults they would be read over.
fn brief<T: Kind>(object: &T) -> Members {
    let members = members_of(object);
    let defaults = T::defaults(&members);
    let mut brief = Value::Object(
        members
            .into_iter()
            .filter(|(name, value)| {
                let is_ours = T::SERVER_ONLY.contains(&name.as_str());
                name != T::KEY && !is_ours && defaults.get(name) != Some(value)
            })
            .collect(),
    );
    normalise(&mut brief);
    match brief {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

fn object<T: Kind>(object: &T) -> Object {
    Object {
        kind: T::KIND,
        key: T::KEY,
        name: object.name().to_owned(),
        members: brief(object),
    }
}

fn client_object(client: &Client, secrets: bool) -> Object {
    let mut object = object(client);
    object.members.remove("secret");
    let secret = match &client.secret {
        Some(ClientSecret::Digest(digest)) => Some(("client_secret_hash", String::from(*digest))),
        Some(ClientSecret::Sealed(sealed)) => Some(("client_secret_sealed", base64url(&sealed.0))),
        None => None,
    };
    if let Some((key, secret)) = secret.filter(|_| secrets) {
        object.members.insert(key.to_owned(), secret.into());
    }
    object
}

fn issuer_object(issuer: &Issuer, secrets: bool) -> Object {
    let mut object = object(issuer);
    object.members.remove("secret");
    if let Some(sealed) = issuer.secret.as_ref().filter(|_| secrets) {
        let sealed = base64url(&sealed.0);
        object.members.insert("client_secret_sealed".to_owned(), sealed.into());
    }
    object
}

fn user_object(user: &KnownUser, secrets: bool) -> Object {
    let mut object = object::<UserMembers>(&user.members);
    if !secrets {
        return object;
    }
    if let Some(phc) = stored_password(&user.credentials) {
        object.members.insert("password_hash".to_owned(), phc.into());
    }
    let credentials: Vec<Value> = user.credentials.iter().filter_map(credential).collect();
    if !credentials.is_empty() {
        object.members.insert("credentials".to_owned(), credentials.into());
    }
    object
}

/// A confirmed second factor. What is vouched for follows from the claims.
fn credential(credential: &Credential) -> Option<Value> {
    let is_vouched = credential.material.standing() == Some(Standing::Vouched);
    let is_kept = is_vouched || credential.material.is_for_recovery();
    if is_kept || matches!(credential.material, Material::Password { .. }) {
        return None;
    }
    let entry = CredentialEntry {
        label: credential.label.clone(),
        confirmed_at: credential.confirmed_at?,
        last_step: credential.last_step,
        material: credential.material.settled(),
    };
    serde_json::to_value(entry).ok()
}
