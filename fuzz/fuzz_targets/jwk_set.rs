//! Key sets of others: a key that is taken is written and read again as the same key.
#![no_main]

use countersign::crypto::jwk::PublicKey;
use countersign::crypto::jwk_set::JwkSet;
use countersign::model::signing_key::Algorithm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let Ok(set) = JwkSet::parse(&document) else { return };
    assert!(set.keys().len() <= 64);
    for key in set.keys() {
        assert!(Algorithm::ALL.into_iter().any(|algorithm| key.supports(algorithm)));
        let again = PublicKey::from_jwk(&key.to_jwk()).expect("what was written can be read");
        assert_eq!((&again, again.thumbprint()), (key, key.thumbprint()));
    }
});
