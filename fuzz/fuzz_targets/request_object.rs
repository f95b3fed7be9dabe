//! Request objects: the first line is what stands outside, the rest are the claims of one that nobody signed, and the whole
//! is a request object itself.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::config::Settings;
use countersign::model::client::Client;
use countersign::model::time::Timestamp;
use countersign::oauth::authorize::request_object::RequestObject;
use countersign::oauth::params::Params;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = RequestObject::read(text);
    let (outer, claims) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(outer) = Params::parse(outer.as_bytes()) else { return };
    let encoded = [r#"{"alg":"none"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let Ok(object) = RequestObject::read(&format!("{}.{}.", encoded[0], encoded[1])) else {
        return;
    };
    assert!(!object.is_signed());
    let client = Client {
        client_id: "app".to_owned(),
        ..Client::default()
    };
    let at = (&Settings::default(), Timestamp::from_seconds(1_772_532_000));
    if let Ok(params) = object.parameters(&outer, &client, at) {
        assert!(params.get("request").is_none() && params.get("request_uri").is_none());
        assert!(params.pairs().iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
    }
});
