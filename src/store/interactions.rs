//! Interactions.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::interactions;
use crate::error::Result;
use crate::model::id::InteractionId;
use crate::model::interaction::Interaction;
use crate::model::time::Timestamp;

/// Adds an interaction.
pub fn insert(tx: &mut Tx, interaction: &Interaction) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(interactions::table).values((
            interactions::id.eq(interaction.id.as_bytes().as_slice()),
            interactions::expires_at.eq(interaction.expires_at.as_micros()),
            interactions::doc.eq(to_doc(interaction)?),
        ))
    )?;
    Ok(())
}

/// The interaction of this identifier, unless it expired or was completed.
pub fn find(tx: &mut Tx, id: InteractionId, now: Timestamp) -> Result<Option<Interaction>> {
    let doc: Option<String> = run!(
        tx,
        get_result,
        interactions::table
            .find(id.as_bytes().as_slice())
            .filter(interactions::expires_at.gt(now.as_micros()))
            .filter(interactions::consumed_at.is_null())
            .select(interactions::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Keeps every other transaction that would change this interaction waiting until this one ends.
pub fn hold(tx: &mut Tx, id: InteractionId) -> Result<()> {
    super::counters::hold(tx, &format!("interaction:{id}"))
}

/// Stores a changed interaction.
pub fn update(tx: &mut Tx, interaction: &Interaction) -> Result<()> {
    let open = interactions::table
        .find(interaction.id.as_bytes().as_slice())
        .filter(interactions::consumed_at.is_null());
    run!(
        tx,
        update,
        diesel::update(open).set(interactions::doc.eq(to_doc(interaction)?))
    )?;
    Ok(())
}

/// Completes an interaction, once; `false` when it was completed before.
pub fn consume(tx: &mut Tx, id: InteractionId, now: Timestamp) -> Result<bool> {
    let open = interactions::table
        .find(id.as_bytes().as_slice())
        .filter(interactions::consumed_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(open).set(interactions::consumed_at.eq(now.as_micros()))
    )? == 1)
}
