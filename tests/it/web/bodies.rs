//! Bodies that come too slowly, are too large or cannot be decoded.

use reqwest::header::CONTENT_ENCODING;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::directory::DIRECTORY;
use crate::support::endpoint;
use crate::support::server::{TestServer, with_directory};

const FORM: &str = "application/x-www-form-urlencoded";

/// What is answered to the beginning of a form after which nothing comes, until the connection is closed.
async fn begun(server: &TestServer, path: &str) -> String {
    let authority = server.at("").replace("http://", "");
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: {FORM}\r\ncontent-length: 100\r\n\r\nabc");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).await.unwrap();
    told
}

#[tokio::test]
async fn a_body_comes_in_time_or_is_not_waited_for() {
    let server = with_directory(DIRECTORY)
        .settings("[limits]\nbody_timeout = 1")
        .start()
        .await;
    let (token, page, protected) = tokio::join!(
        begun(&server, "/oauth2/token"),
        begun(&server, "/device"),
        begun(&server, "/oauth2/userinfo")
    );
    for told in [&token, &page, &protected] {
        assert!(told.starts_with("HTTP/1.1 408 "), "{told}");
        let head = told.to_lowercase();
        for header in ["cache-control: no-store\r\n", "connection: close\r\n", "x-request-id: "] {
            assert!(head.contains(header), "{header}: {told}");
        }
    }
    for told in [&token, &protected] {
        let (_, body) = told.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let expected = json!({ "error": "invalid_request", "error_description": "the body did not come in time" });
        assert_eq!(body, expected);
    }
    assert!(page.contains("data-error=\"unread_form\""), "{page}");
    server.stop().await;
}

#[tokio::test]
async fn what_pages_cannot_read_is_told_on_a_page() {
    let server = with_directory(DIRECTORY).start().await;
    let large = format!("user_code={}", "B".repeat(70_000));
    for (path, encoding, body, status) in [
        ("/device", None, large.as_str(), 413),
        ("/account", None, &large, 413),
        ("/interaction/x/login", None, &large, 413),
        ("/oauth2/authorize", None, &large, 413),
        ("/oauth2/logout", Some("gzip"), "not gzip", 400),
    ] {
        let request = endpoint::http()
            .post(server.at(path))
            .header("content-type", FORM)
            .header("accept-language", "de");
        let request = match encoding {
            Some(encoding) => request.header(CONTENT_ENCODING, encoding),
            None => request,
        };
        let response = request.body(body.to_owned()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{path}");
        let page = response.text().await.unwrap();
        assert!(page.contains("data-error=\"unread_form\""), "{path}: {page}");
        assert!(
            page.contains("Wir konnten nicht lesen, was Sie gesendet haben"),
            "{path}: {page}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn refusals_for_want_of_a_token_are_not_kept() {
    let server = with_directory(DIRECTORY)
        .settings("[registration]\nmode = \"token\"")
        .start()
        .await;
    for path in ["/oauth2/userinfo", "/oauth2/register/app"] {
        let answer = endpoint::http().get(server.at(path)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
    server.stop().await;
}
