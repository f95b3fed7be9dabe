//! A server of the test's own: its database, its clock, its port.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use countersign::config::{Settings, load_text};
use countersign::crypto::random::Random;
use countersign::manage::directory::{self, Document, Options};
use countersign::model::actor::Actor;
use countersign::model::audit::ChainedEntry;
use countersign::model::id::UserId;
use countersign::model::job::Message;
use countersign::model::time::Timestamp;
use countersign::outbound::CapturedMessage;
use countersign::server::{Clock, Server};
use countersign::store;
use countersign::web::{self, Running};
use countersign::work::{Origin, Work};
use tempfile::TempDir;

use super::log;
use super::postgres::PostgresCluster;

/// Tuesday 2026-03-03, 10:00 UTC: where every test's clock begins.
pub(crate) const BEGIN: Timestamp = Timestamp::from_seconds(1_772_532_000);
const MASTER_KEY: &str = "6d61737465726b65796f66746865746573747375697465303132333435363738";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) server: Arc<Server>,
    /// The issuer, without a trailing slash.
    pub(crate) issuer: String,
    base: String,
    running: Option<Running>,
    folder: TempDir,
    log: log::Listener,
}

/// How a server is to be.
pub(crate) struct Builder {
    backend: Backend,
    host: &'static str,
    path: String,
    settings: String,
    passwords: String,
    directory: String,
    issuer: Option<String>,
    proxies: String,
}

/// A server with this directory, in TOML.
pub(crate) fn with_directory(directory: &str) -> Builder {
    Builder {
        backend: Backend::Sqlite,
        host: "127.0.0.1",
        path: String::new(),
        settings: String::new(),
        passwords: String::new(),
        directory: directory.to_owned(),
        issuer: None,
        proxies: String::new(),
    }
}

impl Builder {
    /// Believing these peers about where requests come from.
    pub(crate) fn trusting(mut self, peers: &str) -> Self {
        self.proxies = format!("trusted_proxies = [\"{peers}/32\"]\n");
        self
    }

    /// With the paths of one big vendor's clients.
    pub(crate) fn with_compat_paths(mut self) -> Self {
        self.proxies.push_str("compat_salesforce_paths = true\n");
        self
    }

    /// With the APIs of those clients at another address.
    pub(crate) fn with_compat_instance(mut self, address: &str) -> Self {
        self.proxies = format!("{}compat_instance_url = \"{address}\"\n", self.proxies);
        self
    }

    /// With further settings, in TOML. `[limits]`, `[tokens]`, `[assurance]` and `[outbound]` are free.
    pub(crate) fn settings(mut self, toml: &str) -> Self {
        self.settings.push_str(toml);
        self.settings.push('\n');
        self
    }

    /// With further settings of passwords, in TOML.
    pub(crate) fn passwords(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.passwords);
        self
    }

    /// Calling itself this, while it is reached where it listens: as behind a proxy that ends TLS.
    pub(crate) fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// Under a name instead of an address, as passkeys need it.
    pub(crate) const fn named(mut self) -> Self {
        self.host = "localhost";
        self
    }

    /// With an issuer that has this path.
    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// On this database.
    pub(crate) const fn on(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Starts it. `None` when there is no PostgreSQL to run on, which was said.
    #[expect(
        clippy::unused_async,
        reason = "to listen needs a runtime, which awaiting it makes sure of"
    )]
    pub(crate) async fn try_start(self) -> Option<TestServer> {
        let log = log::Listener::begin();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let base = format!("http://{}:{port}{}", self.host, self.path);
        let url = match self.backend {
            Backend::Sqlite => {
                let file = folder.path().join("test.db");
                copy_template(&file);
                format!("sqlite://{}", file.display())
            }
            Backend::Postgres => {
                let cluster = PostgresCluster::shared()?;
                cluster
                    .fill_template(|url| fill(url).map_err(|error| error.to_string()))
                    .expect("the template is filled");
                let random: [u8; 8] = Random::from_os().bytes();
                let name = format!("t{:016x}", u64::from_be_bytes(random));
                cluster.database(&name).expect("a database")
            }
        };
        let issuer = self.issuer.unwrap_or_else(|| base.clone());
        let further = format!("{}\n[server]\n{}", self.settings, self.proxies);
        let settings = settings(&url, &issuer, (&further, &self.passwords));
        let server = Server::open(settings, Clock::standing_at(BEGIN), true).expect("the server opens");
        apply(&server, &self.directory);
        let running = web::start(&server, listener).expect("the server listens");
        Some(TestServer {
            server,
            issuer,
            base,
            running: Some(running),
            folder,
            log,
        })
    }

    /// Starts it on SQLite.
    pub(crate) async fn start(self) -> TestServer {
        self.try_start().await.expect("SQLite is always there")
    }
}

fn settings(url: &str, issuer: &str, (further, passwords): (&str, &str)) -> Settings {
    let text = format!(
        "{further}\nissuer = \"{issuer}\"\nworkers = 2\n\
         [database]\nurl = \"{url}\"\n[secrets]\nmaster_key = \"{MASTER_KEY}\"\n\
         [passwords]\nargon2_memory = 64\nargon2_passes = 1\n{passwords}\n"
    );
    load_text(&text, std::collections::BTreeMap::new())
        .expect("the settings are good")
        .settings
}

