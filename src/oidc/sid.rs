//! What a client calls a session. OpenID Connect Front-Channel Logout 1.0 §3, Core §8.1.

use crate::crypto::digest::base64url;
use crate::model::client::Client;
use crate::model::id::SessionId;
use crate::work::Shared;

/// The `sid` of a session for this client. Clients that may not know who is the same person elsewhere may not know it by the
/// session either: each sector has its own name for it.
#[must_use]
pub fn sid(shared: &Shared, client: &Client, session: SessionId) -> String {
    match client.sector() {
        None => session.to_string(),
        Some(sector) => base64url(&shared.session_name_key.sign(&[session.as_bytes(), sector.as_bytes()])),
    }
}
