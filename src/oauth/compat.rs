//! How requests of clients that are excused from parts of the specifications are read. See [`Compat`].

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::client_auth::numeric_date;
use super::params::Params;
use crate::model::client::Client;
use crate::model::compat::Compat;
use crate::model::time::Timestamp;

/// The longest that an assertion lives whose `exp` is not to be believed, in seconds.
const ASSERTION_LIFE: i64 = 300;
/// The characters of an S256 challenge (RFC 7636 §4.2).
const CHALLENGE_LENGTH: usize = 43;

/// The parameters of a request as this client means them.
pub(super) fn as_meant<'a>(client: &Client, params: &'a Params) -> Cow<'a, Params> {
    let commas = client.is_excused(Compat::CommaScope) && params.get("scope").is_some_and(|scope| scope.contains(','));
    let unnamed = client.is_excused(Compat::S256WithoutMethod)
        && params.get("code_challenge_method").is_none()
        && params
            .get("code_challenge")
            .is_some_and(|challenge| challenge.len() == CHALLENGE_LENGTH);
    if !commas && !unnamed {
        return Cow::Borrowed(params);
    }
    let mut pairs = params.pairs().to_vec();
    if commas {
        for (_, scope) in pairs.iter_mut().filter(|(name, _)| name == "scope") {
            *scope = scope.replace(',', " ");
        }
    }
    if unnamed {
        pairs.retain(|(name, _)| name != "code_challenge_method");
        pairs.push(("code_challenge_method".to_owned(), "S256".to_owned()));
    }
    Cow::Owned(Params::from_pairs(pairs))
}

/// The greatest number of characters of this client's code verifiers.
pub(super) fn verifier_length(client: &Client) -> usize {
    if client.is_excused(Compat::LongCodeVerifier) {
        256
    } else {
        128
    }
}

/// The claims of an assertion with `exp` as it was meant: a number in a string is that number, and one that was counted in
/// milliseconds is over five minutes after `iat`, or after `now` where that is earlier. Without `iat` such an assertion could be
/// used again once it was forgotten, so its `exp` stays what it is.
pub(super) fn expiry_as_meant(claims: &Map<String, Value>, now: Timestamp) -> Map<String, Value> {
    let mut claims = claims.clone();
    let written = claims.get("exp").and_then(Value::as_str).map(str::parse::<i64>);
    if let Some(Ok(seconds)) = written {
        claims.insert("exp".to_owned(), seconds.into());
    }
    let expires = claims.get("exp").and_then(numeric_date);
    let issued = claims.get("iat").and_then(numeric_date);
    if let (Some(expires), Some(issued)) = (expires, issued) {
        let latest = issued.min(now.as_seconds()).saturating_add(ASSERTION_LIFE);
        claims.insert("exp".to_owned(), expires.min(latest).into());
    }
    claims
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn excused(compat: &[Compat]) -> Client {
        Client {
            compat: compat.to_vec(),
            ..Client::default()
        }
    }

    fn read(client: &Client, query: &str) -> String {
        let params = Params::parse(query.as_bytes()).unwrap();
        as_meant(client, &params).to_query()
    }

    #[test]
    fn a_request_is_read_as_it_is_unless_the_client_is_excused() {
        let query = format!("scope=a%2Cb&code_challenge={CHALLENGE}");
        let scope = excused(&[Compat::CommaScope]);
        let method = excused(&[Compat::S256WithoutMethod]);
        assert_eq!(read(&excused(&[]), &query), query);
        assert_eq!(read(&scope, &query), format!("scope=a+b&code_challenge={CHALLENGE}"));
        assert_eq!(read(&method, &query), format!("{query}&code_challenge_method=S256"));
    }

    #[test]
    fn a_method_that_was_named_and_a_challenge_of_another_length_stay() {
        let method = excused(&[Compat::S256WithoutMethod]);
        for query in [
            format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
            format!("code_challenge={CHALLENGE}x"),
            "code_challenge=short".to_owned(),
            "state=1".to_owned(),
        ] {
            assert_eq!(read(&method, &query), query);
        }
    }

    fn expires(claims: &Value) -> Value {
        let now = Timestamp::from_seconds(1_000_000);
        let claims = expiry_as_meant(claims.as_object().unwrap(), now);
        claims.get("exp").cloned().unwrap_or_default()
    }

    #[test]
    fn k12_an_exp_in_a_string_is_a_number() {
        assert_eq!(expires(&json!({ "exp": "1000180" })), 1_000_180);
        assert_eq!(expires(&json!({ "exp": "soon" })), "soon");
        assert_eq!(expires(&json!({})), Value::Null);
    }

    #[test]
    fn k13_an_exp_in_milliseconds_is_five_minutes_after_the_assertion_was_made() {
        let milliseconds = 1_000_000_300_u64;
        assert_eq!(expires(&json!({ "exp": milliseconds, "iat": 999_990 })), 1_000_290);
        assert_eq!(expires(&json!({ "exp": milliseconds, "iat": 1_000_020 })), 1_000_300);
        assert_eq!(expires(&json!({ "exp": 1_000_010, "iat": 999_990 })), 1_000_010);
        assert_eq!(expires(&json!({ "exp": milliseconds })), milliseconds);
    }

    proptest! {
        #[test]
        fn no_departure_makes_an_assertion_live_longer(exp in any::<i64>(), iat in any::<i64>()) {
            let meant = expires(&json!({ "exp": exp, "iat": iat }));
            let known = json!(exp);
            prop_assert!(meant.as_i64() <= known.as_i64());
        }
    }
}
