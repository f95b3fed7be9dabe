//! Messages to people that carry a one-time code: where they go, what they say, and what came of them. CLAUSES.md S27 to S33.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::evidence::FactorKind;
use super::secret::Secret;

/// A way in which a message reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A text message.
    Sms,
    /// A call.
    Voice,
    /// A mail.
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Sms, Self::Voice, Self::Email];

    /// Its name in settings, records and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
        }
    }

    /// The factor whose codes take this channel.
    #[must_use]
    pub const fn factor(self) -> FactorKind {
        match self {
            Self::Sms => FactorKind::Sms,
            Self::Voice => FactorKind::Voice,
            Self::Email => FactorKind::Email,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of line a telephone number is (S37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A mobile telephone.
    Mobile,
    /// A fixed line, which takes calls but no texts.
    Landline,
    /// A number on the internet, which may be anybody's.
    Voip,
    /// Nobody could tell.
    #[default]
    Unknown,
}

/// A message that carries a one-time code. It is written in no log and no record.
#[derive(Clone)]
pub struct CodeMessage {
    /// How it is to go.
    pub channel: Channel,
    /// Where to: a telephone number (E.164), or a mail address.
    pub to: String,
    /// The subject line of a mail.
    pub subject: String,
    /// The text of a mail or text message.
    pub text: Secret,
    /// What is said in a call. Where it holds the code, that is said digit by digit; otherwise the digits follow.
    pub spoken: Secret,
    /// The code itself.
    pub code: Secret,
    /// The language it is in, as a tag of BCP 47: `en`, `de-AT`.
    pub locale: String,
}

impl fmt::Debug for CodeMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeMessage")
            .field("channel", &self.channel)
            .field("to", &masked(&self.to))
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}

/// What came of handing a message over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The vendor took it. Whether it arrives is another matter.
    Accepted,
    /// It was surely not sent.
    Failed(DeliveryFailure),
    /// The vendor may or may not have taken it: it was asked, and did not answer.
    Unknown,
}

/// Why a message was surely not sent. For choosing what to do next; people are told none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryFailure {
    /// The vendor says that this number takes no texts.
    Landline,
    /// The vendor has had too many messages.
    RateLimited,
    /// The vendor does not want this message: a wrong number, wrong credentials, an unpaid bill.
    Refused,
    /// The vendor could not be reached, or is out of order.
    Unavailable,
    /// Nothing here can send it: no such vendor, or its secret is missing.
    NotConfigured,
}

/// A number or address as logs may show it: its end.
#[must_use]
pub fn masked(to: &str) -> String {
    let length = to.chars().count();
    let shown = match length {
        0..=3 => 0,
        4..=7 => 2,
        _ => 4,
    };
    let end: String = to.chars().skip(length - shown).collect();
    format!("…{end}")
}

/// GSM 03.38's default alphabet but for the ASCII letters and digits, which are all in it.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of its extension table, which take two places.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// The places that a text takes in a text message, of which one message has 160; none where the text needs another alphabet,
/// with which one message has only 70 (3GPP TS 23.038 §6.2.1).
#[must_use]
pub fn gsm7_length(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |length, c| match c {
        _ if c.is_ascii_alphanumeric() || BASIC.contains(c) => Some(length + 1),
        _ if EXTENDED.contains(c) => Some(length + 2),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s28_length_of_texts_is_counted_in_the_alphabet_of_telephones() {
        for (text, expected) in [
            ("", Some(0)),
            ("Your code is 123456.\n@id.example.com #123456", Some(44)),
            ("Größe, Übung, Straße", Some(20)),
            ("10 €", Some(5)),
            ("[a]{b}^~|\\", Some(18)),
            ("ça", None),
            ("Ç", Some(1)),
            ("a`b", None),
            ("“quoted”", None),
            ("код", None),
            ("😀", None),
        ] {
            assert_eq!(gsm7_length(text), expected, "{text}");
        }
        // The table has 128 places; one is the escape to the extension.
        assert_eq!(BASIC.chars().count() + 62, 127);
    }

    #[test]
    fn s30_debug_shows_neither_code_nor_text_nor_destination() {
        let message = CodeMessage {
            channel: Channel::Sms,
            to: "+4915112345678".into(),
            subject: "Your 918273".into(),
            text: Secret::new("Your code is 918273"),
            spoken: Secret::new("Your code is 918273"),
            code: Secret::new("918273"),
            locale: "en".into(),
        };
        let shown = format!("{message:?}");
        assert!(!shown.contains("918273") && !shown.contains("151123"), "{shown}");
        assert!(shown.contains("…5678") && shown.contains("Sms"), "{shown}");
    }

    #[test]
    fn only_the_end_of_a_destination_is_shown() {
        for (to, expected) in [
            ("+4915112345678", "…5678"),
            ("a@b.c", "….c"),
            ("abc", "…"),
            ("", "…"),
            ("jürgen@exämple.com", "….com"),
        ] {
            assert_eq!(masked(to), expected);
        }
    }
}
