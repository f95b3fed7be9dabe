use serde_json::json;

use super::*;
use crate::crypto::digest::base64url_decode;
use crate::crypto::key_ring::{SigningKeyPair, generate};
use crate::model::encryption::ContentEncryption;
use crate::model::signing_key::Algorithm;

const RSA: &str = include_str!("../../../tests/keys/rsa_2048.jwk.json");

fn octets(text: &str) -> Vec<u8> {
    base64url_decode(text).unwrap()
}

/// The public members of the RSA key beside the tests, and further ones.
fn rsa(further: &Value) -> Value {
    let key: Value = serde_json::from_str(RSA).unwrap();
    with(json!({ "kty": "RSA", "n": key["n"], "e": key["e"] }), further)
}

fn ec(further: &Value) -> Value {
    let (private, _) = generate(Algorithm::Es256).unwrap();
    let jwk = SigningKeyPair::from_pkcs8(Algorithm::Es256, &private)
        .unwrap()
        .public_jwk();
    with(
        json!({ "kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"] }),
        further,
    )
}

fn with(mut jwk: Value, further: &Value) -> Value {
    let further = further.as_object().unwrap().clone();
    jwk.as_object_mut().unwrap().extend(further);
    jwk
}

/// The name of the key that is chosen, empty where it has none.
fn chosen(keys: &[Value], alg: KeyManagement) -> Option<String> {
    let encryption = Encryption::of(Some(alg), None).unwrap();
    let recipient = Recipient::choose(&json!({ "keys": keys }), encryption)?;
    Some(recipient.key.kid().unwrap_or_default().to_owned())
}

/// RFC 7516 A.1
#[test]
fn gcm_is_that_of_the_specification() {
    let key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46, 34, 105,
        47, 130, 203, 46, 122, 234, 64, 252,
    ];
    let mut iv = octets("48V1_ALb6US04U3b");
    iv.extend([0; 4]);
    let sealed = content::seal(
        ContentEncryption::A256Gcm,
        &key,
        &iv.try_into().unwrap(),
        b"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        b"The true sign of intelligence is not knowledge but imagination.",
    )
    .unwrap();
    let expected = "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A";
    assert_eq!(base64url(&sealed.iv), "48V1_ALb6US04U3b");
    assert_eq!(base64url(&sealed.ciphertext), expected);
    assert_eq!(base64url(&sealed.tag), "XFBoMYUZodetZdvTiFvSkQ");
}

/// RFC 7516 A.3
#[test]
fn cbc_with_hmac_is_that_of_the_specification() {
    let key = [
        4, 211, 31, 197, 84, 157, 252, 254, 11, 100, 157, 250, 63, 170, 106, 206, 107, 124, 212, 45, 111, 107, 9, 219,
        200, 177, 0, 240, 143, 156, 44, 207,
    ];
    let iv = octets("AxY8DCtDaGlsbGljb3RoZQ").try_into().unwrap();
    let aad = b"eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0";
    let sealed = content::seal(
        ContentEncryption::A128CbcHs256,
        &key,
        &iv,
        aad,
        b"Live long and prosper.",
    )
    .unwrap();
    let expected = "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY";
    assert_eq!(base64url(&sealed.ciphertext), expected);
    assert_eq!(base64url(&sealed.tag), "U0m_YmjN04DJvceFICbCVQ");
}

/// RFC 7518 appendix C
#[test]
fn the_derived_key_is_that_of_the_specification() {
    let agreed = [
        158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128, 106,
        72, 246, 218, 167, 121, 140, 254, 144, 196,
    ];
    let mut derived = [0; 16];
    concat_kdf(&agreed, ("A128GCM", b"Alice", b"Bob"), &mut derived).unwrap();
    assert_eq!(base64url(&derived), "VqqN6vgjbSBcIijNcacQGg");
}

