//! Whose an account at another provider is: issuer and subject say so, and never a name or an address that it tells
//! (OpenID Connect Core §5.7).

use serde_json::json;

use super::{Problem, SignedIn};
use crate::authn::visit::FACTORS_PER_KIND;
use crate::error::{Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::claim::ClaimType;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::unseen::is_unseen;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// Adds a credential; `false` for an account at another provider that is somebody's already.
///
/// # Errors
/// A fault of the database.
pub fn insert(work: &mut Work<'_>, credential: &Credential) -> Result<bool> {
    let Material::Upstream { issuer, subject } = &credential.material else {
        store::credentials::insert(work.tx, credential)?;
        return Ok(true);
    };
    if store::upstream::find(work.tx, issuer, subject)?.is_some() {
        return Ok(false);
    }
    store::credentials::insert(work.tx, credential)?;
    if store::upstream::insert_new(work.tx, issuer, subject, credential.id)? {
        return Ok(true);
    }
    // A fault, so that the credential is not kept either.
    Err(Fault::new("an account at another provider was connected meanwhile").into())
}

/// Connects an account at a provider with a user.
///
/// # Errors
/// A fault of the database.
pub fn connect(
    work: &mut Work<'_>,
    user: UserId,
    issuer: &str,
    subject: &str,
) -> Result<std::result::Result<Credential, Problem>> {
    let credentials = store::credentials::of_user(work.tx, user)?;
    let material = Material::Upstream {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    };
    if let Some(known) = credentials.iter().find(|known| known.material == material) {
        return Ok(Ok(known.clone()));
    }
    let of_kind = credentials.iter().filter(|known| known.kind() == FactorKind::Upstream);
    if of_kind.count() >= FACTORS_PER_KIND {
        return Ok(Err(Problem::TooMany));
    }
    let credential = Credential {
        confirmed_at: Some(work.now),
        ..Credential::begun(work.new_id(), user, material, work.now)
    };
    if !insert(work, &credential)? {
        return Ok(Err(Problem::Taken));
    }
    let detail = json!({ "factor": FactorKind::Upstream, "credential": credential.id, "issuer": issuer });
    work.audit(Entry::new(Event::FactorEnrolled).user(user).detail(detail))?;
    Ok(Ok(credential))
}

/// Whether a user could not begin a login any more with only these credentials left.
#[must_use]
pub fn is_last_way_in(user: &User, rest: &[Credential]) -> bool {
    let begins = |credential: &Credential| match credential.kind() {
        FactorKind::Upstream => true,
        FactorKind::Password | FactorKind::Passkey => !user.sso_only,
        _ => false,
    };
    !rest
        .iter()
        .any(|credential| credential.confirmed_at.is_some() && begins(credential))
}

/// The claims of a new account: what a provider says of a person, an address only where it vouches for it.
#[must_use]
pub fn claims_of(who: &SignedIn) -> serde_json::Map<String, serde_json::Value> {
    const NAMES: [&str; 3] = ["name", "given_name", "family_name"];
    /// The longest text that is taken over.
    const MAX_TEXT: usize = 255;
    let is_text = |value: &&serde_json::Value| {
        let text = value.as_str().unwrap_or_default();
        ClaimType::Text.holds(value) && text.len() <= MAX_TEXT && !text.contains(is_unseen)
    };
    let taken = |name: &&str| Some(((*name).to_owned(), who.claims.get(*name).filter(is_text)?.clone()));
    let mut claims: serde_json::Map<_, _> = NAMES.iter().filter_map(taken).collect();
    if who.claims.get("email_verified") == Some(&true.into())
        && let Some(email) = who.claims.get("email").filter(is_text)
    {
        claims.insert("email".to_owned(), email.clone());
        claims.insert("email_verified".to_owned(), true.into());
    }
    claims
}
