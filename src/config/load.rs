//! Reads settings: the file, then the environment over it. Unknown keys are refused, naming the nearest known one.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::Settings;
use crate::error::FieldError;

/// Settings as read, and where from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, checked.
    pub settings: Settings,
    /// Names of environment variables that were used.
    pub from_environment: Vec<String>,
}

const PREFIX: &str = "COUNTERSIGN_";

/// Reads `file` (if given) and the process's environment.
///
/// # Errors
/// The first key that is unknown or wrong, with its remedy.
pub fn load(file: Option<&Path>) -> Result<Loaded, FieldError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| FieldError::new(path.display().to_string(), format!("cannot be read: {error}")))?,
        None => String::new(),
    };
    load_text(
        &text,
        std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect(),
    )
}

/// Reads settings from TOML text and from variables named `COUNTERSIGN_<SECTION>__<KEY>`.
///
/// # Errors
/// The first key that is unknown or wrong, with its remedy.
pub fn load_text(text: &str, environment: BTreeMap<String, String>) -> Result<Loaded, FieldError> {
    let mut table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| FieldError::new("configuration", error.message().to_owned()))?;
    let mut from_environment = Vec::new();
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let Some((section, key)) = path.split_once("__") else {
            continue;
        };
        place(&mut table, section, key, parse_variable(&value))?;
        from_environment.push(name);
    }
    let settings: Settings = Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| explain(error.message()))?;
    settings.check()?;
    Ok(Loaded {
        settings,
        from_environment,
    })
}

/// Puts a variable's value where its name says; `__` in the key leads into tables of the section.
fn place(table: &mut Table, section: &str, key: &str, value: Value) -> Result<(), FieldError> {
    let section = section.to_lowercase();
    let entry = table
        .entry(section.clone())
        .or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(entry) = entry else {
        return Err(FieldError::new(section, "must be a table"));
    };
    if let Some((inner, key)) = key.split_once("__") {
        return place(entry, inner, key, value);
    }
    entry.insert(key.to_lowercase(), value);
    Ok(())
}

