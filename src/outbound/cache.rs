//! Fetched documents and remembered failures: a bounded number of addresses, each fetched by one caller at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::DocumentError;
use super::freshness::SHORTEST;

/// What a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// The document, from the cache while it is fresh.
    Fresh,
    /// The same, but a failure is not remembered: only those who waited for the fetch that failed are told of it.
    Unfailed,
    /// The document as it is now, unless that was asked a moment ago.
    Latest,
}

/// What came of a fetch a moment ago that brought nothing of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lately {
    /// There was no document.
    Failed,
    /// There was one, which was [forgotten](super::Documents::forget).
    Useless,
}

/// What the origin answered.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// The document.
    Document {
        /// Its content.
        value: Arc<T>,
        /// Its validator, if it may be revalidated.
        etag: Option<HeaderValue>,
        /// How long it is fresh.
        lifetime: Duration,
    },
    /// The document that is held is still the right one.
    Unchanged {
        /// How long it is fresh again.
        lifetime: Duration,
    },
}

impl<T> Answer<T> {
    /// The document that it brought, if it did.
    pub(super) fn document(self) -> Option<Arc<T>> {
        match self {
            Self::Document { value, .. } => Some(value),
            Self::Unchanged { .. } => None,
        }
    }
}

/// One address: whose turn it is to fetch, and what came in last.
#[derive(Debug)]
pub(super) struct Slot<T> {
    /// Held while fetching.
    pub(super) turn: tokio::sync::Mutex<()>,
    held: Mutex<Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    document: Option<Document<T>>,
    failure: Option<(DocumentError, Instant)>,
    tried_at: Option<Instant>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        let nothing = Held {
            document: None,
            failure: None,
            tried_at: None,
        };
        Self {
            turn: tokio::sync::Mutex::default(),
            held: Mutex::new(nothing),
        }
    }
}

#[derive(Debug)]
struct Document<T> {
    value: Arc<T>,
    etag: Option<HeaderValue>,
    fresh_until: Instant,
}

impl<T> Slot<T> {
    /// What can be answered without asking the origin.
    pub(super) fn answer(&self, want: Want, now: Instant) -> Option<Result<Arc<T>, DocumentError>> {
        let held = lock(&self.held);
        if want == Want::Latest && !held.was_tried_lately(now) {
            return None;
        }
        if let Some(document) = held.document.as_ref().filter(|document| now < document.fresh_until) {
            return Some(Ok(Arc::clone(&document.value)));
        }
        held.failure
            .as_ref()
            .filter(|(_, until)| match want {
                Want::Unfailed => now + SHORTEST <= *until,
                Want::Fresh | Want::Latest => now < *until,
            })
            .map(|(error, _)| Err(error.clone()))
    }

    /// What came of asking the origin a moment ago, where nothing is held of it.
    pub(super) fn lately(&self, now: Instant) -> Option<Lately> {
        let held = lock(&self.held);
        let is_fresh = held
            .document
            .as_ref()
            .is_some_and(|document| now < document.fresh_until);
        let outcome = if held.failure.is_some() {
            Lately::Failed
        } else {
            Lately::Useless
        };
        (held.was_tried_lately(now) && !is_fresh).then_some(outcome)
    }

    /// Holds this document no longer, nor its validator.
    pub(super) fn forget(&self, value: &Arc<T>) {
        lock(&self.held)
            .document
            .take_if(|document| Arc::ptr_eq(&document.value, value));
    }

    /// The validator of the document that is held.
    pub(super) fn etag(&self) -> Option<HeaderValue> {
        lock(&self.held)
            .document
            .as_ref()
            .and_then(|document| document.etag.clone())
    }

    /// Keeps what a fetch brought and answers with it. A failure does not end the freshness of what is held: an unknown
    /// key's name must not cost a client the keys that are known.
    pub(super) fn record(
        &self,
        outcome: Result<Answer<T>, DocumentError>,
        now: Instant,
    ) -> Result<Arc<T>, DocumentError> {
        let mut held = lock(&self.held);
        held.tried_at = Some(now);
        let outcome = outcome.and_then(|answer| held.keep(answer, now));
        held.failure = outcome.as_ref().err().map(|error| (error.clone(), now + SHORTEST));
        outcome
    }
}

impl<T> Held<T> {
    fn was_tried_lately(&self, now: Instant) -> bool {
        self.tried_at
            .is_some_and(|at| now.saturating_duration_since(at) < SHORTEST)
    }

    fn keep(&mut self, answer: Answer<T>, now: Instant) -> Result<Arc<T>, DocumentError> {
        match answer {
            Answer::Document { value, etag, lifetime } => {
                let kept = Document {
                    value: Arc::clone(&value),
                    etag,
                    fresh_until: now + lifetime,
                };
                self.document = Some(kept);
                Ok(value)
            }
            Answer::Unchanged { lifetime } => {
                let document = self
                    .document
                    .as_mut()
                    .ok_or(DocumentError::Malformed("unchanged, but nothing was held"))?;
                document.fresh_until = now + lifetime;
                Ok(Arc::clone(&document.value))
            }
        }
    }
}

