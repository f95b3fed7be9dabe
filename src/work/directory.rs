//! The directory in memory: read once per version, dropped when any node changes it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::crypto::jwk_set::StoredKeys;
use crate::crypto::key_ring::KeyRing;
use crate::crypto::master::MasterKeys;
use crate::error::{Error, Fault, Result};
use crate::model::client::Client;
use crate::model::issuer::Issuer;
use crate::model::login_flow::LoginFlow;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::{DEFAULT_PROFILE, Profile};
use crate::model::resource::Resource;
use crate::model::scope::Scope;
use crate::model::user::User;
use crate::store::{self, Tx};

use super::brand::Logos;
use super::shared::Purposes;

/// The directory as of one version, with the signing keys.
pub struct Directory {
    /// The version.
    pub version: i64,
    /// The installation as a whole.
    pub organisation: Organisation,
    /// Every profile.
    pub profiles: HashMap<String, Profile>,
    /// Every permission set.
    pub permission_sets: HashMap<String, PermissionSet>,
    /// What is said of scopes.
    pub scopes: Vec<Scope>,
    /// Every resource.
    pub resources: Vec<Resource>,
    /// Every issuer.
    pub issuers: Vec<Issuer>,
    /// Every login flow.
    pub login_flows: HashMap<String, LoginFlow>,
    /// The signing keys.
    pub keys: KeyRing,
    /// Documents made of this version, kept as they are served.
    pub rendered: Rendered,
    clients: RwLock<HashMap<String, Arc<Client>>>,
    stored_keys: RwLock<HashMap<String, Arc<StoredKeys>>>,
    pub(super) logos: OnceLock<Logos>,
}

/// Documents made of one version of the directory, kept as they are served.
#[derive(Default)]
pub struct Rendered {
    /// The metadata document.
    pub metadata: OnceLock<String>,
    /// The published keys.
    pub jwks: OnceLock<String>,
}

impl Directory {
    fn load(tx: &mut Tx, version: i64, master: &MasterKeys) -> Result<Self> {
        let mut directory = Self {
            version,
            organisation: Organisation::default(),
            profiles: HashMap::new(),
            permission_sets: HashMap::new(),
            scopes: Vec::new(),
            resources: Vec::new(),
            issuers: Vec::new(),
            login_flows: HashMap::new(),
            keys: load_keys(tx, master)?,
            rendered: Rendered::default(),
            clients: RwLock::default(),
            stored_keys: RwLock::default(),
            logos: OnceLock::new(),
        };
        for (kind, name, doc) in store::directory::objects(tx)? {
            let fault = |error| Error::Fault(Fault::from_error(&format!("read {kind} {name}"), error));
            match kind.as_str() {
                "organisation" => directory.organisation = serde_json::from_str(&doc).map_err(fault)?,
                "profiles" => drop(
                    directory
                        .profiles
                        .insert(name.clone(), serde_json::from_str(&doc).map_err(fault)?),
                ),
                "permission_sets" => drop(
                    directory
                        .permission_sets
                        .insert(name.clone(), serde_json::from_str(&doc).map_err(fault)?),
                ),
                "scopes" => directory.scopes.push(serde_json::from_str(&doc).map_err(fault)?),
                "resources" => directory.resources.push(serde_json::from_str(&doc).map_err(fault)?),
                "issuers" => directory.issuers.push(serde_json::from_str(&doc).map_err(fault)?),
                "login_flows" => drop(
                    directory
                        .login_flows
                        .insert(name.clone(), serde_json::from_str(&doc).map_err(fault)?),
                ),
                _ => return Err(Fault::new(format!("unknown kind of object {kind}")).into()),
            }
        }
        directory
            .profiles
            .entry(DEFAULT_PROFILE.to_owned())
            .or_insert_with(|| Profile {
                name: DEFAULT_PROFILE.to_owned(),
                ..Profile::default()
            });
        Ok(directory)
    }

