//! Secrets of a directory file: passwords settled before the unit of work, client secrets as they are stored.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::document::{Document, GivenPassword, GivenSecret};
use super::members::Kind;
use crate::config::PasswordSettings;
use crate::crypto::digest::{constant_time_eq, digest_of};
use crate::crypto::master::MasterKeys;
use crate::crypto::password::PasswordHasher;
use crate::crypto::random::Random;
use crate::error::{FieldError, Result};
use crate::manage::authority::check_may_look;
use crate::manage::users::stored_password;
use crate::manage::validate;
use crate::model::actor::Actor;
use crate::model::client::{Client, ClientSecret};
use crate::model::issuer::Issuer;
use crate::model::secret::{Sealed, Secret};
use crate::model::user::User;
use crate::store;
use crate::work::{Purposes, Shared, View};

/// The stored password hashes of the users whose passwords a file gives in clear.
pub struct StoredPasswords(HashMap<String, String>);

/// A document whose passwords are hashes, so that it can be applied.
pub struct Settled(pub(super) Document);

/// Looks up what [`Document::settle`] compares given passwords with.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn stored_passwords(view: &mut View<'_>, actor: &Actor, document: &Document) -> Result<StoredPasswords> {
    check_may_look(view, actor)?;
    let mut stored = HashMap::new();
    for entry in document.users.iter().flatten() {
        if !matches!(entry.password, GivenPassword::Clear(_)) {
            continue;
        }
        let username = &entry.members.username;
        if let Some(user) = store::users::find_by_username(view.tx, username)?
            && let Some(phc) = stored_password(&store::credentials::of_user(view.tx, user.id)?)
        {
            stored.insert(User::key_of(username), phc.to_owned());
        }
    }
    Ok(StoredPasswords(stored))
}

impl Document {
    /// Turns passwords in clear into hashes: the stored one where it matches, or else a new one. It takes as long as the
    /// hashes do, so it is for outside any unit of work.
    ///
    /// # Errors
    /// A password that may not be set, or a fault of hashing.
    pub fn settle(mut self, stored: &StoredPasswords, shared: &Shared, random: &mut Random) -> Result<Settled> {
        for entry in self.users.iter_mut().flatten() {
            let username = &entry.members.username;
            let phc = match &entry.password {
                GivenPassword::Absent => continue,
                GivenPassword::Hash(phc) if PasswordHasher::is_usable(phc) => continue,
                GivenPassword::Hash(_) => {
                    let problem =
                        "not an Argon2id hash in the PHC string format ($argon2id$v=19$m=…,t=…,p=…$salt$hash)";
                    return Err(FieldError::new(format!("users.{username}.password_hash"), problem).into());
                }
                GivenPassword::Clear(password) => {
                    check_given(&shared.settings.passwords, username, password)?;
                    let known = stored.0.get(&User::key_of(username));
                    settle_one(&shared.hasher, password, known, random)?
                }
            };
            entry.password = GivenPassword::Hash(phc);
        }
        Ok(Settled(self))
    }
}

fn check_given(settings: &PasswordSettings, username: &str, password: &Secret) -> Result<()> {
    Ok(validate::password(
        &format!("users.{username}.password"),
        settings,
        password,
    )?)
}

fn settle_one(
    hasher: &PasswordHasher,
    password: &Secret,
    stored: Option<&String>,
    random: &mut Random,
) -> Result<String> {
    if let Some(stored) = stored
        && hasher.verify(password, stored)?.matches
    {
        return Ok(stored.clone());
    }
    Ok(hasher.hash(password, random)?)
}

/// The shortest secret of a client, in characters.
const MIN_SECRET: usize = 16;
/// The shortest secret that signs, in bytes: RFC 7518 §3.2, a key as long as the hash or longer.
const MIN_SIGNING_SECRET: usize = 32;

/// Makes stored secrets of given ones.
pub(super) struct SecretKeeper<'a> {
    pub(super) master: &'a MasterKeys,
    pub(super) random: &'a mut Random,
}

