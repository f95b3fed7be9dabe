use super::*;
use crate::config::load_text;
use crate::outbound::origin::{Origin, answer};

const NOW: Timestamp = Timestamp::from_seconds(7);

fn messenger(messages: &str) -> Messenger {
    let toml = format!("[messages]\n{messages}\n[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]");
    let loaded = load_text(&toml, std::collections::BTreeMap::new()).unwrap();
    let clients = Clients::new(&loaded.settings.outbound).unwrap();
    Messenger::new(&loaded.settings, clients, Capture::new(10)).unwrap()
}

fn message(to: &str, subject: &str) -> Message {
    Message {
        to: to.into(),
        subject: subject.into(),
        text: "Hello\n".into(),
    }
}

fn code(channel: Channel, to: &str) -> CodeMessage {
    CodeMessage {
        channel,
        to: to.into(),
        subject: String::new(),
        text: Secret::new("Your code is 123456"),
        spoken: Secret::new("This is your code"),
        code: Secret::new("123456"),
        locale: "en".into(),
    }
}

#[tokio::test]
async fn a_message_is_handed_over_as_it_is() {
    let messenger = messenger("");
    let sent = message("alice@example.com", "Your account");
    assert_eq!(messenger.send(sent.clone(), NOW).await, Ok(()));
    let kept = messenger.captured();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].at, kept[0].channel, &kept[0].message),
        (NOW, Channel::Email, &sent)
    );
}

#[tokio::test]
async fn line_breaks_in_headers_are_refused() {
    let messenger = messenger("sms = { provider = \"capture\" }");
    for (to, subject) in [
        ("", "Hi"),
        ("a@example.com\r\nBcc: b@example.com", "Hi"),
        ("a@example.com", "Hi\nTo: b"),
    ] {
        assert!(
            messenger.send(message(to, subject), NOW).await.is_err(),
            "{to} {subject}"
        );
        let sent = CodeMessage {
            subject: subject.into(),
            ..code(Channel::Sms, to)
        };
        let refused = Delivery::Failed(DeliveryFailure::Refused);
        assert_eq!(messenger.deliver(0, &sent, NOW).await, refused);
    }
    assert_eq!(messenger.captured(), []);
}

#[tokio::test]
async fn s28_channels_are_those_that_a_vendor_is_configured_for() {
    let capture = "{ provider = \"capture\" }";
    let twice = "{ provider = \"capture\", second = { provider = \"capture\" } }";
    let messenger = messenger(&format!("sms = {twice}\nvoice = {capture}"));
    assert_eq!(messenger.channels(), [Channel::Sms, Channel::Voice]);
    let vendors = Channel::ALL.map(|channel| messenger.vendors(channel));
    assert_eq!(vendors, [2, 1, 0]);
    assert!(messenger.is_usable(Channel::Voice) && !messenger.is_usable(Channel::Email));

    let number = "+4915112345678";
    let absent = Delivery::Failed(DeliveryFailure::NotConfigured);
    for (channel, vendor, expected) in [
        (Channel::Sms, 0, Delivery::Accepted),
        (Channel::Sms, 1, Delivery::Accepted),
        (Channel::Sms, 2, absent),
        (Channel::Voice, 0, Delivery::Accepted),
        (Channel::Email, 0, absent),
    ] {
        assert_eq!(messenger.deliver(vendor, &code(channel, number), NOW).await, expected);
    }
    let kept = messenger.captured().into_iter();
    let told: Vec<_> = kept.map(|kept| (kept.channel, kept.message.text)).collect();
    let text = "Your code is 123456".to_owned();
    let spoken = "This is your code".to_owned();
    assert_eq!(
        told,
        [
            (Channel::Sms, text.clone()),
            (Channel::Sms, text),
            (Channel::Voice, spoken)
        ]
    );
    assert_eq!(messenger.line_type(number, NOW).await, LineType::Unknown);
}

