//! Clients of one big vendor's APIs, at the vendor's paths: CLAUSES.md, K rows.

use serde_json::{Value, json};

use super::scripts::{keys, run};
use super::{CALLBACK, add_user, installation};
use crate::support::directory::{PASSWORD, SECRET};

const SCOPES: &str = "[[scopes]]\nname = \"api\"\n[[scopes]]\nname = \"web\"\n[[scopes]]\nname = \"refresh_token\"\n";

/// A person, an application and a client that signs for that person, all of this script's own.
fn settings(script: &str) -> Value {
    let name = script.split('.').next().unwrap();
    let (person, robot) = (format!("alice-{name}"), format!("{name}-robot"));
    add_user(installation(), &person);
    installation().apply("vendor-scopes.toml", SCOPES);
    let (private, public) = keys("RS256");
    let clients = json!({ "clients": [{
        "client_id": name,
        "client_secret": SECRET,
        "token_endpoint_auth_method": "client_secret_post",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "password"],
        "scope": "api web refresh_token",
        "require_consent": false,
        "refresh_rotation": "off",
        "compat": ["s256_without_method", "long_code_verifier", "revoke_by_possession"],
    }, {
        "client_id": format!("{name}-service"),
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "response_types": [],
        "scope": "api",
    }, {
        "client_id": robot,
        "token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": [],
        "scope": "api",
        "jwks": { "keys": [public] },
        "assertion_audiences": ["https://login.salesforce.com"],
        "compat": ["lenient_assertion_exp"],
        "preapproved_users": [person],
    }]});
    installation().apply(&format!("{name}.json"), &clients.to_string());
    json!({
        "issuer": installation().issuer, "client_id": name, "client_secret": SECRET, "redirect_uri": CALLBACK,
        "username": person, "password": PASSWORD, "totp_secret": null,
        "service": format!("{name}-service"),
        "jwt": { "client_id": robot, "jwk": private, "username": person },
    })
}

#[test]
fn k1_to_k9_jsforce_signs_in_and_out() {
    let settings = settings("jsforce.mjs");
    if let Some(answer) = run("jsforce.mjs", &settings) {
        assert_eq!(answer["pages"], json!(["login"]));
    }
}

#[test]
fn k13_to_k15_the_command_line_signs_in() {
    let mut settings = settings("salesforce_core.mjs");
    // A public client, as the command line is one.
    let cli = json!({ "clients": [{
        "client_id": "PlatformCLI",
        "client_name": "Command line",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://localhost/OauthRedirect"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "api web refresh_token",
        "compat": ["s256_without_method", "long_code_verifier"],
    }]});
    installation().apply("cli.json", &cli.to_string());
    settings["client_id"] = json!("PlatformCLI");
    settings["redirect_uri"] = json!("http://localhost:1717/OauthRedirect");
    if let Some(answer) = run("salesforce_core.mjs", &settings) {
        assert_eq!(answer["pages"], json!(["login", "consent"]));
    }
}

#[test]
fn k11_k12_k17_simple_salesforce_signs_in() {
    let settings = settings("simple_salesforce_client.py");
    run("simple_salesforce_client.py", &settings);
}
