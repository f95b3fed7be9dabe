//! The programs of `tests/clients`, each on a library that is not ours.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use countersign::crypto::digest::base64url;
use serde_json::{Value, json};

use super::openidconnect::tokens;
use super::{ALGORITHMS, API, CALLBACK, add_user, client_of, installation};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::installation::output_of;
use crate::support::relying_party::answer;
use crate::support::require;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
/// The scripts that run on the runtime of npm's package `node`.
const NEWER: [&str; 1] = ["salesforce_core.mjs"];
const RSA_KEY: &str = include_str!("../../keys/rsa_2048.jwk.json");

/// What the scripts were installed with: in the folder that `COUNTERSIGN_TEST_CLIENTS` names, or beside them.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for test runs, not a setting of the server"
)]
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let elsewhere = std::env::var("COUNTERSIGN_TEST_CLIENTS").ok().map(PathBuf::from);
    let places = elsewhere.into_iter().chain([PathBuf::from(SCRIPTS)]);
    places.map(|place| place.join(name)).find(|file| file.exists())
}

/// Runs a script with its settings; what it prints, or nothing where its language is not there.
pub(crate) fn run(script: &str, settings: &Value) -> Option<Value> {
    let file = installation().file(&format!("{}.json", unique(script)), &settings.to_string());
    let mut command = if is_for_node(script) {
        node(script)?
    } else {
        python(script)?
    };
    let printed = output_of(command.arg(file));
    let answer: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{script}: {error}: {printed}"));
    assert_eq!(answer["ok"], true, "{script}");
    Some(answer)
}

fn is_for_node(script: impl AsRef<Path>) -> bool {
    script.as_ref().extension().is_some_and(|extension| extension == "mjs")
}

/// A name that no other run has.
fn unique(name: &str) -> String {
    let random: [u8; 8] = countersign::crypto::random::Random::from_os().bytes();
    format!("{name}-{}", base64url(&random))
}

pub(super) fn node(script: &str) -> Option<Command> {
    let Some(modules) = installed("node_modules") else {
        require::skip_or_fail("node", "the npm packages of tests/clients are not installed");
        return None;
    };
    // Node looks for packages beside the script.
    let folder = PathBuf::from(installation().file("placed", "")).with_file_name(unique("node"));
    fs::create_dir(&folder).expect("a folder for scripts");
    for entry in fs::read_dir(SCRIPTS)
        .expect("scripts")
        .map(|entry| entry.expect("a script").path())
    {
        if is_for_node(&entry) {
            fs::copy(&entry, folder.join(entry.file_name().expect("a name"))).expect("a script is copied");
        }
    }
    symlink(modules, folder.join("node_modules")).expect("a link to the packages");
    let own = folder.join("node_modules/node/bin/node");
    // Some libraries want a newer runtime than the machine has.
    let mut command = if own.exists() && NEWER.contains(&script) {
        Command::new(own)
    } else {
        Command::new("node")
    };
    command.arg(folder.join(script));
    Some(command)
}

fn python(script: &str) -> Option<Command> {
    let Some(environment) = installed("venv") else {
        require::skip_or_fail("python", "the Python packages of tests/clients are not installed");
        return None;
    };
    let mut command = Command::new(environment.join("bin/python"));
    command.arg("-B").arg(Path::new(SCRIPTS).join(script));
    Some(command)
}

/// The journey of a person of the script's own.
fn journey(script: &str) {
    let username = format!("alice-{}", script.split('.').next().unwrap());
    add_user(installation(), &username);
    let settings = json!({
        "issuer": installation().issuer,
        "client_id": client_of("RS256"),
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
        "username": username,
        "password": PASSWORD,
        "totp_secret": null,
        "acr_values": "high",
    });
    let Some(answer) = run(script, &settings) else {
        return;
    };
    assert_eq!(answer["pages"], json!(["login", "enrol", "consent"]));
    assert_eq!(answer["userinfo"]["email"], format!("{username}@example.com"));
}

