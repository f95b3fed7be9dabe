//! Claims about users. OpenID Connect Core §5.1, §5.4, §5.5.

use serde_json::{Map, Value};

use crate::model::claim::sayable;
use crate::model::scope::{SCOPE_CLAIMS, ScopeSet};
use crate::model::user::User;

/// Every claim that can be asked for.
pub fn supported() -> impl Iterator<Item = &'static str> {
    SCOPE_CLAIMS.iter().flat_map(|(_, claims)| claims.iter().copied())
}

/// The claims about a user that scopes stand for, and those that were asked for one by one.
#[must_use]
pub fn about(user: &User, scope: &ScopeSet, asked: &[String]) -> Map<String, Value> {
    let by_scope = SCOPE_CLAIMS
        .iter()
        .filter(|(name, _)| scope.contains(name))
        .flat_map(|(_, claims)| claims.iter().copied());
    let asked = asked
        .iter()
        .map(String::as_str)
        .filter(|name| supported().any(|known| known == *name));
    by_scope
        .chain(asked)
        .filter_map(|name| Some((name.to_owned(), claim(user, name)?)))
        .collect()
}

fn claim(user: &User, name: &str) -> Option<Value> {
    let said = user.claims.get(name).and_then(|value| sayable(name, value));
    match name {
        "preferred_username" => said.or_else(|| Some(user.username.clone().into())),
        "updated_at" => user.updated_at.map(|at| at.as_seconds().into()).or(said),
        _ => said,
    }
}
