//! The keys of clients that something is encrypted to: in place, or at the client's address. RFC 7517 §5, OpenID Connect Core
//! §10.2.

use super::Documents;
use crate::crypto::jwe::Recipient;
use crate::model::encryption::Sealing;

impl Documents {
    /// Whom to encrypt to; the document at the client's address is fetched anew where the one at hand has no key that fits. None
    /// where there is no such key, which the log is told.
    pub async fn recipient(&self, sealing: &Sealing) -> Option<Recipient> {
        let found = match (&sealing.jwks, &sealing.jwks_uri) {
            (Some(jwks), _) => Recipient::choose(jwks, sealing.encryption),
            (None, Some(uri)) => self.recipient_at(uri, sealing).await,
            (None, None) => None,
        };
        if found.is_none() {
            let (client, what) = (&sealing.client_id, sealing.what.as_str());
            let alg = sealing.encryption.alg.as_str();
            tracing::warn!(client, what, alg, "a client has no key to encrypt to");
        }
        found
    }

    async fn recipient_at(&self, uri: &str, sealing: &Sealing) -> Option<Recipient> {
        let cached = match self.fetch_json(uri).await {
            Ok(set) => Recipient::choose(&set, sealing.encryption),
            Err(error) => {
                tracing::warn!(%error, "keys cannot be fetched");
                None
            }
        };
        if cached.is_some() {
            return cached;
        }
        let set = self.refresh_json(uri).await.ok()?;
        Recipient::choose(&set, sealing.encryption)
    }
}
