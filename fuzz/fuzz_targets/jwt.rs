//! Signed tokens: as they come, and with header and claims (one a line) encoded for the fuzzer.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::crypto::jwk::PublicKey;
use countersign::crypto::jwt::{inspect, verify_hmac, verify_with};
use countersign::model::signing_key::Algorithm;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// Published keys whose private halves nobody here has: RFC 7517 appendix A.1, RFC 7638 §3.1, RFC 8037 appendix A.2.
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
        4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7\
        d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF4\
        4-csFCur-kEgU8awapJzKnqDKgw";
    let keys: [Value; 3] = [
        json!({ "kty": "RSA", "n": modulus, "e": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
    ];
    keys.iter().map(|key| PublicKey::from_jwk(key).expect("a public key")).collect()
});

fn try_token(token: &str) {
    let said = inspect(token);
    assert!(said.as_ref().is_none_or(|said| !said.alg.eq_ignore_ascii_case("none")));
    for key in KEYS.iter() {
        let claims = verify_with(token, key, &Algorithm::ALL);
        assert!(claims.is_err(), "a forged token is believed: {token}");
    }
    assert!(verify_hmac(token, &[7; 32]).is_err(), "a forged token is believed: {token}");
}

fuzz_target!(|text: &str| {
    try_token(text);
    let mut lines = text.splitn(3, '\n');
    let [header, claims, signature] = std::array::from_fn(|_| lines.next().unwrap_or_default());
    let (header, claims) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    try_token(&format!("{header}.{claims}.{signature}"));
});
