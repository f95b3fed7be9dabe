//! The flows that ship as examples, end to end: a code by Twilio, a code by mail.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{assert_step, details};
use crate::support::attack;
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::{Form, Page};
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

const SMS: &str = include_str!("../../../../examples/login_flow_sms.toml");
const EMAIL: &str = include_str!("../../../../examples/login_flow_email.toml");
const TOKEN: &str = "twilio-auth-token-0123456789";
const PHONE: &str = "phone_number = \"+49 (151) 1234-5678\"\nphone_number_verified = true\n";

/// Accepted, which is not delivered.
fn queued() -> Behaviour {
    Behaviour::Answer(201, "{\"sid\":\"SM1\",\"status\":\"queued\"}".into())
}

async fn start(example: &str, twilio: &Service, record: &str) -> TestServer {
    let base = twilio.url("");
    let settings = format!(
        "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\n[messages]\n\
         sms = {{ provider = \"twilio\", account_sid = \"AC42\", auth_token = \"{TOKEN}\", from = \"+15005550006\", \
         base_url = \"{base}\", lookup_url = \"{base}\", look_up = false }}\nemail = {{ provider = \"capture\" }}\n\
         [assurance]\ndevice_activation = \"off\"\n"
    );
    let carol = format!(
        "[[users]]\nusername = \"carol\"\npassword = \"{PASSWORD}\"\nprofile = \"partners\"\n[users.claims]\n{record}\
         email = \"carol@example.com\"\nemail_verified = true\n"
    );
    with_directory(&format!("{DIRECTORY}\n{example}\n{carol}"))
        .settings(&settings)
        .start()
        .await
}

async fn sign_in(rp: &RelyingParty<'_>) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    (browser, page)
}

/// The form fields of each message that Twilio was given, jobs that are due run first.
async fn texts(server: &TestServer, twilio: &Service) -> Vec<Vec<(String, String)>> {
    server.messages().await;
    let fields = |body: &str| url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    twilio.asked().iter().map(|asked| fields(&asked.body)).collect()
}

/// The first six digits in a row.
fn digits(text: &str) -> String {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 6)
        .unwrap_or_else(|| panic!("no code in {text}"))
        .to_owned()
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    &fields.iter().find(|(known, _)| known == name).unwrap().1
}

/// The form of the step, not the one that asks for another code.
fn asked(page: &Page) -> Form {
    page.form_at("form[action$='/flow']")
}

fn other(code: &str) -> String {
    if code == "111111" {
        "222222".to_owned()
    } else {
        "111111".to_owned()
    }
}

#[tokio::test]
async fn s17_s18_s19_s20_s21_the_sms_flow_signs_in_by_a_code_from_twilio() {
    let twilio = Service::start(queued());
    let server = start(SMS, &twilio, PHONE).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    assert_step(&page, "screen", "Check your phone");
    assert!(page.body.contains("We sent a code to …5678."), "{}", page.body);
    let sent = texts(&server, &twilio).await;
    let request = &twilio.asked()[0];
    assert_eq!(
        (sent.len(), request.line.as_str()),
        (1, "POST /2010-04-01/Accounts/AC42/Messages.json")
    );
    let basic = STANDARD.encode(format!("AC42:{TOKEN}"));
    assert_eq!(request.header("authorization"), Some(format!("Basic {basic}").as_str()));
    assert_eq!(
        (field(&sent[0], "To"), field(&sent[0], "From")),
        ("+4915112345678", "+15005550006")
    );
    let body = field(&sent[0], "Body");
    let code = digits(body);
    assert!(body.ends_with(&format!("@127.0.0.1 #{code}")), "{body}");
    assert_eq!(sent[0].len(), 3, "{:?}", sent[0]);
    // Pasted with blanks and hyphens; letters cost nothing.
    let rejected = browser.submit(asked(&page).set("code", "12a456")).await;
    assert_eq!(rejected.status, 400);
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    let page = browser.submit(asked(&rejected).set("code", &spaced)).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    let tokens = rp.redeem(&code_of(&page)).await;
    let told = claims(&tokens.text("id_token"));
    assert_eq!(told["acr"], "high", "{told}");
    for method in ["pwd", "sms", "mca", "mfa"] {
        assert!(told["amr"].as_array().unwrap().contains(&method.into()), "{told}");
    }
    // Neither code nor token is kept where anybody reads it.
    for event in ["flow.step", "flow.finished", "otp.sent", "challenge.passed"] {
        for entry in server.audit(event) {
            assert!(
                !entry.body.contains(&code) && !entry.body.contains(TOKEN),
                "{}",
                entry.body
            );
        }
    }
}

