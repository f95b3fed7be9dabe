//! What pages say of a code on its way. CLAUSES.md S33: nothing of a vendor.

use super::{Moment, Text};
use crate::model::message::Channel;
use crate::model::one_time_code::DeliveryState;
use crate::model::time::Timestamp;

/// How far a code came, in a sentence. `to` is the end of where it goes.
#[must_use]
pub fn status(channel: Channel, to: &str, state: DeliveryState) -> Text {
    let text = match (state, channel) {
        (DeliveryState::Failed, _) => return Text::new("not-sent-again").with("what", failed(channel)),
        (DeliveryState::Queued | DeliveryState::Sending, Channel::Sms) => Text::new("sending-sms"),
        (DeliveryState::Queued | DeliveryState::Sending, Channel::Voice) => Text::new("sending-voice"),
        (DeliveryState::Queued | DeliveryState::Sending, Channel::Email) => Text::new("sending-email"),
        (DeliveryState::Sent, Channel::Sms) => Text::new("sent-sms"),
        (DeliveryState::Sent, Channel::Voice) => Text::new("sent-voice"),
        (DeliveryState::Sent, Channel::Email) => Text::new("sent-email"),
        (DeliveryState::Unknown, Channel::Voice) => Text::new("unknown-call"),
        (DeliveryState::Unknown, Channel::Sms | Channel::Email) => Text::new("unknown-message"),
    };
    text.with("to", to)
}

/// A channel did not work, in a sentence.
#[must_use]
pub const fn failed(channel: Channel) -> Text {
    match channel {
        Channel::Sms => Text::new("not-sent-sms"),
        Channel::Voice => Text::new("not-sent-voice"),
        Channel::Email => Text::new("not-sent-email"),
    }
}

/// Another channel took the place of one that did not work: how far that came.
#[must_use]
pub fn instead(of: Channel, status: Text) -> Text {
    Text::new("sent-instead")
        .with("failed", failed(of))
        .with("status", status)
}

/// A code that was sent does not count any more.
pub const OVER: Text = Text::new("code-over");

/// What the button says that sends a code; `again` where one was sent already.
#[must_use]
pub const fn send(channel: Channel, again: bool) -> Text {
    match (channel, again) {
        (Channel::Sms, false) => Text::new("send-sms"),
        (Channel::Sms, true) => Text::new("send-sms.again"),
        (Channel::Voice, false) => Text::new("send-voice"),
        (Channel::Voice, true) => Text::new("send-voice.again"),
        (Channel::Email, false) => Text::new("send-email"),
        (Channel::Email, true) => Text::new("send-email.again"),
    }
}

/// A wrong code, after which another one is on its way.
pub const WRONG: Text = Text::new("code-wrong");
/// A wrong code, after which none is on its way.
pub const WRONG_OR_OVER: Text = Text::new("code-wrong-or-over");
/// Too many were sent.
pub const EXHAUSTED: Text = Text::new("codes-exhausted");
/// None can be sent there.
pub const UNREACHABLE: Text = Text::new("codes-unreachable");
/// What was typed is no number.
pub const NO_NUMBER: Text = Text::new("enrol-phone.wrong");
/// What was typed is no mail address.
pub const NO_ADDRESS: Text = Text::new("enrol-email.wrong");

/// The last one is too young.
#[must_use]
pub fn too_soon(seconds: u32) -> Text {
    Text::new("codes-too-soon").with("seconds", seconds)
}

/// Too many were wrong.
#[must_use]
pub fn blocked(until: Timestamp, now: Timestamp) -> Text {
    Text::new("codes-blocked").with("until", Moment::near(until, now))
}
