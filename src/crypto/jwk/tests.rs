use super::*;
use crate::crypto::digest::base64url_decode;

/// RFC 7638 §3.1.
fn rsa() -> Value {
    json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
              4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7\
              d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF4\
              4-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29"
    })
}

/// RFC 7517 appendix A.1.
fn p256() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "kid": "1"
    })
}

/// RFC 8037 appendix A.2.
fn ed25519() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Result<PublicKey, KeyError> {
    jwk[member] = value.into();
    PublicKey::from_jwk(&jwk)
}

#[test]
fn thumbprints_are_the_known_ones() {
    let thumbprint = |jwk| PublicKey::from_jwk(&jwk).unwrap().thumbprint();
    assert_eq!(thumbprint(rsa()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(thumbprint(ed25519()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(
        thumbprint(p256()),
        thumbprint(PublicKey::from_jwk(&p256()).unwrap().to_jwk())
    );
}

#[test]
fn leading_zeros_change_neither_key_nor_thumbprint() {
    let padded = [&[0, 0][..], &base64url_decode(rsa()["n"].as_str().unwrap()).unwrap()].concat();
    let key = with(rsa(), "n", base64url(&padded)).unwrap();
    assert_eq!(key, PublicKey::from_jwk(&rsa()).unwrap());
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn keys_are_written_as_they_were_read() {
    for (jwk, alg) in [
        (rsa(), Some("RS256")),
        (p256(), Some("ES256")),
        (ed25519(), Some("EdDSA")),
    ] {
        let key = PublicKey::from_jwk(&jwk).unwrap();
        let written = key.to_jwk();
        for (member, value) in jwk.as_object().unwrap() {
            assert_eq!(&written[member], value);
        }
        assert_eq!(written["use"], "sig");
        assert_eq!(written["alg"].as_str(), alg);
        assert_eq!(written["kid"].as_str(), Some(key.kid().unwrap_or(&key.thumbprint())));
    }
    let mut for_both = rsa();
    for_both.as_object_mut().unwrap().remove("alg");
    assert!(PublicKey::from_jwk(&for_both).unwrap().to_jwk().get("alg").is_none());
}

#[test]
fn keys_support_the_algorithms_of_their_type_and_alg() {
    let supported = |jwk: &Value| {
        let key = PublicKey::from_jwk(jwk).unwrap();
        Algorithm::ALL
            .into_iter()
            .filter(|alg| key.supports(*alg))
            .collect::<Vec<_>>()
    };
    assert_eq!(supported(&rsa()), [Algorithm::Rs256]);
    assert_eq!(supported(&p256()), [Algorithm::Es256]);
    assert_eq!(supported(&ed25519()), [Algorithm::EdDsa]);
    let mut for_both = rsa();
    for_both.as_object_mut().unwrap().remove("alg");
    assert_eq!(supported(&for_both), [Algorithm::Rs256, Algorithm::Ps256]);
}

#[test]
fn private_and_symmetric_keys_are_refused() {
    for jwk in [rsa(), p256(), ed25519()] {
        assert_eq!(with(jwk, "d", "AA").unwrap_err(), KeyError::Private);
    }
    assert_eq!(
        PublicKey::from_jwk(&json!({"kty": "oct", "k": "AA"})).unwrap_err(),
        KeyError::Private
    );
    assert!(PublicKey::from_jwk(&json!({"kty": "oct"})).is_err());
}

#[test]
fn keys_for_other_uses_are_refused() {
    assert!(with(p256(), "use", "sig").is_ok());
    assert!(with(p256(), "key_ops", json!(["verify"])).is_ok());
    assert!(with(p256(), "alg", "ES256").is_ok());
    assert!(matches!(with(p256(), "use", "enc"), Err(KeyError::Unsupported(_))));
    assert!(matches!(
        with(p256(), "key_ops", json!(["sign"])),
        Err(KeyError::Unsupported(_))
    ));
    assert!(matches!(with(p256(), "key_ops", "verify"), Err(KeyError::Malformed(_))));
    assert!(matches!(with(p256(), "alg", "RS256"), Err(KeyError::Malformed(_))));
    assert!(matches!(with(rsa(), "alg", "RS512"), Err(KeyError::Unsupported(_))));
    assert!(matches!(with(p256(), "alg", "none"), Err(KeyError::Unsupported(_))));
}

#[test]
fn weak_and_broken_keys_are_refused() {
    let weak = base64url(&[0xff; 128]);
    assert!(matches!(with(rsa(), "n", weak), Err(KeyError::Unsupported(_))));
    assert!(matches!(
        with(rsa(), "n", base64url(&[0xff; 1025])),
        Err(KeyError::Unsupported(_))
    ));
    for exponent in ["", "AA", "AQ", "Ag", "AQAA", "AQAAAAE"] {
        assert!(with(rsa(), "e", exponent).is_err(), "{exponent}");
    }
    let other = p256()["x"].clone();
    assert_eq!(
        with(p256(), "y", other).unwrap_err(),
        KeyError::Malformed("not a point of P-256")
    );
    assert!(matches!(
        with(p256(), "x", base64url(&[1; 31])),
        Err(KeyError::Malformed(_))
    ));
    assert!(matches!(with(p256(), "crv", "P-384"), Err(KeyError::Unsupported(_))));
    assert!(matches!(
        with(ed25519(), "crv", "X25519"),
        Err(KeyError::Unsupported(_))
    ));
    assert!(matches!(with(ed25519(), "x", "AA"), Err(KeyError::Malformed(_))));
    assert!(matches!(with(ed25519(), "kid", 1), Err(KeyError::Malformed(_))));
    assert!(PublicKey::from_jwk(&json!("key")).is_err());
}
