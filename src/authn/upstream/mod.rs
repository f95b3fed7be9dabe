//! Signing in through another OpenID provider: the request that leaves, the answer that comes back, and whose it is.
//! OpenID Connect Core §3.1, RFC 7636, RFC 9207, RFC 9700 §2.1, §4.4.
//!
//! What binds an answer to us is derived from `state`, of which the digest alone is stored: who reads the database learns
//! neither the nonce nor the verifier. A ticket is used once, in the browser that it was made for.

mod id_token;
mod link;
mod logout;
mod metadata;

pub use id_token::{IdToken, SignedIn};
pub use link::{claims_of, connect, insert, is_last_way_in};
pub use logout::{Logout, end_sessions};
pub use metadata::{Metadata, address_of};

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::authn::login::{self, Settling};
use crate::authn::session::Renewed;
use crate::authn::{attempts, device, interaction, throttle};
use crate::config::Settings;
use crate::crypto::digest::{base64url, digest_of, sha256};
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{self, Unverified};
use crate::error::{Denial, Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::id::{InteractionId, SessionId, UserId};
use crate::model::issuer::Issuer;
use crate::model::secret::{Digest, Secret};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::policy::lockout;
use crate::store;
use crate::work::{Purposes, Work};

/// The purpose of tickets.
const PURPOSE: &str = "upstream";
/// The longest `state` that is looked at.
const MAX_STATE: usize = 128;
/// Seconds that an assertion of ours is good for.
const ASSERTION_LIFETIME: i64 = 60;
/// Keys that are tried at most.
const MAX_TRIED: usize = 4;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;

/// Where providers send people back to, below our issuer.
pub const CALLBACK: &str = "/oauth2/callback";

/// Why nobody was signed in. The log keeps the detail; the person is told the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The provider says that the person declined, or cannot be signed in there.
    #[error("declined there")]
    Declined,
    /// The provider cannot be reached, fails, or says what cannot be read.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// What it says is not believed, or the account here is closed.
    #[error("not accepted: {0}")]
    Refused(&'static str),
    /// It does not say that the person signed in as lately as was asked.
    #[error("not fresh: {0}")]
    Stale(&'static str),
    /// Nobody here is connected with that account.
    #[error("nobody is connected with that account")]
    Unknown,
    /// Somebody else is connected with that account.
    #[error("somebody else is connected with that account")]
    Taken,
    /// As many accounts are connected as may be.
    #[error("too many accounts are connected")]
    TooMany,
}

impl Problem {
    /// The class, as pages' addresses write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Stale(_) => "stale",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
            Self::TooMany => "too-many",
        }
    }
}

/// What somebody goes to a provider for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Aim {
    /// To sign in, in this errand.
    SignIn {
        /// The errand.
        interaction: InteractionId,
    },
    /// To connect the account there with the one here.
    Connect {
        /// Whose account.
        user: UserId,
        /// The session that asked.
        session: SessionId,
    },
}

/// What is asked of a provider beyond who somebody is.
#[derive(Debug, Clone, Default)]
pub struct Want {
    /// The level that is needed, as far as that is known.
    pub needed: Acr,
    /// How old the proof may be, in seconds, where that was asked.
    pub max_age: Option<u32>,
    /// Whether the person must prove who they are now.
    pub anew: bool,
    /// The name that the client hinted at.
    pub login_hint: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    issuer: String,
    browser: Digest,
    aim: Aim,
    /// Whether the answer must say when the person signed in.
    dated: bool,
    /// The level that was asked for.
    needed: Acr,
}

/// The provider of this name, if people sign in there.
#[must_use]
pub fn provider<'a>(issuers: &'a [Issuer], name: &str) -> Option<&'a Issuer> {
    issuers
        .iter()
        .find(|issuer| issuer.issuer == name && issuer.is_provider())
}

fn derived(work: &Work<'_>, what: &str, state: &Secret) -> String {
    let parts = [what.as_bytes(), state.expose().as_bytes()];
    base64url(&work.shared.upstream_key.sign(&parts))
}

/// Makes the request that takes a browser to a provider: its address.
///
/// # Errors
/// [`Denial::RateLimited`] when too much was tried from here, a fault of the database.
pub fn begin(
    work: &mut Work<'_>,
    (issuer, metadata): (&Issuer, &Metadata),
    (browser, aim): (&Digest, Aim),
    want: &Want,
) -> Result<String> {
    if throttle::charge_address(work)?.iter().any(lockout::is_over) {
        return Err(Denial::RateLimited(60).into());
    }
    let state = work.random.token("");
    let ticket = Ticket {
        issuer: issuer.issuer.clone(),
        browser: *browser,
        aim,
        dated: want.anew || want.max_age.is_some(),
        needed: want.needed,
    };
    let doc = serde_json::to_string(&ticket).map_err(|error| Fault::from_error("write a ticket", error))?;
    let lifetime = i64::from(work.shared.settings.limits.interaction_lifetime);
    let expires_at = work.now.plus_seconds(lifetime);
    store::tickets::insert(work.tx, &digest_of(state.expose()), PURPOSE, &doc, expires_at)?;
    Ok(request(work, (issuer, metadata), &state, want))
}

