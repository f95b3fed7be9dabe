//! Removes what has expired, and registered clients that nobody uses.

use std::sync::Arc;

use crate::error::Result;
use crate::manage::registration::forget_unused;
use crate::server::Server;
use crate::store;
use crate::work::Origin;

/// How long expired records stay, in seconds: nodes' clocks differ, and answers still under way may name them.
const KEPT: i64 = 3_600;

pub(super) async fn run(server: &Arc<Server>) -> Result<()> {
    let sweep = server.perform(Origin::default(), |work| {
        store::sweep::expired(work.tx, work.now.plus_seconds(-KEPT))
    });
    let removed = sweep.await?;
    let forgotten = server.perform(Origin::default(), forget_unused).await?;
    tracing::debug!(removed, forgotten, "expired records and unused clients are removed");
    Ok(())
}
