//! Access tokens (opaque), refresh tokens, and the identifiers of revoked JWT access tokens.

use diesel::prelude::*;

use super::columns::{bytes, digest as to_digest, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::{access_tokens, refresh_tokens, revoked_tokens};
use crate::error::{Fault, Result};
use crate::model::id::{GrantId, TokenId};
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::model::token::{RefreshState, RefreshToken};

/// Adds an opaque access token; `doc` is what it says.
pub fn insert_access(
    tx: &mut Tx,
    digest: &Digest,
    grant: Option<GrantId>,
    expires_at: Timestamp,
    doc: &str,
) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(access_tokens::table).values((
            access_tokens::digest.eq(digest.as_bytes().as_slice()),
            access_tokens::grant_id.eq(grant.map(|grant| grant.as_bytes().to_vec())),
            access_tokens::expires_at.eq(expires_at.as_micros()),
            access_tokens::doc.eq(doc),
        ))
    )?;
    Ok(())
}

/// What a live opaque access token says.
pub fn find_access(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<Option<String>> {
    Ok(run!(
        tx,
        get_result,
        access_tokens::table
            .find(digest.as_bytes().as_slice())
            .filter(access_tokens::expires_at.gt(now.as_micros()))
            .filter(access_tokens::revoked_at.is_null())
            .select(access_tokens::doc)
    )
    .optional()?)
}

/// Ends an opaque access token.
pub fn revoke_access(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let live = access_tokens::table
        .find(digest.as_bytes().as_slice())
        .filter(access_tokens::revoked_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(live).set(access_tokens::revoked_at.eq(now.as_micros()))
    )? == 1)
}

