//! `countersign serve`: the server.

use std::net::TcpListener;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{log, print};
use crate::config::Settings;
use crate::error::{Fault, Result};
use crate::manage::directory;
use crate::manage::setup;
use crate::server::{Clock, Server};
use crate::work::Origin;
use crate::{jobs, web};

/// How to serve.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run due migrations on PostgreSQL too
    #[arg(long)]
    migrate: bool,
}

pub(super) fn run(args: &Args, settings: Settings) -> Result<()> {
    log::begin(&settings.log);
    let server = Server::open(settings, Clock::System, args.migrate)?;
    // Settings under which the directory shuts people out are refused at once, rather than one person at a time.
    server.read_blocking(directory::check_reach)?;
    jobs::ensure_keys(&server)?;
    if let Some(token) = server.perform_blocking(Origin::default(), setup::issue_setup_link)? {
        print::line(&format!(
            "Create the first administrator here, within a day: {}/welcome/{}",
            server.shared().settings.server.issuer,
            token.expose()
        ))?;
    }
    runtime()?.block_on(serve(server))
}

/// The runtime of everything that waits: two threads are enough, as work runs on threads of its own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::from_error("start the runtime", error).into())
}

async fn serve(server: Arc<Server>) -> Result<()> {
    let bind = server.shared().settings.server.bind;
    let listener = TcpListener::bind(bind).map_err(|error| Fault::from_error(&format!("listen on {bind}"), error))?;
    let running = web::start(&server, listener)?;
    tracing::info!(issuer = server.shared().settings.server.issuer, %bind, "serving");
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

/// Returns on TERM or INT.
pub(super) async fn until_stopped() -> Result<()> {
    let fault = |error| Fault::from_error("watch for signals", error);
    let mut term = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
