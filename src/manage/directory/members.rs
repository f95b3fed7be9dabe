//! The members of each kind of object: which are known, their defaults, and what is said of a wrong one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::FieldError;
use crate::model::client::{Client, GrantType};
use crate::model::issuer::Issuer;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::{DEFAULT_PROFILE, Profile};
use crate::model::resource::Resource;
use crate::model::scope::Scope;
use crate::model::user::{Permission, User, UserStatus};

/// Members by name.
pub(super) type Members = Map<String, Value>;

/// A kind of object of the directory.
pub(super) trait Kind: Serialize + DeserializeOwned + Default + Clone + PartialEq {
    /// Its table in the file, and its name in the database.
    const KIND: &'static str;
    /// The member that names an object of this kind; none for the organisation.
    const KEY: &'static str;
    /// Members that a file has and the object has not.
    const FILE_ONLY: &'static [&'static str] = &[];

    /// The name of this object.
    fn name(&self) -> &str;

    /// The defaults of an object of which these members are given.
    fn defaults(_given: &Members) -> Members {
        members_of(&Self::default())
    }
}

/// What a file says of a user: everything but identifier, time and credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct UserMembers {
    pub(super) username: String,
    pub(super) profile: String,
    pub(super) permission_sets: Vec<String>,
    pub(super) api_only: bool,
    pub(super) sso_only: bool,
    pub(super) status: UserStatus,
    pub(super) permissions: Vec<Permission>,
    pub(super) claims: Members,
}

impl Default for UserMembers {
    fn default() -> Self {
        Self {
            username: String::new(),
            profile: DEFAULT_PROFILE.to_owned(),
            permission_sets: Vec::new(),
            api_only: false,
            sso_only: false,
            status: UserStatus::Active,
            permissions: Vec::new(),
            claims: Members::new(),
        }
    }
}

impl From<&User> for UserMembers {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            profile: user.profile.clone(),
            permission_sets: user.permission_sets.clone(),
            api_only: user.api_only,
            sso_only: user.sso_only,
            status: user.status,
            permissions: user.permissions.clone(),
            claims: user.claims.clone(),
        }
    }
}

macro_rules! kinds {
    ($($kind:ty, $table:literal, $key:ident;)*) => {$(
        impl Kind for $kind {
            const KIND: &'static str = $table;
            const KEY: &'static str = stringify!($key);

            fn name(&self) -> &str {
                &self.$key
            }
        }
    )*};
}

kinds! {
    Profile, "profiles", name;
    PermissionSet, "permission_sets", name;
    Scope, "scopes", name;
    Resource, "resources", identifier;
    Issuer, "issuers", issuer;
}

impl Kind for Organisation {
    const KIND: &'static str = "organisation";
    const KEY: &'static str = "";

    fn name(&self) -> &'static str {
        "organisation"
    }
}

impl Kind for UserMembers {
    const KIND: &'static str = "users";
    const KEY: &'static str = "username";
    const FILE_ONLY: &'static [&'static str] = &["password", "password_hash", "credentials"];

    fn name(&self) -> &str {
        &self.username
    }
}

impl Kind for Client {
    const KIND: &'static str = "clients";
    const KEY: &'static str = "client_id";
    const FILE_ONLY: &'static [&'static str] = &["client_secret", "client_secret_hash", "client_secret_sealed"];

    fn name(&self) -> &str {
        &self.client_id
    }

    /// A client that names its grant types, and the code grant not among them, has no use for the response type
    /// `code`, so that it need not say so.
    fn defaults(given: &Members) -> Members {
        let mut defaults = members_of(&Self::default());
        let code = GrantType::AuthorizationCode.as_str();
        if let Some(grant_types) = given.get("grant_types").and_then(Value::as_array)
            && !grant_types.iter().any(|grant_type| grant_type == code)
        {
            defaults.insert("response_types".to_owned(), json!([]));
        }
        defaults
    }
}

/// An object as its members.
pub(super) fn members_of(object: &impl Serialize) -> Members {
    match serde_json::to_value(object) {
        Ok(Value::Object(members)) => members,
        _ => Members::new(),
    }
}

/// Reads an object at `place` from the members given, over the defaults; returns it with its file-only members.
pub(super) fn read<T: Kind>(place: &str, given: Members) -> Result<(T, Members), FieldError> {
    let known = members_of(&T::default());
    let (mut own, mut file_only) = (Members::new(), Members::new());
    for (name, value) in given {
        if T::FILE_ONLY.contains(&name.as_str()) {
            file_only.insert(name, value);
        } else if known.contains_key(&name) {
            own.insert(name, value);
        } else {
            let names = known.keys().map(String::as_str).chain(T::FILE_ONLY.iter().copied());
            return Err(unknown(&format!("{place}.{name}"), &name, names));
        }
    }
    match object_of::<T>(&own) {
        Ok(object) => Ok((object, file_only)),
        Err(error) => Err(blame::<T>(place, &own, &error)),
    }
}

fn object_of<T: Kind>(given: &Members) -> serde_json::Result<T> {
    let mut members = T::defaults(given);
    members.extend(given.clone());
    serde_json::from_value(Value::Object(members))
}

/// Finds the member that cannot be read, by reading each alone.
fn blame<T: Kind>(place: &str, given: &Members, error: &serde_json::Error) -> FieldError {
    for (name, value) in given {
        let alone = Members::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = object_of::<T>(&alone) {
            return FieldError::new(format!("{place}.{name}"), explain(&error.to_string()));
        }
    }
    FieldError::new(place, explain(&error.to_string()))
}

/// The account of a value that cannot be read, with the nearest value that can.
fn explain(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown variant")
        && let Some(given) = quoted.next()
        && let Some(nearest) = nearest(given, quoted)
    {
        return format!("`{given}` is not one of the values known; did you mean `{nearest}`?");
    }
    message.replace('\n', " ")
}

/// The error of an unknown name at `place`.
pub(super) fn unknown<'a>(place: &str, name: &str, known: impl Iterator<Item = &'a str>) -> FieldError {
    let remedy = nearest(name, known).map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
    FieldError::new(place, format!("unknown key{remedy}"))
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.min_by_key(|known| strsim::damerau_levenshtein(name, known))
}
