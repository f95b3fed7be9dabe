//! Refresh tokens: the first of a grant, and successors. RFC 6749 §6, RFC 9700 §4.14.

use crate::crypto::digest::{base64url, digest_of};
use crate::error::Result;
use crate::model::confirmation::Confirmation;
use crate::model::grant::Grant;
use crate::model::id::{GrantId, TokenId};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::token::{REFRESH_TOKEN_PREFIX, RefreshState, RefreshToken};
use crate::oauth::proof;
use crate::store;
use crate::work::Work;

/// Adds the first refresh token of a grant.
///
/// # Errors
/// A fault of the database.
pub fn mint_refresh(work: &mut Work<'_>, grant: &Grant) -> Result<Option<Secret>> {
    let tokens = &work.shared.settings.tokens;
    let longest = work.now.plus_seconds(i64::from(tokens.refresh_token_lifetime));
    let expires_at = match grant.bridged_from {
        None => longest,
        // What came over a bridge does not outlive what it came from.
        Some(origin) => match store::tokens::refresh_ends_at(work.tx, origin)? {
            Some(ends) => ends.min(longest),
            None => return Ok(None),
        },
    };
    let token = work.random.token(REFRESH_TOKEN_PREFIX);
    let confirmation = refresh_confirmation(work, grant)?;
    let lineage = Lineage {
        grant: grant.id,
        predecessor: None,
        confirmation,
    };
    store_refresh(work, lineage, (&token, expires_at))?;
    // The grant outlives its tokens by a day, so that a late replay still finds it.
    store::grants::extend(work.tx, grant.id, expires_at.plus_seconds(86_400))?;
    Ok(Some(token))
}

/// The keys that a grant's refresh tokens are bound to: those of a client that has no credentials of its own, which nothing
/// else would hold fast (RFC 8705 §4, RFC 9449 §5).
fn refresh_confirmation(work: &mut Work<'_>, grant: &Grant) -> Result<Option<Confirmation>> {
    let client = work.directory.clone().client(work.tx, &grant.client_id)?;
    match client.filter(|client| client.is_public()) {
        Some(client) => Ok(proof::confirmation(work, &client)?),
        None => Ok(None),
    }
}

/// The successor of a presented refresh token: derived, so that a retry gets the same one though only digests are kept.
#[must_use]
pub fn derive_successor(work: &Work<'_>, presented: &str, random: &[u8]) -> Secret {
    let derived = work.shared.refresh_key.sign(&[presented.as_bytes(), random]);
    Secret::new(format!("{REFRESH_TOKEN_PREFIX}{}", base64url(&derived)))
}

/// What a refresh token comes of.
#[derive(Debug)]
pub struct Lineage {
    /// Its grant.
    pub grant: GrantId,
    /// The token that it replaces.
    pub predecessor: Option<TokenId>,
    /// The keys that it is bound to.
    pub confirmation: Option<Confirmation>,
}

/// Records a live refresh token.
///
/// # Errors
/// A fault of the database.
pub fn store_refresh(work: &mut Work<'_>, lineage: Lineage, (token, expires_at): (&Secret, Timestamp)) -> Result<()> {
    let idle = work
        .now
        .plus_seconds(i64::from(work.shared.settings.tokens.refresh_token_idle));
    let token = RefreshToken {
        id: work.new_id(),
        digest: digest_of(token.expose()),
        grant: lineage.grant,
        predecessor: lineage.predecessor,
        state: RefreshState::Live,
        successor_random: None,
        redeemed_at: None,
        issued_at: work.now,
        idle_expires_at: idle.min(expires_at),
        expires_at,
        confirmation: lineage.confirmation,
    };
    store::tokens::insert_refresh(work.tx, &token)
}
