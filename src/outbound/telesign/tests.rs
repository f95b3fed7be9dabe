use std::time::Duration;

use super::*;
use crate::config::{MessageSettings, Vendor};
use crate::outbound::origin::{Origin, answer};
use crate::outbound::vendor::{loopback, sample};

/// Base64 of `key`.
const KEY: &str = "a2V5";
const NOW: Timestamp = Timestamp::from_seconds(784_111_777);

fn settings(base: &str, further: &str) -> TelesignSettings {
    let toml = format!(
        "sms = {{ provider = \"telesign\", customer_id = \"C1\", api_key = \"{KEY}\", base_url = \"{base}\"{further} }}"
    );
    let settings: MessageSettings = toml::from_str(&toml).unwrap();
    match settings.sms.unwrap().vendors.swap_remove(0) {
        Vendor::Telesign(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn carrier() -> Carrier {
    loopback(Duration::from_secs(5))
}

fn answering(status: &'static str, body: &'static str) -> Origin {
    Origin::serve(move |_, out| out.write_all(&answer(status, "", body)))
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let mut lines = request.lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no {name}: {request}"))
}

/// What a signed request says of itself must be what its signature is over.
fn assert_signed(request: &str, resource: &str) -> String {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let mut signed = format!(
        "POST\n{}\n{}\nx-ts-auth-method:{}\nx-ts-nonce:{}\n",
        header(request, "content-type"),
        header(request, "date"),
        header(request, "x-ts-auth-method"),
        header(request, "x-ts-nonce"),
    );
    if !body.is_empty() {
        signed = format!("{signed}{body}\n");
    }
    let signature = STANDARD.encode(hmac_sha256(b"key", format!("{signed}{resource}").as_bytes()));
    assert_eq!(header(request, "authorization"), format!("TSA C1:{signature}"));
    body.to_owned()
}

fn field(body: &str, name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(body.as_bytes());
    fields
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn s28_a_text_message_is_ordered_as_telesign_wants_it() {
    let origin = answering(
        "200 OK",
        r#"{"reference_id":"R1","status":{"code":290,"description":"in progress"}}"#,
    );
    let settings = settings(&origin.url(""), "");
    let message = sample(Channel::Sms);
    for _ in 0..2 {
        assert_eq!(deliver(&settings, &carrier(), &message, NOW).await, Delivery::Accepted);
    }
    let requests = origin.requests();
    assert!(
        requests[0].starts_with("POST /v1/messaging HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
    assert_eq!(header(&requests[0], "date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    let body = assert_signed(&requests[0], "/v1/messaging");
    let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let expected = [
        ("phone_number", "4915112345678"),
        ("message", message.text.expose()),
        ("message_type", "OTP"),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let nonces = [header(&requests[0], "x-ts-nonce"), header(&requests[1], "x-ts-nonce")];
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn s29_a_call_reads_the_digits_out_twice() {
    let origin = answering("200 OK", r#"{"status":{"code":103}}"#);
    let settings = settings(&origin.url(""), "");
    assert_eq!(
        deliver(&settings, &carrier(), &sample(Channel::Voice), NOW).await,
        Delivery::Accepted
    );
    let request = origin.requests().pop().unwrap();
    assert!(request.starts_with("POST /v1/voice HTTP/1.1\r\n"), "{request}");
    let body = assert_signed(&request, "/v1/voice");
    let once = "Your code for Müller & Söhne is 0, 4, 2, 9, 1, 7.";
    assert_eq!(field(&body, "message"), Some(format!("{once} {once}")));
    assert_eq!(field(&body, "voice").as_deref(), Some("f-de-DE"));
}

#[tokio::test]
async fn s30_basic_authentication_is_had_by_settings_alone() {
    let origin = answering("200 OK", "{}");
    let settings = settings(&origin.url(""), ", auth = \"basic\", from = \"Example\"");
    assert_eq!(
        deliver(&settings, &carrier(), &sample(Channel::Sms), NOW).await,
        Delivery::Accepted
    );
    let request = origin.requests().pop().unwrap();
    // Base64 of `C1:a2V5`.
    assert_eq!(header(&request, "authorization"), "Basic QzE6YTJWNQ==");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(field(body, "sender_id").as_deref(), Some("Example"));
}

#[tokio::test]
async fn s33_telesigns_answers_are_told_apart() {
    use DeliveryFailure as F;
    for (status, body, expected) in [
        ("200 OK", r#"{"status":{"code":200}}"#, None),
        ("200 OK", r#"{"status":{"code":222}}"#, Some(F::Landline)),
        ("400 Bad Request", r#"{"status":{"code":222}}"#, Some(F::Landline)),
        ("200 OK", r#"{"status":{"code":207}}"#, Some(F::Refused)),
        ("401 Unauthorized", r#"{"status":{"code":501}}"#, Some(F::Refused)),
        ("429 Too Many Requests", "", Some(F::RateLimited)),
        ("500 Internal Server Error", "", Some(F::Unavailable)),
    ] {
        let origin = answering(status, body);
        let expected = expected.map_or(Delivery::Accepted, Delivery::Failed);
        let told = deliver(&settings(&origin.url(""), ""), &carrier(), &sample(Channel::Sms), NOW).await;
        assert_eq!(told, expected, "{status} {body}");
    }
    let origin = answering("200 OK", "{}");
    let mut wrong = settings(&origin.url(""), "");
    wrong.api_key = Some(crate::model::secret::Secret::new("not base64!"));
    let failed = Delivery::Failed(F::NotConfigured);
    assert_eq!(deliver(&wrong, &carrier(), &sample(Channel::Sms), NOW).await, failed);
    assert_eq!(origin.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn s37_line_types_are_looked_up_by_number() {
    for (code, expected) in [
        ("1", LineType::Landline),
        ("2", LineType::Mobile),
        ("3", LineType::Mobile),
        ("5", LineType::Voip),
        ("20", LineType::Unknown),
    ] {
        let origin = Origin::serve(move |_, out| {
            let body = format!(r#"{{"phone_type":{{"code":"{code}","description":"X"}}}}"#);
            out.write_all(&answer("200 OK", "", &body))
        });
        let told = line_type(&settings(&origin.url(""), ""), &carrier(), "+4930901820", NOW).await;
        assert_eq!(told, expected, "{code}");
        let request = origin.requests().pop().unwrap();
        assert!(
            request.starts_with("POST /v1/phoneid/4930901820 HTTP/1.1\r\n"),
            "{request}"
        );
        assert_eq!(assert_signed(&request, "/v1/phoneid/4930901820"), "");
    }
}
