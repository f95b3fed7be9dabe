use std::collections::BTreeMap;

use crate::config::{Settings, load_text};
use crate::model::assurance::DeviceActivation;

fn load(messages: &str) -> Result<Settings, String> {
    load_with(messages, &[])
}

fn load_with(messages: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load_text(
        &format!("[messages]\n{messages}"),
        environment.collect::<BTreeMap<_, _>>(),
    )
    .map(|loaded| loaded.settings)
    .map_err(|error| error.to_string())
}

#[test]
fn s28_wrong_settings_are_refused_with_their_remedy() {
    for (messages, told) in [
        (
            "sms = { provider = \"twilio\", acount_sid = \"AC1\" }",
            "acount_sid: unknown key; did you mean `account_sid`?",
        ),
        (
            "sms = { provider = \"capture\", second = { provider = \"telesign\", customer = \"1\" } }",
            "customer: unknown key; did you mean `customer_id`?",
        ),
        (
            "sms = { provider = \"capture\", second = { provider = \"capture\", second = {} } }",
            "second: unknown key",
        ),
        ("sms = { provider = \"pigeon\" }", "unknown variant `pigeon`"),
        (
            "sms = { provider = \"twilio\", account_sid = \"AC1\" }",
            "messages.sms: set either from or messaging_service_sid",
        ),
        (
            "voice = { provider = \"twilio\", account_sid = \"AC1\", messaging_service_sid = \"MG1\" }",
            "messages.voice: set from: the number that calls",
        ),
        (
            "sms = { provider = \"twilio\", account_sid = \"AC1/..\", from = \"+1\" }",
            "messages.sms: account_sid must be letters and digits",
        ),
        (
            "email = { provider = \"twilio\", account_sid = \"AC1\", from = \"+1\" }",
            "messages.email: twilio sends text messages",
        ),
        (
            "email = { provider = \"telesign\", customer_id = \"1\" }",
            "messages.email: telesign sends text messages",
        ),
        (
            "sms = { provider = \"smtp\", host = \"mail\", from = \"a@b\" }",
            "messages.sms: smtp sends mail alone",
        ),
        (
            "sms = { provider = \"http\", url = \"https://sms.example/\" }",
            "messages.sms: set body",
        ),
        (
            "sms = { provider = \"http\", url = \"https://sms.example/\", method = \"GET\", body = \"\" }",
            "messages.sms: a GET has no body",
        ),
        (
            "sms = { provider = \"telesign\", customer_id = \"1\", api_key = \"a\", api_key_file = \"b\" }",
            "messages.sms: give the secret itself or its file, not both",
        ),
        ("timeout = 0", "messages.timeout: must be from 1 to 12 seconds"),
    ] {
        let error = load(messages).unwrap_err();
        assert!(error.contains(told), "{messages}: {error}");
    }
}

#[test]
fn s30_secrets_come_from_the_environment_and_are_not_shown() {
    let sms = "sms = { provider = \"twilio\", account_sid = \"AC1\", from = \"+15005550006\" }";
    let token = ("COUNTERSIGN_MESSAGES__SMS__AUTH_TOKEN", "0af3-secret");
    let settings = load_with(sms, &[token]).unwrap();
    let vendor = &settings.messages.sms.as_ref().unwrap().vendors[0];
    assert_eq!(vendor.secret().unwrap().value.unwrap().expose(), "0af3-secret");
    let header =
        "sms = { provider = \"http\", url = \"https://a.example/\", body = \"{}\", headers = { k = \"0af3-secret\" } }";
    for settings in [settings, load(header).unwrap()] {
        let shown = format!("{settings:?}");
        assert!(shown.contains("Secret(…)") && !shown.contains("0af3"), "{shown}");
    }
    let whole = ("COUNTERSIGN_MESSAGES__VOICE", "{ provider = \"capture\" }");
    assert!(load_with(sms, &[whole]).unwrap().messages.voice.is_some());
}

#[test]
fn unknown_devices_are_verified_where_messages_reach_people() {
    let smtp = "email = { provider = \"smtp\", host = \"mail.example\", from = \"id@example.com\" }";
    for (messages, expected) in [
        ("", DeviceActivation::Off),
        ("email = { provider = \"capture\" }", DeviceActivation::Off),
        (smtp, DeviceActivation::Verify),
        (
            &format!("{smtp}\n[assurance]\ndevice_activation = \"notify\""),
            DeviceActivation::Notify,
        ),
    ] {
        assert_eq!(load(messages).unwrap().device_activation(), expected, "{messages}");
    }
}
