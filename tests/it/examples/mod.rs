//! The programs of `examples/`, each run as its documentation says.

mod devices;
mod machines;
mod resource_server;
mod transfers;
mod user_agent;

use super::support::installation::Installation;

const DIRECTORY: &str = include_str!("../../../examples/directory.toml");
const API: &str = "https://api.example.com/transfers";
/// What every challenge of the API ends with: where it says whose tokens it takes.
const POINTER: &str = "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/transfers\"";

/// The directory of the examples, with something in place of what it says.
fn directory(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(DIRECTORY.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replace(old, new)
    })
}

/// An installation with the examples' directory, but for these changes.
fn installation(changes: &[(&str, &str)]) -> Installation {
    Installation::start(&directory(changes))
}
