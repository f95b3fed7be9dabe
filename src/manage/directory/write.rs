//! One step of a plan, written with its audit entry. Second factors that it removes are gone by then.

use super::document::CredentialEntry;
use super::plan::{Change, Step, UserWrite, Write};
use crate::authn::upstream;
use crate::error::{Fault, Result};
use crate::manage::users::{self, end_access};
use crate::manage::{Changed, contacts, entry, record};
use crate::model::actor::Actor;
use crate::model::credential::Credential;
use crate::model::id::UserId;
use crate::model::user::{User, UserStatus};
use crate::store;
use crate::work::Work;

/// Writes one step.
pub(super) fn write(work: &mut Work<'_>, actor: &Actor, step: Step) -> Result<()> {
    let Change { kind, name, detail, .. } = step.change;
    let mut entry = entry(actor);
    match step.write {
        Write::Put(doc) => store::directory::put_object(work.tx, kind, &name, &doc)?,
        Write::Delete => drop(store::directory::delete_object(work.tx, kind, &name)?),
        Write::PutClient(client) => {
            store::clients::put(work.tx, &client)?;
            entry = entry.client(&name);
        }
        Write::DeleteClient => {
            store::clients::delete(work.tx, &name)?;
            entry = entry.client(&name);
        }
        Write::PutUser(user) => entry = entry.user(put_user(work, *user)?),
        Write::DeleteUser(user) => {
            end_access(work, user)?;
            store::users::delete(work.tx, user)?;
            entry = entry.user(user);
        }
    }
    let changed = Changed {
        object: format!("{kind}.{name}"),
        before: step.before,
        after: step.after,
        members: detail,
    };
    record(work, entry, &changed)
}

fn put_user(work: &mut Work<'_>, write: UserWrite) -> Result<UserId> {
    let known = match write.id {
        Some(id) => Some(store::users::find(work.tx, id)?.ok_or_else(|| Fault::new("a user vanished"))?),
        None => None,
    };
    let user = User {
        id: known.as_ref().map_or_else(|| work.new_id(), |known| known.id),
        username: write.members.username,
        profile: write.members.profile,
        permission_sets: write.members.permission_sets,
        api_only: write.members.api_only,
        sso_only: write.members.sso_only,
        status: write.members.status,
        permissions: write.members.permissions,
        claims: write.members.claims,
        created_at: known.as_ref().map_or(work.now, |known| known.created_at),
        updated_at: None,
    }
    .stamped(known.as_ref(), work.now);
    if known.is_some() {
        store::users::update(work.tx, &user)?;
    } else if !store::users::insert_new(work.tx, &user)? {
        // A fault, so that the steps before this one are rolled back.
        let name = &user.username;
        return Err(Fault::new(format!("the user {name} was added meanwhile; apply again")).into());
    }
    // Whoever signed in with what is no longer so signs in again.
    let ends_access = user.status == UserStatus::Disabled || write.phc.is_some() || !write.remove.is_empty();
    if let Some(phc) = write.phc {
        users::put_password(work, user.id, phc)?;
    }
    for given in write.add {
        add_credential(work, user.id, given)?;
    }
    contacts::keep_in_step(work, &user)?;
    if known.is_some() && ends_access {
        end_access(work, user.id)?;
    }
    Ok(user.id)
}

fn add_credential(work: &mut Work<'_>, user: UserId, given: CredentialEntry) -> Result<()> {
    let credential = Credential {
        id: work.new_id(),
        user,
        label: given.label,
        confirmed_at: Some(given.confirmed_at),
        created_at: work.now,
        last_used_at: None,
        last_step: given.last_step,
        material: given.material,
    };
    if upstream::insert(work, &credential)? {
        return Ok(());
    }
    Err(Fault::new("an account at another provider was connected while its file was checked").into())
}
