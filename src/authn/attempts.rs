//! Attempts at passwords and codes, charged before anything is looked at. ASSURANCE.md §10.
//!
//! Every attempt of a side counts in one counter, which is always changed first, so that parallel attempts wait for each
//! other; beside it each kind of attempt has its part, which is what a right answer of that kind forgets.

use serde_json::json;

use super::device;
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::id::{CredentialId, UserId};
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::{View, Work};

/// Seconds of what is never over.
const FOREVER: u32 = 3_155_760_000;

/// Keeps other attempts at an account waiting until this unit of work ends. Who changes several counters at once begins here:
/// an attempt that begins changes them in another order than one that is settled, and each would wait for the other.
/// `subject` is the account's ([`lockout::subject`]).
///
/// # Errors
/// A fault of the database.
pub fn hold(work: &mut Work<'_>, subject: &str) -> Result<()> {
    store::counters::hold(work.tx, subject)
}

/// Which side an attempt on an account counts on: that of the known device it is made from, or everybody else's.
///
/// # Errors
/// A fault of the database.
pub fn side(view: &mut View<'_>, user: Option<UserId>, username: &str) -> Result<Side> {
    let known = match user {
        Some(user) => device::find(view, user)?,
        None => None,
    };
    Ok(known.map_or_else(
        || Side::Account(lockout::subject(user, username)),
        |device| Side::Device(device.id),
    ))
}

/// Charges an attempt and returns how many were charged on its side in the running window, this one included.
///
/// The attempt that uses up the last one begins the lock, so that the side is shut for all of its length, however late in
/// the window that was. Attempts beyond it do not lengthen it.
///
/// # Errors
/// A fault of the database.
pub fn charge(work: &mut Work<'_>, side: &Side, attempt: Attempt) -> Result<i64> {
    let limits = &work.shared.settings.limits;
    let (window, lock, limit) = (limits.lockout_window, lock_length(work), limits.invalid_attempts());
    let counter = side.counter();
    let charged = store::counters::charge(work.tx, &counter, work.now, window)?;
    if charged == 1 {
        forget_parts(work, side)?;
    }
    store::counters::charge(work.tx, &side.part(attempt), work.now, window.saturating_add(lock))?;
    if limit.is_some_and(|limit| charged == i64::from(limit)) {
        let ends = work.now.plus_seconds(i64::from(lock));
        store::counters::extend(work.tx, &counter, ends)?;
        for part in Attempt::ALL {
            store::counters::extend(work.tx, &side.part(part), ends)?;
        }
    }
    Ok(charged)
}

fn lock_length(work: &Work<'_>) -> u32 {
    work.shared.settings.limits.lockout_length.seconds().unwrap_or(FOREVER)
}

fn forget_parts(work: &mut Work<'_>, side: &Side) -> Result<()> {
    for part in Attempt::ALL {
        store::counters::reset(work.tx, &side.part(part))?;
    }
    store::counters::reset(work.tx, &side.lock())
}

/// Forgets what was charged at what was right now: wrong codes are not forgotten for a right password.
///
/// # Errors
/// A fault of the database.
pub fn forgive(work: &mut Work<'_>, side: &Side, attempt: Attempt) -> Result<()> {
    let (counter, part) = (side.counter(), side.part(attempt));
    let hits = store::counters::count(work.tx, &part, work.now)?;
    store::counters::refund(work.tx, &counter, hits)?;
    store::counters::reset(work.tx, &part)?;
    if store::counters::count(work.tx, &counter, work.now)? == 0 {
        store::counters::reset(work.tx, &counter)?;
    }
    Ok(())
}

/// Takes back one charge, and no more: what was right so far was not all that had to be.
///
/// # Errors
/// A fault of the database.
pub fn take_back(work: &mut Work<'_>, side: &Side, attempt: Attempt) -> Result<()> {
    store::counters::refund(work.tx, &side.counter(), 1)?;
    store::counters::refund(work.tx, &side.part(attempt), 1)
}

/// Forgets everything that was charged on a side.
///
/// # Errors
/// A fault of the database.
pub fn clear(work: &mut Work<'_>, side: &Side) -> Result<()> {
    store::counters::reset(work.tx, &side.counter())?;
    forget_parts(work, side)
}

