//! Calls at work, against a service on a loopback port.

use serde_json::json;

use super::*;
use crate::config::HostPattern;
use crate::model::secret::Secret;
use crate::outbound::origin::{Origin, answer};

const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const SECRET: &str = "a-secret-of-thirty-two-bytes-long";

fn webhooks(listed: &[&str], private: &[&str]) -> Webhooks {
    let pattern = |host: &&str| HostPattern::try_from((*host).to_owned()).unwrap();
    let webhook = |host| Webhook {
        host: pattern(host),
        secret: Secret::new(SECRET),
    };
    let settings = OutboundSettings {
        webhooks: listed.iter().map(webhook).collect(),
        allowed_private_hosts: private.iter().map(pattern).collect(),
        max_size: 1_000,
        timeout: 1,
        ..OutboundSettings::default()
    };
    Webhooks::new(&settings, Clients::new(&settings).unwrap())
}

fn local() -> Webhooks {
    webhooks(&["127.0.0.1"], &["127.0.0.1"])
}

#[tokio::test]
async fn s15_a_call_is_signed_over_its_time_and_body() {
    let origin = Origin::serve(|_, out| out.write_all(&answer("200 OK", "", r#"{"risk":3}"#)));
    let body = r#"{"step":"risk"}"#.to_owned();
    let got = local().call(&origin.url("/risk"), body.clone(), NOW).await.unwrap();
    assert_eq!(got, json!({ "risk": 3 }));
    let request = &origin.requests()[0];
    assert!(
        request.starts_with("POST /risk HTTP/1.1\r\n") && request.ends_with(&body),
        "{request}"
    );
    let tag = hmac_sha256(SECRET.as_bytes(), format!("1767225600.{body}").as_bytes());
    for header in [
        "countersign-timestamp: 1767225600\r\n".to_owned(),
        format!("countersign-signature: v1={}\r\n", String::from(Digest::new(tag))),
        "content-type: application/json\r\n".to_owned(),
    ] {
        assert!(request.contains(&header), "{header} in {request}");
    }
    assert!(!request.contains(SECRET), "{request}");
}

#[tokio::test]
async fn s31_hosts_that_are_not_listed_are_refused_before_their_names_are_looked_up() {
    let refused = DocumentError::Forbidden("the host is not listed in outbound.webhooks");
    for url in [
        "https://no-such-host.invalid/",
        "https://127.0.0.1.nip.invalid/",
        "http://127.0.0.1:1/",
    ] {
        let webhooks = webhooks(&["risk.example.com", "127.0.0.1:2"], &["127.0.0.1"]);
        assert_eq!(
            webhooks.call(url, String::new(), NOW).await,
            Err(refused.clone()),
            "{url}"
        );
    }
}

#[tokio::test]
async fn s31_a_listed_host_is_private_only_where_the_settings_say_so() {
    for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost:9/"] {
        let webhooks = webhooks(&["127.0.0.1", "localhost"], &[]);
        let outcome = webhooks.call(url, String::new(), NOW).await;
        assert!(
            matches!(outcome, Err(DocumentError::Forbidden(_))),
            "{url}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn s31_redirects_are_not_followed() {
    let origin = Origin::serve(|_, out| out.write_all(&answer("307 Temporary Redirect", "location: /inner\r\n", "")));
    let outcome = local().call(&origin.url("/"), "{}".to_owned(), NOW).await;
    assert_eq!(outcome, Err(DocumentError::Status(307)));
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn s15_what_is_late_large_or_no_object_is_a_failure() {
    let origin = Origin::serve(|request, out| {
        if request.starts_with("POST /slow") {
            std::thread::sleep(Duration::from_millis(1_500));
            return Ok(());
        }
        let body = match request.split(' ').nth(1) {
            Some("/large") => format!("{{\"a\":\"{}\"}}", "x".repeat(1_000)),
            Some("/list") => "[1]".to_owned(),
            _ => "<html>".to_owned(),
        };
        out.write_all(&answer("200 OK", "", &body))
    });
    for (path, expected) in [
        ("/slow", DocumentError::TimedOut),
        ("/large", DocumentError::TooLarge),
        ("/list", DocumentError::Malformed("not a JSON object")),
        ("/page", DocumentError::Malformed("not JSON")),
    ] {
        let outcome = local().call(&origin.url(path), "{}".to_owned(), NOW).await;
        assert_eq!(outcome, Err(expected), "{path}");
    }
    let failing = Origin::serve(|_, out| out.write_all(&answer("503 Service Unavailable", "", "{}")));
    let outcome = local().call(&failing.url("/"), "{}".to_owned(), NOW).await;
    assert_eq!(outcome, Err(DocumentError::Status(503)));
}
