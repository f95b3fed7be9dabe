//! Clients whose identifier is the address of their metadata. OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document).
//!
//! The document is looked at whenever its client sends somebody here or comes itself, and what it says now is what holds; it is kept so
//! that tokens can be redeemed and refreshed while its host is away. Such a client is a stranger as one that registered itself is: the same limits hold.

use serde_json::{Map, Value, json};
use url::Url;

use super::{Application, ID_LENGTH, WINDOW, client_of, metadata, record_change};
use crate::config::{RegistrationSettings, Settings};
use crate::crypto::digest::digest_of;
use crate::error::{Denial, OAuthError, OAuthErrorCode, Result};
use crate::model::client::{AuthMethod, Client, GrantType};
use crate::model::registration::Registration;
use crate::model::request::ResponseType;
use crate::policy::lockout;
use crate::store;
use crate::work::{View, Work};

/// The greatest size of a document in bytes (§6.6, where 5 kilobytes are advised).
const MAX_SIZE: usize = 5_120;

/// A document that cannot be used, in words for whoever wrote it.
fn unusable(problem: impl AsRef<str>) -> OAuthError {
    let description = format!("the client metadata document cannot be used: {}", problem.as_ref());
    OAuthError::new(OAuthErrorCode::InvalidClient, description)
}

/// The address that an identifier is, if such identifiers are wanted and this is written as one (§3): with a path, and without credentials,
/// fragment and segments of dots. Whether it may be asked is for whoever asks it.
#[must_use]
pub fn address<'a>(settings: &Settings, client_id: &'a str) -> Option<&'a str> {
    let own = &settings.registration;
    if !own.metadata_documents || !(client_id.starts_with("https://") || client_id.starts_with("http://")) {
        return None;
    }
    let url = Url::parse(client_id).ok()?;
    // What reads otherwise once it was parsed has dots, another case, or a port that goes without saying.
    let is_plain = url.as_str() == client_id && url.path() != "/" && url.fragment().is_none();
    let is_bare = url.username().is_empty() && url.password().is_none();
    (is_plain && is_bare && is_host_wanted(own, &url)).then_some(client_id)
}

fn is_host_wanted(settings: &RegistrationSettings, url: &Url) -> bool {
    let hosts = &settings.metadata_document_hosts;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return false;
    };
    hosts.is_empty() || hosts.iter().any(|pattern| pattern.covers(host, port))
}

/// What the document at `address` says of its client.
///
/// # Errors
/// `invalid_client` with what is wrong with it (§4.1).
pub fn read(
    settings: &RegistrationSettings,
    address: &str,
    document: &Value,
) -> std::result::Result<Application, OAuthError> {
    let given = document
        .as_object()
        .ok_or_else(|| unusable("it is not a JSON object"))?;
    if document.to_string().len() > MAX_SIZE {
        return Err(unusable("it is larger than 5 kilobytes"));
    }
    // §4.1: by simple string comparison
    if given.get("client_id").and_then(Value::as_str) != Some(address) {
        return Err(unusable("its client_id is not its address"));
    }
    // §4.1: nobody shares a secret with what everybody can read.
    if ["client_secret", "client_secret_expires_at"]
        .iter()
        .any(|name| given.contains_key(*name))
    {
        return Err(unusable("it has a secret"));
    }
    // Model Context Protocol, Authorization: people are told who asks.
    let name = given.get("client_name").and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(unusable("it has no client_name"));
    }
    let mut members = given.clone();
    let method = members
        .entry("token_endpoint_auth_method")
        .or_insert_with(|| AuthMethod::None.as_str().into());
    if method
        .as_str()
        .is_some_and(|method| method.starts_with("client_secret"))
    {
        return Err(unusable("its token_endpoint_auth_method needs a secret"));
    }
    narrow(settings, &mut members);
    if !members.contains_key("application_type") && is_on_device(&members) {
        members.insert("application_type".to_owned(), "native".into());
    }
    Application::new(members, None).map_err(|error| unusable(error.description))
}

