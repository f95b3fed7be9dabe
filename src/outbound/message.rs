//! Messages to people, and the ways in which they leave. CLAUSES.md S27 to S33.

use std::time::Duration;

use super::capture::{Capture, CapturedMessage};
use super::clients::Clients;
use super::smtp::{Letter, MailError, Server};
use super::vendor::Carrier;
use super::{http_vendor, secret, telesign, twilio};
use crate::config::{HttpVendorSettings, Settings, TelesignSettings, TwilioSettings, Vendor};
use crate::error::FieldError;
use crate::model::job::Message;
use crate::model::message::{Channel, CodeMessage, Delivery, DeliveryFailure, LineType, masked};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// Where messages go.
#[derive(Debug)]
pub struct Messenger {
    sms: Vec<Way>,
    voice: Vec<Way>,
    email: Vec<Way>,
    carrier: Carrier,
    capture: Capture,
}

/// How one vendor is reached.
#[derive(Debug)]
enum Way {
    Capture,
    Twilio(TwilioSettings),
    Telesign(TelesignSettings),
    Http(HttpVendorSettings),
    Smtp(Box<Server>),
}

/// Why a mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The message can never be sent; says what is wrong with it.
    #[error("message refused: {0}")]
    Malformed(&'static str),
    /// No vendor wanted it.
    #[error("no vendor took the message")]
    Refused,
    /// It was not taken now, or nobody knows; it may be tried again.
    #[error("the message was not surely taken")]
    NotNow,
}

impl Messenger {
    /// Prepares what the settings name; what is captured goes to `capture`.
    ///
    /// # Errors
    /// A vendor whose address may not be asked, or whose settings make no request. A missing secret is none: it is read when
    /// it is used.
    pub fn new(settings: &Settings, clients: Clients, capture: Capture) -> Result<Self, FieldError> {
        let mut messenger = Self {
            sms: Vec::new(),
            voice: Vec::new(),
            email: Vec::new(),
            carrier: Carrier::new(clients, Duration::from_secs(settings.messages.timeout)),
            capture,
        };
        for channel in Channel::ALL {
            for vendor in settings
                .messages
                .sender(channel)
                .iter()
                .flat_map(|sender| &sender.vendors)
            {
                let way = messenger.way(vendor, settings);
                let way = way.map_err(|problem| FieldError::new(format!("messages.{channel}"), problem))?;
                match channel {
                    Channel::Sms => messenger.sms.push(way),
                    Channel::Voice => messenger.voice.push(way),
                    Channel::Email => messenger.email.push(way),
                }
            }
        }
        Ok(messenger)
    }

