//! Vendors' secrets, read when they are used: whoever replaces the file has rotated the secret. CLAUSES.md S30.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::config::SecretSource;
use crate::model::secret::Secret;

/// Bytes that a secret's file may have.
const MAX_SIZE: u64 = 4_096;

/// Why there is no secret; names the setting, never the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MissingSecret {
    /// Neither given nor in a file.
    #[error("{0} is missing: set it, or {0}_file")]
    Unset(&'static str),
    /// The file cannot be read as one.
    #[error("{0}_file cannot be read, is empty or has more than 4096 bytes")]
    Unreadable(&'static str),
}

/// The secret as it is now.
pub(super) fn read(source: SecretSource<'_>) -> Result<Secret, MissingSecret> {
    if let Some(path) = source.file {
        return read_file(path).ok_or(MissingSecret::Unreadable(source.name));
    }
    let given = source.value.filter(|secret| !secret.expose().is_empty());
    given.cloned().ok_or(MissingSecret::Unset(source.name))
}

/// The secret in a file; the line break that editors leave at its end is not part of it.
fn read_file(path: &Path) -> Option<Secret> {
    let mut text = String::new();
    let read = File::open(path).ok()?.take(MAX_SIZE + 1).read_to_string(&mut text);
    let whole = Secret::new(text);
    let secret = whole.expose().trim_end_matches(['\r', '\n']);
    let fits = read.is_ok() && whole.expose().len() <= 4_096 && !secret.is_empty();
    fits.then(|| Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s30_a_replaced_file_is_a_rotated_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let source = SecretSource {
            name: "auth_token",
            value: None,
            file: Some(&path),
        };
        let refused = MissingSecret::Unreadable("auth_token");
        assert_eq!(read(source).unwrap_err(), refused);
        for (content, expected) in [("first\n", "first"), ("second", "second"), (" third \r\n", " third ")] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read(source).unwrap().expose(), expected);
        }
        for content in ["\n".to_owned(), "x".repeat(4_097)] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read(source).unwrap_err(), refused);
        }
    }

    #[test]
    fn s30_a_missing_secret_is_told_by_its_setting() {
        let empty = Secret::new("");
        for value in [None, Some(&empty)] {
            let source = SecretSource {
                name: "api_key",
                value,
                file: None,
            };
            let told = read(source).unwrap_err().to_string();
            assert_eq!(told, "api_key is missing: set it, or api_key_file");
        }
    }
}
