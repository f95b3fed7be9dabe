//! What a replay found, for people: who would be asked for more, who refused, which clients would stop.

use std::collections::BTreeSet;

use crate::cli::output;
use crate::error::Result;
use crate::manage::directory::{Affected, Replayed};

/// The most names that a line tells; `--json` tells all.
const NAMES: usize = 8;

/// Prints the sum, and then each cause with whom it concerns.
pub(super) fn tell(found: &Replayed) -> Result<()> {
    output::line(&summary(found))?;
    for client in &found.clients_that_stop {
        output::line(&format!(
            "  client {client} would stop: all that it was allowed would be refused"
        ))?;
    }
    let parts = [
        ("asked for more", &found.more),
        ("refused", &found.refused),
        ("asked for less", &found.less),
        ("reported, not enforced", &found.reported),
    ];
    for (heading, affected) in parts {
        for (cause, concerned) in &affected.causes {
            let clients = format!("at {}", names(&concerned.clients));
            let whom = if concerned.users.is_empty() {
                clients
            } else {
                format!("{} {clients}", names(&concerned.users))
            };
            output::line(&format!("  {heading}: {cause}: {}: {whom}", concerned.decisions))?;
        }
    }
    notes(found).into_iter().try_for_each(|note| output::line(&note))
}

fn notes(found: &Replayed) -> Vec<String> {
    let mut notes = Vec::new();
    if found.gone > 0 {
        let count = counted(found.gone, "decision", "decisions");
        notes.push(format!(
            "  {count} about users or clients that are not there any more were left out"
        ));
    }
    if found.unreadable > 0 {
        let count = counted(found.unreadable, "entry", "entries");
        notes.push(format!("  {count} of another version could not be read"));
    }
    if found.cut_short {
        notes.push("  there were more entries than are looked at: the youngest were".to_owned());
    }
    notes
}

fn summary(found: &Replayed) -> String {
    let mut parts = Vec::new();
    for (affected, what) in [
        (&found.more, "would now be asked for more"),
        (&found.refused, "would be refused"),
    ] {
        parts.extend(part(affected, what));
    }
    let stop = found.clients_that_stop.len() as u64;
    if stop > 0 {
        parts.push(format!("{} would stop", counted(stop, "client", "clients")));
    }
    for (affected, what) in [
        (&found.less, "would be asked for less"),
        (&found.reported, "would be reported and let through"),
    ] {
        parts.extend(part(affected, what));
    }
    let looked_at = counted(found.decisions, "decision", "decisions");
    let since = &found.since;
    if parts.is_empty() {
        return format!("{looked_at} since {since}: nothing would come out differently");
    }
    format!("{looked_at} since {since}: {}", parts.join(", "))
}

/// `214 logins of 31 users would now be asked for more`.
fn part(affected: &Affected, what: &str) -> Option<String> {
    let counts = [
        (affected.logins, "login", "logins"),
        (affected.refreshes, "refresh", "refreshes"),
        (affected.token_requests, "token request", "token requests"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    if told.is_empty() {
        return None;
    }
    let of = match affected.users.len() as u64 {
        0 => String::new(),
        users => format!(" of {}", counted(users, "user", "users")),
    };
    Some(format!("{}{of} {what}", told.join(" and ")))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn names(all: &BTreeSet<String>) -> String {
    let told: Vec<&str> = all.iter().take(NAMES).map(String::as_str).collect();
    let rest = all.len().saturating_sub(NAMES);
    if rest > 0 {
        format!("{} and {rest} more", told.join(", "))
    } else {
        told.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_logins_users_and_clients() {
        let mut found = Replayed::since("2026-03-03T10:00:00Z".to_owned());
        found.decisions = 900;
        assert_eq!(
            summary(&found),
            "900 decisions since 2026-03-03T10:00:00Z: nothing would come out differently"
        );
        found.more.logins = 214;
        found.more.users = (0..31).map(|user| format!("user{user}")).collect();
        found.clients_that_stop = ["a", "b"].map(str::to_owned).into();
        found.refused.refreshes = 1;
        found.refused.token_requests = 2;
        assert_eq!(
            summary(&found),
            "900 decisions since 2026-03-03T10:00:00Z: 214 logins of 31 users would now be asked for more, \
             1 refresh and 2 token requests would be refused, 2 clients would stop"
        );
    }

    #[test]
    fn a_line_tells_a_few_names_and_how_many_more() {
        let all: BTreeSet<String> = (0..10).map(|user| format!("u{user}")).collect();
        assert_eq!(names(&all), "u0, u1, u2, u3, u4, u5, u6, u7 and 2 more");
        assert_eq!(names(&all.into_iter().take(2).collect()), "u0, u1");
    }
}