/// A variable's text as the TOML value it spells, or else as text.
fn parse_variable(text: &str) -> Value {
    format!("value = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Turns serde's account of an unknown key into one that names the nearest known key.
fn explain(message: &str) -> FieldError {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field")
        && let Some(unknown) = quoted.next()
    {
        let nearest = quoted.min_by_key(|known| strsim::levenshtein(unknown, known));
        let remedy = nearest.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        return FieldError::new(unknown, format!("unknown key{remedy}"));
    }
    FieldError::new("configuration", message.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::FactorKind;

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let error = load_text("[server]\nisuer = \"x\"", BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "isuer: unknown key; did you mean `issuer`?");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let environment = BTreeMap::from([
            (
                "COUNTERSIGN_SERVER__ISSUER".to_owned(),
                "https://id.example.com".to_owned(),
            ),
            ("COUNTERSIGN_TOKENS__CODE_LIFETIME".to_owned(), "30".to_owned()),
        ]);
        let loaded = load_text("[server]\nissuer = \"http://localhost:1\"", environment).unwrap();
        assert_eq!(loaded.settings.server.issuer, "https://id.example.com");
        assert_eq!(loaded.settings.tokens.code_lifetime, 30);
        assert_eq!(loaded.from_environment.len(), 2);
    }

    #[test]
    fn the_example_says_every_setting_of_assurance_as_it_is_by_default() {
        let example = include_str!("../../examples/countersign.toml");
        let loaded = load_text(example, BTreeMap::new()).unwrap().settings;
        assert_eq!(loaded.assurance, crate::config::AssuranceSettings::default());
        assert_eq!(loaded.limits.step_up_freshness, 900);
        let table: Table = example.parse().unwrap();
        let known = serde_json::to_value(&loaded.assurance).unwrap();
        // What is absent by default is shown as a comment.
        let given = known.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        for (name, _) in given {
            assert!(table["assurance"].get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn s6_columns_only_go_down() {
        for (given, accepted) in [
            ("multi_factor = \"high\"", true),
            ("multi_factor = \"standard\"", true),
            ("multi_factor = \"phr\"", false),
            ("multi_factor = \"none\"", false),
            ("passkey = \"phr\"", true),
            ("passkey = \"standard\"", true),
            ("passkey = \"low\"", false),
            ("restricted = \"none\"", true),
            ("restricted = \"standard\"", true),
            ("restricted = \"phr\"", false),
            ("restricted = \"low\"", false),
        ] {
            let outcome = load_text(&format!("[assurance.columns]\n{given}"), BTreeMap::new());
            assert_eq!(outcome.is_ok(), accepted, "{given}");
            let field = format!("assurance.columns.{}", given.split(' ').next().unwrap());
            assert!(outcome.err().is_none_or(|error| error.field == field), "{given}");
        }
    }

    #[test]
    fn certificate_and_key_come_together_and_with_https() {
        let error = |server: &str| {
            let text = format!("[server]\n{server}");
            load_text(&text, BTreeMap::new()).err().map(|error| error.to_string())
        };
        let https = "issuer = \"https://id.example.com\"\n";
        let (certificate, key) = ("tls_cert = \"c.pem\"\n", "tls_key = \"k.pem\"\n");
        assert_eq!(
            error(&format!("{https}{certificate}")).unwrap(),
            "server.tls_key: must be set too, as server.tls_cert is"
        );
        assert_eq!(
            error(&format!("{https}{key}")).unwrap(),
            "server.tls_cert: must be set too, as server.tls_key is"
        );
        assert_eq!(
            error(&format!("{certificate}{key}")).unwrap(),
            "server.issuer: must be https, as server.tls_cert is set"
        );
        assert_eq!(error(&format!("{https}{certificate}{key}")), None);
    }

    const WITH_TLS: &str = "[server]\nissuer = \"https://id.example.com\"\ntls_cert = \"c.pem\"\ntls_key = \"k.pem\"\n";
    const PROXIED: &str = "[server]\ntrusted_proxies = [\"192.0.2.0/24\"]\n";
    const BIND: &str = "bind = \"0.0.0.0:8444\"\n";
    const BASE: &str = "base = \"https://mtls.id.example.com\"\n";

    /// What is refused of these settings of certificates, beside those of the server.
    fn mtls_error(server: &str, mtls: &[&str]) -> String {
        let text = format!("{server}[mtls]\n{}", mtls.concat());
        let error = load_text(&text, BTreeMap::new()).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn certificates_of_clients_come_where_somebody_asks_for_them() {
        let (header, authorities) = ("proxy_header = \"Client-Cert\"\n", "client_ca_file = \"ca.pem\"\n");
        for (server, mtls) in [
            ("", &[][..]),
            (WITH_TLS, &[BIND, BASE]),
            (WITH_TLS, &[BIND, BASE, authorities]),
            (PROXIED, &[header]),
            (PROXIED, &[header, BASE, authorities]),
        ] {
            assert_eq!(mtls_error(server, mtls), "", "{mtls:?}");
        }
        for (server, mtls, told) in [
            ("", &[BIND, BASE][..], "mtls.bind: needs server.tls_cert"),
            (
                WITH_TLS,
                &["bind = \"127.0.0.1:8080\"\n", BASE],
                "mtls.bind: must not be server.bind",
            ),
            (WITH_TLS, &[BIND], "mtls.base: is missing"),
            ("", &[header], "mtls.proxy_header: needs server.trusted_proxies"),
            (PROXIED, &[BASE], "mtls.base: has no effect"),
            (PROXIED, &[authorities], "mtls.client_ca_file: has no effect"),
        ] {
            let said = mtls_error(server, mtls);
            assert!(said.starts_with(told), "{mtls:?}: {said}");
        }
    }

    #[test]
    fn the_address_and_the_header_of_certificates_are_what_they_must_be() {
        for base in [
            "http://a.example",
            "https://a.example/",
            "https://a.example/x",
            "https://a@b.example",
            "a",
        ] {
            let said = mtls_error(WITH_TLS, &[BIND, &format!("base = \"{base}\"\n")]);
            assert!(
                said.starts_with("mtls.base: must be an https address"),
                "{base}: {said}"
            );
        }
        for header in ["", "a b", "a:b", "\u{e9}"] {
            let said = mtls_error(PROXIED, &[&format!("proxy_header = \"{header}\"\n")]);
            assert!(
                said.starts_with("mtls.proxy_header: must be the name of a header"),
                "{header}: {said}"
            );
        }
    }

    #[test]
    fn the_issuer_is_written_in_one_way() {
        let load = |issuer: &str| load_text(&format!("[server]\nissuer = \"{issuer}\""), BTreeMap::new());
        for (given, written) in [
            ("https://ID.example.com", "https://id.example.com"),
            ("https://id.example.com:443", "https://id.example.com"),
            ("HTTPS://id.example.com/a/../b c", "https://id.example.com/b%20c"),
        ] {
            let said = load(given).err().map(|error| error.to_string());
            assert_eq!(said, Some(format!("server.issuer: must be written as {written}")));
        }
        assert!(load("https://me:secret@id.example.com").is_err());
        for (issuer, origin, path) in [
            ("https://id.example.com", "https://id.example.com", ""),
            ("http://[::1]:8080", "http://[::1]:8080", ""),
            ("https://id.example.com:8443/a/b", "https://id.example.com:8443", "/a/b"),
        ] {
            let settings = load(issuer).unwrap().settings;
            assert_eq!((settings.origin(), settings.issuer_path()), (origin, path));
        }
    }

    #[test]
    fn passkeys_are_for_names_that_browsers_trust() {
        for (issuer, are_used) in [
            ("https://id.example.com", true),
            ("https://id.example.com:8443/a", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]", false),
            ("https://[2001:db8::1]:8443", false),
            ("https://192.0.2.1", false),
        ] {
            let settings = load_text(&format!("[server]\nissuer = \"{issuer}\""), BTreeMap::new()).unwrap();
            let kinds = settings.settings.factor_kinds();
            assert_eq!(kinds.contains(&FactorKind::Passkey), are_used, "{issuer}");
        }
    }

    #[test]
    fn plain_http_is_for_localhost_alone() {
        assert!(load_text("[server]\nissuer = \"http://id.example.com\"", BTreeMap::new()).is_err());
        assert!(load_text("[server]\nissuer = \"http://127.0.0.1:8080\"", BTreeMap::new()).is_ok());
    }
}
