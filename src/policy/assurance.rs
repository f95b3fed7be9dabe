//! Evidence to level, methods and time; the pair rule and decay. ASSURANCE.md §1.

use serde::{Deserialize, Serialize};

use crate::model::assurance::Columns;
use crate::model::evidence::{Acr, Assurance, Category, Evidence, FactorKind};
use crate::model::requirement::Requirement;
use crate::model::time::Timestamp;

/// How long evidence holds a level, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ages {
    /// `standard`, overall.
    pub standard: u32,
    /// `standard`, idle.
    pub standard_idle: u32,
    /// `high`, overall.
    pub high: u32,
    /// `high`, idle.
    pub high_idle: u32,
    /// `phr`, overall.
    pub phr: u32,
    /// `phr`, idle.
    pub phr_idle: u32,
}

impl Default for Ages {
    fn default() -> Self {
        Self {
            standard: 86_400,
            standard_idle: 7_200,
            high: 43_200,
            high_idle: 3_600,
            phr: 43_200,
            phr_idle: 900,
        }
    }
}

impl Ages {
    /// Overall and idle age of a level.
    pub(super) fn of(&self, acr: Acr) -> (i64, i64) {
        let (overall, idle) = match acr {
            Acr::Phr => (self.phr, self.phr_idle),
            Acr::High => (self.high, self.high_idle),
            Acr::None | Acr::Low | Acr::Standard => (self.standard, self.standard_idle),
        };
        (i64::from(overall), i64::from(idle))
    }
}

impl Columns {
    /// The level this kind reaches together with a first factor.
    #[must_use]
    pub fn with_first(self, kind: FactorKind) -> Acr {
        let own = kind.level_with_password();
        match kind {
            FactorKind::Passkey => own.min(self.passkey.max(self.multi_factor)),
            FactorKind::Sms | FactorKind::Voice => own.min(self.restricted).min(self.multi_factor),
            _ => own.min(self.multi_factor),
        }
    }

    /// The most that this piece of evidence can reach, whatever is beside it.
    #[must_use]
    pub fn most(self, evidence: &Evidence) -> Acr {
        let alone = self.alone(evidence);
        if is_first(evidence.kind()) {
            alone
        } else {
            alone.max(self.beside_first(evidence))
        }
    }

    /// The level this piece of evidence reaches together with a first factor.
    fn beside_first(self, evidence: &Evidence) -> Acr {
        let of_kind = self.with_first(evidence.kind());
        evidence.ceiling().map_or(of_kind, |ceiling| of_kind.min(ceiling))
    }

    /// The level this piece of evidence reaches alone.
    fn alone(self, evidence: &Evidence) -> Acr {
        match (evidence.kind(), evidence.of_upstream()) {
            (FactorKind::Passkey, _) if evidence.is_user_verified() => self.passkey,
            (FactorKind::Upstream, Some(upstream)) => upstream.acr,
            (kind, _) => kind.level_alone(),
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

/// By what evidence is weighed.
#[derive(Debug, Clone, Copy)]
pub struct Scale<'a> {
    /// How long it holds a level.
    pub ages: &'a Ages,
    /// What it reaches.
    pub columns: &'a Columns,
    /// The kinds of second factor that count; all where absent.
    pub accepted: Option<&'a [FactorKind]>,
}

impl Scale<'_> {
    fn accepts(&self, kind: FactorKind) -> bool {
        is_first(kind) || self.accepted.is_none_or(|accepted| accepted.contains(&kind))
    }
}

/// A level with its methods and time, and the evidence they are from: always the same evidence (the pair rule).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Level, methods, time.
    pub assurance: Assurance,
    /// The evidence behind it.
    pub evidence: Vec<Evidence>,
}

/// Every pair that this evidence lets us assert at `now`, strongest first; empty when nothing counts any more.
#[must_use]
pub fn pairs(shown: Shown<'_>, now: Timestamp, scale: &Scale<'_>) -> Vec<Pair> {
    let levels = [Acr::Phr, Acr::High, Acr::Standard, Acr::Low];
    let mut found: Vec<Pair> = Vec::with_capacity(2);
    for acr in levels {
        if acr == Acr::Low && !found.is_empty() {
            break;
        }
        found.extend(pair(shown, now, scale, acr));
    }
    found
}

/// The pair of one level: its newest raising event, with the rest of the combination within its own age. `standard` is as
/// new as the newest event that counts beside a first factor.
fn pair(shown: Shown<'_>, now: Timestamp, scale: &Scale<'_>, acr: Acr) -> Option<Pair> {
    let (overall, idle) = scale.ages.of(acr);
    let paused = now.seconds_since(shown.last_seen);
    if paused > idle {
        return None;
    }
    // What is older than its own kind's level allows counts for nothing, not for a lower level either.
    let counts = |evidence: &&Evidence, age: i64| {
        now.seconds_since(evidence.at()) <= age.min(own_age(evidence, scale.ages))
            && outlives(evidence, paused, scale.ages)
            && evidence.at() <= now
            && shown.since.is_none_or(|since| evidence.at() >= since)
            && scale.accepts(evidence.kind())
    };
    let evidence = || shown.evidence.iter();
    let first = newest(evidence().filter(|e| is_first(e.kind()) && counts(e, i64::from(scale.ages.standard))));
    let reaches = |evidence: &Evidence| -> Option<bool> {
        if scale.columns.alone(evidence) >= acr {
            return Some(true);
        }
        let with_first = first.is_some() && !is_first(evidence.kind());
        (acr >= Acr::Standard && with_first && scale.columns.beside_first(evidence) >= acr).then_some(false)
    };
    let raising = newest(evidence().filter(|e| counts(e, overall) && reaches(e).is_some()))?;
    let mut behind = Vec::with_capacity(2);
    if reaches(raising) == Some(false) {
        behind.extend(first.cloned());
    }
    behind.push(raising.clone());
    Some(Pair {
        assurance: Assurance {
            acr,
            amr: amr(&behind, acr),
            auth_time: Some(raising.at()),
        },
        evidence: behind,
    })
}