/// A migrated database with signing keys, made once for all tests: making RSA keys takes a while.
fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    static FILE: OnceLock<std::path::PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let folder = TEMPLATE.get_or_init(|| tempfile::tempdir().expect("a temporary folder"));
        let file = folder.path().join("filling.db");
        fill(&format!("sqlite://{}", file.display())).expect("the template is filled");
        file
    })
}

/// Copies the template with what its log still holds; nobody writes to it any more.
fn copy_template(to: &Path) {
    let template = sqlite_template();
    std::fs::copy(template, to).expect("the template is copied");
    let log = |file: &Path| std::path::PathBuf::from(format!("{}-wal", file.display()));
    if log(template).exists() {
        std::fs::copy(log(template), log(to)).expect("the template's log is copied");
    }
}

fn fill(url: &str) -> countersign::error::Result<()> {
    let server = Server::open(
        settings(url, "http://127.0.0.1:1", ("[server]", "")),
        Clock::standing_at(BEGIN),
        true,
    )?;
    countersign::jobs::ensure_keys(&server)
}

/// Makes the directory of a server as this TOML says.
pub(crate) fn apply(server: &Arc<Server>, toml: &str) {
    apply_with(server, toml, Options::default());
}

fn apply_with(server: &Arc<Server>, toml: &str, options: Options) {
    let mut document = Document::default();
    document.add("directory.toml", toml).expect("the directory can be read");
    let actor = Actor::Operator;
    let stored = server
        .read_blocking(|view| directory::stored_passwords(view, &actor, &document))
        .expect("passwords");
    let settled = document
        .settle(&stored, server.shared(), &mut Random::from_os())
        .expect("the document settles");
    server
        .perform_blocking(Origin::default(), move |work| {
            directory::apply(work, &Actor::Operator, &settled, options)
        })
        .expect("the directory is applied");
}

/// Makes tests of functions that are given a server: each runs as `….::sqlite` and, where there is a PostgreSQL server,
/// as `….::postgres`.
macro_rules! on_both {
    ($builder:expr; $($test:ident),+ $(,)?) => {$(
        mod $test {
            use super::*;
            use $crate::support::server::Backend;

            #[tokio::test]
            async fn sqlite() {
                let server = ($builder).on(Backend::Sqlite).start().await;
                super::$test(&server).await;
                server.stop().await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(server) = ($builder).on(Backend::Postgres).try_start().await {
                    super::$test(&server).await;
                    server.stop().await;
                }
            }
        }
    )+};
}
pub(crate) use on_both;

impl TestServer {
    /// Changes something as the operator at the command line does.
    pub(crate) async fn manage<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Work<'_>, &Actor) -> countersign::error::Result<T> + Send + 'static,
    ) -> T {
        let changed = self
            .server
            .perform(Origin::default(), move |work| change(work, &Actor::Operator));
        changed.await.expect("the change is made")
    }

    /// The identifier of a user.
    pub(crate) fn user(&self, username: &str) -> UserId {
        let found = self
            .server
            .read_blocking(|view| countersign::manage::users::find(view, &Actor::Operator, username));
        found.expect("the user is there").id
    }

    /// An address of this server, where it is reached.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Moves the clock on.
    pub(crate) fn advance(&self, seconds: i64) {
        self.server.clock().advance(seconds);
    }

    /// The present instant in whole seconds.
    pub(crate) fn now(&self) -> i64 {
        self.server.clock().now().as_seconds()
    }

    /// Changes the directory while the server runs, as another process would.
    pub(crate) fn apply(&self, toml: &str) {
        apply(&self.server, toml);
    }

    /// The same, and what the kinds of objects that it names do not list is removed.
    pub(crate) fn apply_pruned(&self, toml: &str) {
        let options = Options {
            prune: true,
            ..Options::default()
        };
        apply_with(&self.server, toml, options);
    }

    /// Every message sent so far, jobs that are due run first.
    pub(crate) async fn messages(&self) -> Vec<Message> {
        let captured = self.captured().await.into_iter();
        captured.map(|captured| captured.message).collect()
    }

    /// The same with the channel that each took, and when.
    pub(crate) async fn captured(&self) -> Vec<CapturedMessage> {
        countersign::jobs::run_due(&self.server).await;
        let captured = self.server.messenger.captured();
        for kept in &captured {
            log::keep_out(&kept.message.to);
        }
        captured
    }

    /// The audit entries of an event, youngest first.
    pub(crate) fn audit(&self, event: &str) -> Vec<ChainedEntry> {
        let filter = store::audit::Filter {
            event: Some(event.to_owned()),
            ..store::audit::Filter::default()
        };
        self.server
            .read_blocking(|view| store::audit::list(view.tx, &filter, 1_000))
            .expect("the audit log is read")
    }

    /// Stops, and starts anew with the same database, clock and address.
    pub(crate) async fn restart(mut self) -> Self {
        let (settings, clock) = (self.server.shared().settings.clone(), self.server.clock().clone());
        if let Some(running) = self.running.take() {
            running.stop().await.expect("the server stops");
        }
        drop(self.server);
        let address = self
            .base
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap_or_default();
        let listener = TcpListener::bind(address).expect("the port is free again");
        let server = Server::open(settings, clock, true).expect("the server opens again");
        let running = web::start(&server, listener).expect("the server listens again");
        Self {
            server,
            issuer: self.issuer,
            base: self.base,
            running: Some(running),
            folder: self.folder,
            log: self.log,
        }
    }

    /// Stops serving, as TERM does.
    pub(crate) async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await.expect("the server stops");
        }
    }
}
