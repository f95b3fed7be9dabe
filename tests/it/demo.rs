//! The tour, walked as a person does.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use countersign::demo::{self, Tour};
use countersign::jobs;
use countersign::model::secret::Secret;
use countersign::model::time::Timestamp;
use countersign::outbound::{HttpAnswer, HttpClient};
use countersign::server::{Clock, Server};
use countersign::store;
use serde_json::json;
use tempfile::TempDir;

use crate::support::browser::Browser;
use crate::support::page::Page;
use crate::support::totp;

/// A tour that is being given, with a clock that stands still.
struct Given {
    server: Arc<Server>,
    tour: Tour,
    port: u16,
    _folder: TempDir,
}

/// The first of three ports in a row that nobody listens on.
fn ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = base + NEXT.fetch_add(3, Ordering::SeqCst);
        if (port..port + 3).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}

impl Given {
    fn begin() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), ports());
        let clock = Clock::standing_at(Timestamp::parse("2026-03-01T20:00:00Z").unwrap());
        let mut settings = demo::settings(port, folder.path());
        (settings.passwords.argon2_memory, settings.passwords.argon2_passes) = (64, 1);
        let server = Server::open(settings, clock, true).unwrap();
        jobs::ensure_keys(&server).unwrap();
        demo::prepare(&server).unwrap();
        let tour = demo::start(&server).unwrap();
        Self {
            server,
            tour,
            port,
            _folder: folder,
        }
    }

    fn app(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port + 1)
    }

    fn pass(&self, seconds: i64) {
        self.server.clock().advance(seconds);
    }

    fn code(&self, secret: &str) -> String {
        totp::code(secret, u64::try_from(self.server.clock().now().as_seconds()).unwrap())
    }

    /// From the app's first page to the consent page; returns that and the authenticator's secret.
    async fn prove(&self, browser: &mut Browser) -> (Page, String) {
        let home = browser.get(&self.app("/")).await;
        assert_eq!(home.page().as_deref(), Some("demo-home"));
        let login = browser.follow(&home.url, &home.link("#signin")).await;
        assert_eq!(login.page().as_deref(), Some("login"), "{}", login.body);
        assert_eq!(login.url.host_str(), Some("localhost"));
        let form = login.form().set("username", "alice");
        let enrol = browser.submit(form.set("password", "wonderland-tea-party")).await;
        assert_eq!(enrol.page().as_deref(), Some("enrol"), "{}", enrol.body);
        let secret = enrol.texts("#totp-secret").remove(0);
        let consent = browser.submit(enrol.form().set("code", &self.code(&secret))).await;
        assert_eq!(consent.page().as_deref(), Some("consent"), "{}", consent.body);
        (consent, secret)
    }

    /// From the app's first page to its account page.
    async fn sign_in(&self, browser: &mut Browser) -> (Page, String) {
        let (consent, secret) = self.prove(browser).await;
        let account = browser.submit_with(consent.form(), "decision", "allow").await;
        assert_eq!(account.page().as_deref(), Some("demo-account"), "{}", account.body);
        (account, secret)
    }

    async fn end(self) {
        self.tour.stop().await.unwrap();
    }
}

async fn transfer(browser: &mut Browser, account: &Page) -> Page {
    browser.submit(account.form_at("form[action='/transfer']")).await
}

fn result(account: &Page) -> Option<String> {
    assert_eq!(account.page().as_deref(), Some("demo-account"), "{}", account.body);
    account.attribute("[data-result]", "data-result")
}

#[actix_web::test]
async fn the_tour_is_walked_with_every_proof_asked_once() {
    let given = Given::begin();
    let told = given.tour.lines().join("\n");
    for line in [&given.app(""), "alice, password wonderland-tea-party", "/inspector"] {
        assert!(told.contains(line), "{told}");
    }
    let mut browser = Browser::new();
    let (account, secret) = given.sign_in(&mut browser).await;
    assert_eq!(account.texts("#user-name"), ["Alice Moreau"]);
    assert_eq!(account.texts(".claims .level code"), ["acr", "high", "acr", "high"]);
    assert!(account.body.contains("20:00:00 UTC, just now"));
    // The API finds the proof too old; one code is asked for, and the transfer that was held up is made.
    given.pass(31);
    let challenge = transfer(&mut browser, &account).await;
    assert_eq!(challenge.page().as_deref(), Some("challenge"), "{}", challenge.body);
    let account = browser.submit(challenge.form().set("code", &given.code(&secret))).await;
    assert_eq!(result(&account).as_deref(), Some("done"));
    assert!(account.body.contains("20:00:31 UTC, just now"));
    // What was told is not told again; proof as fresh as this serves once more.
    let account = browser.get(&given.app("/")).await;
    assert_eq!(result(&account), None);
    let account = transfer(&mut browser, &account).await;
    assert_eq!(result(&account).as_deref(), Some("done"));
    given.pass(31);
    let challenge = transfer(&mut browser, &account).await;
    assert_eq!(challenge.page().as_deref(), Some("challenge"));
    given.end().await;
}