/// Slots by address, each with when it was last used.
type Slots<T> = HashMap<String, (Arc<Slot<T>>, Instant)>;

/// The slots by address. When there are too many, the one that was unused for longest goes.
#[derive(Debug)]
pub(super) struct Cache<T> {
    slots: Mutex<Slots<T>>,
    capacity: usize,
}

impl<T> Cache<T> {
    /// An empty cache of at most `capacity` addresses.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            slots: Mutex::default(),
            capacity,
        }
    }

    /// The slot of an address, which counts as its use.
    pub(super) fn slot(&self, address: &str, now: Instant) -> Arc<Slot<T>> {
        let mut slots = lock(&self.slots);
        if let Some((slot, used_at)) = slots.get_mut(address) {
            *used_at = now;
            return Arc::clone(slot);
        }
        if slots.len() >= self.capacity {
            // One that somebody is fetching is kept if any other can go.
            let least = slots
                .iter()
                .min_by_key(|(_, (slot, used_at))| (Arc::strong_count(slot) > 1, *used_at));
            if let Some(least) = least.map(|(address, _)| address.clone()) {
                slots.remove(&least);
            }
        }
        let slot = Arc::<Slot<T>>::default();
        slots.insert(address.to_owned(), (Arc::clone(&slot), now));
        slot
    }
}

/// Locks; what a panicking holder left is whole, as every change here is a single assignment.
fn lock<H>(mutex: &Mutex<H>) -> MutexGuard<'_, H> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document(value: Value, seconds: u64) -> Answer<Value> {
        Answer::Document {
            value: Arc::new(value),
            etag: None,
            lifetime: Duration::from_secs(seconds),
        }
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_document_is_answered_until_it_is_stale() {
        let (slot, start) = (Slot::default(), Instant::now());
        assert_eq!(slot.answer(Want::Fresh, start), None);
        slot.record(Ok(document(json!(1), 60)), start).unwrap();
        assert_eq!(slot.answer(Want::Fresh, after(start, 59)), Some(Ok(Arc::new(json!(1)))));
        assert_eq!(slot.answer(Want::Fresh, after(start, 60)), None);
    }

    #[test]
    fn the_latest_is_fetched_once_in_ten_seconds() {
        let (slot, start) = (Slot::default(), Instant::now());
        assert_eq!(slot.answer(Want::Latest, start), None);
        slot.record(Ok(document(json!(1), 60)), start).unwrap();
        assert_eq!(slot.answer(Want::Latest, after(start, 9)), Some(Ok(Arc::new(json!(1)))));
        assert_eq!(slot.answer(Want::Latest, after(start, 10)), None);
    }

    #[test]
    fn a_failure_is_remembered_for_ten_seconds_and_ends_no_freshness() {
        let (slot, start) = (Slot::default(), Instant::now());
        assert_eq!(
            slot.record(Err(DocumentError::TooLarge), start),
            Err(DocumentError::TooLarge)
        );
        assert_eq!(
            slot.answer(Want::Fresh, after(start, 9)),
            Some(Err(DocumentError::TooLarge))
        );
        assert_eq!(slot.answer(Want::Fresh, after(start, 10)), None);

        slot.record(Ok(document(json!(1), 60)), after(start, 20)).unwrap();
        assert!(slot.record(Err(DocumentError::TimedOut), after(start, 40)).is_err());
        assert_eq!(
            slot.answer(Want::Latest, after(start, 41)),
            Some(Ok(Arc::new(json!(1))))
        );
        assert_eq!(slot.answer(Want::Fresh, after(start, 79)), Some(Ok(Arc::new(json!(1)))));
        assert_eq!(slot.answer(Want::Fresh, after(start, 80)), None);
    }

    #[test]
    fn unchanged_needs_something_held() {
        let (slot, start) = (Slot::default(), Instant::now());
        let unchanged = || {
            Ok(Answer::Unchanged {
                lifetime: Duration::from_mins(1),
            })
        };
        assert!(matches!(
            slot.record(unchanged(), start),
            Err(DocumentError::Malformed(_))
        ));
        slot.record(Ok(document(json!(1), 10)), start).unwrap();
        assert_eq!(slot.record(unchanged(), after(start, 30)), Ok(Arc::new(json!(1))));
        assert_eq!(slot.answer(Want::Fresh, after(start, 89)), Some(Ok(Arc::new(json!(1)))));
    }

    #[test]
    fn the_longest_unused_goes_and_one_in_use_stays() {
        let (cache, start) = (Cache::new(2), Instant::now());
        let in_use = cache.slot("a", start);
        cache
            .slot("b", after(start, 1))
            .record(Ok(document(json!("b"), 600)), start)
            .unwrap();
        cache.slot("c", after(start, 2));
        assert!(Arc::ptr_eq(&in_use, &cache.slot("a", after(start, 3))));
        assert_eq!(
            cache.slot("b", after(start, 4)).answer(Want::Fresh, after(start, 4)),
            None
        );
        assert_eq!(lock(&cache.slots).len(), 2);
    }
}
