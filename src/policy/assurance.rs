//! Evidence to level, methods and time; the pair rule and decay. ASSURANCE.md §1.

use crate::model::evidence::{Acr, Assurance, Category, Evidence, FactorKind};
use crate::model::id::CredentialId;
use crate::model::requirement::Requirement;
use crate::model::time::Timestamp;

/// How long evidence holds a level, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// `standard`, overall.
    pub standard: u32,
    /// `standard`, idle.
    pub standard_idle: u32,
    /// `high`, overall.
    pub high: u32,
    /// `high`, idle.
    pub high_idle: u32,
}

impl Default for Ages {
    fn default() -> Self {
        Self {
            standard: 86_400,
            standard_idle: 7_200,
            high: 43_200,
            high_idle: 3_600,
        }
    }
}

/// What a session can show.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The evidence, in any order.
    pub evidence: &'a [Evidence],
    /// When the session was last used.
    pub last_seen: Timestamp,
    /// Only proof at or after this instant counts, where given (`prompt=login`).
    pub since: Option<Timestamp>,
}

/// A level with its methods, its time and the credentials behind it: always from the same evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Level, methods, time.
    pub assurance: Assurance,
    /// The credentials that were proven.
    pub credentials: Vec<CredentialId>,
}

/// Every pair that this evidence lets us assert at `now`, strongest first; empty when nothing counts any more.
#[must_use]
pub fn pairs(shown: Shown<'_>, now: Timestamp, ages: &Ages) -> Vec<Pair> {
    let counts = |evidence: &&Evidence, age: u32| {
        now.seconds_since(evidence.at()) <= i64::from(age)
            && evidence.at() <= now
            && shown.since.is_none_or(|since| evidence.at() >= since)
    };
    let idle = now.seconds_since(shown.last_seen);
    let mut found = Vec::with_capacity(2);
    let first = newest(
        shown
            .evidence
            .iter()
            .filter(|e| is_first(e.kind()) && counts(e, ages.standard)),
    );
    let second = newest(
        shown
            .evidence
            .iter()
            .filter(|e| raises_to_high(e.kind()) && counts(e, ages.high)),
    );
    if let (Some(first), Some(second)) = (first, second)
        && idle <= i64::from(ages.high_idle)
    {
        // Two categories, and the evidence reaches high: `mfa` is said (ASSURANCE.md §1).
        let mut amr = vec![first.kind().amr().to_owned(), second.kind().amr().to_owned()];
        if first.kind().category() != second.kind().category() {
            amr.push("mfa".to_owned());
        }
        found.push(Pair {
            assurance: Assurance {
                acr: Acr::High,
                amr,
                auth_time: Some(second.at()),
            },
            credentials: vec![first.credential(), second.credential()],
        });
    }
    if let Some(first) = first
        && idle <= i64::from(ages.standard_idle)
    {
        found.push(alone(first, Acr::Standard));
    }
    if found.is_empty()
        && idle <= i64::from(ages.high_idle)
        && let Some(second) = second
    {
        found.push(alone(second, second.kind().level_alone()));
    }
    found
}

fn alone(evidence: &Evidence, acr: Acr) -> Pair {
    let amr = vec![evidence.kind().amr().to_owned()];
    Pair {
        assurance: Assurance {
            acr,
            amr,
            auth_time: Some(evidence.at()),
        },
        credentials: vec![evidence.credential()],
    }
}

/// The newest of some evidence; of two at the same instant the one with the greater credential.
fn newest<'a>(evidence: impl Iterator<Item = &'a Evidence>) -> Option<&'a Evidence> {
    evidence.max_by_key(|evidence| (evidence.at(), evidence.credential()))
}

const fn is_first(kind: FactorKind) -> bool {
    matches!(kind.category(), Category::Knowledge)
}

fn raises_to_high(kind: FactorKind) -> bool {
    !is_first(kind) && kind.level_with_password() >= Acr::High
}

/// Whether evidence outlives that its session was not used for `idle` seconds. What does not is gone for good: using the
/// session again does not bring it back.
#[must_use]
pub fn outlives(evidence: &Evidence, idle: i64, ages: &Ages) -> bool {
    let limit = if raises_to_high(evidence.kind()) {
        ages.high_idle
    } else {
        ages.standard_idle
    };
    idle <= i64::from(limit)
}

