//! Password hashing: Argon2id (RFC 9106) in the PHC string format.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::digest::constant_time_eq;
use super::random::Random;
use crate::error::{Fault, FieldError};
use crate::model::secret::Secret;

/// 1 GiB: no string, wherever it came from, makes us spend more.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 64;
const MAX_LANES: u32 = 64;

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

/// A PHC string taken apart and found affordable.
struct Stored {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    hash: Output,
}

impl Stored {
    fn parse(phc: &str) -> Result<Self, Fault> {
        let unreadable = |error: &dyn fmt::Display| Fault::from_error("reading a stored password hash", error);
        let parsed = PasswordHash::new(phc).map_err(|error| unreadable(&error))?;
        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(|error| unreadable(&error))?;
        // The reference implementation writes no version for 1.0, which had none.
        let version = parsed
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(|error| unreadable(&error))?;
        let params = Params::try_from(&parsed).map_err(|error| unreadable(&error))?;
        if !is_affordable(&params) {
            return Err(Fault::new("a stored password hash names absurd costs"));
        }
        let (Some(salt), Some(hash)) = (parsed.salt, parsed.hash) else {
            return Err(Fault::new("a stored password hash lacks its salt or its hash"));
        };
        Ok(Self {
            algorithm,
            version,
            params,
            salt,
            hash,
        })
    }
}

fn is_affordable(params: &Params) -> bool {
    params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES
}

/// The memory of all permits. Who finds none left waits until some is given back.
struct Pool {
    idle: Mutex<Vec<Vec<Block>>>,
    given_back: Condvar,
    /// Blocks that a hash at the configured costs needs; more is not kept.
    keep: usize,
}

impl Pool {
    fn new(permits: usize, keep: usize) -> Self {
        Self {
            idle: Mutex::new(vec![Vec::new(); permits]),
            given_back: Condvar::new(),
            keep,
        }
    }

    fn take(&self) -> Lease<'_> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(blocks) = idle.pop() {
                return Lease { pool: self, blocks };
            }
            idle = self.given_back.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One permit and its memory, given back on drop.
struct Lease<'a> {
    pool: &'a Pool,
    blocks: Vec<Block>,
}

