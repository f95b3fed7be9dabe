//! The directory file: TOML, or JSON of the same shape, read into objects. Unknown keys are refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::flows;
use super::members::{self, Kind, Members, UserMembers, unknown};
use crate::error::FieldError;
use crate::model::client::Client;
use crate::model::credential::{Material, Standing};
use crate::model::issuer::Issuer;
use crate::model::login_flow::LoginFlow;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::Profile;
use crate::model::resource::Resource;
use crate::model::scope::Scope;
use crate::model::secret::{Digest, Sealed, Secret};
use crate::model::time::Timestamp;
use crate::model::user::User;

/// What directory files say. A kind that no file names is left alone.
#[derive(Default)]
pub struct Document {
    pub(super) organisation: Option<Organisation>,
    pub(super) profiles: Option<Vec<Profile>>,
    pub(super) permission_sets: Option<Vec<PermissionSet>>,
    pub(super) users: Option<Vec<UserEntry>>,
    pub(super) clients: Option<Vec<ClientEntry>>,
    pub(super) scopes: Option<Vec<Scope>>,
    pub(super) resources: Option<Vec<Resource>>,
    pub(super) issuers: Option<Vec<IssuerEntry>>,
    pub(super) login_flows: Option<Vec<LoginFlow>>,
}

/// A user in a file.
pub(super) struct UserEntry {
    pub(super) members: UserMembers,
    /// Whether the file says it. A user who was disabled by hand stays so under a file that says nothing of it.
    pub(super) says_status: bool,
    pub(super) password: GivenPassword,
    pub(super) credentials: Option<Vec<CredentialEntry>>,
}

/// What a file says of a password. A user without one keeps what is stored.
pub(super) enum GivenPassword {
    Absent,
    Clear(Secret),
    Hash(String),
}

/// A second factor in a file, as an export with secrets writes it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CredentialEntry {
    #[serde(default)]
    pub(super) label: String,
    pub(super) confirmed_at: Timestamp,
    /// How far its one-time codes were used: what was used before an export counts no more after it is applied.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) last_step: i64,
    #[serde(flatten)]
    pub(super) material: Material,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(step: &i64) -> bool {
    *step == 0
}

/// A client in a file.
pub(super) struct ClientEntry {
    pub(super) client: Client,
    /// Whether the file says it, as for users.
    pub(super) says_disabled: bool,
    pub(super) secret: GivenSecret,
}

/// An issuer in a file.
pub(super) struct IssuerEntry {
    pub(super) issuer: Issuer,
    pub(super) secret: GivenSecret,
}

/// What a file says of a client's secret. A client without one keeps what is stored.
pub(super) enum GivenSecret {
    Absent,
    Clear(Secret),
    Hash(Digest),
    Sealed(Sealed),
}

const KINDS: [&str; 9] = [
    Organisation::KIND,
    Profile::KIND,
    PermissionSet::KIND,
    UserMembers::KIND,
    Client::KIND,
    Scope::KIND,
    Resource::KIND,
    Issuer::KIND,
    LoginFlow::KIND,
];

