use super::parts::MAX_SIZE;
use super::*;
use crate::crypto::digest::base64url_decode;
use crate::crypto::key_ring::generate;
use crate::model::secret::Sealed;
use crate::model::signing_key::SigningKey;
use crate::model::time::Timestamp;
use jsonwebtoken::EncodingKey;
use proptest::prelude::*;
use serde_json::json;

const RSA: &[u8] = include_bytes!("../../../tests/keys/rsa_2048.pk8");

fn key(algorithm: Algorithm) -> SigningKeyPair {
    let private = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => RSA.to_vec(),
        _ => generate(algorithm).unwrap().0.to_vec(),
    };
    SigningKeyPair::from_pkcs8(algorithm, &private).unwrap()
}

fn ring(algorithm: Algorithm) -> KeyRing {
    let (private, kid) = generate(algorithm).unwrap();
    let (at, private_key) = (Timestamp::default(), Sealed(Vec::new()));
    let stored = SigningKey {
        kid,
        algorithm,
        private_key,
        created_at: at,
        signs_from: at,
        retires_at: None,
    };
    KeyRing::new(vec![(stored, private)]).unwrap()
}

fn part(value: &Value) -> String {
    base64url(value.to_string().as_bytes())
}

fn hmac_token(header: &Value, secret: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(&json!({"sub": "alice"})));
    let key = EncodingKey::from_secret(secret);
    let alg = jsonwebtoken::Algorithm::HS256;
    format!(
        "{message}.{}",
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, alg).unwrap()
    )
}

#[test]
fn every_algorithm_signs_what_its_public_key_verifies() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let token = sign(&key, "at+jwt", &json!({"sub": "alice", "exp": 1})).unwrap();
        let said = inspect(&token).unwrap();
        assert_eq!(said.header.len(), 3);
        assert_eq!((&*said.alg, said.kid.as_deref()), (algorithm.as_str(), Some(key.kid())));
        assert_eq!(said.typ.as_deref(), Some("at+jwt"));
        let published = PublicKey::from_jwk(&key.public_jwk()).unwrap();
        let claims = verify_with(&token, &published, &Algorithm::ALL).unwrap();
        assert_eq!(Value::Object(claims), json!({"sub": "alice", "exp": 1}));
    }
}

#[test]
fn tokens_of_the_specification_verify() {
    // RFC 7515 appendix A.3.
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    });
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{claims}.{signature}");
    let verified = verify_with(&token, &PublicKey::from_jwk(&jwk).unwrap(), &[Algorithm::Es256]).unwrap();
    assert_eq!(verified["iss"], "joe");
    // RFC 7515 appendix A.1.
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{claims}.{signature}");
    assert_eq!(
        verify_hmac(&token, &base64url_decode(secret).unwrap()).unwrap()["iss"],
        "joe"
    );
}

#[test]
fn a_public_key_is_no_shared_secret() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let key = key(algorithm);
        let jwk = key.public_jwk();
        for secret in [jwk.to_string(), jwk["n"].to_string(), jwk["x"].to_string()] {
            let token = hmac_token(&json!({"alg": "HS256", "kid": key.kid()}), secret.as_bytes());
            let refused = verify_with(&token, key.public(), &Algorithm::ALL).unwrap_err();
            assert_eq!(refused, JwtError::Algorithm);
            // The same signature under the name of the key's own algorithm.
            let token = hmac_token(&json!({"alg": algorithm.as_str(), "kid": key.kid()}), secret.as_bytes());
            assert_eq!(
                verify_with(&token, key.public(), &Algorithm::ALL).unwrap_err(),
                JwtError::Signature
            );
        }
    }
}

#[test]
fn the_algorithm_must_be_allowed_and_fit_the_key() {
    let (rsa, ec) = (key(Algorithm::Rs256), key(Algorithm::Es256));
    let token = sign(&rsa, "JWT", &json!({})).unwrap();
    let refused = |key: &SigningKeyPair, allowed: &[Algorithm]| verify_with(&token, key.public(), allowed).unwrap_err();
    assert_eq!(refused(&rsa, &[]), JwtError::Algorithm);
    assert_eq!(
        refused(&rsa, &[Algorithm::Ps256, Algorithm::Es256]),
        JwtError::Algorithm
    );
    assert_eq!(refused(&ec, &Algorithm::ALL), JwtError::Algorithm);
    assert_eq!(refused(&key(Algorithm::Ps256), &Algorithm::ALL), JwtError::Algorithm);
    let token = sign(&ec, "JWT", &json!({})).unwrap();
    let other = key(Algorithm::Es256);
    assert_eq!(
        verify_with(&token, other.public(), &Algorithm::ALL).unwrap_err(),
        JwtError::Signature
    );
}

