//! Signing out.

use crate::support::attack::{self, assert_error_page};
use crate::support::directory::DIRECTORY;
use crate::support::relying_party::RelyingParty;
use crate::support::server::with_directory;

async fn is_signed_in(rp: &RelyingParty<'_>, browser: &crate::support::browser::Browser) -> bool {
    let page = rp
        .authorize(&mut browser.clone(), "openid", &[("prompt", "none")])
        .await;
    page.query("code").is_some()
}

#[tokio::test]
async fn signing_out_is_asked_for_and_then_done() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = browser.get(&server.at("/oauth2/logout")).await;
    assert_eq!(page.page().as_deref(), Some("signed-out"), "nobody was signed in");
    rp.sign_in(&mut browser, "alice", "openid").await;
    let stolen = browser.clone();
    let page = browser.get(&server.at("/oauth2/logout")).await;
    assert_eq!(page.page().as_deref(), Some("logout"));
    assert!(page.body.contains("Alice Moreau"));
    assert!(is_signed_in(&rp, &browser).await, "asking is not doing");
    let stayed = browser.submit_with(page.form(), "decision", "cancel").await;
    assert_eq!((stayed.status, stayed.url.path()), (200, "/"));
    assert!(is_signed_in(&rp, &browser).await);
    let page = browser.submit_with(page.form(), "decision", "confirm").await;
    assert_eq!(page.page().as_deref(), Some("signed-out"));
    assert!(browser.cookies.named("cs_session").is_none());
    assert!(!is_signed_in(&rp, &browser).await && !is_signed_in(&rp, &stolen).await);
    assert_eq!(server.audit("session.ended").len(), 1);
}

#[tokio::test]
async fn nobody_else_signs_a_person_out() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, mut other) = (rp.browser(), rp.browser());
    rp.sign_in(&mut browser, "alice", "openid").await;
    rp.sign_in(&mut other, "alice", "openid").await;
    let form = browser.get(&server.at("/oauth2/logout")).await.form();
    let foreign = other
        .get(&server.at("/oauth2/logout"))
        .await
        .form()
        .value("csrf")
        .unwrap();
    let cross = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    for (form, headers) in [
        (form.clone().without("csrf"), &[][..]),
        (form.clone().set("csrf", &foreign), &[]),
        (form.clone(), &cross[..1]),
        (form.clone(), &cross[1..]),
    ] {
        assert_error_page(&attack::post(&browser, &form, headers).await, "cross_site");
        assert!(is_signed_in(&rp, &browser).await);
    }
    browser.submit_with(form, "decision", "confirm").await;
    assert!(is_signed_in(&rp, &other).await, "the other browser stays signed in");
}
