//! JWT-bearer assertions of the vendor's clients: K12, K13.

use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::{TOKEN, named};
use crate::support::directory::DIRECTORY;
use crate::support::keys::{Keys, toml};
use crate::support::relying_party::Answer;
use crate::support::server::{TestServer, with_directory};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const AUDIENCE: &str = "https://login.example.com";

/// A server with a client that signs for itself, excused or not.
async fn with_robot(compat: &str) -> (TestServer, Keys) {
    let keys = Keys::new(Algorithm::Rs256);
    let robot = format!(
        "\n[[clients]]\nclient_id = \"robot\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [\"{GRANT}\"]\n\
         response_types = []\nscope = \"calendar\"\naccess_token_signing_alg = \"ES256\"\n\
         preapproved_users = [\"alice\"]\nassertion_audiences = [\"{AUDIENCE}\"]\njwks = {}\n{compat}\n",
        toml(&keys.jwks())
    );
    let server = with_directory(&format!("{DIRECTORY}{robot}")).with_compat_paths();
    (server.start().await, keys)
}

async fn present(server: &TestServer, keys: &Keys, claims: &Value) -> Answer {
    let assertion = keys.sign(claims);
    server
        .post(TOKEN, &[("grant_type", GRANT), ("assertion", &assertion)])
        .await
}

const LENIENT: &str = "compat = [\"lenient_assertion_exp\"]";

#[tokio::test]
async fn k12_an_expiry_in_a_string_is_taken_from_excused_clients() {
    for (compat, taken) in [(LENIENT, true), ("", false)] {
        let (server, keys) = with_robot(compat).await;
        let claims = json!({
            "iss": "robot", "sub": "alice", "aud": AUDIENCE, "exp": (server.now() + 180).to_string(),
        });
        let answer = present(&server, &keys, &claims).await;
        if !taken {
            let told = answer.refused(400, "invalid_grant");
            assert_eq!(told, "exp, nbf and iat must be numbers");
            continue;
        }
        assert_eq!(named(&answer.accepted().body).1, server.user("alice").to_string());
        // There is no `jti`, and still it counts once.
        let told = present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        assert_eq!(told, "this assertion was used before");
        server.advance(180 + 61);
        let told = present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        assert_eq!(told, "the assertion has expired");
        // Somebody who never agreed, and whom nobody approved.
        let claims = json!({
            "iss": "robot", "sub": "bob", "aud": AUDIENCE, "exp": (server.now() + 180).to_string(),
        });
        let told = present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        assert_eq!(told, "user hasn't approved this consumer");
    }
}

#[tokio::test]
async fn k13_an_expiry_in_milliseconds_is_over_in_five_minutes() {
    for (compat, taken) in [(LENIENT, true), ("", false)] {
        let (server, keys) = with_robot(compat).await;
        let claims = json!({
            "iss": "robot", "sub": "alice", "aud": AUDIENCE, "iat": server.now(), "exp": server.now() * 1_000 + 300,
        });
        let answer = present(&server, &keys, &claims).await;
        if !taken {
            let told = answer.refused(400, "invalid_grant");
            assert_eq!(told, "exp is too far in the future");
            continue;
        }
        answer.accepted();
        present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        server.advance(300 + 61);
        let told = present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        assert_eq!(told, "the assertion has expired");
        // Without `iat` nothing says when it would be over.
        let endless = json!({ "iss": "robot", "sub": "alice", "aud": AUDIENCE, "exp": server.now() * 1_000 });
        let told = present(&server, &keys, &endless).await.refused(400, "invalid_grant");
        assert_eq!(told, "exp is too far in the future");
    }
}

#[tokio::test]
async fn k13_assertions_that_fail_cost_an_account_nothing() {
    let (server, keys) = with_robot(LENIENT).await;
    for audience in [
        "https://a.example",
        "https://b.example",
        "https://c.example",
        "https://d.example",
    ] {
        for _ in 0..5 {
            let claims = json!({ "iss": "robot", "sub": "alice", "aud": audience, "exp": server.now() + 180 });
            present(&server, &keys, &claims).await.refused(400, "invalid_grant");
        }
    }
    assert_eq!(
        server.audit("login.attempt").len() + server.audit("login.deny").len(),
        0
    );
    let claims = json!({ "iss": "robot", "sub": "alice", "aud": AUDIENCE, "exp": server.now() + 180 });
    present(&server, &keys, &claims).await.accepted();
    let rp = crate::support::relying_party::RelyingParty::new(&server, "trusted");
    rp.tokens(&mut rp.browser(), "alice", "openid").await;
}
