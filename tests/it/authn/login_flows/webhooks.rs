//! Services that flows ask: what they are told, and what becomes of the login when they hang, lie or send us elsewhere.

use countersign::crypto::digest::hmac_sha256;
use countersign::model::secret::Digest;
use serde_json::{Value, json};

use super::{assert_step, at_flow, details, directory};
use crate::support::attack;
use crate::support::relying_party::{RelyingParty, code_of};
use crate::support::server::{TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

const KEY: &str = "a-secret-of-thirty-two-bytes-or-more";

fn flow(service: &Service) -> String {
    format!(
        r#"
[[login_flows]]
name = "risk"
state = "active"

[[login_flows.steps]]
name = "ask"
kind = "screen"
title = "Where to?"
fields = [{{ name = "target", label = "Target" }}]

[[login_flows.steps]]
name = "risk"
kind = "webhook"
url = "{}"
inputs = ["user_id", "username", "login_type", "ip", "application", "session_level", "target"]
outputs = {{ risk = "number", told = "text" }}
on_failure = "failed"

[[login_flows.steps]]
name = "check"
kind = "decision"
all = [{{ value = "risk", at_most = 30 }}]
valid = "hello"

[[login_flows.steps]]
name = "hello"
kind = "notice"
title = "Hello"
text = "They say {{told}}"
next = "done"

[[login_flows.steps]]
name = "failed"
kind = "deny"
text = "We could not check."

[[login_flows.steps]]
name = "done"
kind = "finish"
"#,
        service.url("/risk")
    )
}

async fn start(service: &Service) -> TestServer {
    let settings = format!(
        "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\ntimeout = 1\n\
         webhooks = [{{ host = \"127.0.0.1\", secret = \"{KEY}\" }}]"
    );
    with_directory(&directory(&flow(service), "risk"))
        .settings(&settings)
        .start()
        .await
}

fn low(told: &str) -> Behaviour {
    Behaviour::Answer(200, json!({ "risk": 3, "told": told, "more": [1] }).to_string())
}

#[tokio::test]
async fn s16_a_service_is_told_facts_of_the_login_whatever_the_form_says() {
    let service = Service::start(low("<b>well</b>"));
    let server = start(&service).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let tampered = page.form().set("target", "home");
    let bob = server.user("bob").to_string();
    let tampered = tampered
        .add("user_id", &bob)
        .add("session_level", "phr")
        .add("risk", "0");
    let page = browser.submit(tampered).await;
    assert_step(&page, "notice", "Hello");
    // What a service answers is data, and never markup.
    assert!(
        page.body.contains("They say &lt;b&gt;well&lt;") && !page.body.contains("<b>"),
        "{}",
        page.body
    );
    let asked = service.asked();
    assert_eq!((asked.len(), asked[0].line.as_str()), (1, "POST /risk"));
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    let inputs = json!({
        "user_id": server.user("carol").to_string(), "username": "carol", "login_type": "password", "ip": "127.0.0.1",
        "application": "trusted", "session_level": "standard", "target": "home",
    });
    assert_eq!((&body["inputs"], body["step"].as_str()), (&inputs, Some("risk")));
    let time = asked[0].header("countersign-timestamp").unwrap().to_owned();
    assert_eq!(time, server.now().to_string());
    let tag = hmac_sha256(KEY.as_bytes(), format!("{time}.{}", asked[0].body).as_bytes());
    let signature = format!("v1={}", String::from(Digest::new(tag)));
    assert_eq!(asked[0].header("countersign-signature"), Some(signature.as_str()));
    code_of(&browser.submit(page.form()).await);
    assert!(!server.audit("flow.step").iter().any(|entry| entry.body.contains(KEY)));
}

#[tokio::test]
async fn s15_s31_a_service_that_hangs_lies_or_leads_elsewhere_has_failed() {
    let inner = Service::start(low("inner"));
    let service = Service::start(low("first"));
    let server = start(&service).await;
    let rp = RelyingParty::new(&server, "trusted");
    let behaviours = [
        (Behaviour::Hang, "took too long"),
        (
            Behaviour::Answer(500, "{\"risk\":0,\"told\":\"\"}".into()),
            "answered with status 500",
        ),
        (Behaviour::Answer(200, "<html>".into()), "malformed: not JSON"),
        (
            Behaviour::Answer(200, "{\"told\":\"a\"}".into()),
            "the answer has no risk",
        ),
        (
            Behaviour::Answer(200, "{\"risk\":\"0\",\"told\":\"a\"}".into()),
            "risk of the answer is no number",
        ),
        (
            Behaviour::Answer(200, "{\"risk\":0,\"told\":\"a\\nb\"}".into()),
            "told of the answer is no text",
        ),
        (
            Behaviour::Answer(200, format!("{{\"risk\":0,\"told\":\"{}\"}}", "x".repeat(70_000))),
            "too large",
        ),
        (Behaviour::Redirect(inner.url("/risk")), "answered with status 302"),
    ];
    for (at, (behaviour, failure)) in behaviours.into_iter().enumerate() {
        service.behave(behaviour);
        let (mut browser, page) = at_flow(&rp).await;
        let page = browser.submit(page.form().set("target", "home")).await;
        assert_step(&page, "denied", "You cannot sign in now");
        assert!(page.body.contains("We could not check."), "{failure}");
        let failed = details(&server, "flow.step")
            .into_iter()
            .rfind(|detail| detail["step"] == "risk")
            .unwrap();
        assert_eq!(
            (failed["way"].as_str(), failed["failure"].as_str()),
            (Some("on_failure"), Some(failure))
        );
        assert_eq!(server.audit("flow.denied").len(), at + 1);
    }
    assert!(inner.asked().is_empty(), "a redirect was followed");
    assert!(server.audit("authorization.allowed").is_empty());
}

#[tokio::test]
async fn s20_a_risk_that_is_too_high_denies() {
    let service = Service::start(Behaviour::Answer(200, "{\"risk\":31,\"told\":\"\"}".into()));
    let server = start(&service).await;
    let (mut browser, page) = at_flow(&RelyingParty::new(&server, "trusted")).await;
    let page = browser.submit(page.form().set("target", "home")).await;
    assert_step(&page, "denied", "You cannot sign in now");
    assert_eq!(details(&server, "flow.denied")[0]["step"].as_str(), Some("check"));
}

#[tokio::test]
async fn s15_a_service_is_asked_once_however_often_the_page_is_opened() {
    let service = Service::start(Behaviour::Hang);
    let server = start(&service).await;
    let (browser, page) = at_flow(&RelyingParty::new(&server, "trusted")).await;
    let went_on = attack::post(&browser, &page.form().set("target", "home"), &[]).await;
    assert_eq!(went_on.status, 303);
    assert!(service.asked().is_empty(), "the page asks, and not its form");
    let open = || attack::get(&browser, &page.url);
    let (one, other) = tokio::join!(open(), open());
    let mut steps = [one, other].map(|page| page.attribute("body", "data-step").unwrap_or_default());
    steps.sort();
    assert_eq!(
        (steps, service.asked().len()),
        (["denied".to_owned(), "wait".to_owned()], 1)
    );
}
