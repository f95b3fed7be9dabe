//! Redirect URIs: a web client's match exactly, a native one's differ by the port of a loopback host alone.
#![no_main]

use countersign::model::client::{ApplicationType, Client};
use countersign::oauth::redirect_uri::{form_action_source, is_registered};
use libfuzzer_sys::fuzz_target;
use url::Url;

const REGISTERED: [&str; 4] = [
    "http://127.0.0.1/callback?a=b",
    "http://[::1]/callback",
    "http://localhost/",
    "com.example.app:/callback",
];

fuzz_target!(|requested: &str| {
    let mut client = Client {
        redirect_uris: REGISTERED.map(str::to_owned).to_vec(),
        ..Client::default()
    };
    assert_eq!(is_registered(&client, requested), REGISTERED.contains(&requested));
    client.application_type = ApplicationType::Native;
    if is_registered(&client, requested) && !REGISTERED.contains(&requested) {
        let mut uri = Url::parse(requested).expect("a registered URI is one");
        uri.set_port(None).expect("it has a host");
        assert!(REGISTERED.contains(&uri.as_str()), "{requested}");
    }
    if let Some(source) = form_action_source(requested) {
        assert!(!source.contains([';', ',', ' ', '\n']), "{requested} ends the directive");
    }
});
