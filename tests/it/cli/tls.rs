//! HTTPS by the server itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::{Client, Version, tls};

use super::logged;
use crate::support::certificate::Certified;
use crate::support::process::{Node, client};
use crate::support::server::Backend;

const DIRECTORY: &str = r#"
[[clients]]
client_id = "reports"
client_secret = "a-secret-of-sufficient-length-0123"
grant_types = ["client_credentials"]
"#;

fn node(by: &Certified) -> Node {
    let node = Node::new(Backend::Sqlite).expect("SQLite is always there").secured(by);
    node.configure(
        "level = \"warn\"\nformat = \"text\"",
        "level = \"info\"\nformat = \"json\"",
    );
    node
}

async fn live(http: &Client, node: &Node) -> reqwest::Result<Version> {
    let answer = http.get(format!("{}/health/live", node.url)).send().await?;
    assert_eq!(answer.status(), 200);
    Ok(answer.version())
}

#[tokio::test]
async fn http_2_and_1_1_are_answered_by_tls_1_2_and_1_3() {
    let certified = Certified::new();
    let node = node(&certified);
    node.run(&["migrate"]);
    node.apply(DIRECTORY);
    let _serving = node.serve().await;
    for version in [tls::Version::TLS_1_2, tls::Version::TLS_1_3] {
        let only = || certified.client().tls_version_min(version).tls_version_max(version);
        let http = only().build().unwrap();
        assert_eq!(live(&http, &node).await.unwrap(), Version::HTTP_2, "{version:?}");
        let http = only().http1_only().build().unwrap();
        assert_eq!(live(&http, &node).await.unwrap(), Version::HTTP_11, "{version:?}");
    }

    let http = certified.client().build().unwrap();
    let metadata = format!("{}/.well-known/openid-configuration", node.url);
    let metadata: serde_json::Value = http.get(metadata).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["issuer"], node.issuer);
    assert!(node.issuer.starts_with("https://"));
    let request = http
        .post(metadata["token_endpoint"].as_str().unwrap())
        .basic_auth("reports", Some("a-secret-of-sufficient-length-0123"))
        .form(&[("grant_type", "client_credentials")]);
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert!(answer["access_token"].is_string(), "{answer}");
}

#[tokio::test]
async fn cookies_are_for_https_alone() {
    let certified = Certified::new();
    let node = node(&certified);
    let _serving = node.serve().await;
    let http = certified.client().build().unwrap();
    let answer = http.get(format!("{}/account", node.url)).send().await.unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"));
    let cookies: Vec<&str> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert!(!cookies.is_empty(), "{answer:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure"), "{cookie}");
    }
}

#[tokio::test]
async fn plain_http_is_refused() {
    let certified = Certified::new();
    let node = node(&certified);
    let _serving = node.serve().await;
    let address = node.url.strip_prefix("https://").unwrap();
    assert!(
        client()
            .get(format!("http://{address}/health/live"))
            .send()
            .await
            .is_err()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    // It may be told so by an alert, or the connection ends.
    let _ended = stream.read_to_end(&mut answer);
    assert!(answer.len() < 32 && !answer.starts_with(b"HTTP"), "{answer:?}");
    // Those who do as they should are answered still.
    live(&certified.client().build().unwrap(), &node).await.unwrap();
}

#[tokio::test]
async fn hanging_up_takes_a_new_certificate_and_no_bad_one() {
    let (first, second) = (Certified::new(), Certified::new());
    let node = node(&first);
    let serving = node.serve().await;
    let line = logged(&node, READ, 1).await;
    assert_eq!(line["names"], "localhost 127.0.0.1");
    assert_eq!(line["until"], "4096-01-01T00:00:00Z");
    // A new client each time: one that was answered before may resume its session, and is shown no certificate then.
    let earlier = || first.client().build().unwrap();
    let later = || second.client().build().unwrap();

    // Its key is not there yet.
    node.file("certificate.pem", &second.certificate);
    serving.hang_up();
    let line = logged(&node, STAYS, 1).await;
    assert_eq!(line["level"], "WARN");
    let error = line["error"].as_str().unwrap();
    assert!(
        error.starts_with("server.tls_key: ") && error.contains("is not the key of the certificate in "),
        "{error}"
    );
    live(&earlier(), &node).await.unwrap();
    assert!(live(&later(), &node).await.is_err());

    node.file("key.pem", &second.key);
    serving.hang_up();
    logged(&node, READ, 2).await;
    live(&later(), &node).await.unwrap();
    assert!(live(&earlier(), &node).await.is_err());

    node.file("key.pem", "lost");
    serving.hang_up();
    logged(&node, STAYS, 2).await;
    live(&later(), &node).await.unwrap();
    assert!(!node.logged().contains("PRIVATE KEY"));
}

const READ: &str = "the certificate was read";
const STAYS: &str = "the certificate cannot be read again; the earlier one stays";

#[test]
fn a_certificate_that_cannot_be_used_is_told_at_once() {
    let certified = Certified::new();
    let node = node(&certified);
    let file = node.file("key.pem", &Certified::new().key);
    let told = node.refused(&["serve"]);
    let start = format!("countersign: server.tls_key: {file} is not the key of the certificate in ");
    assert!(told.starts_with(&start) && told.lines().count() == 1, "{told}");
    let told = node.refused(&["check"]);
    assert_eq!(told, "countersign: check: found an error");
    std::fs::remove_file(&file).unwrap();
    let told = node.refused(&["serve"]);
    let expected =
        format!("countersign: server.tls_key: {file} cannot be read: No such file or directory (os error 2)");
    assert_eq!(told, expected);
    // Other commands need no certificate.
    node.run(&["migrate"]);
    node.run(&["user", "list"]);
    node.configure(&format!("tls_key = \"{file}\"\n"), "");
    let told = node.refused(&["serve"]);
    assert_eq!(
        told,
        "countersign: server.tls_key: must be set too, as server.tls_cert is"
    );
}
