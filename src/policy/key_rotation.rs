//! Which key signs and which are published: a key is published before it signs and after it stops.

use crate::model::signing_key::{Algorithm, SigningKey};
use crate::model::time::Timestamp;

/// What to do with the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make a key that signs from this instant on; the present one retires then.
    Make {
        /// Its algorithm.
        algorithm: Algorithm,
        /// From when it signs.
        signs_from: Timestamp,
    },
    /// Forget a key that nothing valid was signed with.
    Forget {
        /// Its identifier.
        kid: String,
    },
}

/// The schedule, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How long a key signs.
    pub period: i64,
    /// How long a key is published before it signs.
    pub lead: i64,
    /// How long a key is published after it stopped: the longest life of what it signed.
    pub tail: i64,
}

/// Why the keys are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// It is time to look.
    Schedule,
    /// Somebody wants new keys: they are published first and sign after the lead.
    Rotate,
    /// Somebody wants new keys that sign at once, in place of those that wait as well.
    RotateNow,
}

/// What is due at `now`.
#[must_use]
pub fn due(keys: &[SigningKey], now: Timestamp, schedule: Schedule, call: Call) -> Vec<Action> {
    let mut actions = Vec::new();
    for algorithm in Algorithm::ALL {
        let youngest = keys
            .iter()
            .filter(|key| key.algorithm == algorithm)
            .max_by_key(|key| key.signs_from);
        match youngest {
            // Nothing was ever signed with this algorithm: no verifier can hold an older set.
            None => actions.push(Action::Make {
                algorithm,
                signs_from: now,
            }),
            Some(key) => {
                let over = now >= key.signs_from.plus_seconds(schedule.period - schedule.lead);
                let waiting = key.signs_from > now;
                let (wanted, lead) = match call {
                    Call::Schedule => (over && !waiting, schedule.lead),
                    Call::Rotate => (!waiting, schedule.lead),
                    Call::RotateNow => (true, 0),
                };
                if wanted {
                    actions.push(Action::Make {
                        algorithm,
                        signs_from: now.plus_seconds(lead),
                    });
                }
            }
        }
    }
    for key in keys {
        // A key that waits has signed nothing; whoever wants keys at once may not trust it any more.
        let passed_over = call == Call::RotateNow && key.signs_from > now;
        if passed_over || key.retires_at.is_some_and(|at| now >= at.plus_seconds(schedule.tail)) {
            actions.push(Action::Forget { kid: key.kid.clone() });
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Sealed;

    const SCHEDULE: Schedule = Schedule {
        period: 1_000,
        lead: 100,
        tail: 200,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn keys(signs_from: i64, retires_at: Option<i64>) -> Vec<SigningKey> {
        Algorithm::ALL
            .into_iter()
            .map(|algorithm| SigningKey {
                kid: format!("{algorithm}-{signs_from}"),
                algorithm,
                private_key: Sealed(Vec::new()),
                created_at: at(signs_from - 100),
                signs_from: at(signs_from),
                retires_at: retires_at.map(at),
            })
            .collect()
    }

    #[test]
    fn the_first_keys_sign_at_once() {
        let actions = due(&[], at(5), SCHEDULE, Call::Schedule);
        assert_eq!(actions.len(), Algorithm::ALL.len());
        assert!(
            actions
                .iter()
                .all(|a| matches!(a, Action::Make { signs_from, .. } if *signs_from == at(5)))
        );
    }

    #[test]
    fn a_new_key_is_published_for_the_lead_before_it_signs() {
        assert!(due(&keys(0, None), at(899), SCHEDULE, Call::Schedule).is_empty());
        let actions = due(&keys(0, None), at(900), SCHEDULE, Call::Schedule);
        assert!(
            actions
                .iter()
                .all(|a| matches!(a, Action::Make { signs_from, .. } if *signs_from == at(1_000)))
        );
        assert_eq!(actions.len(), Algorithm::ALL.len());
    }

    #[test]
    fn a_waiting_key_is_enough() {
        let mut both = keys(0, Some(1_000));
        both.extend(keys(1_000, None));
        assert!(due(&both, at(950), SCHEDULE, Call::Rotate).is_empty());
    }

    #[test]
    fn keys_that_sign_at_once_take_the_place_of_waiting_ones() {
        let mut both = keys(0, Some(1_000));
        both.extend(keys(1_000, None));
        let actions = due(&both, at(950), SCHEDULE, Call::RotateNow);
        for algorithm in Algorithm::ALL {
            let made = Action::Make {
                algorithm,
                signs_from: at(950),
            };
            let forgotten = Action::Forget {
                kid: format!("{algorithm}-1000"),
            };
            assert!(actions.contains(&made) && actions.contains(&forgotten), "{actions:?}");
        }
        assert_eq!(actions.len(), 2 * Algorithm::ALL.len());
    }

    #[test]
    fn a_retired_key_is_forgotten_after_the_tail() {
        let mut both = keys(0, Some(1_000));
        both.extend(keys(1_000, None));
        assert!(due(&both, at(1_199), SCHEDULE, Call::Schedule).is_empty());
        let actions = due(&both, at(1_200), SCHEDULE, Call::Schedule);
        assert!(
            actions
                .iter()
                .all(|a| matches!(a, Action::Forget { kid } if kid.ends_with("-0")))
        );
        assert_eq!(actions.len(), Algorithm::ALL.len());
    }
}
