//! Which authenticators count where a profile says so: an attestation that one of its authorities vouches for.
//! WebAuthn Level 3 §6.5.

use std::collections::BTreeSet;

use uuid::Uuid;
use webauthn_rs_core::proto::{AttestationCaList, AttestationMetadata, Credential as Known};

use super::refused;
use crate::error::{Fault, PasskeyDenial, Result};
use crate::model::credential::{Attestation, Material};
use crate::model::profile::AttestedAuthenticators;
use crate::model::secret::Digest;

/// The authenticators that count for users of a profile, ready to be compared with.
#[derive(Debug)]
pub struct Accepted {
    authorities: AttestationCaList,
    fingerprints: BTreeSet<[u8; 32]>,
    models: Vec<Uuid>,
}

/// Whether this text is the certificate of an authority.
#[must_use]
pub fn check_authority(pem: &str) -> bool {
    AttestationCaList::try_from(pem.as_bytes()).is_ok()
}

impl Accepted {
    /// What a profile says counts.
    ///
    /// # Errors
    /// A fault when it names a certificate that cannot be read, which `apply` refuses.
    pub fn of(said: &AttestedAuthenticators) -> Result<Self> {
        let mut authorities = AttestationCaList::default();
        for pem in &said.authorities {
            let fault = |error| Fault::from_error("read an attestation authority", error);
            authorities.union(&AttestationCaList::try_from(pem.as_bytes()).map_err(fault)?);
        }
        Ok(Self {
            fingerprints: authorities.cas().keys().map(|key| *key.as_ref()).collect(),
            authorities,
            models: said.models.clone(),
        })
    }

    /// Whether what is checked against counts. Of a passkey, one of these authorities vouched for its authenticator when it
    /// was made, and the key cannot leave that.
    #[must_use]
    pub fn counts(&self, material: &Material) -> bool {
        let Material::Passkey {
            attestation, hardware, ..
        } = material
        else {
            return true;
        };
        let Some(attestation) = attestation.as_ref().filter(|_| *hardware) else {
            return false;
        };
        let authority = attestation.authority.as_ref().map(Digest::as_bytes);
        authority.is_some_and(|authority| self.fingerprints.contains(authority)) && self.is_model(attestation.model)
    }

    /// Only of some authenticators does their authority say the model too.
    fn is_model(&self, model: Option<Uuid>) -> bool {
        self.models.is_empty() || model.is_some_and(|model| self.models.contains(&model))
    }
}

/// What is kept of an attestation: with `accepted`, only of one that these authorities vouch for.
pub(super) fn attestation(known: &Known, accepted: Option<&Accepted>) -> Result<Attestation> {
    let model = match &known.attestation.metadata {
        AttestationMetadata::Packed { aaguid } | AttestationMetadata::Tpm { aaguid, .. } => Some(*aaguid),
        _ => None,
    };
    let format = serde_json::to_value(&known.attestation_format).ok();
    let mut attestation = Attestation {
        format: format
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        model,
        authority: None,
    };
    let Some(accepted) = accepted else {
        return Ok(attestation);
    };
    let authority = known
        .verify_attestation(&accepted.authorities)
        .map_err(|error| refused(&error))?
        .filter(|_| accepted.is_model(model) && !known.backup_eligible)
        .ok_or(PasskeyDenial::Attestation)?;
    let fingerprint = authority
        .get_kid()
        .map_err(|error| Fault::from_error("read an attestation authority", error))?;
    attestation.authority = Some(Digest::new(*fingerprint.as_ref()));
    Ok(attestation)
}
