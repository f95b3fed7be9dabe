//! What each kind of vendor is told of itself: addresses, accounts, senders, and where its secret is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::message::Channel;
use crate::model::secret::Secret;

/// Where a secret is: in the settings, or in a file that is read whenever it is used.
#[derive(Debug, Clone, Copy)]
pub struct SecretSource<'a> {
    /// The setting's name, without `_file`.
    pub name: &'static str,
    /// The secret itself.
    pub value: Option<&'a Secret>,
    /// Its file.
    pub file: Option<&'a Path>,
}

/// Twilio: text messages and calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioSettings {
    /// The account's SID.
    pub account_sid: String,
    /// The account's auth token.
    pub auth_token: Option<Secret>,
    /// The file that holds it.
    pub auth_token_file: Option<PathBuf>,
    /// The number that sends or calls.
    pub from: Option<String>,
    /// The messaging service that sends, in place of a number.
    pub messaging_service_sid: Option<String>,
    /// Where messages and calls are ordered.
    #[serde(default = "twilio")]
    pub base_url: String,
    /// Where numbers are looked up.
    #[serde(default = "twilio_lookups")]
    pub lookup_url: String,
    /// Whether a number's line type is looked up.
    #[serde(default = "yes")]
    pub look_up: bool,
}

/// `TeleSign`: text messages and calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelesignSettings {
    /// The customer's identifier.
    pub customer_id: String,
    /// The API key.
    pub api_key: Option<Secret>,
    /// The file that holds it.
    pub api_key_file: Option<PathBuf>,
    /// How requests are authenticated.
    #[serde(default)]
    pub auth: TelesignAuth,
    /// The number or name that text messages come from.
    pub from: Option<String>,
    /// Where messages and calls are ordered, and numbers looked up.
    #[serde(default = "telesign")]
    pub base_url: String,
    /// Whether a number's line type is looked up.
    #[serde(default = "yes")]
    pub look_up: bool,
}

/// How requests to `TeleSign` are authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TelesignAuth {
    /// By a signature over each request: the key stays here.
    #[default]
    Tsa,
    /// By the key itself (RFC 7617).
    Basic,
}

/// Any vendor with an HTTP interface.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpVendorSettings {
    /// The method.
    #[serde(default)]
    pub method: HttpMethod,
    /// The address; what stands in braces is filled in after the host.
    pub url: String,
    /// Further headers; they may hold secrets, and `{api_key}`.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// What the body is, and so how what is filled in is written.
    #[serde(default)]
    pub content_type: ContentType,
    /// The body, with `{to}`, `{text}`, `{spoken}`, `{code}`, `{subject}`, `{locale}` and `{api_key}` filled in.
    pub body: Option<Secret>,
    /// The vendor's key.
    pub api_key: Option<Secret>,
    /// The file that holds it.
    pub api_key_file: Option<PathBuf>,
}

/// The method of a request to a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// GET
    Get,
    /// POST
    #[default]
    Post,
    /// PUT
    Put,
}

/// What the body of a request to a vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
pub enum ContentType {
    /// JSON: what is filled in stands in strings.
    #[default]
    #[serde(rename = "application/json")]
    Json,
    /// A form.
    #[serde(rename = "application/x-www-form-urlencoded")]
    Form,
}

impl ContentType {
    /// As a header says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl TwilioSettings {
    /// Where the auth token is.
    #[must_use]
    pub fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            name: "auth_token",
            value: self.auth_token.as_ref(),
            file: self.auth_token_file.as_deref(),
        }
    }

    pub(super) fn check(&self, channel: Channel) -> Result<(), &'static str> {
        // It becomes part of an address.
        if self.account_sid.is_empty() || !self.account_sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("account_sid must be letters and digits, as the vendor's console shows it");
        }
        match channel {
            Channel::Email => Err("twilio sends text messages and calls, no mail"),
            Channel::Voice if self.from.is_none() => Err("set from: the number that calls"),
            Channel::Sms if self.from.is_some() == self.messaging_service_sid.is_some() => {
                Err("set either from or messaging_service_sid")
            }
            Channel::Voice | Channel::Sms => Ok(()),
        }
    }
}

impl TelesignSettings {
    /// Where the API key is.
    #[must_use]
    pub fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            name: "api_key",
            value: self.api_key.as_ref(),
            file: self.api_key_file.as_deref(),
        }
    }

    pub(super) fn check(&self, channel: Channel) -> Result<(), &'static str> {
        match channel {
            Channel::Email => Err("telesign sends text messages and calls, no mail"),
            _ if self.customer_id.is_empty() || self.customer_id.contains(':') => {
                Err("customer_id must be as the vendor's portal shows it")
            }
            Channel::Voice | Channel::Sms => Ok(()),
        }
    }
}

impl HttpVendorSettings {
    /// Where the key is, if the vendor asks for one.
    #[must_use]
    pub fn secret(&self) -> Option<SecretSource<'_>> {
        let source = SecretSource {
            name: "api_key",
            value: self.api_key.as_ref(),
            file: self.api_key_file.as_deref(),
        };
        let in_headers = self.headers.values().any(|value| value.expose().contains("{api_key}"));
        let in_body = self
            .body
            .as_ref()
            .is_some_and(|body| body.expose().contains("{api_key}"));
        (in_headers || in_body).then_some(source)
    }

    pub(super) const fn check(&self) -> Result<(), &'static str> {
        match (self.method, &self.body) {
            (HttpMethod::Get, Some(_)) => Err("a GET has no body: fill in the url"),
            (HttpMethod::Post | HttpMethod::Put, None) => Err("set body"),
            _ => Ok(()),
        }
    }
}

fn twilio() -> String {
    "https://api.twilio.com".into()
}

fn twilio_lookups() -> String {
    "https://lookups.twilio.com".into()
}

fn telesign() -> String {
    "https://rest-api.telesign.com".into()
}

const fn yes() -> bool {
    true
}
