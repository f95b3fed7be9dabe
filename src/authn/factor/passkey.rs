//! Passkeys and security keys. WebAuthn Level 3: registration and assertion as webauthn-rs verifies them, user verification
//! always asked for. Challenges are kept by [`crate::authn::ceremony`].

use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, WebauthnBuilder, WebauthnError,
};

use crate::config::Settings;
use crate::crypto::digest::{base64url, base64url_decode};
use crate::error::{Denial, Fault, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::model::user::User;

/// What a browser is given, and what the answer is verified against.
#[derive(Debug)]
pub struct Begun {
    /// The options for `navigator.credentials`.
    pub options: Value,
    /// What verifies the answer; never leaves the server.
    pub state: String,
}

/// The challenge of a ceremony as its answer repeats it.
#[must_use]
pub fn challenge_of(options: &Value) -> Option<&str> {
    options.get("publicKey")?.get("challenge")?.as_str()
}

/// The challenge that an answer was made for, not verified yet.
#[must_use]
pub fn answered_challenge(answer: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let client_data = base64url_decode(answer.get("response")?.get("clientDataJSON")?.as_str()?)?;
    let client_data: Value = serde_json::from_slice(&client_data).ok()?;
    Some(client_data.get("challenge")?.as_str()?.to_owned())
}

/// The user whose passkey an answer without a user name says it is, not verified yet.
#[must_use]
pub fn answered_user(answer: &str) -> Option<UserId> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
    let handle = answer.get_user_unique_id()?;
    handle.try_into().ok().map(UserId::from_bytes)
}

fn relying_party(settings: &Settings, name: &str) -> Result<Webauthn> {
    let fault = |error| Fault::from_error("set up WebAuthn", error);
    let origin = Url::parse(&settings.origin()).map_err(|error| Fault::from_error("read the issuer", error))?;
    let host = origin
        .domain()
        .ok_or_else(|| Fault::new("passkeys need an issuer with a name"))?;
    let builder = WebauthnBuilder::new(host, &origin).map_err(fault)?;
    Ok(builder.rp_name(name).build().map_err(fault)?)
}

fn verifier(credential: &Credential) -> Option<Passkey> {
    match &credential.material {
        Material::Passkey { verifier, .. } => serde_json::from_str(verifier).ok(),
        _ => None,
    }
}

fn ids(credentials: &[Credential]) -> Vec<CredentialID> {
    let passkeys = credentials.iter().filter_map(verifier);
    passkeys.map(|passkey| passkey.cred_id().clone()).collect()
}

/// The name by which authenticators know us; none where the issuer has none.
#[must_use]
pub fn relying_party_id(settings: &Settings) -> Option<String> {
    let origin = Url::parse(&settings.origin()).ok()?;
    origin.domain().map(str::to_owned)
}

/// The handle by which authenticators know a user, and the identifiers of the passkeys among `credentials`, base64url.
#[must_use]
pub fn known(user: UserId, credentials: &[Credential]) -> (String, Vec<String>) {
    let passkeys = ids(credentials);
    (
        base64url(user.as_bytes()),
        passkeys.iter().map(|id| base64url(id)).collect(),
    )
}

fn written(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|error| Fault::from_error("write a ceremony", error))?)
}

fn begun(options: impl serde::Serialize, state: &impl serde::Serialize) -> Result<Begun> {
    let options = serde_json::to_value(options).map_err(|error| Fault::from_error("write WebAuthn options", error))?;
    Ok(Begun {
        options,
        state: written(state)?,
    })
}

/// An answer that is not right, or our own failure.
fn refused(error: &WebauthnError) -> Denial {
    tracing::info!(%error, "a passkey was not accepted");
    Denial::BadCredentials
}

/// Begins the registration of a passkey that signs in without a user name too; authenticators that hold one of
/// `credentials` decline.
///
/// # Errors
/// A fault when the issuer has no name.
pub fn begin_registration(
    settings: &Settings,
    organisation: &str,
    user: &User,
    credentials: &[Credential],
) -> Result<Begun> {
    let id = Uuid::from_bytes(*user.id.as_bytes());
    let (options, state) = relying_party(settings, organisation)?
        .start_passkey_registration(id, &user.username, user.display_name(), Some(ids(credentials)))
        .map_err(|error| Fault::from_error("begin a registration", error))?;
    let mut begun = begun(options, &state)?;
    if let Some(options) = begun.options.get_mut("publicKey").and_then(Value::as_object_mut) {
        options.insert(
            "authenticatorSelection".into(),
            json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "required" }),
        );
    }
    Ok(begun)
}

/// Verifies a registration: what later answers are checked against, and the evidence of having made it.
///
/// # Errors
/// A denial, or a fault when `state` cannot be read.
pub fn finish_registration(settings: &Settings, state: &str, answer: &str) -> Result<Material> {
    let state: PasskeyRegistration = read(state)?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| Denial::BadCredentials)?;
    let passkey = relying_party(settings, "")?
        .finish_passkey_registration(&answer, &state)
        .map_err(|error| refused(&error))?;
    let verifier = written(&passkey)?;
    // The library shows this flag in what it writes alone.
    let flags: Value = read(&verifier)?;
    let is_eligible = flags.pointer("/cred/backup_eligible").and_then(Value::as_bool);
    Ok(Material::Passkey {
        verifier,
        hardware: is_eligible == Some(false),
    })
}

