//! The program as operators run it: processes of their own, which a test may kill.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use countersign::crypto::random::Random;
use tempfile::TempDir;

use super::certificate::Certified;
use super::guarded::Guarded;
use super::postgres::PostgresCluster;
use super::server::Backend;

const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");

/// Serves until it is let go, which kills it: no signal that it could answer.
const SCRIPT: &str = r#"
"$1" serve --config "$2" >>"$3" 2>&1 &
server=$!
echo "$server"
read -r _
kill -9 "$server"
wait "$server" 2>/dev/null
"#;

/// One node: a configuration in a folder, the database that it names, and a port.
pub(crate) struct Node {
    /// Where this node answers.
    pub(crate) url: String,
    /// The issuer, which all nodes of a database share.
    pub(crate) issuer: String,
    database: String,
    config: PathBuf,
    log: PathBuf,
    http: reqwest::Client,
    folder: Arc<TempDir>,
}

/// A node that serves. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Serving {
    _process: Guarded,
    id: u32,
}

impl Serving {
    /// Sends the process HUP.
    pub(crate) fn hang_up(&self) {
        let mut kill = Command::new("kill");
        let sent = kill.args(["-HUP", &self.id.to_string()]).status();
        assert!(sent.expect("kill starts").success(), "{} is gone", self.id);
    }
}

impl Node {
    /// A node with a database of its own. `None` when there is no PostgreSQL to run on, which was said.
    pub(crate) fn new(backend: Backend) -> Option<Self> {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let database = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.path().join("node.db").display()),
            Backend::Postgres => {
                let cluster = PostgresCluster::shared()?;
                let random: [u8; 8] = Random::from_os().bytes();
                let name = format!("n{:016x}", u64::from_be_bytes(random));
                cluster
                    .execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"))
                    .expect("a database");
                cluster.url(&name)
            }
        };
        Some(Self::with(folder, database, None))
    }

    /// Another node on the same database.
    pub(crate) fn another(&self) -> Self {
        Self::with(
            Arc::clone(&self.folder),
            self.database.clone(),
            Some(self.issuer.clone()),
        )
    }

    fn with(folder: Arc<TempDir>, database: String, issuer: Option<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = format!("http://{address}");
        let issuer = issuer.unwrap_or_else(|| url.clone());
        let config = folder.path().join(format!("{}.toml", address.port()));
        let settings = format!(
            "[server]\nissuer = \"{issuer}\"\nbind = \"{address}\"\nworkers = 2\n\
             [database]\nurl = \"{database}\"\nauto_migrate = true\n\
             [secrets]\nmaster_key = \"{}\"\n\
             [passwords]\nargon2_memory = 64\nargon2_passes = 1\n\
             [tokens]\ncode_lifetime = 3600\nrefresh_retry_window = 3600\n\
             [log]\nlevel = \"warn\"\nformat = \"text\"\n",
            "4b".repeat(32)
        );
        std::fs::write(&config, settings).expect("the settings are written");
        let log = config.with_extension("log");
        Self {
            url,
            issuer,
            database,
            config,
            log,
            http: client(),
            folder,
        }
    }

    /// The same node, by TLS with this certificate, in `certificate.pem` and `key.pem`.
    pub(crate) fn secured(mut self, by: &Certified) -> Self {
        let certificate = self.file("certificate.pem", &by.certificate);
        let key = self.file("key.pem", &by.key);
        let url = self.url.replace("http://", "https://");
        let files = format!("tls_cert = \"{certificate}\"\ntls_key = \"{key}\"\n");
        self.configure(
            &format!("issuer = \"{}\"\n", self.issuer),
            &format!("issuer = \"{url}\"\n{files}"),
        );
        self.http = by.client().build().expect("an HTTP client is built");
        self.issuer.clone_from(&url);
        self.url = url;
        self
    }

    /// Makes the directory as this TOML says, by the command of that name.
    pub(crate) fn apply(&self, directory: &str) {
        self.run(&["apply", &self.file("directory.toml", directory)]);
    }

    /// Writes a file into the node's folder and answers where it is.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).expect("a file is written");
        text(&file).to_owned()
    }

    /// Adds to the node's settings.
    pub(crate) fn configure_further(&self, settings: &str) {
        let known = std::fs::read_to_string(&self.config).expect("the settings are there");
        std::fs::write(&self.config, known + settings).expect("the settings are written");
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--config", text(&self.config)]);
        command.output().expect("the program starts")
    }

    /// Runs a command that is refused, and answers the one line that says why.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let told = String::from_utf8(output.stderr).expect("output is text");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        told.trim_end().to_owned()
    }

    /// Runs a command that reads this, and answers what it wrote.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--config", text(&self.config)]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("an input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("output is text")
    }

    /// Runs a command to its end, which must be a good one, and answers what it wrote.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("output is text")
    }

    /// Starts serving, and returns when it is ready.
    pub(crate) async fn serve(&self) -> Serving {
        let arguments = [PROGRAM, text(&self.config), text(&self.log)];
        let mut process = Guarded::start(SCRIPT, &arguments, self.folder.path(), None).expect("a shell starts");
        let id: u32 = process.line(|line| line.parse().ok()).expect("the process has an id");
        for _ in 0..3_000 {
            let answer = self.http.get(format!("{}/health/ready", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return Serving { _process: process, id };
            }
            assert!(Path::new(&format!("/proc/{id}")).exists(), "{}", self.logged());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the node is not ready: {}", self.logged());
    }

    /// Changes the settings, for whoever reads them next.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let settings = std::fs::read_to_string(&self.config).expect("the settings are read");
        assert!(settings.contains(from), "no {from} in {settings}");
        std::fs::write(&self.config, settings.replace(from, to)).expect("the settings are written");
    }

    /// Everything that was written to standard output and standard error.
    pub(crate) fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// An HTTP client that goes nowhere by itself.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client is built")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path is text")
}