#[test]
fn the_key_is_one_for_this_encryption() {
    let (by_rsa, by_ec) = (KeyManagement::RsaOaep256, KeyManagement::EcdhEsA256kw);
    let name = |kid: &str| Some(kid.to_owned());
    let plain = rsa(&json!({}));
    assert_eq!(chosen(std::slice::from_ref(&plain), by_rsa), name(""));
    assert_eq!(chosen(&[plain], by_ec), None);
    for (further, fits) in [
        (json!({ "use": "enc" }), true),
        (json!({ "use": "sig" }), false),
        (json!({ "alg": "ECDH-ES+A256KW" }), true),
        (json!({ "alg": "ECDH-ES" }), false),
        (json!({ "alg": "ES256" }), false),
        (json!({ "key_ops": ["deriveBits"] }), true),
        (json!({ "key_ops": ["verify"] }), false),
        (json!({ "key_ops": [] }), false),
        (json!({ "crv": "P-384" }), false),
        (json!({ "d": "AA" }), false),
        (json!({ "kid": 7 }), false),
        (json!({ "x": "AA" }), false),
    ] {
        assert_eq!(chosen(&[ec(&further)], by_ec).is_some(), fits, "{further}");
    }
    for (further, fits) in [
        (json!({ "key_ops": ["wrapKey"] }), true),
        (json!({ "alg": "RSA-OAEP-256" }), true),
        (json!({ "alg": "RSA-OAEP" }), false),
        (json!({ "alg": "RSA1_5" }), false),
        // 1024 bits
        (json!({ "n": base64url(&[0xff; 128]) }), false),
    ] {
        assert_eq!(chosen(&[rsa(&further)], by_rsa).is_some(), fits, "{further}");
    }
    let keys = [
        rsa(&json!({ "kid": "any" })),
        rsa(&json!({ "kid": "signs", "use": "sig", "alg": "RS256" })),
        rsa(&json!({ "kid": "first", "use": "enc" })),
        rsa(&json!({ "kid": "second", "use": "enc" })),
    ];
    assert_eq!(chosen(&keys, by_rsa), name("first"));
    assert_eq!(chosen(&keys[..2], by_rsa), name("any"));
    assert_eq!(chosen(&vec![rsa(&json!({})); 65], by_rsa), None);
    for wrong in [json!(null), json!({}), json!({ "keys": {} }), json!([])] {
        let encryption = Encryption::of(Some(by_rsa), None).unwrap();
        assert!(Recipient::choose(&wrong, encryption).is_none());
    }
}

#[test]
fn no_two_tokens_share_a_key_or_a_nonce() {
    for (set, alg) in [
        (
            json!({ "keys": [rsa(&json!({ "kid": "k" }))] }),
            KeyManagement::RsaOaep256,
        ),
        (
            json!({ "keys": [ec(&json!({ "kid": "k" }))] }),
            KeyManagement::EcdhEsA256kw,
        ),
    ] {
        for enc in ContentEncryption::ALL {
            let recipient = Recipient::choose(&set, Encryption { alg, enc }).unwrap();
            let [one, two] = [(); 2].map(|()| encrypt(&recipient, "JWT", Content::Signed("a.b.c", None)).unwrap());
            let (one, two): (Vec<&str>, Vec<&str>) = (one.split('.').collect(), two.split('.').collect());
            assert_eq!((one.len(), two.len()), (5, 5));
            for part in 1..5 {
                assert_ne!(one[part], two[part]);
            }
            let header: Value = serde_json::from_slice(&octets(one[0])).unwrap();
            assert_eq!(
                (&header["alg"], &header["enc"]),
                (&json!(alg.as_str()), &json!(enc.as_str()))
            );
            assert_eq!(
                (&header["kid"], &header["cty"], &header["typ"]),
                (&json!("k"), &json!("JWT"), &json!("JWT"))
            );
            let other: Value = serde_json::from_slice(&octets(two[0])).unwrap();
            match alg {
                KeyManagement::RsaOaep256 => assert_eq!(header.get("epk"), None),
                KeyManagement::EcdhEsA256kw => {
                    assert_eq!(header["epk"].as_object().unwrap().len(), 4, "{header}");
                    assert_ne!(header["epk"], other["epk"]);
                }
            }
        }
    }
}

#[test]
fn what_must_be_encrypted_leaves_no_other_way() {
    let sealing = |alg| Sealing {
        client_id: "app".to_owned(),
        what: crate::model::encryption::Encrypted::IdToken,
        encryption: Encryption::of(Some(alg), None).unwrap(),
        jwks: None,
        jwks_uri: None,
    };
    let (by_rsa, by_ec) = (sealing(KeyManagement::RsaOaep256), sealing(KeyManagement::EcdhEsA256kw));
    let recipient = Recipient::choose(&json!({ "keys": [rsa(&json!({}))] }), by_rsa.encryption).unwrap();
    let finished = |sealing, recipient| finish(sealing, recipient, ("JWT", "a.b.c".to_owned()));
    assert_eq!(finished(None, None).unwrap(), "a.b.c");
    assert_eq!(finished(None, Some(&recipient)).unwrap(), "a.b.c");
    assert_eq!(finished(Some(&by_rsa), Some(&recipient)).unwrap().split('.').count(), 5);
    assert!(finished(Some(&by_rsa), None).is_err());
    assert!(finished(Some(&by_ec), Some(&recipient)).is_err());
}
