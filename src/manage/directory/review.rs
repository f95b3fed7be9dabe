//! What in the directory in force deserves an operator's eye: what can never be met, what has no effect, what only reports.

use super::state::{Credentials, State};
use super::{check_objects, check_references, check_users, surroundings};
use crate::error::{Error, Result};
use crate::manage::authority::check_may_look;
use crate::manage::validate::{self, Belonging};
use crate::model::actor::Actor;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::Enforcement;
use crate::work::View;

/// Something that deserves an operator's eye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The directory could not be applied as it is under these settings: the first reason.
    Invalid(String),
    /// These users hold `mfa_api` without `mfa_ui`, which has no effect.
    LoneMfaApi(Vec<String>),
    /// These objects only report what they require.
    ReportOnly(Vec<String>),
    /// These accept codes by SMS or voice.
    Restricted(Vec<String>),
}

/// What deserves an operator's eye.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn review(view: &mut View<'_>, actor: &Actor) -> Result<Vec<Notice>> {
    check_may_look(view, actor)?;
    let state = State::load(view, &Credentials::None)?;
    let around = surroundings(&state, &view.shared.settings);
    let mut notices = Vec::new();
    let lone = lone_mfa_api(&state, &around);
    match check_in_force(&state, &around, lone.is_empty()) {
        Err(Error::Refused(refusal)) => notices.push(Notice::Invalid(refusal.to_string())),
        checked => checked?,
    }
    for (notice, names) in [
        (Notice::LoneMfaApi as fn(_) -> _, lone),
        (Notice::ReportOnly, report_only(&state)),
        (Notice::Restricted, restricted(&state)),
    ] {
        if !names.is_empty() {
            notices.push(notice(names));
        }
    }
    Ok(notices)
}

/// Checks that what the directory requires can be reached under the settings of now.
///
/// # Errors
/// The first reason why it cannot, or a fault of the database.
pub fn check_reach(view: &mut View<'_>) -> Result<()> {
    let state = State::without_users(view)?;
    let around = surroundings(&state, &view.shared.settings);
    check_in_force(&state, &around, false)
}

/// Checks the directory as `apply` would. A lone `mfa_api` has a notice of its own.
fn check_in_force(state: &State, around: &validate::Surroundings, users: bool) -> Result<()> {
    check_objects(state, around)?;
    check_references(state, around)?;
    let mut clients = state.clients.values();
    clients.try_for_each(|client| validate::client::check(client, around))?;
    if users { check_users(state, around) } else { Ok(()) }
}

/// Users whom something gives `mfa_api`, and nothing that is enforced alike `mfa_ui` (CLAUSES.md S42).
fn lone_mfa_api(state: &State, around: &validate::Surroundings) -> Vec<String> {
    let is_lone = |belonging: &Belonging<'_>| {
        [true, false].into_iter().any(|enforced_alone| {
            let switches = belonging.switches(enforced_alone);
            switches.mfa_api && !switches.mfa_ui
        })
    };
    let users = state.users.values().map(|user| &user.members);
    let lone = users.filter(|user| {
        let belonging = Belonging::find("", &user.profile, &user.permission_sets, around);
        belonging.is_ok_and(|belonging| is_lone(&belonging))
    });
    lone.map(|user| user.username.clone()).collect()
}

fn report_only(state: &State) -> Vec<String> {
    let mut names = Vec::new();
    let mut note = |place: String, enforcement: Enforcement, requires: bool| {
        if requires && enforcement == Enforcement::Report {
            names.push(place);
        }
    };
    if let Some(organisation) = &state.organisation {
        let requires = organisation.required_acr > Acr::None;
        note("organisation".to_owned(), organisation.enforcement, requires);
    }
    for profile in state.profiles.values() {
        let requires = profile.required_acr > Acr::None || profile.mfa_ui;
        note(format!("profiles.{}", profile.name), profile.enforcement, requires);
    }
    for set in state.permission_sets.values() {
        let requires = set.required_acr > Acr::None || set.mfa_ui || set.mfa_api;
        note(format!("permission_sets.{}", set.name), set.enforcement, requires);
    }
    for scope in state.scopes.values() {
        let requires = scope.required_acr > Acr::None || scope.max_age.is_some();
        note(format!("scopes.{}", scope.name), scope.enforcement, requires);
    }
    for one in state.resources.values() {
        let requires = one.required_acr > Acr::None || one.max_age.is_some() || !one.accepted_factors.is_empty();
        note(format!("resources.{}", one.identifier), one.enforcement, requires);
    }
    for one in state.clients.values() {
        let requires =
            one.required_acr > Acr::None || one.default_max_age.is_some() || !one.accepted_factors.is_empty();
        note(format!("clients.{}", one.client_id), one.enforcement, requires);
    }
    names
}

fn restricted(state: &State) -> Vec<String> {
    let is_restricted = |kinds: &[FactorKind]| kinds.contains(&FactorKind::Sms) || kinds.contains(&FactorKind::Voice);
    let clients = state.clients.values();
    let clients = clients.filter(|one| is_restricted(&one.accepted_factors));
    let resources = state.resources.values();
    let resources = resources.filter(|one| is_restricted(&one.accepted_factors));
    clients
        .map(|one| format!("clients.{}", one.client_id))
        .chain(resources.map(|one| format!("resources.{}", one.identifier)))
        .collect()
}
