//! `countersign serve`: the server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::context::Context;
use super::{log, output};
use crate::config;
use crate::error::{Fault, Result};
use crate::manage::directory;
use crate::manage::setup;
use crate::server::{ClientAuthorities, Clock, Server, Tls};
use crate::work::Origin;
use crate::{jobs, web};

/// How to serve.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run due migrations on PostgreSQL too
    #[arg(long)]
    migrate: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<()> {
    let settings = context.settings()?;
    let level = log::begin(&settings.log);
    // A certificate that cannot be used is told before anything is made.
    drop(Tls::open(&settings.server)?);
    let server = Server::open(settings, Clock::System, args.migrate)?;
    // Settings under which the directory shuts people out are refused at once, rather than one person at a time.
    server.read_blocking(directory::check_reach)?;
    jobs::ensure_keys(&server)?;
    if let Some(token) = server.perform_blocking(Origin::default(), setup::issue_setup_link)? {
        output::line(&format!(
            "Create the first administrator here, within a day: {}/welcome/{}",
            server.shared().settings.server.issuer,
            token.expose()
        ))?;
    }
    runtime()?.block_on(serve(server, level, context.config()))
}

/// The runtime of everything that waits: two threads are enough, as work runs on threads of its own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::from_error("start the runtime", error).into())
}

async fn serve(server: Arc<Server>, level: log::Level, config: Option<&Path>) -> Result<()> {
    let hangups = signal(SignalKind::hangup()).map_err(unwatched)?;
    let bind = server.shared().settings.server.bind;
    let listener = TcpListener::bind(bind).map_err(|error| Fault::from_error(&format!("listen on {bind}"), error))?;
    let running = web::start(&server, listener)?;
    tracing::info!(issuer = server.shared().settings.server.issuer, %bind, "serving");
    if let Some(bind) = running.mtls_address {
        tracing::info!(%bind, "asking clients for certificates");
    }
    let reread = Reread {
        level,
        config: config.map(Path::to_owned),
        tls: running.tls().cloned(),
        server: Arc::clone(&server),
    };
    reread.tell_of_certificate();
    tokio::spawn(reread.on_each(hangups));
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(jobs::run(Arc::clone(&server), stopped));
    until_stopped().await?;
    tracing::info!("stopping: running requests are given time to end");
    running.stop().await?;
    // The worker ends last: it seals what the requests recorded.
    stop.send_replace(true);
    drop(worker.await);
    Ok(())
}

fn unwatched(error: std::io::Error) -> Fault {
    Fault::from_error("watch for signals", error)
}

/// What is read again on each HUP; every other setting waits for a restart.
struct Reread {
    level: log::Level,
    config: Option<PathBuf>,
    tls: Option<Arc<Tls>>,
    server: Arc<Server>,
}

impl Reread {
    async fn on_each(self, mut hangups: Signal) {
        while hangups.recv().await.is_some() {
            self.relevel();
            self.recertify();
            self.reread_authorities();
        }
    }

    fn relevel(&self) {
        let changed = config::load(self.config.as_deref()).and_then(|loaded| {
            let settings = loaded.settings.log;
            self.level.change(&settings).map(|()| settings.level)
        });
        match changed {
            Ok(level) => tracing::info!(log_level = level, "the configuration was read again"),
            Err(error) => tracing::error!(%error, "the configuration cannot be read again; the log level stays"),
        }
    }

    fn recertify(&self) {
        match self.tls.as_ref().map(|tls| tls.reload()) {
            Some(Err(error)) => tracing::warn!(%error, "the certificate cannot be read again; the earlier one stays"),
            Some(Ok(())) => self.tell_of_certificate(),
            None => {}
        }
    }

    fn reread_authorities(&self) {
        match self.server.client_authorities.as_ref().map(ClientAuthorities::reload) {
            Some(Err(error)) => {
                tracing::warn!(%error, "the authorities of clients cannot be read again; the earlier ones stay");
            }
            Some(Ok(())) => tracing::info!("the authorities of clients were read again"),
            None => {}
        }
    }

    fn tell_of_certificate(&self) {
        let Some(certificate) = self.tls.as_ref().map(|tls| tls.described()) else {
            return;
        };
        let (names, now) = (certificate.names.join(" "), self.server.clock().now());
        if (certificate.not_before..=certificate.not_after).contains(&now) {
            tracing::info!(names, until = %certificate.not_after, "the certificate was read");
        } else {
            tracing::warn!(names, from = %certificate.not_before, until = %certificate.not_after, "the certificate is not valid now");
        }
    }
}

/// Returns on TERM or INT.
pub(super) async fn until_stopped() -> Result<()> {
    let mut term = signal(SignalKind::terminate()).map_err(unwatched)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unwatched)?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
