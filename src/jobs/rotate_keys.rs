//! Makes and forgets signing keys: on schedule, on demand, and on the first start.

use std::sync::Arc;

use crate::error::Result;
use crate::manage::keys;
use crate::model::actor::Actor;
use crate::policy::key_rotation::{Action, Call};
use crate::server::Server;
use crate::work::Origin;

pub(super) async fn run(server: &Arc<Server>) -> Result<()> {
    let own = Arc::clone(server);
    server.compute(move || ensure_keys(&own)).await?
}

/// Makes the keys that are due, and forgets those whose time is over; on the first start that makes one of each
/// algorithm. Blocks while keys are made.
///
/// # Errors
/// A fault of the database, or when a key cannot be made.
pub fn ensure_keys(server: &Arc<Server>) -> Result<()> {
    rotate(server, Actor::Server, Call::Schedule).map(drop)
}

/// Does what `call` makes due, and returns what was done. Blocks while keys are made.
///
/// # Errors
/// A fault of the database, or when a key cannot be made.
pub fn rotate(server: &Arc<Server>, actor: Actor, call: Call) -> Result<Vec<Action>> {
    let plan = server.read_blocking(|view| keys::plan(view, call))?;
    if plan.is_empty() {
        return Ok(plan);
    }
    let prepared = keys::prepare(&plan, server.shared())?;
    server.perform_blocking(Origin::default(), move |work| {
        keys::record(work, &actor, call, prepared)
    })
}