#[tokio::test]
async fn s22_s36_c12_a_wrong_code_is_followed_by_another_until_there_were_too_many() {
    let twilio = Service::start(queued());
    let server = start(SMS, &twilio, PHONE).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, mut page) = sign_in(&rp).await;
    let mut codes = Vec::new();
    for wrong in 1..=4 {
        let sent = texts(&server, &twilio).await;
        assert_eq!(sent.len(), wrong, "one code for each wrong one");
        codes.push(digits(field(sent.last().unwrap(), "Body")));
        // The code before this one stopped working.
        let tried = if wrong == 2 {
            codes[0].clone()
        } else {
            other(codes.last().unwrap())
        };
        if wrong == 2 && codes[0] == codes[1] {
            return;
        }
        page = browser.submit(asked(&page).set("code", &tried)).await;
        server.advance(1);
    }
    assert_step(&page, "denied", "You cannot sign in now");
    assert_eq!(texts(&server, &twilio).await.len(), 4);
    assert!(server.audit("authorization.allowed").is_empty());
    // Blocked for a while, in a new login as well.
    let (_, page) = sign_in(&rp).await;
    assert_step(&page, "denied", "You cannot sign in now");
    assert_eq!(details(&server, "flow.denied").len(), 2);
}

#[tokio::test]
async fn s25_a_code_counts_in_its_own_login_and_once() {
    let twilio = Service::start(queued());
    let server = start(SMS, &twilio, PHONE).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (_, _) = sign_in(&rp).await;
    let first = digits(field(&texts(&server, &twilio).await[0], "Body"));
    server.advance(31);
    let (mut thief, page) = sign_in(&rp).await;
    let second = digits(field(&texts(&server, &twilio).await[1], "Body"));
    if first == second {
        return;
    }
    let form = asked(&page).set("code", &first);
    let page = thief.submit(form.clone()).await;
    assert_step(&page, "screen", "Check your phone");
    assert!(page.body.contains("That was not the code."), "{}", page.body);
    assert_eq!(
        attack::post(&thief, &form, &[]).await.error_class().as_deref(),
        Some("step_not_due")
    );
}

#[tokio::test]
async fn s38_whoever_has_no_number_gets_the_code_by_mail_which_stays_standard() {
    let twilio = Service::start(queued());
    let server = start(SMS, &twilio, "").await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    assert_step(&page, "screen", "Check your mail");
    let mails = server.messages().await;
    let mail = mails
        .iter()
        .rfind(|mail| mail.to == "carol@example.com")
        .expect("a mail");
    let page = browser.submit(asked(&page).set("mail_code", &digits(&mail.text))).await;
    let tokens = rp.redeem(&code_of(&page)).await;
    assert_eq!(claims(&tokens.text("id_token"))["acr"], "standard");
    assert!(twilio.asked().is_empty());
}

#[tokio::test]
async fn s26_c11_the_mail_flow_asks_for_its_own_code() {
    let twilio = Service::start(queued());
    let server = start(EMAIL, &twilio, "").await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    let mails = server.messages().await;
    let code = digits(&mails.last().expect("a mail").text);
    let page = browser.submit(asked(&page).set("code", &code)).await;
    code_of(&page);
}

#[tokio::test]
async fn c07_a_number_that_is_not_known_as_the_users_gets_no_code() {
    let twilio = Service::start(queued());
    let server = start(SMS, &twilio, "phone_number = \"+4915199999999\"\n").await;
    let (_, page) = sign_in(&RelyingParty::new(&server, "trusted")).await;
    assert_step(&page, "denied", "You cannot sign in now");
    assert!(texts(&server, &twilio).await.is_empty());
}

