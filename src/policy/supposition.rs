//! Evidence that `explain` supposes. It goes into a decision that is shown, never into a session or a token.

use std::net::IpAddr;

use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::CredentialId;
use crate::model::time::Timestamp;

/// What a session would hold had these credentials been proven at `at`, from `ip`.
#[must_use]
pub fn supposed(proofs: &[(FactorKind, CredentialId)], at: Timestamp, ip: Option<IpAddr>) -> Vec<Evidence> {
    proofs
        .iter()
        .map(|(kind, credential)| {
            let proven = Evidence::proven(*kind, *credential, at).from(ip);
            // We ask every passkey to verify its user.
            match kind {
                FactorKind::Passkey => proven.user_verified(),
                _ => proven,
            }
        })
        .collect()
}
