//! Consents.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::consents;
use crate::error::{Fault, Result};
use crate::model::consent::Consent;
use crate::model::id::UserId;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;

/// What a user agreed that a client may have.
pub fn find(tx: &mut Tx, user: UserId, client_id: &str) -> Result<Option<Consent>> {
    let row: Option<(String, String, i64)> = run!(
        tx,
        get_result,
        consents::table.find((user.as_bytes().as_slice(), client_id)).select((
            consents::scope,
            consents::resources,
            consents::granted_at
        ))
    )
    .optional()?;
    row.map(|(scope, resources, granted_at)| {
        Ok(Consent {
            user,
            client_id: client_id.to_owned(),
            scope: read(&scope)?,
            resources: listed(&resources),
            granted_at: Timestamp::from_micros(granted_at),
        })
    })
    .transpose()
}

/// Stores a consent in place of the earlier one.
pub fn put(tx: &mut Tx, consent: &Consent) -> Result<()> {
    let key = (consent.user.as_bytes().as_slice(), consent.client_id.as_str());
    let (scope, granted_at) = (consent.scope.to_string(), consent.granted_at.as_micros());
    let resources = consent.resources.join(" ");
    let updated = run!(
        tx,
        update,
        diesel::update(consents::table.find(key)).set((
            consents::scope.eq(&scope),
            consents::resources.eq(&resources),
            consents::granted_at.eq(granted_at),
        ))
    )?;
    if updated == 0 {
        run!(
            tx,
            execute,
            diesel::insert_into(consents::table)
                .values((
                    consents::user_id.eq(key.0),
                    consents::client_id.eq(key.1),
                    consents::scope.eq(&scope),
                    consents::resources.eq(&resources),
                    consents::granted_at.eq(granted_at),
                ))
                .on_conflict_do_nothing()
        )?;
    }
    Ok(())
}

/// Everything that a user agreed to.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Consent>> {
    let rows: Vec<(String, String, String, i64)> = run!(
        tx,
        load,
        consents::table
            .filter(consents::user_id.eq(user.as_bytes().as_slice()))
            .select((
                consents::client_id,
                consents::scope,
                consents::resources,
                consents::granted_at
            ))
    )?;
    rows.into_iter()
        .map(|(client_id, scope, resources, granted_at)| {
            Ok(Consent {
                user,
                client_id,
                scope: read(&scope)?,
                resources: listed(&resources),
                granted_at: Timestamp::from_micros(granted_at),
            })
        })
        .collect()
}

/// Forgets a consent; `false` when there was none.
pub fn delete(tx: &mut Tx, user: UserId, client_id: &str) -> Result<bool> {
    let row = consents::table.find((user.as_bytes().as_slice(), client_id));
    Ok(run!(tx, execute, diesel::delete(row))? == 1)
}

/// Forgets all that anybody agreed that a client may have.
pub fn delete_of_client(tx: &mut Tx, client_id: &str) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::delete(consents::table.filter(consents::client_id.eq(client_id)))
    )?;
    Ok(())
}

/// An identifier is a URI, which has no spaces.
fn listed(resources: &str) -> Vec<String> {
    resources.split_whitespace().map(str::to_owned).collect()
}

fn read(scope: &str) -> Result<ScopeSet> {
    Ok(scope
        .parse()
        .map_err(|error| Fault::from_error("read a consent", error))?)
}
