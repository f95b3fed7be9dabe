//! Credentials.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::columns::{bytes, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::credentials;
use crate::error::Result;
use crate::model::credential::{Credential, Material};
use crate::model::id::{CredentialId, UserId};
use crate::model::time::Timestamp;

#[derive(Serialize, Deserialize)]
struct Doc {
    label: String,
    created_at: Timestamp,
    material: Material,
}

/// A user's credentials, oldest first, unfinished enrolments among them.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Credential>> {
    type Row = (Vec<u8>, Option<i64>, Option<i64>, i64, String);
    let rows: Vec<Row> = run!(
        tx,
        load,
        credentials::table
            .filter(credentials::user_id.eq(user.as_bytes().as_slice()))
            .order(credentials::id)
            .select((
                credentials::id,
                credentials::confirmed_at,
                credentials::last_used_at,
                credentials::last_step,
                credentials::doc,
            ))
    )?;
    rows.into_iter()
        .map(|(id, confirmed_at, last_used_at, last_step, doc)| {
            let Doc {
                label,
                created_at,
                material,
            } = from_doc(&doc)?;
            Ok(Credential {
                id: CredentialId::from_bytes(bytes(id)?),
                user,
                label,
                confirmed_at: confirmed_at.map(Timestamp::from_micros),
                created_at,
                last_used_at: last_used_at.map(Timestamp::from_micros),
                last_step,
                material,
            })
        })
        .collect()
}

fn doc_of(credential: &Credential) -> Result<String> {
    let Credential {
        label,
        created_at,
        material,
        ..
    } = credential.clone();
    to_doc(&Doc {
        label,
        created_at,
        material,
    })
}

/// Adds a credential.
pub fn insert(tx: &mut Tx, credential: &Credential) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(credentials::table).values((
            credentials::id.eq(credential.id.as_bytes().as_slice()),
            credentials::user_id.eq(credential.user.as_bytes().as_slice()),
            credentials::kind.eq(credential.kind().as_str()),
            credentials::confirmed_at.eq(credential.confirmed_at.map(Timestamp::as_micros)),
            credentials::last_used_at.eq(credential.last_used_at.map(Timestamp::as_micros)),
            credentials::last_step.eq(credential.last_step),
            credentials::doc.eq(doc_of(credential)?),
        ))
    )?;
    Ok(())
}

/// Confirms an unfinished enrolment; `false` when it was confirmed or removed meanwhile.
pub fn confirm(tx: &mut Tx, id: CredentialId, now: Timestamp) -> Result<bool> {
    let row = credentials::table
        .find(id.as_bytes().as_slice())
        .filter(credentials::confirmed_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(row).set(credentials::confirmed_at.eq(now.as_micros()))
    )? == 1)
}

/// Records the use of a one-time step; `false` when this step or a later one was used before.
pub fn use_step(tx: &mut Tx, id: CredentialId, step: i64, now: Timestamp) -> Result<bool> {
    let row = credentials::table
        .find(id.as_bytes().as_slice())
        .filter(credentials::last_step.lt(step));
    let used = (
        credentials::last_step.eq(step),
        credentials::last_used_at.eq(now.as_micros()),
    );
    Ok(run!(tx, update, diesel::update(row).set(used))? == 1)
}

/// Counts one more use of a credential that may be used so many times.
pub fn count_use(tx: &mut Tx, id: CredentialId, now: Timestamp) -> Result<()> {
    let used = (
        credentials::last_step.eq(credentials::last_step + 1),
        credentials::last_used_at.eq(now.as_micros()),
    );
    let row = credentials::table.find(id.as_bytes().as_slice());
    run!(tx, update, diesel::update(row).set(used))?;
    Ok(())
}

/// Records the use of a credential whose material may have changed with it; `false` when it was removed meanwhile.
pub fn record_use(tx: &mut Tx, credential: &Credential, now: Timestamp) -> Result<bool> {
    let used = (
        credentials::doc.eq(doc_of(credential)?),
        credentials::last_used_at.eq(now.as_micros()),
    );
    let row = credentials::table.find(credential.id.as_bytes().as_slice());
    Ok(run!(tx, update, diesel::update(row).set(used))? == 1)
}

/// Replaces what a credential is checked against.
pub fn update_material(tx: &mut Tx, credential: &Credential) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(credentials::table.find(credential.id.as_bytes().as_slice()))
            .set(credentials::doc.eq(doc_of(credential)?))
    )?;
    Ok(())
}

/// Removes a credential.
pub fn delete(tx: &mut Tx, id: CredentialId) -> Result<bool> {
    Ok(run!(
        tx,
        execute,
        diesel::delete(credentials::table.find(id.as_bytes().as_slice()))
    )? > 0)
}
