//! Form and query parameters: whatever was read is written and read again as the same.
#![no_main]

use countersign::oauth::params::Params;
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::Serializer;

fuzz_target!(|bytes: &[u8]| {
    let Ok(params) = Params::parse(bytes) else { return };
    assert!(params.pairs().len() <= 100);
    assert_eq!(params.check_repeated().is_err(), params.first_repeated().is_some());
    for (name, _) in params.pairs() {
        assert_eq!(params.get(name), params.all(name).next());
    }
    let written = Serializer::new(String::new()).extend_pairs(params.pairs()).finish();
    let again = Params::parse(written.as_bytes()).expect("what was written can be read");
    assert_eq!(again.pairs(), params.pairs());
});
