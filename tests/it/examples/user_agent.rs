//! `user_agent`: an application that lives in the browser.

use std::time::Duration;

use countersign::crypto::digest::{base64url, sha256};
use fantoccini::Locator;
use serde_json::Value;
use url::Url;

use super::installation;
use crate::support::browser::Browser;
use crate::support::directory::PASSWORD;
use crate::support::installation::Installation;
use crate::support::person::Person;
use crate::support::program::{Program, free_port};
use crate::support::relying_party::claims;
use crate::support::webdriver::{Chromium, Window};

const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> (Installation, String, Program) {
    let bind = format!("127.0.0.1:{}", free_port());
    let installation = installation(&[("127.0.0.1:8086", &bind)]);
    let callback = format!("http://{bind}/callback");
    let arguments = [
        "--issuer",
        &installation.issuer,
        "--bind",
        &bind,
        "--redirect-uri",
        &callback,
    ];
    let program = Program::example("user_agent", &arguments);
    (installation, format!("http://{bind}/"), program)
}

/// The address that the application's script sends people to.
fn request(installation: &Installation, home: &str) -> Url {
    let parameters = [
        ("response_type", "id_token token"),
        ("client_id", "browser-app"),
        ("redirect_uri", &format!("{home}callback")),
        ("scope", "openid profile email"),
        ("state", "s"),
        ("nonce", "n"),
    ];
    Url::parse_with_params(&installation.at("/oauth2/authorize"), parameters).unwrap()
}

#[tokio::test]
async fn the_answer_is_in_the_fragment() {
    let (installation, home, _program) = start();
    let mut browser = Browser::new();
    let page = browser.get(&home).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("connect-src {};", installation.issuer)),
        "{policy}"
    );
    assert_eq!(page.attribute("body", "data-client-id").as_deref(), Some("browser-app"));
    browser.stop_at(&home);
    let page = browser.follow(&page.url, &request(&installation, &home)).await;
    let (pages, page) = Person::new("alice").walk(&mut browser, page).await;
    assert_eq!(pages, ["login", "consent"]);
    assert_eq!(page.location.as_ref().unwrap().query(), None);
    let [state, issuer] = ["state", "iss"].map(|name| page.fragment(name).unwrap());
    assert_eq!((state.as_str(), issuer), ("s", installation.issuer.clone()));
    let [id_token, access_token] = ["id_token", "access_token"].map(|name| page.fragment(name).unwrap());
    let told = claims(&id_token);
    assert_eq!(
        (&told["nonce"], &told["aud"]),
        (&Value::from("n"), &Value::from("browser-app"))
    );
    // OpenID Connect Core §3.2.2.9: the left half of the access token's digest.
    let digest = sha256(access_token.as_bytes());
    assert_eq!(told["at_hash"], base64url(&digest.as_bytes()[..16]));
    assert_eq!(page.fragment("code"), None);
    assert_eq!(page.fragment("refresh_token"), None);
}

#[tokio::test]
async fn the_script_signs_a_person_in() {
    let (installation, home, _program) = start();
    let Some(chromium) = Chromium::start(Window::default()).await else {
        return;
    };
    let client = &chromium.client;
    client.goto(&home).await.unwrap();
    client
        .find(Locator::Id("sign-in"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let wait = |selector: &'static str| client.wait().at_most(PATIENCE).for_element(Locator::Css(selector));
    wait("[data-page=login] #username")
        .await
        .unwrap()
        .send_keys("alice")
        .await
        .unwrap();
    wait("#password").await.unwrap().send_keys(PASSWORD).await.unwrap();
    wait("#submit").await.unwrap().click().await.unwrap();
    wait("[data-page=consent] #allow").await.unwrap().click().await.unwrap();
    // Metadata, keys and userinfo come from another origin, so this also shows that they may.
    wait("#userinfo:not(:empty), #error:not(:empty)").await.unwrap();
    let text = |id: &'static str| async move { client.find(Locator::Id(id)).await.unwrap().text().await.unwrap() };
    assert_eq!(text("error").await, "");
    let userinfo: Value = serde_json::from_str(&text("userinfo").await).unwrap();
    assert_eq!(userinfo["email"], "alice@example.com");
    let told: Value = serde_json::from_str(&text("claims").await).unwrap();
    assert_eq!(
        (&told["iss"], &told["sub"]),
        (&Value::from(installation.issuer.clone()), &userinfo["sub"])
    );
    assert_eq!(
        client.current_url().await.unwrap().as_str(),
        home,
        "no token stays in the address"
    );
    chromium.close().await;
}
