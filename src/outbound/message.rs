//! Messages to people, and the ways in which they leave.

use super::capture::{Capture, CapturedMessage};
use crate::config::{Settings, Vendor};
use crate::model::job::Message;
use crate::model::message::{Channel, CodeMessage, Delivery, DeliveryFailure, LineType};
use crate::model::time::Timestamp;

/// Where messages go.
#[derive(Debug)]
pub struct Messenger {
    sms: Vec<Way>,
    voice: Vec<Way>,
    email: Vec<Way>,
    capture: Capture,
}

/// How one vendor is reached.
#[derive(Debug)]
enum Way {
    /// Kept in memory.
    Capture,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The message can never be sent; says what is wrong with it.
    #[error("message refused: {0}")]
    Malformed(&'static str),
}

impl Messenger {
    /// Prepares what the settings name; what is captured goes to `capture`.
    #[must_use]
    pub fn new(settings: &Settings, capture: Capture) -> Self {
        let ways = |channel| {
            let vendors = settings.messages.sender(channel).map(|sender| &sender.vendors);
            vendors.into_iter().flatten().map(Way::new).collect()
        };
        Self {
            sms: ways(Channel::Sms),
            voice: ways(Channel::Voice),
            email: ways(Channel::Email),
            capture,
        }
    }

    /// The channels that a vendor is configured for.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let configured = |channel: &Channel| self.vendors(*channel) > 0;
        Channel::ALL.into_iter().filter(configured).collect()
    }

    /// How many vendors a channel has: none, one, or a second one for when the first fails.
    #[must_use]
    pub fn vendors(&self, channel: Channel) -> usize {
        self.ways(channel).len()
    }

    /// Whether a channel has a vendor that could be asked now.
    #[must_use]
    pub fn is_usable(&self, channel: Channel) -> bool {
        !self.ways(channel).is_empty()
    }

    /// Hands a message with a code to one vendor of its channel, counted from 0, once: nothing is tried again here.
    #[expect(clippy::unused_async, reason = "what is sent over the network is waited for")]
    pub async fn deliver(&self, vendor: usize, message: &CodeMessage, now: Timestamp) -> Delivery {
        if check_headers(&message.to, &message.subject).is_err() {
            return Delivery::Failed(DeliveryFailure::Refused);
        }
        match self.ways(message.channel).get(vendor) {
            Some(Way::Capture) => {
                self.capture.keep_code(message, now);
                Delivery::Accepted
            }
            None => Delivery::Failed(DeliveryFailure::NotConfigured),
        }
    }

    /// What kind of line a number (E.164) is, as far as a vendor of text messages or calls can tell.
    #[expect(clippy::unused_async, reason = "what is sent over the network is waited for")]
    pub async fn line_type(&self, _number: &str, _now: Timestamp) -> LineType {
        LineType::Unknown
    }

    /// Hands a mail over.
    #[expect(clippy::unused_async, reason = "what is sent over the network is waited for")]
    pub async fn send(&self, message: Message, now: Timestamp) -> Result<(), DeliveryError> {
        check_headers(&message.to, &message.subject)?;
        self.capture.keep(Channel::Email, message, now);
        Ok(())
    }

    /// The messages that were captured instead of sent, newest last.
    #[must_use]
    pub fn captured(&self) -> Vec<CapturedMessage> {
        self.capture.messages()
    }

    const fn ways(&self, channel: Channel) -> &Vec<Way> {
        match channel {
            Channel::Sms => &self.sms,
            Channel::Voice => &self.voice,
            Channel::Email => &self.email,
        }
    }
}

impl Way {
    const fn new(vendor: &Vendor) -> Self {
        match vendor {
            Vendor::Capture {} => Self::Capture,
        }
    }
}

/// RFC 5322 §2.2: a line break would begin another header, or another recipient.
fn check_headers(to: &str, subject: &str) -> Result<(), DeliveryError> {
    if to.is_empty() || to.contains(char::is_control) {
        return Err(DeliveryError::Malformed("no recipient, or one with control characters"));
    }
    if subject.contains(char::is_control) {
        return Err(DeliveryError::Malformed("a subject with control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load_text;
    use crate::model::secret::Secret;

    const NOW: Timestamp = Timestamp::from_seconds(7);

    fn messenger(messages: &str) -> Messenger {
        let toml = format!("[messages]\n{messages}");
        let loaded = load_text(&toml, std::collections::BTreeMap::new()).unwrap();
        Messenger::new(&loaded.settings, Capture::new(10))
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
}
