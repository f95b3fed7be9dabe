//! Who carries messages to people: whether each vendor has its secret, and whether mail servers let us in.

use super::findings::Findings;
use crate::config::{Settings, Vendor};
use crate::model::message::Channel;
use crate::outbound::Messenger;

/// The channels, and what they are called here.
const CHANNELS: [(Channel, &str); 3] = [
    (Channel::Email, "mail"),
    (Channel::Sms, "text messages"),
    (Channel::Voice, "calls"),
];

/// Looks at each vendor. Mail servers are connected to, and nothing is sent.
pub(super) async fn look(settings: &Settings, messenger: &Messenger, findings: &mut Findings) {
    for (channel, subject) in CHANNELS {
        match settings.messages.sender(channel) {
            Some(sender) => {
                for (index, vendor) in sender.vendors.iter().enumerate() {
                    let tried = messenger.try_out(channel, index).await;
                    tell(subject, vendor, tried, findings);
                }
            }
            None if channel == Channel::Email => findings.warning(
                subject,
                "messages are captured in memory, and reach nobody".into(),
                "set messages.email, or tell users of changes to their accounts by other means",
            ),
            None => findings.ok(subject, "none are sent: no vendor is configured".into()),
        }
    }
}

fn tell(subject: &'static str, vendor: &Vendor, tried: Result<(), String>, findings: &mut Findings) {
    let provider = vendor.provider();
    match (vendor, tried) {
        (Vendor::Capture {}, _) => findings.warning(
            subject,
            "captured in memory, and reach nobody".into(),
            "name a vendor before people rely on it",
        ),
        (Vendor::Smtp(server), Ok(())) => {
            findings.ok(subject, format!("smtp: {} lets us in", server.host));
        }
        (_, Ok(())) => findings.ok(
            subject,
            format!("{provider}, with its secret; nothing was sent to try it"),
        ),
        (Vendor::Smtp(server), Err(told)) => findings.error(
            subject,
            format!("smtp: {}: {told}", server.host),
            "check host, port, tls, username and password of messages.email",
        ),
        (_, Err(told)) => findings.error(
            subject,
            format!("{provider}: {told}"),
            "set what is missing in [messages]",
        ),
    }
}