impl Document {
    /// Adds what one file says. `name` tells the format by its ending, or else the text does.
    ///
    /// # Errors
    /// The first key that is unknown or wrong, with its place and remedy.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), FieldError> {
        for (kind, value) in parse(name, text)? {
            if kind == LoginFlow::KIND {
                flows::check_steps(name, text, &value)?;
            }
            self.add_kind(&kind, value)?;
        }
        Ok(())
    }

    fn add_kind(&mut self, kind: &str, value: Value) -> Result<(), FieldError> {
        match kind {
            Organisation::KIND => {
                if self.organisation.is_some() {
                    return Err(FieldError::new(kind, "given in more than one file; keep one"));
                }
                let (organisation, _) = members::read(kind, table(kind, value)?)?;
                self.organisation = Some(organisation);
                Ok(())
            }
            Profile::KIND => add_objects(&mut self.profiles, value),
            PermissionSet::KIND => add_objects(&mut self.permission_sets, value),
            Scope::KIND => add_objects(&mut self.scopes, value),
            Resource::KIND => add_objects(&mut self.resources, value),
            Issuer::KIND => add_all(&mut self.issuers, value, issuer_entry, |entry| {
                entry.issuer.issuer.clone()
            }),
            LoginFlow::KIND => add_objects(&mut self.login_flows, value),
            UserMembers::KIND => add_all(&mut self.users, value, user_entry, |entry| {
                User::key_of(&entry.members.username)
            }),
            Client::KIND => add_all(&mut self.clients, value, client_entry, |entry| {
                entry.client.client_id.clone()
            }),
            _ => Err(unknown(kind, kind, KINDS.into_iter())),
        }
    }
}

fn parse(name: &str, text: &str) -> Result<Members, FieldError> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let is_json = match ending.as_deref() {
        Some("json") => true,
        Some("toml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    let parsed = if is_json {
        serde_json::from_str(text).map_err(|error| FieldError::new(name, error.to_string()))
    } else {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            FieldError::new(format!("{name} line {line}"), error.message().replace('\n', " "))
        })
    };
    let mut parsed: Members = parsed?;
    parsed.values_mut().for_each(normalise);
    Ok(parsed)
}

/// How the TOML reader hands a date or a time to readers that know neither.
const TOML_DATETIME: &str = "$__toml_private_datetime";

/// Makes TOML and JSON say the same: null is absence, and a date is a text.
pub(super) fn normalise(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(date) = members.remove(TOML_DATETIME) {
                *value = date;
                return;
            }
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(normalise);
        }
        Value::Array(values) => {
            values.retain(|value| !value.is_null());
            values.iter_mut().for_each(normalise);
        }
        _ => {}
    }
}

fn table(place: &str, value: Value) -> Result<Members, FieldError> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(FieldError::new(place, "must be a table of keys and values")),
    }
}

fn add_objects<T: Kind>(to: &mut Option<Vec<T>>, value: Value) -> Result<(), FieldError> {
    let read = |place: &str, given| members::read::<T>(place, given).map(|(object, _)| object);
    add_all(to, value, read, |object| object.name().to_owned())
}

/// Reads every object of a kind; `key` tells which are the same one.
fn add_all<T: Named>(
    to: &mut Option<Vec<T>>,
    value: Value,
    read: impl Fn(&str, Members) -> Result<T, FieldError>,
    key: impl Fn(&T) -> String,
) -> Result<(), FieldError> {
    let (kind, name) = (T::Of::KIND, T::Of::KEY);
    let Value::Array(objects) = value else {
        return Err(FieldError::new(kind, format!("must be a list; write [[{kind}]]")));
    };
    let to = to.get_or_insert_default();
    for (index, object) in objects.into_iter().enumerate() {
        let given = table(&format!("{kind}[{index}]"), object)?;
        let place = match given.get(name).and_then(Value::as_str) {
            Some(named) if !named.is_empty() => format!("{kind}.{named}"),
            _ => {
                let problem = "is missing: it names the object";
                return Err(FieldError::new(format!("{kind}[{index}].{name}"), problem));
            }
        };
        let object = read(&place, given)?;
        if to.iter().any(|other| key(other) == key(&object)) {
            return Err(FieldError::new(place, "is given twice; keep one"));
        }
        to.push(object);
    }
    Ok(())
}

/// What a file lists: objects, or objects with their secrets.
trait Named {
    type Of: Kind;
}

impl<T: Kind> Named for T {
    type Of = T;
}

impl Named for UserEntry {
    type Of = UserMembers;
}

impl Named for ClientEntry {
    type Of = Client;
}

impl Named for IssuerEntry {
    type Of = Issuer;
}