#[tokio::test]
async fn s18_words_of_the_flow_stand_before_the_code() {
    let twilio = Service::start(queued());
    let own = SMS.replace(
        "output = \"sent\"",
        "output = \"sent\"\nmessage = \"Your verification code is:\"",
    );
    let server = start(&own, &twilio, PHONE).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    let body = field(&texts(&server, &twilio).await[0], "Body").to_owned();
    let code = digits(&body);
    assert_eq!(body, format!("Your verification code is: {code}\n\n@127.0.0.1 #{code}"));
    // So they do before the one that follows a wrong one.
    let page = browser.submit(asked(&page).set("code", &other(&code))).await;
    assert_step(&page, "screen", "Check your phone");
    let body = field(&texts(&server, &twilio).await[1], "Body").to_owned();
    assert!(body.starts_with("Your verification code is: "), "{body}");
}

#[tokio::test]
async fn s33_what_could_not_be_sent_is_told_and_sent_again() {
    let twilio = Service::start(Behaviour::Answer(400, "{\"code\":21211}".into()));
    let server = start(SMS, &twilio, PHONE).await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    assert_step(&page, "screen", "Check your phone");
    assert!(page.header("refresh").is_some(), "it looks how far the code came");
    texts(&server, &twilio).await;
    let page = browser.get(page.url.as_str()).await;
    let told = page.texts("#sent").concat();
    assert!(told.contains("could not send") && !told.contains("21211"), "{told}");
    assert_eq!(page.header("refresh"), None);
    twilio.behave(queued());
    let page = browser.submit(page.form_at("form[action$='/code']")).await;
    assert_step(&page, "screen", "Check your phone");
    let sent = texts(&server, &twilio).await;
    let code = digits(field(sent.last().unwrap(), "Body"));
    let page = browser.get(page.url.as_str()).await;
    assert_eq!(page.texts("#sent"), Vec::<String>::new());
    // Not at once another one.
    let again = browser.submit(page.form_at("form[action$='/code']")).await;
    assert_eq!(again.status, 400, "{}", again.body);
    assert!(again.texts("#error").concat().contains("seconds"), "{}", again.body);
    code_of(&browser.submit(asked(&again).set("code", &code)).await);
}

#[tokio::test]
async fn s35_whoever_has_no_number_on_record_is_asked_for_one_on_the_way() {
    let twilio = Service::start(queued());
    let asking = SMS.replace("on_missing = \"mailbox\"", "on_missing = \"number\"")
        + "\n[[login_flows.steps]]\nname = \"number\"\nkind = \"enrol\"\nfactors = [\"sms\"]\nnext = \"done\"\n";
    let (steps, assigned) = asking.split_once("[[profiles]]").expect("the example assigns its flow");
    let (assigned, number) = assigned.split_once("[[login_flows.steps]]").expect("a step was added");
    let unreached = steps
        .find("[[login_flows.steps]]\nname = \"mailbox\"")
        .expect("a mailbox");
    let done = steps.rfind("[[login_flows.steps]]").expect("a last step");
    let flow = format!(
        "{}{}\n[[login_flows.steps]]{number}\n[[profiles]]{assigned}",
        &steps[..unreached],
        &steps[done..]
    );
    let server = start(&flow, &twilio, "").await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = sign_in(&rp).await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    let page = browser
        .submit(
            page.form_at("form[action$='/code']")
                .set("destination", "+49 151 99 99 99 99"),
        )
        .await;
    let code = digits(field(&texts(&server, &twilio).await[0], "Body"));
    let page = browser
        .submit(page.form_at("form[action$='/enrol']").set("code", &code))
        .await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        token["acr"], "standard",
        "a number typed at login proves nothing more (C7)"
    );
    let mails = server.messages().await;
    assert!(
        mails.iter().any(|mail| mail.to == "carol@example.com"),
        "its owner is told"
    );
}
