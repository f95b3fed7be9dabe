//! Who carries messages to people.

use super::findings::Findings;
use crate::config::Settings;
use crate::model::message::Channel;

pub(super) fn look(settings: &Settings, findings: &mut Findings) {
    for (channel, subject) in [
        (Channel::Email, "mail"),
        (Channel::Sms, "text messages"),
        (Channel::Voice, "calls"),
    ] {
        match settings.messages.sender(channel) {
            Some(_) => findings.warning(
                subject,
                "captured in memory, and reach nobody".into(),
                "name a vendor before people rely on it",
            ),
            None if channel == Channel::Email => findings.warning(
                subject,
                "messages are captured in memory, and reach nobody".into(),
                "tell users of changes to their accounts by other means",
            ),
            None => findings.ok(subject, "none are sent: no vendor is configured".into()),
        }
    }
}