#[test]
fn openid_client_completes_the_journey() {
    journey("openid_client.mjs");
}

#[test]
fn openid_client_lets_a_device_in() {
    let username = "alice-openid_client_device";
    add_user(installation(), username);
    let client = json!({ "clients": [{
        "client_id": "device",
        "token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "scope": "openid offline_access",
        "required_acr": "high",
        "device_assurance": "inherit",
    }]});
    installation().apply("device.json", &client.to_string());
    let settings = json!({
        "issuer": installation().issuer,
        "client_id": "device",
        "username": username,
        "password": PASSWORD,
        "totp_secret": null,
    });
    if let Some(answer) = run("openid_client_device.mjs", &settings) {
        assert_eq!(
            answer["pages"],
            json!(["user_code", "login", "enrol", "device", "consent"])
        );
    }
}

#[test]
fn oauth4webapi_completes_the_journey() {
    journey("oauth4webapi.mjs");
}

#[test]
fn authlib_completes_the_journey() {
    journey("authlib_client.py");
}

/// A pair of keys: the private one, and the public one for the directory.
pub(super) fn keys(algorithm: &str) -> (Value, Value) {
    let mut private = match algorithm {
        "ES256" => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let point = pair.public_key().as_ref();
            let d = pair.private_key().as_be_bytes().unwrap();
            json!({ "kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..]),
                "d": base64url(d.as_ref()) })
        }
        "EdDSA" => {
            let pair = Ed25519KeyPair::generate().unwrap();
            let seed = pair.seed().unwrap().as_be_bytes().unwrap();
            json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()),
                "d": base64url(seed.as_ref()) })
        }
        _ => serde_json::from_str(RSA_KEY).unwrap(),
    };
    private["alg"] = json!(algorithm);
    private["kid"] = json!("first");
    let mut public = private.clone();
    public["use"] = json!("sig");
    for secret in ["d", "p", "q", "dp", "dq", "qi"] {
        public.as_object_mut().unwrap().remove(secret);
    }
    (private, public)
}

/// Registers a client with a key of its own, which may speak for a person; its name and its private key.
fn key_client(script: &str, algorithm: &str) -> (String, String, Value) {
    let name = format!("{}-{}", script.split('.').next().unwrap(), algorithm.to_lowercase());
    let username = format!("alice-{name}");
    add_user(installation(), &username);
    let (private, public) = keys(algorithm);
    let client = json!({ "clients": [{
        "client_id": name,
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials"],
        "response_types": [],
        "scope": "transfers",
        "access_token_signing_alg": algorithm,
        "jwks": { "keys": [public] },
        "preapproved_users": [username],
    }]});
    installation().apply(&format!("{name}.json"), &client.to_string());
    (name, username, private)
}

#[test]
fn openid_client_authenticates_with_a_key() {
    for algorithm in ALGORITHMS {
        let (name, _, jwk) = key_client("private_key_jwt.mjs", algorithm);
        let key = json!({ "client_id": name, "jwk": jwk, "scope": "transfers", "resource": API });
        let settings = json!({ "issuer": installation().issuer, "key": key });
        if let Some(answer) = run("private_key_jwt.mjs", &settings) {
            assert_eq!(answer["claims"]["scope"], "transfers");
        }
    }
}

#[test]
fn authlib_speaks_for_a_person() {
    for algorithm in ALGORITHMS {
        let (name, username, jwk) = key_client("jwt_bearer.py", algorithm);
        let key = json!({ "client_id": name, "jwk": jwk, "subject": username, "scope": "transfers" });
        let settings = json!({ "issuer": installation().issuer, "key": key });
        if let Some(answer) = run("jwt_bearer.py", &settings) {
            assert_eq!(answer["claims"]["scope"], "transfers");
        }
    }
}

