//! Refresh: rotation that a lost answer cannot break. RFC 6749 §6, RFC 9700 §4.14.

use countersign::crypto::digest::digest_of;
use countersign::manage::{clients, users};
use countersign::store;
use serde_json::json;

use crate::support::directory::{CALLBACK, DIRECTORY, SECRET, with_client};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, answer, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(DIRECTORY);
    each_refresh_rotates, a_lost_answer_is_given_again, a_later_retry_replaces_the_successor,
    a_used_token_ends_its_family, a_killed_token_ends_its_family, an_unused_token_expires, no_token_outlives_its_grant,
    a_disabled_user_gets_nothing, a_disabled_client_gets_nothing,
}

on_both! {
    with_directory(DIRECTORY).settings("[limits]\nrefreshes_per_grant = 2");
    retries_of_one_token_count_once_however_late,
}

on_both! {
    with_directory(DIRECTORY).settings("[limits]\nrefreshes_per_grant = 1000");
    parallel_refreshes_get_one_successor, parallel_late_retries_leave_one_branch,
}

/// Tokens of alice at the client `trusted`, whose access tokens are opaque.
async fn tokens(rp: &RelyingParty<'_>, scope: &str) -> Answer {
    rp.tokens(&mut rp.browser(), "alice", scope).await
}

async fn refresh_token(rp: &RelyingParty<'_>) -> String {
    tokens(rp, "openid offline_access").await.text("refresh_token")
}

async fn successor(rp: &RelyingParty<'_>, token: &str) -> String {
    rp.refresh(token).await.accepted().text("refresh_token")
}

fn live(server: &TestServer, token: &str) -> i64 {
    server
        .server
        .read_blocking(|view| {
            let found = store::tokens::find_refresh(view.tx, &digest_of(token))?.unwrap();
            store::tokens::count_live_refresh(view.tx, found.grant)
        })
        .unwrap()
}

async fn is_over(rp: &RelyingParty<'_>, tokens: &[&str]) {
    for token in tokens {
        rp.refresh(token).await.refused(400, "invalid_grant");
        assert_eq!(rp.introspect(token).await, json!({ "active": false }));
    }
}

async fn each_refresh_rotates(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let first = tokens(&rp, "openid offline_access").await;
    let mut token = first.text("refresh_token");
    assert!(token.starts_with("cs_rt_") && token.len() >= 6 + 43, "{token}");
    for _ in 0..3 {
        server.advance(100);
        let answer = rp.refresh(&token).await.accepted();
        let next = answer.text("refresh_token");
        assert_ne!(next, token);
        assert_eq!(answer.body["token_type"], "Bearer");
        assert_eq!(answer.body["scope"], "offline_access openid");
        assert_eq!(rp.introspect(&answer.text("access_token")).await["active"], true);
        assert_eq!(live(server, &next), 1);
        token = next;
    }
    // The access token of the beginning lives until its time is over, and no longer.
    assert_eq!(rp.introspect(&first.text("access_token")).await["active"], true);
    server.advance(600);
    assert_eq!(
        rp.introspect(&first.text("access_token")).await,
        json!({ "active": false })
    );
}

async fn a_lost_answer_is_given_again(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let next = successor(&rp, &token).await;
    for _ in 0..3 {
        server.advance(10);
        assert_eq!(successor(&rp, &token).await, next);
    }
    assert_eq!(live(server, &next), 1);
    let last = successor(&rp, &next).await;
    assert_ne!(last, next);
    assert_eq!(live(server, &last), 1);
}

async fn a_later_retry_replaces_the_successor(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let lost = successor(&rp, &token).await;
    server.advance(31);
    let replacement = successor(&rp, &token).await;
    assert_ne!(replacement, lost);
    assert_eq!(live(server, &replacement), 1, "one branch lives");
    // A retry of the retry is given the same.
    server.advance(30);
    assert_eq!(successor(&rp, &token).await, replacement);
    // The token that was replaced is known to somebody who should not have it.
    is_over(&rp, &[&lost, &replacement, &token]).await;
    assert_eq!(live(server, &replacement), 1, "the grant ended, not the token");
}

