//! Authorization codes.

use diesel::prelude::*;

use super::columns::bytes;
use super::db::Tx;
use super::fixed::run;
use super::schema::codes;
use crate::error::Result;
use crate::model::id::GrantId;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::model::token::Code;

/// Adds a code.
pub fn insert(tx: &mut Tx, code: &Code) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(codes::table).values((
            codes::digest.eq(code.digest.as_bytes().as_slice()),
            codes::grant_id.eq(code.grant.as_bytes().as_slice()),
            codes::redirect_uri.eq(&code.redirect_uri),
            codes::redirect_uri_given.eq(code.redirect_uri_given),
            codes::code_challenge.eq(code.code_challenge.as_deref()),
            codes::dpop_jkt.eq(code.dpop_jkt.as_deref()),
            codes::expires_at.eq(code.expires_at.as_micros()),
        ))
    )?;
    Ok(())
}

/// The code of this digest, consumed or not.
pub fn find(tx: &mut Tx, digest: &Digest) -> Result<Option<Code>> {
    type Row = (Vec<u8>, String, bool, Option<String>, Option<String>, i64, Option<i64>);
    let row: Option<Row> = run!(
        tx,
        get_result,
        codes::table.find(digest.as_bytes().as_slice()).select((
            codes::grant_id,
            codes::redirect_uri,
            codes::redirect_uri_given,
            codes::code_challenge,
            codes::dpop_jkt,
            codes::expires_at,
            codes::consumed_at,
        ))
    )
    .optional()?;
    row.map(
        |(grant, redirect_uri, redirect_uri_given, code_challenge, dpop_jkt, expires_at, consumed_at)| {
            Ok(Code {
                digest: *digest,
                grant: GrantId::from_bytes(bytes(grant)?),
                redirect_uri,
                redirect_uri_given,
                code_challenge,
                dpop_jkt,
                expires_at: Timestamp::from_micros(expires_at),
                consumed_at: consumed_at.map(Timestamp::from_micros),
            })
        },
    )
    .transpose()
}

/// Redeems a code, once; `false` when it was redeemed before.
pub fn consume(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let open = codes::table
        .find(digest.as_bytes().as_slice())
        .filter(codes::consumed_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(open).set(codes::consumed_at.eq(now.as_micros()))
    )? == 1)
}
