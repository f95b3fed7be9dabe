//! Who carries messages to people: for each channel a vendor, and perhaps a second one. CLAUSES.md S28, S30.

mod smtp;
mod vendors;

pub use smtp::{SmtpSettings, SmtpTls};
pub use vendors::{
    ContentType, HttpMethod, HttpVendorSettings, SecretSource, TelesignAuth, TelesignSettings, TwilioSettings,
};

use serde::Deserialize;
use toml::{Table, Value};

use crate::error::FieldError;
use crate::model::message::Channel;

/// `[messages]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageSettings {
    /// Text messages.
    pub sms: Option<Sender>,
    /// Calls.
    pub voice: Option<Sender>,
    /// Mail: codes, and what people are told of their accounts.
    pub email: Option<Sender>,
    /// Seconds that a vendor may take to answer.
    pub timeout: u64,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            sms: None,
            voice: None,
            email: None,
            timeout: 10,
        }
    }
}

impl MessageSettings {
    /// Who carries a channel's messages.
    #[must_use]
    pub const fn sender(&self, channel: Channel) -> Option<&Sender> {
        match channel {
            Channel::Sms => self.sms.as_ref(),
            Channel::Voice => self.voice.as_ref(),
            Channel::Email => self.email.as_ref(),
        }
    }

    /// Whether anything is sent to anybody, rather than captured.
    #[must_use]
    pub fn reach_people(&self) -> bool {
        let vendors = |channel| self.sender(channel).map_or(&[][..], |sender| &sender.vendors);
        let mut all = Channel::ALL.into_iter().flat_map(vendors);
        all.any(|vendor| !matches!(vendor, Vendor::Capture {}))
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        // Connecting and sending at two vendors must fit into the time that a job may take.
        if !(1..=12).contains(&self.timeout) {
            return Err(FieldError::new("messages.timeout", "must be from 1 to 12 seconds"));
        }
        for channel in Channel::ALL {
            let vendors = self.sender(channel).map_or(&[][..], |sender| &sender.vendors);
            for vendor in vendors {
                let problem = |problem| FieldError::new(format!("messages.{channel}"), problem);
                vendor.check(channel).map_err(problem)?;
            }
        }
        Ok(())
    }
}

/// A channel's vendors, the first of which is asked first.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Table")]
pub struct Sender {
    /// One, or two.
    pub vendors: Vec<Vendor>,
}

/// One vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case", deny_unknown_fields)]
pub enum Vendor {
    /// Nobody: messages are kept in memory, for development and tests.
    Capture {},
    /// Twilio.
    Twilio(TwilioSettings),
    /// `TeleSign`.
    Telesign(TelesignSettings),
    /// Any vendor with an HTTP interface.
    Http(HttpVendorSettings),
    /// A mail server.
    Smtp(SmtpSettings),
}

impl Vendor {
    /// Its name in settings and logs.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        match self {
            Self::Capture {} => "capture",
            Self::Twilio(_) => "twilio",
            Self::Telesign(_) => "telesign",
            Self::Http(_) => "http",
            Self::Smtp(_) => "smtp",
        }
    }

    /// Where its secret is, if it needs one.
    #[must_use]
    pub fn secret(&self) -> Option<SecretSource<'_>> {
        match self {
            Self::Capture {} => None,
            Self::Twilio(settings) => Some(settings.secret()),
            Self::Telesign(settings) => Some(settings.secret()),
            Self::Http(settings) => settings.secret(),
            Self::Smtp(settings) => settings.secret(),
        }
    }

    fn check(&self, channel: Channel) -> Result<(), &'static str> {
        if self
            .secret()
            .is_some_and(|secret| secret.value.is_some() && secret.file.is_some())
        {
            return Err("give the secret itself or its file, not both");
        }
        match self {
            Self::Capture {} => Ok(()),
            Self::Twilio(settings) => settings.check(channel),
            Self::Telesign(settings) => settings.check(channel),
            Self::Http(settings) => settings.check(),
            Self::Smtp(settings) => settings.check(channel),
        }
    }
}

impl TryFrom<Table> for Sender {
    type Error = String;

    /// Written as one table: the vendor's keys, and `second` with those of another.
    fn try_from(mut table: Table) -> Result<Self, Self::Error> {
        let second = table.remove("second");
        let read = |value: Value| {
            value
                .try_into()
                .map_err(|error: toml::de::Error| error.message().to_owned())
        };
        let mut vendors = vec![read(Value::Table(table))?];
        if let Some(second) = second {
            vendors.push(read(second)?);
        }
        Ok(Self { vendors })
    }
}

#[cfg(test)]
mod tests;
