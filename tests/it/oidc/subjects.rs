//! Pairwise subject identifiers. OpenID Connect Core §8.

use serde_json::Value;

use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

fn client(id: &str, redirect_uris: &str, members: &str) -> String {
    format!(
        "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"test-secret-0123456789abcdef-0123456789abcdef\"\n\
         redirect_uris = [{redirect_uris}]\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\
         scope = \"openid offline_access\"\nrequire_consent = false\nid_token_signed_response_alg = \"ES256\"\n\
         access_token_signing_alg = \"ES256\"\nsubject_type = \"pairwise\"\n{members}\n"
    )
}

fn builder() -> Builder {
    let here = "\"https://app.example/callback\"";
    let dora = "\n[[users]]\nusername = \"dora\"\npassword = \"wonderland-tea-party\"\n";
    with_directory(&format!(
        "{DIRECTORY}{dora}{}{}{}",
        client("one", here, ""),
        client("two", here, ""),
        client(
            "far",
            here,
            "sector_identifier_uri = \"https://other.example/uris.json\""
        )
    ))
}

on_both! {
    builder();
    each_sector_has_its_own_name_for_somebody, each_sector_has_its_own_name_for_a_session, nobody_is_told_the_name_that_would_join_them, a_hint_names_its_user_by_the_clients_own_name,
}

async fn subjects(server: &TestServer, client_id: &str, username: &str) -> Vec<Value> {
    let rp = RelyingParty::new(server, client_id);
    let mut browser = rp.browser();
    let tokens = rp.tokens(&mut browser, username, "openid offline_access").await;
    let access = tokens.text("access_token");
    let refresh = tokens.text("refresh_token");
    let introspected = rp.introspect(&refresh).await["sub"].clone();
    let refreshed = rp.refresh(&refresh).await;
    vec![
        claims(&tokens.text("id_token"))["sub"].clone(),
        claims(&access)["sub"].clone(),
        rp.userinfo(&access).await.body["sub"].clone(),
        rp.introspect(&access).await["sub"].clone(),
        introspected,
        claims(&refreshed.text("id_token"))["sub"].clone(),
    ]
}

async fn each_sector_has_its_own_name_for_somebody(server: &TestServer) {
    let mut names = Vec::new();
    for (client_id, username) in [("one", "alice"), ("two", "alice"), ("far", "alice"), ("one", "dora")] {
        let mut said = subjects(server, client_id, username).await;
        said.dedup();
        assert_eq!(said.len(), 1, "{client_id} is told one name everywhere: {said:?}");
        names.extend(said);
    }
    let own = Value::from(server.user("alice").to_string());
    assert_eq!(names[0], names[1], "the same host is the same sector");
    assert!(names[0] != names[2] && names[0] != names[3] && !names.contains(&own));
}

async fn each_sector_has_its_own_name_for_a_session(server: &TestServer) {
    let mut browser = RelyingParty::new(server, "one").browser();
    let mut names = Vec::new();
    for client_id in ["one", "two", "far", "trusted"] {
        let rp = RelyingParty::new(server, client_id);
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let page = if page.page().as_deref() == Some("login") {
            log_in(&mut browser, page, "alice").await
        } else {
            page
        };
        let tokens = rp.redeem(&code_of(&page)).await.accepted();
        let name = claims(&tokens.text("id_token"))["sid"].clone();
        assert!(name.is_string());
        assert_eq!(rp.introspect(&tokens.text("access_token")).await["sid"], name);
        names.push((name, tokens.text("id_token")));
    }
    let sid = |at: usize| &names[at].0;
    assert_eq!(sid(0), sid(1), "the same host is the same sector");
    assert!(sid(0) != sid(2) && sid(0) != sid(3) && sid(2) != sid(3));
    // Each client ends it by its own name, without a question.
    let address = server.at(&format!("/oauth2/logout?id_token_hint={}", names[2].1));
    let page = browser.get(&address).await;
    assert_eq!(page.page().as_deref(), Some("signed-out"), "{}", page.body);
}

async fn nobody_is_told_the_name_that_would_join_them(server: &TestServer) {
    let service = RelyingParty::new(server, "service");
    for (client_id, scope, name) in [
        ("one", "openid offline_access", Value::Null),
        ("trusted", "openid offline_access", "alice".into()),
    ] {
        let rp = RelyingParty::new(server, client_id);
        let tokens = rp.tokens(&mut rp.browser(), "alice", scope).await;
        let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
        for said in [
            rp.introspect(&access).await,
            rp.introspect(&refresh).await,
            service.introspect(&access).await,
        ] {
            assert_eq!(
                (&said["active"], &said["username"]),
                (&true.into(), &name),
                "{client_id}"
            );
        }
    }
}

async fn a_hint_names_its_user_by_the_clients_own_name(server: &TestServer) {
    let rp = RelyingParty::new(server, "one");
    let mut browser = rp.browser();
    let tokens = rp.tokens(&mut browser, "alice", "openid").await;
    let hint = tokens.text("id_token");
    let silent = [("prompt", "none"), ("id_token_hint", hint.as_str())];
    code_of(&rp.authorize(&mut browser, "openid", &silent).await);
    let mut other = rp.browser();
    let page = rp.authorize(&mut other, "openid", &[]).await;
    log_in(&mut other, page, "dora").await;
    let page = rp.authorize(&mut other, "openid", &silent).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    // Nobody is named by their own identifier here.
    let own = format!(
        "{{\"id_token\":{{\"sub\":{{\"value\":\"{}\"}}}}}}",
        server.user("alice")
    );
    let page = rp
        .authorize(&mut browser, "openid", &[("prompt", "none"), ("claims", &own)])
        .await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn registered_levels_are_asked_for_where_a_request_names_none() {
    let members = "default_acr_values = [\"high\"]";
    let server = with_directory(&crate::support::directory::with_client("trusted", members))
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    code_of(
        &rp.authorize(&mut browser, "openid", &[("acr_values", "standard")])
            .await,
    );
}
