//! One-time passwords of `YubiKey`s, checked by a validation server of Yubico's protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

const KEY: &[u8] = b"a key of twenty byte";

/// A validation server for all tests of this process: it takes each password once, but for keys whose names begin with `v`; and
/// of those whose names begin with `u` it knows nothing the third time that they are plugged in.
struct Validator {
    port: u16,
    seen: Mutex<BTreeSet<String>>,
    asked: Mutex<Vec<String>>,
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        Validator {
            port,
            seen: Mutex::default(),
            asked: Mutex::default(),
        }
    })
}

fn sign(fields: &BTreeMap<&str, String>) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, KEY);
    STANDARD.encode(hmac::sign(&key, pairs.join("&").as_bytes()))
}

fn answer(mut stream: TcpStream) {
    let mut head = [0; 4_096];
    let read = stream.read(&mut head).unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let query = target
        .strip_prefix("/wsapi/2.0/verify?")
        .expect("the path of the protocol");
    let mut asked: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let signature = asked.remove("h").expect("a signature");
    let plain = asked
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    assert_eq!(signature, sign(&plain), "the request is signed");
    let otp = asked["otp"].clone();
    validator().asked.lock().unwrap().push(otp.clone());
    let is_new = otp.starts_with('v') || validator().seen.lock().unwrap().insert(otp.clone());
    let is_unknown = otp.starts_with('u') && otp.ends_with('e');
    let status = match is_new {
        _ if is_unknown => "BACKEND_ERROR",
        true => "OK",
        false => "REPLAYED_OTP",
    };
    let count = otp[40..]
        .chars()
        .fold(0, |count, c| count * 16 + MODHEX.find(c).expect("modhex"));
    let mut fields = BTreeMap::from([
        ("nonce", asked["nonce"].clone()),
        ("otp", otp),
        ("sessioncounter", count.to_string()),
        ("sessionuse", "1".to_owned()),
        ("status", status.to_owned()),
        ("t", "2026-03-03T10:00:00Z0123".to_owned()),
    ]);
    fields.insert("h", sign(&fields));
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}\r\n"))
        .collect();
    let body = lines.concat();
    let _sent = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

const MODHEX: &str = "cbdefghijklnrtuv";

/// What the key of a name types when it is plugged in for the `count`th time.
fn otp(key: &str, count: usize) -> String {
    let digit = |place: u32| char::from(MODHEX.as_bytes()[count >> (4 * place) & 15]);
    let digits: String = (0..4).rev().map(digit).collect();
    format!("{key}{}{digits}", "c".repeat(28))
}

/// A name of a key that no other test has.
fn key(prefix: char) -> String {
    let random: [u8; 11] = countersign::crypto::random::Random::from_os().bytes();
    let name = random.map(|byte| char::from(MODHEX.as_bytes()[usize::from(byte & 15)]));
    std::iter::once(prefix).chain(name).collect()
}

fn with_validator(port: u16) -> Builder {
    let settings = format!(
        "[yubikey]\nclient_id = 7\nsecret = \"{}\"\nservers = [\"http://127.0.0.1:{port}\"]\n[outbound]\n\
         allowed_private_hosts = [\"127.0.0.1\"]",
        STANDARD.encode(KEY)
    );
    with_directory(DIRECTORY).settings(&settings)
}

on_both! {
    with_validator(validator().port);
    s39_a_yubikey_is_enrolled_and_proved,
    s39_a_one_time_password_counts_once_here_too, s39_what_nobody_could_check_is_not_counted_as_wrong,
}

async fn at_second_step(server: &TestServer) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    (browser, page)
}

async fn enrolled(server: &TestServer, key: &str) {
    let (mut browser, page) = at_second_step(server).await;
    let page = browser.get(page.link("a[data-factor=yubikey_otp]").as_str()).await;
    code_of(&browser.submit(page.form().set("code", &otp(key, 1))).await);
}

fn is_refused(page: &Page, name: &str) -> bool {
    (page.status, page.page().as_deref()) == (400, Some(name)) && page.body.contains("That was not accepted.")
}

