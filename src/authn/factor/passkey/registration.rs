//! The registration of a passkey or security key. WebAuthn Level 3 §7.1.

use serde_json::{Value, json};
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, CredProtect, CredentialProtectionPolicy, RegisterPublicKeyCredential,
    RegistrationState, RequestRegistrationExtensions, UserVerificationPolicy,
};

use super::{Accepted, Begun, answered, begun, evidence, ids, kept, refused, relying_party, resumed, verifies_user};
use crate::config::Settings;
use crate::error::{Fault, PasskeyDenial, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::Evidence;
use crate::model::time::Timestamp;
use crate::model::user::User;

/// WebAuthn §7.1: no credential identifier is longer, in bytes.
const LONGEST_ID: usize = 1_023;

/// Begins the registration of a passkey that signs in alone and without a user name, if the authenticator can do that, or
/// else of a security key; authenticators that hold one of `credentials` decline. With `attested`, the authenticator is
/// asked what it is.
///
/// # Errors
/// A fault when the issuer has no name.
pub fn begin_registration(
    settings: &Settings,
    organisation: &str,
    user: &User,
    (credentials, attested): (&[Credential], bool),
) -> Result<Begun> {
    let fault = |error| Fault::from_error("begin a registration", error);
    let core = relying_party(settings, organisation)?;
    let conveyance = if attested {
        AttestationConveyancePreference::Direct
    } else {
        AttestationConveyancePreference::None
    };
    // A key that was found says nothing of whose account it opens, and answers our list without its user's number.
    let protection = CredProtect {
        credential_protection_policy: CredentialProtectionPolicy::UserVerificationOptionalWithCredentialIDList,
        enforce_credential_protection_policy: Some(false),
    };
    let extensions = RequestRegistrationExtensions {
        cred_protect: Some(protection),
        uvm: None,
        cred_props: Some(true),
        min_pin_length: None,
        hmac_create_secret: None,
    };
    let builder = core
        .new_challenge_register_builder(user.id.as_bytes(), &user.username, user.display_name())
        .map_err(fault)?
        .attestation(conveyance)
        .user_verification_policy(UserVerificationPolicy::Preferred)
        .exclude_credentials(Some(ids(credentials)))
        .extensions(Some(extensions));
    let (options, state) = core.generate_challenge_register(builder).map_err(fault)?;
    let mut begun = begun(options, &state)?;
    if let Some(options) = begun.options.get_mut("publicKey").and_then(Value::as_object_mut) {
        // The library knows no preference here, and looks at none of it in the answer.
        options.insert(
            "authenticatorSelection".into(),
            json!({ "residentKey": "preferred", "requireResidentKey": false, "userVerification": "preferred" }),
        );
    }
    Ok(begun)
}

/// Verifies a registration: what later answers are checked against. Of users whose profile says which authenticators count,
/// only one of `accepted` is.
///
/// # Errors
/// A denial, or a fault when what is to be kept cannot be written.
pub fn finish_registration(
    settings: &Settings,
    state: &str,
    answer: &str,
    accepted: Option<&Accepted>,
) -> Result<Material> {
    let state: RegistrationState = resumed(state)?;
    let answer: RegisterPublicKeyCredential = answered(answer)?;
    let known = relying_party(settings, "")?
        .register_credential(&answer, &state, None)
        .map_err(|error| refused(&error))?;
    if known.cred_id.len() > LONGEST_ID {
        return Err(PasskeyDenial::Malformed.into());
    }
    let attestation = super::attestation::attestation(&known, accepted)?;
    Ok(Material::Passkey {
        hardware: !known.backup_eligible,
        verifier: kept(known)?,
        attestation: Some(attestation),
    })
}

/// The evidence of a registration that was verified as `credential`.
#[must_use]
pub fn registered(credential: &Credential, now: Timestamp) -> Evidence {
    evidence(credential, verifies_user(credential), now)
}
