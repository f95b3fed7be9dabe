//! The directory file: what `apply` makes true and `export` writes.
//!
//! A file is the whole truth about each object it names: keys that are absent have their defaults. Secrets, passwords
//! and second factors alone stay as they are where a file says nothing of them.

mod document;
mod export;
mod members;
mod plan;
mod replay;
mod secrets;
mod state;
mod write;

pub use document::Document;
pub use export::export;
pub use plan::{Action, Change};
pub use replay::{Affected, Concerned, Rehearsal, Replay, Replayed};
pub use secrets::{Settled, StoredPasswords, stored_passwords};

pub(super) use plan::{client_differences, public_members};

use serde::Serialize;

use crate::crypto::password::PasswordHasher;
use crate::error::{FieldError, Result};
use crate::model::actor::Actor;
use crate::model::client::Client;
use crate::model::credential::Material;
use crate::model::profile::DEFAULT_PROFILE;
use crate::work::{Purposes, Work};

use super::check_may_manage;
use super::validate::{self, Surroundings};
use document::{GivenPassword, UserEntry};
use plan::Plan;
use secrets::SecretKeeper;
use state::{Credentials, State};

/// How to apply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Say what would change, and change nothing.
    pub dry_run: bool,
    /// Remove objects that the file does not name, of the kinds that it does.
    pub prune: bool,
}

/// What was changed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Every change, in the order it is made.
    pub changes: Vec<Change>,
}

/// Makes the directory as a document says: all of it or nothing.
///
/// # Errors
/// The first key that cannot be as it is said, a refusal for whoever may not manage the directory, or a fault of the
/// database. Nothing was changed then.
pub fn apply(work: &mut Work<'_>, actor: &Actor, settled: &Settled, options: Options) -> Result<Report> {
    let (report, plan) = planned(work, actor, settled, options.prune)?;
    if options.dry_run {
        return Ok(report);
    }
    for step in plan.steps {
        write::write(work, actor, step)?;
    }
    Ok(report)
}

/// Tells what [`apply`] would change, and changes nothing; with the directory as it would be, to decide under it.
///
/// # Errors
/// As [`apply`].
pub fn rehearse(work: &mut Work<'_>, actor: &Actor, settled: &Settled, prune: bool) -> Result<(Report, Rehearsal)> {
    let (report, plan) = planned(work, actor, settled, prune)?;
    Ok((report, Rehearsal::new(plan)))
}

fn planned(work: &mut Work<'_>, actor: &Actor, settled: &Settled, prune: bool) -> Result<(Report, Plan)> {
    check_may_manage(work.tx, actor)?;
    let document = &settled.0;
    let current = State::load(&mut work.view(), &Credentials::Of(document))?;
    let clients = keep_secrets(work, document, &current)?;
    let plan = plan::plan(current, document, clients, prune)?;
    check(work, document, &plan.after)?;
    let report = Report {
        changes: plan.steps.iter().map(|step| step.change.clone()).collect(),
    };
    Ok((report, plan))
}

/// The document's clients with the secrets to be stored.
fn keep_secrets(work: &mut Work<'_>, document: &Document, current: &State) -> Result<Option<Vec<Client>>> {
    let Some(entries) = &document.clients else {
        return Ok(None);
    };
    let mut keeper = SecretKeeper {
        master: &work.shared.master,
        random: &mut work.random,
    };
    let mut clients = Vec::with_capacity(entries.len());
    for entry in entries {
        let stored = current.clients.get(&entry.client.client_id);
        let secret = keeper.keep(
            &entry.client,
            &entry.secret,
            stored.and_then(|stored| stored.secret.as_ref()),
        )?;
        clients.push(Client {
            secret,
            ..entry.client.clone()
        });
    }
    Ok(Some(clients))
}

/// Checks what the document says, and that everything there will be refers to what there will be.
fn check(work: &Work<'_>, document: &Document, after: &State) -> Result<()> {
    let around = Surroundings {
        profiles: std::iter::once(DEFAULT_PROFILE.to_owned())
            .chain(after.profiles.keys().cloned())
            .collect(),
        resources: after.resources.keys().cloned().collect(),
        vouched_clients: after.issuers.values().flat_map(|one| one.clients.clone()).collect(),
        private_hosts: work.shared.settings.outbound.allowed_private_hosts.clone(),
    };
    document.organisation.iter().try_for_each(validate::organisation)?;
    document.profiles.iter().flatten().try_for_each(validate::profile)?;
    document.scopes.iter().flatten().try_for_each(validate::scope)?;
    document.resources.iter().flatten().try_for_each(validate::resource)?;
    let mut issuers = document.issuers.iter().flatten();
    issuers.try_for_each(|issuer| validate::issuer(issuer, &around))?;
    let mut clients = document.clients.iter().flatten();
    clients.try_for_each(|entry| validate::client::check(&entry.client, &around))?;
    for entry in document.users.iter().flatten() {
        check_user(work, entry)?;
    }
    check_references(after, &around)
}

fn check_user(work: &Work<'_>, entry: &UserEntry) -> Result<()> {
    let place = format!("users.{}", entry.members.username);
    validate::username(&place, &entry.members.username)?;
    validate::claims(&place, &entry.members.claims)?;
    if let GivenPassword::Hash(phc) = &entry.password
        && !PasswordHasher::is_usable(phc)
    {
        return Err(FieldError::new(format!("{place}.password_hash"), "not an Argon2id hash").into());
    }
    for credential in entry.credentials.iter().flatten() {
        if let Material::Totp { secret } = &credential.material
            && work.shared.master.open(Purposes::TOTP, secret).is_err()
        {
            let problem = "was sealed under another master key; add that key to secrets.old_master_keys";
            return Err(FieldError::new(format!("{place}.credentials"), problem).into());
        }
    }
    Ok(())
}

fn check_references(after: &State, around: &Surroundings) -> Result<()> {
    for user in after.users.values().map(|user| &user.members) {
        let place = format!("users.{}", user.username);
        validate::profile_of_user(&place, &user.profile, after.has_profile(&user.profile))?;
    }
    for client in after.clients.values() {
        validate::client::references(client, around)?;
    }
    for issuer in after.issuers.values() {
        if let Some(missing) = issuer.clients.iter().find(|id| !after.clients.contains_key(*id)) {
            let problem = format!("there is no client {missing}; add it to clients, or remove it here");
            return Err(FieldError::new(format!("issuers.{}.clients", issuer.issuer), problem).into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