async fn retries_of_one_token_count_once_however_late(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let mut last = successor(&rp, &token).await;
    for _ in 0..3 {
        server.advance(31);
        let replacement = successor(&rp, &token).await;
        assert_ne!(replacement, last);
        last = replacement;
    }
    let last = successor(&rp, &last).await;
    rp.refresh(&last).await.refused(429, "temporarily_unavailable");
    let refused = &server.audit("token.refused");
    assert!(
        refused.iter().any(|entry| entry.body.contains("\"check\":1")),
        "{refused:?}"
    );
}

async fn a_used_token_ends_its_family(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let first = tokens(&rp, "openid offline_access").await;
    let token = first.text("refresh_token");
    let next = successor(&rp, &token).await;
    let last = rp.refresh(&next).await.accepted();
    // Even at once: the successor was used, so its holder has it.
    is_over(&rp, &[&token, &next, &last.text("refresh_token")]).await;
    for answer in [&first, &last] {
        let access = answer.text("access_token");
        assert_eq!(rp.introspect(&access).await, json!({ "active": false }));
        assert_eq!(rp.userinfo(&access).await.status, 401);
    }
    assert_eq!(server.audit("token.reused").len(), 1);
    // Another grant of the same user and client goes on.
    let other = refresh_token(&rp).await;
    successor(&rp, &other).await;
}

async fn a_killed_token_ends_its_family(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let killed = successor(&rp, &token).await;
    server.advance(31);
    let replacement = successor(&rp, &token).await;
    let last = successor(&rp, &replacement).await;
    assert_eq!(live(server, &last), 1);
    is_over(&rp, &[&killed, &last, &replacement, &token]).await;
}

async fn an_unused_token_expires(server: &TestServer) {
    const IDLE: i64 = 30 * 86_400;
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    server.advance(IDLE - 1);
    let next = successor(&rp, &token).await;
    server.advance(IDLE);
    // Neither the one that was not used, nor what came before it, which could bring another to life.
    is_over(&rp, &[&next, &token]).await;
    let fresh = refresh_token(&rp).await;
    server.advance(IDLE);
    is_over(&rp, &[&fresh]).await;
}

async fn no_token_outlives_its_grant(server: &TestServer) {
    const STEP: i64 = 29 * 86_400;
    let rp = RelyingParty::new(server, "trusted");
    let mut token = refresh_token(&rp).await;
    for _ in 0..12 {
        server.advance(STEP);
        token = successor(&rp, &token).await;
    }
    // 348 days; the lifetime is 365, whatever the last one's own idle time.
    let said = rp.introspect(&token).await;
    assert_eq!(said["exp"], server.now() + 17 * 86_400);
    server.advance(17 * 86_400 - 1);
    let last = successor(&rp, &token).await;
    server.advance(1);
    is_over(&rp, &[&last, &token]).await;
}

async fn a_disabled_user_gets_nothing(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    is_over(&rp, &[&token]).await;
    server
        .manage(move |work, actor| users::enable(work, actor, alice))
        .await;
    is_over(&rp, &[&token]).await;
}

async fn a_disabled_client_gets_nothing(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "trusted", true))
        .await;
    rp.refresh(&token).await.refused(401, "invalid_client");
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "trusted", false))
        .await;
    successor(&rp, &token).await;
}

/// Refreshes with this token many times at once; the successors that were given.
async fn in_parallel(server: &TestServer, token: &str, times: usize) -> Vec<String> {
    let requests: Vec<_> = (0..times)
        .map(|_| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
            let request = http()
                .post(server.at("/oauth2/token"))
                .basic_auth("trusted", Some(SECRET))
                .form(&form);
            tokio::spawn(answer(request))
        })
        .collect();
    let mut given = Vec::new();
    for request in requests {
        given.push(request.await.unwrap().accepted().text("refresh_token"));
    }
    given
}

