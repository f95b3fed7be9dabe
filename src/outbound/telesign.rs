//! `TeleSign`: messaging, voice and `PhoneID`, each request signed. CLAUSES.md §4, S28, S29, S37.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use reqwest::Method;
use reqwest::header::{DATE, HeaderName, HeaderValue};
use serde_json::Value;

use super::spoken::read_out;
use super::vendor::{CannotAsk, Carrier, Outcome, Request, basic, below, failure_of, form, form_headers, key, settle};
use crate::config::{TelesignAuth, TelesignSettings};
use crate::crypto::digest::{base64url, hmac_sha256};
use crate::crypto::random::Random;
use crate::model::message::{Channel, CodeMessage, Delivery, DeliveryFailure, LineType};
use crate::model::time::Timestamp;

/// The one signing method that we use.
const METHOD: &str = "HMAC-SHA256";

/// Sends or calls.
pub(super) async fn deliver(
    settings: &TelesignSettings,
    carrier: &Carrier,
    message: &CodeMessage,
    now: Timestamp,
) -> Delivery {
    let outcome = match order(settings, carrier, message, now) {
        Ok(request) => Ok(carrier.ask(request).await),
        Err(error) => Err(error),
    };
    settle("telesign", message, outcome, judge)
}

/// What kind of line a number is; unknown where `TeleSign` does not tell.
pub(super) async fn line_type(
    settings: &TelesignSettings,
    carrier: &Carrier,
    number: &str,
    now: Timestamp,
) -> LineType {
    let resource = format!("/v1/phoneid/{}", digits(number));
    let Ok(request) = request(settings, carrier, &resource, (String::new(), now)) else {
        return LineType::Unknown;
    };
    let Outcome::Answered(200, body) = carrier.ask(request).await else {
        return LineType::Unknown;
    };
    match body
        .pointer("/phone_type/code")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "1" => LineType::Landline,
        // Under contract, or prepaid.
        "2" | "3" => LineType::Mobile,
        "5" => LineType::Voip,
        _ => LineType::Unknown,
    }
}

/// The address that is asked.
pub(super) fn address(settings: &TelesignSettings) -> String {
    below(&settings.base_url, "/")
}

fn order(
    settings: &TelesignSettings,
    carrier: &Carrier,
    message: &CodeMessage,
    now: Timestamp,
) -> Result<Request, CannotAsk> {
    let (to, spoken, voice) = (digits(&message.to), read_out(message), voice(&message.locale));
    let (resource, text) = match message.channel {
        Channel::Voice => ("/v1/voice", spoken.as_str()),
        Channel::Sms | Channel::Email => ("/v1/messaging", message.text.expose()),
    };
    let mut fields = vec![
        ("phone_number", to.as_str()),
        ("message", text),
        ("message_type", "OTP"),
    ];
    match (message.channel, voice, &settings.from) {
        (Channel::Voice, Some(voice), _) => fields.push(("voice", voice)),
        (Channel::Sms, _, Some(from)) => fields.push(("sender_id", from)),
        _ => {}
    }
    request(settings, carrier, resource, (form(&fields), now))
}

fn request(
    settings: &TelesignSettings,
    carrier: &Carrier,
    resource: &str,
    (body, now): (String, Timestamp),
) -> Result<Request, CannotAsk> {
    let key = key(settings.secret())?;
    let nonce = base64url(&Random::from_os().bytes::<16>());
    let date = http_date(now);
    let method = match settings.auth {
        TelesignAuth::Tsa => METHOD,
        TelesignAuth::Basic => "Basic",
    };
    let authorization = match settings.auth {
        TelesignAuth::Tsa => {
            let key = STANDARD.decode(key.expose());
            let key = key.map_err(|_| CannotAsk::Header("api_key is not in base64, as the vendor gives it"))?;
            let signature = hmac_sha256(&key, to_sign(&date, &nonce, &body, resource).as_bytes());
            format!("TSA {}:{}", settings.customer_id, STANDARD.encode(signature))
        }
        TelesignAuth::Basic => basic(&settings.customer_id, &key),
    };
    let mut headers = form_headers(&authorization)?;
    for (name, value) in [
        (DATE, date.as_str()),
        (HeaderName::from_static("x-ts-auth-method"), method),
        (HeaderName::from_static("x-ts-nonce"), nonce.as_str()),
    ] {
        let value = HeaderValue::try_from(value).map_err(|_| CannotAsk::Header("customer_id makes no header"))?;
        headers.insert(name, value);
    }
    Ok(Request {
        method: Method::POST,
        url: carrier.check(&below(&settings.base_url, resource))?,
        headers,
        body,
    })
}

/// What is signed: the method, the type of the body, the headers that matter, the body if there is one, and the resource.
fn to_sign(date: &str, nonce: &str, body: &str, resource: &str) -> String {
    let head =
        format!("POST\napplication/x-www-form-urlencoded\n{date}\nx-ts-auth-method:{METHOD}\nx-ts-nonce:{nonce}\n");
    if body.is_empty() {
        format!("{head}{resource}")
    } else {
        format!("{head}{body}\n{resource}")
    }
}

/// RFC 9110 §5.6.7.
fn http_date(now: Timestamp) -> String {
    let at = DateTime::from_timestamp_micros(now.as_micros()).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Numbers are written without the plus sign.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn voice(locale: &str) -> Option<&'static str> {
    match locale.split('-').next() {
        Some("en") => Some("f-en-US"),
        Some("de") => Some("f-de-DE"),
        _ => None,
    }
}

/// `TeleSign`'s number for what happened, and what that means for us. A message may also fail in an answer of 200.
fn judge(status: u16, body: &Value) -> (Option<i64>, Option<DeliveryFailure>) {
    let code = body.pointer("/status/code").and_then(Value::as_i64);
    let failure = failure_of(status).or(match code {
        // Calls that failed; texts that failed for good; transactions that were not attempted.
        Some(106..=108 | 129 | 130 | 207 | 210 | 211 | 220 | 221 | 229..=238 | 500..=599) => {
            Some(DeliveryFailure::Refused)
        }
        Some(222) => Some(DeliveryFailure::Landline),
        _ => None,
    });
    let takes_no_texts = failure == Some(DeliveryFailure::Refused) && code == Some(222);
    (
        code,
        if takes_no_texts {
            Some(DeliveryFailure::Landline)
        } else {
            failure
        },
    )
}

#[cfg(test)]
mod tests;
