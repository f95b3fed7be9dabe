//! Users whose API logins bring a one-time code. CLAUSES.md S40 to S46, C5, C6; ASSURANCE.md §12: examples 22 to 24.

use countersign::manage::{api_login_tokens, users};
use countersign::model::actor::Actor;
use countersign::store;
use serde_json::json;

use crate::support::api_login::{VERIFY, directory, person};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, answer, claims, code_of, log_in, prove};
use crate::support::server::{TestServer, with_directory};

const NO_TOKEN: &str = "a one-time code is required instead of the security token";
const ENROL_FIRST: &str = "register an authenticator in the UI first";

on_both! {
    with_directory(&directory()).settings(VERIFY);
    s40_without_mfa_api_nobody_is_asked_for_a_code, s41_mfa_api_is_for_every_client_and_app,
    s42_mfa_api_alone_has_no_effect, s43_mfa_api_begins_with_the_first_app_and_ends_with_the_last,
    s44_example_22_a_code_replaces_the_token, s44_example_23_a_code_counts_once,
    s44_codes_of_the_neighbouring_steps_are_good, s45_c16_a_lost_app_does_not_bring_the_token_back,
    s46_nothing_is_waited_for, wrong_codes_lock_the_account, a_code_counts_once_among_many
}

/// A user who had a token before API logins needed codes, and now has an authenticator app: the token and its secret.
async fn with_both(server: &TestServer, username: &str) -> (String, String) {
    server.apply(&person(username, "default"));
    let token = server.security_token(username).await;
    server.apply(&person(username, "api"));
    (token, server.enrolled(username).await)
}

async fn s40_without_mfa_api_nobody_is_asked_for_a_code(server: &TestServer) {
    // Bob proves two factors in the browser, and needs his token alone at the API (C6).
    server.apply(&person("bob", "staff"));
    server.enrolled("bob").await;
    let token = server.security_token("bob").await;
    let answer = server.api_login("bob", &format!("{PASSWORD}{token}")).await.accepted();
    let token = claims(&answer.text("access_token"));
    assert_eq!((&token["acr"], &token["amr"]), (&json!("standard"), &json!(["pwd"])));
}

async fn s41_mfa_api_is_for_every_client_and_app(server: &TestServer) {
    let secret = server.enrolled("carol").await;
    let scope = [("scope", "calendar")];
    for client in ["loader", "tool"] {
        let answer = server.api_login_with(client, "carol", PASSWORD, &scope).await;
        assert_eq!(answer.refused(400, "invalid_grant"), "a one-time code is required");
        let password = format!("{PASSWORD}{}", server.code(&secret));
        let answer = server
            .api_login_with(client, "carol", &password, &scope)
            .await
            .accepted();
        // A refresh is no login.
        let refreshed = RelyingParty::new(server, client)
            .refresh(&answer.text("refresh_token"))
            .await;
        refreshed.accepted();
        server.advance(30);
    }
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    let page = prove(server, &mut browser, page, &secret).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
}

/// Two permission sets gave it together; one is withdrawn.
async fn s42_mfa_api_alone_has_no_effect(server: &TestServer) {
    let carol = server.user("carol");
    let given = async |sets: &'static [&'static str]| {
        server
            .manage(move |work, _| {
                for name in ["ui", "api"] {
                    let doc = json!({ "name": name, "mfa_ui": name == "ui", "mfa_api": name == "api" });
                    store::directory::put_object(work.tx, "permission_sets", name, &doc.to_string())?;
                }
                let mut user = store::users::find(work.tx, carol)?.unwrap();
                user.profile = "default".into();
                user.permission_sets = sets.iter().map(|name| (*name).to_owned()).collect();
                store::users::update(work.tx, &user)?;
                store::directory::raise_version(work.tx)
            })
            .await;
    };
    given(&["ui", "api"]).await;
    let answer = server.api_login("carol", PASSWORD).await;
    assert_eq!(answer.refused(400, "invalid_grant"), ENROL_FIRST);
    given(&["api"]).await;
    let token = server.security_token("carol").await;
    server
        .api_login("carol", &format!("{PASSWORD}{token}"))
        .await
        .accepted();
}

