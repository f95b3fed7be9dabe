//! Passwords: the first factor. Argon2id, upgraded on login.

use std::net::IpAddr;

use crate::crypto::password::{PasswordCheck, PasswordHasher};
use crate::crypto::random::Random;
use crate::error::Result;
use crate::model::credential::Credential;
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// The longest password that is looked at, in bytes.
pub const MAX_LENGTH: usize = 1_024;

/// What comparing a password with a hash gave.
#[derive(Debug)]
pub enum Comparison {
    /// It is the password.
    Right {
        /// A new hash, where the stored one was made at other costs.
        rehashed: Option<String>,
    },
    /// It is not, or there is none.
    Wrong,
}

/// Compares a password with a hash; slow on purpose, so never inside a transaction. Without a hash it takes as long.
///
/// # Errors
/// A fault when the stored hash cannot be read.
pub fn compare(hasher: &PasswordHasher, password: &Secret, phc: Option<&str>) -> Result<Comparison> {
    let check = check(hasher, password, phc)?;
    if !check.matches {
        return Ok(Comparison::Wrong);
    }
    let rehashed = if check.needs_rehash {
        Some(hasher.hash(password, &mut Random::from_os())?)
    } else {
        None
    };
    Ok(Comparison::Right { rehashed })
}

/// Compares as [`compare`] does, in one computation whatever comes of it.
///
/// # Errors
/// A fault when the stored hash cannot be read.
pub fn check(hasher: &PasswordHasher, password: &Secret, phc: Option<&str>) -> Result<PasswordCheck> {
    let fits = password.expose().len() <= MAX_LENGTH;
    match phc.filter(|_| fits) {
        Some(phc) => Ok(hasher.verify(password, phc)?),
        None => Ok(hasher.dummy_verify(&if fits { password.clone() } else { Secret::new("") })?),
    }
}

/// The evidence of a right password.
#[must_use]
pub fn evidence(credential: &Credential, now: Timestamp, ip: Option<IpAddr>) -> Evidence {
    Evidence::proven(FactorKind::Password, credential.id, now).from(ip)
}
