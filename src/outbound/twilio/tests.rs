use std::time::Duration;

use super::*;
use crate::config::{MessageSettings, Vendor};
use crate::model::secret::Secret;
use crate::outbound::origin::{Origin, answer};
use crate::outbound::vendor::{loopback, sample};

fn settings(base: &str, further: &str) -> TwilioSettings {
    let toml = format!(
        "sms = {{ provider = \"twilio\", account_sid = \"AC1\", auth_token = \"t0ken\", base_url = \"{base}\", \
         lookup_url = \"{base}\", {further} }}"
    );
    let settings: MessageSettings = toml::from_str(&toml).unwrap();
    match settings.sms.unwrap().vendors.swap_remove(0) {
        Vendor::Twilio(settings) => settings,
        other => panic!("{other:?}"),
    }
}

fn carrier() -> Carrier {
    loopback(Duration::from_secs(5))
}

fn answering(status: &'static str, body: &'static str) -> Origin {
    Origin::serve(move |_, out| out.write_all(&answer(status, "", body)))
}

/// The fields of a request's form.
fn fields(request: &str) -> Vec<(String, String)> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn s27_a_text_message_is_ordered_as_twilio_wants_it() {
    let origin = answering("201 Created", r#"{"sid":"SM1","status":"queued","error_code":null}"#);
    let message = sample(Channel::Sms);
    for (further, field, value) in [
        ("from = \"+15005550006\"", "From", "+15005550006"),
        ("messaging_service_sid = \"MG1\"", "MessagingServiceSid", "MG1"),
    ] {
        let settings = settings(&origin.url(""), further);
        assert_eq!(deliver(&settings, &carrier(), &message).await, Delivery::Accepted);
        let request = origin.requests().pop().unwrap();
        assert!(
            request.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n"),
            "{request}"
        );
        // Base64 of `AC1:t0ken`.
        assert!(request.contains("authorization: Basic QUMxOnQwa2Vu\r\n"), "{request}");
        assert!(
            request.contains("content-type: application/x-www-form-urlencoded\r\n"),
            "{request}"
        );
        let expected = [
            ("To", "+4915112345678"),
            (field, value),
            ("Body", message.text.expose()),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields(&request), expected);
    }
}

#[tokio::test]
async fn s29_a_call_says_each_digit_with_pauses_and_twice() {
    let origin = answering("201 Created", r#"{"sid":"CA1","status":"queued"}"#);
    let settings = settings(&origin.url("/"), "from = \"+15005550006\"");
    assert_eq!(
        deliver(&settings, &carrier(), &sample(Channel::Voice)).await,
        Delivery::Accepted
    );
    let request = origin.requests().pop().unwrap();
    assert!(
        request.starts_with("POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n"),
        "{request}"
    );
    let pause = "<Pause length=\"1\"/>";
    let say = |text: &str| format!("<Say language=\"de-DE\">{text}</Say>{pause}");
    let digits: String = ["0", "4", "2", "9", "1", "7"].map(say).concat();
    let once = format!("{}{digits}", say("Your code for Müller &amp; Söhne is"));
    let twiml = format!("<Response>{once}{pause}{once}</Response>");
    let expected = [("To", "+4915112345678"), ("From", "+15005550006"), ("Twiml", &twiml)];
    assert_eq!(
        fields(&request),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn s33_twilios_answers_are_told_apart() {
    use DeliveryFailure as F;
    for (status, body, expected) in [
        ("200 OK", "", None),
        (
            "201 Created",
            r#"{"status":"failed","error_code":30006}"#,
            Some(F::Landline),
        ),
        ("201 Created", r#"{"status":"undelivered"}"#, Some(F::Refused)),
        (
            "400 Bad Request",
            r#"{"code":21635,"message":"landline","status":400}"#,
            Some(F::Landline),
        ),
        ("400 Bad Request", r#"{"code":21614}"#, Some(F::Landline)),
        ("400 Bad Request", r#"{"code":21611}"#, Some(F::RateLimited)),
        ("400 Bad Request", r#"{"code":21211}"#, Some(F::Refused)),
        ("401 Unauthorized", "", Some(F::Refused)),
        ("429 Too Many Requests", r#"{"code":20429}"#, Some(F::RateLimited)),
        ("503 Service Unavailable", "<html>", Some(F::Unavailable)),
        ("302 Found", "", Some(F::Refused)),
    ] {
        let origin = answering(status, body);
        let settings = settings(&origin.url(""), "from = \"+1\"");
        let expected = expected.map_or(Delivery::Accepted, Delivery::Failed);
        let told = deliver(&settings, &carrier(), &sample(Channel::Sms)).await;
        assert_eq!(told, expected, "{status} {body}");
        assert_eq!(origin.requests().len(), 1, "nothing is tried again");
    }
}

#[tokio::test]
async fn s33_what_is_not_known_is_not_called_a_failure() {
    let silent = Origin::serve(|_, _| {
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    });
    let broken = Origin::serve(|_, _| Ok(()));
    for origin in [silent, broken] {
        let settings = settings(&origin.url(""), "from = \"+1\"");
        let carrier = loopback(Duration::from_millis(300));
        assert_eq!(
            deliver(&settings, &carrier, &sample(Channel::Sms)).await,
            Delivery::Unknown
        );
        assert_eq!(origin.requests().len(), 1);
    }
    // Nobody listens at the port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = settings(&format!("http://127.0.0.1:{port}"), "from = \"+1\"");
    let failed = Delivery::Failed(DeliveryFailure::Unavailable);
    assert_eq!(deliver(&settings, &carrier(), &sample(Channel::Sms)).await, failed);
}

#[tokio::test]
async fn s30_a_missing_token_asks_nobody() {
    let origin = answering("201 Created", "");
    let mut settings = settings(&origin.url(""), "from = \"+1\"");
    settings.auth_token = Some(Secret::new(""));
    let failed = Delivery::Failed(DeliveryFailure::NotConfigured);
    assert_eq!(deliver(&settings, &carrier(), &sample(Channel::Sms)).await, failed);
    assert_eq!(line_type(&settings, &carrier(), "+1").await, LineType::Unknown);
    assert_eq!(origin.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn s37_line_types_are_looked_up() {
    for (kind, expected) in [
        ("\"mobile\"", LineType::Mobile),
        ("\"landline\"", LineType::Landline),
        ("\"fixedVoip\"", LineType::Voip),
        ("\"nonFixedVoip\"", LineType::Voip),
        ("\"tollFree\"", LineType::Unknown),
        ("null", LineType::Unknown),
    ] {
        let origin = Origin::serve(move |_, out| {
            let body = format!(r#"{{"valid":true,"line_type_intelligence":{{"type":{kind}}}}}"#);
            out.write_all(&answer("200 OK", "", &body))
        });
        let settings = settings(&origin.url(""), "from = \"+1\"");
        assert_eq!(
            line_type(&settings, &carrier(), "+4930901820").await,
            expected,
            "{kind}"
        );
        let request = origin.requests().pop().unwrap();
        let line = "GET /v2/PhoneNumbers/+4930901820?Fields=line_type_intelligence HTTP/1.1\r\n";
        assert!(request.starts_with(line), "{request}");
        assert!(request.contains("authorization: Basic QUMxOnQwa2Vu\r\n"), "{request}");
    }
    let origin = answering("404 Not Found", r#"{"code":20404}"#);
    let settings = settings(&origin.url(""), "from = \"+1\"");
    assert_eq!(line_type(&settings, &carrier(), "+1").await, LineType::Unknown);
}
