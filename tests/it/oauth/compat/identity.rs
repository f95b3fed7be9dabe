//! Who a token is about, at the vendor's paths: K8, K15, K18.

use serde_json::json;

use super::{USERINFO, api_login, directory, named, tokens};
use crate::support::directory::with_client;
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, answer};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).with_compat_paths();
    k8_an_identity_is_told_to_a_token_that_comes_twice, k8_nobody_reads_another_s_identity,
    k15_userinfo_names_organisation_and_user_without_the_scope_openid, k18_a_token_in_the_query_is_for_excused_clients,
}

#[tokio::test]
async fn who_may_not_know_the_same_person_elsewhere_is_told_no_login_name() {
    let directory = with_client("trusted", "subject_type = \"pairwise\"");
    let server = with_directory(&directory).with_compat_paths().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let token = rp
        .tokens(&mut rp.browser(), "alice", "openid")
        .await
        .text("access_token");
    let said = ask(&server.at(USERINFO), Some(&token), &[]).await.accepted();
    assert!(said.body.get("preferred_username").is_none(), "{}", said.body);
    let id = format!("/id/{}/{}", said.text("organization_id"), said.text("user_id"));
    let told = ask(&server.at(&id), Some(&token), &[]).await.accepted();
    assert!(told.body["username"].is_null(), "{}", told.body);
}

/// Asks as `with` says: a token in the header, one in the query.
async fn ask(url: &str, header: Option<&str>, query: &[(&str, &str)]) -> Answer {
    let mut request = http().get(url::Url::parse_with_params(url, query).unwrap());
    if let Some(token) = header {
        request = request.bearer_auth(token);
    }
    answer(request).await
}

async fn k8_an_identity_is_told_to_a_token_that_comes_twice(server: &TestServer) {
    let answer = tokens(server).await;
    let (id, token) = (answer.text("id"), answer.text("access_token"));
    let (organisation, user) = named(&answer.body);
    let both = [("format", "json"), ("oauth_token", token.as_str())];
    for query in [&both[..], &both[..1]] {
        let told = ask(&id, Some(&token), query).await.accepted();
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let expected = json!({
            "id": id, "asserted_user": true, "user_id": user, "organization_id": organisation, "username": "alice",
            "display_name": null, "first_name": null, "last_name": null, "email": null, "email_verified": null,
            "locale": null, "active": true,
        });
        assert_eq!(told.body, expected, "what its scopes do not cover is not told");
    }
    let other = [("format", "json"), ("oauth_token", "another")];
    ask(&id, Some(&token), &other).await.refused_here(400);
}

async fn k8_nobody_reads_another_s_identity(server: &TestServer) {
    let answer = tokens(server).await;
    let (id, token) = (answer.text("id"), answer.text("access_token"));
    let (organisation, user) = named(&answer.body);
    for foreign in [
        format!("{}/id/{organisation}/{}", server.issuer, server.user("bob")),
        format!("{}/id/00D000000000000000/{user}", server.issuer),
    ] {
        ask(&foreign, Some(&token), &[]).await.refused_here(403);
    }
    for token in [None, Some("nothing")] {
        let told = ask(&id, token, &[]).await;
        assert_eq!(told.status, 401);
        assert_eq!(told.header("cache-control"), Some("no-store"));
        assert!(told.header("www-authenticate").unwrap().starts_with("Bearer "));
        // CLAUSES.md K20: the vendor's clients look into an array.
        let expected = json!([{ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" }]);
        assert_eq!(told.body, expected);
    }
}

async fn k15_userinfo_names_organisation_and_user_without_the_scope_openid(server: &TestServer) {
    let answer = tokens(server).await;
    let token = answer.text("access_token");
    let (organisation, user) = named(&answer.body);
    let request = http()
        .get(server.at(USERINFO))
        .bearer_auth(&token)
        .header("content-type", "application/json");
    let told = crate::support::relying_party::answer(request).await.accepted();
    let expected = json!({
        "sub": user, "user_id": user, "organization_id": organisation, "preferred_username": "alice",
    });
    assert_eq!(told.body, expected);
    // Our own endpoint is one of OpenID Connect.
    let own = ask(&server.at("/oauth2/userinfo"), Some(&token), &[]).await;
    assert_eq!(own.status, 403);
    // More scopes, more claims.
    let token = api_login(server, "strict").await.text("access_token");
    let told = ask(&server.at(USERINFO), Some(&token), &[]).await.accepted();
    assert_eq!(told.body["email"], "alice@example.com");
}

async fn k18_a_token_in_the_query_is_for_excused_clients(server: &TestServer) {
    let excused = tokens(server).await.text("access_token");
    let strict = api_login(server, "strict").await.text("access_token");
    let url = server.at(USERINFO);
    ask(&url, None, &[("access_token", &excused)]).await.accepted();
    ask(&url, None, &[("access_token", &strict)]).await.refused_here(400);
    // Never at our own path.
    let own = server.at("/oauth2/userinfo");
    assert_eq!(ask(&own, None, &[("access_token", &excused)]).await.status, 401);
    let twice = [("access_token", excused.as_str()), ("access_token", "x")];
    assert_eq!(ask(&url, None, &twice).await.status, 400);
}

impl Answer {
    /// Sees that this is an error of a resource with this status.
    #[track_caller]
    fn refused_here(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert!(!self.error().is_empty());
    }
}
