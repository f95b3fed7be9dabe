//! Removes what has expired.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::{
    access_tokens, codes, counters, device_codes, devices, grants, interactions, one_time_codes, refresh_tokens,
    registration_tokens, revoked_tokens, seen_once, sessions, tickets,
};
use crate::error::Result;
use crate::model::time::Timestamp;

/// Removes every record that expired before `before`; returns how many.
pub fn expired(tx: &mut Tx, before: Timestamp) -> Result<usize> {
    let before = before.as_micros();
    let mut removed = 0;
    macro_rules! sweep {
        ($($table:ident . $column:ident),*) => {$(
            removed += run!(tx, execute, diesel::delete($table::table.filter($table::$column.lt(before))))?;
        )*};
    }
    sweep!(
        interactions.expires_at,
        one_time_codes.expires_at,
        codes.expires_at,
        device_codes.expires_at,
        access_tokens.expires_at,
        refresh_tokens.expires_at,
        revoked_tokens.expires_at,
        seen_once.expires_at,
        counters.window_ends_at,
        tickets.expires_at,
        registration_tokens.expires_at,
        sessions.expires_at,
        devices.expires_at,
        grants.expires_at
    );
    Ok(removed)
}
