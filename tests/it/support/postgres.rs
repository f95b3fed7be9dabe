//! A throw-away PostgreSQL cluster made with the machine's own programs. It listens on loopback and on a socket in its
//! folder, asks for a password (`scram-sha-256`), and is gone when the test process is.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

use super::guarded::{Guarded, Owner};
use super::require;

const TEMPLATE: &str = "countersign_template";

/// Makes the cluster, starts the server, waits to be let go, stops it and removes its folder. `$1` programs, `$2` folder.
const SCRIPT: &str = r#"
make() {
  "$1/initdb" -D "$2/data" -U postgres -A scram-sha-256 --pwfile="$2/password" -E UTF8 --locale=C.UTF-8 --no-sync &&
  rm "$2/password" && cat "$2/settings" >>"$2/data/postgresql.conf" &&
  "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -t 120 start
}
trap '' PIPE # the test process may be gone when the server is ready
if make "$1" "$2" >"$2/made" 2>&1; then echo ready; else cat "$2/made" "$2/log"; exec >&-; fi
read -r _
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

/// A running cluster. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub(crate) struct PostgresCluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
    has_template: Mutex<bool>,
    _server: Guarded,
}

impl PostgresCluster {
    /// The cluster that all tests of this process share; none, with the reason printed, where there is no PostgreSQL
    /// and none is required.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Option<PostgresCluster>, String>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Ok(Some(cluster)) => return Some(cluster),
            Ok(None) => require::skip_or_fail("postgres", "this machine has no PostgreSQL server"),
            Err(why) => panic!("PostgreSQL did not start: {why}"),
        }
        None
    }

    /// Makes and starts a cluster; none if this machine has no PostgreSQL server.
    pub(crate) fn start() -> Result<Option<Self>, String> {
        let Some(programs) = programs() else { return Ok(None) };
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        // initdb refuses root.
        let owner = if is_root {
            Some(Owner::named(&["postgres", "nobody"]).ok_or("no user to run as")?)
        } else {
            None
        };
        // A port that is free now may be taken a moment later by another program.
        let mut failure = String::new();
        for _ in 0..3 {
            match Self::start_once(&programs, owner) {
                Ok(cluster) => return Ok(Some(cluster)),
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    fn start_once(programs: &Path, owner: Option<Owner>) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-pg-")
            .tempdir()
            .map_err(said)?;
        let (password, port) = (uuid::Uuid::new_v4().simple().to_string(), free_port().map_err(said)?);
        prepare(folder.path(), port, &password, owner).map_err(said)?;
        // From here on the script removes the folder.
        let folder = folder.keep();
        let arguments = [text(programs)?, text(&folder)?];
        let mut server = Guarded::start(SCRIPT, &arguments, &folder, owner)?;
        server.line(|line| (line == "ready").then_some(()))?;
        let has_template = Mutex::new(false);
        Ok(Self {
            programs: programs.to_owned(),
            folder,
            port,
            password,
            has_template,
            _server: server,
        })
    }

    /// The address of a database, over loopback.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// The address of a database, over the socket in the cluster's folder.
    pub(crate) fn socket_url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!(
            "postgres://postgres:{}@{folder}:{}/{database}",
            self.password, self.port
        )
    }

    /// Fills the template of all databases, once: the first caller's `fill` is given the template's address, and must
    /// have closed its connections when it returns.
    pub(crate) fn fill_template(&self, fill: impl FnOnce(&str) -> Result<(), String>) -> Result<(), String> {
        let mut has_template = self.has_template.lock().map_err(said)?;
        if !*has_template {
            self.execute("postgres", &format!("CREATE DATABASE {TEMPLATE}"))?;
            fill(&self.url(TEMPLATE))?;
            // A pool that filled it may still hold connections: a database that is copied must have none.
            self.execute(
                "postgres",
                &format!("ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false"),
            )?;
            let others = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'");
            self.execute("postgres", &others)?;
            *has_template = true;
        }
        Ok(())
    }

    /// Makes a database, a copy of the template once there is one, and answers its address.
    pub(crate) fn database(&self, name: &str) -> Result<String, String> {
        check_name(name)?;
        let template = if *self.has_template.lock().map_err(said)? {
            TEMPLATE
        } else {
            "template0"
        };
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(self.url(name))
    }

    /// Removes a database, and ends whatever is still connected to it.
    pub(crate) fn drop_database(&self, name: &str) -> Result<(), String> {
        check_name(name)?;
        self.execute("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"))
            .map(drop)
    }

    /// Runs SQL through `psql` and answers its output: a row a line, columns separated by `|`.
    pub(crate) fn execute(&self, database: &str, sql: &str) -> Result<String, String> {
        self.execute_at(&self.url(database), sql)
    }

    /// Runs SQL on the database at `url`.
    pub(crate) fn execute_at(&self, url: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
            .current_dir("/");
        succeed(&mut psql)
    }

    /// Where the cluster lies while it runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Writes what the script needs: the password, and what is added to the server's settings.