/// RFC 8176; `mfa` where two categories were verified and the evidence reaches `high` (ASSURANCE.md §1).
fn amr(evidence: &[Evidence], acr: Acr) -> Vec<String> {
    let mut amr: Vec<String> = Vec::with_capacity(3);
    let mut add = |value: &str| {
        if !amr.iter().any(|known| known == value) {
            amr.push(value.to_owned());
        }
    };
    let mut verified = false;
    let mut categories = [false; 2];
    for one in evidence {
        for value in one.kind().amr() {
            add(if *value == "swk" && one.is_of_hardware() {
                "hwk"
            } else {
                value
            });
        }
        for value in one
            .of_upstream()
            .map(|upstream| upstream.amr.as_slice())
            .unwrap_or_default()
        {
            add(value);
        }
        verified |= one.is_user_verified();
        match one.kind().category() {
            Category::Knowledge => categories[0] = true,
            Category::Possession => categories[1] = true,
        }
    }
    if acr >= Acr::High && (verified || categories == [true; 2]) {
        add("mfa");
    }
    amr
}

/// The newest of some evidence. Of several of one instant it is always the same, in whatever order they are: what was proven
/// beside a first factor rather than that factor, whose methods it brings along.
#[must_use]
pub fn newest<'a>(evidence: impl Iterator<Item = &'a Evidence>) -> Option<&'a Evidence> {
    let same = |one: &Evidence| {
        let is_beside = !is_first(one.kind());
        (
            one.at(),
            is_beside,
            one.credential(),
            one.kind(),
            one.is_user_verified(),
            one.ip(),
        )
    };
    let word = |one: &'a Evidence| {
        one.of_upstream()
            .map(|upstream| (upstream.acr, upstream.amr.as_slice()))
    };
    evidence.max_by(|a, b| same(a).cmp(&same(b)).then_with(|| word(a).cmp(&word(b))))
}

/// Whether a kind is a first factor: what a login begins with.
#[must_use]
pub const fn is_first(kind: FactorKind) -> bool {
    matches!(kind.category(), Category::Knowledge)
}

/// Whether evidence outlives that its session was not used for `idle` seconds. What does not is gone for good: using the
/// session again does not bring it back.
#[must_use]
pub fn outlives(evidence: &Evidence, idle: i64, ages: &Ages) -> bool {
    let limit = if raises(evidence) {
        ages.high_idle
    } else {
        ages.standard_idle
    };
    idle <= i64::from(limit)
}

fn own_age(evidence: &Evidence, ages: &Ages) -> i64 {
    i64::from(if raises(evidence) { ages.high } else { ages.standard })
}

fn raises(evidence: &Evidence) -> bool {
    !is_first(evidence.kind()) && evidence.kind().level_with_password() >= Acr::High
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
    use crate::model::id::CredentialId;

    fn scaled(shown: Shown<'_>, now: Timestamp) -> Vec<Pair> {
        let (ages, columns) = (Ages::default(), Columns::default());
        pairs(
            shown,
            now,
            &Scale {
                ages: &ages,
                columns: &columns,
                accepted: None,
            },
        )
    }

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
        let pairs = scaled(shown(&evidence, minutes(540)), minutes(540));
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
            scaled(shown(&evidence, minutes(0)), minutes(now))
                .iter()
                .map(|p| p.assurance.acr)
                .collect()
        };
        assert_eq!(levels(60), [Acr::High, Acr::Standard]);
        assert_eq!(levels(61), [Acr::Standard]);
        assert_eq!(levels(121), []);
    }

    #[test]
    fn of_one_instant_all_methods_are_told_whichever_credential_is_older() {
        for (first, second) in [(1, 2), (2, 1)] {
            let evidence = [
                Evidence::proven(FactorKind::Password, credential(first), minutes(0)),
                Evidence::proven(FactorKind::Email, credential(second), minutes(0)),
            ];
            let pairs = scaled(shown(&evidence, minutes(0)), minutes(0));
            let told: Vec<_> = pairs
                .iter()
                .map(|p| (p.assurance.acr, p.assurance.amr.clone()))
                .collect();
            assert_eq!(told, [(Acr::Standard, vec!["pwd".to_owned(), "email".to_owned()])]);
        }
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
                scaled(shown(evidence, minutes(now)), minutes(now))
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
            let of = |evidence: &[Evidence]| scaled(shown(evidence, minutes(now)), minutes(now));
            let asserted = |list: Vec<Pair>| list.into_iter().map(|p| p.assurance).collect::<Vec<_>>();
            prop_assert_eq!(asserted(of(&evidence)), asserted(of(&reversed)));
        }

        #[test]
        fn level_and_time_come_from_the_same_evidence(evidence in any_evidence(), now in 0_i64..1_700) {
            for pair in scaled(shown(&evidence, minutes(now)), minutes(now)) {
                let behind = evidence.iter().any(|e| {
                    Some(e.at()) == pair.assurance.auth_time
                        && pair.evidence.contains(e)
                        && (pair.assurance.acr < Acr::High || e.kind() == FactorKind::Totp)
                });
                prop_assert!(behind);
            }
        }
    }
}
