//! Seals the heads of the audit chains, and logs each seal: the log is an anchor outside of the database.

use std::sync::Arc;

use crate::error::Result;
use crate::manage::audit;
use crate::model::secret::Digest;
use crate::server::Server;
use crate::work::Origin;

pub(super) async fn run(server: &Arc<Server>) -> Result<()> {
    if let Some(seal) = server.perform(Origin::default(), audit::seal).await? {
        let mac = String::from(Digest::new(seal.mac));
        tracing::info!(number = seal.number, %mac, "the audit log is sealed");
    }
    Ok(())
}
