//! Scopes: what is read is written in one way, and read again as the same set.
#![no_main]

use countersign::model::scope::{MAX_SCOPES, ScopeSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(scopes) = text.parse::<ScopeSet>() else { return };
    assert!(scopes.iter().count() <= MAX_SCOPES);
    let written = scopes.to_string();
    assert!(written.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')));
    assert_eq!(written.parse::<ScopeSet>(), Ok(scopes));
});
