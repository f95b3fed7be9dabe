//! Getting a security token, and what voids it. CLAUSES.md S49 to S52, C10.

use countersign::crypto::random::Random;
use countersign::manage::{api_login_tokens, passwords, users};
use countersign::model::actor::Actor;
use countersign::model::evidence::Acr;
use countersign::model::id::{SessionId, UserId};
use countersign::model::secret::Secret;
use countersign::store;
use countersign::work::Origin;

use crate::support::api_login::{TRUSTING, VERIFY, directory, person};
use crate::support::directory::PASSWORD;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty};
use crate::support::server::{TestServer, with_directory};

const NEW: &str = "a-mad-tea-party-indeed";

on_both! {
    with_directory(&directory()).settings(VERIFY);
    s49_a_token_is_had_by_reset_alone_and_by_whom, s50_the_token_is_mailed_and_kept_nowhere,
    s50_a_mail_that_cannot_be_sent_leaves_no_token, s51_a_token_ends_with_the_next_one,
    s51_an_order_that_was_voided_makes_no_token, s52_a_changed_password_breaks_programs, c10_a_change_ends_password_grants
}

/// Somebody signed in as this user.
fn signed_in(user: UserId) -> Actor {
    Actor::User {
        user,
        session: SessionId::from_bytes([7; 16]),
        acr: Acr::Standard,
        auth_time: None,
    }
}

/// Resets a token; what a refusal says.
async fn reset(server: &TestServer, actor: Actor, user: UserId) -> Result<(), String> {
    let reset = server.server.perform(Origin::default(), move |work| {
        api_login_tokens::reset(work, &actor, user)
    });
    reset.await.map_err(|error| error.to_string())
}

fn phc(server: &TestServer) -> String {
    let hasher = &server.server.shared().hasher;
    hasher.hash(&Secret::new(NEW), &mut Random::from_os()).unwrap()
}

/// Alice changes her password, as she would on a page of ours.
async fn change_own(server: &TestServer) {
    let (alice, phc) = (server.user("alice"), phc(server));
    server
        .manage(move |work, _| passwords::change_own(work, &signed_in(alice), phc))
        .await;
}

/// An operator sets alice's password.
async fn set(server: &TestServer) {
    let (alice, phc) = (server.user("alice"), phc(server));
    server
        .manage(move |work, actor| users::set_password(work, actor, alice, phc))
        .await;
}

async fn s49_a_token_is_had_by_reset_alone_and_by_whom(server: &TestServer) {
    server.apply(&format!(
        "[[profiles]]\nname = \"ranged\"\nlogin_ip_ranges = [\"127.0.0.0/8\"]\n{}{}{}",
        person("ranged", "ranged"),
        person("robot", "default") + "api_only = true\n",
        person("dora", "default"),
    ));
    let user = |name: &str| server.user(name);
    for (name, told) in [
        ("ranged", "login ranges"),
        ("robot", "for APIs alone"),
        ("carol", "one-time code"),
        ("bob", "has no mail address"),
    ] {
        for actor in [Actor::Operator, signed_in(user(name))] {
            let refused = reset(server, actor, user(name)).await.unwrap_err();
            assert!(refused.contains(told), "{name}: {refused}");
        }
    }
    for actor in [signed_in(user("alice")), Actor::FirstVisitor] {
        let refused = reset(server, actor, user("dora")).await.unwrap_err();
        assert!(refused.contains("permission"), "{refused}");
    }
    assert!(server.messages().await.is_empty() && server.audit("api_token.reset").is_empty());
    reset(server, signed_in(user("dora")), user("dora")).await.unwrap();
    let token = server.mailed_token("dora").await;
    server.api_login("dora", &format!("{PASSWORD}{token}")).await.accepted();
    let actor = &server.youngest("api_token.reset")["actor"];
    assert_eq!(actor["user"], user("dora").to_string());
    // A new password gives none to those who had none.
    change_own(server).await;
    let mails = server.messages().await;
    let tokens = mails.iter().filter(|mail| mail.subject.contains("security token"));
    assert_eq!(tokens.count(), 1);
    let dora = user("dora");
    server
        .manage(move |work, actor| users::disable(work, actor, dora))
        .await;
    assert!(reset(server, signed_in(dora), dora).await.is_err());
}

async fn s50_the_token_is_mailed_and_kept_nowhere(server: &TestServer) {
    let token = server.security_token("alice").await;
    let messages = server.messages().await;
    let [mail] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(mail.to, "alice@example.com");
    assert!(!mail.subject.contains(&token));
    assert_eq!(server.youngest("api_token.mailed")["detail"]["to"], "….com");
    let kept: Vec<String> = ["api_token.reset", "api_token.mailed"]
        .iter()
        .flat_map(|event| server.audit(event))
        .map(|entry| entry.body)
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(!kept.concat().contains(&token));
    let alice = server.user("alice");
    let digest = server
        .server
        .read_blocking(|view| store::api_login_tokens::find(view.tx, alice));
    let plain = countersign::crypto::digest::digest_of(&token);
    assert_ne!(digest.unwrap().unwrap(), plain, "not without the master key");
}

