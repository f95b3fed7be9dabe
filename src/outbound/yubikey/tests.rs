//! A fake validation server, and what is believed of it.

use std::sync::{Arc, Mutex};

use super::*;
use crate::config::load_text;
use crate::outbound::origin::{Origin, answer};

const KEY: &str = "mG5be6ZJU1qBGz24yPh/ESM3UdU=";
const OTP: &str = "vvungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdft";

fn key() -> Vec<u8> {
    STANDARD.decode(KEY).unwrap()
}

fn validator(servers: &[String]) -> YubikeyValidator {
    let settings = format!(
        "[yubikey]\nclient_id = 87\nsecret = \"{KEY}\"\nservers = {servers:?}\ntimeout = 1\n[outbound]\n\
         allowed_private_hosts = [\"127.0.0.1\"]"
    );
    let loaded = load_text(&settings, BTreeMap::new()).unwrap();
    let clients = Clients::new(&loaded.settings.outbound).unwrap();
    YubikeyValidator::new(&loaded.settings, clients).unwrap()
}

/// An answer's body with its signature.
fn body(key: &[u8], fields: &[(&str, &str)]) -> String {
    let sorted: BTreeMap<&str, &str> = fields.iter().copied().collect();
    let signature = STANDARD.encode(sha1_mac::sign(key, signed(&sorted).as_bytes()));
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}\r\n"))
        .collect();
    format!("h={signature}\r\n{}\r\n", lines.concat())
}

/// The nonce in a request.
fn nonce(request: &str) -> String {
    let after = request.split("nonce=").nth(1).unwrap();
    after.split(['&', ' ']).next().unwrap().to_owned()
}