/// OpenID Connect Core §3.1.2.1, RFC 7636 §4.3.
fn request(work: &Work<'_>, (issuer, metadata): (&Issuer, &Metadata), state: &Secret, want: &Want) -> String {
    let settings = &work.shared.settings;
    let challenge = base64url(sha256(derived(work, "verifier", state).as_bytes()).as_bytes());
    let ages = &settings.assurance;
    // Older proof counts for nothing here: the provider asks rather than that we refuse.
    let oldest = if want.needed >= Acr::High {
        ages.high_age
    } else {
        ages.standard_age
    };
    let max_age = want
        .max_age
        .filter(|age| *age > 0)
        .map_or(oldest, |age| age.min(oldest));
    let acr_values = issuer.acr_values_for(want.needed).join(" ");
    let mut url: Url = metadata.authorization_endpoint.clone();
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", issuer.client_id.as_deref().unwrap_or_default())
            .append_pair("redirect_uri", &redirect_uri(settings))
            .append_pair("scope", &issuer.scope.to_string())
            .append_pair("state", state.expose())
            .append_pair("nonce", &derived(work, "nonce", state))
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("max_age", &max_age.to_string());
        if want.anew {
            query.append_pair("prompt", "login");
        }
        if !acr_values.is_empty() {
            query.append_pair("acr_values", &acr_values);
        }
        if let Some(hint) = want.login_hint.as_deref().filter(|hint| !hint.is_empty()) {
            query.append_pair("login_hint", hint);
        }
    }
    url.into()
}

/// Where providers send people back to.
#[must_use]
pub fn redirect_uri(settings: &Settings) -> String {
    format!("{}{CALLBACK}", settings.server.issuer)
}

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
    use crate::model::client::AuthMethod;

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
    let jti = base64url(&crate::crypto::random::Random::from_os().bytes::<16>());
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

/// Whether one of these keys signed a token with the one algorithm that its issuer is listed with (RFC 8725 §3.1).
fn is_signed(token: &Unverified, keys: &JwkSet, algorithm: Algorithm) -> bool {
    keys.candidates(token.kid.as_deref(), algorithm)
        .take(MAX_TRIED)
        .any(|key| token.check_signed_by(key, &[algorithm]).is_ok())
}

/// Notes that a sign-in at a provider came to nothing.
///
/// # Errors
/// A fault when it cannot be written.
pub fn note(work: &mut Work<'_>, issuer: &Issuer, problem: Problem) -> Result<()> {
    let detail = json!({ "issuer": issuer.issuer, "reason": problem.to_string() });
    work.audit(Entry::new(Event::LoginDeny).detail(detail))
}

/// Signs in whoever is connected with an account at a provider. Wrong passwords are counted there, and not here
/// (CLAUSES.md S79); an account that is locked stays shut all the same.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when the errand is over, a fault of the database.
pub fn settle(
    work: &mut Work<'_>,
    settling: Settling<'_>,
    issuer: &Issuer,
    who: &SignedIn,
) -> Result<std::result::Result<Renewed, Problem>> {
    device::revoke_if_reused(work)?;
    let errand = interaction::load(work, settling.interaction, settling.browser)?;
    let Some((user, credential)) = store::upstream::find(work.tx, &issuer.issuer, &who.subject)? else {
        return Ok(Err(Problem::Unknown));
    };
    attempts::hold(work, &lockout::subject(Some(user), ""))?;
    let Some(found) = store::users::find(work.tx, user)?.filter(|user| user.status == UserStatus::Active) else {
        return Ok(Err(Problem::Refused("the account is closed")));
    };
    let side = attempts::side(&mut work.view(), Some(user), &found.username)?;
    if attempts::locked_until(&mut work.view(), &side)?.is_some() {
        return Ok(Err(Problem::Refused("the account is locked")));
    }
    let credentials = store::credentials::of_user(work.tx, user)?;
    let Some(known) = credentials.into_iter().find(|known| known.id == credential) else {
        return Ok(Err(Problem::Unknown));
    };
    store::credentials::record_use(work.tx, &known, work.now)?;
    throttle::refund_address(work)?;
    let at = time(who.auth_time, work.now, errand.created_at);
    let believed = issuer.believed(who.acr.as_deref(), &who.amr);
    let evidence = Evidence::proven(FactorKind::Upstream, credential, at)
        .from(work.ip())
        .upstream(believed);
    let renewed = login::signed_in(work, settling, errand, (user, evidence))?;
    let from = (issuer.issuer.as_str(), who.sid.as_deref());
    store::upstream::join(work.tx, renewed.session.id, credential, from)?;
    Ok(Ok(renewed))
}

/// When a sign-in happened: as the provider says, never later than now. It says so in whole seconds, so that the second in
/// which an errand began is within that errand: a nonce made in it was answered.
fn time(said: Option<i64>, now: Timestamp, began: Timestamp) -> Timestamp {
    let Some(said) = said else { return now };
    if said == began.as_seconds() {
        return began;
    }
    Timestamp::from_seconds(said).min(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s79_a_sign_in_is_as_old_as_the_provider_says_and_never_newer_than_now() {
        let (began, now) = (
            Timestamp::from_micros(1_000_400_000),
            Timestamp::from_micros(1_060_000_000),
        );
        let at = |said| time(said, now, began);
        assert_eq!(at(None), now);
        assert_eq!(at(Some(900)), Timestamp::from_seconds(900));
        assert_eq!(at(Some(1_000)), began);
        assert_eq!(at(Some(1_100)), now);
    }
}
