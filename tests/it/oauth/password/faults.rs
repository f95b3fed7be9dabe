//! What a refused API login is told, and what is recorded of it. CLAUSES.md S54, K9, K11, K21.

use countersign::manage::{clients, users};

use crate::support::api_login::{VERIFY, directory, person};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

/// Profiles whose users may not sign in now, or not from here, or never at this level, with a user each.
fn restricted() -> String {
    let profiles = "\n[[profiles]]\nname = \"hours\"\nlogin_hours = { tuesday = [\"12:00-18:00\"] }\n\
         [[profiles]]\nname = \"ranges\"\nlogin_ip_ranges = [\"192.0.2.0/24\"]\n\
         [[profiles]]\nname = \"level\"\nrequired_acr = \"high\"\n";
    let people = ["hours", "ranges", "level"].map(|name| person(name, name));
    format!("{}{profiles}{}", directory(), people.concat())
}

on_both! {
    with_directory(&restricted()).settings(VERIFY);
    s54_faults_are_told_apart_once_the_password_is_right, s54_strangers_are_told_nothing,
    s54_ten_wrong_passwords_shut_the_account_known_or_not, a_login_that_is_not_permitted_costs_nothing,
    s58_what_the_grant_cannot_reach_is_refused, clients_and_users_are_as_they_are_now
}

/// What was recorded of the youngest refusal.
fn fault(server: &TestServer) -> String {
    let entry = server.youngest("token.refused");
    entry["detail"]["api_fault"].as_str().expect("a fault").to_owned()
}

async fn s54_faults_are_told_apart_once_the_password_is_right(server: &TestServer) {
    let unlike = "authentication failure";
    for (username, told, recorded, check) in [
        ("alice", unlike, "LOGIN_MUST_USE_SECURITY_TOKEN", 8),
        ("hours", "login not permitted now", "RESTRICTED_TIME", 4),
        ("ranges", "login not permitted from here", "RESTRICTED_DOMAIN", 7),
        ("carol", "register an authenticator in the UI first", "MFA_REQUIRED", 6),
    ] {
        let answer = server.api_login(username, PASSWORD).await;
        assert_eq!(answer.refused(400, "invalid_grant"), told, "{username}");
        assert_eq!(
            (fault(server).as_str(), server.refusal().1),
            (recorded, check),
            "{username}"
        );
        let user = server.user(username).to_string();
        assert_eq!(server.youngest("token.refused")["user"], user);
        assert_eq!(server.youngest("login.deny")["detail"]["reason"], server.refusal().0);
        server.api_login(username, "wrong").await.denied();
        assert_eq!(
            (fault(server).as_str(), server.refusal().1),
            ("INVALID_LOGIN", 3),
            "{username}"
        );
    }
}

#[tokio::test]
async fn s54_a_missing_token_may_be_told() {
    let settings = format!("{VERIFY}\ndistinct_api_token_fault = true");
    let server = with_directory(&directory()).settings(&settings).start().await;
    let told = server.api_login("alice", PASSWORD).await.refused(400, "invalid_grant");
    assert_eq!(told, "append the security token to the password");
    server.api_login("alice", "wrong").await.denied();
}

/// An answer without what differs by request.
fn neutral(answer: &Answer) -> String {
    let mut headers = answer.headers.clone();
    for name in ["x-request-id", "date"] {
        headers.remove(name);
    }
    let mut headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{} {} {}", answer.status, headers.join(" "), answer.body)
}

async fn s54_strangers_are_told_nothing(server: &TestServer) {
    let bob = server.user("bob");
    server.manage(move |work, actor| users::disable(work, actor, bob)).await;
    let mut answers = Vec::new();
    for (username, password) in [
        ("alice", "wrong"),
        ("alice", PASSWORD),
        ("nobody", PASSWORD),
        ("bob", PASSWORD),
        ("bob", "wrong"),
        ("\u{1f510}\u{202e}\r\n", "\u{7}"),
        ("alice' or '1'='1", "' or '1'='1"),
        ("%", PASSWORD),
    ] {
        answers.push(neutral(&server.api_login(username, password).await));
    }
    let long = "x".repeat(5_000);
    answers.push(neutral(&server.api_login("alice", &long).await));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].contains("application/json") && !answers[0].contains("html"));
    assert_eq!(server.youngest("login.deny")["detail"]["locked"], false);
}

