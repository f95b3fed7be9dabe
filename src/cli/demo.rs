//! `countersign demo`: the two-minute tour.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::serve::{runtime, until_stopped};
use super::{log, output};
use crate::error::Result;
use crate::server::{Clock, Server};
use crate::{demo, jobs};

/// How to give the tour.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The server's port; the two after it are the example app's and the example API's
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65_533))]
    port: u16,
    /// The folder for database and keys; delete it to begin again
    #[arg(long, default_value = "data/demo", value_name = "FOLDER")]
    data_dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let settings = demo::settings(args.port, &args.data_dir);
    log::begin(&settings.log);
    let server = Server::open(settings, Clock::System, true)?;
    jobs::ensure_keys(&server)?;
    demo::prepare(&server)?;
    runtime()?.block_on(give(server))
}

async fn give(server: Arc<Server>) -> Result<()> {
    let tour = demo::start(&server)?;
    for line in tour.lines() {
        output::line(line)?;
    }
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(jobs::run(server, stopped));
    until_stopped().await?;
    tour.stop().await?;
    // The worker ends last: it seals what the requests recorded.
    stop.send_replace(true);
    drop(worker.await);
    Ok(())
}