async fn parallel_refreshes_get_one_successor(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let mut given = in_parallel(server, &token, 50).await;
    assert_eq!(given.len(), 50);
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 1, "one and the same successor");
    assert_eq!(live(server, &given[0]), 1);
    successor(&rp, &given[0]).await;
}

async fn parallel_late_retries_leave_one_branch(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let token = refresh_token(&rp).await;
    let lost = successor(&rp, &token).await;
    server.advance(31);
    let mut given = in_parallel(server, &token, 20).await;
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 1, "one replacement");
    assert_ne!(given[0], lost);
    assert_eq!(live(server, &given[0]), 1, "one live branch");
    successor(&rp, &given[0]).await;
}

#[tokio::test]
async fn it_comes_where_it_was_asked_for() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    for (scope, given) in [
        ("openid", false),
        ("openid profile", false),
        ("openid offline_access", true),
        ("profile", true),
        ("profile offline_access", true),
    ] {
        let answer = tokens(&rp, scope).await;
        assert_eq!(answer.body.get("refresh_token").is_some(), given, "{scope}");
        assert_eq!(
            answer.body.get("id_token").is_some(),
            scope.contains("openid"),
            "{scope}"
        );
        let mut words: Vec<&str> = scope.split(' ').collect();
        words.sort_unstable();
        assert_eq!(answer.body["scope"], words.join(" "));
    }
    // A client that is not registered for it gets none, and is not told that it has the scope.
    let changed = with_client("high", "").replace(
        "scope = \"openid\"\nrequire_consent = false\nrequired_acr = \"high\"",
        "scope = \"openid offline_access\"\nrequire_consent = false",
    );
    server.apply(&changed);
    let answer = tokens(&RelyingParty::new(&server, "high"), "openid offline_access").await;
    assert_eq!(answer.body.get("refresh_token"), None);
    assert_eq!(answer.body["scope"], "openid");
}

#[tokio::test]
async fn scope_shrinks_and_comes_back_and_never_grows() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut token = tokens(&rp, "openid profile offline_access").await.text("refresh_token");
    let ask = async |token: &str, scope: &str| {
        rp.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ])
        .await
    };
    for (asked, given) in [
        ("profile", "profile"),
        ("openid profile", "openid profile"),
        ("offline_access openid profile", "offline_access openid profile"),
        ("openid", "openid"),
        ("", "offline_access openid profile"),
    ] {
        let answer = ask(&token, asked).await.accepted();
        assert_eq!(answer.body["scope"], given);
        assert_eq!(answer.body.get("id_token").is_some(), given.contains("openid"));
        let said = rp.introspect(&answer.text("access_token")).await;
        assert_eq!(said["scope"], given);
        token = answer.text("refresh_token");
    }
    // `email` is registered, but was not granted; nothing moved on.
    for grown in ["email", "openid email", "openid nothing", "\"", "openid \u{e9}"] {
        ask(&token, grown).await.refused(400, "invalid_scope");
    }
    let resource = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
        ("resource", "https://api.example/opaque"),
    ];
    rp.token(&resource).await.refused(400, "invalid_target");
    assert_eq!(live(&server, &token), 1);
    successor(&rp, &token).await;
}

#[tokio::test]
async fn another_client_learns_and_ends_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let token = refresh_token(&rp).await;
    let thief = RelyingParty::new(&server, "app");
    let told = thief.refresh(&token).await.refused(400, "invalid_grant");
    assert_eq!(told, thief.refresh("cs_rt_unknown").await.refused(400, "invalid_grant"));
    let next = successor(&rp, &token).await;
    successor(&rp, &next).await;
    // Even a token that its own client used twice over.
    thief.refresh(&token).await.refused(400, "invalid_grant");
    assert_eq!(server.audit("token.reused").len(), 0);
    let public = RelyingParty::public(&server, "trusted", CALLBACK);
    public.refresh(&token).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn a_grant_is_not_refreshed_all_the_time() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut token = refresh_token(&rp).await;
    for _ in 0..30 {
        let next = successor(&rp, &token).await;
        // A retry counts once with what it retries.
        assert_eq!(successor(&rp, &token).await, next);
        token = next;
    }
    for _ in 0..3 {
        let answer = rp.refresh(&token).await;
        answer.refused(429, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("300"));
    }
    // Another grant is not held up, and nothing was lost.
    refresh_token(&rp).await;
    server.advance(299);
    rp.refresh(&token).await.refused(429, "temporarily_unavailable");
    server.advance(1);
    successor(&rp, &token).await;
}