/// Until when no attempt on a side is looked at; none where the next one is.
///
/// # Errors
/// A fault of the database.
pub fn locked_until(view: &mut View<'_>, side: &Side) -> Result<Option<Timestamp>> {
    let limit = view.shared.settings.limits.invalid_attempts();
    let running = store::counters::running(view.tx, &side.counter(), view.now)?;
    let locking = running.filter(|(charged, _)| !lockout::is_open(charged.saturating_add(1), limit));
    Ok(locking.map(|(_, ends_at)| ends_at))
}

/// Records that a side is locked, at the first attempt that is not looked at for it.
pub(super) fn note_lock(work: &mut Work<'_>, side: &Side, user: Option<UserId>) -> Result<()> {
    let length = lock_length(work);
    if store::counters::charge(work.tx, &side.lock(), work.now, length)? > 1 {
        return Ok(());
    }
    let detail = match side {
        Side::Account(_) => json!({ "side": "account" }),
        Side::Device(device) => json!({ "side": "device", "device": device }),
    };
    let entry = Entry::new(Event::LockoutSet).detail(detail);
    work.audit(match user {
        Some(user) => entry.user(user),
        None => entry,
    })
}

/// Charges a page that asks for a code: it counts until the code is right (CLAUSES.md S81).
///
/// # Errors
/// A fault of the database.
pub fn charge_prompt(work: &mut Work<'_>, user: &User) -> Result<()> {
    if work.shared.settings.limits.prompts_count {
        hold(work, &lockout::subject(Some(user.id), &user.username))?;
        let side = side(&mut work.view(), Some(user.id), &user.username)?;
        charge(work, &side, Attempt::Code)?;
    }
    Ok(())
}

/// Charges an answer; `asked` when the page that asked for it was charged as well.
///
/// # Errors
/// [`Denial::LockedOut`] where it may not be looked at, a fault of the database.
pub fn charge_answer(work: &mut Work<'_>, side: &Side, user: UserId, asked: bool) -> Result<()> {
    let charged = charge(work, side, Attempt::Code)?;
    let limits = &work.shared.settings.limits;
    let (asked, limit) = (asked && limits.prompts_count, limits.invalid_attempts());
    if lockout::is_open(charged - i64::from(asked), limit) {
        return Ok(());
    }
    note_lock(work, side, Some(user))?;
    Err(Denial::LockedOut.into())
}

/// Charges an answer against one factor.
pub(super) fn charge_factor(work: &mut Work<'_>, credential: CredentialId) -> Result<Consecutive> {
    let counter = lockout::factor_counter(credential);
    let charged = store::counters::charge(work.tx, &counter, work.now, FOREVER)?;
    let limit = i64::from(work.shared.settings.limits.factor_failures);
    Ok(match charged {
        charged if charged > limit => Consecutive::Disabled,
        charged if charged == limit => Consecutive::Last,
        _ => Consecutive::Open,
    })
}

/// Forgets the wrong answers to the factor that was `right`, or takes back the one charged to another beside it.
pub(super) fn forgive_factor(work: &mut Work<'_>, credential: CredentialId, right: bool) -> Result<()> {
    let counter = lockout::factor_counter(credential);
    if right {
        store::counters::reset(work.tx, &counter)
    } else {
        store::counters::refund(work.tx, &counter, 1)
    }
}

/// Whether a factor is disabled after too many wrong answers in a row.
///
/// # Errors
/// A fault of the database.
pub fn is_disabled(view: &mut View<'_>, credential: CredentialId) -> Result<bool> {
    let wrong = store::counters::count(view.tx, &lockout::factor_counter(credential), view.now)?;
    Ok(wrong >= i64::from(view.shared.settings.limits.factor_failures))
}

/// Lets a disabled factor be used again.
///
/// # Errors
/// A fault of the database.
pub fn enable(work: &mut Work<'_>, credential: CredentialId) -> Result<()> {
    store::counters::reset(work.tx, &lockout::factor_counter(credential))
}

/// How many answers to a factor in a row were wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consecutive {
    /// Fewer than disable it.
    Open,
    /// One more disables it.
    Last,
    /// Too many: it is disabled.
    Disabled,
}