async fn s43_mfa_api_begins_with_the_first_app_and_ends_with_the_last(server: &TestServer) {
    let enrol_first = async |password: String| {
        let answer = server.api_login("carol", &password).await;
        assert_eq!(answer.refused(400, "invalid_grant"), ENROL_FIRST);
        assert_eq!(server.refusal(), ("factor_enrolment_required".to_owned(), 6));
    };
    enrol_first(PASSWORD.to_owned()).await;
    let secret = server.enrolled("carol").await;
    let password = format!("{PASSWORD}{}", server.code(&secret));
    server.api_login("carol", &password).await.accepted();
    let carol = server.user("carol");
    server
        .manage(move |work, actor| users::reset_factors(work, actor, carol))
        .await;
    enrol_first(PASSWORD.to_owned()).await;
}

/// Example 24, and C5 by its default.
#[tokio::test]
async fn example_24_before_an_app_is_enrolled_the_token_is_refused() {
    let server = with_directory(&directory()).settings(VERIFY).start().await;
    server.apply(&person("erin", "default"));
    let token = server.security_token("erin").await;
    server.apply(&person("erin", "api"));
    let answer = server.api_login("erin", &format!("{PASSWORD}{token}")).await;
    assert_eq!(answer.refused(400, "invalid_grant"), ENROL_FIRST);
    assert_eq!(server.refusal(), ("factor_enrolment_required".to_owned(), 6));
}

#[tokio::test]
async fn c5_before_an_app_is_enrolled_the_token_may_do() {
    let settings = format!("{VERIFY}\napi_mfa_before_enrolment = \"security_token\"");
    let server = with_directory(&directory()).settings(&settings).start().await;
    server.apply(&person("erin", "default"));
    let token = server.security_token("erin").await;
    server.apply(&person("erin", "api"));
    let with_token = format!("{PASSWORD}{token}");
    server.api_login("erin", PASSWORD).await.denied();
    assert_eq!(server.refusal(), ("api_token_required".to_owned(), 8));
    server.api_login("erin", &with_token).await.accepted();
    let secret = server.enrolled("erin").await;
    let answer = server.api_login("erin", &with_token).await;
    assert_eq!(answer.refused(400, "invalid_grant"), NO_TOKEN);
    let password = format!("{PASSWORD}{}", server.code(&secret));
    server.api_login("erin", &password).await.accepted();
}

async fn s44_example_22_a_code_replaces_the_token(server: &TestServer) {
    let (token, secret) = with_both(server, "erin").await;
    let with_token = format!("{PASSWORD}{token}");
    let further = [("security_token", token.as_str())];
    let separate = server.api_login_with("loader", "erin", PASSWORD, &further).await;
    assert_eq!(separate.refused(400, "invalid_grant"), NO_TOKEN);
    server
        .api_login("erin", &format!("{with_token}{}", server.code(&secret)))
        .await
        .denied();
    for _ in 0..8 {
        let answer = server.api_login("erin", &with_token).await;
        assert_eq!(answer.refused(400, "invalid_grant"), NO_TOKEN);
        assert_eq!(server.refusal(), ("api_token_not_accepted".to_owned(), 6));
    }
    // Each of them was counted: the account is shut, and a right code is refused too.
    server
        .api_login("erin", &format!("{PASSWORD}{}", server.code(&secret)))
        .await
        .denied();
    assert_eq!(server.youngest("login.deny")["detail"]["locked"], true);
    assert_eq!(server.audit("lockout.set").len(), 1);
}

async fn s44_example_23_a_code_counts_once(server: &TestServer) {
    let secret = server.enrolled("carol").await;
    let code = server.code(&secret);
    let answer = server.api_login("carol", &format!("{PASSWORD}{code}")).await.accepted();
    let token = claims(&answer.text("access_token"));
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&json!("standard"), &json!(["pwd", "otp", "mfa"]))
    );
    let (acr, amr) = server.allowance();
    assert_eq!((acr.as_str(), amr.join(" ")), ("standard", "pwd otp mfa".to_owned()));
    server.api_login("carol", &format!("{PASSWORD}{code}")).await.denied();
    assert_eq!(server.refusal(), ("bad_credentials".to_owned(), 3));
    // Nor does it count in the browser.
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    let page = prove(server, &mut browser, page, &secret).await;
    assert!(page.body.contains("That code was used"), "{}", page.body);
    server.advance(30);
    code_of(&prove(server, &mut browser, page, &secret).await);
    server.advance(30);
    let code = server.code(&secret);
    let separate = [("security_token", code.as_str())];
    server
        .api_login_with("loader", "carol", PASSWORD, &separate)
        .await
        .accepted();
}

