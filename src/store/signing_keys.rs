//! Signing keys.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::signing_keys;
use crate::error::{Fault, Result};
use crate::model::secret::Sealed;
use crate::model::signing_key::SigningKey;
use crate::model::time::Timestamp;

/// Every key held, oldest first.
pub fn list(tx: &mut Tx) -> Result<Vec<SigningKey>> {
    type Row = (String, String, Vec<u8>, i64, i64, Option<i64>);
    let rows: Vec<Row> = run!(
        tx,
        load,
        signing_keys::table.order((signing_keys::created_at, signing_keys::kid))
    )?;
    rows.into_iter()
        .map(|(kid, algorithm, private_key, created_at, signs_from, retires_at)| {
            Ok(SigningKey {
                kid,
                algorithm: algorithm.parse().map_err(Fault::new)?,
                private_key: Sealed(private_key),
                created_at: Timestamp::from_micros(created_at),
                signs_from: Timestamp::from_micros(signs_from),
                retires_at: retires_at.map(Timestamp::from_micros),
            })
        })
        .collect()
}

/// Adds a key.
pub fn insert(tx: &mut Tx, key: &SigningKey) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(signing_keys::table).values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::algorithm.eq(key.algorithm.as_str()),
            signing_keys::private_key.eq(&key.private_key.0),
            signing_keys::created_at.eq(key.created_at.as_micros()),
            signing_keys::signs_from.eq(key.signs_from.as_micros()),
            signing_keys::retires_at.eq(key.retires_at.map(Timestamp::as_micros)),
        ))
    )?;
    Ok(())
}

/// Notes when a key stops signing.
pub fn retire(tx: &mut Tx, kid: &str, at: Timestamp) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(signing_keys::table.find(kid)).set(signing_keys::retires_at.eq(at.as_micros()))
    )?;
    Ok(())
}

/// Removes a key.
pub fn delete(tx: &mut Tx, kid: &str) -> Result<()> {
    run!(tx, execute, diesel::delete(signing_keys::table.find(kid)))?;
    Ok(())
}
