//! Clients added, disabled, given new secrets.

use super::*;
use crate::manage::testing::{Installation, refusal};
use crate::model::client::AuthMethod;
use crate::model::client::GrantType;

const OPERATOR: Actor = Actor::Operator;

fn machine(method: AuthMethod) -> Client {
    Client {
        client_id: "machine".to_owned(),
        token_endpoint_auth_method: method,
        grant_types: vec![GrantType::ClientCredentials],
        response_types: Vec::new(),
        ..Client::default()
    }
}

fn stored(installation: &Installation) -> Client {
    installation
        .server
        .read_blocking(|view| show(view, &OPERATOR, "machine"))
        .unwrap()
}

#[test]
fn a_secret_is_shown_once_and_stored_by_digest() {
    let installation = Installation::new();
    let added = installation.perform(|work| add(work, &OPERATOR, machine(AuthMethod::ClientSecretBasic)));
    let first = added.unwrap().unwrap();
    let digest = Some(ClientSecret::Digest(digest_of(first.expose())));
    assert_eq!(stored(&installation).secret, digest);
    let second = installation
        .perform(|work| rotate_secret(work, &OPERATOR, "machine"))
        .unwrap();
    assert_ne!(first.expose(), second.expose());
    let digest = Some(ClientSecret::Digest(digest_of(second.expose())));
    assert_eq!(stored(&installation).secret, digest);
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.client_id.as_deref(), Some("machine"));
    assert_eq!(last.detail["changed"], serde_json::json!(["client_secret"]));
    assert!(last.detail["after"].get("secret").is_none());
}

#[test]
fn a_secret_that_signs_is_sealed() {
    let installation = Installation::new();
    let added = installation.perform(|work| add(work, &OPERATOR, machine(AuthMethod::ClientSecretJwt)));
    let secret = added.unwrap().unwrap();
    let Some(ClientSecret::Sealed(sealed)) = stored(&installation).secret else {
        panic!("not sealed");
    };
    let opened = installation
        .server
        .shared()
        .master
        .open(Purposes::CLIENT_SECRET, &sealed);
    assert_eq!(*opened.unwrap(), secret.expose().as_bytes());
}

#[test]
fn a_disabled_client_can_be_enabled_again() {
    let installation = Installation::new();
    installation
        .perform(|work| add(work, &OPERATOR, machine(AuthMethod::ClientSecretPost)))
        .unwrap();
    for disabled in [true, false] {
        let version = installation.version();
        for _ in 0..2 {
            installation
                .perform(move |work| set_disabled(work, &OPERATOR, "machine", disabled))
                .unwrap();
        }
        assert_eq!(stored(&installation).disabled, disabled);
        assert_eq!(installation.version(), version + 1);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let installation = Installation::new();
    let message = refusal(installation.perform(|work| add(work, &OPERATOR, machine(AuthMethod::None))));
    assert!(
        message.starts_with("clients.machine.grant_types: client_credentials"),
        "{message}"
    );
    let public = Client {
        token_endpoint_auth_method: AuthMethod::None,
        redirect_uris: vec!["https://app.example.com/".to_owned()],
        client_id: "machine".to_owned(),
        ..Client::default()
    };
    let again = public.clone();
    let secret = installation.perform(|work| add(work, &OPERATOR, public)).unwrap();
    assert!(secret.is_none());
    let message = refusal(installation.perform(|work| add(work, &OPERATOR, again)));
    assert_eq!(message, "clients.machine.client_id: is taken; choose another");
    let message = refusal(installation.perform(|work| rotate_secret(work, &OPERATOR, "machine")));
    assert!(message.ends_with("none has no secret"), "{message}");
    let message = refusal(installation.perform(|work| rotate_secret(work, &OPERATOR, "nobody")));
    assert!(
        message.starts_with("clients.nobody: there is no such client"),
        "{message}"
    );
}
