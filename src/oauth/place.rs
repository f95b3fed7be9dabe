//! Whether a token may be used from where it is used: `enforce_ip_on_every_request` (CLAUSES.md S71).

use std::net::IpAddr;

use crate::authn::facts;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::grant::Grant;
use crate::model::scope::ScopeSet;
use crate::model::user::User;
use crate::policy::decision::admits;
use crate::policy::facts::{Asked, Channel, Place, Proof};
use crate::work::{Directory, View};

/// Whether each request of this user must come from login ranges.
#[must_use]
pub fn is_bound(directory: &Directory, user: &User) -> bool {
    let organisation = &directory.organisation;
    let has_ranges = || {
        let profile = directory.profiles.get(&user.profile);
        !organisation.login_ip_ranges.is_empty() || profile.is_some_and(|profile| !profile.login_ip_ranges.is_empty())
    };
    organisation.enforce_ip_on_every_request && has_ranges()
}

/// Whether a token of this client about this user may be used from `ip`.
///
/// # Errors
/// A fault of the database.
pub fn is_admitted(
    view: &mut View<'_>,
    (client, user): (&Client, Option<&User>),
    grant: Option<&Grant>,
    ip: Option<IpAddr>,
) -> Result<bool> {
    let Some(user) = user.filter(|user| is_bound(view.directory, user)) else {
        return Ok(true);
    };
    let asked = Asked {
        scope: grant.map_or_else(ScopeSet::default, |grant| grant.scope.clone()),
        ..Asked::default()
    };
    let mut facts = facts::begin(view, Channel::Page, client, asked);
    facts.user = Some(facts::user((view.directory, view.now), user, client, &[])?);
    facts.proof = grant.map_or(Proof::Nothing, |grant| Proof::Grant(Box::new(grant.snapshot.clone())));
    facts.place = Place { ip, ..Place::default() };
    Ok(admits(&facts))
}
