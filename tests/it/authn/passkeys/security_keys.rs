//! Security keys that notice a touch and verify nobody: worth something beside a password, and nothing alone.

use countersign::model::credential::Credential;
use countersign::model::time::Timestamp;
use serde_json::json;

use super::{
    answer, assert_denied, at_login, at_second_step, hand_over, named, options, passkeys, prove, reason, register, said,
};
use crate::support::authenticator::{Authenticator, PRESENT, VERIFIED};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, log_in};
use crate::support::server::TestServer;

on_both!(named();
    a_key_that_verifies_nobody_reaches_phr_beside_a_password,
    a_key_that_verifies_nobody_never_signs_in_alone,
    a_key_that_showed_its_number_beside_a_password_signs_in,
    passkeys_and_security_keys_are_asked_for_together,
);

async fn a_key_that_verifies_nobody_reaches_phr_beside_a_password(server: &TestServer) {
    let high = RelyingParty::new(server, "high");
    let mut key = Authenticator::security_key(server);
    let (mut browser, page) = at_second_step(&high, "alice").await;
    let asked = options(&mut browser, &page).await;
    let selection = json!({ "residentKey": "preferred", "requireResidentKey": false, "userVerification": "preferred" });
    assert_eq!(asked["publicKey"]["authenticatorSelection"], selection);
    assert_eq!(asked["publicKey"]["attestation"], "none");
    let credential = key.create(&asked);
    let page = answer(&mut browser, &page, &credential).await;
    for page in [page, {
        let (mut again, page) = at_second_step(&high, "alice").await;
        assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
        let asked = options(&mut again, &page).await;
        assert_eq!(asked["publicKey"]["userVerification"], "preferred");
        answer(&mut again, &page, &key.get(&asked)).await
    }] {
        let token = said(&high, &mut browser, page).await;
        assert_eq!(token["acr"], "phr");
        assert_eq!(token["amr"], json!(["pwd", "hwk", "pop", "user", "mfa"]));
    }
}

async fn a_key_that_verifies_nobody_never_signs_in_alone(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut key = Authenticator::security_key(server);
    register(&high, "alice", &mut key).await;
    key.names_user = true;
    // As it is, and with the number that whoever found it gave it.
    for flags in [PRESENT, PRESENT | VERIFIED] {
        key.flags = flags;
        let (mut browser, page) = at_login(&trusted).await;
        assert_denied(&prove(&mut browser, &page, &mut key).await);
        assert_eq!(reason(server, "login.deny"), "user not verified");
    }
}

async fn a_key_that_showed_its_number_beside_a_password_signs_in(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut key = Authenticator::security_key(server);
    register(&high, "alice", &mut key).await;
    key.names_user = true;

    // A password from long before the errand is not beside it.
    let mut browser = trusted.browser();
    let page = trusted.sign_in(&mut browser, "alice", "openid").await;
    assert!(page.location.is_some());
    server.advance(60);
    let page = high.authorize(&mut browser, "openid", &[]).await;
    key.flags = PRESENT | VERIFIED;
    let page = prove(&mut browser, &page, &mut key).await;
    assert_eq!(said(&high, &mut browser, page).await["acr"], "phr");
    let (mut alone, page) = at_login(&trusted).await;
    assert_denied(&prove(&mut alone, &page, &mut key).await);

    let (mut browser, page) = at_second_step(&high, "alice").await;
    let page = prove(&mut browser, &page, &mut key).await;
    said(&high, &mut browser, page).await;
    let (mut alone, page) = at_login(&trusted).await;
    let page = prove(&mut alone, &page, &mut key).await;
    let token = said(&trusted, &mut alone, page).await;
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&json!("phr"), &json!(["hwk", "pop", "user", "mfa"]))
    );

    // From then on it is held to that.
    key.flags = PRESENT;
    let (mut browser, page) = at_second_step(&high, "alice").await;
    let asked = options(&mut browser, &page).await;
    assert_eq!(asked["publicKey"]["userVerification"], "required");
    assert_denied(&answer(&mut browser, &page, &key.get(&asked)).await);
    assert_eq!(reason(server, "challenge.failed"), "user not verified");
}

async fn passkeys_and_security_keys_are_asked_for_together(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let (mut passkey, mut key, mut second) = (
        Authenticator::at(server),
        Authenticator::security_key(server),
        Authenticator::at(server),
    );
    register(&high, "alice", &mut passkey).await;
    for one in [&mut key, &mut second] {
        register(&high, "bob", one).await;
        hand_over(server, ("bob", "alice"), one).await;
    }
    for one in [&mut passkey, &mut key, &mut second] {
        server.advance(60);
        let (mut browser, page) = at_second_step(&high, "alice").await;
        let asked = options(&mut browser, &page).await;
        assert_eq!(asked["publicKey"]["allowCredentials"].as_array().map(Vec::len), Some(3));
        assert_eq!(asked["publicKey"]["userVerification"], "preferred");
        let page = answer(&mut browser, &page, &one.get(&asked)).await;
        assert_eq!(said(&high, &mut browser, page).await["acr"], "phr");
        let last_used = |credential: &Credential| credential.last_used_at.map(Timestamp::as_seconds);
        let used_now = passkeys(server, "alice")
            .iter()
            .filter(|one| last_used(one) == Some(server.now()))
            .count();
        assert_eq!(used_now, 1, "each has its own last use");
    }
    // Both passkeys sign in. Where no password was given, a key that verifies nobody is worth nothing, and not asked for.
    for one in [&mut passkey, &mut second] {
        let (mut browser, page) = at_login(&trusted).await;
        let page = prove(&mut browser, &page, one).await;
        assert_eq!(said(&trusted, &mut browser, page).await["acr"], "phr");
        server.advance(60);
        let page = high.authorize(&mut browser, "openid", &[("max_age", "10")]).await;
        let asked = options(&mut browser, &page).await;
        assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
        assert_eq!(asked["publicKey"]["allowCredentials"].as_array().map(Vec::len), Some(2));
        assert_denied(&answer(&mut browser, &page, &key.get_with(&asked, &key.key().clone())).await);
        assert_eq!(reason(server, "challenge.failed"), "user not verified");
    }
    // A password leads to the list of all.
    let (mut browser, page) = at_login(&high).await;
    let page = log_in(&mut browser, page, "alice").await;
    let asked = options(&mut browser, &page).await;
    assert_eq!(asked["publicKey"]["allowCredentials"].as_array().map(Vec::len), Some(3));
}
