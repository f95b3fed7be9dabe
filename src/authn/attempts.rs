//! Attempts at passwords and codes, charged before anything is looked at.

use crate::error::Result;
use crate::store;
use crate::work::Work;

/// Charges an attempt and returns how many were charged in the running window.
///
/// The attempt that uses up the last one begins the window anew, so that the account is shut for all of it, however late
/// in the window that was. A right answer forgets the count.
pub(super) fn charge(work: &mut Work<'_>, counter: &str) -> Result<i64> {
    let limits = &work.shared.settings.limits;
    let charged = store::counters::charge(work.tx, counter, work.now, limits.lockout_window)?;
    if charged == i64::from(limits.invalid_attempts) {
        let ends = work.now.plus_seconds(i64::from(limits.lockout_window));
        store::counters::extend(work.tx, counter, ends)?;
    }
    Ok(charged)
}
