//! Answers that were made for something else, or by somebody else. WebAuthn Level 3 §7.2 and §13.

use countersign::manage::users;
use countersign::store;

use super::{answer, assert_denied, at_login, at_second_step, named, options, passkeys, prove, reason, register, said};
use crate::support::authenticator::{Authenticator, BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED};
use crate::support::on_both;
use crate::support::relying_party::RelyingParty;
use crate::support::server::TestServer;

on_both!(named();
    an_answer_counts_once_and_in_the_errand_it_was_made_for,
    an_answer_counts_for_the_purpose_it_was_made_for,
    a_challenge_expires,
    an_answer_is_its_owners_alone,
    what_an_authenticator_signs_is_what_it_must_be,
    a_copy_of_a_key_is_noticed_and_its_owner_told,
    a_key_that_was_removed_proves_nothing,
    a_key_that_learned_to_be_backed_up_signs_in_and_is_hardware_no_more,
);

const DENY: &str = "login.deny";
const FAILED: &str = "challenge.failed";

/// What an authenticator is told to do wrong.
type Lie = fn(&mut Authenticator);

async fn an_answer_counts_once_and_in_the_errand_it_was_made_for(server: &TestServer) {
    let (high, trusted, app) = (
        RelyingParty::new(server, "high"),
        RelyingParty::new(server, "trusted"),
        RelyingParty::new(server, "app"),
    );
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;

    // In another tab of the same browser.
    let (mut browser, one) = at_login(&app).await;
    let two = app.authorize(&mut browser, "openid", &[]).await;
    let credential = authenticator.get(&options(&mut browser, &one).await);
    assert_denied(&answer(&mut browser, &two, &credential).await);
    assert_eq!(reason(server, DENY), "challenge");
    // The right one is as good as before, once.
    let consent = answer(&mut browser, &one, &credential).await;
    assert_eq!(consent.page().as_deref(), Some("consent"), "{}", consent.body);
    let (mut thief, page) = at_login(&trusted).await;
    assert_denied(&answer(&mut thief, &page, &credential).await);
    assert_eq!(reason(server, DENY), "challenge");

    // A wrong answer uses its challenge up.
    let (mut browser, page) = at_login(&trusted).await;
    let asked = options(&mut browser, &page).await;
    let mut elsewhere = authenticator.clone();
    elsewhere.origin = "https://evil.example".to_owned();
    assert_denied(&answer(&mut browser, &page, &elsewhere.get(&asked)).await);
    assert_eq!(reason(server, DENY), "origin");
    assert_denied(&answer(&mut browser, &page, &authenticator.get(&asked)).await);
    assert_eq!(reason(server, DENY), "challenge");
}

async fn an_answer_counts_for_the_purpose_it_was_made_for(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    let (mut at_challenge, challenge) = at_second_step(&high, "alice").await;
    let (mut at_sign_in, login) = at_login(&trusted).await;
    let to_prove = options(&mut at_challenge, &challenge).await;
    let to_sign_in = options(&mut at_sign_in, &login).await;
    let (proof, sign_in) = (authenticator.get(&to_prove), authenticator.get(&to_sign_in));
    assert_denied(&answer(&mut at_sign_in, &login, &proof).await);
    assert_eq!(reason(server, DENY), "challenge");
    assert_denied(&answer(&mut at_challenge, &challenge, &sign_in).await);
    assert_eq!(reason(server, FAILED), "challenge");
    // Neither is a registration.
    let (mut bob, enrol) = at_second_step(&high, "bob").await;
    let asked = options(&mut bob, &enrol).await;
    let mut of_another = asked.clone();
    of_another["publicKey"]["challenge"] = to_prove["publicKey"]["challenge"].clone();
    let mut bobs = Authenticator::at(server);
    for credential in [bobs.create(&of_another), authenticator.get(&asked), "{}".into()] {
        assert_denied(&answer(&mut bob, &enrol, &credential).await);
    }
    assert!(passkeys(server, "bob").is_empty());
}

async fn a_challenge_expires(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    let (mut browser, page) = at_second_step(&high, "alice").await;
    let asked = options(&mut browser, &page).await;
    server.advance(301);
    assert_denied(&answer(&mut browser, &page, &authenticator.get(&asked)).await);
    assert_eq!(reason(server, FAILED), "challenge");
    // The offer in the field for the name stands as long as its page.
    let (mut browser, page) = at_login(&trusted).await;
    let asked = options(&mut browser, &page).await;
    server.advance(301);
    let page = answer(&mut browser, &page, &authenticator.get(&asked)).await;
    assert_eq!(said(&trusted, &mut browser, page).await["acr"], "phr");
}

async fn an_answer_is_its_owners_alone(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let (mut alices, mut bobs) = (Authenticator::at(server), Authenticator::at(server));
    register(&high, "alice", &mut alices).await;
    register(&high, "bob", &mut bobs).await;
    let (alice, bob) = (alices.key().clone(), bobs.key().clone());
    // Bob's key in alice's name, and under the name of her key.
    let mut as_alice = bob.clone();
    as_alice.user.clone_from(&alice.user);
    let mut with_her_key = as_alice.clone();
    with_her_key.id.clone_from(&alice.id);
    let mut nobody = bob.clone();
    nobody.user = vec![7; 16];
    for (key, told) in [
        (&as_alice, "unknown credential"),
        (&with_her_key, "signature"),
        (&nobody, "unknown credential"),
    ] {
        let (mut browser, page) = at_login(&trusted).await;
        let asked = options(&mut browser, &page).await;
        let page = answer(&mut browser, &page, &bobs.get_with(&asked, key)).await;
        assert_denied(&page);
        assert_eq!(reason(server, DENY), told);
        // A browser is told which passkeys it need not offer again, and of those alone.
        let unknown = page.attribute("form[data-passkey]", "data-unknown");
        assert_eq!(unknown.is_some(), told == "unknown credential");
    }
    // Beside alice's password it is no better.
    let mut in_bobs_name = alice.clone();
    in_bobs_name.user.clone_from(&bob.user);
    for (authenticator, key, told) in [
        (&mut bobs, &bob, "unknown credential"),
        (&mut alices, &in_bobs_name, "another user"),
    ] {
        let (mut browser, page) = at_second_step(&high, "alice").await;
        let asked = options(&mut browser, &page).await;
        assert_denied(&answer(&mut browser, &page, &authenticator.get_with(&asked, key)).await);
        assert_eq!(reason(server, FAILED), told);
    }
}