impl SecretKeeper<'_> {
    /// The secret to store for `client`, whose secret until now was `stored`.
    pub(super) fn keep(
        &mut self,
        client: &Client,
        given: &GivenSecret,
        stored: Option<&ClientSecret>,
    ) -> Result<Option<ClientSecret>> {
        let place = format!("{}.{}", Client::KIND, client.client_id);
        match client.token_endpoint_auth_method {
            method if !method.uses_secret() => {
                if matches!(given, GivenSecret::Absent) {
                    return Ok(None);
                }
                let method = method.as_str();
                let problem = format!("a client with token_endpoint_auth_method {method} has no secret; remove it");
                Err(FieldError::new(format!("{place}.client_secret"), problem).into())
            }
            _ if client.signs_with_secret() => self.keep_sealed(&place, given, stored).map(Some),
            _ => self.keep_digest(&place, given, stored).map(Some),
        }
    }

    /// Our secret at an issuer, which is used again and therefore sealed; until now it was `stored`.
    pub(super) fn keep_upstream(
        &mut self,
        issuer: &Issuer,
        given: &GivenSecret,
        stored: Option<&Sealed>,
    ) -> Result<Option<Sealed>> {
        let wrong = |key: &str, problem: &str| {
            let place = format!("{}.{}.{key}", Issuer::KIND, issuer.issuer);
            Err(FieldError::new(place, problem).into())
        };
        if !issuer.uses_secret() {
            if matches!(given, GivenSecret::Absent) {
                return Ok(None);
            }
            return wrong(
                "client_secret",
                "is for an issuer with a client_id that takes client_secret_basic or client_secret_post; remove it",
            );
        }
        let plain = match (given, stored) {
            (GivenSecret::Clear(secret), _) if secret.expose().is_empty() => {
                return wrong("client_secret", "is empty; give the secret that the provider issued");
            }
            (GivenSecret::Clear(secret), _) => Zeroizing::new(secret.expose().as_bytes().to_vec()),
            (GivenSecret::Sealed(sealed), _) => match self.master.open(Purposes::UPSTREAM_SECRET, sealed) {
                Ok(plain) => plain,
                Err(_) => return wrong("client_secret_sealed", super::SEALED_BY_ANOTHER),
            },
            (GivenSecret::Absent, Some(sealed)) => return Ok(Some(sealed.clone())),
            (GivenSecret::Absent | GivenSecret::Hash(_), _) => {
                return wrong(
                    "client_secret",
                    "is missing: the secret that the provider issued to client_id",
                );
            }
        };
        if let Some(stored) = stored
            && let Ok(known) = self.master.open(Purposes::UPSTREAM_SECRET, stored)
            && constant_time_eq(&known, &plain)
        {
            return Ok(Some(stored.clone()));
        }
        Ok(Some(self.master.seal(
            Purposes::UPSTREAM_SECRET,
            self.random,
            &plain,
        )?))
    }

    fn keep_digest(&mut self, place: &str, given: &GivenSecret, stored: Option<&ClientSecret>) -> Result<ClientSecret> {
        match (given, stored) {
            (GivenSecret::Clear(secret), _) => {
                if secret.expose().chars().count() < MIN_SECRET {
                    let problem = format!("a secret has at least {MIN_SECRET} characters; use a long random one");
                    return Err(FieldError::new(format!("{place}.client_secret"), problem).into());
                }
                Ok(ClientSecret::Digest(digest_of(secret.expose())))
            }
            (GivenSecret::Hash(digest), _) | (GivenSecret::Absent, Some(ClientSecret::Digest(digest))) => {
                Ok(ClientSecret::Digest(*digest))
            }
            (GivenSecret::Sealed(_), _) => {
                let problem = "only clients that sign with their secret have a sealed one; give client_secret_hash";
                Err(FieldError::new(format!("{place}.client_secret_sealed"), problem).into())
            }
            (GivenSecret::Absent, Some(ClientSecret::Sealed(sealed))) => {
                let secret = self.master.open(Purposes::CLIENT_SECRET, sealed)?;
                Ok(ClientSecret::Digest(crate::crypto::digest::sha256(&secret)))
            }
            (GivenSecret::Absent, None) => {
                let problem = "a confidential client needs a secret; give client_secret, or client_secret_hash, or set \
                               token_endpoint_auth_method = \"none\"";
                Err(FieldError::new(format!("{place}.client_secret"), problem).into())
            }
        }
    }

    fn keep_sealed(&mut self, place: &str, given: &GivenSecret, stored: Option<&ClientSecret>) -> Result<ClientSecret> {
        match (given, stored) {
            (GivenSecret::Clear(secret), _) => {
                if secret.expose().len() < MIN_SIGNING_SECRET {
                    let problem = format!("a secret that signs has at least {MIN_SIGNING_SECRET} bytes");
                    return Err(FieldError::new(format!("{place}.client_secret"), problem).into());
                }
                self.seal_anew(secret.expose().as_bytes(), stored)
            }
            (GivenSecret::Sealed(sealed), _) => {
                let opened = self.master.open(Purposes::CLIENT_SECRET, sealed).map_err(|_| {
                    let problem = "was sealed under another master key; give client_secret, or add that key to \
                                   secrets.old_master_keys";
                    FieldError::new(format!("{place}.client_secret_sealed"), problem)
                })?;
                match stored {
                    Some(ClientSecret::Sealed(_)) => self.seal_anew(&opened, stored),
                    _ => Ok(ClientSecret::Sealed(sealed.clone())),
                }
            }
            (GivenSecret::Absent, Some(ClientSecret::Sealed(sealed))) => Ok(ClientSecret::Sealed(sealed.clone())),
            (GivenSecret::Hash(_), _) => {
                let problem =
                    "signatures made with the secret itself cannot be checked with a hash of it; give client_secret";
                Err(FieldError::new(format!("{place}.client_secret_hash"), problem).into())
            }
            (GivenSecret::Absent, _) => {
                let problem = "client_secret_jwt and HS256 need the secret itself; give client_secret";
                Err(FieldError::new(format!("{place}.client_secret"), problem).into())
            }
        }
    }

    /// The stored secret where it is the same one, or else a newly sealed one.
    fn seal_anew(&mut self, secret: &[u8], stored: Option<&ClientSecret>) -> Result<ClientSecret> {
        if let Some(ClientSecret::Sealed(sealed)) = stored
            && let Ok(known) = self.master.open(Purposes::CLIENT_SECRET, sealed)
            && constant_time_eq(&known, secret)
        {
            return Ok(ClientSecret::Sealed(sealed.clone()));
        }
        let sealed = self.master.seal(Purposes::CLIENT_SECRET, self.random, secret)?;
        Ok(ClientSecret::Sealed(sealed))
    }
}
