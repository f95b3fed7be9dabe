//! Client authentication: the first line is the `Authorization` header, the rest is the form.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::oauth::client_auth::{Presented, presented};
use countersign::oauth::params::Params;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (header, form) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(params) = Params::parse(form.as_bytes()) else { return };
    // As it came, and as the credentials inside it.
    let encoded = format!("Basic {}", STANDARD.encode(header));
    for header in [None, Some(header), Some(encoded.as_str())] {
        match (presented(header, &params), header) {
            (Ok(Presented::Basic { client_id, .. }), Some(_)) => {
                assert!(params.get("client_secret").is_none() && params.get("client_assertion").is_none());
                assert!(params.get("client_id").is_none_or(|named| named == client_id));
            }
            (Ok(_), Some(header)) => panic!("{header} was overlooked"),
            (Ok(Presented::Basic { .. }), None) => panic!("there is no header"),
            (Ok(_), None) | (Err(_), _) => {}
        }
    }
});