async fn what_an_authenticator_signs_is_what_it_must_be(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    authenticator.counter = 10;
    let lies: [(Lie, &str); 5] = [
        (|one| one.origin = "https://localhost.evil.example".to_owned(), "origin"),
        (|one| one.relying_party = "evil.example".to_owned(), "relying party"),
        (|one| one.flags = PRESENT, "user not verified"),
        (|one| one.flags = VERIFIED, "user not present"),
        (|one| one.flags |= BACKED_UP, "backup flags"),
    ];
    for (lie, told) in lies {
        let mut lying = authenticator.clone();
        lie(&mut lying);
        let (mut browser, page) = at_login(&trusted).await;
        assert_denied(&prove(&mut browser, &page, &mut lying).await);
        assert_eq!(reason(server, DENY), told, "to sign in");
        let (mut browser, page) = at_second_step(&high, "alice").await;
        assert_denied(&prove(&mut browser, &page, &mut lying).await);
        assert_eq!(reason(server, FAILED), told, "beside the password");
    }
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    let (mut browser, page) = at_login(&trusted).await;
    let page = prove(&mut browser, &page, &mut authenticator).await;
    assert_eq!(said(&trusted, &mut browser, page).await["acr"], "phr");
    // Nor is a registration believed that was made elsewhere, or that nobody touched the authenticator for.
    for (lie, told) in &lies[..4] {
        if *told == "user not verified" {
            continue;
        }
        let mut lying = Authenticator::at(server);
        lie(&mut lying);
        let (mut browser, page) = at_second_step(&high, "bob").await;
        let credential = lying.create(&options(&mut browser, &page).await);
        assert_denied(&answer(&mut browser, &page, &credential).await);
        assert_eq!(reason(server, FAILED), *told, "to register");
    }
}

async fn a_copy_of_a_key_is_noticed_and_its_owner_told(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    let mut copy = authenticator.clone();
    // Options that were made before do not turn the count back.
    let (mut early, early_page) = at_second_step(&high, "alice").await;
    let early_options = options(&mut early, &early_page).await;
    for _ in 0..2 {
        let (mut browser, page) = at_login(&trusted).await;
        let page = prove(&mut browser, &page, &mut authenticator).await;
        said(&trusted, &mut browser, page).await;
    }
    let told = server.messages().await.len();
    let (mut browser, page) = at_login(&trusted).await;
    assert_denied(&prove(&mut browser, &page, &mut copy).await);
    assert_eq!(reason(server, DENY), "signature counter went back");
    assert_denied(&answer(&mut early, &early_page, &copy.get(&early_options)).await);
    assert_eq!(reason(server, FAILED), "signature counter went back");
    let messages = server.messages().await;
    assert_eq!(messages.len(), told + 2);
    let message = &messages[told];
    assert!(
        message.to == "alice@example.com" && message.subject.contains("may have been copied"),
        "{message:?}"
    );
}

async fn a_key_that_was_removed_proves_nothing(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    let (mut at_sign_in, login) = at_login(&trusted).await;
    let to_sign_in = options(&mut at_sign_in, &login).await;
    let (mut at_challenge, challenge) = at_second_step(&high, "alice").await;
    let to_prove = options(&mut at_challenge, &challenge).await;
    let removed = passkeys(server, "alice").remove(0).id;
    server
        .manage(move |work, _| store::credentials::delete(work.tx, removed))
        .await;
    let page = answer(&mut at_sign_in, &login, &authenticator.get(&to_sign_in)).await;
    assert_denied(&page);
    assert_eq!(reason(server, DENY), "unknown credential");
    let id = countersign::crypto::digest::base64url(&authenticator.key().id);
    assert_eq!(page.attribute("form[data-passkey]", "data-unknown"), Some(id));
    // There is nothing left to be challenged with.
    let page = answer(&mut at_challenge, &challenge, &authenticator.get(&to_prove)).await;
    assert!(page.body.contains("not") && page.location.is_none(), "{}", page.body);
    assert_eq!(server.audit("challenge.passed").len(), 0);
}

async fn a_key_that_learned_to_be_backed_up_signs_in_and_is_hardware_no_more(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut authenticator = Authenticator::at(server);
    let token = register(&high, "alice", &mut authenticator).await;
    assert_eq!(token["amr"][0], "hwk");
    authenticator.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    for _ in 0..2 {
        let (mut browser, page) = at_login(&trusted).await;
        let page = prove(&mut browser, &page, &mut authenticator).await;
        let token = said(&trusted, &mut browser, page).await;
        assert_eq!((&token["acr"], &token["amr"][0]), (&"phr".into(), &"swk".into()));
    }
    // There is no way back.
    authenticator.flags = PRESENT | VERIFIED;
    let (mut browser, page) = at_login(&trusted).await;
    assert_denied(&prove(&mut browser, &page, &mut authenticator).await);
    assert_eq!(reason(server, DENY), "backup flags");
}
