//! Answers that come back, and those that never do: replayed, swapped, mixed up, late, garbled. RFC 9700 §4.4, §4.7, RFC 9207.

use serde_json::json;

use super::{DECLINED, REFUSED, UNAVAILABLE, connect, go_on, listed, reaching, says, sign_in};
use crate::support::browser::Browser;
use crate::support::directory::PASSWORD;
use crate::support::page::Page;
use crate::support::provider::{Instead, Provider};
use crate::support::relying_party::RelyingParty;
use crate::support::server::{TestServer, on_both};

on_both!(reaching();
    an_answer_counts_once, an_answer_counts_in_its_browser_alone, an_answer_of_no_request_counts_nowhere,
    an_answer_counts_for_its_errand_alone, of_two_tabs_the_first_wins, who_answers_is_who_was_asked,
    what_the_provider_says_went_wrong_is_told, an_answer_comes_in_time, a_provider_that_fails_loses_nothing,
    what_is_fetched_is_guarded, too_many_tries_are_refused);

/// Where a provider sends a browser back to, without going there.
async fn sent_back(rp: &RelyingParty<'_>, browser: &mut Browser, provider: &Provider) -> String {
    let page = rp.authorize(browser, "openid", &[]).await;
    sent_back_from(rp, browser, (&page, provider)).await
}

async fn sent_back_from(rp: &RelyingParty<'_>, browser: &mut Browser, (page, provider): (&Page, &Provider)) -> String {
    let mut there = Browser::new();
    std::mem::swap(&mut there.cookies, &mut browser.cookies);
    there.stop_at(&provider.issuer());
    let left = go_on(&mut there, page, provider).await;
    std::mem::swap(&mut there.cookies, &mut browser.cookies);
    let mut stranger = Browser::new();
    stranger.stop_at(&rp.server.at("/"));
    let back = stranger
        .get(left.location.expect("a way to the provider").as_str())
        .await;
    back.location.expect("a way back").into()
}

#[track_caller]
fn expired(page: &Page) {
    assert_eq!(
        page.error_class().as_deref(),
        Some("expired_interaction"),
        "{}",
        page.body
    );
    assert!((400..500).contains(&page.status), "{}", page.status);
}

async fn an_answer_counts_once(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let back = sent_back(&rp, &mut browser, &provider).await;
    assert!(browser.get(&back).await.query("code").is_some());
    expired(&browser.get(&back).await);
    assert_eq!(provider.redeemed().len(), 1);
}

async fn an_answer_counts_in_its_browser_alone(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let (mut mine, mut theirs) = (rp.browser(), rp.browser());
    let back = sent_back(&rp, &mut mine, &provider).await;
    // In a browser without our cookies, and in one with others.
    expired(&rp.browser().get(&back).await);
    rp.authorize(&mut theirs, "openid", &[]).await;
    expired(&theirs.get(&back).await);
    assert!(provider.redeemed().is_empty());
    assert!(mine.get(&back).await.query("code").is_some());
}

async fn an_answer_of_no_request_counts_nowhere(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    rp.authorize(&mut browser, "openid", &[]).await;
    let long = "x".repeat(2_000);
    for query in [
        "",
        "?code=a",
        "?state=",
        "?state=unknown&code=a",
        &format!("?state={long}&code=a"),
    ] {
        expired(&browser.get(&server.at(&format!("/oauth2/callback{query}"))).await);
    }
    let twice = browser.get(&server.at("/oauth2/callback?state=a&state=b&code=c")).await;
    assert_eq!(
        (twice.status, twice.error_class().as_deref()),
        (400, Some("invalid_request"))
    );
    assert!(provider.redeemed().is_empty());
    let posted = server.post("/oauth2/callback", &[("state", "a")]).await;
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
}

async fn an_answer_counts_for_its_errand_alone(server: &TestServer) {
    let provider = listed(server, "").await;
    let (rp, high) = (RelyingParty::new(server, "trusted"), RelyingParty::new(server, "app"));
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let back = sent_back_from(&rp, &mut browser, (&page, &provider)).await;
    let other = high.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(other.page().as_deref(), Some("login"));
    // The answer ends the errand that asked, though another page was opened since.
    let done = browser.get(&back).await;
    assert!(done.query("code").is_some(), "{}", done.body);
    // The code is that client's and nobody else's.
    let code = done.query("code").unwrap();
    assert_eq!(high.redeem(&code).await.error(), "invalid_grant");
}

async fn of_two_tabs_the_first_wins(server: &TestServer) {
    let provider = listed(server, "").await;
    server.apply(&format!("[[users]]\nusername = \"dora\"\npassword = \"{PASSWORD}\"\n"));
    connect(server, &provider, "dora", "dora-there").await;
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let first = sent_back_from(&rp, &mut browser, (&page, &provider)).await;
    let second = sent_back_from(&rp, &mut browser, (&page, &provider)).await;
    assert_eq!(browser.get(&first).await.page().as_deref(), Some("consent"));
    // The other tab shows what is due now, and signs nobody else in.
    provider.signs_in("dora-there");
    let late = browser.get(&second).await;
    assert_eq!(late.page().as_deref(), Some("consent"), "{}", late.body);
    let account = browser.get(&server.at("/account")).await;
    assert!(account.body.contains("Alice Moreau"), "{}", account.body);
}

