//! Accounts at other providers that a person connects with their own.

use super::own;
use crate::authn::throttle;
use crate::authn::upstream::{self, Problem, SignedIn};
use crate::error::Result;
use crate::model::actor::Actor;
use crate::model::evidence::FactorKind;
use crate::model::issuer::Issuer;
use crate::model::job::{Job, Notice};
use crate::work::Work;

/// Connects an account at a provider with the actor's own; its owner is told.
///
/// # Errors
/// A refusal for whoever is not signed in, or a fault of the database.
pub fn add(
    work: &mut Work<'_>,
    actor: &Actor,
    issuer: &Issuer,
    who: &SignedIn,
) -> Result<std::result::Result<(), Problem>> {
    let (user, _) = own(actor)?;
    if !issuer.connectable {
        return Ok(Err(Problem::Refused("nobody connects accounts there themselves")));
    }
    match upstream::connect(work, user, &issuer.issuer, &who.subject)? {
        Ok(_) => {
            throttle::refund_address(work)?;
            let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
            let notice = Notice::FactorAdded {
                factor: FactorKind::Upstream,
                at: work.now,
                ip,
            };
            work.enqueue(&Job::Notify { user, notice })?;
            Ok(Ok(()))
        }
        Err(problem) => {
            upstream::note(work, issuer, problem)?;
            Ok(Err(problem))
        }
    }
}
