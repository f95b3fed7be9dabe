//! Files built into the program: templates, and what pages load from `/static`.

use std::borrow::Cow;
use std::fmt::Write;

use rust_embed::Embed;

use crate::error::Fault;
use crate::model::lang::Lang;

const MESSAGES: &str = "messages/";

#[derive(Embed)]
#[folder = "templates/"]
#[include = "*.html"]
#[include = "*.txt"]
#[include = "*.ftl"]
struct Templates;

#[derive(Embed)]
#[folder = "static/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
struct Statics;

/// A file that pages load.
#[derive(Debug, Clone)]
pub struct StaticFile {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub content_type: &'static str,
    /// A hash of its content in hexadecimal; the `v` parameter of its address begins it.
    pub etag: String,
}

/// The file at `path` below `static/`, such as `css/site.css`.
#[must_use]
pub fn static_file(path: &str) -> Option<StaticFile> {
    let content_type = content_type(path)?;
    let file = Statics::get(path)?;
    let etag = hexadecimal(&file.metadata.sha256_hash());
    Some(StaticFile {
        bytes: file.data,
        content_type,
        etag,
    })
}

/// The address of a static file below the issuer's path, with the beginning of its hash.
#[must_use]
pub fn static_address(path: &str) -> Option<String> {
    let file = static_file(path)?;
    Some(format!("/static/{path}?v={}", file.etag.get(..12)?))
}

/// Every template by its path below `templates/`.
pub(super) fn templates() -> Result<Vec<(String, String)>, Fault> {
    let templates = Templates::iter().filter(|path| !path.starts_with(MESSAGES));
    templates.map(|path| load_template(&path)).collect()
}

/// Every file of messages in a language, by its path below `templates/`.
pub(super) fn messages(lang: Lang) -> Result<Vec<(String, String)>, Fault> {
    let folder = format!("{MESSAGES}{lang}/");
    let files = Templates::iter().filter(|path| path.starts_with(&folder));
    files.map(|path| load_template(&path)).collect()
}

fn load_template(path: &str) -> Result<(String, String), Fault> {
    let file = Templates::get(path).ok_or_else(|| Fault::new(format!("template {path} is missing")))?;
    let content = String::from_utf8(file.data.into_owned()).map_err(|error| Fault::from_error(path, error))?;
    Ok((path.to_owned(), content))
}

fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
