//! What codes may cost: so many to a number, of a person, from an address, to a country and in all; and the alarm where many
//! are bought and few used. ASSURANCE.md §10.

use serde_json::json;

use crate::config::CodeLimits;
use crate::crypto::digest::digest_of;
use crate::error::Result;
use crate::model::audit::{Entry, Event};
use crate::model::id::UserId;
use crate::model::message::Channel;
use crate::model::phone_number::PhoneNumber;
use crate::policy::one_time_codes::{Budget, unused_counter};
use crate::store;
use crate::work::Work;

/// Seconds in which codes are counted that were not used.
const UNUSED_WINDOW: u32 = 3_600;

fn calling_code(channel: Channel, destination: &str) -> Option<String> {
    if channel == Channel::Email {
        return None;
    }
    let number: PhoneNumber = destination.parse().ok()?;
    Some(number.calling_code().to_owned())
}

/// Whether codes may go there at all.
pub(super) fn is_allowed(limits: &CodeLimits, channel: Channel, destination: &str) -> bool {
    let code = calling_code(channel, destination);
    limits.countries.is_empty() || code.is_none_or(|code| limits.countries.contains(&code))
}

/// Charges a code to all that it counts against; the name of the first that is used up, if one is, and then nothing is charged.
/// The order is always the same, so that two units of work never wait for each other.
pub(super) fn charge(
    work: &mut Work<'_>,
    user: UserId,
    channel: Channel,
    destination: &str,
) -> Result<Option<&'static str>> {
    let limits = &work.shared.settings.limits.codes;
    let digest = String::from(digest_of(destination));
    let mut budgets = vec![
        (Budget::User(user), limits.per_user),
        (Budget::Destination(digest.clone()), limits.per_number),
        (Budget::DestinationDaily(digest), limits.per_number_daily),
        (Budget::Address(work.ip()), limits.per_ip),
    ];
    if let Some(code) = calling_code(channel, destination) {
        budgets.push((Budget::Country(code), limits.per_country));
        budgets.push((Budget::Server, limits.per_server));
    }
    // What nobody asked for from an address is counted against none.
    budgets.retain(|(budget, _)| *budget != Budget::Address(None));
    let mut charged = Vec::with_capacity(budgets.len());
    for (budget, limit) in budgets {
        let counter = budget.counter();
        let count = store::counters::charge(work.tx, &counter, work.now, budget.window())?;
        charged.push(counter);
        if count > i64::from(limit) {
            for counter in charged {
                store::counters::refund(work.tx, &counter, 1)?;
            }
            return Ok(Some(budget.as_str()));
        }
    }
    Ok(None)
}

/// Counts a code that was sent as not used yet, and raises the alarm where there are many.
pub(super) fn sent(work: &mut Work<'_>, channel: Channel, destination: &str) -> Result<bool> {
    let Some(code) = calling_code(channel, destination) else {
        return Ok(false);
    };
    let limit = i64::from(work.shared.settings.limits.codes.unused_alarm);
    let unused = store::counters::charge(work.tx, &unused_counter(&code), work.now, UNUSED_WINDOW)?;
    if unused != limit {
        return Ok(false);
    }
    let detail = json!({ "calling_code": code, "unused": unused, "seconds": UNUSED_WINDOW });
    work.audit(Entry::new(Event::OtpUnused).detail(detail))?;
    Ok(true)
}

/// A code came back.
pub(super) fn used(work: &mut Work<'_>, channel: Channel, destination: &str) -> Result<()> {
    match calling_code(channel, destination) {
        Some(code) => store::counters::refund(work.tx, &unused_counter(&code), 1),
        None => Ok(()),
    }
}
