//! Password hashing: Argon2id (RFC 9106) in the PHC string format.

mod memory;
mod stored;

use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::digest::constant_time_eq;
use super::random::Random;
use crate::error::{Fault, FieldError};
use crate::model::secret::Secret;

use memory::Pool;
use stored::{Stored, is_affordable};

/// RFC 9106 §4 recommends a salt of 128 bits and a tag of 256.
const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// Hashes and checks passwords, a fixed number at a time, each in memory that is kept and used again.
///
/// Every call blocks its thread until it has memory and then for as long as the hash takes.
pub struct PasswordHasher {
    params: Params,
    pool: Pool,
}

/// What checking a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCheck {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// It matches, but was hashed at other costs than are configured now: hash it again and store that.
    pub needs_rehash: bool,
}

impl PasswordHasher {
    /// A hasher at these costs that computes at most `permits` hashes at the same time.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32, permits: usize) -> Result<Self, FieldError> {
        let params = Params::new(memory_kib, passes, lanes, Some(HASH_LENGTH))
            .map_err(|error| FieldError::new("passwords.argon2_memory", error.to_string()))?;
        if !is_affordable(&params) {
            let problem = "the costs of Argon2id are above 1 GiB, 64 passes or 64 lanes";
            return Err(FieldError::new("passwords.argon2_memory", problem));
        }
        if permits == 0 {
            return Err(FieldError::new(
                "passwords.hash_permits",
                "at least one hash must be permitted",
            ));
        }
        let pool = Pool::new(permits, params.block_count());
        Ok(Self { params, pool })
    }

    /// Hashes a password with a new salt.
    pub fn hash(&self, password: &Secret, random: &mut Random) -> Result<String, Fault> {
        let salt = random.bytes::<SALT_LENGTH>();
        let mut hash = Zeroizing::new([0_u8; HASH_LENGTH]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        self.compute(&argon2, password, &salt, &mut *hash)?;
        let unwritable = |error: argon2::password_hash::phc::Error| Fault::from_error("writing a password hash", error);
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params)
                .map_err(|e| Fault::from_error("writing a password hash", e))?,
            salt: Some(Salt::new(&salt).map_err(unwritable)?),
            hash: Some(Output::new(&*hash).map_err(unwritable)?),
        };
        Ok(phc.to_string())
    }

    /// Checks a password against a stored hash at the costs that the hash names.
    ///
    /// Costs that no installation would choose are a fault, as is a string that is no Argon2 hash.
    pub fn verify(&self, password: &Secret, phc: &str) -> Result<PasswordCheck, Fault> {
        let stored = Stored::parse(phc)?;
        let mut hash = Zeroizing::new([0_u8; Output::MAX_LENGTH]);
        let hash = hash
            .get_mut(..stored.hash.len())
            .ok_or_else(|| Fault::new("a stored password hash is too long"))?;
        let argon2 = Argon2::new(stored.algorithm, stored.version, stored.params.clone());
        self.compute(&argon2, password, &stored.salt, hash)?;
        let matches = constant_time_eq(hash, stored.hash.as_bytes());
        Ok(PasswordCheck {
            matches,
            needs_rehash: matches && self.is_outdated(&stored),
        })
    }

    /// Whether a string from elsewhere is an Argon2id hash that [`Self::verify`] would compute.
    #[must_use]
    pub fn is_usable(phc: &str) -> bool {
        Stored::parse(phc).is_ok_and(|stored| stored.algorithm == Algorithm::Argon2id)
    }

    /// Spends what checking a password costs, for users who do not exist; it never matches.
    pub fn dummy_verify(&self, password: &Secret) -> Result<PasswordCheck, Fault> {
        let mut hash = Zeroizing::new([0_u8; HASH_LENGTH]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        self.compute(&argon2, password, &[0; SALT_LENGTH], &mut *hash)?;
        std::hint::black_box(&hash);
        Ok(PasswordCheck {
            matches: false,
            needs_rehash: false,
        })
    }

    fn is_outdated(&self, stored: &Stored) -> bool {
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        stored.algorithm != Algorithm::Argon2id
            || stored.version != Version::V0x13
            || costs(&stored.params) != costs(&self.params)
            || stored.hash.len() != HASH_LENGTH
            || stored.salt.len() < SALT_LENGTH
    }

    fn compute(&self, argon2: &Argon2<'_>, password: &Secret, salt: &[u8], hash: &mut [u8]) -> Result<(), Fault> {
        let mut lease = self.pool.take();
        let blocks = lease.blocks(argon2.params().block_count())?;
        argon2
            .hash_password_into_with_memory(password.expose().as_bytes(), salt, hash, blocks)
            .map_err(|error| Fault::from_error("hashing a password", error))
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
