//! The one-time link of a first start.

use countersign::manage::setup;
use countersign::work::Origin;

use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

fn issue(server: &TestServer) -> Option<String> {
    let issued = server
        .server
        .perform_blocking(Origin::default(), setup::issue_setup_link)
        .unwrap();
    issued.map(|token| server.at(&format!("/welcome/{}", token.expose())))
}

#[tokio::test]
async fn the_link_makes_one_user() {
    let server = with_directory(DIRECTORY).start().await;
    let (void, link) = (issue(&server).unwrap(), issue(&server).unwrap());
    let mut browser = Browser::new();
    assert_error_page(&browser.get(&void).await, "not_found");
    assert_error_page(&browser.get(&server.at("/welcome/cs_su_guessed")).await, "not_found");
    let page = browser.get(&link).await;
    assert_eq!(page.page().as_deref(), Some("welcome"));
    let form = page.form();
    let filled = |username: &str, password: &str, confirm: &str| {
        form.clone()
            .set("username", username)
            .set("password", password)
            .set("confirm", confirm)
    };
    for (username, password, confirm) in [
        ("root", PASSWORD, "another-password"),
        ("root", "short", "short"),
        ("", PASSWORD, PASSWORD),
        ("alice", PASSWORD, PASSWORD),
        ("ALICE", PASSWORD, PASSWORD),
    ] {
        let page = browser.submit(filled(username, password, confirm)).await;
        assert_eq!(
            (page.status, page.page().as_deref()),
            (400, Some("welcome")),
            "{username}"
        );
        assert!(!page.body.contains(PASSWORD));
    }
    let stranger = Browser::new();
    let answer = attack::post(&stranger, &filled("root", PASSWORD, PASSWORD), &[]).await;
    assert_error_page(&answer, "cross_site");
    let foreign = [("origin", "https://evil.example")];
    let answer = attack::post(&browser, &filled("root", PASSWORD, PASSWORD), &foreign).await;
    assert_error_page(&answer, "cross_site");
    let page = browser.submit(filled("root", PASSWORD, PASSWORD)).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (200, Some("welcome-done")),
        "{}",
        page.body
    );
    let page = browser.submit(filled("second", PASSWORD, PASSWORD)).await;
    assert_error_page(&page, "not_found");
    assert_error_page(&browser.get(&link).await, "not_found");
    assert_eq!(issue(&server), None, "somebody manages the directory now");
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    code_of(&log_in(&mut browser, page, "root").await);
}

#[tokio::test]
async fn the_link_is_open_for_a_day() {
    let server = with_directory(DIRECTORY).start().await;
    let link = issue(&server).unwrap();
    let mut browser = Browser::new();
    server.advance(86_399);
    assert_eq!(browser.get(&link).await.status, 200);
    server.advance(1);
    assert_error_page(&browser.get(&link).await, "not_found");
}
