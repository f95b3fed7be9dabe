//! Which branding holds, and the pictures that it names.

use std::collections::HashMap;
use std::sync::Arc;

use super::directory::Directory;
use crate::crypto::digest::{base64url, sha256};
use crate::error::Result;
use crate::model::branding::{Branding, Logo};
use crate::store::{self, Tx};

/// Every picture by the name under which it is served.
pub(super) type Logos = HashMap<String, Arc<Logo>>;

impl Directory {
    /// The branding for users of a profile on their way to a client, as far as either is known: of each member the
    /// client's, else the profile's, else the organisation's. It always has a name.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn branding(&self, tx: &mut Tx, profile: Option<&str>, client_id: Option<&str>) -> Result<Branding> {
        let mut branding = self.organisation.branding.clone();
        branding.name.get_or_insert_with(|| self.organisation.name.clone());
        if let Some(profile) = profile.and_then(|name| self.profiles.get(name)) {
            branding = profile.branding.over(branding);
        }
        if let Some(client) = client_id.map(|id| self.client(tx, id)).transpose()?.flatten() {
            branding = client.branding.over(branding);
        }
        Ok(branding)
    }

    /// What mails call us, to a user of a profile.
    #[must_use]
    pub fn sender_name(&self, profile: &str) -> &str {
        let profile = self.profiles.get(profile).map(|profile| &profile.branding);
        let brandings = profile.into_iter().chain([&self.organisation.branding]);
        let mut names = brandings.filter_map(|branding| branding.name.as_deref());
        names.next().unwrap_or(&self.organisation.name)
    }

    /// The picture of this name, if the directory has it.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn logo(&self, tx: &mut Tx, name: &str) -> Result<Option<Arc<Logo>>> {
        if let Some(logos) = self.logos.get() {
            return Ok(logos.get(name).cloned());
        }
        let mut found = Logos::new();
        let mut add = |branding: &Branding| {
            if let Some(logo) = &branding.logo {
                found.insert(logo_name(logo), Arc::clone(logo));
            }
        };
        add(&self.organisation.branding);
        self.profiles.values().for_each(|profile| add(&profile.branding));
        store::clients::list(tx)?
            .iter()
            .for_each(|client| add(&client.branding));
        Ok(self.logos.get_or_init(|| found).get(name).cloned())
    }
}

/// The name of a picture, which changes with it.
#[must_use]
pub fn logo_name(logo: &Logo) -> String {
    base64url(sha256(logo.bytes()).as_bytes())
}
