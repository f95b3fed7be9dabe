//! Opening: settings in, a server out.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;

use super::{ClientAuthorities, Clock, Server};
use crate::config::Settings;
use crate::crypto::master::MasterKeys;
use crate::crypto::random::Random;
use crate::error::{Fault, Result};
use crate::model::id::ChainId;
use crate::outbound::{BackChannel, Capture, Clients, Documents, Messenger, TokenEndpoint, Webhooks, YubikeyValidator};
use crate::pages::Engine;
use crate::store::{Backend, Chaining, Store};
use crate::work::Shared;

/// Messages kept for the tour and for tests.
const CAPTURED_MESSAGES: usize = 200;

impl Server {
    /// Opens database and keys as `settings` say, with `clock`.
    ///
    /// On SQLite due migrations are run; on PostgreSQL only with `database.auto_migrate` or `migrate`.
    ///
    /// # Errors
    /// A setting that cannot be used, or a fault of database or files.
    pub fn open(settings: Settings, clock: Clock, migrate: bool) -> Result<Arc<Self>> {
        let secrets = &settings.secrets;
        let master = match &secrets.master_key {
            Some(key) => MasterKeys::from_hex(key)?,
            None => MasterKeys::load_or_create(&secrets.master_key_file)?,
        }
        .with_old(&secrets.old_master_keys)?;
        let may_migrate = migrate || settings.database.auto_migrate;
        let clients = Clients::new(&settings.outbound)?;
        let yubikey = YubikeyValidator::new(&settings, clients.clone())?;
        let client_authorities = ClientAuthorities::open(&settings.mtls)?;
        let shared = Arc::new(Shared::new(settings, master)?);
        let store = open_store(&shared, &clock)?;
        if store.backend() == Backend::Sqlite || may_migrate {
            store.migrate()?;
        } else if let Some(due) = store.migration_status()?.pending.first() {
            let remedy = "run `countersign migrate`, or set database.auto_migrate";
            return Err(Fault::new(format!("migration {due} is due; {remedy}")).into());
        }
        let organisation =
            store.read(|tx| Ok(shared.directory.current(tx, &shared.master)?.organisation.name.clone()))?;
        let pages = Engine::new(organisation, shared.settings.issuer_path())?;
        let captured = Capture::new(CAPTURED_MESSAGES);
        let messenger = Messenger::new(&shared.settings, clients.clone(), captured)?;
        let outbound = &shared.settings.outbound;
        Ok(Arc::new(Self {
            documents: Documents::new(outbound, clients.clone()),
            back_channel: BackChannel::new(outbound, clients.clone()),
            token_endpoint: TokenEndpoint::new(outbound, clients.clone()),
            webhooks: Webhooks::new(outbound, clients),
            shared,
            store,
            clock,
            messenger,
            yubikey,
            client_authorities,
            pages,
            jobs_waiting: Notify::new(),
            address_claimed: AtomicBool::new(false),
        }))
    }
}

fn open_store(shared: &Arc<Shared>, clock: &Clock) -> Result<Store> {
    let (linking, clock) = (Arc::clone(shared), clock.clone());
    let chaining = Chaining {
        link: Arc::new(move |head, entry| linking.link(head, entry)),
        new_chain: Arc::new(move || ChainId::new(clock.now(), Random::from_os().bytes())),
    };
    let database = &shared.settings.database;
    Ok(Store::open(database.url.expose(), database.pool_size, chaining)?)
}
