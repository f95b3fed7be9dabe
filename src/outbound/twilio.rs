//! Twilio: Messages and Calls of its REST API, and Lookup v2. CLAUSES.md §4, S27, S29, S37.

use std::fmt::Write as _;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::spoken::{Piece, pieces};
use super::vendor::{CannotAsk, Carrier, Outcome, Request, basic, below, failure_of, form, form_headers, key, settle};
use crate::config::TwilioSettings;
use crate::model::message::{Channel, CodeMessage, Delivery, DeliveryFailure, LineType};

/// Sends or calls.
pub(super) async fn deliver(settings: &TwilioSettings, carrier: &Carrier, message: &CodeMessage) -> Delivery {
    let outcome = match order(settings, carrier, message) {
        Ok(request) => Ok(carrier.ask(request).await),
        Err(error) => Err(error),
    };
    settle("twilio", message, outcome, judge)
}

/// What kind of line a number is; unknown where Twilio does not tell.
pub(super) async fn line_type(settings: &TwilioSettings, carrier: &Carrier, number: &str) -> LineType {
    let Ok(request) = look_up(settings, carrier, number) else {
        return LineType::Unknown;
    };
    let Outcome::Answered(200, body) = carrier.ask(request).await else {
        return LineType::Unknown;
    };
    let told = body.pointer("/line_type_intelligence/type").and_then(Value::as_str);
    match told.unwrap_or_default() {
        "mobile" => LineType::Mobile,
        "landline" => LineType::Landline,
        "fixedVoip" | "nonFixedVoip" => LineType::Voip,
        _ => LineType::Unknown,
    }
}

/// The addresses that are asked.
pub(super) fn addresses(settings: &TwilioSettings) -> [String; 2] {
    [below(&settings.base_url, "/"), below(&settings.lookup_url, "/")]
}

fn order(settings: &TwilioSettings, carrier: &Carrier, message: &CodeMessage) -> Result<Request, CannotAsk> {
    let twiml = twiml(message);
    let from = settings.from.as_deref().unwrap_or_default();
    let (resource, further) = match (&settings.messaging_service_sid, message.channel) {
        (_, Channel::Voice) => ("Calls", [("From", from), ("Twiml", twiml.as_str())]),
        (Some(service), _) => (
            "Messages",
            [
                ("MessagingServiceSid", service.as_str()),
                ("Body", message.text.expose()),
            ],
        ),
        (None, _) => ("Messages", [("From", from), ("Body", message.text.expose())]),
    };
    let [first, second] = further;
    let path = format!("/2010-04-01/Accounts/{}/{resource}.json", settings.account_sid);
    let authorization = basic(&settings.account_sid, &key(settings.secret())?);
    Ok(Request {
        method: Method::POST,
        url: carrier.check(&below(&settings.base_url, &path))?,
        headers: form_headers(&authorization)?,
        body: form(&[("To", message.to.as_str()), first, second]),
    })
}

fn look_up(settings: &TwilioSettings, carrier: &Carrier, number: &str) -> Result<Request, CannotAsk> {
    let mut url = carrier.check(&below(&settings.lookup_url, "/v2/PhoneNumbers"))?;
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(number);
    }
    url.set_query(Some("Fields=line_type_intelligence"));
    let mut headers = form_headers(&basic(&settings.account_sid, &key(settings.secret())?))?;
    headers.remove(CONTENT_TYPE);
    Ok(Request {
        method: Method::GET,
        url,
        headers,
        body: String::new(),
    })
}

/// Twilio's number for what went wrong, and what that means for us. A message may also fail in an answer of 201.
fn judge(status: u16, body: &Value) -> (Option<i64>, Option<DeliveryFailure>) {
    let code = ["code", "error_code"].iter().find_map(|name| body.get(name)?.as_i64());
    let failed = matches!(
        body.get("status").and_then(Value::as_str),
        Some("failed" | "undelivered" | "canceled")
    );
    let by_status = failure_of(status).or(failed.then_some(DeliveryFailure::Refused));
    let failure = by_status.map(|failure| match code {
        // Not a mobile number; a landline; a landline or unreachable carrier.
        Some(21614 | 21635 | 30006) => DeliveryFailure::Landline,
        // Too many requests; too many messages between two numbers; a full queue.
        Some(20429 | 14107 | 21611) => DeliveryFailure::RateLimited,
        _ => failure,
    });
    (code, failure)
}

/// What the call does: every digit by itself, a pause after each, and all of it twice.
fn twiml(message: &CodeMessage) -> String {
    let language = language(&message.locale);
    let mut once = String::new();
    let mut say = |text: &str, then: &str| {
        // Writing to a string does not fail.
        let _ = write!(once, "<Say{language}>{}</Say>{then}", escape(text));
    };
    for piece in pieces(message) {
        match piece {
            Piece::Words(words) => say(&words, PAUSE),
            Piece::Digits(digits) => digits.iter().for_each(|digit| say(&digit.to_string(), PAUSE)),
        }
    }
    format!("<Response>{once}{PAUSE}{once}</Response>")
}

const PAUSE: &str = "<Pause length=\"1\"/>";

/// The voice's language, where the message's is one that needs no guess about the country.
fn language(locale: &str) -> String {
    let tag = match locale {
        "en" => "en-US",
        "de" => "de-DE",
        _ => locale,
    };
    let is_tag = tag.len() == 5
        && tag.bytes().enumerate().all(|(at, byte)| match at {
            0 | 1 => byte.is_ascii_lowercase(),
            2 => byte == b'-',
            _ => byte.is_ascii_uppercase(),
        });
    if is_tag {
        format!(" language=\"{tag}\"")
    } else {
        String::new()
    }
}

/// XML 1.0 §2.4; control characters are no part of it.
fn escape(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests;
