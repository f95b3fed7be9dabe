//! Accounts at other providers: each is one user's, whoever else a document would connect it with.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Step, UserWrite, Write};
use crate::error::{FieldError, Result};
use crate::model::credential::Material;
use crate::model::id::{CredentialId, UserId};
use crate::store;
use crate::work::Work;

/// Checks that no account at another provider would be that of two users, or twice that of one.
///
/// # Errors
/// The user that it would be connected with second, or a fault of the database.
pub(super) fn check(work: &mut Work<'_>, steps: &[Step]) -> Result<()> {
    let freed: BTreeSet<CredentialId> = removed(steps).collect();
    let gone = |owner| {
        let removes = |step: &Step| matches!(step.write, Write::DeleteUser(user) if user == owner);
        steps.iter().any(removes)
    };
    let mut given: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (issuer, subject, write) in added(steps) {
        let name = &write.members.username;
        if let Some(other) = given.insert((issuer, subject), name) {
            return Err(taken(name, (issuer, subject), other).into());
        }
        let Some((owner, credential)) = store::upstream::find(work.tx, issuer, subject)? else {
            continue;
        };
        if !freed.contains(&credential) && !gone(owner) {
            return Err(taken(name, (issuer, subject), &name_of(work, owner)?).into());
        }
    }
    Ok(())
}

/// The second factors that steps remove. They go before any is added: what one user loses, another may get.
pub(super) fn removed(steps: &[Step]) -> impl Iterator<Item = CredentialId> {
    let writes = steps.iter().filter_map(user_write);
    writes.flat_map(|write| write.remove.iter().map(|credential| credential.id))
}

fn added(steps: &[Step]) -> impl Iterator<Item = (&str, &str, &UserWrite)> {
    steps.iter().filter_map(user_write).flat_map(|write| {
        write.add.iter().filter_map(move |entry| match &entry.material {
            Material::Upstream { issuer, subject } => Some((issuer.as_str(), subject.as_str(), write)),
            _ => None,
        })
    })
}

fn user_write(step: &Step) -> Option<&UserWrite> {
    match &step.write {
        Write::PutUser(write) => Some(write),
        _ => None,
    }
}

fn name_of(work: &mut Work<'_>, owner: UserId) -> Result<String> {
    let owner = store::users::find(work.tx, owner)?;
    Ok(owner.map_or_else(|| "another user".to_owned(), |owner| owner.username))
}

fn taken(name: &str, (issuer, subject): (&str, &str), other: &str) -> FieldError {
    let problem = format!("the account {subject} at {issuer} is that of {other} already; remove it there, or here");
    FieldError::new(format!("users.{name}.credentials"), problem)
}
