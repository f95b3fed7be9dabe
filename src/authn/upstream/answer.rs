//! What comes back from a provider: the answer in the browser, and the token request that it is redeemed with.

use std::fmt;

use serde_json::json;

use super::request::{Ticket, derived};
use super::{Aim, IdToken, Metadata, PURPOSE, Problem, SignedIn, provider, redirect_uri};
use crate::config::Settings;
use crate::crypto::digest::{base64url, digest_of};
use crate::crypto::jwt;
use crate::crypto::random::Random;
use crate::error::{Denial, Fault, Result};
use crate::model::client::AuthMethod;
use crate::model::evidence::Acr;
use crate::model::issuer::Issuer;
use crate::model::secret::{Digest, Secret};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::store;
use crate::work::{Purposes, Work};

/// The longest `state` that is looked at.
const MAX_STATE: usize = 128;
/// Seconds that an assertion of ours is good for.
const ASSERTION_LIFETIME: i64 = 60;

/// An answer on its way in: its `state` was ours, and counts no more.
#[derive(Debug)]
pub struct Taken {
    /// Who answers.
    pub issuer: Issuer,
    /// What it is about.
    pub aim: Aim,
    /// The level that was asked for.
    pub needed: Acr,
    verifier: Secret,
    nonce: Secret,
    dated: bool,
    credentials: Credentials,
}

/// What shows the token endpoint who we are.
enum Credentials {
    Basic(Secret),
    Form(Vec<(&'static str, String)>),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Uses the ticket of a `state`, once, in the browser that it was made for.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] for any other, a fault of the database.
pub fn take(work: &mut Work<'_>, state: &Secret, browser: &Digest) -> Result<Taken> {
    let digest = digest_of(state.expose());
    let found = match state.expose().len() {
        1..=MAX_STATE => store::tickets::find(work.tx, &digest, PURPOSE, work.now)?,
        _ => None,
    };
    let doc = found.ok_or(Denial::ExpiredInteraction)?;
    let ticket: Ticket = serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a ticket", error))?;
    // RFC 9700 §4.7: an answer counts in the browser alone that asked for it.
    if ticket.browser != *browser || !store::tickets::consume(work.tx, &digest, work.now)? {
        return Err(Denial::ExpiredInteraction.into());
    }
    let issuer = provider(&work.directory.issuers, &ticket.issuer).cloned();
    let issuer = issuer.ok_or(Denial::ExpiredInteraction)?;
    Ok(Taken {
        verifier: Secret::new(derived(work, "verifier", state)),
        nonce: Secret::new(derived(work, "nonce", state)),
        credentials: credentials(work, &issuer)?,
        aim: ticket.aim,
        dated: ticket.dated,
        needed: ticket.needed,
        issuer,
    })
}

/// OpenID Connect Core §9.
fn credentials(work: &mut Work<'_>, issuer: &Issuer) -> Result<Credentials> {
    let client_id = issuer.client_id.clone().unwrap_or_default();
    if issuer.uses_secret() {
        let sealed = issuer.secret.as_ref();
        let sealed = sealed.ok_or_else(|| Fault::new(format!("there is no secret for {}", issuer.issuer)))?;
        let plain = work.shared.master.open(Purposes::UPSTREAM_SECRET, sealed)?;
        let secret = std::str::from_utf8(&plain).map_err(|error| Fault::from_error("read a secret", error))?;
        return Ok(match issuer.token_endpoint_auth_method {
            AuthMethod::ClientSecretPost => {
                Credentials::Form(vec![("client_id", client_id), ("client_secret", secret.to_owned())])
            }
            _ => Credentials::Basic(Secret::new(secret)),
        });
    }
    let key = work.directory.keys.signer(Algorithm::Rs256, work.now);
    let key = key.ok_or_else(|| Fault::new("there is no signing key for RS256"))?;
    let jti = base64url(&Random::from_os().bytes::<16>());
    // The issuer alone is named: an endpoint may be another authority's.
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": issuer.issuer,
        "jti": jti,
        "iat": work.now.as_seconds(),
        "exp": work.now.plus_seconds(ASSERTION_LIFETIME).as_seconds(),
    });
    Ok(Credentials::Form(vec![
        ("client_id", client_id),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ),
        ("client_assertion", jwt::sign(key, "JWT", &claims)?),
    ]))
}

impl Taken {
    /// Our identifier and secret there, where HTTP Basic shows them.
    #[must_use]
    pub fn basic(&self) -> Option<(&str, &Secret)> {
        match &self.credentials {
            Credentials::Basic(secret) => Some((self.issuer.client_id.as_deref().unwrap_or_default(), secret)),
            Credentials::Form(_) => None,
        }
    }

    /// The form of the token request for a code (OpenID Connect Core §3.1.3.1).
    #[must_use]
    pub fn token_request(&self, settings: &Settings, code: &str) -> Vec<(&str, String)> {
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect_uri(settings)),
            ("code_verifier", self.verifier.expose().to_owned()),
        ];
        if let Credentials::Form(further) = &self.credentials {
            form.extend(further.iter().map(|(name, value)| (*name, value.clone())));
        }
        form
    }

    /// Checks the parameters of an answer, and returns its code.
    ///
    /// # Errors
    /// What is wrong with it, or what the provider says went wrong.
    pub fn code<'a>(
        &self,
        metadata: &Metadata,
        get: impl Fn(&str) -> Option<&'a str>,
    ) -> std::result::Result<&'a str, Problem> {
        // RFC 9207 §2.4: who answers is who was asked, also where it answers with an error.
        match get("iss") {
            Some(iss) if iss != self.issuer.issuer => return Err(Problem::Refused("iss is another issuer")),
            None if metadata.names_itself => return Err(Problem::Refused("iss is missing")),
            _ => {}
        }
        match get("error") {
            Some("server_error" | "temporarily_unavailable") => Err(Problem::Unavailable("it says that it failed")),
            Some(
                "access_denied"
                | "login_required"
                | "interaction_required"
                | "consent_required"
                | "account_selection_required"
                | "unmet_authentication_requirements",
            ) => Err(Problem::Declined),
            Some(_) => Err(Problem::Unavailable("it refused the request")),
            None => get("code").ok_or(Problem::Unavailable("it answered without a code")),
        }
    }

    /// Checks what an ID token says, whose signature is good.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, token: &IdToken, access_token: &str, now: Timestamp) -> std::result::Result<SignedIn, Problem> {
        let said = token.check(&self.issuer, (self.nonce.expose(), access_token), now)?;
        // Core §3.1.2.1: REQUIRED where `max_age` was requested; without it nothing shows that it was heeded.
        if self.dated && said.auth_time.is_none() {
            return Err(Problem::Stale("auth_time is missing"));
        }
        Ok(said)
    }
}