impl Lease<'_> {
    /// The first `count` blocks; they are allocated when they are first needed.
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], Fault> {
        if let Some(missing) = count.checked_sub(self.blocks.len()) {
            self.blocks
                .try_reserve_exact(missing)
                .map_err(|error| Fault::from_error("allocating memory for a password hash", error))?;
            self.blocks.resize(count, Block::new());
        }
        self.blocks
            .get_mut(..count)
            .ok_or_else(|| Fault::new("too little memory for a password hash"))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut blocks = std::mem::take(&mut self.blocks);
        if blocks.len() > self.pool.keep {
            blocks.truncate(self.pool.keep);
            blocks.shrink_to_fit();
        }
        self.pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(blocks);
        self.pool.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn hasher(memory_kib: u32, passes: u32) -> PasswordHasher {
        PasswordHasher::new(memory_kib, passes, 1, 2).unwrap()
    }

    #[test]
    fn only_argon2id_hashes_at_sane_costs_are_usable() {
        let phc = hasher(32, 1).hash(&Secret::new("x"), &mut Random::seeded(1)).unwrap();
        assert!(PasswordHasher::is_usable(&phc));
        for wrong in [
            phc.replace("argon2id", "argon2i"),
            phc.replace("m=32", "m=4294967295"),
            "$2y$10$abcdefghijklmnopqrstuv".to_owned(),
            String::new(),
        ] {
            assert!(!PasswordHasher::is_usable(&wrong), "{wrong}");
        }
    }

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let (hasher, mut random) = (hasher(32, 1), Random::seeded(1));
        let phc = hasher.hash(&Secret::new("correct horse"), &mut random).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=32,t=1,p=1$"), "{phc}");
        assert_ne!(phc, hasher.hash(&Secret::new("correct horse"), &mut random).unwrap());
        let check = |password: &str| hasher.verify(&Secret::new(password), &phc).unwrap();
        assert_eq!(
            check("correct horse"),
            PasswordCheck {
                matches: true,
                needs_rehash: false
            }
        );
        for wrong in ["", "correct hors", "Correct horse", "correct horse "] {
            assert_eq!(
                check(wrong),
                PasswordCheck {
                    matches: false,
                    needs_rehash: false
                }
            );
        }
    }

    #[test]
    fn other_costs_are_honoured_and_call_for_a_new_hash() {
        let secret = Secret::new("password");
        for (memory, passes) in [(64, 1), (16, 1), (32, 2)] {
            let phc = hasher(memory, passes).hash(&secret, &mut Random::seeded(1)).unwrap();
            let check = hasher(32, 1).verify(&secret, &phc).unwrap();
            assert_eq!(
                check,
                PasswordCheck {
                    matches: true,
                    needs_rehash: true
                }
            );
            let check = hasher(32, 1).verify(&Secret::new("other"), &phc).unwrap();
            assert_eq!(
                check,
                PasswordCheck {
                    matches: false,
                    needs_rehash: false
                }
            );
        }
    }

    #[test]
    fn hashes_of_the_reference_implementation_verify() {
        // phc-winner-argon2, src/test.c; the last is version 1.0, written without its version.
        for phc in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        ] {
            let check = hasher(32, 1).verify(&Secret::new("password"), phc).unwrap();
            assert_eq!(
                check,
                PasswordCheck {
                    matches: true,
                    needs_rehash: true
                },
                "{phc}"
            );
        }
    }

    #[test]
    fn absurd_and_foreign_strings_are_faults() {
        let tail = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        for phc in [
            format!("$argon2id$v=19$m=1048577,t=1,p=1{tail}"),
            format!("$argon2id$v=19$m=4294967295,t=1,p=1{tail}"),
            format!("$argon2id$v=19$m=256,t=65,p=1{tail}"),
            format!("$argon2id$v=19$m=1024,t=1,p=65{tail}"),
            format!("$argon2id$v=20$m=256,t=2,p=1{tail}"),
            format!("$scrypt$ln=15,r=8,p=1{tail}"),
            "$argon2id$v=19$m=256,t=2,p=1".into(),
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ".into(),
            "password".into(),
            String::new(),
        ] {
            assert!(hasher(32, 1).verify(&Secret::new("password"), &phc).is_err(), "{phc}");
        }
    }

    #[test]
    fn absurd_settings_are_refused_by_name() {
        for (memory, passes, lanes) in [
            (7, 1, 1),
            (32, 0, 1),
            (32, 1, 0),
            (1_048_577, 1, 1),
            (32, 65, 1),
            (8192, 1, 65),
        ] {
            let error = PasswordHasher::new(memory, passes, lanes, 1).unwrap_err();
            assert_eq!(error.field, "passwords.argon2_memory", "{memory} {passes} {lanes}");
        }
        assert_eq!(
            PasswordHasher::new(32, 1, 1, 0).unwrap_err().field,
            "passwords.hash_permits"
        );
    }

    #[test]
    fn unknown_users_never_match() {
        let check = hasher(32, 1).dummy_verify(&Secret::new("")).unwrap();
        assert_eq!(
            check,
            PasswordCheck {
                matches: false,
                needs_rehash: false
            }
        );
    }

    #[test]
    fn no_more_hashes_than_permits_run_and_their_memory_is_kept() {
        let hasher = hasher(32, 1);
        let running = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let mut lease = hasher.pool.take();
                        assert!(running.fetch_add(1, Ordering::SeqCst) < 2);
                        assert_eq!(lease.blocks(48).unwrap().len(), 48);
                        running.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let idle = hasher.pool.idle.lock().unwrap();
        assert_eq!(idle.len(), 2);
        assert!(
            idle.iter().all(|blocks| blocks.len() <= 32),
            "foreign costs must not stay allocated"
        );
        assert!(idle.iter().any(|blocks| blocks.len() == 32));
    }
}