/// Remembers that the JWT access token of this `jti` was revoked, until it would have expired.
pub fn revoke_jti(tx: &mut Tx, jti: &str, expires_at: Timestamp) -> Result<bool> {
    let added = run!(
        tx,
        execute,
        diesel::insert_into(revoked_tokens::table)
            .values((
                revoked_tokens::jti.eq(jti),
                revoked_tokens::expires_at.eq(expires_at.as_micros()),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}

/// Whether the JWT access token of this `jti` was revoked.
pub fn is_jti_revoked(tx: &mut Tx, jti: &str) -> Result<bool> {
    let found: Option<String> = run!(
        tx,
        get_result,
        revoked_tokens::table.find(jti).select(revoked_tokens::jti)
    )
    .optional()?;
    Ok(found.is_some())
}

/// Adds a refresh token.
pub fn insert_refresh(tx: &mut Tx, token: &RefreshToken) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(refresh_tokens::table).values((
            refresh_tokens::id.eq(token.id.as_bytes().as_slice()),
            refresh_tokens::digest.eq(token.digest.as_bytes().as_slice()),
            refresh_tokens::grant_id.eq(token.grant.as_bytes().as_slice()),
            refresh_tokens::predecessor.eq(token.predecessor.map(|id| id.as_bytes().to_vec())),
            refresh_tokens::state.eq(state_name(token.state)),
            refresh_tokens::issued_at.eq(token.issued_at.as_micros()),
            refresh_tokens::idle_expires_at.eq(token.idle_expires_at.as_micros()),
            refresh_tokens::expires_at.eq(token.expires_at.as_micros()),
            refresh_tokens::confirmation.eq(token.confirmation.as_ref().map(to_doc).transpose()?),
        ))
    )?;
    Ok(())
}

/// The refresh token of this digest, whatever became of it.
pub fn find_refresh(tx: &mut Tx, digest: &Digest) -> Result<Option<RefreshToken>> {
    let row: Option<RefreshRow> = run!(
        tx,
        get_result,
        refresh_tokens::table.filter(refresh_tokens::digest.eq(digest.as_bytes().as_slice()))
    )
    .optional()?;
    row.map(refresh_token).transpose()
}

/// The unkilled successor of a refresh token.
pub fn find_successor(tx: &mut Tx, predecessor: TokenId) -> Result<Option<RefreshToken>> {
    let row: Option<RefreshRow> = run!(
        tx,
        get_result,
        refresh_tokens::table
            .filter(refresh_tokens::predecessor.eq(predecessor.as_bytes().as_slice()))
            .filter(refresh_tokens::state.ne(state_name(RefreshState::Killed)))
    )
    .optional()?;
    row.map(refresh_token).transpose()
}

/// Redeems a live refresh token, once, noting the random that its successor is derived from.
pub fn redeem_refresh(tx: &mut Tx, id: TokenId, random: &[u8], now: Timestamp) -> Result<bool> {
    let live = refresh_tokens::table
        .find(id.as_bytes().as_slice())
        .filter(refresh_tokens::state.eq(state_name(RefreshState::Live)));
    let redeemed = (
        refresh_tokens::state.eq(state_name(RefreshState::Redeemed)),
        refresh_tokens::successor_random.eq(random),
        refresh_tokens::redeemed_at.eq(now.as_micros()),
    );
    Ok(run!(tx, update, diesel::update(live).set(redeemed))? == 1)
}

/// Moves the end of a live refresh token's idle time; `false` when it is live no more.
pub fn keep_refresh(tx: &mut Tx, id: TokenId, idle_expires_at: Timestamp) -> Result<bool> {
    let live = refresh_tokens::table
        .find(id.as_bytes().as_slice())
        .filter(refresh_tokens::state.eq(state_name(RefreshState::Live)));
    let idle = refresh_tokens::idle_expires_at.eq(idle_expires_at.as_micros());
    Ok(run!(tx, update, diesel::update(live).set(idle))? == 1)
}

/// Gives a redeemed token a new successor random and a new redemption time, if its random is still `old`.
pub fn replace_random(tx: &mut Tx, id: TokenId, old: &[u8], new: &[u8], now: Timestamp) -> Result<bool> {
    let redeemed = refresh_tokens::table
        .find(id.as_bytes().as_slice())
        .filter(refresh_tokens::successor_random.eq(old));
    let fresh = (
        refresh_tokens::successor_random.eq(new),
        refresh_tokens::redeemed_at.eq(now.as_micros()),
    );
    Ok(run!(tx, update, diesel::update(redeemed).set(fresh))? == 1)
}

/// Kills a live refresh token; `false` when it was used meanwhile.
pub fn kill_refresh(tx: &mut Tx, id: TokenId) -> Result<bool> {
    let live = refresh_tokens::table
        .find(id.as_bytes().as_slice())
        .filter(refresh_tokens::state.eq(state_name(RefreshState::Live)));
    Ok(run!(
        tx,
        update,
        diesel::update(live).set(refresh_tokens::state.eq(state_name(RefreshState::Killed)))
    )? == 1)
}

/// When the live refresh token of a grant ends whatever happens; none where the grant has no such token.
pub fn refresh_ends_at(tx: &mut Tx, grant: GrantId) -> Result<Option<Timestamp>> {
    let ends: Option<i64> = run!(
        tx,
        get_result,
        refresh_tokens::table
            .filter(refresh_tokens::grant_id.eq(grant.as_bytes().as_slice()))
            .filter(refresh_tokens::state.eq(state_name(RefreshState::Live)))
            .select(diesel::dsl::max(refresh_tokens::expires_at))
    )?;
    Ok(ends.map(Timestamp::from_micros))
}

/// How many refresh tokens of a grant are live: one at most.
pub fn count_live_refresh(tx: &mut Tx, grant: GrantId) -> Result<i64> {
    Ok(run!(
        tx,
        get_result,
        refresh_tokens::table
            .filter(refresh_tokens::grant_id.eq(grant.as_bytes().as_slice()))
            .filter(refresh_tokens::state.eq(state_name(RefreshState::Live)))
            .count()
    )?)
}

type RefreshRow = (
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Option<Vec<u8>>,
    String,
    Option<Vec<u8>>,
    Option<i64>,
    i64,
    i64,
    i64,
    Option<String>,
);

fn refresh_token(row: RefreshRow) -> Result<RefreshToken> {
    let (id, digest, grant, predecessor, state, successor_random, redeemed_at, issued_at, idle, expires, confirmation) =
        row;
    Ok(RefreshToken {
        id: TokenId::from_bytes(bytes(id)?),
        digest: to_digest(digest)?,
        grant: GrantId::from_bytes(bytes(grant)?),
        predecessor: predecessor.map(bytes).transpose()?.map(TokenId::from_bytes),
        state: match state.as_str() {
            "live" => RefreshState::Live,
            "redeemed" => RefreshState::Redeemed,
            "killed" => RefreshState::Killed,
            other => return Err(Fault::new(format!("unknown refresh token state {other}")).into()),
        },
        successor_random,
        redeemed_at: redeemed_at.map(Timestamp::from_micros),
        issued_at: Timestamp::from_micros(issued_at),
        idle_expires_at: Timestamp::from_micros(idle),
        expires_at: Timestamp::from_micros(expires),
        confirmation: confirmation.as_deref().map(from_doc).transpose()?,
    })
}

const fn state_name(state: RefreshState) -> &'static str {
    match state {
        RefreshState::Live => "live",
        RefreshState::Redeemed => "redeemed",
        RefreshState::Killed => "killed",
    }
}
