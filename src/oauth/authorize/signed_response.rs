//! What signs a response that is asked for as a JWT, and how that is encrypted, taken along out of the unit of work. JARM
//! §2.1, §2.2, §3.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::crypto::jwe::{self, Recipient};
use crate::crypto::jwt;
use crate::error::{Fault, Result};
use crate::model::encryption::{Encrypted, Sealing};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::oauth::response_mode::Target;
use crate::work::{Directory, Work};

/// JARM §2.1: "A maximum JWT lifetime of 10 minutes is RECOMMENDED."
const LIFETIME: i64 = 600;

/// What signs one response.
pub(super) struct Signer {
    directory: Arc<Directory>,
    algorithm: Algorithm,
    sealing: Option<Sealing>,
    now: Timestamp,
}

impl Signer {
    /// What signs the response to `target`, if it is to be signed.
    pub(super) fn of(work: &mut Work<'_>, target: &Target) -> Result<Option<Self>> {
        if !target.mode.is_jwt() {
            return Ok(None);
        }
        let directory = Arc::clone(&work.directory);
        let client = directory.client(work.tx, &target.client_id)?;
        let sealing = client
            .as_ref()
            .and_then(|client| client.sealing(Encrypted::Authorization));
        Ok(Some(Self {
            sealing,
            algorithm: client
                .map(|client| client.authorization_signed_response_alg)
                .unwrap_or_default(),
            directory,
            now: work.now,
        }))
    }

    /// Until when the response is good.
    pub(super) const fn expires(&self) -> Timestamp {
        self.now.plus_seconds(LIFETIME)
    }

    /// How the response must be encrypted, if it must be.
    pub(super) const fn sealing(&self) -> Option<&Sealing> {
        self.sealing.as_ref()
    }

    /// The signed response, encrypted to `recipient` where it must be (JARM §2.2).
    pub(super) fn sign(
        &self,
        claims: &Map<String, Value>,
        recipient: Option<&Recipient>,
    ) -> std::result::Result<String, Fault> {
        let key = self.directory.keys.signer(self.algorithm, self.now);
        let missing = || Fault::new(format!("no key signs with {}", self.algorithm));
        let signed = jwt::sign(key.ok_or_else(missing)?, "JWT", claims)?;
        jwe::finish(self.sealing.as_ref(), recipient, ("JWT", signed))
    }
}