    /// The client of this identifier, remembered as long as this version of the directory is.
    ///
    /// A transaction that changes clients raises the version before it looks for one: what it finds from then on is
    /// its own, and is not remembered.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn client(&self, tx: &mut Tx, client_id: &str) -> Result<Option<Arc<Client>>> {
        let poisoned = || Fault::new("the client cache is poisoned");
        if let Some(client) = self.clients.read().map_err(|_| poisoned())?.get(client_id) {
            return Ok(Some(Arc::clone(client)));
        }
        // Unknown identifiers are not remembered: strangers choose them.
        let Some(client) = store::clients::find(tx, client_id)? else {
            return Ok(None);
        };
        let client = Arc::new(client);
        // A version that differs after the look was raised here, and may be rolled back, or elsewhere: in both cases the
        // client is not of this directory.
        if store::directory::version(tx)? == self.version {
            self.clients
                .write()
                .map_err(|_| poisoned())?
                .insert(client_id.to_owned(), Arc::clone(&client));
        }
        Ok(Some(client))
    }

    /// The keys stored for a client, read once in this version of the directory.
    ///
    /// # Errors
    /// A fault when the cache is poisoned.
    pub fn keys_of_client(&self, client: &Client) -> Result<Arc<StoredKeys>> {
        self.stored_keys(format!("client {}", client.client_id), || {
            StoredKeys::read(client.jwks.as_ref(), client.certificate.as_deref())
        })
    }

    /// The keys stored for an issuer, read once in this version of the directory.
    ///
    /// # Errors
    /// A fault when the cache is poisoned.
    pub fn keys_of_issuer(&self, issuer: &Issuer) -> Result<Arc<StoredKeys>> {
        self.stored_keys(format!("issuer {}", issuer.issuer), || {
            StoredKeys::read(issuer.jwks.as_ref(), issuer.certificate.as_deref())
        })
    }

    fn stored_keys(&self, holder: String, read: impl FnOnce() -> StoredKeys) -> Result<Arc<StoredKeys>> {
        let poisoned = || Fault::new("the cache of keys is poisoned");
        if let Some(keys) = self.stored_keys.read().map_err(|_| poisoned())?.get(&holder) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(read());
        let mut known = self.stored_keys.write().map_err(|_| poisoned())?;
        known.insert(holder, Arc::clone(&keys));
        Ok(keys)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// A fault when there is none: users name only profiles that exist.
    pub fn profile(&self, name: &str) -> Result<&Profile> {
        self.profiles
            .get(name)
            .ok_or_else(|| Fault::new(format!("there is no profile {name}")).into())
    }

    /// The permission set of this name.
    ///
    /// # Errors
    /// A fault when there is none: users name only sets that exist.
    pub fn permission_set(&self, name: &str) -> Result<&PermissionSet> {
        self.permission_sets
            .get(name)
            .ok_or_else(|| Fault::new(format!("there is no permission set {name}")).into())
    }

    /// The login flow that runs for a user: that of their profile, if it runs for them.
    #[must_use]
    pub fn login_flow_of(&self, user: &User) -> Option<&LoginFlow> {
        let name = self.profiles.get(&user.profile)?.login_flow.as_ref()?;
        let flow = self.login_flows.get(name)?;
        flow.runs_for(&User::key_of(&user.username)).then_some(flow)
    }

    /// The resource of this identifier.
    #[must_use]
    pub fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.identifier == identifier)
    }
}

fn load_keys(tx: &mut Tx, master: &MasterKeys) -> Result<KeyRing> {
    let mut opened = Vec::new();
    for key in store::signing_keys::list(tx)? {
        let private = master.open(Purposes::SIGNING_KEY, &key.private_key)?;
        opened.push((key, private));
    }
    Ok(KeyRing::new(opened)?)
}

/// The directory last read.
#[derive(Default)]
pub struct DirectoryCache {
    last: RwLock<Option<Arc<Directory>>>,
}

impl DirectoryCache {
    /// The directory as this connection sees it.
    ///
    /// # Errors
    /// A fault of the database, or of a record that cannot be read.
    pub fn current(&self, tx: &mut Tx, master: &MasterKeys) -> Result<Arc<Directory>> {
        let poisoned = || Fault::new("the directory cache is poisoned");
        let version = store::directory::version(tx)?;
        if let Some(last) = self.last.read().map_err(|_| poisoned())?.as_ref()
            && last.version == version
        {
            return Ok(Arc::clone(last));
        }
        let fresh = Arc::new(Directory::load(tx, version, master)?);
        let mut last = self.last.write().map_err(|_| poisoned())?;
        // A transaction that will roll back may have seen a version that nobody else ever will: never go back.
        if last.as_ref().is_none_or(|last| last.version < version) {
            *last = Some(Arc::clone(&fresh));
        }
        Ok(fresh)
    }

    /// Drops the directory last read: a transaction failed that may have been the only one to see it, and its version
    /// may come again with other content.
    pub fn forget(&self) {
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
