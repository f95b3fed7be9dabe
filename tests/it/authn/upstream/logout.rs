//! Sessions end here that ended there. OpenID Connect Back-Channel Logout §2.4 to §2.8.

use countersign::model::signing_key::Algorithm;
use serde_json::json;

use super::{connect, listed, reaching, sign_in};
use crate::support::browser::Browser;
use crate::support::directory::{PASSWORD, with_client};
use crate::support::forgery::Forger;
use crate::support::keys::{Keys, with, with_signature};
use crate::support::provider::{Instead, Provider};
use crate::support::relying_party::{Answer, RelyingParty, code_of};
use crate::support::server::{TestServer, on_both, with_directory};
use crate::support::service::{Behaviour, Service};

on_both!(reaching();
    a_session_there_ends_those_that_came_from_it, an_account_there_ends_all_of_its_sessions,
    logout_tokens_that_are_wrong_end_nothing, a_logout_token_counts_once, forged_logout_tokens_end_nothing);

const PATH: &str = "/oauth2/backchannel_logout";

async fn tell(server: &TestServer, token: &str) -> Answer {
    server.post(PATH, &[("logout_token", token)]).await
}

async fn is_signed_in(rp: &RelyingParty<'_>, browser: &mut Browser) -> bool {
    rp.authorize(browser, "openid", &[]).await.query("code").is_some()
}

/// Browsers that signed in from two sessions there, and one that signed in with a password.
async fn signed_in(rp: &RelyingParty<'_>, provider: &Provider) -> [Browser; 3] {
    let mut browsers = [rp.browser(), rp.browser(), rp.browser()];
    for (number, browser) in browsers.iter_mut().enumerate().take(2) {
        provider.claims(json!({ "sid": format!("session-{number}") }));
        assert!(sign_in(rp, browser, provider, &[]).await.query("code").is_some());
    }
    let page = rp.authorize(&mut browsers[2], "openid", &[]).await;
    let form = page
        .form_at("form[action$=login]")
        .set("username", "alice")
        .set("password", PASSWORD);
    assert!(browsers[2].submit(form).await.query("code").is_some());
    browsers
}

async fn a_session_there_ends_those_that_came_from_it(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browsers = signed_in(&rp, &provider).await;
    let other = Provider::start(server);
    server.apply(&other.listed(""));
    // The same name at another provider is another session.
    tell(server, &other.logout_token(json!({ "sid": "session-0" })))
        .await
        .accepted();
    // Nor is it that of another account there.
    tell(
        server,
        &provider.logout_token(json!({ "sid": "session-0", "sub": "bob-there" })),
    )
    .await
    .accepted();
    assert!(is_signed_in(&rp, &mut browsers[0]).await);
    let told = tell(
        server,
        &provider.logout_token(json!({ "sid": "session-0", "sub": "alice-there" })),
    )
    .await;
    assert_eq!((told.status, told.header("cache-control")), (200, Some("no-store")));
    assert!(!is_signed_in(&rp, &mut browsers[0]).await);
    assert!(is_signed_in(&rp, &mut browsers[1]).await);
    tell(server, &provider.logout_token(json!({ "sid": "session-1" })))
        .await
        .accepted();
    assert!(!is_signed_in(&rp, &mut browsers[1]).await);
    assert!(is_signed_in(&rp, &mut browsers[2]).await);
    let ended = server.audit("session.ended");
    assert_eq!(ended.len(), 2);
    assert!(ended[0].body.contains(&provider.issuer()));
}

async fn an_account_there_ends_all_of_its_sessions(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browsers = signed_in(&rp, &provider).await;
    connect(server, &provider, "bob", "bob-there").await;
    tell(server, &provider.logout_token(json!({ "sub": "nobody" })))
        .await
        .accepted();
    tell(server, &provider.logout_token(json!({ "sub": "bob-there" })))
        .await
        .accepted();
    assert!(is_signed_in(&rp, &mut browsers[0]).await);
    tell(server, &provider.logout_token(json!({ "sub": "alice-there" })))
        .await
        .accepted();
    for (browser, still) in browsers.iter_mut().zip([false, false, true]) {
        assert_eq!(is_signed_in(&rp, browser).await, still);
    }
}

