//! People with telephones and mailboxes, and the codes that are sent there.

use countersign::model::message::Channel;

use super::browser::Browser;
use super::directory::DIRECTORY;
use super::log;
use super::page::Page;
use super::relying_party::{RelyingParty, log_in};
use super::server::{Builder, TestServer, with_directory};

/// Everybody's messages are captured.
pub(crate) const CAPTURED: &str = "[messages]\nsms = { provider = \"capture\" }\nvoice = { provider = \"capture\" }\n\
    email = { provider = \"capture\" }\n";

/// Mia's mobile telephone.
pub(crate) const MOBILE: &str = "+4915112345678";

const PEOPLE: &str = r#"
[[users]]
username = "mia"
password = "wonderland-tea-party"
[users.claims]
phone_number = "+49 151 1234-5678"
phone_number_verified = true
phone_number_line_type = "mobile"
email = "mia@example.com"
email_verified = true

[[users]]
username = "lars"
password = "wonderland-tea-party"
[users.claims]
phone_number = "+442079460123"
phone_number_verified = true
phone_number_line_type = "landline"

[[users]]
username = "vera"
password = "wonderland-tea-party"
[users.claims]
phone_number = "+12025550123"
phone_number_verified = true
phone_number_line_type = "voip"

[[users]]
username = "erik"
password = "wonderland-tea-party"
[users.claims]
email = "erik@example.com"
email_verified = true

[[users]]
username = "nora"
password = "wonderland-tea-party"
[users.claims]
email = "nora@example.com"
phone_number = "+4915187654321"
"#;

/// The directory with these people.
pub(crate) fn people() -> String {
    format!("{DIRECTORY}{PEOPLE}")
}

/// A server that captures all messages, with these people.
pub(crate) fn sending() -> Builder {
    with_directory(&people()).settings(CAPTURED)
}

/// A code as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) channel: Channel,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) code: String,
}

impl TestServer {
    /// Every code that arrived so far, oldest first; what waits to be sent is sent before.
    pub(crate) async fn codes(&self) -> Vec<Arrived> {
        let captured = self.captured().await.into_iter();
        let code = |kept: countersign::outbound::CapturedMessage| {
            let text = kept.message.text;
            let code = match kept.channel {
                Channel::Voice => spelled(&text),
                Channel::Sms | Channel::Email => six_digits(&text),
            };
            Some(Arrived {
                channel: kept.channel,
                to: kept.message.to,
                code: code?,
                text,
            })
        };
        let arrived: Vec<Arrived> = captured.filter_map(code).collect();
        for one in &arrived {
            log::keep_out(&one.code);
        }
        arrived
    }

    /// The code that arrived last.
    pub(crate) async fn last_code(&self) -> String {
        self.codes().await.last().expect("a code arrived").code.clone()
    }
}

fn six_digits(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.into_iter().find(is_code).map(str::to_owned)
}

/// The digits that a call says, once.
fn spelled(text: &str) -> Option<String> {
    let said = text.split("Again").next()?;
    let code: String = said.chars().filter(char::is_ascii_digit).collect();
    (code.len() == 6).then_some(code)
}

/// A code that differs from this one.
pub(crate) fn wrong(code: &str) -> String {
    let number: u32 = code.parse().expect("a code");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Signs in with the password, at a client, in a browser of its own: the page that follows.
pub(crate) async fn at_second_step(rp: &RelyingParty<'_>, username: &str) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, username).await;
    (browser, page)
}

impl Page {
    /// What the page says of the code that was sent.
    pub(crate) fn sent(&self) -> String {
        self.texts("#sent").concat()
    }

    /// What went wrong.
    pub(crate) fn told(&self) -> String {
        self.texts("#error").concat()
    }
}

/// Types a code on a challenge page.
pub(crate) async fn type_code(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser
        .submit(page.form_at("form[action$='/challenge']").set("code", code))
        .await
}

/// Asks for a code, or for another one.
pub(crate) async fn ask_for_code(browser: &mut Browser, page: &Page) -> Page {
    browser.submit(page.form_at("form[action$='/code']")).await
}
