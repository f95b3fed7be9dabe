//! What an address is fetched for: what is asked for there, how much of it is read, and where it is kept.

use serde_json::Value;

use super::Documents;
use crate::model::picture::Picture;
use crate::outbound::DocumentError;
use crate::outbound::cache::Cache;

/// Bytes that a picture may have.
const LARGEST_PICTURE: usize = 100 * 1024;

/// What a document is taken for.
pub(super) trait Form {
    /// What it is once it was read.
    type Read;
    /// What the origin is told that we take.
    const ACCEPTED: &'static str;

    /// Where it is kept.
    fn cache(documents: &Documents) -> &Cache<Self::Read>;

    /// Bytes that it may have.
    fn max_size(documents: &Documents) -> usize {
        documents.max_size
    }

    /// Reads it.
    fn read(body: Vec<u8>) -> Result<Self::Read, DocumentError>;
}

pub(super) struct Json;

impl Form for Json {
    type Read = Value;
    const ACCEPTED: &'static str = "application/json, */*;q=0.1";

    fn cache(documents: &Documents) -> &Cache<Value> {
        &documents.cache
    }

    fn read(body: Vec<u8>) -> Result<Value, DocumentError> {
        serde_json::from_slice(&body).map_err(|_| DocumentError::Malformed("not JSON"))
    }
}

pub(super) struct Text;

impl Form for Text {
    type Read = Value;
    // RFC 9101 §5.2.3
    const ACCEPTED: &'static str = "application/oauth-authz-req+jwt, application/jwt, */*;q=0.1";

    fn cache(documents: &Documents) -> &Cache<Value> {
        &documents.cache
    }

    fn read(body: Vec<u8>) -> Result<Value, DocumentError> {
        String::from_utf8(body)
            .map(Value::String)
            .map_err(|_| DocumentError::Malformed("not a text"))
    }
}

pub(super) struct Image;

impl Form for Image {
    type Read = Picture;
    const ACCEPTED: &'static str = "image/svg+xml, image/png, image/webp, image/jpeg, image/gif, */*;q=0.1";

    fn cache(documents: &Documents) -> &Cache<Picture> {
        &documents.pictures
    }

    fn max_size(_documents: &Documents) -> usize {
        LARGEST_PICTURE
    }

    fn read(body: Vec<u8>) -> Result<Picture, DocumentError> {
        Picture::read(body).ok_or(DocumentError::Malformed("not a picture"))
    }
}
