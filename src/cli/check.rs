//! `countersign check`: what an operator can get wrong, each with its remedy. It changes nothing.

mod assurance;
mod certificate;
mod findings;
mod messages;
mod place;

use std::path::Path;

use clap::Args as Arguments;

use super::output;
use super::serve::runtime;
use crate::config::{self, Settings};
use crate::error::{FieldError, Result};
use crate::manage::audit::{self, Filter};
use crate::manage::keys::{self, State};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::server::{Clock, Server};
use crate::store::{self, Backend};
use crate::work::View;

use findings::{Finding, Findings};

/// Checks of configuration and installation.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> Result<()> {
    let mut findings = Findings::default();
    match config::load(file) {
        Ok(loaded) => {
            let from = file.map_or_else(|| "no file".to_owned(), |path| path.display().to_string());
            let variables = loaded.from_environment.len();
            findings.ok(
                "configuration",
                format!("{from}, {variables} settings from the environment"),
            );
            examine(loaded.settings, Clock::System, &mut findings);
        }
        Err(error) => findings.error("configuration", error.to_string(), "correct this setting"),
    }
    if args.json {
        output::json(findings.all())?;
    } else {
        findings
            .all()
            .iter()
            .map(Finding::told)
            .try_for_each(|line| output::line(&line))?;
    }
    match findings.errors() {
        0 => Ok(()),
        1 => Err(FieldError::new("check", "found an error").into()),
        errors => Err(FieldError::new("check", format!("found {errors} errors")).into()),
    }
}

fn examine(settings: Settings, clock: Clock, findings: &mut Findings) {
    addresses(&settings, findings);
    let are_readable = certificate::look_for_clients(&settings, findings);
    certificate::look(&settings, clock.now(), findings);
    place::devices(&settings, findings);
    if !database(&settings, findings) || !master_key(&settings, findings) || !are_readable {
        return;
    }
    let server = match Server::open(settings, clock, false) {
        Ok(server) => server,
        Err(error) => {
            return findings.error("server", output::told(&error), "see what the message names");
        }
    };
    pragmas(&server, findings);
    let looked = server.read_blocking(|view| {
        signing_keys(view, findings)?;
        place::proxies(view, findings)?;
        clock_sanity(view, findings)?;
        assurance::look(view, findings)
    });
    if let Err(error) = looked {
        findings.error("database", output::told(&error), "see what the message names");
    }
    match runtime() {
        Ok(runtime) => runtime.block_on(messages::look(&server.shared().settings, &server.messenger, findings)),
        Err(error) => findings.error("messages", output::told(&error), "see what the message names"),
    }
}

/// What is served, by the path after the issuer.
const ADDRESSES: [(&str, &str); 10] = [
    ("metadata", "/.well-known/openid-configuration"),
    ("metadata (RFC 8414)", "/.well-known/oauth-authorization-server"),
    ("authorization endpoint", "/oauth2/authorize"),
    ("token endpoint", "/oauth2/token"),
    ("introspection endpoint", "/oauth2/introspect"),
    ("revocation endpoint", "/oauth2/revoke"),
    ("userinfo endpoint", "/oauth2/userinfo"),
    ("key set", "/oauth2/jwks"),
    ("logout endpoint", "/oauth2/logout"),
    ("liveness", "/health/live"),
];

fn addresses(settings: &Settings, findings: &mut Findings) {
    let issuer = &settings.server.issuer;
    if settings.is_https() {
        findings.ok("issuer", issuer.clone());
    } else {
        findings.warning(
            "issuer",
            format!("{issuer} is http: good for this machine alone"),
            "set server.issuer to the https address that people will use",
        );
    }
    for (name, path) in ADDRESSES {
        findings.ok(name, format!("{issuer}{path}"));
    }
}

/// Whether there is a database that can be opened for work.
fn database(settings: &Settings, findings: &mut Findings) -> bool {
    let url = settings.database.url.expose();
    if store::is_missing(url) {
        let remedy = "`countersign serve` makes it";
        findings.warning("database", "there is none yet".into(), remedy);
        return false;
    }
    let status = match store::migration_status(url) {
        Ok(status) => status,
        Err(fault) => {
            findings.error(
                "database",
                fault.to_string(),
                "check database.url, and that it can be reached",
            );
            return false;
        }
    };
    let (run, due) = (status.applied.len(), status.pending.join(", "));
    if due.is_empty() {
        findings.ok("migrations", format!("{run} were run, none is due"));
        return true;
    }
    let by_itself = url.starts_with("sqlite://") || settings.database.auto_migrate;
    if by_itself {
        findings.warning("migrations", format!("due: {due}"), "`countersign serve` runs them");
    } else {
        findings.error("migrations", format!("due: {due}"), "run `countersign migrate`");
    }
    false
}

/// Whether there is a master key; none is made here.
fn master_key(settings: &Settings, findings: &mut Findings) -> bool {
    let file = &settings.secrets.master_key_file;
    if settings.secrets.master_key.is_some() {
        findings.ok("master key", "from the configuration".into());
        return true;
    }
    if file.exists() {
        findings.ok("master key", format!("in {}", file.display()));
        return true;
    }
    findings.error(
        "master key",
        format!("{} is not there, but the database is", file.display()),
        "restore the file; only a database that was never served can do without",
    );
    false
}

/// Committed must mean on the disk.
fn pragmas(server: &Server, findings: &mut Findings) {
    if server.store().backend() == Backend::Postgres {
        return findings.ok("database", "PostgreSQL".into());
    }
    let expected = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
    let in_force = server.store().pragmas().unwrap_or_default();
    let differs = expected.iter().find(|(name, value)| {
        let mut found = in_force.iter();
        !found.any(|(found, is)| found == name && is == value)
    });
    match differs {
        None => findings.ok("database", "SQLite, write-ahead log, waits for the disk".into()),
        Some((name, value)) => findings.error(
            "database",
            format!("SQLite does not take {name}={value}"),
            "move the file to a local disk",
        ),
    }
}

fn signing_keys(view: &mut View<'_>, findings: &mut Findings) -> Result<()> {
    let keys = keys::list(view)?;
    let signing = |algorithm: &Algorithm| {
        keys.iter()
            .any(|key| key.algorithm == *algorithm && key.state == State::Signing)
    };
    let lacking: Vec<&str> = Algorithm::ALL
        .iter()
        .filter(|algorithm| !signing(algorithm))
        .map(|algorithm| algorithm.as_str())
        .collect();
    if lacking.is_empty() {
        findings.ok(
            "signing keys",
            format!("{} held, one of each algorithm signs", keys.len()),
        );
    } else {
        let told = format!("none signs with {}", lacking.join(", "));
        findings.warning("signing keys", told, "`countersign serve` makes them");
    }
    Ok(())
}

/// No clock of a machine that runs this program is right before this instant (2026-01-01).
const EARLIEST: Timestamp = Timestamp::from_seconds(1_767_225_600);
/// Seconds by which another node's clock may be ahead.
const AHEAD: i64 = 5;

fn clock_sanity(view: &mut View<'_>, findings: &mut Findings) -> Result<()> {
    let (now, youngest) = (view.now, audit::list(view, &Filter::default(), 1)?);
    let remedy = "let the machine keep its time by NTP";
    match youngest.first() {
        _ if now < EARLIEST => findings.error("clock", format!("it is not {now}"), remedy),
        Some(entry) if entry.at > now.plus_seconds(AHEAD) => {
            let told = format!("it is {now}, but something was recorded at {}", entry.at);
            findings.error("clock", told, remedy);
        }
        _ => findings.ok("clock", now.to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