#[test]
fn tokens_without_a_proper_signature_are_malformed() {
    let (claims, long) = (part(&json!({})), "x".repeat(MAX_SIZE));
    let with = |header: Value| format!("{}.{claims}.AAAA", part(&header));
    for token in [
        with(json!({"alg": "none"})),
        with(json!({"alg": "NoNe"})),
        with(json!({})),
        with(json!({"alg": 1})),
        with(json!({"alg": "ES256", "crit": ["b64"], "b64": false})),
        with(json!({"alg": "ES256", "crit": []})),
        with(json!({"alg": "ES256", "kid": 1})),
        with(json!({"alg": "ES256", "typ": null})),
        with(json!([])),
        with(json!({"alg": "ES256", "kid": long})),
        format!("{}.{}.AAAA", part(&json!({"alg": "ES256"})), part(&json!(["sub"]))),
        format!("{}.{claims}.", part(&json!({"alg": "ES256"}))),
        format!("{}.{claims}", part(&json!({"alg": "ES256"}))),
        format!("{}.{claims}.AAAA.AAAA", part(&json!({"alg": "ES256"}))),
        format!("{}=.{claims}.AAAA", part(&json!({"alg": "ES256"}))),
        "..".into(),
        String::new(),
    ] {
        assert!(inspect(&token).is_none(), "{token}");
    }
    assert!(inspect(&with(json!({"alg": "ES256"}))).is_some());
}

#[test]
fn changed_tokens_are_refused() {
    let key = key(Algorithm::EdDsa);
    let token = sign(&key, "JWT", &json!({"sub": "alice"})).unwrap();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let forged = format!("{header}.{}.{signature}", part(&json!({"sub": "mallory"})));
    assert_eq!(
        verify_with(&forged, key.public(), &Algorithm::ALL).unwrap_err(),
        JwtError::Signature
    );
    let padded = format!("{token}=");
    assert_eq!(
        verify_with(&padded, key.public(), &Algorithm::ALL).unwrap_err(),
        JwtError::Malformed
    );
}

#[test]
fn shared_secrets_are_long_and_hs256_alone() {
    let secret = [7; 32];
    assert!(verify_hmac(&hmac_token(&json!({"alg": "HS256"}), &secret), &secret).is_ok());
    let refused = |token: &str, secret: &[u8]| verify_hmac(token, secret).unwrap_err();
    assert_eq!(
        refused(&hmac_token(&json!({"alg": "HS256"}), &secret), &[8; 32]),
        JwtError::Signature
    );
    assert_eq!(
        refused(&hmac_token(&json!({"alg": "HS512"}), &secret), &secret),
        JwtError::Algorithm
    );
    assert_eq!(
        refused(&hmac_token(&json!({"alg": "ES256"}), &secret), &secret),
        JwtError::Algorithm
    );
    assert_eq!(
        refused(&hmac_token(&json!({"alg": "HS256"}), &[7; 31]), &[7; 31]),
        JwtError::WeakSecret
    );
}

#[test]
fn our_own_tokens_are_known_by_kid_and_typ() {
    let (ring, foreign) = (ring(Algorithm::Es256), ring(Algorithm::Es256));
    let signer = |ring: &KeyRing| {
        sign(
            ring.signer(Algorithm::Es256, Timestamp::default()).unwrap(),
            "at+jwt",
            &json!({}),
        )
    };
    let token = signer(&ring).unwrap();
    assert!(verify_own(&token, &ring, Some("at+jwt")).is_some());
    assert!(verify_own(&token, &ring, None).is_some());
    assert!(verify_own(&token, &ring, Some("JWT")).is_none());
    assert!(verify_own(&token, &foreign, None).is_none());

    // A foreign key under our kid, and our key under another algorithm's name.
    let own = ring.signer(Algorithm::Es256, Timestamp::default()).unwrap();
    let [_, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let foreign_token = signer(&foreign).unwrap();
    let foreign_signature = foreign_token.rsplit_once('.').unwrap().1;
    let header = part(&json!({"alg": "ES256", "kid": own.kid(), "typ": "at+jwt"}));
    assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_some());
    assert!(verify_own(&format!("{header}.{claims}.{foreign_signature}"), &ring, None).is_none());
    let header = part(&json!({"alg": "EdDSA", "kid": own.kid(), "typ": "at+jwt"}));
    assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_none());
    let header = part(&json!({"alg": "ES256", "typ": "at+jwt"}));
    assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_none());
}

#[test]
fn claims_must_be_an_object() {
    for claims in [json!([]), json!("text"), json!(null)] {
        assert!(sign(&key(Algorithm::EdDsa), "JWT", &claims).is_err());
    }
}

proptest! {
    #[test]
    fn no_text_upsets_inspect(token: String) {
        prop_assert!(inspect(&token).is_none_or(|said| said.alg != "none"));
    }

    #[test]
    fn no_three_parts_upset_verify(header: Vec<u8>, claims: Vec<u8>, signature in "[A-Za-z0-9_-]{0,90}") {
        let token = format!("{}.{}.{signature}", base64url(&header), base64url(&claims));
        prop_assert!(inspect(&token).is_none());
        let token = format!("{}.{}.{signature}", part(&json!({"alg": "HS256"})), part(&json!({})));
        prop_assert!(verify_hmac(&token, &[7; 32]).is_err());
    }
}
