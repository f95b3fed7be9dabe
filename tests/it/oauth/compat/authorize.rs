//! The authorization endpoint at the vendor's path: K1, K2, K14, K18, K19.

use super::{VERIFIER, authorized, challenge, directory, redeemed, request};
use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).with_compat_paths();
    k1_a_challenge_without_method_is_s256_for_excused_clients, k2_a_long_verifier_is_taken_from_excused_clients,
    k14_a_command_line_signs_in_at_any_loopback_port, k18_scopes_with_commas_are_read_for_excused_clients,
    k19_a_client_that_asks_for_a_token_and_gets_a_code_is_served,
}

async fn k1_a_challenge_without_method_is_s256_for_excused_clients(server: &TestServer) {
    let challenge = challenge();
    let page = authorized(server, &request("excused", &challenge)).await;
    assert_eq!(page.query("state").as_deref(), Some("0123456789ab"));
    redeemed(server, "excused", &code_of(&page)).await.accepted();
    // Never `plain`: the challenge itself is no verifier.
    let page = authorized(server, &request("excused", &challenge)).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code_of(&page)),
        ("client_id", "excused"),
        ("client_secret", SECRET),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &challenge),
    ];
    server.post(super::TOKEN, &form).await.refused(400, "invalid_grant");
    for (client, further) in [("strict", None), ("excused", Some(("code_challenge_method", "plain")))] {
        let mut params = request(client, &challenge).to_vec();
        params.extend(further);
        let page = authorized(server, &params).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{client}");
        assert_eq!(
            page.query("error_description").unwrap(),
            "code_challenge_method must be S256"
        );
    }
}

async fn k2_a_long_verifier_is_taken_from_excused_clients(server: &TestServer) {
    assert_eq!(VERIFIER.len(), 171);
    let challenge = challenge();
    for client in ["excused", "strict"] {
        let mut params = request(client, &challenge).to_vec();
        params.extend([("code_challenge_method", "S256"), ("nonce", "n")]);
        let page = authorized(server, &params).await;
        let answer = redeemed(server, client, &code_of(&page)).await;
        if client == "strict" {
            let told = answer.refused(400, "invalid_grant");
            assert_eq!(told, "code_verifier is malformed");
        } else {
            answer.accepted();
        }
    }
    let long = format!("{VERIFIER}{VERIFIER}");
    let page = authorized(server, &request("excused", &challenge)).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code_of(&page)),
        ("client_id", "excused"),
        ("client_secret", SECRET),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &long),
    ];
    server.post(super::TOKEN, &form).await.refused(400, "invalid_grant");
}

async fn k14_a_command_line_signs_in_at_any_loopback_port(server: &TestServer) {
    server.apply(
        "[[clients]]\nclient_id = \"PlatformCLI\"\napplication_type = \"native\"\n\
         token_endpoint_auth_method = \"none\"\nredirect_uris = [\"http://localhost/OauthRedirect\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"refresh_token api web\"\n\
         require_consent = false\ncompat = [\"s256_without_method\", \"long_code_verifier\"]\n",
    );
    let challenge = challenge();
    for port in [1717, 8431] {
        let redirect = format!("http://localhost:{port}/OauthRedirect");
        let rp = RelyingParty::public(server, "PlatformCLI", &redirect);
        let mut browser = rp.browser();
        let params = [
            ("client_id", "PlatformCLI"),
            ("redirect_uri", &redirect),
            ("response_type", "code"),
            ("scope", "refresh_token api web"),
            ("state", "0123456789ab"),
            ("prompt", "login"),
            ("code_challenge", &challenge),
        ];
        // `prompt=login` asks for the password each time, and is satisfied by one answer to it.
        for _ in 0..2 {
            server.advance(10);
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(params)
                .finish();
            let page = browser
                .get(&server.at(&format!("/services/oauth2/authorize?{query}")))
                .await;
            let page = log_in(&mut browser, page, "alice").await;
            let form = [
                ("grant_type", "authorization_code"),
                ("code", &code_of(&page)),
                ("client_id", "PlatformCLI"),
                ("redirect_uri", &redirect),
                ("code_verifier", VERIFIER),
            ];
            let answer = server.post(super::TOKEN, &form).await.accepted();
            assert!(answer.text("refresh_token").starts_with("cs_rt_"));
        }
        // What such a client shows of an error is its description.
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params.iter().filter(|(name, _)| *name != "code_challenge"))
            .finish();
        let page = rp
            .browser()
            .get(&server.at(&format!("/services/oauth2/authorize?{query}")))
            .await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
        assert!(!page.query("error_description").unwrap().is_empty());
    }
}

async fn k18_scopes_with_commas_are_read_for_excused_clients(server: &TestServer) {
    let challenge = challenge();
    for client in ["excused", "strict"] {
        let mut params = request(client, &challenge).to_vec();
        params.retain(|(name, _)| *name != "scope");
        params.extend([("scope", "api,web"), ("code_challenge_method", "S256")]);
        let page = authorized(server, &params).await;
        if client == "strict" {
            assert_eq!(page.query("error").as_deref(), Some("invalid_scope"));
        } else {
            let answer = redeemed(server, client, &code_of(&page)).await.accepted();
            assert_eq!(answer.text("scope"), "api web");
        }
    }
}

async fn k19_a_client_that_asks_for_a_token_and_gets_a_code_is_served(server: &TestServer) {
    let challenge = challenge();
    let mut params = request("excused", &challenge).to_vec();
    params.retain(|(name, _)| *name != "response_type");
    params.push(("response_type", "token"));
    let page = authorized(server, &params).await;
    assert_eq!(page.fragment("error").as_deref(), Some("unauthorized_client"));
    authorized(server, &request("excused", &challenge))
        .await
        .query("code")
        .unwrap();
}

#[tokio::test]
async fn the_paths_are_not_there_unless_they_are_wanted() {
    let server = with_directory(DIRECTORY).start().await;
    for path in ["/services/oauth2/token", "/services/oauth2/revoke"] {
        server
            .post(path, &[("token", "x")])
            .await
            .refused(404, "invalid_request");
    }
    assert_eq!(server.get("/services/oauth2/authorize").await.status, 404);
    assert_eq!(server.get("/services/oauth2/userinfo").await.status, 404);
    assert_eq!(server.get("/id/00D/alice").await.status, 404);
}
