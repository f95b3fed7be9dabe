//! Messages to people, and the ways in which they leave.

use super::capture::Capture;
use crate::model::job::Message;
use crate::model::time::Timestamp;

/// Where messages go.
#[derive(Debug, Clone)]
pub enum Messenger {
    /// Kept in memory, for development and tests.
    Capture(Capture),
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The message can never be sent; says what is wrong with it.
    #[error("message refused: {0}")]
    Malformed(&'static str),
}

impl Messenger {
    /// Hands a message over.
    pub fn send(&self, message: Message, now: Timestamp) -> Result<(), DeliveryError> {
        // RFC 5322 §2.2: a line break would begin another header, or another recipient.
        if message.to.is_empty() || message.to.contains(char::is_control) {
            return Err(DeliveryError::Malformed("no recipient, or one with control characters"));
        }
        if message.subject.contains(char::is_control) {
            return Err(DeliveryError::Malformed("a subject with control characters"));
        }
        match self {
            Self::Capture(capture) => capture.keep(message, now),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: &str, subject: &str) -> Message {
        Message {
            to: to.into(),
            subject: subject.into(),
            text: "Your code is 123456\n".into(),
        }
    }

    #[test]
    fn a_message_is_handed_over_as_it_is() {
        let capture = Capture::new(10);
        let messenger = Messenger::Capture(capture.clone());
        let sent = message("alice@example.com", "Your code");
        assert_eq!(messenger.send(sent.clone(), Timestamp::from_seconds(7)), Ok(()));
        let kept = capture.messages();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].at, &kept[0].message), (Timestamp::from_seconds(7), &sent));
    }

    #[test]
    fn line_breaks_in_headers_are_refused() {
        let capture = Capture::new(10);
        let messenger = Messenger::Capture(capture.clone());
        for (to, subject) in [
            ("", "Hi"),
            ("a@example.com\r\nBcc: b@example.com", "Hi"),
            ("a@example.com", "Hi\nTo: b"),
        ] {
            assert!(
                messenger
                    .send(message(to, subject), Timestamp::from_seconds(0))
                    .is_err(),
                "{to} {subject}"
            );
        }
        assert_eq!(capture.messages(), []);
    }
}
