//! Signing keys: which are held, and their rotation. Making an RSA key takes a moment, so it happens between a plan and
//! its record, outside any transaction.

use serde::Serialize;
use serde_json::json;

use crate::config::Settings;
use crate::crypto::key_ring;
use crate::crypto::random::Random;
use crate::error::{Fault, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::secret::Sealed;
use crate::model::signing_key::{Algorithm, SigningKey};
use crate::model::time::Timestamp;
use crate::policy::key_rotation::{self, Action, Call, Schedule};
use crate::store;
use crate::work::{Purposes, Shared, View, Work};

/// How long after the last token's end a key is still published, in seconds: for clocks that are behind.
const TAIL_MARGIN: i64 = 3_600;

/// A key as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its identifier.
    pub kid: String,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// What it does now.
    pub state: State,
    /// When it was made; from then on it is published.
    pub created_at: String,
    /// From when it signs.
    pub signs_from: String,
    /// From when a younger key signs in its place.
    pub retires_at: Option<String>,
    /// When it will be forgotten.
    pub forgotten_at: Option<String>,
}

/// What a key does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is published and does not sign yet.
    Waiting,
    /// It signs.
    Signing,
    /// It is published and signs no more.
    Retired,
}

impl State {
    /// The state in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Signing => "signing",
            Self::Retired => "retired",
        }
    }

    fn of(key: &SigningKey, now: Timestamp) -> Self {
        if key.signs_from > now {
            Self::Waiting
        } else if key.retires_at.is_some_and(|at| at <= now) {
            Self::Retired
        } else {
            Self::Signing
        }
    }
}

/// Every key held, oldest first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>) -> Result<Vec<Listed>> {
    let (now, tail) = (view.now, schedule(&view.shared.settings).tail);
    let keys = store::signing_keys::list(view.tx)?;
    let listed = keys.into_iter().map(|key| Listed {
        state: State::of(&key, now),
        algorithm: key.algorithm,
        created_at: key.created_at.to_string(),
        signs_from: key.signs_from.to_string(),
        retires_at: key.retires_at.map(|at| at.to_string()),
        forgotten_at: key.retires_at.map(|at| at.plus_seconds(tail).to_string()),
        kid: key.kid,
    });
    Ok(listed.collect())
}

fn schedule(settings: &Settings) -> Schedule {
    let tokens = &settings.tokens;
    Schedule {
        period: i64::from(tokens.key_rotation_days) * 86_400,
        lead: i64::from(tokens.key_publish_lead),
        tail: i64::from(tokens.access_token_lifetime.max(tokens.id_token_lifetime)) + TAIL_MARGIN,
    }
}

/// What is due now.
///
/// # Errors
/// A fault of the database.
pub fn plan(view: &mut View<'_>, call: Call) -> Result<Vec<Action>> {
    let keys = store::signing_keys::list(view.tx)?;
    Ok(key_rotation::due(
        &keys,
        view.now,
        schedule(&view.shared.settings),
        call,
    ))
}

/// A new key that no record knows of yet.
#[derive(Debug)]
pub struct Prepared {
    kid: String,
    algorithm: Algorithm,
    private_key: Sealed,
}

/// Makes the keys that a plan asks for, all at the same time; slow, and never to be called in a transaction.
///
/// # Errors
/// A fault when a key cannot be made or sealed.
pub fn prepare(actions: &[Action], shared: &Shared) -> Result<Vec<Prepared>> {
    let algorithms = actions.iter().filter_map(|action| match action {
        Action::Make { algorithm, .. } => Some(*algorithm),
        Action::Forget { .. } => None,
    });
    std::thread::scope(|scope| {
        let making: Vec<_> = algorithms
            .map(|algorithm| scope.spawn(move || make(algorithm, shared)))
            .collect();
        making
            .into_iter()
            .map(|thread| thread.join().map_err(|_| Fault::new("making a signing key panicked"))?)
            .collect()
    })
}

fn make(algorithm: Algorithm, shared: &Shared) -> Result<Prepared> {
    let (private, kid) = key_ring::generate(algorithm)?;
    let private_key = shared
        .master
        .seal(Purposes::SIGNING_KEY, &mut Random::from_os(), &private)?;
    Ok(Prepared {
        kid,
        algorithm,
        private_key,
    })
}

/// Carries out what is still due of a plan, with the keys prepared for it, and returns what was done.
///
/// # Errors
/// A fault of the database.
pub fn record(work: &mut Work<'_>, actor: &Actor, call: Call, prepared: Vec<Prepared>) -> Result<Vec<Action>> {
    if plan(&mut work.view(), call)?.is_empty() {
        return Ok(Vec::new());
    }
    // Where several nodes write at once this holds the others back until our commit, so that the second look is final.
    store::directory::raise_version(work.tx)?;
    let mut prepared = prepared;
    let mut done = Vec::new();
    for action in plan(&mut work.view(), call)? {
        let detail = match &action {
            Action::Forget { kid } => {
                store::signing_keys::delete(work.tx, kid)?;
                json!({ "forgotten": kid })
            }
            Action::Make { algorithm, signs_from } => {
                let Some(at) = prepared.iter().position(|key| key.algorithm == *algorithm) else {
                    // Became due after the plan: the next round makes it.
                    continue;
                };
                let key = prepared.swap_remove(at);
                let detail = json!({ "made": key.kid, "algorithm": algorithm, "signs_from": signs_from.to_string() });
                put_in_force(work, key, *signs_from)?;
                detail
            }
        };
        work.audit(Entry::new(Event::KeyRotated).actor(actor).detail(detail))?;
        done.push(action);
    }
    Ok(done)
}

/// Adds a key; those of its algorithm that would sign beside it retire when it begins.
fn put_in_force(work: &mut Work<'_>, key: Prepared, signs_from: Timestamp) -> Result<()> {
    for earlier in store::signing_keys::list(work.tx)? {
        let signs_on = earlier.retires_at.is_none_or(|at| at > signs_from);
        if earlier.algorithm == key.algorithm && earlier.signs_from <= signs_from && signs_on {
            store::signing_keys::retire(work.tx, &earlier.kid, signs_from)?;
        }
    }
    let key = SigningKey {
        kid: key.kid,
        algorithm: key.algorithm,
        private_key: key.private_key,
        created_at: work.now,
        signs_from,
        retires_at: None,
    };
    store::signing_keys::insert(work.tx, &key)
}

#[cfg(test)]
mod tests;
