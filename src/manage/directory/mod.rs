//! The directory file: what `apply` makes true and `export` writes.
//!
//! A file is the whole truth about each object it names: keys that are absent have their defaults. Secrets, passwords
//! and second factors alone stay as they are where a file says nothing of them.

mod connections;
mod document;
mod export;
mod flows;
mod lockout;
mod members;
mod plan;
mod replay;
mod review;
mod secrets;
mod state;
mod write;

pub use document::Document;
pub use export::export;
pub use plan::{Action, Change};
pub use replay::{Affected, Concerned, Rehearsal, Replay, Replayed};
pub use review::{Notice, check_reach, review};
pub use secrets::{Settled, StoredPasswords, stored_passwords};

pub(super) use members::{UserMembers, defaults_of};
pub(super) use plan::{client_differences, public_members};

use serde::Serialize;

use crate::authn::factor::{passkey, yubikey_otp};
use crate::config::Settings;
use crate::crypto::password::PasswordHasher;
use crate::error::{FieldError, Result};
use crate::model::actor::Actor;
use crate::model::client::Client;
use crate::model::credential::Material;
use crate::model::issuer::Issuer;
use crate::model::user::{Permission, User};
use crate::store;
use crate::work::{Purposes, Work};

use super::validate::{self, Belonging, Surroundings};
use super::{administrators, authority};
use document::{GivenPassword, IssuerEntry, UserEntry};
use members::Kind;
use plan::{Kept, Plan, Step};
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
    for credential in connections::removed(&plan.steps) {
        store::credentials::delete(work.tx, credential)?;
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
    authority::check_may_look(&mut work.view(), actor)?;
    let document = &settled.0;
    let current = State::load(&mut work.view(), &Credentials::Of(document))?;
    let managers = lockout::managers(work, &current)?;
    let kept = Kept {
        clients: keep_secrets(work, document, &current)?,
        issuers: keep_upstream_secrets(work, document, &current)?,
    };
    let plan = plan::plan(current, document, kept, prune);
    check(work, document, &plan.after)?;
    connections::check(work, &plan.steps)?;
    lockout::check(work, actor, &managers, (document, &plan.after))?;
    check_may_take(work, actor, &plan.steps)?;
    let report = Report {
        changes: plan.steps.iter().map(|step| step.change.clone()).collect(),
    };
    Ok((report, plan))
}

/// The document's clients with the secrets to be stored; those that were disabled by hand stay so.
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
            disabled: if entry.says_disabled {
                entry.client.disabled
            } else {
                stored.is_some_and(|stored| stored.disabled)
            },
            ..entry.client.clone()
        });
    }
    Ok(Some(clients))
}

/// The document's issuers with the secrets to be stored.
fn keep_upstream_secrets(work: &mut Work<'_>, document: &Document, current: &State) -> Result<Option<Vec<Issuer>>> {
    let Some(entries) = &document.issuers else {
        return Ok(None);
    };
    let mut keeper = SecretKeeper {
        master: &work.shared.master,
        random: &mut work.random,
    };
    let mut keep = |IssuerEntry { issuer, secret }: &IssuerEntry| {
        let stored = current
            .issuers
            .get(&issuer.issuer)
            .and_then(|stored| stored.secret.as_ref());
        let secret = keeper.keep_upstream(issuer, secret, stored)?;
        Ok(Issuer {
            secret,
            ..issuer.clone()
        })
    };
    entries.iter().map(&mut keep).collect::<Result<Vec<_>>>().map(Some)
}

/// Refuses steps that this actor may not take.
fn check_may_take(work: &mut Work<'_>, actor: &Actor, steps: &[Step]) -> Result<()> {
    for Step {
        change, before, after, ..
    } in steps
    {
        let mut needed = authority::needed(change.kind, before, after, &change.detail);
        if change.kind == UserMembers::KIND && !before.is_null() {
            // Whoever could take over such an account could do what its owner may.
            let known = store::users::find_by_username(work.tx, &change.name)?;
            if known.is_some_and(|user| authority::holds(&work.directory, &user, Permission::ManageProfiles)) {
                needed.push(Permission::ManageProfiles);
            }
        }
        authority::check_may_change(&mut work.view(), actor, &needed)?;
    }
    Ok(())
}

/// What there will be, for objects to refer to.
fn surroundings(after: &State, settings: &Settings) -> Surroundings {
    Surroundings {
        organisation: after.organisation.clone().unwrap_or_default(),
        profiles: after.all_profiles(),
        permission_sets: after.permission_sets.clone(),
        resources: after.resources.clone(),
        vouched_clients: validate::ceilings(after.issuers.values()),
        login_flows: after.login_flows.clone(),
        ..Surroundings::by(settings)
    }
}

