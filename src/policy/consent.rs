//! Which scopes still need a person's yes.

use crate::model::client::Client;
use crate::model::scope::ScopeSet;

/// The requested scopes that the person has not agreed to yet.
#[must_use]
pub fn missing(client: &Client, requested: &ScopeSet, agreed: &ScopeSet) -> ScopeSet {
    if client.require_consent {
        requested.difference(agreed)
    } else {
        ScopeSet::default()
    }
}
