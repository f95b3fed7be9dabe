//! The step that asks for a new password: checked, hashed outside any unit of work, stored, and the flow goes on.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};

use super::{gone_on, show, standing_of};
use crate::authn::login_flow;
use crate::error::{Denial, Error, Refusal, Result};
use crate::manage::passwords;
use crate::manage::users::stored_password;
use crate::model::actor::Actor;
use crate::model::id::InteractionId;
use crate::model::login_flow::Action;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::store;
use crate::web::cookies::Browser;
use crate::web::interaction::step::{Step, answer};
use crate::web::new_password;

/// The field of the new password; beside it stands the one of the same password again.
pub(super) const FIELD: &str = "new_password";

/// The form with the new password.
pub(super) async fn post(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser, place): (InteractionId, &Browser, &str),
    turn: u32,
    twice: [&str; 2],
) -> Result<HttpResponse> {
    let (user, stored) = answer(request, server, (id, browser), move |work, step| {
        check_due(&step, turn)?;
        let user = step.gathered.user().ok_or(Denial::StepNotDue)?;
        let credentials = store::credentials::of_user(work.tx, user.id)?;
        Ok((user.clone(), stored_password(&credentials).map(str::to_owned)))
    })
    .await?;
    let again = async |told| show(request, server, place, Some((FIELD.to_owned(), told))).await;
    let password = match new_password::typed(server, &passwords::own_names(&user), twice) {
        Ok(password) => password,
        Err(told) => return again(told).await,
    };
    let phc = match new_password::hashed(server, password, stored).await? {
        Ok(phc) => phc,
        Err(told) => return again(told).await,
    };
    let gone = answer(request, server, (id, browser), move |work, mut step| {
        check_due(&step, turn)?;
        let (user, session) = step.gathered.signed_in().ok_or(Denial::StepNotDue)?;
        let actor = Actor::User {
            user: user.id,
            session: session.id,
            acr: step.gathered.level(),
            auth_time: None,
        };
        passwords::change_own(work, &actor, phc)?;
        let ran = login_flow::change_password(work, &mut step.errand, &step.gathered, turn)?;
        standing_of(work, &step.errand, ran)
    })
    .await?;
    Ok(gone_on(server, id, gone))
}

/// Refuses an answer to anything but the step that asks for a password.
fn check_due(step: &Step, turn: u32) -> Result<()> {
    let is_flow = matches!(step.due, NextStep::Interact(Page::Flow { .. }));
    let (_, due) = login_flow::due_page(&step.errand, &step.gathered, turn)?;
    if is_flow && matches!(due.action, Action::ChangePassword { .. }) {
        Ok(())
    } else {
        Err(Error::Refused(Refusal::Denied(Denial::StepNotDue)))
    }
}
