//! What the userinfo endpoint answers. OpenID Connect Core §5.3.2.

use serde_json::{Map, Value};

use super::claims;
use crate::model::scope::ScopeSet;
use crate::model::user::User;

/// The claims about a user that an access token of `scope` may read; `asked` are those of the `claims` parameter.
#[must_use]
pub fn answer((user, subject): (&User, &str), scope: &ScopeSet, asked: &[String]) -> Map<String, Value> {
    let mut claims = claims::about(user, scope, asked);
    claims.insert("sub".to_owned(), subject.into());
    claims
}

/// The claims of a signed answer: those of the plain one with `iss` and `aud` (OpenID Connect Core §5.3.2).
#[must_use]
pub fn signed_claims(mut answer: Map<String, Value>, issuer: &str, client_id: &str) -> Map<String, Value> {
    answer.insert("iss".to_owned(), issuer.into());
    answer.insert("aud".to_owned(), client_id.into());
    answer
}
