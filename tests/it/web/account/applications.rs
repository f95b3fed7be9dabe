//! What applications may do, taken back; and what happened, in plain words.

use countersign::manage::clients;
use countersign::model::message::Channel;
use countersign::store;
use url::Url;

use super::{assert_at, at, builder};
use crate::support::directory::with_client;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, agree, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! {
    builder();
    what_an_application_may_do_is_taken_back, activity_is_told_in_words, people_change_what_they_say_of_themselves,
    another_address_is_confirmed_by_its_link_and_the_old_one_told,
}

async fn what_an_application_may_do_is_taken_back(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let tokens = rp.tokens(&mut browser, "alice", "openid offline_access calendar").await;
    let page = browser.get(&server.at("/account/applications")).await;
    assert_at(&page, "account-applications");
    let told = page.texts("li[data-client=app]").concat();
    assert!(
        told.contains("Harbour Payroll") && told.contains("See your calendar"),
        "{told}"
    );
    let page = browser.submit(page.form_at("li[data-client=app] form")).await;
    assert_eq!(page.texts("li[data-client]"), Vec::<String>::new());
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(&tokens.text("access_token")).await["active"], false);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_at(&page, "consent");
}

/// OpenID Connect Core §4.
#[tokio::test]
async fn applications_are_opened_where_they_begin_a_login() {
    let places = "initiate_login_uri = \"https://app.example/login?from=portal\"";
    let server = with_directory(&with_client("app", places)).start().await;
    let expected = Url::parse_with_params("https://app.example/login?from=portal", [("iss", &server.issuer)]).unwrap();
    // Whoever is sent here from elsewhere signs in and finds it.
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = browser.get(&server.at("/account/applications?client_id=app")).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_at(&page, "account-applications");
    assert_eq!(page.attribute("#offer a", "href").as_deref(), Some(expected.as_str()));
    assert!(page.texts("#offer").concat().contains("Harbour Payroll"));
    // Those that begin no login, and those that there are not, are not offered.
    for other in ["trusted", "nobody", "", "%00"] {
        let page = browser
            .get(&server.at(&format!("/account/applications?client_id={other}")))
            .await;
        assert_at(&page, "account-applications");
        assert!(page.texts("#offer").is_empty(), "{other}");
    }
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    agree(&mut browser, page).await;
    let page = browser.get(&server.at("/account/applications")).await;
    let opens = page.attribute("li[data-client=app] a", "href");
    assert_eq!(opens.as_deref(), Some(expected.as_str()));
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "app", true))
        .await;
    let page = browser.get(&server.at("/account/applications?client_id=app")).await;
    assert!(page.texts("#offer").is_empty() && page.attribute("li[data-client=app] a", "href").is_none());
}

async fn activity_is_told_in_words(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    rp.tokens(&mut browser, "alice", "openid").await;
    let page = browser.get(&server.at("/account/activity")).await;
    assert_at(&page, "account-activity");
    let told = page.texts("ol.rows li").join("\n");
    for words in [
        "You signed in",
        "You agreed to what Harbour Payroll asked for",
        "Harbour Payroll was given access",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

async fn people_change_what_they_say_of_themselves(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account").await;
    let form = page
        .form()
        .set("name", "Alice <Liddell>")
        .add("email", "mallory@example.com");
    let page = browser.submit(form).await;
    assert_at(&page, "account");
    assert_eq!(page.form().value("name").as_deref(), Some("Alice <Liddell>"));
    assert!(
        page.body.contains("alice@example.com"),
        "an address is not changed by a form: {}",
        page.body
    );
    let page = browser.submit(page.form().set("name", &"x".repeat(121))).await;
    assert_eq!(
        (page.status, page.form().value("name").as_deref()),
        (400, Some("Alice <Liddell>"))
    );
}

async fn another_address_is_confirmed_by_its_link_and_the_old_one_told(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account/email").await;
    assert_at(&page, "account-email");
    for wrong in ["alice", "alice@example.com", "a@b.example, c@d.example"] {
        assert_eq!(
            browser.submit(page.form().set("email", wrong)).await.status,
            400,
            "{wrong}"
        );
    }
    assert_at(
        &browser.submit(page.form().set("email", "alice@example.org")).await,
        "account",
    );
    let mails = server.messages().await;
    let mail = mails
        .iter()
        .find(|mail| mail.to == "alice@example.org")
        .expect("a link is mailed");
    let link = mail
        .text
        .split_whitespace()
        .find(|word| word.starts_with("http"))
        .expect("a link");
    let link = server.at(&link[server.issuer.len()..]);

    // Somebody else who finds it gets nothing by it, and to open it alone changes nothing.
    let (mut bob, page) = at(server, "bob", "/account").await;
    crate::support::relying_party::enrol(server, &mut bob, page).await;
    assert_eq!(bob.get(&link).await.status, 400);
    let page = browser.get(&link).await;
    assert_at(&page, "account-email-confirm");
    assert!(
        browser
            .get(&server.at("/account"))
            .await
            .body
            .contains("alice@example.com")
    );

    let again = page.form();
    assert_at(&browser.submit(page.form()).await, "account");
    assert!(
        browser
            .get(&server.at("/account"))
            .await
            .body
            .contains("alice@example.org")
    );
    assert_eq!(browser.submit(again).await.status, 404, "a link is used once");
    assert_eq!(codes_are_mailed_to(server, "alice"), ["alice@example.org"]);
    let told: Vec<String> = server
        .messages()
        .await
        .into_iter()
        .map(|mail| format!("{} {}", mail.to, mail.subject))
        .collect();
    assert!(
        told.iter()
            .any(|told| told.starts_with("alice@example.com ") && told.contains("was changed")),
        "{told:?}"
    );
}

/// The addresses that codes for somebody are mailed to.
fn codes_are_mailed_to(server: &TestServer, username: &str) -> Vec<String> {
    let user = server.user(username);
    let credentials = server
        .server
        .read_blocking(move |view| store::credentials::of_user(view.tx, user));
    credentials
        .expect("credentials")
        .iter()
        .filter_map(|credential| credential.material.destination(Channel::Email))
        .map(str::to_owned)
        .collect()
}
