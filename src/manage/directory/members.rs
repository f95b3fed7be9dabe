//! The members of each kind of object: which are known, their defaults, and what is said of a wrong one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::FieldError;
use crate::model::client::{Client, GrantType};
use crate::model::id::UserId;
use crate::model::issuer::Issuer;
use crate::model::login_flow::LoginFlow;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::{DEFAULT_PROFILE, Profile};
use crate::model::resource::Resource;
use crate::model::scope::Scope;
use crate::model::time::Timestamp;
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

    /// Members that the object has and a file has not: the server sets them.
    const SERVER_ONLY: &'static [&'static str] = &[];

    /// Other names of members, each with the member's own (CLAUSES.md S10).
    const ALIASES: &'static [(&'static str, &'static str)] = &[];

    /// The name of this object.
    fn name(&self) -> &str;

    /// Its members without its secret, for people to read.
    fn public(&self) -> Members {
        members_of(self)
    }

    /// The defaults of an object of which these members are given.
    fn defaults(_given: &Members) -> Members {
        members_of(&Self::default())
    }
}

/// What a file says of a user: everything but identifier, time and credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::manage) struct UserMembers {
    pub(in crate::manage) username: String,
    pub(in crate::manage) profile: String,
    pub(in crate::manage) permission_sets: Vec<String>,
    pub(in crate::manage) api_only: bool,
    pub(in crate::manage) sso_only: bool,
    pub(in crate::manage) status: UserStatus,
    pub(in crate::manage) permissions: Vec<Permission>,
    pub(in crate::manage) claims: Members,
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

impl UserMembers {
    /// The user of these members.
    pub(in crate::manage) fn user(&self, id: UserId) -> User {
        User {
            id,
            username: self.username.clone(),
            profile: self.profile.clone(),
            permission_sets: self.permission_sets.clone(),
            api_only: self.api_only,
            sso_only: self.sso_only,
            status: self.status,
            permissions: self.permissions.clone(),
            claims: self.claims.clone(),
            created_at: Timestamp::default(),
            updated_at: None,
        }
    }
}

macro_rules! kinds {
    ($($kind:ty, $table:literal, $key:ident, $aliases:expr;)*) => {$(
        impl Kind for $kind {
            const KIND: &'static str = $table;
            const KEY: &'static str = stringify!($key);
            const ALIASES: &'static [(&'static str, &'static str)] = $aliases;

            fn name(&self) -> &str {
                &self.$key
            }
        }
    )*};
}

kinds! {
    Profile, "profiles", name, &MFA_ALIASES;
    PermissionSet, "permission_sets", name, &MFA_ALIASES;
    Scope, "scopes", name, &[];
    Resource, "resources", identifier, &[];
}

/// "Two-factor" and "multi-factor" are the same switches under older names.
const MFA_ALIASES: [(&str, &str); 4] = [
    ("two_factor_ui", "mfa_ui"),
    ("multi_factor_ui", "mfa_ui"),
    ("two_factor_api", "mfa_api"),
    ("multi_factor_api", "mfa_api"),
];

impl Kind for Issuer {
    const KIND: &'static str = "issuers";
    const KEY: &'static str = "issuer";
    const FILE_ONLY: &'static [&'static str] = &["client_secret", "client_secret_sealed"];

    fn name(&self) -> &str {
        &self.issuer
    }

    fn public(&self) -> Members {
        let mut members = members_of(self);
        members.remove("secret");
        members
    }
}

impl Kind for LoginFlow {
    const KIND: &'static str = "login_flows";
    const KEY: &'static str = "name";
    const SERVER_ONLY: &'static [&'static str] = &["version"];

    fn name(&self) -> &str {
        &self.name
    }
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

/// The members of an object of a kind of which nothing was said.
pub(in crate::manage) fn defaults_of(kind: &str) -> Value {
    Value::Object(match kind {
        Organisation::KIND => members_of(&Organisation::default()),
        UserMembers::KIND => members_of(&UserMembers::default()),
        Client::KIND => members_of(&Client::default()),
        Scope::KIND => members_of(&Scope::default()),
        Resource::KIND => members_of(&Resource::default()),
        Issuer::KIND => members_of(&Issuer::default()),
        LoginFlow::KIND => members_of(&LoginFlow::default()),
        Profile::KIND => members_of(&Profile::default()),
        PermissionSet::KIND => members_of(&PermissionSet::default()),
        _ => Members::new(),
    })
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
    let given = canonical::<T>(place, given)?;
    let mut known = members_of(&T::default());
    known.retain(|name, _| !T::SERVER_ONLY.contains(&name.as_str()));
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

/// The members under their own names. Two names of one member may both be given, as long as they say the same.
fn canonical<T: Kind>(place: &str, mut given: Members) -> Result<Members, FieldError> {
    for (alias, name) in T::ALIASES {
        let Some(value) = given.remove(*alias) else { continue };
        if let Some(other) = given.insert((*name).to_owned(), value.clone())
            && other != value
        {
            let problem = format!("is another name of {name}, which is given with another value; keep one of them");
            return Err(FieldError::new(format!("{place}.{alias}"), problem));
        }
    }
    Ok(given)
}

fn object_of<T: Kind>(given: &Members) -> serde_json::Result<T> {
    let mut members = T::defaults(given);
    members.extend(given.clone());
    serde_json::from_value(Value::Object(members))
}

/// Finds the member that cannot be read, by reading each alone.
fn blame<T: Kind>(place: &str, given: &Members, error: &serde_json::Error) -> FieldError {
    for (name, value) in given {
        let read = |value: Value| object_of::<T>(&Members::from_iter([(name.clone(), value)])).map(drop);
        if let Err(error) = read(value.clone()) {
            return blame_within(&format!("{place}.{name}"), value, &read, &error);
        }
    }
    FieldError::new(place, explain(&error.to_string()))
}

/// Finds what in a list or a table cannot be read, by reading each of its parts alone.
fn blame_within(
    place: &str,
    value: &Value,
    read: &dyn Fn(Value) -> serde_json::Result<()>,
    error: &serde_json::Error,
) -> FieldError {
    match value {
        Value::Array(values) => {
            let read = |value: Value| read(Value::Array(vec![value]));
            let wrong = values
                .iter()
                .find_map(|value| Some((value, read(value.clone()).err()?)));
            if let Some((value, error)) = wrong {
                return blame_within(place, value, &read, &error);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                let read = |value: Value| read(Value::Object(Members::from_iter([(name.clone(), value)])));
                if let Err(error) = read(value.clone()) {
                    return blame_within(&format!("{place}.{name}"), value, &read, &error);
                }
            }
        }
        _ => {}
    }
    let (told, shown) = (explain(&error.to_string()), value.as_str().unwrap_or_default());
    let quoted = |quote: char| told.contains(&format!("{quote}{shown}{quote}"));
    let problem = if shown.is_empty() || quoted('`') || quoted('"') {
        told
    } else {
        format!("`{shown}`: {told}")
    };
    FieldError::new(place, problem)
}

/// The account of a value that cannot be read, with the nearest value that can.
pub(super) fn explain(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let told = if message.starts_with("unknown variant") {
        "is not one of the values known"
    } else if message.starts_with("unknown field") {
        "is no key"
    } else {
        return message.replace('\n', " ");
    };
    if let Some(given) = quoted.next()
        && let Some(nearest) = nearest(given, quoted)
    {
        return format!("`{given}` {told}; did you mean `{nearest}`?");
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
