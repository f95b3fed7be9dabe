//! `client_credentials`, `jwt_bearer`, `token_exchange` and `username_password`: programs that nobody sits before.

use std::process::Command;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Deserializer, Value, json};

use super::{API, installation};
use crate::support::installation::{Installation, output_of};
use crate::support::program::example;
use crate::support::relying_party::claims;

/// Runs an example against an installation; the JSON values that it prints.
fn run(installation: &Installation, name: &str, arguments: &[&str]) -> Vec<Value> {
    let printed = output_of(command(installation, name).args(arguments));
    let json = printed.replace("the access token says:\n", "");
    Deserializer::from_str(&json)
        .into_iter()
        .map(|value| value.unwrap_or_else(|error| panic!("{name}: {error}: {printed}")))
        .collect()
}

fn command(installation: &Installation, name: &str) -> Command {
    let mut command = Command::new(example(name));
    command.args(["--issuer", &installation.issuer]);
    command
}

/// What an example complains about; it must fail.
fn complaint(installation: &Installation, name: &str, arguments: &[&str]) -> String {
    let output = command(installation, name).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{name} {arguments:?} worked");
    [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat()
}

/// An installation whose client `integration` has a new key, and the file that holds it.
fn with_integration() -> (Installation, String) {
    let installation = installation(&[]);
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = STANDARD.encode(pair.to_pkcs8v1().unwrap().as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    let key = installation.file("integration.pem", &pem);
    let jwk = run(&installation, "jwt_bearer", &["--key", &key, "--print-jwk"]).remove(0);
    let directory = super::directory(&[
        (
            "x = \"6RWXywmm9lp3gsGI47bA9Pfgj_2urubfdsWVmSsiFBU\"",
            &format!("x = {}", jwk["x"]),
        ),
        (
            "y = \"PTnnwUBRKJvM0Lal2lJUuMh6Q8DskMtYNPsxUnVMNv0\"",
            &format!("y = {}", jwk["y"]),
        ),
    ]);
    installation.apply("with_key.toml", &directory);
    (installation, key)
}

#[test]
fn a_program_gets_a_token_by_its_secret() {
    let installation = installation(&[]);
    let printed = run(
        &installation,
        "client_credentials",
        &["--introspect", "--resource", API],
    );
    let [tokens, introspected] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    let claims = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("service"), &json!(API)));
    assert_eq!(introspected["active"], true);
    assert_eq!(introspected["scope"], "transfers");
    let wrong = complaint(&installation, "client_credentials", &["--client-secret", "wrong"]);
    assert!(wrong.contains("invalid_client"), "{wrong}");
    let much = complaint(&installation, "client_credentials", &["--scope", "openid"]);
    assert!(much.contains("invalid_scope"), "{much}");
}

#[test]
fn a_program_gets_a_token_by_its_key() {
    let (installation, key) = with_integration();
    let arguments = ["--client-id", "integration", "--private-key", &key, "--introspect"];
    let printed = run(&installation, "client_credentials", &arguments);
    let claims = claims(printed[0]["access_token"].as_str().unwrap());
    assert_eq!(claims["client_id"], "integration");
    assert_eq!(printed[1]["active"], true);
    let arguments = ["--client-id", "service", "--private-key", &key];
    let wrong = complaint(&installation, "client_credentials", &arguments);
    assert!(wrong.contains("invalid_client"), "{wrong}");
}

#[test]
fn a_program_speaks_for_a_person_and_nobody_else() {
    let (installation, key) = with_integration();
    let arguments = ["--key", &key, "--scope", "transfers", "--resource", API];
    let printed = run(&installation, "jwt_bearer", &arguments);
    let [tokens, claims] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert_eq!(tokens["scope"], "transfers");
    assert_eq!((&claims["acr"], &claims["aud"]), (&json!("none"), &json!(API)));
    assert_eq!(claims.get("auth_time"), None);
    for user in ["bob", "nobody"] {
        let refused = complaint(&installation, "jwt_bearer", &["--key", &key, "--user", user]);
        assert!(refused.contains("invalid_grant"), "{user}: {refused}");
    }
}

#[test]
fn a_program_signs_in_with_a_person_s_password() {
    let installation = installation(&[]);
    let login = |username, password| {
        let mut arguments = vec!["--username", username, "--password", password];
        arguments.extend(["--scope", "transfers", "--resource", API]);
        arguments
    };
    let right = login("alice", "wonderland-tea-party");
    let printed = run(&installation, "username_password", &right);
    let [tokens, claims] = printed.as_slice() else {
        panic!("{printed:?}");
    };
    assert!(tokens["refresh_token"].is_string(), "{tokens}");
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("standard"), &json!(["pwd"])));
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(API), &json!("transfers")));
    for arguments in [
        login("alice", "wrong"),
        login("nobody", "wonderland-tea-party"),
        [right.as_slice(), &["--append", "123456"]].concat(),
        [right.as_slice(), &["--security-token", "AbCdEfGhIjKlMnOpQrStUv09"]].concat(),
    ] {
        let refused = complaint(&installation, "username_password", &arguments);
        assert!(refused.contains("authentication failure"), "{arguments:?}: {refused}");
    }
    let secret = [right.as_slice(), &["--client-secret", "wrong"]].concat();
    let refused = complaint(&installation, "username_password", &secret);
    assert!(refused.contains("invalid_client"), "{refused}");
}

#[test]
fn an_api_acts_for_its_caller() {
    let installation = installation(&[]);
    let login = [
        "--username",
        "alice",
        "--password",
        "wonderland-tea-party",
        "--scope",
        "transfers",
    ];
    let subject = run(&installation, "username_password", &login)[0]["access_token"].clone();
    let arguments = ["--subject-token", subject.as_str().unwrap(), "--resource", API];
    let printed = run(&installation, "token_exchange", &arguments);
    let said = claims(printed[0]["access_token"].as_str().unwrap());
    assert_eq!((&said["aud"], &said["client_id"]), (&json!(API), &json!("gateway")));
    assert_eq!(said["sub"], claims(subject.as_str().unwrap())["sub"]);
    assert_eq!(said["act"], json!({ "sub": "gateway", "client_id": "gateway" }));
    let silent = run(
        &installation,
        "token_exchange",
        &[&arguments[..], &["--impersonate"]].concat(),
    );
    assert_eq!(claims(silent[0]["access_token"].as_str().unwrap()).get("act"), None);
    let refused = complaint(&installation, "token_exchange", &["--subject-token", "cs_at_unknown"]);
    assert!(refused.contains("invalid_request"), "{refused}");
}
