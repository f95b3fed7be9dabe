use std::time::Duration;

use super::*;
use crate::config::{MessageSettings, Vendor};
use crate::model::message::{Channel, DeliveryFailure};
use crate::outbound::origin::{Origin, answer};
use crate::outbound::vendor::{loopback, sample};

fn settings(toml: &str) -> HttpVendorSettings {
    let settings: MessageSettings = toml::from_str(&format!("[sms]\nprovider = \"http\"\n{toml}")).unwrap();
    match settings.sms.unwrap().vendors.swap_remove(0) {
        Vendor::Http(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn carrier() -> Carrier {
    loopback(Duration::from_secs(5))
}

fn accepting() -> Origin {
    Origin::serve(|_, out| out.write_all(&answer("202 Accepted", "", "thanks")))
}

#[tokio::test]
async fn s28_a_json_template_is_filled_in_and_escaped() {
    let origin = accepting();
    let body = r#"{"to":"{to}","body":"{text}","otp":"{code}","lang":"{locale}","as":{"is":"{no brace}"}}"#;
    let url = origin.url("/v1/send");
    let settings = settings(&format!(
        "url = \"{url}\"\nbody = '{body}'\napi_key = \"k\"\nheaders = {{ Authorization = \"Bearer {{api_key}}\", X-Lang = \"{{locale}}\" }}"
    ));
    assert_eq!(problem(&settings, &carrier()), None);
    let mut message = sample(Channel::Sms);
    message.locale = "{api_key}".into();
    assert_eq!(deliver(&settings, &carrier(), &message).await, Delivery::Accepted);
    let request = origin.requests().pop().unwrap();
    assert!(request.starts_with("POST /v1/send HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer k\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    // What was filled in is not filled in again.
    assert!(request.contains("x-lang: {api_key}\r\n"), "{request}");
    let (_, sent) = request.split_once("\r\n\r\n").unwrap();
    let expected = serde_json::json!({
        "to": "+4915112345678",
        "body": message.text.expose(),
        "otp": "042917",
        "lang": "{api_key}",
        "as": { "is": "{no brace}" },
    });
    assert_eq!(serde_json::from_str::<Value>(sent).unwrap(), expected);
}

#[tokio::test]
async fn s28_forms_and_addresses_are_escaped_in_their_own_way() {
    let origin = accepting();
    let message = sample(Channel::Sms);
    let form = settings(&format!(
        "url = \"{}\"\nmethod = \"PUT\"\ncontent_type = \"application/x-www-form-urlencoded\"\nbody = \"n={{to}}&t={{text}}\"",
        origin.url("/")
    ));
    assert_eq!(deliver(&form, &carrier(), &message).await, Delivery::Accepted);
    let request = origin.requests().pop().unwrap();
    let (head, sent) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("PUT / HTTP/1.1\r\n"), "{head}");
    let fields: Vec<_> = form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
    let expected = [("n", "+4915112345678"), ("t", message.text.expose())];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );

    let get = settings(&format!(
        "url = \"{}\"\nmethod = \"GET\"",
        origin.url("/{to}/send?code={code}&to={to}")
    ));
    assert_eq!(deliver(&get, &carrier(), &message).await, Delivery::Accepted);
    let request = origin.requests().pop().unwrap();
    let line = "GET /%2B4915112345678/send?code=042917&to=%2B4915112345678 HTTP/1.1\r\n";
    assert!(request.starts_with(line), "{request}");
}

#[tokio::test]
async fn s28_only_a_2xx_is_a_yes() {
    for (status, expected) in [
        ("204 No Content", Delivery::Accepted),
        ("302 Found", Delivery::Failed(DeliveryFailure::Refused)),
        ("400 Bad Request", Delivery::Failed(DeliveryFailure::Refused)),
        ("429 Too Many Requests", Delivery::Failed(DeliveryFailure::RateLimited)),
        ("502 Bad Gateway", Delivery::Failed(DeliveryFailure::Unavailable)),
    ] {
        let origin = Origin::serve(move |_, out| out.write_all(&answer(status, "location: http://127.0.0.1/\r\n", "")));
        let settings = settings(&format!("url = \"{}\"\nbody = \"{{}}\"", origin.url("/")));
        assert_eq!(
            deliver(&settings, &carrier(), &sample(Channel::Sms)).await,
            expected,
            "{status}"
        );
        assert_eq!(origin.requests().len(), 1);
    }
}

#[test]
fn s31_templates_that_could_go_astray_are_refused() {
    for (toml, told) in [
        (
            "url = \"https://{to}.example/\"\nbody = \"{}\"",
            "url may be filled in after its host only",
        ),
        ("url = \"http://sms.example/\"\nbody = \"{}\"", "url: address refused"),
        ("url = \"https://10.0.0.1/\"\nbody = \"{}\"", "url: address refused"),
        (
            "url = \"https://a:b@sms.example/\"\nbody = \"{}\"",
            "url: address refused",
        ),
        (
            "url = \"https://sms.example/?key={api_key}\"\nmethod = \"GET\"",
            "the key belongs in a header",
        ),
        (
            "url = \"https://sms.example/\"\nbody = '{\"to\":\"{too}\"}'",
            "{too} is filled in with nothing",
        ),
        (
            "url = \"https://sms.example/\"\nbody = '{\"to\":{to}}'",
            "body is not JSON",
        ),
    ] {
        let problem = problem(&settings(toml), &carrier());
        assert!(
            problem.as_ref().is_some_and(|problem| problem.contains(told)),
            "{toml}: {problem:?}"
        );
    }
    assert_eq!(
        problem(
            &settings("url = \"https://sms.example\"\nbody = '{\"to\":\"{to}\"}'"),
            &carrier()
        ),
        None
    );
}
