//! Vendors that fail, that do not answer, and that take over, over HTTP.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::codes::{at_second_step, people, type_code};
use crate::support::relying_party::{RelyingParty, code_of};
use crate::support::server::{Builder, TestServer, with_directory};

/// A vendor of our own: what it was asked, and how it answers every request.
struct Vendor {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    /// Answers with a status; with 0 it takes the request and says nothing.
    fn answering(status: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.expect("a connection");
                let kept = Arc::clone(&kept);
                thread::spawn(move || {
                    let mut request = String::new();
                    let mut bytes = [0; 4_096];
                    while !request.ends_with('}') {
                        let read = connection.read(&mut bytes).expect("a request");
                        if read == 0 {
                            return;
                        }
                        request.push_str(&String::from_utf8_lossy(&bytes[..read]));
                    }
                    kept.lock().unwrap().push(request);
                    if status == 0 {
                        // Until the other side has had enough.
                        drop(connection.read(&mut bytes));
                    } else {
                        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                        drop(connection.write_all(answer.as_bytes()));
                    }
                });
            }
        });
        Self { url, asked }
    }

    /// The bodies it was sent.
    fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|request| request.split("\r\n\r\n").last().unwrap_or_default().to_owned())
            .collect()
    }

    fn setting(&self, further: &str) -> String {
        let body = "{\\\"to\\\":\\\"{to}\\\",\\\"code\\\":\\\"{code}\\\"}";
        format!(
            "{{ provider = \"http\", url = \"{}\", body = \"{body}\"{further} }}",
            self.url
        )
    }
}

fn sending_by(messages: &str) -> Builder {
    let outbound = "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]";
    with_directory(&people()).settings(&format!("[messages]\ntimeout = 1\n{messages}\n{outbound}"))
}

async fn sent(server: &TestServer, page_url: &str, browser: &mut crate::support::browser::Browser) -> String {
    server.codes().await;
    browser.get(page_url).await.sent()
}

#[tokio::test]
async fn s28_the_second_vendor_sends_the_same_code_where_the_first_fails() {
    let first = Vendor::answering(503);
    let second = Vendor::answering(201);
    let sms = first.setting(&format!(", second = {}", second.setting("")));
    let server = sending_by(&format!("sms = {sms}")).start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    assert_eq!(
        sent(&server, page.url.as_str(), &mut browser).await,
        "We sent a text message to …5678."
    );
    let (refused, taken) = (first.asked(), second.asked());
    assert_eq!(
        (refused.len(), &refused),
        (1, &taken),
        "the same code to the same number"
    );
    let body: serde_json::Value = serde_json::from_str(&taken[0]).expect("JSON");
    assert_eq!(body["to"], "+4915112345678");
    code_of(&type_code(&mut browser, &page, body["code"].as_str().unwrap()).await);
    assert_eq!(
        (server.audit("otp.sent").len(), server.audit("otp.send_failed").len()),
        (1, 1)
    );
}

#[tokio::test]
async fn s33_when_both_vendors_fail_the_next_channel_gets_another_code() {
    let (first, second, calls) = (Vendor::answering(503), Vendor::answering(400), Vendor::answering(200));
    let sms = first.setting(&format!(", second = {}", second.setting("")));
    let server = sending_by(&format!("sms = {sms}\nvoice = {}", calls.setting("")))
        .start()
        .await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let told = sent(&server, page.url.as_str(), &mut browser).await;
    assert_eq!(told, "We could not send the text message. We called …5678.");
    assert_eq!(
        (first.asked().len(), second.asked().len(), calls.asked().len()),
        (1, 1, 1)
    );
    let code = |body: &str| {
        serde_json::from_str::<serde_json::Value>(body).unwrap()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (texted, called) = (code(&first.asked()[0]), code(&calls.asked()[0]));
    let page = browser.get(page.url.as_str()).await;
    if texted != called {
        assert_eq!(type_code(&mut browser, &page, &texted).await.status, 400);
        server.codes().await;
    }
    assert_eq!(
        server
            .audit("otp.voided")
            .iter()
            .filter(|entry| entry.body.contains("not sent"))
            .count(),
        1
    );
}

#[tokio::test]
async fn s33_a_vendor_that_does_not_answer_is_not_asked_again_and_no_other_is() {
    let (silent, second, calls) = (Vendor::answering(0), Vendor::answering(200), Vendor::answering(200));
    let sms = silent.setting(&format!(", second = {}", second.setting("")));
    let server = sending_by(&format!("sms = {sms}\nvoice = {}", calls.setting("")))
        .start()
        .await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let told = sent(&server, page.url.as_str(), &mut browser).await;
    assert!(
        told.starts_with("We cannot tell whether the message to …5678 went out."),
        "{told}"
    );
    // However long one waits, nobody sends it again.
    for _ in 0..3 {
        server.advance(60);
        server.codes().await;
    }
    assert_eq!(
        (silent.asked().len(), second.asked().len(), calls.asked().len()),
        (1, 0, 0)
    );
    let body: serde_json::Value = serde_json::from_str(&silent.asked()[0]).expect("JSON");
    code_of(&type_code(&mut browser, &page, body["code"].as_str().unwrap()).await);
}

#[tokio::test]
async fn s33_when_nothing_can_be_sent_the_page_says_so_and_takes_no_code() {
    let vendor = Vendor::answering(500);
    let server = sending_by(&format!("sms = {}", vendor.setting(""))).start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let told = sent(&server, page.url.as_str(), &mut browser).await;
    assert_eq!(
        told,
        "We could not send the text message. Try again, or use another way."
    );
    assert!(
        !told.contains("127.0.0.1") && !told.contains("500"),
        "nothing of the vendor"
    );
    let body: serde_json::Value = serde_json::from_str(&vendor.asked()[0]).expect("JSON");
    let late = type_code(&mut browser, &page, body["code"].as_str().unwrap()).await;
    assert_eq!(
        (late.status, late.page().as_deref()),
        (400, Some("challenge")),
        "it is void"
    );
    assert_eq!(vendor.asked().len(), 1);
}
