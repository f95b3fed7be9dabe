//! Login flows: steps between primary authentication and the use of a session, which nobody gets round.

mod attacks;
mod codes;
mod steps;
mod webhooks;

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD, SECRET};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

/// Asks for a word until it is that of the record.
const WORD: &str = r#"
[[login_flows]]
name = "word"
state = "active"

[[login_flows.steps]]
name = "user"
kind = "lookup"
attribute = "department"
output = "department"

[[login_flows.steps]]
name = "ask"
kind = "screen"
title = "Which department?"
text = "Say where you work, {username}."
again = "That was not it."
fields = [{ name = "word", label = "Department" }]

[[login_flows.steps]]
name = "check"
kind = "decision"
all = [{ value = "word", same_as = "department" }]
valid = "done"
invalid = "ask"

[[login_flows.steps]]
name = "done"
kind = "finish"
"#;

/// The usual directory with this flow, the profile `partners` whose users go through it, and carol, who is one of them.
fn directory(flow: &str, name: &str) -> String {
    format!(
        "{DIRECTORY}\n{flow}\n[[profiles]]\nname = \"partners\"\nlogin_flow = \"{name}\"\n\
         [[users]]\nusername = \"carol\"\npassword = \"{PASSWORD}\"\nprofile = \"partners\"\n\
         [users.claims]\ndepartment = \"sales\"\nemail = \"carol@example.com\"\n\
         [[clients]]\nclient_id = \"loader\"\nclient_secret = \"{SECRET}\"\nresponse_types = []\ngrant_types = [\"password\"]\n\
         scope = \"openid calendar\"\nrequire_consent = false\naccess_token_signing_alg = \"ES256\"\n"
    )
}

fn word() -> Builder {
    with_directory(&directory(WORD, "word"))
}

/// Carol behind the login page of the client `trusted`, in a browser of its own.
async fn at_flow(rp: &RelyingParty<'_>) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    (browser, page)
}

#[track_caller]
fn assert_step(page: &Page, kind: &str, heading: &str) {
    assert_eq!(page.page().as_deref(), Some("flow"), "{} {}", page.url, page.body);
    assert_eq!(page.attribute("body", "data-step").as_deref(), Some(kind));
    assert_eq!(page.texts("h1"), [heading]);
}

fn details(server: &TestServer, event: &str) -> Vec<serde_json::Value> {
    let entries = server.audit(event).into_iter().rev();
    let body = |body: String| serde_json::from_str::<serde_json::Value>(&body).unwrap();
    entries.map(|entry| body(entry.body)["detail"].clone()).collect()
}

#[tokio::test]
async fn s13_s21_users_of_the_profile_go_through_the_flow_and_end_where_they_were_going() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let page = rp.sign_in(&mut rp.browser(), "alice", "openid").await;
    code_of(&page);
    let (mut browser, page) = at_flow(&rp).await;
    assert_step(&page, "screen", "Which department?");
    assert!(page.body.contains("Say where you work, carol."), "{}", page.body);
    let page = browser.submit(page.form().set("word", "kitchen")).await;
    assert_step(&page, "screen", "Which department?");
    assert!(page.body.contains("That was not it."), "{}", page.body);
    let page = browser.submit(page.form().set("word", "sales")).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    // Once a login: neither this client nor another asks again.
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    code_of(&page);
    let page = RelyingParty::new(&server, "app")
        .authorize(&mut browser, "openid", &[])
        .await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    // A new login does.
    server.advance(1);
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    let page = log_in(&mut browser, page, "carol").await;
    assert_step(&page, "screen", "Which department?");
}

#[tokio::test]
async fn s14_what_a_flow_did_is_audited_and_what_was_typed_is_not() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let page = browser.submit(page.form().set("word", "a-kitchen-word")).await;
    browser.submit(page.form().set("word", "sales")).await;
    assert_eq!(details(&server, "flow.started").len(), 1);
    let steps: Vec<String> = details(&server, "flow.step")
        .iter()
        .map(|detail| {
            format!(
                "{} {}",
                detail["step"].as_str().unwrap(),
                detail["way"].as_str().unwrap()
            )
        })
        .collect();
    let expected = ["user next", "ask next", "check invalid", "ask next", "check valid"];
    assert_eq!(steps, expected);
    let finished = details(&server, "flow.finished");
    assert_eq!(
        (finished[0]["flow"].as_str(), finished[0]["version"].as_i64()),
        (Some("word"), Some(1))
    );
    for event in ["flow.started", "flow.step", "flow.finished", "authorization.allowed"] {
        for entry in server.audit(event) {
            assert!(!entry.body.contains("a-kitchen-word"), "{}", entry.body);
        }
    }
}

#[tokio::test]
async fn s12_a_flow_that_changes_under_way_goes_on_as_it_began() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    server.apply(&WORD.replace("Which department?", "Where do you sit?"));
    let page = browser.submit(page.form().set("word", "kitchen")).await;
    assert_step(&page, "screen", "Which department?");
    code_of(&browser.submit(page.form().set("word", "sales")).await);
    assert_eq!(details(&server, "flow.finished")[0]["version"].as_i64(), Some(1));
    let (_, page) = at_flow(&rp).await;
    assert_step(&page, "screen", "Where do you sit?");
    assert_eq!(details(&server, "flow.started")[1]["version"].as_i64(), Some(2));
}

#[tokio::test]
async fn s23_a_draft_runs_for_its_test_users_and_deactivation_is_for_new_logins() {
    let draft = WORD.replace("state = \"active\"", "test_users = [\"Carol\"]");
    let dave = format!("[[users]]\nusername = \"dave\"\npassword = \"{PASSWORD}\"\nprofile = \"partners\"\n");
    let server = with_directory(&format!("{}{dave}", directory(&draft, "word")))
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    code_of(&rp.sign_in(&mut rp.browser(), "dave", "openid").await);
    let (mut browser, page) = at_flow(&rp).await;
    assert_step(&page, "screen", "Which department?");
    server.apply(&WORD.replace("state = \"active\"", ""));
    let (_, elsewhere) = at_flow(&rp).await;
    code_of(&elsewhere);
    // Whoever is in it stays in it, in whatever errand.
    let other = rp.authorize(&mut browser.clone(), "openid", &[]).await;
    assert_step(&other, "screen", "Which department?");
    code_of(&browser.submit(page.form().set("word", "sales")).await);
}

#[tokio::test]
async fn s13_the_profile_at_primary_authentication_counts() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let moved = directory(WORD, "word").replace("profile = \"partners\"", "profile = \"default\"");
    server.apply(&moved);
    let page = browser.get(page.url.as_str()).await;
    assert_step(&page, "screen", "Which department?");
    let mut alice = rp.browser();
    code_of(&rp.sign_in(&mut alice, "alice", "openid").await);
    server.apply(&format!(
        "[[users]]\nusername = \"alice\"\nprofile = \"partners\"\n{WORD}"
    ));
    code_of(&rp.authorize(&mut alice, "openid", &[("prompt", "none")]).await);
}