/// Answers each request with what `fields` makes of its nonce.
fn server(fields: impl Fn(&str) -> Vec<(&'static str, String)> + Send + Sync + 'static) -> Origin {
    Origin::serve(move |request, out| {
        let fields = fields(&nonce(request));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        out.write_all(&answer("200 OK", "", &body(&key(), &fields)))
    })
}

fn right(nonce: &str, status: &str) -> Vec<(&'static str, String)> {
    [
        ("t", "2026-03-03T10:00:00Z0123"),
        ("otp", OTP),
        ("nonce", nonce),
        ("sl", "100"),
        ("timestamp", "8979658"),
        ("sessioncounter", "3"),
        ("sessionuse", "5"),
        ("status", status),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

async fn said(server: &Origin) -> Validation {
    validator(&[server.url("")]).validate(OTP).await
}

#[tokio::test]
async fn s39_a_request_is_signed_and_a_signed_answer_to_it_is_believed() {
    let server = server(|nonce| right(nonce, "OK"));
    let accepted = Validation::Accepted {
        counter: Some(3 << 16 | 5),
    };
    assert_eq!(said(&server).await, accepted);
    let request = &server.requests()[0];
    let line = request.lines().next().unwrap();
    let nonce = nonce(request);
    assert!(nonce.len() == 32 && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let fields = format!("id=87&nonce={nonce}&otp={OTP}&timestamp=1");
    let signature = STANDARD.encode(sha1_mac::sign(&key(), fields.as_bytes()));
    let signature: String = url::form_urlencoded::byte_serialize(signature.as_bytes()).collect();
    assert_eq!(line, format!("GET /wsapi/2.0/verify?{fields}&h={signature} HTTP/1.1"));
    assert_eq!(said(&server).await, accepted);
    assert_ne!(self::nonce(&server.requests()[1]), nonce, "each request has its own");
}

#[tokio::test]
async fn s39_what_is_wrong_or_was_used_is_refused() {
    for status in ["BAD_OTP", "REPLAYED_OTP", "REPLAYED_REQUEST"] {
        let server = server(move |nonce| right(nonce, status));
        assert_eq!(said(&server).await, Validation::Refused, "{status}");
    }
    for status in [
        "BACKEND_ERROR",
        "NOT_ENOUGH_ANSWERS",
        "BAD_SIGNATURE",
        "NO_SUCH_CLIENT",
        "",
        "ok",
    ] {
        let server = server(move |nonce| right(nonce, status));
        assert_eq!(said(&server).await, Validation::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn s39_nothing_is_believed_of_an_answer_that_is_not_ours() {
    let with = |name: &'static str, value: &'static str| {
        server(move |nonce| {
            let mut fields = right(nonce, "OK");
            fields
                .iter_mut()
                .filter(|field| field.0 == name)
                .for_each(|field| value.clone_into(&mut field.1));
            fields
        })
    };
    assert_eq!(
        said(&with("nonce", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")).await,
        Validation::Unavailable
    );
    let other = "vvungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdfv";
    assert_eq!(said(&with("otp", other)).await, Validation::Unavailable);
    let without = |name: &'static str| {
        server(move |nonce| right(nonce, "OK").into_iter().filter(|field| field.0 != name).collect())
    };
    for name in ["otp", "nonce", "status"] {
        assert_eq!(said(&without(name)).await, Validation::Unavailable, "{name}");
    }
    // An answer of yesterday, whole and well signed.
    let kept = Arc::new(Mutex::new(None::<String>));
    let replaying = server(move |nonce| {
        let mut kept = kept.lock().unwrap();
        right(kept.get_or_insert_with(|| nonce.to_owned()), "OK")
    });
    assert!(matches!(said(&replaying).await, Validation::Accepted { .. }));
    assert_eq!(said(&replaying).await, Validation::Unavailable);
}

#[tokio::test]
async fn s39_a_signature_that_is_not_made_with_our_key_is_worth_nothing() {
    let bodies: [fn(&str) -> String; 5] = [
        |nonce| {
            let fields = right(nonce, "OK");
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            body(b"another key", &fields)
        },
        |nonce| format!("status=OK\r\notp={OTP}\r\nnonce={nonce}\r\n"),
        |nonce| format!("h=\r\nstatus=OK\r\notp={OTP}\r\nnonce={nonce}\r\n"),
        // Well signed, with a line more.
        |nonce| {
            let fields = [("nonce", nonce), ("otp", OTP), ("status", "BAD_OTP")];
            format!(
                "{}status=OK\r\n",
                body(&key(), &fields).trim_end_matches("\r\n").to_owned() + "\r\n"
            )
        },
        |_| "<html>garbage</html>".to_owned(),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let server = Origin::serve(move |request, out| out.write_all(&answer("200 OK", "", &body(&nonce(request)))));
        assert_eq!(said(&server).await, Validation::Unavailable, "{number}");
    }
}

#[tokio::test]
async fn s39_a_server_that_leads_elsewhere_or_keeps_silent_is_passed_over() {
    let elsewhere = server(|nonce| right(nonce, "OK"));
    let target = elsewhere.url("/wsapi/2.0/verify");
    let leading =
        Origin::serve(move |_, out| out.write_all(&answer("302 Found", &format!("location: {target}\r\n"), "")));
    assert_eq!(said(&leading).await, Validation::Unavailable);
    assert!(elsewhere.requests().is_empty());
    let silent = Origin::serve(|_, _| {
        std::thread::sleep(Duration::from_millis(1_500));
        Ok(())
    });
    let broken = Origin::serve(|_, out| out.write_all(&answer("500 Internal Server Error", "", "")));
    let large = Origin::serve(|_, out| out.write_all(&answer("200 OK", "", &"x".repeat(MAX_SIZE + 1))));
    let servers = [&silent, &broken, &large, &elsewhere].map(|server| server.url(""));
    assert_eq!(validator(&servers[..3]).validate(OTP).await, Validation::Unavailable);
    assert!(matches!(
        validator(&servers).validate(OTP).await,
        Validation::Accepted { .. }
    ));
}

#[test]
fn servers_on_private_addresses_are_listed_first() {
    let settings = "[yubikey]\nclient_id = 87\nsecret = \"aa\"\nservers = [\"http://10.0.0.1\"]";
    let loaded = load_text(settings, BTreeMap::new()).unwrap();
    let clients = Clients::new(&loaded.settings.outbound).unwrap();
    let refused = YubikeyValidator::new(&loaded.settings, clients)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("yubikey.servers"), "{refused}");
    let unsigned = load_text("[yubikey]\nclient_id = 87", BTreeMap::new()).unwrap_err();
    assert_eq!(unsigned.field, "yubikey.secret");
}