#[tokio::test]
async fn s31_addresses_that_may_not_be_asked_keep_the_server_from_starting() {
    for (messages, told) in [
        (
            "sms = { provider = \"twilio\", account_sid = \"A\", from = \"+1\", base_url = \"http://api.example\" }",
            "messages.sms: address refused",
        ),
        (
            "voice = { provider = \"twilio\", account_sid = \"A\", from = \"+1\", lookup_url = \"https://127.0.0.1\" }",
            "messages.voice: address refused",
        ),
        (
            "sms = { provider = \"telesign\", customer_id = \"C\", base_url = \"https://[::1]\" }",
            "messages.sms: address refused",
        ),
        (
            "email = { provider = \"smtp\", host = \"mail.example\", from = \"nobody\" }",
            "messages.email: from must be an address",
        ),
    ] {
        let loaded = load_text(&format!("[messages]\n{messages}"), std::collections::BTreeMap::new()).unwrap();
        let clients = Clients::new(&loaded.settings.outbound).unwrap();
        let error = Messenger::new(&loaded.settings, clients, Capture::new(1))
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{messages}: {error}");
    }
}

#[tokio::test]
async fn s31_a_redirect_to_another_host_is_not_followed() {
    let target = Origin::serve(|_, out| out.write_all(&answer("201 Created", "", "{}")));
    let location = format!("location: {}\r\n", target.url("/"));
    let origin = Origin::serve(move |_, out| out.write_all(&answer("307 Temporary Redirect", &location, "")));
    let messenger = messenger(&twilio(&origin));
    let told = messenger.deliver(0, &code(Channel::Sms, "+4915112345678"), NOW).await;
    assert_eq!(told, Delivery::Failed(DeliveryFailure::Refused));
    assert_eq!((origin.requests().len(), target.requests().len()), (1, 0));
}

#[tokio::test]
async fn s30_a_rotated_token_is_used_at_once() {
    let origin = Origin::serve(|_, out| out.write_all(&answer("201 Created", "", "{}")));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let messages = twilio(&origin).replace(
        "auth_token = \"t\"",
        &format!("auth_token_file = \"{}\"", path.display()),
    );
    let messenger = messenger(&messages);
    assert!(!messenger.is_usable(Channel::Sms));
    // Base64 of `AC1:first` and `AC1:second`.
    for (token, header) in [("first", "QUMxOmZpcnN0"), ("second", "QUMxOnNlY29uZA==")] {
        std::fs::write(&path, token).unwrap();
        assert!(messenger.is_usable(Channel::Sms));
        let told = messenger.deliver(0, &code(Channel::Sms, "+4915112345678"), NOW).await;
        assert_eq!(told, Delivery::Accepted);
        let request = origin.requests().pop().unwrap();
        assert!(
            request.contains(&format!("authorization: Basic {header}\r\n")),
            "{request}"
        );
    }
    assert!(!format!("{messenger:?}").contains("second"));
}

#[tokio::test]
async fn s37_the_first_vendor_that_looks_numbers_up_is_asked() {
    let origin = Origin::serve(|_, out| {
        out.write_all(&answer(
            "200 OK",
            "",
            r#"{"line_type_intelligence":{"type":"landline"}}"#,
        ))
    });
    let looking = messenger(&twilio(&origin));
    assert_eq!(looking.line_type("+4930901820", NOW).await, LineType::Landline);
    let silent = messenger(&twilio(&origin).replace("from =", "look_up = false, from ="));
    assert_eq!(silent.line_type("+4930901820", NOW).await, LineType::Unknown);
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn s28_mail_goes_to_the_second_vendor_where_the_first_fails() {
    let broken = Origin::serve(|_, out| out.write_all(&answer("503 Service Unavailable", "", "")));
    let working = Origin::serve(|_, out| out.write_all(&answer("202 Accepted", "", "")));
    let http = |origin: &Origin| {
        format!(
            "provider = \"http\", url = \"{}\", body = '{{\"to\":\"{{to}}\",\"text\":\"{{text}}\"}}'",
            origin.url("/")
        )
    };
    let both = format!("email = {{ {}, second = {{ {} }} }}", http(&broken), http(&working));
    assert_eq!(messenger(&both).send(message("a@example.com", "Hi"), NOW).await, Ok(()));
    assert_eq!((broken.requests().len(), working.requests().len()), (1, 1));
    let alone = messenger(&format!("email = {{ {} }}", http(&broken)));
    let told = alone.send(message("a@example.com", "Hi"), NOW).await;
    assert_eq!(told, Err(DeliveryError::NotNow));
    assert_eq!(alone.captured(), []);
}

fn twilio(origin: &Origin) -> String {
    let base = origin.url("");
    format!(
        "sms = {{ provider = \"twilio\", account_sid = \"AC1\", auth_token = \"t\", from = \"+1\", base_url = \"{base}\", \
         lookup_url = \"{base}\" }}"
    )
}
