//! The applications that a person let use the account: what each may do, and taking it back.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use url::Url;

use super::own;
use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{self, Event};
use crate::model::client::Client;
use crate::model::id::UserId;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::store;
use crate::work::{View, Work};

/// An application, as its user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its identifier.
    pub client_id: String,
    /// The name it shows, or its identifier where it was removed.
    pub name: String,
    /// The application itself, where it was not removed.
    pub client: Option<Arc<Client>>,
    /// What it may do.
    pub scope: ScopeSet,
    /// The APIs that it may use for that, if it said which.
    pub resources: BTreeSet<String>,
    /// Since when.
    pub since: Timestamp,
    /// Whether it can act now, or only need not ask again.
    pub is_active: bool,
}

/// The applications that hold grants of this user, or need not ask for consent again, by name.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, user: UserId) -> Result<Vec<Application>> {
    let mut held: BTreeMap<String, Application> = BTreeMap::new();
    for consent in store::consents::of_user(view.tx, user)? {
        let application = named(view, &consent.client_id, consent.granted_at)?;
        held.insert(
            consent.client_id,
            Application {
                scope: consent.scope,
                resources: consent.resources.into_iter().collect(),
                ..application
            },
        );
    }
    for grant in store::grants::live_of_user(view.tx, user)? {
        let application = match held.entry(grant.client_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let application = named(view, new.key(), grant.created_at)?;
                new.insert(application)
            }
        };
        application.scope = application.scope.union(&grant.scope);
        application.resources.extend(grant.resources);
        application.since = application.since.min(grant.created_at);
        application.is_active = true;
    }
    let mut applications: Vec<Application> = held.into_values().collect();
    applications.sort_by_key(|application| application.name.to_lowercase());
    Ok(applications)
}

/// The application of this identifier, of which nothing else is known yet.
fn named(view: &mut View<'_>, client_id: &str, since: Timestamp) -> Result<Application> {
    let client = view.directory.client(view.tx, client_id)?;
    let name = client.as_ref().map_or(client_id, |client| client.display_name());
    Ok(Application {
        client_id: client_id.to_owned(),
        name: name.to_owned(),
        client,
        scope: ScopeSet::default(),
        resources: BTreeSet::new(),
        since,
        is_active: false,
    })
}

/// Where a client begins a login at itself, of somebody here (OpenID Connect Core §4); none where it registered no such place,
/// or may not act.
#[must_use]
pub fn login_address(issuer: &str, client: &Client) -> Option<String> {
    let address = client.link(client.initiate_login_uri.as_ref())?;
    let mut address = Url::parse(address).ok().filter(|_| !client.disabled)?;
    address.query_pairs_mut().append_pair("iss", issuer);
    Some(address.into())
}

/// Takes back everything that the actor let an application do: its grants end, and it has to ask again.
///
/// # Errors
/// A refusal when it may do nothing, or a fault of the database.
pub fn withdraw(work: &mut Work<'_>, actor: &Actor, client_id: &str) -> Result<()> {
    let (user, _) = own(actor)?;
    let mut had_any = store::consents::delete(work.tx, user, client_id)?;
    for grant in store::grants::live_of_user(work.tx, user)? {
        if grant.client_id == client_id {
            had_any |= store::grants::revoke(work.tx, grant.id, work.now)?;
        }
    }
    if !had_any {
        return Err(Refusal::Missing("this application may do nothing with your account").into());
    }
    work.audit(
        audit::Entry::new(Event::ConsentWithdrawn)
            .actor(actor)
            .user(user)
            .client(client_id),
    )
}
