//! Stored password hashes, taken apart.

use std::fmt;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Params, Version};

use crate::error::Fault;

/// 1 GiB: no string, wherever it came from, makes us spend more.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 64;
const MAX_LANES: u32 = 64;

/// A PHC string taken apart and found affordable.
pub(super) struct Stored {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) salt: Salt,
    pub(super) hash: Output,
}

impl Stored {
    pub(super) fn parse(phc: &str) -> Result<Self, Fault> {
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

/// Whether a hash at these costs is computed at all.
pub(super) fn is_affordable(params: &Params) -> bool {
    params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES
}
