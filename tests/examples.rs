//! The files in `examples/` say what is true: every setting is documented with its default, and every key of the
//! directory is one that exists.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use countersign::config::{Settings, load_text};
use countersign::model::client::Client;
use countersign::model::organisation::Organisation;
use countersign::model::profile::Profile;
use countersign::model::resource::Resource;
use countersign::model::scope::Scope;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

const SETTINGS: &str = include_str!("../examples/countersign.toml");
const DIRECTORY: &str = include_str!("../examples/directory.toml");

/// The keys that settings know in `section` (the empty name is the top), from the error about one they do not.
fn known_keys(section: &str) -> BTreeSet<String> {
    let text = if section.is_empty() {
        "__ = 1".to_owned()
    } else {
        format!("[{section}]\n__ = 1")
    };
    let error = toml::from_str::<Settings>(&text).unwrap_err();
    error
        .message()
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| *name != "__")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_documented_setting_is_the_default() {
    let documented = load_text(SETTINGS, BTreeMap::new()).unwrap().settings;
    assert_eq!(format!("{documented:#?}"), format!("{:#?}", Settings::default()));
    assert_eq!(
        documented.database.url.expose(),
        Settings::default().database.url.expose()
    );
}

#[test]
fn every_setting_is_documented() {
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in SETTINGS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            if let Some((outer, inner)) = section.split_once('.') {
                documented.entry(outer.to_owned()).or_default().insert(inner.to_owned());
            }
        } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ") {
            documented.entry(section.clone()).or_default().insert(key.to_owned());
        }
    }
    let (inner, outer): (BTreeSet<_>, BTreeSet<_>) = documented.keys().cloned().partition(|name| name.contains('.'));
    assert_eq!(outer, known_keys(""));
    for section in outer.into_iter().chain(inner) {
        assert_eq!(documented[&section], known_keys(&section), "[{section}]");
    }
}

#[test]
fn the_optional_settings_shown_are_valid() {
    let shown: String = SETTINGS
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    // The certificate that is shown wants an address by https, and the header a proxy that is believed.
    let issuer = ("COUNTERSIGN_SERVER__ISSUER".into(), "https://id.example.com".into());
    let proxies = (
        "COUNTERSIGN_SERVER__TRUSTED_PROXIES".into(),
        "[\"192.0.2.0/24\"]".into(),
    );
    let settings = load_text(&shown, BTreeMap::from([issuer, proxies])).unwrap().settings;
    assert!(settings.mtls.bind.is_some() && settings.mtls.proxy_header.is_some());
    assert!(settings.server.tls_cert.is_some() && settings.server.tls_key.is_some());
    assert!(settings.secrets.master_key.is_some() && settings.outbound.ca_file.is_some());
    assert!(settings.metrics.bind.is_some());
}

/// Reads every entry of a kind as `T`, and refuses keys that `T` and `more` do not have.
fn read<T: DeserializeOwned + Serialize + Default>(kind: &str, more: &[&str]) -> Vec<T> {
    let directory: Table = DIRECTORY.parse().unwrap();
    let known = serde_json::to_value(T::default()).unwrap();
    let entries = match &directory[kind] {
        Value::Array(entries) => entries.clone(),
        entry => vec![entry.clone()],
    };
    for key in entries.iter().flat_map(|entry| entry.as_table().unwrap().keys()) {
        assert!(
            known.get(key).is_some() || more.contains(&key.as_str()),
            "{kind}: there is no `{key}`"
        );
    }
    entries.into_iter().map(|entry| entry.try_into().unwrap()).collect()
}

#[test]
fn the_directory_reads_as_the_model_does() {
    assert_eq!(read::<Organisation>("organisation", &[]).len(), 1);
    assert_eq!(read::<Profile>("profiles", &[]).len(), 3);
    let scopes = read::<Scope>("scopes", &[]);
    let resources = read::<Resource>("resources", &[]);
    for client in read::<Client>("clients", &["client_secret"]) {
        assert!(
            client
                .resources
                .iter()
                .all(|name| resources.iter().any(|resource| resource.identifier == *name))
        );
        assert!(
            client.resource_server || client.scope.contains("openid") || client.scope.contains(&scopes[0].name),
            "{}",
            client.client_id
        );
    }
}
