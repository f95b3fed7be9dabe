//! What clients say of answers that are encrypted to them.

use super::Client;
use crate::model::encryption::{ContentEncryption, Encrypted, Encryption, KeyManagement, Sealing};

impl Client {
    /// What it says of the encryption of such answers: `alg` and `enc`.
    #[must_use]
    pub const fn encryption_members(&self, what: Encrypted) -> (Option<KeyManagement>, Option<ContentEncryption>) {
        match what {
            Encrypted::IdToken => (
                self.id_token_encrypted_response_alg,
                self.id_token_encrypted_response_enc,
            ),
            Encrypted::Userinfo => (
                self.userinfo_encrypted_response_alg,
                self.userinfo_encrypted_response_enc,
            ),
            Encrypted::Introspection => (
                self.introspection_encrypted_response_alg,
                self.introspection_encrypted_response_enc,
            ),
            Encrypted::Authorization => (
                self.authorization_encrypted_response_alg,
                self.authorization_encrypted_response_enc,
            ),
        }
    }

    /// Names what encrypts where only `alg` is named (OpenID Connect Registration §2), so that the client is told.
    pub fn name_encryption(&mut self) {
        for (alg, enc) in [
            (
                self.id_token_encrypted_response_alg,
                &mut self.id_token_encrypted_response_enc,
            ),
            (
                self.userinfo_encrypted_response_alg,
                &mut self.userinfo_encrypted_response_enc,
            ),
            (
                self.introspection_encrypted_response_alg,
                &mut self.introspection_encrypted_response_enc,
            ),
            (
                self.authorization_encrypted_response_alg,
                &mut self.authorization_encrypted_response_enc,
            ),
        ] {
            if alg.is_some() {
                enc.get_or_insert_default();
            }
        }
    }

    /// How such answers must be encrypted to it, if they must be.
    #[must_use]
    pub fn sealing(&self, what: Encrypted) -> Option<Sealing> {
        let (alg, enc) = self.encryption_members(what);
        Some(Sealing {
            client_id: self.client_id.clone(),
            what,
            encryption: Encryption::of(alg, enc)?,
            jwks: self.jwks.clone(),
            jwks_uri: self.jwks_uri.clone(),
        })
    }
}