async fn logout_tokens_that_are_wrong_end_nothing(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let [mut browser, ..] = signed_in(&rp, &provider).await;
    let now = server.now();
    for wrong in [
        json!({ "iss": "https://other.example" }),
        json!({ "aud": "somebody-else" }),
        json!({ "aud": ["countersign at work", "somebody-else"] }),
        json!({ "aud": null }),
        json!({ "iat": null }),
        json!({ "iat": now + 61 }),
        json!({ "exp": null }),
        json!({ "exp": now - 61 }),
        json!({ "exp": now + 100_000 }),
        json!({ "events": null }),
        json!({ "events": { "http://schemas.openid.net/event/other": {} } }),
        json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": true } }),
        json!({ "nonce": "n" }),
        json!({ "jti": null }),
        json!({ "sub": null, "sid": null }),
        json!({ "sub": 7, "sid": "" }),
    ] {
        let mut claims = json!({ "sub": "alice-there" });
        claims
            .as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        let answer = tell(server, &provider.logout_token(claims)).await;
        assert_eq!(answer.status, 400, "{wrong}");
        answer.refused(400, "invalid_request");
    }
    for form in [
        vec![],
        vec![("logout_token", "garbage")],
        vec![("token", "a"), ("logout_token", "")],
    ] {
        server.post(PATH, &form).await.refused(400, "invalid_request");
    }
    let huge = provider.logout_token(json!({ "sub": "alice-there", "padding": "x".repeat(20_000) }));
    tell(server, &huge).await.refused(400, "invalid_request");
    let asked = crate::support::endpoint::http()
        .get(server.at(PATH))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (asked.status().as_u16(), asked.headers()["allow"].to_str().unwrap()),
        (405, "POST")
    );
    assert!(is_signed_in(&rp, &mut browser).await);
}

async fn a_logout_token_counts_once(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let [mut browser, ..] = signed_in(&rp, &provider).await;
    let token = provider.logout_token(json!({ "sub": "alice-there" }));
    tell(server, &token).await.accepted();
    assert!(sign_in(&rp, &mut browser, &provider, &[]).await.query("code").is_some());
    tell(server, &token).await.refused(400, "invalid_request");
    assert!(is_signed_in(&rp, &mut browser).await);
}

async fn forged_logout_tokens_end_nothing(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let [mut browser, ..] = signed_in(&rp, &provider).await;
    let now = server.now();
    let claims = json!({
        "iss": provider.issuer(), "aud": "countersign at work", "iat": now, "exp": now + 120, "jti": "one",
        "sub": "alice-there", "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let (keys, forger) = (&provider.keys, Forger::new());
    let header = json!({ "alg": "ES256", "typ": "logout+jwt", "kid": keys.kid() });
    let mut tokens = forger.forgeries(&header, &claims, &keys.jwk());
    let own = with_signature(
        &with(header, json!({ "crit": ["exp"] })),
        &claims,
        keys.sign(&claims).rsplit('.').next().unwrap(),
    );
    tokens.extend([
        ("algorithm", Keys::new(Algorithm::EdDsa).sign_as("logout+jwt", &claims)),
        ("type", keys.sign_as("at+jwt", &claims)),
        ("crit", own),
    ]);
    for (why, token) in tokens {
        let answer = tell(server, &token).await;
        assert_eq!(answer.status, 400, "{why}");
        answer.refused(400, "invalid_request");
    }
    forger.assert_never_asked();
    assert!(is_signed_in(&rp, &mut browser).await);
    // The type may be left out (§2.4), so the same token as it should be ends it.
    tell(server, &keys.sign(&claims)).await.accepted();
    assert!(!is_signed_in(&rp, &mut browser).await);
}

#[tokio::test]
async fn a_provider_whose_keys_are_not_there_is_asked_to_tell_again() {
    let server = reaching().start().await;
    let provider = Provider::start(&server);
    server.apply(&provider.listed(""));
    connect(&server, &provider, "alice", "alice-there").await;
    let token = provider.logout_token(json!({ "sub": "alice-there" }));
    provider.does(
        "/.well-known/openid-configuration",
        Some(Instead::Answer(500, String::new())),
    );
    let refused = tell(&server, &token).await;
    refused.refused(429, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), Some("300"));
    server.stop().await;
}

#[tokio::test]
async fn our_clients_are_told_in_turn() {
    let service = Service::start(Behaviour::Answer(200, String::new()));
    let uri = format!("backchannel_logout_uri = \"{}\"", service.url("/logout"));
    let server = with_directory(&with_client("trusted", &uri))
        .settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\ntimeout = 1")
        .start()
        .await;
    let provider = listed(&server, "").await;
    let rp = RelyingParty::new(&server, "trusted");
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    rp.redeem(&code_of(&page)).await.accepted();
    tell(&server, &provider.logout_token(json!({ "sub": "alice-there" })))
        .await
        .accepted();
    server.messages().await;
    let told = service.asked();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].body.starts_with("logout_token="));
    server.stop().await;
}
