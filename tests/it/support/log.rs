//! What every server of this process logs, at its most talkative: no code, secret or destination that a test comes by may
//! stand in it, whichever of the two comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing_subscriber::EnvFilter;

/// Words shorter than this are nothing to be kept.
const SHORTEST: usize = 6;

#[derive(Default)]
struct Watch {
    /// Words that were logged, each with its line.
    logged: BTreeMap<String, String>,
    secrets: BTreeSet<String>,
    breaches: Vec<String>,
}

static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

fn watching<T>(act: impl FnOnce(&mut Watch) -> T) -> T {
    let mut watch: MutexGuard<'_, _> = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    act(watch.get_or_insert_default())
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
    line.split(move |c| !is_part(c))
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.len() >= SHORTEST)
}

impl Watch {
    /// Takes one line of a log.
    fn take(&mut self, line: &str) {
        for word in words(line) {
            if self.secrets.contains(word) {
                self.breaches.push(format!("{word} in {line}"));
            }
            if !self.logged.contains_key(word) {
                self.logged.insert(word.to_owned(), line.to_owned());
            }
        }
    }

    fn keep_out(&mut self, secret: &str) {
        if secret.len() < SHORTEST || words(secret).next() != Some(secret) {
            return;
        }
        if let Some(line) = self.logged.get(secret) {
            self.breaches.push(format!("{secret} in {line}"));
        }
        self.secrets.insert(secret.to_owned());
    }
}

/// What may stand in no log from now on, and may not have stood in one until now.
pub(crate) fn keep_out(secret: &str) {
    watching(|watch| watch.keep_out(secret));
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        watching(|watch| watch.take(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens to what is logged; at its end the test fails where something stood in the log that may not.
pub(crate) struct Listener(());

impl Listener {
    /// Begins to listen, for all tests of this process.
    pub(crate) fn begin() -> Self {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| {
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("info,countersign=trace"))
                .without_time()
                .with_ansi(false)
                .with_writer(|| Lines)
                .init();
        });
        Self(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let breaches = watching(|watch| watch.breaches.clone());
            assert!(breaches.is_empty(), "the log tells secrets: {breaches:#?}");
        }
    }
}

#[test]
fn s30_what_is_logged_is_found_whichever_came_first() {
    let mut watch = Watch::default();
    watch.take("a code=918273 was sent to +4915112345678");
    watch.keep_out("918273");
    watch.keep_out("eve@example.com");
    watch.take("{\"to\":\"eve@example.com\"}");
    watch.keep_out("harmless");
    let found = |word: &str| watch.breaches.iter().any(|breach| breach.starts_with(word));
    assert!(found("918273") && found("eve@example.com") && !found("harmless"));
}

#[tokio::test]
async fn what_servers_log_is_listened_to() {
    let server = super::server::with_directory("").start().await;
    let stray = "a-word-that-only-this-test-logs";
    tracing::warn!(stray, "heard");
    assert!(watching(|watch| watch.logged.contains_key(stray)));
    drop(server);
}
