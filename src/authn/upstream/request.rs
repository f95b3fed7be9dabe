//! The request that takes a browser to a provider. OpenID Connect Core §3.1.2.1, RFC 7636.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Aim, Metadata, PURPOSE, redirect_uri};
use crate::authn::throttle;
use crate::crypto::digest::{base64url, digest_of, sha256};
use crate::error::{Denial, Fault, Result};
use crate::model::evidence::Acr;
use crate::model::issuer::Issuer;
use crate::model::secret::{Digest, Secret};
use crate::policy::lockout;
use crate::store;
use crate::work::Work;

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

/// What is kept until the answer comes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ticket {
    pub(super) issuer: String,
    pub(super) browser: Digest,
    pub(super) aim: Aim,
    /// Whether the answer must say when the person signed in.
    pub(super) dated: bool,
    /// The level that was asked for.
    pub(super) needed: Acr,
}

/// A secret of this sign-in that nobody needs to keep: its `state` leads to it.
pub(super) fn derived(work: &Work<'_>, what: &str, state: &Secret) -> String {
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