fn prepare(folder: &Path, port: u16, password: &str, owner: Option<Owner>) -> std::io::Result<()> {
    let (secret, settings) = (folder.join("password"), folder.join("settings"));
    fs::write(&secret, password)?;
    let socket = format!("unix_socket_directories = '{}'", folder.display());
    let listening = format!("listen_addresses = '127.0.0.1'\nport = {port}\nmax_connections = 300");
    fs::write(&settings, format!("{listening}\n{socket}\n"))?;
    if let Some(owner) = owner {
        for path in [folder, &secret, &settings] {
            chown(path, Some(owner.uid), Some(owner.gid))?;
        }
    }
    Ok(())
}

/// The folder of the server's programs: that of `PATH`, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_complete = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "psql"]
            .iter()
            .all(|name| folder.join(name).exists())
    };
    let on_path = std::env::split_paths(&path).find(is_complete);
    on_path.or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let numbered =
            versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<f32>().ok()?, entry.path())));
        let complete = numbered
            .map(|(version, path)| (version, path.join("bin")))
            .filter(|(_, path)| is_complete(path));
        complete
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, path)| path)
    })
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn check_name(name: &str) -> Result<(), String> {
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !name.is_empty() {
        Ok(())
    } else {
        Err(format!("`{name}` is no plain name for a database"))
    }
}

fn succeed(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().map_err(said)?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned());
    }
    Err(format!(
        "{:?}: {status}: {}",
        command.get_program(),
        String::from_utf8_lossy(&stderr)
    ))
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[test]
fn a_cluster_answers_copies_its_template_and_goes() {
    // A cluster of its own: the template of the shared one holds the server's tables.
    let Some(shared) = PostgresCluster::start().unwrap() else {
        return require::skip_or_fail("postgres", "this machine has no PostgreSQL server");
    };
    shared
        .fill_template(|url| shared.execute_at(url, "CREATE TABLE t AS SELECT 1 AS n").map(drop))
        .unwrap();
    shared.fill_template(|_| Err("filled twice".to_owned())).unwrap();
    let url = shared.database("self_test").unwrap();
    assert_eq!(shared.execute_at(&url, "SELECT n, n + 1 FROM t").unwrap(), "1|2");
    assert_eq!(
        shared
            .execute_at(&shared.socket_url("self_test"), "SHOW fsync")
            .unwrap(),
        "on"
    );
    let wrong = url.replace("@127", "x@127");
    assert!(
        shared
            .execute_at(&wrong, "SELECT 1")
            .unwrap_err()
            .contains("password authentication failed")
    );
    shared.drop_database("self_test").unwrap();
    assert!(shared.execute_at(&url, "SELECT 1").is_err());
    assert!(shared.database("x; DROP DATABASE postgres").is_err());
}

#[test]
fn a_dropped_cluster_leaves_nothing() {
    let Some(cluster) = PostgresCluster::start().unwrap() else {
        return require::skip_or_fail("postgres", "this machine has no PostgreSQL server");
    };
    let folder = cluster.folder().to_owned();
    assert!(folder.join("data/postmaster.pid").exists());
    drop(cluster);
    assert!(!folder.exists());
}
