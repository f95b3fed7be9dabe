//! Throttles: failed logins of one address, logins of one account. Check 1 of ASSURANCE.md §3 refuses more.

use serde_json::Map;

use crate::authn::facts::recorded;
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::policy::facts::{Count, Facts};
use crate::policy::{NextStep, decide, lockout};
use crate::store;
use crate::work::Work;

/// Seconds in which failed logins from one address are counted.
const ADDRESS_WINDOW: u32 = 60;
/// Seconds in which logins of one account are counted.
const LOGIN_WINDOW: u32 = 3_600;

/// Charges what a login may do only so often: fail from one address, and be tried for one account. What was charged is
/// refused by check 1 where it is too much.
///
/// # Errors
/// A fault of the database.
pub fn charge_login(work: &mut Work<'_>, subject: &str) -> Result<Vec<Count>> {
    let limit = i64::from(work.shared.settings.limits.logins_per_user);
    let mut counts = charge_address(work)?;
    let counter = lockout::login_counter(subject);
    counts.push(Count {
        what: "logins of this account in an hour".to_owned(),
        count: store::counters::charge(work.tx, &counter, work.now, LOGIN_WINDOW)?,
        limit,
    });
    Ok(counts)
}

/// Charges an attempt against the address it comes from.
///
/// # Errors
/// A fault of the database.
pub fn charge_address(work: &mut Work<'_>) -> Result<Vec<Count>> {
    let limit = i64::from(work.shared.settings.limits.failed_logins_per_ip);
    let counter = lockout::address_counter(work.ip());
    Ok(vec![Count {
        what: "failed logins from this address in a minute".to_owned(),
        count: store::counters::charge(work.tx, &counter, work.now, ADDRESS_WINDOW)?,
        limit,
    }])
}

/// Takes back what a right answer was charged against its address.
///
/// # Errors
/// A fault of the database.
pub fn refund_address(work: &mut Work<'_>) -> Result<()> {
    store::counters::refund(work.tx, &lockout::address_counter(work.ip()), 1)
}

/// Refuses, by check 1, an attempt that was charged too often; recorded with its facts.
///
/// # Errors
/// [`Denial::RateLimited`], a fault of the database.
pub fn refuse_if_over(work: &mut Work<'_>, facts: &mut Facts, counts: Vec<Count>) -> Result<()> {
    if !counts.iter().any(lockout::is_over) {
        facts.counts = counts;
        return Ok(());
    }
    let of_account = counts.iter().skip(1).any(lockout::is_over);
    facts.counts = counts;
    let decision = decide(facts);
    let NextStep::Refuse(reason) = decision.step else {
        return Ok(());
    };
    let recorded = recorded(facts, &decision)?;
    let mut entry = Entry::new(Event::LoginDeny).client(&facts.client.id);
    entry.user = facts.user.as_ref().map(|user| user.id);
    let detail = Map::from_iter([("reason".to_owned(), reason.as_str().into())]);
    work.audit(recorded.on(entry, detail))?;
    let wait = if of_account { LOGIN_WINDOW } else { ADDRESS_WINDOW };
    Err(Denial::RateLimited(wait).into())
}