async fn s54_ten_wrong_passwords_shut_the_account_known_or_not(server: &TestServer) {
    let token = server.security_token("alice").await;
    let right = format!("{PASSWORD}{token}");
    let mut answers = Vec::new();
    for username in ["alice", "nobody"] {
        for attempt in 0..10 {
            let spelling = if attempt % 2 == 0 {
                username.to_uppercase()
            } else {
                username.to_owned()
            };
            answers.push(neutral(&server.api_login(&spelling, "wrong").await));
        }
        assert_eq!(server.youngest("login.deny")["detail"]["locked"], false);
        answers.push(neutral(&server.api_login(username, &right).await));
        let entry = server.youngest("login.deny");
        assert_eq!(
            (&entry["detail"]["locked"], &entry["detail"]["known"]),
            (&true.into(), &(username == "alice").into())
        );
        assert_eq!(fault(server), "INVALID_LOGIN");
        assert_eq!(server.refusal(), ("bad_credentials".to_owned(), 3));
    }
    let trace = server.youngest("token.refused");
    assert!(trace["facts"].get("user").is_none(), "nobody has this name");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(server.audit("lockout.set").len(), 2);
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    server.api_login("alice", &right).await.accepted();
    // The same count as that of the login page.
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    for _ in 0..10 {
        server.api_login("bob", "wrong").await.denied();
    }
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "bob").await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("login")));
}

async fn a_login_that_is_not_permitted_costs_nothing(server: &TestServer) {
    for _ in 0..12 {
        let answer = server.api_login("hours", PASSWORD).await;
        assert_eq!(answer.refused(400, "invalid_grant"), "login not permitted now");
    }
    server.advance(2 * 3_600);
    let token = server.security_token("hours").await;
    server
        .api_login("hours", &format!("{PASSWORD}{token}"))
        .await
        .accepted();
}

async fn s58_what_the_grant_cannot_reach_is_refused(server: &TestServer) {
    server.apply(crate::support::api_login::TRUSTING);
    let answer = server.api_login("level", PASSWORD).await;
    assert_eq!(answer.refused(400, "invalid_grant"), "insufficient assurance");
    assert_eq!(server.refusal(), ("unmet_acr".to_owned(), 9));
    // A session that shows more helps nothing; what was appended does not either.
    let secret = server.enrolled("carol").await;
    let password = format!("{PASSWORD}{}", server.code(&secret));
    let further = [("scope", "reports")];
    let answer = server.api_login_with("loader", "carol", &password, &further).await;
    answer.refused(400, "unauthorized_client");
    assert_eq!(server.refusal(), ("grant_cannot_reach_level".to_owned(), 9));
}

async fn clients_and_users_are_as_they_are_now(server: &TestServer) {
    server.apply(crate::support::api_login::TRUSTING);
    let asking = format!(
        "[[clients]]\nclient_id = \"asking\"\nclient_secret = \"{SECRET}\"\nresponse_types = [\"code\"]\n\
         grant_types = [\"password\", \"authorization_code\"]\nscope = \"calendar\"\n\
         redirect_uris = [\"https://app.example/callback\"]\n"
    );
    server.apply(&asking);
    let answer = server.api_login_with("asking", "alice", PASSWORD, &[]).await;
    assert_eq!(
        answer.refused(400, "invalid_grant"),
        "user hasn't approved this consumer"
    );
    let rp = RelyingParty::new(server, "asking");
    code_of(&rp.sign_in(&mut rp.browser(), "alice", "calendar").await);
    server.api_login_with("asking", "alice", PASSWORD, &[]).await.accepted();
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "loader", true))
        .await;
    server.api_login("alice", PASSWORD).await.refused(401, "invalid_client");
}