/// Every kind of JWT that we publish, for one algorithm: `script` keeps the people of two tests apart.
async fn published(algorithm: &str, script: &str) -> Vec<Value> {
    let (client_id, alg) = (client_of(algorithm), algorithm);
    let signed = format!("{client_id}-userinfo");
    let (id_token, access_token) = tokens(&signed, &format!("bob-{script}-{alg}")).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let userinfo = http
        .get(installation().at("/oauth2/userinfo"))
        .bearer_auth(&access_token);
    let userinfo = answer(userinfo).await.body.as_str().unwrap().to_owned();
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "transfers"),
        ("resource", API),
    ];
    let request = http
        .post(installation().at("/oauth2/token"))
        .basic_auth(&client_id, Some(SECRET));
    let own = answer(request.form(&form)).await.text("access_token");
    let mut published = vec![
        json!({ "token": id_token, "alg": alg, "aud": signed, "typ": "JWT" }),
        json!({ "token": access_token, "alg": alg, "aud": installation().issuer, "typ": "at+jwt" }),
        json!({ "token": own, "alg": alg, "aud": API, "typ": "at+jwt" }),
    ];
    // jwcrypto's script demands an expiry, which a userinfo answer has not (OpenID Connect Core §5.3.2).
    if script == "jose_verify" {
        published.push(json!({ "token": userinfo, "alg": alg, "aud": signed, "typ": "JWT" }));
    }
    published
}

async fn verify(script: &str) {
    let mut tokens = Vec::new();
    for algorithm in ALGORITHMS {
        tokens.extend(published(algorithm, script.split('.').next().unwrap()).await);
    }
    let Some(answer) = run(script, &json!({ "issuer": installation().issuer, "tokens": tokens })) else {
        return;
    };
    let verified: Vec<&Value> = answer["verified"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| &token["alg"])
        .collect();
    let expected: Vec<&Value> = tokens.iter().map(|token| &token["alg"]).collect();
    assert_eq!(verified, expected);
    assert_eq!(answer["keys"].as_array().unwrap().len(), ALGORITHMS.len());
}

#[tokio::test]
async fn jose_verifies_all_that_is_published() {
    verify("jose_verify.mjs").await;
}

#[tokio::test]
async fn jwcrypto_verifies_all_that_is_published() {
    verify("jwcrypto_verify.py").await;
}

#[test]
fn openid_client_signs_and_pushes_its_requests_and_takes_signed_responses() {
    for algorithm in ALGORITHMS {
        let name = format!("secured-{}", algorithm.to_lowercase());
        let username = format!("alice-{name}");
        add_user(installation(), &username);
        let (private, public) = keys(algorithm);
        let client = json!({ "clients": [{
            "client_id": name,
            "token_endpoint_auth_method": "private_key_jwt",
            "redirect_uris": [CALLBACK],
            "scope": "openid",
            "require_consent": false,
            "id_token_signed_response_alg": algorithm,
            "authorization_signed_response_alg": algorithm,
            "jwks": { "keys": [public] },
        }]});
        installation().apply(&format!("{name}.json"), &client.to_string());
        let settings = json!({
            "issuer": installation().issuer,
            "redirect_uri": CALLBACK,
            "username": username,
            "password": PASSWORD,
            "key": { "client_id": name, "jwk": private },
        });
        if let Some(answer) = run("secured_request.mjs", &settings) {
            assert_eq!(answer["done"].as_array().unwrap().len(), 6, "{algorithm}");
        }
    }
}

#[test]
fn openid_client_has_its_tokens_bound_to_a_key() {
    let (name, username) = ("dpop-page", "alice-dpop");
    add_user(installation(), username);
    let client = json!({ "clients": [{
        "client_id": name,
        "token_endpoint_auth_method": "none",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid offline_access",
        "require_consent": false,
    }]});
    installation().apply(&format!("{name}.json"), &client.to_string());
    let settings = json!({
        "issuer": installation().issuer,
        "redirect_uri": CALLBACK,
        "username": username,
        "password": PASSWORD,
        "client_id": name,
    });
    if let Some(answer) = run("dpop.mjs", &settings) {
        assert_eq!(answer["done"], json!(["RS256", "PS256", "ES256", "Ed25519"]));
    }
}