/// The evidence of a registration that was verified as `credential`.
#[must_use]
pub fn registered(credential: &Credential, now: Timestamp) -> Evidence {
    evidence(credential, now)
}

/// Begins the proof of one of `credentials`.
///
/// # Errors
/// A fault when the issuer has no name or a credential cannot be read.
pub fn begin_proof(settings: &Settings, credentials: &[Credential]) -> Result<Begun> {
    let passkeys: Vec<Passkey> = credentials.iter().filter_map(verifier).collect();
    let (options, state) = relying_party(settings, "")?
        .start_passkey_authentication(&passkeys)
        .map_err(|error| Fault::from_error("begin a proof", error))?;
    begun(options, &state)
}

/// Begins a sign-in with whichever passkey the authenticator holds for us.
///
/// # Errors
/// A fault when the issuer has no name.
pub fn begin_sign_in(settings: &Settings) -> Result<Begun> {
    let (options, state) = relying_party(settings, "")?
        .start_discoverable_authentication()
        .map_err(|error| Fault::from_error("begin a sign-in", error))?;
    begun(options, &state)
}

/// A verified proof: the evidence, and the credential as it is to be kept from now on.
#[derive(Debug)]
pub struct Proven {
    /// The evidence.
    pub evidence: Evidence,
    /// The credential, with its new counter and flags.
    pub credential: Credential,
}

/// Verifies the proof of one of `credentials`. A signature counter that went back is refused: the key may have been copied
/// (WebAuthn §6.1.1).
///
/// # Errors
/// A denial, or a fault when `state` cannot be read.
pub fn finish_proof(
    settings: &Settings,
    state: &str,
    answer: &str,
    (credentials, now): (&[Credential], Timestamp),
) -> Result<Proven> {
    let state: PasskeyAuthentication = read(state)?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| Denial::BadCredentials)?;
    let result = relying_party(settings, "")?
        .finish_passkey_authentication(&answer, &state)
        .map_err(|error| refused(&error))?;
    proven(&result, (credentials, now))
}

/// Verifies a sign-in with one of the `credentials` of the user whom the answer names.
///
/// # Errors
/// A denial, or a fault when `state` cannot be read.
pub fn finish_sign_in(
    settings: &Settings,
    state: &str,
    answer: &str,
    (credentials, now): (&[Credential], Timestamp),
) -> Result<Proven> {
    let state: DiscoverableAuthentication = read(state)?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| Denial::BadCredentials)?;
    let mut passkeys = credentials.iter().filter_map(verifier);
    let passkey = passkeys.find(|passkey| passkey.cred_id().as_slice() == answer.get_credential_id());
    let key = DiscoverableKey::from(passkey.ok_or(Denial::BadCredentials)?);
    let result = relying_party(settings, "")?
        .finish_discoverable_authentication_v2(&answer, state, &key)
        .map_err(|error| refused(&error))?;
    proven(&result, (credentials, now))
}

fn proven(
    result: &webauthn_rs::prelude::AuthenticationResult,
    (credentials, now): (&[Credential], Timestamp),
) -> Result<Proven> {
    let known = credentials.iter().filter_map(|one| Some((one, verifier(one)?)));
    let mut of_answer = known.filter(|(_, passkey)| passkey.cred_id() == result.cred_id());
    let (credential, mut passkey) = of_answer.next().ok_or(Denial::BadCredentials)?;
    // The library compares with the counter as it was when the challenge was made; since then it may have been counted on.
    let counted: Value = read(&written(&passkey)?)?;
    let counted = counted
        .pointer("/cred/counter")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let has_gone_back = counted > 0 && u64::from(result.counter()) <= counted;
    if has_gone_back || !result.user_verified() {
        return Err(Denial::BadCredentials.into());
    }
    passkey.update_credential(result);
    let Material::Passkey { hardware, .. } = credential.material else {
        return Err(Denial::BadCredentials.into());
    };
    let credential = Credential {
        material: Material::Passkey {
            verifier: written(&passkey)?,
            hardware: hardware && !result.backup_eligible(),
        },
        ..credential.clone()
    };
    Ok(Proven {
        evidence: evidence(&credential, now),
        credential,
    })
}

fn evidence(credential: &Credential, now: Timestamp) -> Evidence {
    let hardware = matches!(credential.material, Material::Passkey { hardware: true, .. });
    Evidence::proven(FactorKind::Passkey, credential.id, now)
        .user_verified()
        .of_hardware(hardware)
}

fn read<T: serde::de::DeserializeOwned>(state: &str) -> Result<T> {
    Ok(serde_json::from_str(state).map_err(|error| Fault::from_error("read a ceremony", error))?)
}
