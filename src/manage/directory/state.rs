//! The directory as it is stored, and as it would be.

use std::collections::BTreeMap;

use super::document::Document;
use super::members::{Kind, UserMembers};
use crate::error::{Fault, Result};
use crate::model::client::Client;
use crate::model::credential::Credential;
use crate::model::id::UserId;
use crate::model::issuer::Issuer;
use crate::model::login_flow::LoginFlow;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::{DEFAULT_PROFILE, Profile};
use crate::model::resource::Resource;
use crate::model::scope::Scope;
use crate::model::user::User;
use crate::store;
use crate::work::View;

/// Every object of the directory, by name.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) organisation: Option<Organisation>,
    pub(super) profiles: BTreeMap<String, Profile>,
    pub(super) permission_sets: BTreeMap<String, PermissionSet>,
    pub(super) users: BTreeMap<String, KnownUser>,
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) scopes: BTreeMap<String, Scope>,
    pub(super) resources: BTreeMap<String, Resource>,
    pub(super) issuers: BTreeMap<String, Issuer>,
    pub(super) login_flows: BTreeMap<String, LoginFlow>,
}

/// A user of the directory.
#[derive(Clone)]
pub(super) struct KnownUser {
    /// None of a user who is yet to be added.
    pub(super) id: Option<UserId>,
    pub(super) members: UserMembers,
    /// Of the users that were asked for alone.
    pub(super) credentials: Vec<Credential>,
}

/// Whose credentials to load.
pub(super) enum Credentials<'a> {
    /// No one's.
    None,
    /// Of the users that a document names.
    Of(&'a Document),
    /// Everyone's.
    All,
}

impl State {
    /// Loads the directory.
    pub(super) fn load(view: &mut View<'_>, credentials: &Credentials<'_>) -> Result<Self> {
        let mut state = Self::without_users(view)?;
        for user in store::users::list(view.tx)? {
            let key = User::key_of(&user.username);
            let wanted = match credentials {
                Credentials::None => false,
                Credentials::All => true,
                Credentials::Of(document) => document.names_user(&key),
            };
            let known = KnownUser {
                id: Some(user.id),
                members: UserMembers::from(&user),
                credentials: if wanted {
                    store::credentials::of_user(view.tx, user.id)?
                } else {
                    Vec::new()
                },
            };
            state.users.insert(key, known);
        }
        Ok(state)
    }

    /// Loads the directory but for its users, of whom there may be many.
    pub(super) fn without_users(view: &mut View<'_>) -> Result<Self> {
        let mut state = Self::default();
        for (kind, _, doc) in store::directory::objects(view.tx)? {
            match kind.as_str() {
                Organisation::KIND => state.organisation = Some(from_doc(&doc)?),
                Profile::KIND => add(&mut state.profiles, &doc)?,
                PermissionSet::KIND => add(&mut state.permission_sets, &doc)?,
                Scope::KIND => add(&mut state.scopes, &doc)?,
                Resource::KIND => add(&mut state.resources, &doc)?,
                Issuer::KIND => add(&mut state.issuers, &doc)?,
                LoginFlow::KIND => add(&mut state.login_flows, &doc)?,
                _ => return Err(Fault::new(format!("unknown kind of object {kind}")).into()),
            }
        }
        for client in store::clients::list(view.tx)? {
            state.clients.insert(client.client_id.clone(), client);
        }
        Ok(state)
    }

    /// Every profile a user may name: those there are, and the one of users who name none.
    pub(super) fn all_profiles(&self) -> BTreeMap<String, Profile> {
        let mut profiles = self.profiles.clone();
        profiles.entry(DEFAULT_PROFILE.to_owned()).or_insert_with(|| Profile {
            name: DEFAULT_PROFILE.to_owned(),
            ..Profile::default()
        });
        profiles
    }
}

impl Document {
    fn names_user(&self, key: &str) -> bool {
        self.users
            .iter()
            .flatten()
            .any(|entry| User::key_of(&entry.members.username) == key)
    }
}

fn add<T: Kind>(to: &mut BTreeMap<String, T>, doc: &str) -> Result<()> {
    let object: T = from_doc(doc)?;
    to.insert(object.name().to_owned(), object);
    Ok(())
}

fn from_doc<T: Kind>(doc: &str) -> Result<T> {
    serde_json::from_str(doc).map_err(|error| Fault::from_error(&format!("read one of {}", T::KIND), error).into())
}
