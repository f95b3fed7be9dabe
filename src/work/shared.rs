//! What every unit of work may use: settings, keys, the cached directory.

use crate::config::Settings;
use crate::crypto::master::{HmacKey, MasterKeys};
use crate::crypto::password::PasswordHasher;
use crate::error::Result;
use crate::model::audit::ChainedEntry;

use super::directory::DirectoryCache;

/// What every unit of work may use.
pub struct Shared {
    /// The settings.
    pub settings: Settings,
    /// The master key and its predecessors.
    pub master: MasterKeys,
    /// Derives refresh tokens' successors.
    pub refresh_key: HmacKey,
    /// Derives form tokens.
    pub form_key: HmacKey,
    /// Recognises API-login tokens.
    pub api_login_token_key: HmacKey,
    /// Recognises recovery codes and temporary ones.
    pub recovery_code_key: HmacKey,
    /// Recognises one-time codes that were sent.
    pub one_time_code_key: HmacKey,
    /// Recognises the codes that devices show.
    pub user_code_key: HmacKey,
    /// Derives what binds a sign-in at another provider to us.
    pub upstream_key: HmacKey,
    /// Makes and recognises nonces of DPoP proofs.
    pub dpop_nonce_key: HmacKey,
    /// Names sessions for clients with pairwise subjects.
    pub session_name_key: HmacKey,
    /// Seals the audit chains' heads.
    pub seal_key: HmacKey,
    /// Links audit entries.
    pub link_key: HmacKey,
    /// Hashes passwords.
    pub hasher: PasswordHasher,
    /// The directory last read.
    pub directory: DirectoryCache,
}

/// What the master key seals, by name: a sealed value opens under its own name only.
pub struct Purposes;

impl Purposes {
    /// Private signing keys.
    pub const SIGNING_KEY: &'static str = "signing key";
    /// Secrets of hardware tokens (HOTP).
    pub const HOTP: &'static str = "hotp secret";
    /// TOTP secrets.
    pub const TOTP: &'static str = "totp secret";
    /// One-time codes that wait to be sent.
    pub const ONE_TIME_CODE: &'static str = "one-time code";
    /// Client secrets that are themselves keys.
    pub const CLIENT_SECRET: &'static str = "client secret";
    /// Our own secrets at other providers.
    pub const UPSTREAM_SECRET: &'static str = "upstream client secret";
}

impl Shared {
    /// Derives the keys and prepares the hasher.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn new(settings: Settings, master: MasterKeys) -> Result<Self> {
        let passwords = &settings.passwords;
        let hasher = PasswordHasher::new(
            passwords.argon2_memory,
            passwords.argon2_passes,
            passwords.argon2_lanes,
            passwords.hash_permits,
        )?;
        Ok(Self {
            refresh_key: master.derive("refresh token successor"),
            form_key: master.derive("form token"),
            api_login_token_key: master.derive("api login token"),
            recovery_code_key: master.derive("recovery code"),
            one_time_code_key: master.derive("one-time code"),
            user_code_key: master.derive("user code"),
            upstream_key: master.derive("upstream sign-in"),
            dpop_nonce_key: master.derive("dpop nonce"),
            session_name_key: master.derive("session name"),
            seal_key: master.derive("audit seal"),
            link_key: master.derive("audit link"),
            hasher,
            directory: DirectoryCache::default(),
            settings,
            master,
        })
    }

    /// The link of an audit entry: HMAC over the link before it, its place, its time and its text.
    #[must_use]
    pub fn link(&self, head: &[u8; 32], entry: &ChainedEntry) -> [u8; 32] {
        let (sequence, at) = (entry.sequence.to_be_bytes(), entry.at.as_micros().to_be_bytes());
        self.link_key.sign(&link_parts(head, entry, &sequence, &at))
    }

    /// Whether an entry holds the link that belongs after `head`, made under the key in force or an earlier one.
    #[must_use]
    pub fn link_holds(&self, head: &[u8; 32], entry: &ChainedEntry) -> bool {
        let (sequence, at) = (entry.sequence.to_be_bytes(), entry.at.as_micros().to_be_bytes());
        self.link_key
            .verify(&link_parts(head, entry, &sequence, &at), &entry.link)
    }
}

fn link_parts<'a>(
    head: &'a [u8; 32],
    entry: &'a ChainedEntry,
    sequence: &'a [u8; 8],
    at: &'a [u8; 8],
) -> [&'a [u8]; 5] {
    [head, entry.chain.as_bytes(), sequence, at, entry.body.as_bytes()]
}