/// A document is written for every server; what this one gives to nobody is left out, as RFC 7591 §2 allows.
fn narrow(settings: &RegistrationSettings, members: &mut Map<String, Value>) {
    let grants = |name: &str| GrantType::parse(name).is_some_and(|one| settings.grant_types.contains(&one));
    let responses = |name: &str| ResponseType::parse(name).is_some_and(|one| settings.response_types.contains(&one));
    if let Some(Value::Array(given)) = members.get_mut("grant_types") {
        given.retain(|value| value.as_str().is_none_or(grants));
    }
    if let Some(Value::Array(given)) = members.get_mut("response_types") {
        given.retain(|value| value.as_str().is_none_or(responses));
    }
    members
        .entry("grant_types")
        .or_insert_with(|| json!([GrantType::AuthorizationCode.as_str()]));
}

/// Whether a redirect URI leads to a program on the person's own device (RFC 8252 §7).
fn is_on_device(members: &Map<String, Value>) -> bool {
    let uris = members.get("redirect_uris").and_then(Value::as_array);
    let mut uris = uris.into_iter().flatten().filter_map(Value::as_str);
    uris.any(|uri| Url::parse(uri).is_ok_and(|uri| uri.scheme() != "https" && metadata::is_local(&uri)))
}

/// Charges a look at a document that was never seen, or that could not be used a moment ago, to whoever asks, so that nobody makes this
/// server ask for many.
///
/// # Errors
/// [`Denial::RateLimited`], or a fault of the database.
pub fn charge(work: &mut Work<'_>) -> Result<()> {
    let counter = lockout::registration_counter(work.ip());
    let count = store::counters::charge(work.tx, &counter, work.now, WINDOW)?;
    if count > i64::from(work.shared.settings.registration.per_address) {
        return Err(Denial::RateLimited(WINDOW).into());
    }
    Ok(())
}

/// Whether the client is what its document says now.
///
/// # Errors
/// `invalid_client` with what is wrong with the document; a fault of the database.
pub fn is_current(view: &View<'_>, client: &Client, application: &Application) -> Result<bool> {
    let Some(registration) = client.registration.clone() else {
        return Ok(true);
    };
    let described = described(view, application, &client.client_id, registration)?;
    Ok(Client {
        disabled: client.disabled,
        ..described
    } == *client)
}

/// Keeps what a document says of its client.
///
/// # Errors
/// `invalid_client` with what is wrong with the document, `temporarily_unavailable` when there are too many clients; a fault of the
/// database.
pub fn adopt(work: &mut Work<'_>, client_id: &str, application: &Application) -> Result<()> {
    store::counters::hold(work.tx, "registered clients")?;
    let known = store::clients::find(work.tx, client_id)?;
    let registration = known.as_ref().and_then(|client| client.registration.clone());
    let registration = registration.unwrap_or_else(|| Registration {
        issued_at: work.now,
        software_statement: None,
        localized: std::collections::BTreeMap::new(),
        document: true,
    });
    let described = described(&work.view(), application, client_id, registration)?;
    let Some(known) = known else {
        super::check_room(work)?;
        // Nobody manages it but its document: this token is told to nobody.
        let token = work.random.alphanumeric(ID_LENGTH);
        store::clients::insert_registered(work.tx, &described, &digest_of(token.expose()))?;
        return record_change(work, None, Some(&described));
    };
    // A client of the directory stays what the directory says.
    if !known.is_document() {
        return Ok(());
    }
    let described = Client {
        disabled: known.disabled,
        ..described
    };
    store::clients::put(work.tx, &described)?;
    record_change(work, Some(&known), Some(&described))
}

