//! What must change so that the directory is as a document says: a plain function of both.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::document::{CredentialEntry, Document, GivenPassword, UserEntry};
use super::flows::versioned;
use super::members::{Kind, Members, UserMembers, members_of};
use super::state::{KnownUser, State};
use crate::manage::differing;
use crate::manage::users::stored_password;
use crate::model::client::Client;
use crate::model::credential::{Credential, Material, Standing};
use crate::model::id::UserId;
use crate::model::issuer::Issuer;
use crate::model::user::User;

/// One difference between the directory and a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The kind of object.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What is done to it.
    pub action: Action,
    /// The members that change, of an object that stays.
    pub detail: Vec<String>,
}

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Added,
    /// It changes.
    Changed,
    /// It goes.
    Removed,
}

/// One change, what was there before and after, and how to write it.
pub(super) struct Step {
    pub(super) change: Change,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) write: Write,
}

/// How a change is written.
pub(super) enum Write {
    Put(String),
    Delete,
    PutClient(Box<Client>),
    DeleteClient,
    PutUser(Box<UserWrite>),
    DeleteUser(UserId),
}

/// A user to be written. What is absent stays as it is.
pub(super) struct UserWrite {
    pub(super) id: Option<UserId>,
    pub(super) members: UserMembers,
    pub(super) phc: Option<String>,
    /// Second factors to remove, and to add.
    pub(super) remove: Vec<Credential>,
    pub(super) add: Vec<CredentialEntry>,
}

/// The steps from one state to another.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) after: State,
}

/// What of a document has secrets, with those that are to be stored.
pub(super) struct Kept {
    pub(super) clients: Option<Vec<Client>>,
    pub(super) issuers: Option<Vec<Issuer>>,
}

/// Plans the way from `current` to what `document` says; `kept` is what of it has secrets.
pub(super) fn plan(current: State, document: &Document, kept: Kept, prune: bool) -> Plan {
    let mut plan = Plan {
        steps: Vec::new(),
        after: current,
    };
    plan.organisation(document);
    let (steps, after) = (&mut plan.steps, &mut plan.after);
    objects(steps, &mut after.profiles, document.profiles.as_deref(), prune);
    let sets = document.permission_sets.as_deref();
    objects(steps, &mut after.permission_sets, sets, prune);
    objects(steps, &mut after.scopes, document.scopes.as_deref(), prune);
    objects(steps, &mut after.resources, document.resources.as_deref(), prune);
    objects(steps, &mut after.issuers, kept.issuers.as_deref(), prune);
    let flows = document.login_flows.as_deref();
    let flows = flows.map(|wanted| versioned(wanted, &after.login_flows));
    objects(steps, &mut after.login_flows, flows.as_deref(), prune);
    if let Some(clients) = kept.clients {
        plan.clients(clients, prune);
    }
    if let Some(users) = &document.users {
        plan.users(users, prune);
    }
    plan
}

impl Plan {
    fn organisation(&mut self, document: &Document) {
        let Some(wanted) = &document.organisation else {
            return;
        };
        let before = self.after.organisation.clone().unwrap_or_default();
        if before != *wanted {
            self.steps.extend(put(Some(&before), wanted));
            self.after.organisation = Some(wanted.clone());
        }
    }

    fn clients(&mut self, wanted: Vec<Client>, prune: bool) {
        if prune {
            // Clients that registered themselves are not of any file.
            let registered = self.after.clients.values().filter(|client| client.is_registered());
            let registered: Vec<String> = registered.map(|client| client.client_id.clone()).collect();
            let listed = wanted.iter().map(|client| client.client_id.as_str());
            let keep: Vec<&str> = listed.chain(registered.iter().map(String::as_str)).collect();
            for client in split_off(&mut self.after.clients, &keep).into_values() {
                self.steps.push(removal::<Client>(
                    client.client_id.clone(),
                    public_members(&client),
                    Write::DeleteClient,
                ));
            }
        }
        for client in wanted {
            let before = self.after.clients.get(&client.client_id);
            let members = before.map_or_else(Vec::new, |before| client_differences(before, &client));
            if before.is_some() && members.is_empty() {
                continue;
            }
            self.steps.push(Step {
                change: change::<Client>(client.client_id.clone(), before.is_some(), members),
                before: before.map_or(Value::Null, public_members),
                after: public_members(&client),
                write: Write::PutClient(Box::new(client.clone())),
            });
            self.after.clients.insert(client.client_id.clone(), client);
        }
    }

    fn users(&mut self, wanted: &[UserEntry], prune: bool) {
        if prune {
            let keys: Vec<String> = wanted
                .iter()
                .map(|entry| User::key_of(&entry.members.username))
                .collect();
            let keep: Vec<&str> = keys.iter().map(String::as_str).collect();
            for user in split_off(&mut self.after.users, &keep).into_values() {
                let Some(id) = user.id else { continue };
                let name = user.members.username.clone();
                let before = Value::Object(members_of(&user.members));
                self.steps
                    .push(removal::<UserMembers>(name, before, Write::DeleteUser(id)));
            }
        }
        for entry in wanted {
            let key = User::key_of(&entry.members.username);
            let known = self.after.users.get(&key);
            let mut members = entry.members.clone();
            if let (Some(known), false) = (known, entry.says_status) {
                members.status = known.members.status;
            }
            self.steps.extend(user_step(known, (entry, &members)));
            self.after
                .users
                .entry(key)
                .and_modify(|user| user.members = members.clone())
                .or_insert_with(|| KnownUser {
                    id: None,
                    members: members.clone(),
                    credentials: Vec::new(),
                });
        }
    }
}