    fn way(&self, vendor: &Vendor, settings: &Settings) -> Result<Way, String> {
        let check = |address: String| {
            let checked = self.carrier.check(&address);
            checked.map(drop).map_err(|error| error.to_string())
        };
        match vendor {
            Vendor::Capture {} => Ok(Way::Capture),
            Vendor::Twilio(vendor) => {
                twilio::addresses(vendor).into_iter().try_for_each(check)?;
                Ok(Way::Twilio(vendor.clone()))
            }
            Vendor::Telesign(vendor) => {
                check(telesign::address(vendor))?;
                Ok(Way::Telesign(vendor.clone()))
            }
            Vendor::Http(vendor) => {
                let problem = http_vendor::problem(vendor, &self.carrier);
                problem.map_or_else(|| Ok(Way::Http(vendor.clone())), Err)
            }
            Vendor::Smtp(vendor) => {
                let timeout = Duration::from_secs(settings.messages.timeout);
                Server::new(vendor, &settings.outbound, timeout).map(|server| Way::Smtp(Box::new(server)))
            }
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

    /// Whether a channel has a vendor that could be asked now: one whose secret is there.
    #[must_use]
    pub fn is_usable(&self, channel: Channel) -> bool {
        self.ways(channel).iter().any(|way| way.missing_secret().is_none())
    }

    /// Hands a message with a code to one vendor of its channel, counted from 0, once: nothing is tried again here.
    pub async fn deliver(&self, vendor: usize, message: &CodeMessage, now: Timestamp) -> Delivery {
        if check_headers(&message.to, &message.subject).is_err() {
            return Delivery::Failed(DeliveryFailure::Refused);
        }
        let carrier = &self.carrier;
        match self.ways(message.channel).get(vendor) {
            Some(Way::Capture) => {
                self.capture.keep_code(message, now);
                Delivery::Accepted
            }
            Some(Way::Twilio(vendor)) => twilio::deliver(vendor, carrier, message).await,
            Some(Way::Telesign(vendor)) => telesign::deliver(vendor, carrier, message, now).await,
            Some(Way::Http(vendor)) => http_vendor::deliver(vendor, carrier, message).await,
            Some(Way::Smtp(server)) => mail(server, message, now).await,
            None => Delivery::Failed(DeliveryFailure::NotConfigured),
        }
    }

    /// What kind of line a number (E.164) is, as far as the first vendor of text messages or calls that looks numbers up can
    /// tell.
    pub async fn line_type(&self, number: &str, now: Timestamp) -> LineType {
        let carrier = &self.carrier;
        for way in self.sms.iter().chain(&self.voice) {
            match way {
                Way::Twilio(vendor) if vendor.look_up => return twilio::line_type(vendor, carrier, number).await,
                Way::Telesign(vendor) if vendor.look_up => {
                    return telesign::line_type(vendor, carrier, number, now).await;
                }
                _ => {}
            }
        }
        LineType::Unknown
    }

    /// Hands a mail without a code over: to the first vendor of mail that takes it. It is captured where there is none.
    ///
    /// # Errors
    /// Whether trying again could help.
    pub async fn send(&self, message: Message, now: Timestamp) -> Result<(), DeliveryError> {
        check_headers(&message.to, &message.subject)?;
        if self.email.is_empty() {
            self.capture.keep(Channel::Email, message, now);
            return Ok(());
        }
        let mail = CodeMessage {
            channel: Channel::Email,
            to: message.to,
            subject: message.subject,
            text: Secret::new(message.text),
            spoken: Secret::default(),
            code: Secret::default(),
            locale: "en".into(),
        };
        let mut answer = DeliveryError::Refused;
        for vendor in 0..self.email.len() {
            match self.deliver(vendor, &mail, now).await {
                Delivery::Accepted => return Ok(()),
                Delivery::Unknown => return Err(DeliveryError::NotNow),
                Delivery::Failed(DeliveryFailure::Refused | DeliveryFailure::Landline) => {}
                Delivery::Failed(_) => answer = DeliveryError::NotNow,
            }
        }
        Err(answer)
    }

    /// The messages that were captured instead of sent, newest last.
    #[must_use]
    pub fn captured(&self) -> Vec<CapturedMessage> {
        self.capture.messages()
    }

    /// What keeps a channel's vendor from working, as far as can be told without sending: a missing secret, or a mail server
    /// that does not let us in.
    ///
    /// # Errors
    /// What it is; no secret.
    pub async fn try_out(&self, channel: Channel, vendor: usize) -> Result<(), String> {
        let way = self.ways(channel).get(vendor).ok_or("there is no such vendor")?;
        if let Some(missing) = way.missing_secret() {
            return Err(missing);
        }
        match way {
            Way::Smtp(server) => server.try_out().await.map_err(|error| error.to_string()),
            Way::Capture | Way::Twilio(_) | Way::Telesign(_) | Way::Http(_) => Ok(()),
        }
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
    fn missing_secret(&self) -> Option<String> {
        let source = match self {
            Self::Capture => None,
            Self::Twilio(vendor) => Some(vendor.secret()),
            Self::Telesign(vendor) => Some(vendor.secret()),
            Self::Http(vendor) => vendor.secret(),
            Self::Smtp(server) => server.secret(),
        };
        source
            .and_then(|source| secret::read(source).err())
            .map(|missing| missing.to_string())
    }
}

/// Hands a message to a mail server. The log gets what the server's number was, and the end of the address.
async fn mail(server: &Server, message: &CodeMessage, now: Timestamp) -> Delivery {
    let letter = Letter {
        to: &message.to,
        subject: &message.subject,
        text: message.text.expose(),
    };
    let to = masked(&message.to);
    match server.send(&letter, now).await {
        Ok(()) => Delivery::Accepted,
        Err(MailError::Failed(failure, told)) => {
            tracing::warn!(vendor = "smtp", to, told, "the mail server did not take a message");
            Delivery::Failed(failure)
        }
        Err(error @ MailError::Unknown) => {
            tracing::warn!(vendor = "smtp", to, %error, "the mail server may have taken a message");
            Delivery::Unknown
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
mod tests;