async fn s39_a_yubikey_is_enrolled_and_proved(server: &TestServer) {
    let key = key('c');
    let (mut browser, page) = at_second_step(server).await;
    let page = browser.get(page.link("a[data-factor=yubikey_otp]").as_str()).await;
    assert_eq!(page.texts("h1"), ["Set up your YubiKey"]);
    let again = browser.submit(page.form().set("code", "123456")).await;
    assert!(is_refused(&again, "enrol"), "{}", again.body);
    let page = browser.submit(page.form().set("code", &otp(&key, 1))).await;
    code_of(&page);
    assert!(server.audit("factor.enrolled")[0].body.contains("yubikey_otp"));
    // What enrolled it was used; somebody else's key is not asked about.
    let rp = RelyingParty::new(server, "high");
    let mut other = rp.browser();
    let page = rp.authorize(&mut other, "openid", &[]).await;
    let page = log_in(&mut other, page, "alice").await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    let foreign = otp(&self::key('c'), 9);
    for wrong in [&otp(&key, 1), &foreign, ""] {
        let again = other.submit(page.form().set("code", wrong)).await;
        assert!(is_refused(&again, "challenge"), "{wrong}: {}", again.body);
    }
    assert!(!validator().asked.lock().unwrap().contains(&foreign));
    let page = other
        .submit(page.form().set("code", &otp(&key, 2).to_uppercase()))
        .await;
    let told = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(told["acr"], "high");
    assert_eq!(told["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(server.audit("challenge.failed").len(), 3);
}

async fn s39_a_one_time_password_counts_once_here_too(server: &TestServer) {
    // The server accepts whatever it is asked about this key.
    let key = key('v');
    enrolled(server, &key).await;
    let (mut one, page_of_one) = at_second_step(server).await;
    let (mut two, page_of_two) = at_second_step(server).await;
    let (one, two) = tokio::join!(
        one.submit(page_of_one.form().set("code", &otp(&key, 5))),
        two.submit(page_of_two.form().set("code", &otp(&key, 5)))
    );
    let through = [&one, &two].into_iter().filter(|page| page.query("code").is_some());
    assert_eq!(through.count(), 1, "{} {}", one.body, two.body);
    let (mut browser, page) = at_second_step(server).await;
    for passed in [5, 4, 1] {
        let again = browser.submit(page.form().set("code", &otp(&key, passed))).await;
        assert!(is_refused(&again, "challenge"), "{passed}");
    }
    code_of(&browser.submit(page.form().set("code", &otp(&key, 6))).await);
}

async fn s39_what_nobody_could_check_is_not_counted_as_wrong(server: &TestServer) {
    let key = key('u');
    enrolled(server, &key).await;
    let (mut browser, page) = at_second_step(server).await;
    // More often than wrong answers lock an account.
    for _ in 0..12 {
        let again = browser.submit(page.form().set("code", &otp(&key, 3))).await;
        assert_eq!((again.status, again.page().as_deref()), (400, Some("challenge")));
        assert!(again.body.contains("cannot be checked right now"), "{}", again.body);
    }
    code_of(&browser.submit(page.form().set("code", &otp(&key, 4))).await);
}

#[tokio::test]
async fn s39_nobody_gets_in_while_no_validation_server_answers() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let server = with_validator(closed.port()).start().await;
    let (mut browser, page) = at_second_step(&server).await;
    let page = browser.get(page.link("a[data-factor=yubikey_otp]").as_str()).await;
    let again = browser.submit(page.form().set("code", &otp(&key('c'), 1))).await;
    assert_eq!((again.status, again.page().as_deref()), (400, Some("enrol")));
    assert!(again.body.contains("cannot be checked right now"), "{}", again.body);
    assert!(server.audit("factor.enrolled").is_empty());
}

#[tokio::test]
async fn s39_without_a_validation_server_there_are_no_yubikeys() {
    let server = with_directory(DIRECTORY).start().await;
    let (mut browser, page) = at_second_step(&server).await;
    assert_eq!(page.attribute("a[data-factor=yubikey_otp]", "href"), None);
    let form = page.form().set("factor", "yubikey_otp").set("code", &otp(&key('c'), 1));
    let answer = browser.submit(form).await;
    assert_eq!(answer.error_class().as_deref(), Some("step_not_due"), "{}", answer.body);
}
