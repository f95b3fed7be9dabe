//! Directory files, TOML and JSON: read or refused with a place and a remedy.
#![no_main]

use countersign::manage::directory::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for name in ["directory.toml", "directory.json", "-"] {
        if let Err(error) = Document::default().add(name, text) {
            assert!(!error.to_string().is_empty());
        }
    }
});
