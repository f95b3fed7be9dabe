//! New passwords end sessions, and clients are told of that too. Back-Channel Logout 1.0 §2.3.

use countersign::jobs::run_due;
use serde_json::Value;

use super::back_channel::{listening, told};
use super::{browser, id_token, is_signed_in, two_clients};
use crate::support::browser::Browser;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::{Builder, TestServer};
use crate::support::service::Service;

const NEW: &str = "looking-glass-chess-game";

fn builder() -> Builder {
    two_clients().settings("[assurance]\ndevice_activation = \"off\"\n[messages]\nemail = { provider = \"capture\" }")
}

on_both! {
    builder();
    a_password_that_its_owner_changes_ends_the_other_sessions,
    a_password_that_is_reset_ends_every_session
}

/// A browser in which alice signed in at a client, and the session that the client knows.
async fn signed_in(rp: &RelyingParty<'_>) -> (Browser, Value) {
    let mut browser = browser(rp);
    let hint = id_token(rp, &mut browser, "openid").await;
    (browser, claims(&hint)["sid"].clone())
}

/// The sessions whose end a service was told of, in the order of their names.
async fn ended(server: &TestServer, service: &Service) -> Vec<String> {
    run_due(&server.server).await;
    let told = told(server, service, "ES256").await;
    let mut ended: Vec<String> = told
        .iter()
        .map(|token| token["sid"].as_str().unwrap().to_owned())
        .collect();
    ended.sort();
    ended
}

async fn a_password_that_its_owner_changes_ends_the_other_sessions(server: &TestServer) {
    let service = listening(server, "one", "ES256");
    let rp = RelyingParty::new(server, "one");
    let (mut here, _) = signed_in(&rp).await;
    let (there, sid) = signed_in(&rp).await;
    let page = here.get(&server.at("/account/security/password")).await;
    assert_eq!(page.page().as_deref(), Some("account-password"), "{}", page.body);
    let page = here.submit(page.form().set("password", NEW).set("confirm", NEW)).await;
    assert_eq!(page.page().as_deref(), Some("account-security"), "{}", page.body);
    assert_eq!(ended(server, &service).await, [sid.as_str().unwrap()]);
    assert!(is_signed_in(&rp, &here).await && !is_signed_in(&rp, &there).await);
}

async fn a_password_that_is_reset_ends_every_session(server: &TestServer) {
    let service = listening(server, "one", "ES256");
    let rp = RelyingParty::new(server, "one");
    let (one, other) = (signed_in(&rp).await, signed_in(&rp).await);
    let mut expected = [&one.1, &other.1].map(|sid| sid.as_str().unwrap().to_owned());
    expected.sort();

    let mut elsewhere = browser(&rp);
    let page = rp.authorize(&mut elsewhere, "openid", &[]).await;
    let page = elsewhere.get(page.link("#forgot").as_str()).await;
    elsewhere.submit(page.form().set("username", "alice")).await;
    assert!(ended(server, &service).await.is_empty(), "asking ends nothing");
    let messages = server.messages().await;
    let mut lines = messages.iter().flat_map(|message| message.text.lines());
    let link = lines.find(|line| line.contains("/reset/")).expect("a link");
    let page = elsewhere.get(link).await;
    let page = elsewhere
        .submit(page.form().set("password", NEW).set("confirm", NEW))
        .await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (200, Some("notice")),
        "{}",
        page.body
    );
    assert_eq!(ended(server, &service).await, expected);
    for (browser, _) in [&one, &other] {
        assert!(!is_signed_in(&rp, browser).await);
    }
}
