//! Who carries messages to people: for each channel a vendor, and perhaps a second one. CLAUSES.md S28, S30.

use serde::Deserialize;
use toml::{Table, Value};

use crate::model::message::Channel;

/// `[messages]`
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct MessageSettings {
    /// Text messages.
    pub sms: Option<Sender>,
    /// Calls.
    pub voice: Option<Sender>,
    /// Mail: codes, and what people are told of their accounts.
    pub email: Option<Sender>,
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
