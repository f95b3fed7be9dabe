//! Requested and allowed scopes to granted ones. Scope may shrink and come back, never grow.

use crate::model::scope::ScopeSet;

/// What a client gets of what it asked for at the authorization endpoint: the part it is registered for. A request
/// without scope asks for `default`. Nothing left means `invalid_scope`.
#[must_use]
pub fn granted(requested: Option<&ScopeSet>, registered: &ScopeSet, default: &ScopeSet) -> Option<ScopeSet> {
    let granted = requested.unwrap_or(default).intersection(registered);
    match requested {
        Some(requested) if !requested.is_empty() && granted.is_empty() => None,
        _ => Some(granted),
    }
}

/// What a refresh gets: all of the grant, or the part of it that was asked for (RFC 6749 §6).
#[must_use]
pub fn narrowed(requested: Option<&ScopeSet>, granted: &ScopeSet) -> Option<ScopeSet> {
    match requested {
        None => Some(granted.clone()),
        Some(requested) if !requested.is_empty() && requested.is_subset(granted) => Some(requested.clone()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec("[a-e]", 0..5).prop_map(|tokens| tokens.iter().map(String::as_str).collect())
    }

    proptest! {
        #[test]
        fn never_more_than_registered(requested in any_set(), registered in any_set()) {
            if let Some(granted) = granted(Some(&requested), &registered, &ScopeSet::default()) {
                prop_assert!(granted.is_subset(&registered) && granted.is_subset(&requested));
            }
        }

        #[test]
        fn a_refresh_never_grows(requested in any_set(), grant in any_set()) {
            if let Some(narrowed) = narrowed(Some(&requested), &grant) {
                prop_assert!(narrowed.is_subset(&grant));
            }
        }
    }
}