fn user_step(known: Option<&KnownUser>, (entry, wanted): (&UserEntry, &UserMembers)) -> Option<Step> {
    let after = Value::Object(members_of(wanted));
    let before = known.map_or(Value::Null, |known| Value::Object(members_of(&known.members)));
    let stored: &[Credential] = known.map_or(&[], |known| &known.credentials);
    let mut members = differing(&before, &after);
    let phc = match &entry.password {
        GivenPassword::Hash(phc) if stored_password(stored) != Some(phc) => Some(phc.clone()),
        _ => None,
    };
    if phc.is_some() {
        members.push("password".to_owned());
    }
    let (remove, add) = credential_changes(stored, entry.credentials.as_deref());
    if !(remove.is_empty() && add.is_empty()) {
        members.push("credentials".to_owned());
    }
    if known.is_some() && members.is_empty() {
        return None;
    }
    if known.is_none() {
        members.clear();
    }
    let write = UserWrite {
        id: known.and_then(|known| known.id),
        members: wanted.clone(),
        phc,
        remove,
        add,
    };
    Some(Step {
        change: change::<UserMembers>(wanted.username.clone(), known.is_some(), members),
        before,
        after,
        write: Write::PutUser(Box::new(write)),
    })
}

/// The second factors to remove and to add. A file that lists none leaves what people enrolled alone.
fn credential_changes(
    stored: &[Credential],
    wanted: Option<&[CredentialEntry]>,
) -> (Vec<Credential>, Vec<CredentialEntry>) {
    let Some(wanted) = wanted else {
        return (Vec::new(), Vec::new());
    };
    let same = |credential: &Credential, entry: &CredentialEntry| {
        credential.confirmed_at.is_some()
            && credential.label == entry.label
            && credential.material.settled() == entry.material
    };
    // What an administrator vouches for follows from the claims.
    let is_second = |credential: &&Credential| {
        !matches!(credential.material, Material::Password { .. })
            && !credential.material.is_for_recovery()
            && credential.material.standing() != Some(Standing::Vouched)
    };
    let remove = stored
        .iter()
        .filter(is_second)
        .filter(|credential| credential.confirmed_at.is_some() && !wanted.iter().any(|entry| same(credential, entry)));
    let add = wanted
        .iter()
        .filter(|entry| !stored.iter().any(|credential| same(credential, entry)));
    (remove.cloned().collect(), add.cloned().collect())
}

fn objects<T: Kind>(steps: &mut Vec<Step>, known: &mut BTreeMap<String, T>, wanted: Option<&[T]>, prune: bool) {
    let Some(wanted) = wanted else { return };
    if prune {
        let keep: Vec<&str> = wanted.iter().map(Kind::name).collect();
        for (name, object) in split_off(known, &keep) {
            steps.push(removal::<T>(name, Value::Object(object.public()), Write::Delete));
        }
    }
    for object in wanted {
        steps.extend(put(known.get(object.name()), object));
        known.insert(object.name().to_owned(), object.clone());
    }
}

fn put<T: Kind>(before: Option<&T>, after: &T) -> Option<Step> {
    if before == Some(after) {
        return None;
    }
    let new = Value::Object(after.public());
    let old = before.map_or(Value::Null, |before| Value::Object(before.public()));
    let mut detail = differing(&old, &new);
    let secret = |object: &T| members_of(object).remove("secret");
    if before.is_some_and(|before| secret(before) != secret(after)) {
        detail.push("client_secret".to_owned());
    }
    Some(Step {
        change: change::<T>(after.name().to_owned(), before.is_some(), detail),
        write: Write::Put(Value::Object(members_of(after)).to_string()),
        before: old,
        after: new,
    })
}

fn change<T: Kind>(name: String, existed: bool, detail: Vec<String>) -> Change {
    Change {
        kind: T::KIND,
        name,
        action: if existed { Action::Changed } else { Action::Added },
        detail,
    }
}

fn removal<T: Kind>(name: String, before: Value, write: Write) -> Step {
    Step {
        change: Change {
            kind: T::KIND,
            name,
            action: Action::Removed,
            detail: Vec::new(),
        },
        before,
        after: Value::Null,
        write,
    }
}

/// Takes out every object whose name is not among those to keep.
fn split_off<T>(known: &mut BTreeMap<String, T>, keep: &[&str]) -> BTreeMap<String, T> {
    let all = std::mem::take(known);
    let (kept, gone) = all.into_iter().partition(|(name, _)| keep.contains(&name.as_str()));
    *known = kept;
    gone
}

/// A client's members without its secret.
pub(in crate::manage) fn public_members(client: &Client) -> Value {
    let mut members: Members = members_of(client);
    members.remove("secret");
    Value::Object(members)
}

/// The names of the members that differ between two clients, the secret among them.
pub(in crate::manage) fn client_differences(before: &Client, after: &Client) -> Vec<String> {
    let mut names = differing(&public_members(before), &public_members(after));
    if before.secret != after.secret {
        names.push("client_secret".to_owned());
    }
    names
}
