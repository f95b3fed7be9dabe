//! `prompt` and `max_age`.

use super::{ask, assert_refused, start};
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, log_in};

#[tokio::test]
async fn prompt_none_names_what_would_be_asked() {
    let server = start().await;
    let trusted = RelyingParty::new(&server, "trusted");
    let mut browser = trusted.browser();
    let none = [("prompt", "none")];
    assert_refused(&trusted, &ask(&trusted, &mut browser, &none).await, "login_required");
    trusted.sign_in(&mut browser, "alice", "openid").await;
    let page = ask(&trusted, &mut browser, &none).await;
    assert_eq!(trusted.redeem(&code_of(&page)).await.status, 200);
    let app = RelyingParty::new(&server, "app");
    assert_refused(&app, &ask(&app, &mut browser, &none).await, "consent_required");
    let high = RelyingParty::new(&server, "high");
    assert_refused(&high, &ask(&high, &mut browser, &none).await, "interaction_required");
    // ASSURANCE.md §12, example 4: a profile that demands a second factor.
    let staff = RelyingParty::new(&server, "trusted");
    let mut other = staff.browser();
    let page = ask(&staff, &mut other, &[]).await;
    let page = log_in(&mut other, page, "bob").await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
    assert_refused(&staff, &ask(&staff, &mut other, &none).await, "interaction_required");
}

#[tokio::test]
async fn prompt_login_wants_the_password_again() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    server.advance(10);
    for prompt in ["login", "select_account", "login consent"] {
        let page = ask(&rp, &mut browser, &[("prompt", prompt)]).await;
        assert_eq!(page.page().as_deref(), Some("login"), "{prompt}");
        let page = log_in(&mut browser, page, "alice").await;
        let page = agree(&mut browser, page).await;
        let answer = rp.redeem(&code_of(&page)).await;
        assert_eq!(claims(&answer.text("id_token"))["auth_time"], server.now());
        server.advance(10);
    }
    let page = ask(&rp, &mut browser, &[("prompt", "select_account")]).await;
    let before = rp.redeem(&code_of(&ask(&rp, &mut browser, &[]).await)).await;
    let page = log_in(&mut browser, page, "carol").await;
    let after = rp.redeem(&code_of(&page)).await;
    let subject = |answer: &crate::support::relying_party::Answer| claims(&answer.text("id_token"))["sub"].clone();
    assert_ne!(subject(&before), subject(&after), "another account was chosen");
}

#[tokio::test]
async fn prompt_consent_asks_again() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid profile").await;
    let page = rp.authorize(&mut browser, "openid profile", &[]).await;
    code_of(&page);
    let page = rp
        .authorize(&mut browser, "openid profile", &[("prompt", "consent")])
        .await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    assert!(
        page.body.contains("<code>profile</code>"),
        "every scope is shown, agreed to or not"
    );
    code_of(&agree(&mut browser, page).await);
    let trusted = RelyingParty::new(&server, "trusted");
    let page = ask(&trusted, &mut browser, &[("prompt", "consent")]).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    code_of(&agree(&mut browser, page).await);
}

#[tokio::test]
async fn max_age_counts_whole_seconds_inclusively() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    let began = server.now();
    server.advance(100);
    let page = ask(&rp, &mut browser, &[("prompt", "none"), ("max_age", "100")]).await;
    let id_token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(id_token["auth_time"], began);
    for max_age in ["99", "1", "0"] {
        let page = ask(&rp, &mut browser, &[("prompt", "none"), ("max_age", max_age)]).await;
        assert_refused(&rp, &page, "login_required");
    }
    let page = ask(&rp, &mut browser, &[("max_age", "99")]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let id_token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(id_token["auth_time"], server.now());
}

#[tokio::test]
async fn a_slow_person_does_not_go_round_in_circles() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    for max_age in ["0", "1"] {
        server.advance(5);
        let page = ask(&rp, &mut browser, &[("max_age", max_age), ("prompt", "consent")]).await;
        server.advance(60);
        let page = log_in(&mut browser, page, "alice").await;
        server.advance(60);
        code_of(&agree(&mut browser, page).await);
    }
}