#[actix_web::test]
async fn other_factors_are_tried_with_codes_from_the_inspector() {
    let given = Given::begin();
    let mut browser = Browser::new();
    let home = browser.get(&given.app("/")).await;
    let login = browser.follow(&home.url, &home.link("#signin")).await;
    let form = login.form().set("username", "carol");
    let challenge = browser.submit(form.set("password", "calls-and-text-messages")).await;
    assert_eq!(challenge.page().as_deref(), Some("challenge"), "{}", challenge.body);
    jobs::run_due(&given.server).await;
    let inspector = browser.get(&given.app("/inspector")).await;
    let message = inspector.texts("[data-message]").remove(0);
    assert!(
        message.contains("Text message") && message.contains("+442079460123"),
        "{message}"
    );
    let code = message.rsplit('#').next().unwrap().trim().to_owned();
    let form = challenge.form_at("form[action$='/challenge']").set("code", &code);
    let consent = browser.submit(form).await;
    let account = browser.submit_with(consent.form(), "decision", "allow").await;
    assert_eq!(account.page().as_deref(), Some("demo-account"), "{}", account.body);
    // The account's own pages offer whatever this machine can do without hardware of its own.
    let own = browser.get(account.link("a[href$='/account']").as_str()).await;
    assert_eq!(own.page().as_deref(), Some("account"), "{}", own.body);
    let security = browser.get(&format!("{}/security", own.url)).await;
    for kind in ["passkey", "totp", "hotp", "sms", "email"] {
        let add = security.attribute(&format!("a[data-add={kind}]"), "href");
        assert!(add.is_some(), "{kind}: {}", security.body);
    }
    given.end().await;
}

#[actix_web::test]
async fn the_inspector_shows_decisions_tokens_and_messages() {
    let given = Given::begin();
    let mut browser = Browser::new();
    given.sign_in(&mut browser).await;
    jobs::run_due(&given.server).await;
    let inspector = browser.get(&given.app("/inspector")).await;
    assert_eq!(inspector.page().as_deref(), Some("demo-inspector"));
    let outcomes = inspector.texts("summary .outcome");
    for outcome in ["proceed", "ask"] {
        assert!(outcomes.iter().any(|told| told == outcome), "{outcomes:?}");
    }
    let summaries = inspector.texts("summary");
    assert!(summaries.iter().any(|told| told.contains("alice in harbour-payroll")));
    let facts = inspector.texts(".checks code");
    assert!(
        facts
            .iter()
            .any(|told| told.contains("client harbour-payroll needs high"))
    );
    assert_eq!(inspector.texts("[data-part=claims]").len(), 2);
    assert!(
        inspector
            .texts("[data-message]")
            .remove(0)
            .contains("alice@example.com")
    );
    let stranger = Browser::new().get(&given.app("/inspector")).await;
    assert!(stranger.texts("[data-part=claims]").is_empty(), "{}", stranger.body);
    given.end().await;
}

#[actix_web::test]
async fn after_one_round_for_more_proof_the_app_gives_up() {
    let given = Given::begin();
    let mut browser = Browser::new();
    let (account, secret) = given.sign_in(&mut browser).await;
    given.pass(31);
    let challenge = transfer(&mut browser, &account).await;
    // A copy stops before the app, so that time passes on the way back.
    let mut held_up = browser.clone();
    held_up.stop_at(&given.app("/"));
    let code = given.code(&secret);
    let held = held_up.submit(challenge.form().set("code", &code)).await;
    given.pass(45);
    let account = browser.get(held.location.unwrap().as_str()).await;
    assert_eq!(result(&account).as_deref(), Some("refused"));
    given.end().await;
}

