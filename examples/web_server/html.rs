//! Just enough HTML.

use serde::Serialize;

/// A whole page.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    )
}

/// Text made safe for a page and for an attribute in double quotes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A value as indented JSON, made safe for a page.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).map_or_else(|error| escape(&error.to_string()), |text| escape(&text))
}
