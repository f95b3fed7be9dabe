//! Log lines on standard error: one JSON object each, or text for people.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::config::{LogFormat, LogSettings};
use crate::error::FieldError;

/// What is logged, to be changed while the program runs.
pub(super) struct Level(reload::Handle<EnvFilter, Registry>);

/// Begins to log as settings say; a filter that cannot be read means `info`.
pub(super) fn begin(settings: &LogSettings) -> Level {
    let filter = EnvFilter::try_new(&settings.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (filter, handle) = reload::Layer::new(filter);
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    // A second subscriber in one process is refused, and the first goes on.
    drop(match settings.format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        LogFormat::Text => registry.with(lines).try_init(),
    });
    Level(handle)
}

impl Level {
    /// Logs what these settings say from now on; a filter that cannot be read changes nothing.
    pub(super) fn change(&self, settings: &LogSettings) -> Result<(), FieldError> {
        let refused = |problem: String| FieldError::new("log.level", problem);
        let filter = EnvFilter::try_new(&settings.level)
            .map_err(|error| refused(format!("cannot be read as a filter: {error}")))?;
        self.0
            .reload(filter)
            .map_err(|error| refused(format!("cannot be changed: {error}")))
    }
}