/// Checks what the document says, and that everything there will be can be reached and refers to what there will be.
fn check(work: &Work<'_>, document: &Document, after: &State) -> Result<()> {
    let around = surroundings(after, &work.shared.settings);
    let mut issuers = document.issuers.iter().flatten();
    issuers.try_for_each(|entry| validate::issuer(&entry.issuer, &around))?;
    let mut clients = document.clients.iter().flatten();
    clients.try_for_each(|entry| validate::client::check(&entry.client, &around))?;
    for entry in document.users.iter().flatten() {
        check_user(work, entry)?;
    }
    check_objects(after, &around)?;
    check_users(after, &around)?;
    check_references(after, &around)
}

const SEALED_BY_ANOTHER: &str = "was sealed under another master key; add that key to secrets.old_master_keys";

fn check_user(work: &Work<'_>, entry: &UserEntry) -> Result<()> {
    let place = format!("users.{}", entry.members.username);
    validate::username(&place, &entry.members.username)?;
    validate::claims(&place, &entry.members.claims)?;
    if let GivenPassword::Hash(phc) = &entry.password
        && !PasswordHasher::is_usable(phc)
    {
        return Err(FieldError::new(format!("{place}.password_hash"), "not an Argon2id hash").into());
    }
    for (index, credential) in entry.credentials.iter().flatten().enumerate() {
        let opens = |purpose, secret| work.shared.master.open(purpose, secret).is_ok();
        let problem = match &credential.material {
            Material::Totp { secret } if !opens(Purposes::TOTP, secret) => SEALED_BY_ANOTHER,
            Material::Hotp { secret, .. } if !opens(Purposes::HOTP, secret) => SEALED_BY_ANOTHER,
            passkey @ Material::Passkey { .. } if !passkey::is_readable(passkey) => {
                "is no passkey as `countersign export --secrets` writes it; export it again, or remove it"
            }
            Material::YubikeyOtp { public_id } if !yubikey_otp::is_public_id(public_id) => {
                "public_id has twelve characters of modhex, as its YubiKey types them first"
            }
            Material::Upstream { issuer, subject }
                if issuer.is_empty() || subject.is_empty() || subject.len() > 255 =>
            {
                "an account at another provider has its issuer and a subject of at most 255 bytes"
            }
            _ => continue,
        };
        return Err(FieldError::new(format!("{place}.credentials[{index}]"), problem).into());
    }
    Ok(())
}

/// Checks every user with their profile and permission sets.
fn check_users(after: &State, around: &Surroundings) -> Result<()> {
    for user in after.users.values().map(|user| &user.members) {
        let place = format!("users.{}", user.username);
        Belonging::find(&place, &user.profile, &user.permission_sets, around)?.check(&place)?;
    }
    for flow in after.login_flows.values() {
        if let Some(name) = flow
            .test_users
            .iter()
            .find(|name| !after.users.contains_key(&User::key_of(name)))
        {
            let problem = format!("there is no user {name}; add it to users, or remove it here");
            return Err(FieldError::new(format!("login_flows.{}.test_users", flow.name), problem).into());
        }
    }
    let users = after.users.values().map(|user| &user.members);
    Ok(administrators::check_anybody_signs_in(users, around)?)
}

/// Checks whatever requires something of somebody.
fn check_objects(after: &State, around: &Surroundings) -> Result<()> {
    validate::organisation(&around.organisation, around)?;
    let mut flows = after.login_flows.values();
    flows.try_for_each(|flow| validate::login_flow::check(flow, around))?;
    let mut profiles = after.profiles.values();
    profiles.try_for_each(|profile| validate::profile(profile, around))?;
    let mut sets = after.permission_sets.values();
    sets.try_for_each(|set| validate::permission_set(set, around))?;
    after
        .scopes
        .values()
        .try_for_each(|scope| validate::scope(scope, around))?;
    let mut resources = after.resources.values();
    Ok(resources.try_for_each(|resource| validate::resource(resource, around))?)
}

/// Checks that everything there will be refers to what there will be.
fn check_references(after: &State, around: &Surroundings) -> Result<()> {
    for client in after.clients.values() {
        validate::client::references(client, around)?;
    }
    for issuer in after.issuers.values() {
        if let Some(missing) = issuer.clients.iter().find(|id| !after.clients.contains_key(*id)) {
            let problem = format!("there is no client {missing}; add it to clients, or remove it here");
            return Err(FieldError::new(format!("issuers.{}.clients", issuer.issuer), problem).into());
        }
        if issuer.create_users && !around.profiles.contains_key(&issuer.profile) {
            let problem = format!(
                "there is no profile {}; add it to profiles, or name another",
                issuer.profile
            );
            return Err(FieldError::new(format!("issuers.{}.profile", issuer.issuer), problem).into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