async fn s50_a_mail_that_cannot_be_sent_leaves_no_token(server: &TestServer) {
    let token = server.security_token("alice").await;
    let mail = |address: &str| {
        let user = person("alice", "default");
        server.apply(&user.replace("alice@example.com", address));
    };
    mail("alice@example.com\\nBcc: eve@example.com");
    let alice = server.user("alice");
    reset(server, Actor::Operator, alice).await.unwrap();
    assert_eq!(server.messages().await.len(), 1, "the first one alone");
    server.api_login("alice", &format!("{PASSWORD}{token}")).await.denied();
    assert_eq!(server.audit("api_token.mailed").len(), 1);
    mail("alice@example.com");
    let token = server.security_token("alice").await;
    server
        .api_login("alice", &format!("{PASSWORD}{token}"))
        .await
        .accepted();
}

async fn s51_a_token_ends_with_the_next_one(server: &TestServer) {
    let first = server.security_token("alice").await;
    let login = async |token: &str| server.api_login("alice", &format!("{PASSWORD}{token}")).await;
    server.advance(400 * 86_400);
    login(&first).await.accepted();
    let alice = server.user("alice");
    reset(server, signed_in(alice), alice).await.unwrap();
    login(&first).await.denied();
    let second = server.mailed_token("alice").await;
    assert_ne!(first, second);
    login(&first).await.denied();
    login(&second).await.accepted();
}

/// A job that runs late, or again, brings nothing back.
async fn s51_an_order_that_was_voided_makes_no_token(server: &TestServer) {
    let alice = server.user("alice");
    server
        .manage(move |work, actor| api_login_tokens::reset(work, actor, alice))
        .await;
    let ordered_at = server.server.clock().now();
    server.advance(1);
    set(server).await;
    let make = |at| move |work: &mut countersign::work::Work<'_>| api_login_tokens::make(work, alice, at);
    let late = server.server.perform(Origin::default(), make(ordered_at)).await;
    assert!(late.unwrap().is_none());
    let token = server.mailed_token("alice").await;
    assert_eq!(server.messages().await.len(), 1);
    server.api_login("alice", &format!("{NEW}{token}")).await.accepted();
    // Whoever may not have one any more gets none, though it was ordered before.
    server
        .manage(move |work, actor| api_login_tokens::reset(work, actor, alice))
        .await;
    server.apply(&person("alice", "api").replace(PASSWORD, NEW));
    assert_eq!(server.messages().await.len(), 1);
    assert_eq!(server.audit("api_token.voided").len(), 1);
}

async fn s52_a_changed_password_breaks_programs(server: &TestServer) {
    let first = server.security_token("alice").await;
    change_own(server).await;
    for string in [format!("{PASSWORD}{first}"), format!("{NEW}{first}"), NEW.to_owned()] {
        server.api_login("alice", &string).await.denied();
    }
    let second = server.mailed_token("alice").await;
    server.api_login("alice", &format!("{NEW}{second}")).await.accepted();
    set(server).await;
    server.api_login("alice", &format!("{NEW}{second}")).await.denied();
    let third = server.mailed_token("alice").await;
    server.api_login("alice", &format!("{NEW}{third}")).await.accepted();
    // A directory file that sets a password is an operator's reset, too.
    server.apply(&person("alice", "default"));
    server.api_login("alice", &format!("{PASSWORD}{third}")).await.denied();
    let fourth = server.mailed_token("alice").await;
    server
        .api_login("alice", &format!("{PASSWORD}{fourth}"))
        .await
        .accepted();
}

/// Alice's refresh tokens, of the password grant and of the browser.
async fn refresh_tokens(server: &TestServer, password: &str) -> [String; 2] {
    server.apply(TRUSTING);
    let scope = [("scope", "calendar")];
    let program = server
        .api_login_with("loader", "alice", password, &scope)
        .await
        .accepted();
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "offline_access", &[]).await;
    let form = page.form().set("username", "alice").set("password", password);
    let page = browser.submit(form).await;
    let app = rp
        .redeem(&crate::support::relying_party::code_of(&page))
        .await
        .accepted();
    [program.text("refresh_token"), app.text("refresh_token")]
}

async fn refreshed(server: &TestServer, [program, app]: &[String; 2]) -> [Answer; 2] {
    [
        RelyingParty::new(server, "loader").refresh(program).await,
        RelyingParty::new(server, "trusted").refresh(app).await,
    ]
}

async fn c10_a_change_ends_password_grants(server: &TestServer) {
    let tokens = refresh_tokens(server, PASSWORD).await;
    change_own(server).await;
    let [program, app] = refreshed(server, &tokens).await;
    program.refused(400, "invalid_grant");
    app.accepted();
    let tokens = refresh_tokens(server, NEW).await;
    set(server).await;
    for answer in refreshed(server, &tokens).await {
        answer.refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn c10_a_change_may_end_every_grant() {
    let server = with_directory(&directory())
        .passwords("change_revokes = \"all\"")
        .start()
        .await;
    let tokens = refresh_tokens(&server, PASSWORD).await;
    change_own(&server).await;
    for answer in refreshed(&server, &tokens).await {
        answer.refused(400, "invalid_grant");
    }
}