#[tokio::test]
async fn assurance_stays_as_it_was() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let first = rp.tokens(&mut browser, "alice", "openid offline_access").await;
    let (before, access) = (claims(&first.text("id_token")), claims(&first.text("access_token")));
    // Example 13: the user's session rises to high meanwhile.
    server.advance(120);
    let high = RelyingParty::new(&server, "high");
    let page = high.authorize(&mut browser, "openid", &[]).await;
    enrol(&server, &mut browser, page).await;
    let second = rp.refresh(&first.text("refresh_token")).await.accepted();
    let (after, renewed) = (claims(&second.text("id_token")), claims(&second.text("access_token")));
    for member in ["iss", "sub", "aud", "azp", "acr", "amr", "auth_time", "sid"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    assert_eq!(after["acr"], "standard");
    assert_eq!(after["iat"], server.now());
    assert_eq!(after["exp"], server.now() + 900);
    // OpenID Connect Core §12.2: no nonce in an ID token of a refresh.
    assert_eq!(after.get("nonce"), None);
    for member in ["acr", "amr", "auth_time", "scope", "aud", "sub", "sid"] {
        assert_eq!(renewed[member], access[member], "{member}");
    }
    assert_ne!(renewed["jti"], access["jti"]);
}

/// Example 14: what the client requires rose above what the grant has.
#[tokio::test]
async fn a_raised_requirement_is_refused_or_honoured() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let token = refresh_token(&rp).await;
    server.apply(&with_client("trusted", "required_acr = \"high\""));
    let told = rp.refresh(&token).await.refused(400, "invalid_grant");
    assert_eq!(told, "reauthentication required");
    assert_eq!(live(&server, &token), 1, "the token was not used up");
    server.apply(&with_client(
        "trusted",
        "required_acr = \"high\"\non_requirement_raised = \"honour\"",
    ));
    let answer = rp.refresh(&token).await.accepted();
    assert_eq!(claims(&answer.text("id_token"))["acr"], "standard");
    server.apply(DIRECTORY);
    let token = successor(&rp, &answer.text("refresh_token")).await;
    server.apply("[[profiles]]\nname = \"default\"\nrequired_acr = \"high\"\n");
    rp.refresh(&token).await.refused(400, "invalid_grant");
    server.apply("[[profiles]]\nname = \"default\"\n");
    let token = successor(&rp, &token).await;
    server.apply("[organisation]\nrequired_acr = \"high\"\n");
    rp.refresh(&token).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_removed_factor_ends_what_rests_on_it() {
    let directory = with_client("trusted", "required_acr = \"high\"");
    let server = with_directory(&directory).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    let code = code_of(&page);
    let strong = rp.redeem(&code).await.accepted().text("refresh_token");
    server.apply(DIRECTORY);
    let weak = refresh_token(&rp).await;
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::reset_factors(work, actor, alice))
        .await;
    is_over(&rp, &[&strong]).await;
    successor(&rp, &weak).await;
}

#[tokio::test]
async fn a_public_client_refreshes_by_its_token_alone() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "native", "http://127.0.0.1:7777/callback");
    let token = refresh_token(&rp).await;
    let next = successor(&rp, &token).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", next.as_str())];
    server.post("/oauth2/token", &form).await.refused(401, "invalid_client");
    successor(&rp, &next).await;
    rp.refresh(&token).await.refused(400, "invalid_grant");
}
