//! What people who mean us harm make of a good token. Each forgery is signed as well as somebody can who has not the key,
//! so that whoever takes a key, an algorithm or an address from the token itself believes it.

use countersign::crypto::digest::{base64url, base64url_decode};
use serde_json::{Value, json};

use super::dpop::Prover;
use super::keys::{hmac_signed, with, with_signature};
use super::service::{Behaviour, Service};

/// Somebody with a key of their own, which lies where we should never look.
pub(crate) struct Forger {
    key: Prover,
    service: Service,
}

impl Forger {
    pub(crate) fn new() -> Self {
        let key = Prover::new();
        let jwks = json!({ "keys": [with(key.jwk.clone(), json!({ "kid": "forger", "alg": "ES256", "use": "sig" }))] });
        Self {
            key,
            service: Service::start(Behaviour::Answer(200, jwks.to_string())),
        }
    }

    /// The settings with which our server could reach the forger's keys, if it would.
    pub(crate) const REACHABLE: &'static str = "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\ntimeout = 1";

    /// Sees that nobody came for the forger's keys.
    #[track_caller]
    pub(crate) fn assert_never_asked(&self) {
        assert!(self.service.asked().is_empty(), "{:?}", self.service.asked());
    }

    /// Forgeries of a token of this header and these claims, whose signature is by the owner of this public key.
    pub(crate) fn forgeries(&self, header: &Value, claims: &Value, public: &Value) -> Vec<(&'static str, String)> {
        let mut forged = unsigned(header, claims);
        forged.extend(secrets(header, claims, public));
        forged.extend(self.keys(header, claims));
        forged.extend(self.shapes(header, claims));
        forged
    }

    /// RFC 8725 §3.10: keys that a token brings along or sends us to.
    fn keys(&self, header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
        let anywhere = self.service.url("/jwks");
        let header = with(header.clone(), json!({ "alg": "ES256" }));
        let changes = [
            ("another key", json!({})),
            ("another key of no name", json!({ "kid": null })),
            ("another key of its own name", json!({ "kid": "forger" })),
            ("a key that it brings", json!({ "jwk": self.key.jwk })),
            (
                "a key of no name that it brings",
                json!({ "jwk": self.key.jwk, "kid": null }),
            ),
            ("an address of keys", json!({ "jku": anywhere, "kid": "forger" })),
            ("an address as kid", json!({ "kid": anywhere })),
            ("an address of certificates", json!({ "x5u": anywhere, "kid": null })),
            (
                "certificates that it brings",
                json!({ "x5c": ["MIIBAAAA"], "kid": null }),
            ),
            ("a kid for a database", json!({ "kid": "x' OR '1'='1" })),
            ("a kid that is no text", json!({ "kid": { "a": [1] } })),
        ];
        let sign = |(why, changes)| (why, self.key.sign(&with(header.clone(), changes), claims));
        changes.into_iter().map(sign).collect()
    }

    fn shapes(&self, header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
        let header = with(header.clone(), json!({ "alg": "ES256" }));
        let whole = self.key.sign(&header, claims);
        let parts: Vec<&str> = whole.split('.').collect();
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        let compressed = with(header, json!({ "zip": "DEF" })).to_string();
        let compressed = base64url(compressed.as_bytes());
        vec![
            ("five parts", format!("{whole}.{}.{}", parts[0], parts[1])),
            ("two parts", format!("{}.{}", parts[0], parts[1])),
            ("a part too many", format!("{whole}.")),
            ("nothing inside", format!("{}..{}", parts[0], parts[2])),
            (
                "a deep body",
                format!("{}.{}.{}", parts[0], base64url(deep.as_bytes()), parts[2]),
            ),
            (
                "a body that is compressed",
                format!("{compressed}.q1YqLkpVsgIA.{}", parts[2]),
            ),
            ("huge", format!("{whole}{}", "A".repeat(20_000))),
            ("no token", "x".to_owned()),
        ]
    }
}

/// Tokens that nobody signed.
fn unsigned(header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
    let token = |changes: Value, signature: &str| with_signature(&with(header.clone(), changes), claims, signature);
    vec![
        ("none", token(json!({ "alg": "none" }), "")),
        ("none, signed", token(json!({ "alg": "none" }), "AAAA")),
        ("NonE", token(json!({ "alg": "NonE" }), "")),
        ("an empty alg", token(json!({ "alg": "" }), "")),
        ("no alg", token(json!({ "alg": null }), "")),
        ("a list of algs", token(json!({ "alg": ["none"] }), "")),
        ("no signature", token(json!({}), "")),
        // A signature of zeros is good where nobody looks at its range (CVE-2022-21449).
        ("zeros", token(json!({ "alg": "ES256" }), &base64url(&[0; 64]))),
    ]
}

/// RFC 8725 §2.1: what everybody knows as a secret.
fn secrets(header: &Value, claims: &Value, public: &Value) -> Vec<(&'static str, String)> {
    let hmac = |changes: Value, secret: &[u8]| hmac_signed(&with(header.clone(), changes), claims, secret);
    let (text, octets) = (public.to_string(), octets(public));
    let file = json!({ "alg": "HS256", "kid": "../../../../dev/null" });
    vec![
        ("HS256 by the JWK", hmac(json!({ "alg": "HS256" }), text.as_bytes())),
        ("HS256 by the octets", hmac(json!({ "alg": "HS256" }), &octets)),
        ("HS256 by nothing", hmac(json!({ "alg": "HS256" }), b"")),
        ("HMAC by the same name", hmac(json!({}), &octets)),
        ("HS256 by the file that kid names", hmac(file, b"")),
    ]
}

/// The octets of a public key: the modulus of RSA, the point on a curve.
fn octets(public: &Value) -> Vec<u8> {
    let member = |name: &str| public[name].as_str().and_then(base64url_decode).unwrap_or_default();
    match public["kty"].as_str() {
        Some("RSA") => member("n"),
        Some("EC") => [vec![4], member("x"), member("y")].concat(),
        _ => member("x"),
    }
}

/// What the right key signed and must not count nevertheless: with an extension that nobody knows, or with another algorithm.
pub(crate) fn misuses(key: &Prover, header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
    let signed = |changes: Value| key.sign(&with(header.clone(), changes), claims);
    vec![
        // RFC 7515 §4.1.11
        ("crit that is known", signed(json!({ "crit": ["exp"] }))),
        ("crit that is unknown", signed(json!({ "crit": ["x"], "x": 1 }))),
        ("crit of nothing", signed(json!({ "crit": [] }))),
        ("crit that is no list", signed(json!({ "crit": "x" }))),
        ("unencoded", signed(json!({ "crit": ["b64"], "b64": false }))),
        (
            "huge",
            key.sign(header, &with(claims.clone(), json!({ "pad": "x".repeat(40_000) }))),
        ),
        ("another algorithm", signed(json!({ "alg": "EdDSA" }))),
    ]
}

/// What the right key signed as another kind of token (RFC 8725 §3.11).
pub(crate) fn mistyped(key: &Prover, header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
    ["at+jwt", "logout+jwt", "dpop+jwt"]
        .map(|typ| (typ, key.sign(&with(header.clone(), json!({ "typ": typ })), claims)))
        .to_vec()
}

/// A token's header and claims, unverified.
pub(crate) fn opened(token: &str) -> (Value, Value) {
    let part = |index: usize| {
        let octets = base64url_decode(token.split('.').nth(index).expect("a part")).expect("base64url");
        serde_json::from_slice(&octets).expect("JSON")
    };
    (part(0), part(1))
}