#[actix_web::test]
async fn whoever_declines_or_brings_a_foreign_answer_is_not_signed_in() {
    let given = Given::begin();
    let mut browser = Browser::new();
    let (consent, _) = given.prove(&mut browser).await;
    let home = browser.submit_with(consent.form(), "decision", "deny").await;
    assert_eq!(home.page().as_deref(), Some("demo-home"), "{}", home.body);
    assert!(home.texts("#error").remove(0).contains("You chose not to allow it"));
    let issuer = format!("http://localhost:{}", given.port);
    let foreign = format!("/callback?state=s&code=c&iss={issuer}");
    let foreign = browser.get(&given.app(&foreign)).await;
    assert_eq!((foreign.status, foreign.page().as_deref()), (400, Some("demo-home")));
    // An answer to a sign-in of this browser, from another server (RFC 9207).
    browser.stop_at(&issuer);
    let begun = browser.get(&given.app("/signin")).await;
    let mixed_up = format!(
        "/callback?state={}&code=c&iss=http://localhost:1",
        begun.query("state").unwrap()
    );
    let mixed_up = browser.get(&given.app(&mixed_up)).await;
    assert!(mixed_up.texts("#error").remove(0).contains("another server"));
    given.end().await;
}

#[actix_web::test]
async fn forms_and_names_of_others_are_refused() {
    let given = Given::begin();
    let mut browser = Browser::new();
    let (account, _) = given.sign_in(&mut browser).await;
    for action in ["/transfer", "/sign-out"] {
        let form = account.form_at(&format!("form[action='{action}']"));
        let page = browser.submit(form.set("csrf", "guessed")).await;
        assert_eq!((page.status, page.error_class().as_deref()), (403, Some("cross_site")));
    }
    let home = browser.submit(account.form_at("form[action='/sign-out']")).await;
    assert_eq!(home.page().as_deref(), Some("demo-home"));
    given.pass(1);
    let login = browser.follow(&home.url, &home.link("#signin")).await;
    assert_eq!(login.page().as_deref(), Some("login"), "another person may sign in now");
    browser.set_header("host", "rebound.example");
    assert_eq!(browser.get(&given.app("/inspector")).await.status, 421);
    given.end().await;
}

#[actix_web::test]
async fn the_api_takes_proof_of_a_person_alone() {
    let given = Given::begin();
    let http = HttpClient::loopback().unwrap();
    let url = format!("http://127.0.0.1:{}/transfers", given.port + 2);
    let told = |answer: HttpAnswer| (answer.status, answer.www_authenticate.unwrap());
    let bare = told(http.post_json(&url, None, &json!({})).await.unwrap());
    assert_eq!(bare, (401, "Bearer realm=\"transfers\"".to_owned()));
    let secret = Secret::new("demo-service-secret-0123456789abcdef");
    let form = [
        ("grant_type", "client_credentials"),
        ("resource", "https://api.example.com/transfers"),
    ];
    let endpoint = format!("http://localhost:{}/oauth2/token", given.port);
    let tokens = http
        .post_form(&endpoint, Some(("service", &secret)), &form)
        .await
        .unwrap();
    let of_nobody = Secret::new(tokens.body["access_token"].as_str().unwrap());
    for (token, error) in [
        (of_nobody, "error=\"insufficient_user_authentication\""),
        (Secret::new("a.b.c"), "error=\"invalid_token\""),
    ] {
        let (status, challenge) = told(http.post_json(&url, Some(&token), &json!({})).await.unwrap());
        assert!(status == 401 && challenge.contains(error), "{challenge}");
    }
    given.end().await;
}

#[actix_web::test]
async fn preparing_again_changes_nothing() {
    let given = Given::begin();
    given.sign_in(&mut Browser::new()).await;
    let records = |server: &Server| {
        let look = server.read_blocking(|view| {
            let alice = store::users::find_by_username(view.tx, "alice")?.unwrap();
            let credentials = store::credentials::of_user(view.tx, alice.id)?.len();
            Ok((view.directory.version, credentials))
        });
        look.unwrap()
    };
    let before = records(&given.server);
    assert_eq!(
        before.1, 3,
        "password, authenticator app and the mail address on record"
    );
    demo::prepare(&given.server).unwrap();
    assert_eq!(records(&given.server), before);
    given.end().await;
}
