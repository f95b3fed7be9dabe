//! ID tokens that are encrypted wherever a client gets one: from the authorization endpoint, as a device and as a program
//! that signs in with a password. OpenID Connect Core §10.2, Registration §2.

use serde_json::Value;

use super::device::{GRANT, begun, let_in, poll};
use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, PASSWORD, with_client};
use crate::support::jwe::Reader;
use crate::support::keys::toml;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, log_in};
use crate::support::server::{Builder, TestServer, with_directory};
use crate::support::{api_login, directory};

/// Members that have a client's ID tokens encrypted to the key that lies beside the tests.
fn encrypted() -> String {
    let keys = toml(&Reader::rsa().jwks());
    format!(
        "id_token_encrypted_response_alg = \"RSA-OAEP-256\"\nid_token_encrypted_response_enc = \"A256GCM\"\njwks = {keys}"
    )
}

fn builder() -> Builder {
    let device = format!(
        "\n[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\n\
         grant_types = [\"{GRANT}\", \"refresh_token\"]\nscope = \"openid offline_access\"\nrequire_consent = false\n\
         id_token_signed_response_alg = \"ES256\"\n{}\n",
        encrypted()
    );
    // Both directories begin with the usual one.
    let programs = api_login::directory().replacen(directory::DIRECTORY, "", 1);
    let programs = programs.replacen(
        "client_id = \"loader\"\n",
        &format!("client_id = \"loader\"\n{}\n", encrypted()),
        1,
    );
    with_directory(&[&with_client("spa", &encrypted()), &device, &*programs].concat())
}

on_both! {
    builder();
    a_device_gets_them, a_page_gets_them, a_program_gets_them
}

/// What is said in an ID token that its client alone can read.
#[track_caller]
fn said(token: &str) -> Value {
    let (header, inside) = Reader::rsa().open(token);
    assert_eq!(
        (&header["alg"], &header["enc"], &header["cty"]),
        (&"RSA-OAEP-256".into(), &"A256GCM".into(), &"JWT".into())
    );
    claims(&inside)
}

async fn a_device_gets_them(server: &TestServer) {
    let rp = RelyingParty::public(server, "tv", "");
    let device = begun(&rp, "openid offline_access").await;
    let_in(server, &mut Browser::new(), &device, "alice").await;
    let told = poll(&rp, &device).await.accepted();
    let first = said(&told.text("id_token"));
    assert_eq!(
        (&first["aud"], &first["amr"]),
        (&"tv".into(), &serde_json::json!(["pwd"]))
    );
    let renewed = rp.refresh(&told.text("refresh_token")).await.accepted();
    assert_eq!(said(&renewed.text("id_token"))["sub"], first["sub"]);
}

async fn a_page_gets_them(server: &TestServer) {
    let rp = RelyingParty::public(server, "spa", CALLBACK);
    let mut browser = rp.browser();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let page = rp
        .authorize(
            &mut browser,
            "openid email",
            &[("response_type", "id_token"), without[0], without[1]],
        )
        .await;
    let page = log_in(&mut browser, page, "alice").await;
    let alone = said(&page.fragment("id_token").expect("an ID token"));
    // Core §5.4: there is no access token to ask with.
    assert_eq!(
        (&alone["aud"], &alone["email"]),
        (&"spa".into(), &"alice@example.com".into())
    );
    let page = rp
        .authorize(
            &mut browser,
            "openid email",
            &[("response_type", "id_token token"), without[0], without[1]],
        )
        .await;
    let beside = said(&page.fragment("id_token").expect("an ID token"));
    assert!(
        beside["at_hash"].is_string() && beside["sub"] == alone["sub"],
        "{beside}"
    );
}

async fn a_program_gets_them(server: &TestServer) {
    let scope = [("scope", "openid offline_access")];
    let told = server
        .api_login_with("loader", "alice", PASSWORD, &scope)
        .await
        .accepted();
    let first = said(&told.text("id_token"));
    assert_eq!(
        (&first["aud"], &first["sub"]),
        (&"loader".into(), &server.user("alice").to_string().into())
    );
    let rp = RelyingParty::new(server, "loader");
    let renewed = rp.refresh(&told.text("refresh_token")).await.accepted();
    assert_eq!(said(&renewed.text("id_token"))["sub"], first["sub"]);
    // Another client, which did not ask for it, reads its own as it comes.
    let plain = server
        .api_login_with("tool", "alice", PASSWORD, &scope)
        .await
        .accepted();
    assert_eq!(claims(&plain.text("id_token"))["aud"], "tool");
}
