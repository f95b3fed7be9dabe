//! Further journeys of the programs of `tests/clients`: hybrid and implicit flows, requests that are signed and pushed,
//! tokens that are bound to a key, devices, registration and sign-out.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::scripts::{keys, run};
use super::{CALLBACK, add_user};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::installation::Installation;

const TYPES: [&str; 6] = [
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
];

/// One installation for all tests of this file, with what is off elsewhere. Each test has a person of its own.
fn installation() -> &'static Installation {
    static SHARED: OnceLock<Installation> = OnceLock::new();
    // Some libraries make assertions that are good for an hour.
    let settings = format!(
        "[registration]\nmode = \"open\"\nresponse_types = {TYPES:?}\n\
         grant_types = [\"authorization_code\", \"implicit\", \"refresh_token\"]\n\
         [tokens]\nassertion_lifetime = 3600\n[dpop]\nrequire_nonce = true\n[device]\ninterval = 1\n"
    );
    SHARED.get_or_init(|| Installation::start_with("", &settings))
}

/// Applies a client with these members.
fn add_client(client_id: &str, members: &Value) {
    let mut client = json!({
        "client_id": client_id,
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid email offline_access",
        "require_consent": false,
    });
    let members = members.as_object().unwrap().clone();
    client.as_object_mut().unwrap().extend(members);
    installation().apply(
        &format!("{client_id}.json"),
        &json!({ "clients": [client] }).to_string(),
    );
}

/// Runs a script for a person of its own, with these further settings.
fn journey(script: &str, further: &Value) -> Option<Value> {
    let username = format!("alice-{}", script.split('.').next().unwrap());
    add_user(installation(), &username);
    let mut settings = json!({
        "issuer": installation().issuer,
        "redirect_uri": CALLBACK,
        "username": username,
        "password": PASSWORD,
        "totp_secret": null,
    });
    let further = further.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(further);
    run(script, &settings)
}

/// A client that may have everything that a front channel brings.
fn hybrid_client(client_id: &str) -> Value {
    add_client(
        client_id,
        &json!({
            "client_secret": SECRET,
            "token_endpoint_auth_method": "client_secret_post",
            "response_types": TYPES,
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
        }),
    );
    json!({ "client_id": client_id, "client_secret": SECRET })
}

#[test]
fn oauth4webapi_takes_hybrid_answers() {
    let client = hybrid_client("oauth4webapi-hybrid");
    if let Some(answer) = journey("oauth4webapi_hybrid.mjs", &client) {
        assert_eq!(answer["done"], json!(["code id_token", "detached signature"]));
    }
}

#[test]
fn openid_client_takes_hybrid_and_implicit_answers() {
    let client = hybrid_client("openid-client-hybrid");
    if let Some(answer) = journey("openid_client_hybrid.mjs", &client) {
        assert_eq!(
            answer["done"],
            json!(["code id_token", "detached signature", "id_token"])
        );
    }
}

#[test]
fn oauth4webapi_signs_and_pushes_its_requests_and_takes_signed_answers() {
    for algorithm in ["PS256", "EdDSA"] {
        let (private, public) = keys(algorithm);
        let client_id = format!("oauth4webapi-{}", algorithm.to_lowercase());
        add_client(
            &client_id,
            &json!({
                "token_endpoint_auth_method": "private_key_jwt",
                "id_token_signed_response_alg": algorithm,
                "authorization_signed_response_alg": algorithm,
                "introspection_signed_response_alg": algorithm,
                "jwks": { "keys": [public] },
            }),
        );
        let key = json!({ "key": { "client_id": client_id, "jwk": private } });
        if let Some(answer) = journey("oauth4webapi_secured_request.mjs", &key) {
            assert_eq!(answer["done"].as_array().unwrap().len(), 12, "{algorithm}");
        }
    }
}

#[test]
fn oauth4webapi_has_its_tokens_bound_to_a_key() {
    add_client("oauth4webapi-dpop", &json!({ "token_endpoint_auth_method": "none" }));
    if let Some(answer) = journey("oauth4webapi_dpop.mjs", &json!({ "client_id": "oauth4webapi-dpop" })) {
        assert_eq!(answer["done"], json!(["RS256", "PS256", "ES256", "Ed25519"]));
    }
}

#[test]
fn oauth4webapi_lets_a_device_in() {
    add_client(
        "oauth4webapi-device",
        &json!({
            "token_endpoint_auth_method": "none",
            "redirect_uris": [],
            "response_types": [],
            "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
            "require_consent": true,
            "required_acr": "high",
            "device_assurance": "inherit",
        }),
    );
    let client = json!({ "client_id": "oauth4webapi-device" });
    if let Some(answer) = journey("oauth4webapi_device.mjs", &client) {
        assert_eq!(
            answer["pages"],
            json!(["user_code", "login", "enrol", "device", "consent"])
        );
    }
}

#[test]
fn oauth4webapi_registers_itself_and_signs_its_person_out() {
    if let Some(answer) = journey("oauth4webapi_registration.mjs", &json!({})) {
        assert_eq!(answer["pages"], json!(["login", "consent"]));
    }
}

#[test]
fn openid_client_registers_itself_with_each_way_to_authenticate() {
    if let Some(answer) = journey("openid_client_registration.mjs", &json!({})) {
        let methods = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "none"];
        assert_eq!(answer["done"], json!(methods));
    }
}

#[test]
fn authlib_takes_hybrid_and_implicit_answers_and_authenticates_with_assertions() {
    let mut settings = hybrid_client("authlib-hybrid");
    let ((private, public), (stranger, _)) = (keys("ES256"), keys("ES256"));
    add_client(
        "authlib-key",
        &json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [public] } }),
    );
    add_client(
        "authlib-hmac",
        &json!({ "token_endpoint_auth_method": "client_secret_jwt", "client_secret": SECRET }),
    );
    let further = json!({
        "private_key_jwt": "authlib-key", "client_secret_jwt": "authlib-hmac", "jwk": private, "stranger": stranger,
    });
    let further = further.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(further);
    if let Some(answer) = journey("authlib_flows.py", &settings) {
        assert_eq!(answer["done"].as_array().unwrap().len(), 7);
    }
}

#[test]
fn oic_registers_itself_and_takes_every_kind_of_answer() {
    let (private, _) = keys("RS256");
    let settings = json!({ "jwk": private, "out": "http://127.0.0.1:9/out" });
    if let Some(answer) = journey("oic_client.py", &settings) {
        assert_eq!(answer["done"].as_array().unwrap().len(), 3 * TYPES.len());
    }
}
