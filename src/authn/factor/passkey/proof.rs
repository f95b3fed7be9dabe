//! The proof of a passkey or security key, as a second factor or to sign in. WebAuthn Level 3 §7.2.

use webauthn_rs::prelude::{DiscoverableAuthentication, DiscoverableKey, Passkey, WebauthnResult};
use webauthn_rs_core::proto::{
    AuthenticationResult, AuthenticationState, Credential as Known, PublicKeyCredential, UserVerificationPolicy,
};

use super::{Begun, answered, begun, evidence, kept, refused, relying_party, resumed, signing_in, stored};
use crate::config::Settings;
use crate::error::{Fault, PasskeyDenial, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::Evidence;
use crate::model::time::Timestamp;

/// Where the flags stand in authenticator data, after the hash of the relying party's identifier (WebAuthn §6.1).
const FLAGS: usize = 32;
/// The flag of a key that may be backed up (WebAuthn §6.1.3).
const BACKUP_ELIGIBLE: u8 = 1 << 3;

/// Begins the proof of one of `credentials`. Where all of them verify their user, they are to do so.
///
/// # Errors
/// A fault when the issuer has no name.
pub fn begin_proof(settings: &Settings, credentials: &[Credential]) -> Result<Begun> {
    let known: Vec<Known> = credentials.iter().filter_map(|one| stored(&one.material)).collect();
    let policy = if known.iter().all(|known| known.user_verified) {
        UserVerificationPolicy::Required
    } else {
        UserVerificationPolicy::Preferred
    };
    let fault = |error| Fault::from_error("begin a proof", error);
    let core = relying_party(settings, "")?;
    let builder = core
        .new_challenge_authenticate_builder(known, Some(policy))
        .map_err(fault)?;
    let (options, mut state) = core.generate_challenge_authenticate(builder).map_err(fault)?;
    // The answer is verified against what is stored by then: keys may be removed meanwhile, and counters count.
    state.set_allowed_credentials(Vec::new());
    begun(options, &state)
}

/// Begins a sign-in with whichever passkey the authenticator holds for us.
///
/// # Errors
/// A fault when the issuer has no name.
pub fn begin_sign_in(settings: &Settings) -> Result<Begun> {
    let (options, state) = signing_in(settings)?
        .start_discoverable_authentication()
        .map_err(|error| Fault::from_error("begin a sign-in", error))?;
    begun(options, &state)
}

/// What a proof is verified against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The credentials of the user who is to prove one of them.
    pub credentials: &'a [Credential],
    /// Whether another factor was proven just now: then a key may show for the first time that it verifies its user.
    pub beside_another: bool,
    /// The present.
    pub now: Timestamp,
}

/// A verified proof: the evidence, and the credential as it is to be kept from now on.
#[derive(Debug)]
pub struct Proven {
    /// The evidence.
    pub evidence: Evidence,
    /// The credential, with its new counter and flags.
    pub credential: Credential,
}

/// Verifies the proof of one of the user's credentials. A signature counter that went back is refused: the key may have
/// been copied (WebAuthn §6.1.1).
///
/// # Errors
/// A denial, or a fault when the credential cannot be written.
pub fn finish_proof(settings: &Settings, state: &str, answer: &str, against: Against<'_>) -> Result<Proven> {
    let answer: PublicKeyCredential = answered(answer)?;
    let found = find(&answer, against.credentials)?;
    // WebAuthn §7.2 step 6: whom the answer names, where it names one, is whose credential it is.
    if let Some(handle) = answer.get_user_unique_id()
        && handle != found.0.user.as_bytes()
    {
        return Err(PasskeyDenial::OtherUser.into());
    }
    let (core, state): (_, AuthenticationState) = (relying_party(settings, "")?, resumed(state)?);
    let check = |known: &Known| core.authenticate_single_credential(&answer, &state, known);
    verify(check, &answer, found, against)
}

/// Verifies a sign-in with one of the credentials of the user whom the answer names.
///
/// # Errors
/// A denial, or a fault when the credential cannot be written.
pub fn finish_sign_in(settings: &Settings, state: &str, answer: &str, against: Against<'_>) -> Result<Proven> {
    let answer: PublicKeyCredential = answered(answer)?;
    let found = find(&answer, against.credentials)?;
    if answer.get_user_unique_id() != Some(found.0.user.as_bytes().as_slice()) {
        return Err(PasskeyDenial::OtherUser.into());
    }
    // Whoever finds a key that verifies nobody could give it a number of their own: it never signs in alone.
    if !found.1.user_verified {
        return Err(PasskeyDenial::NotVerified.into());
    }
    let (webauthn, state): (_, DiscoverableAuthentication) = (signing_in(settings)?, resumed(state)?);
    let check = |known: &Known| {
        let key = DiscoverableKey::from(Passkey::from(known.clone()));
        webauthn.finish_discoverable_authentication_v2(&answer, state.clone(), &key)
    };
    verify(check, &answer, found, against)
}

fn find<'a>(answer: &PublicKeyCredential, credentials: &'a [Credential]) -> Result<(&'a Credential, Known)> {
    let mut all = credentials.iter().filter_map(|one| Some((one, stored(&one.material)?)));
    let found = all.find(|(_, known)| known.cred_id == answer.get_credential_id());
    Ok(found.ok_or(PasskeyDenial::Unknown)?)
}

fn verify(
    check: impl FnOnce(&Known) -> WebauthnResult<AuthenticationResult>,
    answer: &PublicKeyCredential,
    (credential, mut known): (&Credential, Known),
    against: Against<'_>,
) -> Result<Proven> {
    // An authenticator that learned to back its keys up says so from then on, in what it signs; the way back is refused.
    let flags = answer.response.authenticator_data.get(FLAGS).copied();
    known.backup_eligible |= flags.unwrap_or_default() & BACKUP_ELIGIBLE != 0;
    let result = check(&known).map_err(|error| refused(&error))?;
    let verified = result.user_verified() && (known.user_verified || against.beside_another);
    update(&mut known, &result, verified);
    let Material::Passkey {
        hardware, attestation, ..
    } = &credential.material
    else {
        return Err(PasskeyDenial::Unknown.into());
    };
    let credential = Credential {
        material: Material::Passkey {
            hardware: *hardware && !known.backup_eligible,
            verifier: kept(known)?,
            attestation: attestation.clone(),
        },
        ..credential.clone()
    };
    Ok(Proven {
        evidence: evidence(&credential, verified, against.now),
        credential,
    })
}

fn update(known: &mut Known, result: &AuthenticationResult, verified: bool) {
    known.counter = known.counter.max(result.counter());
    known.backup_state = result.backup_state();
    known.user_verified |= verified;
}