fn described(
    view: &View<'_>,
    application: &Application,
    client_id: &str,
    registration: Registration,
) -> std::result::Result<Client, OAuthError> {
    let registration = Registration {
        localized: application
            .localized()
            .map_err(|_| unusable("a member in a further language is wrong"))?,
        ..registration
    };
    client_of(view, application, client_id, registration).map_err(|error| unusable(error.description))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://app.example/client.json";

    fn settings(toml: &str) -> Settings {
        let text = format!("[registration]\nmetadata_documents = true\n{toml}");
        crate::config::load_text(&text, std::collections::BTreeMap::new())
            .unwrap()
            .settings
    }

    fn document(further: &Value) -> Value {
        let mut document = json!({
            "client_id": ADDRESS, "client_name": "Atlas Notes", "redirect_uris": ["https://app.example/callback"],
        });
        document
            .as_object_mut()
            .unwrap()
            .append(&mut further.as_object().unwrap().clone());
        document
    }

    #[test]
    fn identifiers_are_addresses_only_where_they_are_written_as_such() {
        let on = settings("");
        for good in [ADDRESS, "https://app.example:8443/a/b?v=1", "http://127.0.0.1:9/c"] {
            assert_eq!(address(&on, good), Some(good));
            assert_eq!(address(&Settings::default(), good), None);
        }
        for bad in [
            "https://app.example",
            "https://app.example/",
            "https://app.example/a/../client.json",
            "https://app.example/./client.json",
            "https://app.example/client.json#part",
            "https://user@app.example/client.json",
            "https://user:secret@app.example/client.json",
            "https://APP.example/client.json",
            "https://app.example:443/client.json",
            "ftp://app.example/client.json",
            "app",
        ] {
            assert_eq!(address(&on, bad), None, "{bad}");
        }
        let listed = settings("metadata_document_hosts = [\"app.example\"]");
        assert_eq!(address(&listed, ADDRESS), Some(ADDRESS));
        assert_eq!(address(&listed, "https://other.example/client.json"), None);
    }

    #[test]
    fn documents_say_what_they_may() {
        let own = &settings("").registration;
        for (further, told) in [
            (
                json!({ "client_id": "https://app.example/other.json" }),
                "its client_id is not its address",
            ),
            (json!({ "client_secret": "x" }), "it has a secret"),
            (json!({ "client_name": null }), "it has no client_name"),
            (json!({ "client_name": " " }), "it has no client_name"),
            (json!({ "client_name": ["x"] }), "it has no client_name"),
            (json!({ "client_secret_expires_at": 0 }), "it has a secret"),
            (
                json!({ "token_endpoint_auth_method": "client_secret_post" }),
                "needs a secret",
            ),
            (json!({ "client_name": "a".repeat(6_000) }), "larger than 5 kilobytes"),
        ] {
            let error = read(own, ADDRESS, &document(&further)).unwrap_err();
            assert!(error.description.ends_with(told), "{}", error.description);
            assert_eq!(error.code, OAuthErrorCode::InvalidClient);
        }
        assert!(read(own, ADDRESS, &json!([])).is_err());
    }

    #[test]
    fn what_this_server_gives_to_nobody_is_left_out() {
        let own = &settings("").registration;
        let asked = document(&json!({
            "grant_types": ["authorization_code", "urn:example:other", "password", "refresh_token"],
            "response_types": ["code", "token"],
        }));
        let read = read(own, ADDRESS, &asked).unwrap();
        assert_eq!(
            read.get("grant_types"),
            Some(&json!(["authorization_code", "refresh_token"]))
        );
        assert_eq!(read.get("response_types"), Some(&json!(["code"])));
        assert_eq!(read.get("token_endpoint_auth_method"), Some(&json!("none")));
    }

    #[test]
    fn programs_on_a_device_are_native() {
        let own = &settings("").registration;
        for (uri, kind) in [
            ("http://127.0.0.1/callback", Some("native")),
            ("http://localhost:3000/callback", Some("native")),
            ("com.example.app:/callback", Some("native")),
            ("https://app.example/callback", None),
        ] {
            let read = read(own, ADDRESS, &document(&json!({ "redirect_uris": [uri] }))).unwrap();
            assert_eq!(read.get("application_type").and_then(Value::as_str), kind, "{uri}");
        }
    }
}
