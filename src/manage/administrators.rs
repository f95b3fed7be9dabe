//! Whether somebody is left who can manage the directory, and whether anybody can sign in at all.

use crate::authn::{credentials, facts};
use crate::error::{FieldError, Result};
use crate::model::actor::Actor;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::UserId;
use crate::model::profile::Profile;
use crate::model::user::{Permission, User, UserStatus};
use crate::policy::login_flow::can_finish;
use crate::store;
use crate::work::Work;

use super::directory::UserMembers;
use super::validate::{Belonging, Surroundings};

/// Why somebody cannot do something: the member that says so, and the reason.
pub(super) type Hindrance = (&'static str, &'static str);

/// Whether a user holds a permission: their own, or of a permission set.
pub(super) fn holds(user: &UserMembers, around: &Surroundings, permission: Permission) -> bool {
    let of_sets = |belonging: Belonging<'_>| belonging.gives(permission);
    user.permissions.contains(&permission) || belonging(user, around).is_some_and(of_sets)
}

fn belonging<'a>(user: &UserMembers, around: &'a Surroundings) -> Option<Belonging<'a>> {
    Belonging::find("", &user.profile, &user.permission_sets, around).ok()
}

/// Why nobody with this profile can sign in, if so.
fn shut_out(profile: &Profile, around: &Surroundings) -> Option<Hindrance> {
    if profile.login_hours.as_ref().is_some_and(|hours| hours.are_never()) {
        return Some(("profile", "the login hours of this profile never come"));
    }
    let everybody = &around.organisation.login_ip_ranges;
    let overlap = || {
        let mut own = profile.login_ip_ranges.iter();
        own.any(|own| everybody.iter().any(|range| own.overlaps(range)))
    };
    if !everybody.is_empty() && !profile.login_ip_ranges.is_empty() && !overlap() {
        let problem = "no address is in both the login ranges of this profile and those of the organisation";
        return Some(("profile", problem));
    }
    None
}

/// Why a user who enrolled these kinds of factor cannot manage the directory from a browser, if so.
pub(super) fn hindrance(user: &UserMembers, enrolled: &[FactorKind], around: &Surroundings) -> Option<Hindrance> {
    if user.status == UserStatus::Disabled {
        return Some(("status", "is disabled"));
    }
    if user.api_only {
        return Some(("api_only", "is for APIs alone, and so has no pages"));
    }
    let Some(belonging) = belonging(user, around) else {
        return Some(("profile", "has no profile that is there"));
    };
    let shut_out = shut_out(belonging.profile, around).or_else(|| stuck(user, belonging.profile, around));
    shut_out.or_else(|| (!reaches_high(&belonging, enrolled, around)).then_some(NO_PATH))
}

/// Why this user cannot get through the login flow of their profile, if so (CLAUSES.md S23).
fn stuck(user: &UserMembers, profile: &Profile, around: &Surroundings) -> Option<Hindrance> {
    let flow = around.login_flows.get(profile.login_flow.as_ref()?)?;
    let runs = flow.runs_for(&User::key_of(&user.username));
    // Who it is makes no difference to where it leads.
    let somebody = user.user(UserId::from_bytes([0; 16]));
    let is_stuck = runs && !can_finish(flow, &somebody, &around.reach.kinds);
    is_stuck.then_some(("profile", "cannot get to the end of the login flow of this profile"))
}

const NO_PATH: Hindrance = (
    "profile",
    "has no path left to high, which managing the directory takes",
);

/// Whether a user has a factor that reaches `high`, or is led to enrol one.
fn reaches_high(belonging: &Belonging<'_>, enrolled: &[FactorKind], around: &Surroundings) -> bool {
    let (reach, switches) = (&around.reach, belonging.switches(true));
    let of_login = switches.mfa_ui || switches.required_acr.max(around.organisation.required_acr) >= Acr::High;
    let may_enrol = reach.enrol_at_step_up || of_login;
    reach.best_of(enrolled) >= Acr::High || (may_enrol && reach.best_of(&reach.kinds) >= Acr::High)
}

/// Refuses a directory in which nobody who may sign in can.
pub(super) fn check_anybody_signs_in<'a>(
    users: impl Iterator<Item = &'a UserMembers>,
    around: &Surroundings,
) -> std::result::Result<(), FieldError> {
    let mut first = None;
    for user in users.filter(|user| user.status == UserStatus::Active) {
        let profile = around.profiles.get(&user.profile);
        match profile.and_then(|profile| shut_out(profile, around)) {
            None => return Ok(()),
            Some((_, why)) => first = first.or(Some((user, why))),
        }
    }
    let Some((user, why)) = first else { return Ok(()) };
    let problem = format!("{why}, and nobody else could sign in either; widen hours or ranges");
    Err(FieldError::new(format!("profiles.{}", user.profile), problem))
}

/// Refuses a change by a user in a browser after which nobody could manage the directory, or they themself could not.
/// `meanwhile` are further users as they will be. At the command line anything goes: it is the way back in.
pub(super) fn check_change(
    work: &mut Work<'_>,
    actor: &Actor,
    (before, after): (&User, Option<&User>),
    meanwhile: &[(User, User)],
) -> Result<()> {
    let Actor::User { user: acting, .. } = actor else {
        return Ok(());
    };
    let around = Surroundings::of(&work.view());
    let enrolled = enrolled(work, before)?;
    let place = format!("users.{}", before.username);
    let after = after.map(UserMembers::from);
    if let Some(after) = &after
        && *acting == before.id
    {
        check_own(&place, after, &enrolled, &around)?;
    }
    let manages = |user: &UserMembers, enrolled: &[FactorKind]| {
        holds(user, &around, Permission::ManageDirectory) && hindrance(user, enrolled, &around).is_none()
    };
    let still = after.is_some_and(|after| manages(&after, &enrolled));
    if still || !manages(&UserMembers::from(before), &enrolled) {
        return Ok(());
    }
    for other in store::users::list(work.tx)? {
        let changed = meanwhile.iter().find(|(_, after)| after.id == other.id);
        let other = changed.map_or(other, |(_, after)| after.clone());
        let members = UserMembers::from(&other);
        let counts = other.id != before.id && holds(&members, &around, Permission::ManageDirectory);
        if counts && manages(&members, &self::enrolled(work, &other)?) {
            return Ok(());
        }
    }
    let problem = "is the last user who may manage the directory; give the permission to another first";
    Err(FieldError::new(place, problem).into())
}

/// Whoever stays an administrator keeps a path to what administering takes (CLAUSES.md S9).
pub(super) fn check_own(
    place: &str,
    after: &UserMembers,
    enrolled: &[FactorKind],
    around: &Surroundings,
) -> std::result::Result<(), FieldError> {
    let all = [Permission::ManageDirectory, Permission::ManageProfiles];
    let stays = after.status == UserStatus::Active && all.iter().any(|one| holds(after, around, *one));
    match hindrance(after, enrolled, around).filter(|_| stays) {
        Some((key, why)) => {
            let problem =
                format!("you could not manage the directory any more: {why}; let another administrator do it");
            Err(FieldError::new(format!("{place}.{key}"), problem))
        }
        None => Ok(()),
    }
}

fn enrolled(work: &mut Work<'_>, user: &User) -> Result<Vec<FactorKind>> {
    let credentials = credentials::of_user(&mut work.view(), user)?;
    let columns = work.shared.settings.assurance.columns;
    Ok(facts::enrolled_in_full(&credentials, columns, work.now))
}
