//! Any vendor with an HTTP interface: a request by template. CLAUSES.md §4, S28.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::form_urlencoded;

use super::vendor::{CannotAsk, Carrier, Request, failure_of, key, settle};
use crate::config::{ContentType, HttpMethod, HttpVendorSettings};
use crate::model::message::{CodeMessage, Delivery};
use crate::model::secret::Secret;

/// What templates may name.
const NAMES: [&str; 7] = ["to", "text", "spoken", "code", "subject", "locale", "api_key"];

/// Sends.
pub(super) async fn deliver(settings: &HttpVendorSettings, carrier: &Carrier, message: &CodeMessage) -> Delivery {
    let outcome = match request(settings, carrier, message) {
        Ok(request) => Ok(carrier.ask(request).await),
        Err(error) => Err(error),
    };
    settle("http", message, outcome, |status, _| (None, failure_of(status)))
}

/// What is wrong with the templates, before anything is sent with them.
pub(super) fn problem(settings: &HttpVendorSettings, carrier: &Carrier) -> Option<String> {
    let filled = |name: &str| Some(name.to_owned());
    let (host, rest) = split_host(&settings.url);
    if host.contains('{') {
        return Some("url may be filled in after its host only".to_owned());
    }
    if let Err(error) = carrier.check(&format!("{host}{}", fill(rest, &filled))) {
        return Some(format!("url: {error}"));
    }
    let body = settings.body.as_ref().map_or("", Secret::expose);
    let headers = settings.headers.values().map(Secret::expose);
    if let Some(unknown) = headers.chain([body, rest]).find_map(unknown_name) {
        return Some(format!(
            "{{{unknown}}} is filled in with nothing; known are {}",
            NAMES.join(", ")
        ));
    }
    if rest.contains("{api_key}") {
        return Some("the key belongs in a header or the body: addresses are logged by others".to_owned());
    }
    if settings.body.is_some() && settings.content_type == ContentType::Json {
        let sample: Result<Value, _> = serde_json::from_str(&fill(body, &filled));
        return sample
            .is_err()
            .then(|| "body is not JSON once filled in; placeholders stand in strings".to_owned());
    }
    None
}

fn request(settings: &HttpVendorSettings, carrier: &Carrier, message: &CodeMessage) -> Result<Request, CannotAsk> {
    let key = settings.secret().map(key).transpose()?.unwrap_or_default();
    let value = |name: &str| -> Option<&str> {
        match name {
            "to" => Some(&message.to),
            "text" => Some(message.text.expose()),
            "spoken" => Some(message.spoken.expose()),
            "code" => Some(message.code.expose()),
            "subject" => Some(&message.subject),
            "locale" => Some(&message.locale),
            "api_key" => Some(key.expose()),
            _ => None,
        }
    };
    let (host, rest) = split_host(&settings.url);
    let address = fill(rest, &|name| {
        value(name).map(|text| form_encoded(text).replace('+', "%20"))
    });
    let body = settings.body.as_ref().map_or_else(String::new, |body| {
        fill(body.expose(), &|name| {
            value(name).map(|text| match settings.content_type {
                ContentType::Json => json_encoded(text),
                ContentType::Form => form_encoded(text),
            })
        })
    });
    let mut headers = HeaderMap::new();
    if settings.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(settings.content_type.as_str()));
    }
    for (name, template) in &settings.headers {
        let filled = fill(template.expose(), &|name| value(name).map(str::to_owned));
        let name = HeaderName::try_from(name.as_str()).map_err(|_| CannotAsk::Header("the name of a header"))?;
        let mut filled = HeaderValue::try_from(filled).map_err(|_| CannotAsk::Header("the value of a header"))?;
        filled.set_sensitive(true);
        headers.insert(name, filled);
    }
    Ok(Request {
        method: match settings.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
        },
        url: carrier.check(&format!("{host}{address}"))?,
        headers,
        body,
    })
}

/// The address up to its path or query, and the rest.
fn split_host(url: &str) -> (&str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let host_ends = url.get(start..).and_then(|rest| rest.find(['/', '?']));
    url.split_at(host_ends.map_or(url.len(), |at| start + at))
}

/// Fills in a template in one go: what was filled in is not looked at again.
fn fill(template: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after
            .split_once('}')
            .and_then(|(name, tail)| Some((value(name)?, tail)));
        if let Some((text, tail)) = named.filter(|_| is_known(after)) {
            filled.push_str(&text);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

fn is_known(after_brace: &str) -> bool {
    after_brace
        .split_once('}')
        .is_some_and(|(name, _)| NAMES.contains(&name))
}

/// A word in braces that is none of ours: a slip of the pen.
fn unknown_name(template: &str) -> Option<String> {
    let words = template.split('{').skip(1).filter_map(|after| after.split_once('}'));
    let mut words = words.map(|(name, _)| name);
    let is_word = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    words
        .find(|name| is_word(name) && !NAMES.contains(name))
        .map(str::to_owned)
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The inside of a JSON string (RFC 8259 §7).
fn json_encoded(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