async fn who_answers_is_who_was_asked(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    for answer in [
        json!({ "iss": null }),
        json!({ "iss": "https://other.example" }),
        json!({ "iss": format!("{}/", provider.issuer()) }),
        // An error of another is none of this one's.
        json!({ "iss": null, "code": null, "error": "access_denied" }),
    ] {
        provider.answers(answer);
        says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, REFUSED);
    }
    assert!(provider.redeemed().is_empty());
    // Whoever does not promise it may leave it out, and may not be wrong.
    let other = Provider::start(server);
    other.metadata(json!({ "authorization_response_iss_parameter_supported": null }));
    server.apply(&other.listed(""));
    connect(server, &other, "alice", "alice-there").await;
    other.answers(json!({ "iss": null }));
    assert!(
        sign_in(&rp, &mut rp.browser(), &other, &[])
            .await
            .query("code")
            .is_some()
    );
    other.answers(json!({ "iss": provider.issuer() }));
    says(&sign_in(&rp, &mut rp.browser(), &other, &[]).await, REFUSED);
}

async fn what_the_provider_says_went_wrong_is_told(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    for (error, sentence) in [
        ("access_denied", DECLINED),
        ("login_required", DECLINED),
        ("unmet_authentication_requirements", DECLINED),
        ("server_error", UNAVAILABLE),
        ("temporarily_unavailable", UNAVAILABLE),
        ("invalid_request", UNAVAILABLE),
        ("<script>alert(1)</script>", UNAVAILABLE),
    ] {
        provider.answers(json!({ "code": null, "error": error, "error_description": "<b>said</b>" }));
        let page = sign_in(&rp, &mut browser, &provider, &[]).await;
        says(&page, sentence);
        assert!(!page.body.contains("<b>said") && !page.body.contains("alert(1)"));
    }
    provider.answers(json!({ "code": null }));
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    says(&page, UNAVAILABLE);
    assert!(provider.redeemed().is_empty());
    // The same errand goes on with another way.
    provider.recovers();
    assert!(go_on(&mut browser, &page, &provider).await.query("code").is_some());
}

async fn an_answer_comes_in_time(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let back = sent_back(&rp, &mut browser, &provider).await;
    server.advance(601);
    expired(&browser.get(&back).await);
    assert!(provider.redeemed().is_empty());
    // Nor does a provider answer that is not listed any more.
    let back = sent_back(&rp, &mut browser, &provider).await;
    let keys = crate::support::keys::toml(&provider.keys.jwks());
    server.apply(&format!(
        "[[issuers]]\nissuer = \"{}\"\njwks = {keys}\n",
        provider.issuer()
    ));
    expired(&browser.get(&back).await);
    assert!(provider.redeemed().is_empty());
}

async fn a_provider_that_fails_loses_nothing(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let mut page = rp.authorize(&mut browser, "openid", &[]).await;
    for instead in [
        Instead::Answer(500, "{}".into()),
        Instead::Answer(400, json!({ "error": "invalid_grant" }).to_string()),
        Instead::Answer(200, "<html>".into()),
        Instead::Answer(200, "[]".into()),
        Instead::Answer(200, "x".repeat(70_000)),
        Instead::Redirect(format!("{}/authorize", provider.issuer())),
        Instead::Hang,
    ] {
        provider.does("/token", Some(instead.clone()));
        page = go_on(&mut browser, &page, &provider).await;
        says(&page, UNAVAILABLE);
    }
    provider.recovers();
    assert!(go_on(&mut browser, &page, &provider).await.query("code").is_some());
}

async fn what_is_fetched_is_guarded(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    for instead in [
        Instead::Answer(404, String::new()),
        Instead::Answer(200, "nothing".into()),
        Instead::Answer(200, json!({ "issuer": "https://other.example" }).to_string()),
        Instead::Answer(200, "x".repeat(70_000)),
        Instead::Redirect("http://127.0.0.1:1/".into()),
        Instead::Hang,
    ] {
        // Each is a provider of its own, as what was fetched is kept for a while.
        let provider = listed(server, "").await;
        provider.does("/.well-known/openid-configuration", Some(instead));
        says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNAVAILABLE);
        server.apply_pruned("issuers = []");
        server.advance(61);
        let user = server.user("alice");
        let issuer = provider.issuer();
        server
            .manage(move |work, actor| countersign::manage::users::disconnect(work, actor, user, &issuer))
            .await;
    }
    // Endpoints are where the server may go, too.
    for endpoint in ["token_endpoint", "jwks_uri"] {
        let provider = listed(server, "").await;
        provider.metadata(json!({ endpoint: "http://10.0.0.1/inside" }));
        says(
            &sign_in(&rp, &mut rp.browser(), &provider, &[]).await,
            if endpoint == "jwks_uri" { REFUSED } else { UNAVAILABLE },
        );
        server.apply_pruned("issuers = []");
    }
}

async fn too_many_tries_are_refused(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let mut there = Browser::new();
    there.cookies = browser.cookies;
    there.stop_at(&provider.issuer());
    for _ in 0..60 {
        assert!(go_on(&mut there, &page, &provider).await.location.is_some());
    }
    let over = go_on(&mut there, &page, &provider).await;
    assert_eq!(
        (over.status, over.error_class().as_deref()),
        (429, Some("rate_limited"))
    );
}
