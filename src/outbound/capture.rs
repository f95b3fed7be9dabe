//! Messages kept in memory instead of being sent: development and tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::job::Message;
use crate::model::message::{Channel, CodeMessage};
use crate::model::time::Timestamp;

/// The most messages that are ever kept.
const MOST: usize = 200;

/// The latest messages. Clones share them.
#[derive(Debug, Clone)]
pub struct Capture {
    limit: usize,
    kept: Arc<Mutex<VecDeque<CapturedMessage>>>,
}

/// A message and when it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedMessage {
    /// When it was handed over.
    pub at: Timestamp,
    /// How it would have gone.
    pub channel: Channel,
    /// The message; of a call, what would have been said.
    pub message: Message,
}

impl Capture {
    /// Keeps the latest `limit` messages: at least one, at most 200.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.clamp(1, MOST),
            kept: Arc::default(),
        }
    }

    /// What is kept, newest last.
    #[must_use]
    pub fn messages(&self) -> Vec<CapturedMessage> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// Keeps a message with a code: the one place that shows it.
    pub(super) fn keep_code(&self, message: &CodeMessage, at: Timestamp) {
        let text = match message.channel {
            Channel::Voice => &message.spoken,
            Channel::Sms | Channel::Email => &message.text,
        };
        let kept = Message {
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: text.expose().to_owned(),
        };
        self.keep(message.channel, kept, at);
    }

    /// Keeps a message.
    pub(super) fn keep(&self, channel: Channel, message: Message, at: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() >= self.limit {
            kept.pop_front();
        }
        kept.push_back(CapturedMessage { at, channel, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects_kept(limit: usize, sent: i64) -> Vec<String> {
        let capture = Capture::new(limit);
        for number in 0..sent {
            let message = Message {
                to: "a@example.com".into(),
                subject: number.to_string(),
                text: String::new(),
            };
            capture.keep(Channel::Email, message, Timestamp::from_seconds(number));
        }
        capture
            .messages()
            .into_iter()
            .map(|kept| kept.message.subject)
            .collect()
    }

    #[test]
    fn the_latest_are_kept_newest_last() {
        assert_eq!(subjects_kept(3, 5), ["2", "3", "4"]);
        assert_eq!(subjects_kept(0, 5), ["4"]);
        let bounded = subjects_kept(1_000, 201);
        assert_eq!((bounded.len(), bounded[0].as_str()), (200, "1"));
    }
}
