//! Who may look at the directory and who may change what in it, and with how much proof. CLAUSES.md S9.

use serde_json::Value;

use crate::error::{OAuthErrorCode, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::evidence::Acr;
use crate::model::user::{Permission, User, UserStatus};
use crate::store;
use crate::work::{Directory, View};

use super::differing;
use super::directory::defaults_of;

/// Whether a user holds a permission: their own, or of a permission set.
pub(super) fn holds(directory: &Directory, user: &User, permission: Permission) -> bool {
    let mut sets = user.permission_sets.iter();
    user.permissions.contains(&permission)
        || sets.any(|name| {
            let set = directory.permission_sets.get(name);
            set.is_some_and(|set| set.permissions.contains(&permission))
        })
}

/// What an actor may change: some of it, or all.
enum Held {
    All,
    These(Vec<Permission>),
}

fn held(view: &mut View<'_>, actor: &Actor) -> Result<Held> {
    let user = match actor {
        Actor::Operator | Actor::Server => return Ok(Held::All),
        Actor::FirstVisitor | Actor::LinkHolder { .. } | Actor::Client { .. } => None,
        Actor::User { user, .. } => store::users::find(view.tx, *user)?,
    };
    let user = user.filter(|user| user.status == UserStatus::Active);
    let all = [Permission::ManageDirectory, Permission::ManageProfiles];
    let of_user = |user: User| {
        let held = all.into_iter().filter(|one| holds(view.directory, &user, *one));
        held.collect()
    };
    Ok(Held::These(user.map(of_user).unwrap_or_default()))
}

/// Refuses whoever may change nothing from looking.
pub(super) fn check_may_look(view: &mut View<'_>, actor: &Actor) -> Result<()> {
    match held(view, actor)? {
        Held::These(held) if held.is_empty() => Err(missing(Permission::ManageDirectory)),
        _ => Ok(()),
    }
}

/// Refuses whoever does not hold every one of these permissions, or has not proved enough of late.
pub(super) fn check_may_change(view: &mut View<'_>, actor: &Actor, needed: &[Permission]) -> Result<()> {
    if let Held::These(held) = held(view, actor)?
        && let Some(lacking) = needed.iter().find(|permission| !held.contains(permission))
    {
        return Err(missing(*lacking));
    }
    check_proof(view, actor)
}

fn missing(permission: Permission) -> crate::error::Error {
    let told = match permission {
        Permission::ManageDirectory => "permission to manage the directory",
        Permission::ManageProfiles => "permission to manage profiles and permission sets",
    };
    Refusal::Missing(told).into()
}

/// A change takes proof of `high` that is fresh.
fn check_proof(view: &View<'_>, actor: &Actor) -> Result<()> {
    let Actor::User { acr, auth_time, .. } = actor else {
        return Ok(());
    };
    let limit = i64::from(view.shared.settings.limits.step_up_freshness);
    let fresh = auth_time.is_some_and(|at| view.now.seconds_since(at) <= limit);
    if *acr >= Acr::High && fresh {
        Ok(())
    } else {
        Err(OAuthErrorCode::InsufficientUserAuthentication.into())
    }
}

/// The members that say how much proof is asked of whom.
const GOVERNED: [(&str, &[&str]); 5] = [
    (
        "organisation",
        &[
            "required_acr",
            "enforcement",
            "login_ip_ranges",
            "trusted_ip_ranges",
            "enforce_ip_on_every_request",
            "time_zone",
        ],
    ),
    (
        "users",
        &["profile", "permission_sets", "permissions", "api_only", "sso_only"],
    ),
    (
        "clients",
        &[
            "required_acr",
            "on_insufficient",
            "enforcement",
            "accepted_factors",
            "default_max_age",
            "ip_relaxation",
            "refresh_max_auth_age",
            "device_assurance",
            "exchange_assurance",
            "on_requirement_raised",
            "jwt_bearer_assurance",
            "preapproved_users",
            "preapproved_profiles",
        ],
    ),
    ("scopes", &["required_acr", "max_age", "on_insufficient", "enforcement"]),
    (
        "resources",
        &[
            "required_acr",
            "max_age",
            "on_insufficient",
            "enforcement",
            "accepted_factors",
        ],
    ),
];

/// The permissions that changing an object from `before` to `after` takes; null is absence. `changed` names what differs,
/// secrets among it.
pub(super) fn needed(kind: &str, before: &Value, after: &Value, changed: &[String]) -> Vec<Permission> {
    if matches!(kind, "profiles" | "permission_sets" | "login_flows") {
        return vec![Permission::ManageProfiles];
    }
    let of_kind = GOVERNED.iter().find(|(name, _)| *name == kind);
    let governs = |member: &String| match of_kind {
        Some((_, members)) => members.contains(&member.as_str()),
        None => asserts(before) || asserts(after),
    };
    let exists = !before.is_null() && !after.is_null();
    // A person or an application that goes lowers nobody's level.
    let goes = after.is_null() && matches!(kind, "users" | "clients");
    let defaults = defaults_of(kind);
    let or_defaults = |value: &Value| {
        if value.is_null() {
            defaults.clone()
        } else {
            value.clone()
        }
    };
    let touched = differing(&or_defaults(before), &or_defaults(after));
    let mut needed = Vec::with_capacity(2);
    if !exists || changed.iter().any(|member| !governs(member)) {
        needed.push(Permission::ManageDirectory);
    }
    if !goes && touched.iter().any(governs) {
        needed.push(Permission::ManageProfiles);
    }
    needed
}

/// Whether an issuer is believed to assert a level at all, by assertions or by signing people in.
fn asserts(issuer: &Value) -> bool {
    let signs_in = issuer.get("client_id").is_some_and(|id| !id.is_null());
    signs_in || issuer.get("max_acr").is_some_and(|acr| acr != "none")
}
