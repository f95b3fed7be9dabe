//! Messages that carry a one-time code: brand, code, how long it counts, and the line that binds it to our host
//! (<https://wicg.github.io/sms-one-time-codes/>). CLAUSES.md S29, S34.

use serde::Serialize;

use super::contexts::longest;
use super::mail::{Mail, exposed};
use super::{Engine, Text};
use crate::error::Fault;
use crate::model::lang::Lang;
use crate::model::message::{Channel, CodeMessage, gsm7_length};
use crate::model::secret::Secret;

/// The places of one text message.
const PLACES: usize = 160;

/// What a message with a code is made of.
#[derive(Clone, Serialize)]
pub struct CodeText {
    /// The organisation's name.
    pub organisation: String,
    /// The user's name.
    pub user_name: String,
    /// The address it goes to.
    pub to: String,
    /// The code.
    #[serde(serialize_with = "exposed")]
    pub code: Secret,
    /// For how many minutes it counts.
    pub minutes: i64,
    /// What is said before the code, instead of the usual words.
    pub message: Option<String>,
    /// The host that it is for.
    pub host: String,
}

impl Mail for CodeText {
    fn template(&self) -> &'static str {
        "email/code.txt"
    }

    fn to(&self) -> &str {
        &self.to
    }
}

impl CodeText {
    /// What is said instead of the usual words.
    fn own_words(&self) -> Option<Text> {
        let message = self.message.as_ref()?;
        Some(Text::verbatim(format!("{message} {}", self.code.expose())))
    }

    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            organisation: "Example Works".into(),
            user_name: "Alice Moreau".into(),
            to: "alice@example.com".into(),
            code: Secret::new("012345"),
            minutes: 10,
            message: None,
            host: "id.example.com".into(),
        };
        let longest = Self {
            organisation: longest::ORGANISATION.into(),
            user_name: longest::USER.into(),
            host: longest::HOST.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// The message by which a code goes out, in a language.
///
/// # Errors
/// A fault when it cannot be rendered.
pub fn message(engine: &Engine, channel: Channel, text: &CodeText, lang: Lang) -> Result<CodeMessage, Fault> {
    let (subject, body) = match channel {
        Channel::Email => {
            let mail = engine.message(text, lang)?;
            (mail.subject, Secret::new(mail.text))
        }
        Channel::Sms => (String::new(), Secret::new(sms(engine, text, lang)?)),
        Channel::Voice => (String::new(), Secret::default()),
    };
    let call = text.own_words().unwrap_or_else(|| {
        Text::new("call-code")
            .with("organisation", text.organisation.as_str())
            .with("code", text.code.expose())
    });
    Ok(CodeMessage {
        channel,
        to: text.to.clone(),
        subject,
        text: body,
        spoken: Secret::new(engine.say(&call, lang)?),
        code: text.code.clone(),
        locale: lang.as_str().to_owned(),
    })
}

/// A text message: at most 160 places of the alphabet of telephones, so that it is one message.
fn sms(engine: &Engine, text: &CodeText, lang: Lang) -> Result<String, Fault> {
    let code = text.code.expose();
    let is_known = |c: &char| gsm7_length(c.encode_utf8(&mut [0; 4])).is_some();
    let brand: String = text.organisation.chars().filter(is_known).collect();
    let cut: String = brand.chars().take(30).collect();
    let signed = |brand: &str| Text::new("sms-code").with("organisation", brand);
    let mut forms: Vec<Text> = text.own_words().into_iter().collect();
    if !cut.trim().is_empty() {
        forms.extend([signed(&brand), signed(cut.trim_end())]);
    }
    forms.extend([Text::new("sms-code.unsigned"), Text::new("sms-code.short")]);
    let binding = format!("\n\n@{} #{code}", text.host);
    let mut said = String::new();
    for form in forms {
        let form = form.with("code", code).with("minutes", text.minutes);
        said = engine.say(&form, lang)? + &binding;
        if gsm7_length(&said).is_some_and(|length| length <= PLACES) {
            return Ok(said);
        }
    }
    // A host so long that even the shortest form takes two messages: both lines count for more than that.
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(organisation: &str, host: &str) -> CodeText {
        CodeText {
            organisation: organisation.into(),
            host: host.into(),
            minutes: 5,
            ..CodeText::samples()[0].clone()
        }
    }

    fn said(channel: Channel, text: &CodeText, lang: Lang) -> CodeMessage {
        let engine = Engine::new("Example Works", "").unwrap();
        message(&engine, channel, text, lang).unwrap()
    }

    #[test]
    fn s34_a_text_message_is_one_message_and_ends_in_the_bound_line() {
        let usual = text("Example Works", "id.example.com");
        assert_eq!(
            said(Channel::Sms, &usual, Lang::En).text.expose(),
            "Example Works: 012345 is your code. It counts for 5 minutes. Give it to nobody.\n\n@id.example.com #012345"
        );
        for (organisation, host) in [
            ("Ünïversität für alles – größte", "id.example.com"),
            (longest::ORGANISATION, longest::HOST),
            ("日本", "id.example.com"),
            (&"x".repeat(500), &format!("{}.example", "a".repeat(60))),
        ] {
            for lang in Lang::ALL {
                let sent = said(Channel::Sms, &text(organisation, host), lang);
                let sent = sent.text.expose();
                assert!(gsm7_length(sent).is_some_and(|length| length <= 160), "{sent}");
                assert!(sent.matches("012345").count() == 2, "{sent}");
                assert_eq!(sent.lines().last(), Some(format!("@{host} #012345").as_str()));
            }
        }
    }

    #[test]
    fn s18_words_of_ones_own_stand_before_the_code() {
        let own = CodeText {
            message: Some("Your verification code is:".into()),
            ..text("Example Works", "id.example.com")
        };
        let sent = said(Channel::Sms, &own, Lang::De);
        assert_eq!(
            sent.text.expose(),
            "Your verification code is: 012345\n\n@id.example.com #012345"
        );
        assert_eq!(
            said(Channel::Voice, &own, Lang::En).spoken.expose(),
            "Your verification code is: 012345"
        );
        let mail = said(Channel::Email, &own, Lang::En);
        assert!(
            mail.text.expose().contains("Your verification code is:\n\n012345\n"),
            "{}",
            mail.text.expose()
        );
    }

    #[test]
    fn s29_a_call_and_a_mail_say_the_code() {
        let usual = text("Example Works", "id.example.com");
        let call = said(Channel::Voice, &usual, Lang::En);
        assert_eq!(
            call.spoken.expose(),
            "Your Example Works code is 012345. Give it to nobody."
        );
        let mail = said(Channel::Email, &usual, Lang::De);
        assert_eq!(
            (mail.subject.as_str(), mail.locale.as_str()),
            ("Ihr Code für Example Works", "de")
        );
        assert!(mail.text.expose().contains("\n012345\n"), "{}", mail.text.expose());
    }
}
