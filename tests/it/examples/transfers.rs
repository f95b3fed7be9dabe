//! `web_server` and `resource_server`: a web application, and an API that asks it for more proof (RFC 9470).

use serde_json::{Value, json};

use super::{API, POINTER, installation};
use crate::support::browser::Browser;
use crate::support::installation::Installation;
use crate::support::page::Page;
use crate::support::person::Person;
use crate::support::program::{Program, free_port};
use crate::support::relying_party::{Answer, answer};

/// The installation, the API and the application, all running.
struct Shop {
    installation: Installation,
    home: String,
    api: String,
    _programs: [Program; 2],
}

fn start() -> Shop {
    let (web, api) = (
        format!("127.0.0.1:{}", free_port()),
        format!("127.0.0.1:{}", free_port()),
    );
    // One factor is enough to come in, so that the API has something to ask for.
    let installation = installation(&[
        ("127.0.0.1:8085/callback", &format!("{web}/callback")),
        (
            "required_acr = \"high\"\non_insufficient",
            "required_acr = \"none\"\non_insufficient",
        ),
    ]);
    let issuer = installation.issuer.as_str();
    let resource_server = Program::example("resource_server", &["--issuer", issuer, "--bind", &api]);
    let (callback, transfers) = (format!("http://{web}/callback"), format!("http://{api}/transfers"));
    let scope = "openid profile email offline_access transfers";
    let web_server = Program::example(
        "web_server",
        &[
            "--issuer",
            issuer,
            "--bind",
            &web,
            "--redirect-uri",
            &callback,
            "--api",
            &transfers,
            "--resource",
            API,
            "--scope",
            scope,
        ],
    );
    Shop {
        home: format!("http://{web}/"),
        api: transfers,
        _programs: [resource_server, web_server],
        installation,
    }
}

fn shown(page: &Page, selector: &str) -> Value {
    let text = page.texts(selector).concat();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{selector}: {error}: {}", page.body))
}

#[tokio::test]
async fn a_transfer_is_proven_by_a_second_factor() {
    let shop = start();
    let (mut browser, mut alice) = (Browser::new(), Person::new("alice"));
    let home = browser.get(&shop.home).await;
    let page = browser.follow(&home.url, &home.link("#sign-in")).await;
    let (pages, page) = alice.walk(&mut browser, page).await;
    assert_eq!(pages, ["login", "consent"]);
    assert_eq!(page.url.as_str(), shop.home);
    let claims = shown(&page, "#claims");
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("standard"), &json!(["pwd"])));

    // The API wants two factors: the person sets the second one up, and nothing has to be typed again.
    let page = browser
        .submit(page.form_at("form[action='/transfer']").set("amount", "25"))
        .await;
    let (pages, page) = alice.walk(&mut browser, page).await;
    assert_eq!(pages, ["enrol"]);
    let made = json!({ "from": claims["sub"], "to": "Bob", "amount": 25, "through": "web-app" });
    assert_eq!(shown(&page, "#done"), made);
    let proven = shown(&page, "#claims");
    assert_eq!(
        (&proven["acr"], &proven["amr"]),
        (&json!("high"), &json!(["pwd", "otp", "mfa"]))
    );

    // Now there is proof enough, and young enough.
    let page = browser
        .submit(page.form_at("form[action='/transfer']").set("to", "Carol"))
        .await;
    assert_eq!(shown(&page, "#done")["to"], "Carol");
    let page = browser.submit(page.form_at("form[action='/refresh']")).await;
    assert_eq!(shown(&page, "#claims")["auth_time"], proven["auth_time"]);
    let userinfo = browser.follow(&page.url, &page.link("#userinfo")).await;
    assert_eq!(shown(&userinfo, "#userinfo")["name"], "Alice Liddell");

    // Proof of this very moment is all of it again.
    let again = browser.follow(&page.url, &page.link("#step-up")).await;
    let (pages, page) = alice.walk(&mut browser, again).await;
    assert_eq!(pages, ["login", "challenge"]);
    assert_eq!(shown(&page, "#claims")["acr"], "high");
    let page = browser.submit(page.form_at("form[action='/logout']")).await;
    assert_eq!(page.texts("#sign-in"), ["Sign in"]);
}

#[tokio::test]
async fn the_application_takes_no_answer_that_it_did_not_ask_for() {
    let shop = start();
    let mut browser = Browser::new();
    let forged = format!("{}callback?state=x&code=y&iss={}", shop.home, shop.installation.issuer);
    let page = browser.get(&forged).await;
    assert!(page.body.contains("did not begin this sign-in"), "{}", page.body);
}

/// Asks the API for a transfer, or, without one, for the list.
async fn ask(shop: &Shop, token: Option<&str>, order: Option<Value>) -> Answer {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = match order {
        Some(order) => http.post(&shop.api).json(&order),
        None => http.get(&shop.api),
    };
    answer(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

async fn own_token(shop: &Shop, form: &[(&str, &str)]) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let secret = "demo-service-secret-0123456789abcdef";
    let request = http
        .post(shop.installation.at("/oauth2/token"))
        .basic_auth("service", Some(secret));
    let form: Vec<(&str, &str)> = [("grant_type", "client_credentials")]
        .iter()
        .chain(form)
        .copied()
        .collect();
    answer(request.form(&form)).await.text("access_token")
}

fn challenge(answer: &Answer) -> (u16, &str) {
    let header = answer.headers.get("www-authenticate").expect("a challenge");
    (answer.status, header.to_str().unwrap())
}

#[tokio::test]
async fn the_api_says_what_it_lacks() {
    let shop = start();
    let order = || Some(json!({ "to": "Bob", "amount": 10 }));
    assert_eq!(
        challenge(&ask(&shop, None, None).await),
        (401, format!("Bearer realm=\"transfers\", {POINTER}").as_str())
    );
    let (status, text) = (ask(&shop, Some("x.y.z"), None).await, "error=\"invalid_token\"");
    assert!(challenge(&status).1.contains(text));
    // For another audience.
    let token = own_token(&shop, &[("scope", "transfers")]).await;
    let answer = ask(&shop, Some(&token), None).await;
    assert!(
        challenge(&answer).1.contains("it is for another API"),
        "{}",
        challenge(&answer).1
    );
    let token = own_token(&shop, &[("scope", "transfers"), ("resource", API)]).await;
    assert_eq!(ask(&shop, Some(&token), None).await.body, json!([]));
    // Nobody authenticated, which is too little for a transfer.
    let answer = ask(&shop, Some(&token), order()).await;
    let (status, text) = challenge(&answer);
    assert_eq!(status, 401);
    for part in [
        "error=\"insufficient_user_authentication\"",
        "acr_values=\"high\"",
        "max_age=\"60\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // A signature that was tampered with.
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{first}{}", &signature[1..]);
    let answer = ask(&shop, Some(&forged), None).await;
    assert!(
        challenge(&answer).1.contains("its signature is wrong"),
        "{}",
        challenge(&answer).1
    );
}
