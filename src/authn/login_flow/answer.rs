//! What people answer to the pages of a flow: each answers the page that is due, and the move that showed it.

use std::collections::BTreeMap;

use serde_json::Map;

use super::{Ran, keep, move_on, running};
use crate::authn::factor::password;
use crate::authn::interaction::{self, Gathered};
use crate::authn::session;
use crate::error::{Denial, Fault, Result};
use crate::model::evidence::FactorKind;
use crate::model::interaction::Interaction;
use crate::model::login_flow::{Action, FieldKind, Outcome, Progress, Step};
use crate::policy::login_flow::{NEXT, Rejected, accept, read};
use crate::store;
use crate::work::Work;

/// What a person answers to a page.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The move that showed the page: an answer to an earlier one is not taken (second tab, back button).
    pub turn: u32,
    /// The fields of the form, by name.
    pub fields: BTreeMap<String, String>,
}

/// Records the answer to the page that is due, and takes the flow on; or says what in it is not taken.
///
/// # Errors
/// [`Denial::StepNotDue`] for an answer to anything else, a fault of the database.
pub fn answer(
    work: &mut Work<'_>,
    errand: &mut Interaction,
    gathered: &Gathered,
    answer: &Answer,
) -> Result<std::result::Result<Ran, Rejected>> {
    let (mut progress, step) = due_page(errand, gathered, answer.turn)?;
    let mut detail = Map::new();
    let given = |name: &str| answer.fields.get(name).map(String::as_str);
    match &step.action {
        Action::Screen { fields, .. } => match read(fields, given) {
            Ok(variables) => {
                progress
                    .variables
                    .retain(|name, _| fields.iter().all(|field| field.name != *name));
                progress.variables.extend(variables);
            }
            Err(rejected) => return Ok(Err(rejected)),
        },
        Action::AcceptTerms { terms, version, .. } => {
            if given("accept") != Some("yes") {
                return Ok(Err(Rejected {
                    field: "accept".to_owned(),
                    label: String::new(),
                    kind: FieldKind::Checkbox,
                }));
            }
            let user = gathered.user().ok_or(Denial::StepNotDue)?;
            store::accepted_terms::insert(work.tx, user.id, (terms, version), work.now)?;
            accept(&mut progress);
            detail.insert("terms".to_owned(), format!("{terms} {version}").into());
        }
        Action::Notice { .. } => {}
        _ => return Err(Denial::StepNotDue.into()),
    }
    move_on(work, errand, gathered, (progress, NEXT, detail)).map(Ok)
}

/// The flow and the step of the page that a form of move `turn` answers.
///
/// # Errors
/// [`Denial::StepNotDue`] for an answer to anything else.
pub fn due_page(errand: &Interaction, gathered: &Gathered, turn: u32) -> Result<(Progress, Step)> {
    let progress = running(errand, gathered).ok_or(Denial::StepNotDue)?;
    let step = progress.flow.steps.get(progress.at).filter(|_| progress.turn == turn);
    let step = step.ok_or(Denial::StepNotDue)?;
    Ok((progress.clone(), step.clone()))
}

/// Takes a flow on from the page on which the person chose a new password, which was stored: having typed it is proof of it.
///
/// # Errors
/// [`Denial::StepNotDue`] where no such page is due, a fault of the database.
pub fn change_password(work: &mut Work<'_>, errand: &mut Interaction, gathered: &Gathered, turn: u32) -> Result<Ran> {
    let (progress, step) = due_page(errand, gathered, turn)?;
    let (Action::ChangePassword { .. }, Some((user, session))) = (&step.action, gathered.signed_in()) else {
        return Err(Denial::StepNotDue.into());
    };
    let mut credentials = store::credentials::of_user(work.tx, user.id)?.into_iter();
    let stored = credentials.find(|credential| credential.kind() == FactorKind::Password);
    let stored = stored.ok_or_else(|| Fault::new("a password that was just stored is not there"))?;
    let evidence = password::evidence(&stored, work.now, work.ip());
    let renewed = session::add_evidence(work, Some(session.clone()), user.id, evidence, &session.user_agent)?;
    let gathered = interaction::gather_errand(&mut work.view(), errand, Some(renewed.session.clone()))?;
    let ran = move_on(work, errand, &gathered, (progress, NEXT, Map::new()))?;
    Ok(Ran {
        renewed: ran.renewed.or(Some(renewed)),
        ..ran
    })
}

/// Notes that the person has seen that the login was denied.
///
/// # Errors
/// [`Denial::StepNotDue`] where it was not, a fault of the database.
pub fn dismiss(work: &mut Work<'_>, errand: &mut Interaction) -> Result<()> {
    let Some(mut progress) = errand.flow.take() else {
        return Err(Denial::StepNotDue.into());
    };
    match &mut progress.outcome {
        Some(Outcome::Denied(denied)) => denied.dismissed = true,
        _ => return Err(Denial::StepNotDue.into()),
    }
    keep(work, errand, *progress)
}
