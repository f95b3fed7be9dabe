use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::crypto::digest::base64url;

const NOW: Timestamp = Timestamp::from_seconds(1_772_532_000);

fn client() -> Client {
    Client {
        client_id: "app".to_owned(),
        request_object_signing_alg: Some(RequestObjectAlg::None),
        ..Client::default()
    }
}

fn unsigned(claims: &Value) -> RequestObject {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    RequestObject::read(&format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))).unwrap()
}

fn outer(query: &str) -> Params {
    Params::parse(query.as_bytes()).unwrap()
}

fn merged(claims: &Value, query: &str) -> Result<Vec<(String, String)>, &'static str> {
    let settings = Settings::default();
    unsigned(claims)
        .parameters(&outer(query), &client(), (&settings, NOW))
        .map(|params| params.pairs().to_vec())
        .map_err(|error| error.code.as_str())
}

fn value<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = params.iter().filter(|(known, _)| known == name);
    let found = named.next().map(|(_, value)| value.as_str());
    assert!(named.next().is_none(), "{name} is repeated");
    found
}

#[test]
fn what_is_inside_supersedes_and_openid_adds_what_is_outside() {
    let claims = json!({
        "client_id": "app", "scope": "openid email", "state": "inside", "max_age": 60, "aud": "http://localhost:8080",
        "claims": { "userinfo": { "name": null } }, "iss": "app", "nothing": null,
    });
    let query = "client_id=app&response_type=code&scope=openid&state=outside&nonce=n&request=x";
    let params = merged(&claims, query).unwrap();
    for (name, expected) in [
        ("client_id", Some("app")),
        ("scope", Some("openid email")),
        ("state", Some("inside")),
        ("max_age", Some("60")),
        ("claims", Some(r#"{"userinfo":{"name":null}}"#)),
        ("nonce", Some("n")),
        ("response_type", Some("code")),
        ("request", None),
        ("iss", None),
        ("aud", None),
        ("nothing", None),
    ] {
        assert_eq!(value(&params, name), expected, "{name}");
    }
}

#[test]
fn without_openid_outside_only_what_is_inside_counts() {
    let claims = json!({ "client_id": "app", "response_type": "code" });
    for query in [
        "client_id=app&state=x&request=x",
        "client_id=app&response_type=code&scope=email&state=x",
    ] {
        assert_eq!(value(&merged(&claims, query).unwrap(), "state"), None, "{query}");
    }
    assert_eq!(
        merged(&json!({ "response_type": "code" }), "client_id=app"),
        Err("invalid_request_object")
    );
}

#[test]
fn a_resource_may_be_named_more_than_once() {
    let claims = json!({ "client_id": "app", "resource": ["https://a.example", "https://b.example"] });
    let params = Params::from_pairs(merged(&claims, "client_id=app").unwrap());
    assert_eq!(params.all("resource").count(), 2);
}

#[test]
fn what_must_not_be_inside_is_refused() {
    let now = NOW.as_seconds();
    for changed in [
        json!({ "request": "x" }),
        json!({ "request_uri": null }),
        json!({ "client_id": "other" }),
        json!({ "response_type": "token" }),
        json!({ "iss": "other" }),
        json!({ "iss": 7 }),
        json!({ "sub": "app" }),
        json!({ "aud": "https://other.example" }),
        json!({ "aud": [] }),
        json!({ "exp": now - 61 }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 61 }),
        json!({ "state": "a\0b" }),
        json!({ "resource": [7] }),
    ] {
        let mut claims = json!({ "client_id": "app", "response_type": "code" });
        claims
            .as_object_mut()
            .unwrap()
            .extend(changed.as_object().unwrap().clone());
        let query = "client_id=app&response_type=code&scope=openid";
        assert_eq!(merged(&claims, query), Err("invalid_request_object"), "{changed}");
    }
}

#[test]
fn addresses_are_the_registered_ones() {
    let hash = base64url(sha256(b"document").as_bytes());
    let client = Client {
        request_uris: vec![
            "https://app.example/r".to_owned(),
            format!("https://app.example/s#{hash}"),
        ],
        ..client()
    };
    for (address, expected) in [
        ("https://app.example/r".to_owned(), Some(None)),
        (format!("https://app.example/r#{hash}"), Some(Some(hash.clone()))),
        (format!("https://app.example/s#{hash}"), Some(Some(hash.clone()))),
        ("https://app.example/r#other".to_owned(), Some(None)),
        ("https://app.example/s".to_owned(), None),
        ("https://app.example/s#other".to_owned(), None),
        ("https://app.example/R".to_owned(), None),
        ("https://app.example/r?x".to_owned(), None),
    ] {
        let found = registered_address(&client, &address).ok().map(|(_, hash)| hash);
        assert_eq!(found, expected, "{address}");
    }
    assert!(has_hash("document", &hash));
    assert!(!has_hash("Document", &hash));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        let _ = RequestObject::read(&text);
    }
}
