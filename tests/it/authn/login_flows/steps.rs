//! What else a flow may do: terms, passwords, factors, and where it ends.

use super::{assert_step, at_flow, details, directory};
use crate::support::attack::assert_error_page;
use crate::support::directory::PASSWORD;
use crate::support::relying_party::{RelyingParty, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

const DONE: &str = "[[login_flows.steps]]\nname = \"done\"\nkind = \"finish\"\n";

fn flow(steps: &str) -> String {
    format!("[[login_flows]]\nname = \"f\"\nstate = \"active\"\n{steps}")
}

async fn start(steps: &str) -> TestServer {
    with_directory(&directory(&flow(steps), "f")).start().await
}

fn terms(version: &str) -> String {
    format!(
        "[[login_flows.steps]]\nname = \"rules\"\nkind = \"accept_terms\"\nterms = \"house\"\nversion = \"{version}\"\n\
         title = \"House rules\"\ntext = \"Wipe your feet.\"\noutput = \"accepted\"\n{DONE}"
    )
}

#[tokio::test]
async fn s12_terms_are_accepted_once_for_each_version() {
    let server = start(&terms("1")).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    assert_step(&page, "terms", "House rules");
    let refused = browser.submit(page.form()).await;
    assert_eq!(
        (refused.status, refused.texts("#error p")),
        (400, vec!["Tick the box to go on.".to_owned()])
    );
    code_of(&browser.submit(refused.form().choose("accept", "yes", true)).await);
    let accepted = details(&server, "flow.step");
    assert_eq!(accepted[0]["terms"].as_str(), Some("house 1"));
    let (_, page) = at_flow(&rp).await;
    code_of(&page);
    server.apply(&flow(&terms("2")));
    let (_, page) = at_flow(&rp).await;
    assert_step(&page, "terms", "House rules");
}

#[tokio::test]
async fn s12_a_new_password_is_asked_for_and_counts_from_then_on() {
    let server = start(&format!(
        "[[login_flows.steps]]\nname = \"new\"\nkind = \"change_password\"\n{DONE}"
    ))
    .await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    assert_step(&page, "password", "Choose a new password");
    for wrong in ["short", PASSWORD] {
        let refused = browser
            .submit(page.form().set("new_password", wrong).set("confirm", wrong))
            .await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_step(&refused, "password", "Choose a new password");
    }
    code_of(
        &browser
            .submit(
                page.form()
                    .set("new_password", "a-quite-different-one")
                    .set("confirm", "a-quite-different-one"),
            )
            .await,
    );
    code_of(&rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
    let mut other = rp.browser();
    let page = rp.authorize(&mut other, "openid", &[]).await;
    let page = log_in(&mut other, page, "carol").await;
    assert_eq!(page.page().as_deref(), Some("login"), "the old password is void");
    let form = page
        .form()
        .set("username", "carol")
        .set("password", "a-quite-different-one");
    assert_step(&other.submit(form).await, "password", "Choose a new password");
}

#[tokio::test]
async fn s12_a_factor_is_enrolled_on_the_way() {
    let step = "[[login_flows.steps]]\nname = \"add\"\nkind = \"enrol\"\nfactors = [\"totp\"]\n";
    let server = start(&format!("{step}{DONE}")).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    assert_eq!(details(&server, "flow.finished").len(), 1);
    let (_, page) = at_flow(&rp).await;
    code_of(&page);
}

#[tokio::test]
async fn s16_a_flow_ends_where_it_says_if_that_is_ours_or_registered() {
    for (location, expected) in [
        ("/health/live", Some("/health/live")),
        ("https://app.example/callback", Some("/callback")),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\\\evil.example", None),
        ("javascript:alert(1)", None),
    ] {
        let steps = format!(
            "[[login_flows.steps]]\nname = \"hello\"\nkind = \"notice\"\ntitle = \"Hello\"\ntext = \"There.\"\n\
             [[login_flows.steps]]\nname = \"done\"\nkind = \"finish\"\nlocation = \"{location}\"\n"
        );
        let server = start(&steps).await;
        let rp = RelyingParty::new(&server, "trusted");
        let (mut browser, page) = at_flow(&rp).await;
        let page = browser.submit(page.form()).await;
        match expected {
            None => drop(code_of(&page)),
            Some(path) => {
                let at = page.location.clone().unwrap_or(page.url);
                assert_eq!((at.path(), at.query()), (path, None), "{location}");
            }
        }
    }
}

#[tokio::test]
async fn s21_no_code_comes_of_a_request_that_expired_in_the_flow() {
    let steps = "[[login_flows.steps]]\nname = \"hello\"\nkind = \"notice\"\ntitle = \"Hello\"\ntext = \"There.\"\n";
    let server = start(&format!("{steps}{DONE}")).await;
    let (mut browser, page) = at_flow(&RelyingParty::new(&server, "trusted")).await;
    server.advance(600);
    let late = browser.submit(page.form()).await;
    assert_error_page(&late, "expired_interaction");
    assert!(server.audit("authorization.allowed").is_empty());
}