fn issuer_entry(place: &str, given: Members) -> Result<IssuerEntry, FieldError> {
    let (issuer, file_only) = members::read::<Issuer>(place, given)?;
    let secret = given_secret(place, file_only)?;
    Ok(IssuerEntry { issuer, secret })
}

fn user_entry(place: &str, given: Members) -> Result<UserEntry, FieldError> {
    let says_status = given.contains_key("status");
    let (members, mut file_only) = members::read::<UserMembers>(place, given)?;
    let password = match (
        text_of(place, "password", &mut file_only)?,
        text_of(place, "password_hash", &mut file_only)?,
    ) {
        (None, None) => GivenPassword::Absent,
        (Some(password), None) => GivenPassword::Clear(Secret::new(password)),
        (None, Some(phc)) => GivenPassword::Hash(phc),
        (Some(_), Some(_)) => {
            let problem = "give either password or password_hash, not both";
            return Err(FieldError::new(format!("{place}.password"), problem));
        }
    };
    let credentials = file_only
        .remove("credentials")
        .map(|given| credential_entries(place, given))
        .transpose()?;
    Ok(UserEntry {
        members,
        says_status,
        password,
        credentials,
    })
}

fn credential_entries(place: &str, given: Value) -> Result<Vec<CredentialEntry>, FieldError> {
    let place = format!("{place}.credentials");
    let entries: Vec<CredentialEntry> = serde_json::from_value(given).map_err(|_| {
        let problem = "not a list as `countersign export --secrets` writes it";
        FieldError::new(&place, problem)
    })?;
    if entries
        .iter()
        .any(|entry| matches!(entry.material, Material::Password { .. }))
    {
        return Err(FieldError::new(place, "a password belongs in password_hash"));
    }
    if entries.iter().any(|entry| entry.material.is_for_recovery()) {
        return Err(FieldError::new(
            place,
            "recovery codes are in no file: people make their own",
        ));
    }
    if entries
        .iter()
        .any(|entry| entry.material.standing() == Some(Standing::Vouched))
    {
        let problem = "what you vouch for belongs in the claims, with phone_number_verified or email_verified";
        return Err(FieldError::new(place, problem));
    }
    Ok(entries)
}

fn client_entry(place: &str, given: Members) -> Result<ClientEntry, FieldError> {
    let says_disabled = given.contains_key("disabled");
    let (client, file_only) = members::read::<Client>(place, given)?;
    let secret = given_secret(place, file_only)?;
    Ok(ClientEntry {
        client,
        says_disabled,
        secret,
    })
}

fn given_secret(place: &str, mut file_only: Members) -> Result<GivenSecret, FieldError> {
    if file_only.len() > 1 {
        let problem = "give only one of client_secret, client_secret_hash and client_secret_sealed";
        return Err(FieldError::new(format!("{place}.client_secret"), problem));
    }
    Ok(if let Some(secret) = text_of(place, "client_secret", &mut file_only)? {
        GivenSecret::Clear(Secret::new(secret))
    } else if let Some(hash) = text_of(place, "client_secret_hash", &mut file_only)? {
        let digest = Digest::try_from(hash)
            .map_err(|problem| FieldError::new(format!("{place}.client_secret_hash"), problem))?;
        GivenSecret::Hash(digest)
    } else if let Some(sealed) = text_of(place, "client_secret_sealed", &mut file_only)? {
        let sealed = crate::crypto::digest::base64url_decode(&sealed).ok_or_else(|| {
            let problem = "not base64url as `countersign export --secrets` writes it";
            FieldError::new(format!("{place}.client_secret_sealed"), problem)
        })?;
        GivenSecret::Sealed(Sealed(sealed))
    } else {
        GivenSecret::Absent
    })
}

fn text_of(place: &str, name: &str, members: &mut Members) -> Result<Option<String>, FieldError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(FieldError::new(format!("{place}.{name}"), "must be a text")),
    }
}
