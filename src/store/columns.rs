//! Stored columns to model types and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Fault, Result};
use crate::model::secret::Digest;

/// A stored identifier.
pub(super) fn bytes<const N: usize>(stored: Vec<u8>) -> Result<[u8; N]> {
    stored
        .try_into()
        .map_err(|_| Error::Fault(Fault::new(format!("a stored value is not {N} bytes long"))))
}

/// A stored digest.
pub(super) fn digest(stored: Vec<u8>) -> Result<Digest> {
    bytes(stored).map(Digest::new)
}

/// A record as its stored JSON.
pub(super) fn to_doc(record: &impl Serialize) -> Result<String> {
    serde_json::to_string(record).map_err(|error| Fault::from_error("write a record", error).into())
}

/// A record from its stored JSON.
pub(super) fn from_doc<T: DeserializeOwned>(doc: &str) -> Result<T> {
    serde_json::from_str(doc).map_err(|error| Fault::from_error("read a record", error).into())
}
