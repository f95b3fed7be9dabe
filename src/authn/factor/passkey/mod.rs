//! Passkeys and security keys. WebAuthn Level 3 §7: registration and assertion as webauthn-rs verifies them. Whether the
//! user was verified, and not noticed alone, is recorded and weighed. Challenges are kept by [`crate::authn::ceremony`].

mod attestation;
mod proof;
mod registration;

pub use attestation::{Accepted, check_authority};
pub use proof::{Against, Proven, begin_proof, begin_sign_in, finish_proof, finish_sign_in};
pub use registration::{begin_registration, finish_registration, registered};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{Credential as Known, CredentialID, PublicKeyCredential};

use crate::config::Settings;
use crate::crypto::digest::{base64url, base64url_decode};
use crate::error::{Denial, Fault, PasskeyDenial, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::time::Timestamp;

/// How long a browser is told that it may ask its user.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(5);

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

/// The credential that an answer was made with, as browsers write its identifier; not verified yet.
#[must_use]
pub fn answered_credential(answer: &str) -> Option<String> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
    Some(base64url(answer.get_credential_id()))
}

/// Whether a credential can be read: what a directory file says may be anything.
#[must_use]
pub fn is_readable(credential: &Material) -> bool {
    stored(credential).is_some()
}

/// Whether a passkey showed, beside another factor or when it was made, that it verifies its user; only such a one signs in
/// alone (WebAuthn §4, `uvInitialized`).
#[must_use]
pub fn verifies_user(credential: &Credential) -> bool {
    stored(&credential.material).is_some_and(|known| known.user_verified)
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

/// The name by which authenticators know us.
fn relying_party_id(settings: &Settings) -> Result<&str> {
    let name = settings.host_name();
    Ok(name.ok_or_else(|| Fault::new("passkeys need an issuer with a name"))?)
}

fn relying_party(settings: &Settings, name: &str) -> Result<WebauthnCore> {
    let origin = Url::parse(settings.origin()).map_err(|error| Fault::from_error("read the issuer", error))?;
    let host = relying_party_id(settings)?;
    let name = if name.is_empty() { host } else { name };
    Ok(WebauthnCore::new_unsafe_experts_only(
        name,
        host,
        vec![origin],
        PATIENCE,
        Some(false),
        Some(false),
    ))
}

/// What verifies sign-ins: whoever signs in with a passkey alone is always verified by it.
fn signing_in(settings: &Settings) -> Result<Webauthn> {
    let fault = |error| Fault::from_error("set up WebAuthn", error);
    let origin = Url::parse(settings.origin()).map_err(|error| Fault::from_error("read the issuer", error))?;
    let builder = WebauthnBuilder::new(relying_party_id(settings)?, &origin).map_err(fault)?;
    Ok(builder.build().map_err(fault)?)
}

/// What is kept of a credential, in the shape in which the library's wrappers write it.
#[derive(Serialize, Deserialize)]
struct Kept {
    cred: Known,
}

fn stored(material: &Material) -> Option<Known> {
    match material {
        Material::Passkey { verifier, .. } => serde_json::from_str(verifier).ok().map(|kept: Kept| kept.cred),
        _ => None,
    }
}

fn kept(known: Known) -> Result<String> {
    written(&Kept { cred: known })
}

fn ids(credentials: &[Credential]) -> Vec<CredentialID> {
    let known = credentials.iter().filter_map(|one| stored(&one.material));
    known.map(|known| known.cred_id).collect()
}

fn written(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|error| Fault::from_error("write a ceremony", error))?)
}

fn begun(options: impl Serialize, state: &impl Serialize) -> Result<Begun> {
    let options = serde_json::to_value(options).map_err(|error| Fault::from_error("write WebAuthn options", error))?;
    Ok(Begun {
        options,
        state: written(state)?,
    })
}

/// What an earlier release left of a ceremony is as good as expired.
fn resumed<T: DeserializeOwned>(state: &str) -> Result<T> {
    Ok(serde_json::from_str(state).map_err(|_| PasskeyDenial::Challenge)?)
}

fn answered<T: DeserializeOwned>(answer: &str) -> Result<T> {
    Ok(serde_json::from_str(answer).map_err(|_| PasskeyDenial::Malformed)?)
}

/// An answer that is not right.
fn refused(error: &WebauthnError) -> PasskeyDenial {
    use WebauthnError as E;
    tracing::info!(%error, "a passkey was not accepted");
    match error {
        E::MismatchedChallenge => PasskeyDenial::Challenge,
        E::InvalidRPOrigin | E::CredentialCrossOrigin => PasskeyDenial::Origin,
        E::InvalidRPIDHash => PasskeyDenial::RelyingParty,
        E::UserNotPresent => PasskeyDenial::NotPresent,
        E::UserNotVerified => PasskeyDenial::NotVerified,
        E::AuthenticationFailure => PasskeyDenial::Signature,
        E::CredentialNotFound => PasskeyDenial::Unknown,
        E::CredentialPossibleCompromise => PasskeyDenial::Counter,
        E::CredentialBackupEligibilityInconsistent | E::CredentialMayNotBeHardwareBound => PasskeyDenial::Backup,
        E::AttestationNotSupported
        | E::AttestationNotVerifiable
        | E::AttestationChainNotTrusted(_)
        | E::AttestationStatementSigInvalid
        | E::AttestationLeafCertMissing => PasskeyDenial::Attestation,
        _ => PasskeyDenial::Malformed,
    }
}

/// The evidence of a passkey; `verified` where it verified its user and that may be believed.
fn evidence(credential: &Credential, verified: bool, now: Timestamp) -> Evidence {
    let hardware = matches!(credential.material, Material::Passkey { hardware: true, .. });
    let evidence = Evidence::proven(FactorKind::Passkey, credential.id, now).of_hardware(hardware);
    if verified { evidence.user_verified() } else { evidence }
}

impl From<PasskeyDenial> for crate::error::Error {
    fn from(denial: PasskeyDenial) -> Self {
        Denial::Passkey(denial).into()
    }
}
