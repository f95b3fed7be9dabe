//! What a signed-out page loads so that clients end their own sessions. OpenID Connect Front-Channel Logout 1.0 §3.

use std::sync::Arc;

use url::Url;

use super::sid;
use crate::model::client::Client;
use crate::model::id::SessionId;
use crate::work::Shared;

/// The addresses that clients registered for this, with `iss` and `sid` (§2).
#[must_use]
pub fn addresses(shared: &Shared, clients: &[Arc<Client>], session: SessionId) -> Vec<String> {
    let settings = &shared.settings;
    if !settings.logout.front_channel {
        return Vec::new();
    }
    let address = |client: &Arc<Client>| {
        let mut uri = Url::parse(client.frontchannel_logout_uri.as_deref()?).ok()?;
        uri.query_pairs_mut()
            .append_pair("iss", &settings.server.issuer)
            .append_pair("sid", &sid(shared, client, session));
        Some(uri.into())
    };
    clients.iter().filter_map(address).collect()
}