/// Whether a pair meets a requirement at `now`. Proof at or after `began`, when the running errand began, is fresh
/// enough for it whatever the requirement's age.
#[must_use]
pub fn meets(pair: &Pair, requirement: Requirement, now: Timestamp, began: Timestamp) -> bool {
    let fresh = match (requirement.max_age, pair.assurance.auth_time) {
        (None, _) => true,
        // OpenID Connect Core §3.1.2.1: inclusive, whole seconds.
        (Some(max_age), Some(at)) => at >= began || now.seconds_since(at) <= i64::from(max_age),
        (Some(_), None) => false,
    };
    pair.assurance.acr >= requirement.acr && fresh
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn credential(n: u8) -> CredentialId {
        CredentialId::from_bytes([n; 16])
    }

    fn minutes(n: i64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000 + n * 60)
    }

    fn shown(evidence: &[Evidence], last_seen: Timestamp) -> Shown<'_> {
        Shown {
            evidence,
            last_seen,
            since: None,
        }
    }

    #[test]
    fn a_later_weaker_login_never_freshens_a_stronger_level() {
        let evidence = [
            Evidence::proven(FactorKind::Password, credential(1), minutes(0)),
            Evidence::proven(FactorKind::Totp, credential(2), minutes(0)),
            Evidence::proven(FactorKind::Password, credential(1), minutes(540)),
        ];
        let pairs = pairs(shown(&evidence, minutes(540)), minutes(540), &Ages::default());
        let asserted: Vec<_> = pairs.iter().map(|p| (p.assurance.acr, p.assurance.auth_time)).collect();
        assert_eq!(
            asserted,
            [(Acr::High, Some(minutes(0))), (Acr::Standard, Some(minutes(540)))]
        );
    }

    #[test]
    fn idle_beyond_the_high_limit_leaves_standard() {
        let evidence = [
            Evidence::proven(FactorKind::Password, credential(1), minutes(0)),
            Evidence::proven(FactorKind::Totp, credential(2), minutes(0)),
        ];
        let levels = |now| -> Vec<Acr> {
            pairs(shown(&evidence, minutes(0)), minutes(now), &Ages::default())
                .iter()
                .map(|p| p.assurance.acr)
                .collect()
        };
        assert_eq!(levels(60), [Acr::High, Acr::Standard]);
        assert_eq!(levels(61), [Acr::Standard]);
        assert_eq!(levels(121), []);
    }

    fn any_evidence() -> impl Strategy<Value = Vec<Evidence>> {
        let one = (
            prop_oneof![Just(FactorKind::Password), Just(FactorKind::Totp)],
            0_u8..4,
            0_i64..1_600,
        )
            .prop_map(|(kind, n, at)| Evidence::proven(kind, credential(n), minutes(at)));
        proptest::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn removing_evidence_never_raises(evidence in any_evidence(), drop in 0_usize..8, now in 0_i64..1_700) {
            let best = |evidence: &[Evidence]| {
                pairs(shown(evidence, minutes(now)), minutes(now), &Ages::default())
                    .first()
                    .map_or(Acr::None, |pair| pair.assurance.acr)
            };
            let mut fewer = evidence.clone();
            if drop < fewer.len() {
                fewer.remove(drop);
            }
            prop_assert!(best(&fewer) <= best(&evidence));
        }

        #[test]
        fn the_order_of_evidence_does_not_matter(evidence in any_evidence(), now in 0_i64..1_700) {
            let mut reversed = evidence.clone();
            reversed.reverse();
            let of = |evidence: &[Evidence]| pairs(shown(evidence, minutes(now)), minutes(now), &Ages::default());
            let asserted = |list: Vec<Pair>| list.into_iter().map(|p| p.assurance).collect::<Vec<_>>();
            prop_assert_eq!(asserted(of(&evidence)), asserted(of(&reversed)));
        }

        #[test]
        fn level_and_time_come_from_the_same_evidence(evidence in any_evidence(), now in 0_i64..1_700) {
            for pair in pairs(shown(&evidence, minutes(now)), minutes(now), &Ages::default()) {
                let behind = evidence.iter().any(|e| {
                    Some(e.at()) == pair.assurance.auth_time
                        && pair.credentials.contains(&e.credential())
                        && (pair.assurance.acr < Acr::High || e.kind() == FactorKind::Totp)
                });
                prop_assert!(behind);
            }
        }
    }
}