async fn s44_codes_of_the_neighbouring_steps_are_good(server: &TestServer) {
    let secret = server.enrolled("carol").await;
    let early = server.code(&secret);
    server.advance(60);
    server.api_login("carol", &format!("{PASSWORD}{early}")).await.denied();
    let late = server.code(&secret);
    server.advance(30);
    server.api_login("carol", &format!("{PASSWORD}{late}")).await.accepted();
}

async fn s45_c16_a_lost_app_does_not_bring_the_token_back(server: &TestServer) {
    let (token, _) = with_both(server, "erin").await;
    let erin = server.user("erin");
    let answer = server.api_login("erin", &format!("{PASSWORD}{token}")).await;
    assert_eq!(answer.refused(400, "invalid_grant"), NO_TOKEN);
    let reset = server
        .server
        .perform(countersign::work::Origin::default(), move |work| {
            api_login_tokens::reset(work, &Actor::Operator, erin)
        });
    let told = reset.await.unwrap_err().to_string();
    assert!(told.contains("one-time code"), "{told}");
    // An operator removes the lost app; then another must be enrolled first.
    server
        .manage(move |work, actor| users::reset_factors(work, actor, erin))
        .await;
    let answer = server.api_login("erin", &format!("{PASSWORD}{token}")).await;
    assert_eq!(answer.refused(400, "invalid_grant"), ENROL_FIRST);
}

async fn s46_nothing_is_waited_for(server: &TestServer) {
    server.enrolled("carol").await;
    let (messages, challenges) = (server.messages().await.len(), server.audit("challenge.issued").len());
    let answer = server.api_login("carol", PASSWORD).await;
    assert_eq!(answer.refused(400, "invalid_grant"), "a one-time code is required");
    assert_eq!(server.refusal(), ("mfa_required_noninteractive".to_owned(), 6));
    assert_eq!(server.messages().await.len(), messages);
    assert_eq!(server.audit("challenge.issued").len(), challenges);
}

/// S82: the same count as that of the browser's challenges, and a login without a code does not clear it.
async fn wrong_codes_lock_the_account(server: &TestServer) {
    let secret = server.enrolled("carol").await;
    let right = server.code(&secret);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..9 {
        server.api_login("carol", &format!("{PASSWORD}{wrong}")).await.denied();
    }
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    let page = browser.submit(page.form().set("code", wrong)).await;
    assert_eq!(page.status, 400);
    // Ten wrong codes in all, and a right password in between.
    server.api_login("carol", &format!("{PASSWORD}{right}")).await.denied();
    let page = prove(server, &mut browser, page, &secret).await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    server.advance(900);
    let right = server.code(&secret);
    server
        .api_login("carol", &format!("{PASSWORD}{right}"))
        .await
        .accepted();
}

async fn a_code_counts_once_among_many(server: &TestServer) {
    let secret = server.enrolled("carol").await;
    let password = format!("{PASSWORD}{}", server.code(&secret));
    let logins: Vec<_> = (0..8)
        .map(|_| {
            let form = [
                ("grant_type", "password"),
                ("username", "carol"),
                ("password", &password),
                ("scope", "calendar"),
            ];
            let request = http()
                .post(server.at("/oauth2/token"))
                .basic_auth("loader", Some(SECRET));
            tokio::spawn(answer(request.form(&form)))
        })
        .collect();
    let mut accepted = 0;
    for login in logins {
        let answer = login.await.unwrap();
        if answer.status == 200 {
            accepted += 1;
        } else {
            answer.denied();
        }
    }
    assert_eq!(accepted, 1);
}
