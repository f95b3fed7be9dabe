//! The step that asks for a new password: checked, hashed outside any unit of work, stored, and the flow goes on.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};

use super::{gone_on, show, standing_of};
use crate::authn::factor::password::{Comparison, compare};
use crate::authn::login_flow;
use crate::crypto::random::Random;
use crate::error::{Denial, Error, Refusal, Result};
use crate::manage::{passwords, users};
use crate::model::actor::Actor;
use crate::model::credential::Material;
use crate::model::id::InteractionId;
use crate::model::login_flow::Action;
use crate::model::secret::Secret;
use crate::pages::{Text, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::store;
use crate::web::cookies::Browser;
use crate::web::interaction::step::{Step, answer};

const FIELD: &str = "new_password";

/// The form with the new password.
pub(super) async fn post(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser, place): (InteractionId, &Browser, &str),
    (turn, chosen): (u32, &str),
) -> Result<HttpResponse> {
    let chosen = Secret::new(chosen);
    let passwords = &server.shared().settings.passwords;
    if users::check_password(FIELD, passwords, &chosen).is_err() {
        let least = i64::try_from(passwords.min_length).unwrap_or(i64::MAX);
        let told = Text::new("flow-password.short").with("length", least);
        return show(request, server, place, Some((FIELD.to_owned(), told))).await;
    }
    let stored = answer(request, server, (id, browser), move |work, step| {
        check_due(&step, turn)?;
        let user = step.gathered.user().ok_or(Denial::StepNotDue)?;
        let credentials = store::credentials::of_user(work.tx, user.id)?;
        Ok(credentials.into_iter().find_map(|one| match one.material {
            Material::Password { phc } => Some(phc),
            _ => None,
        }))
    })
    .await?;
    let hashing = Arc::clone(server);
    let hashed = server
        .compute(move || {
            let hasher = &hashing.shared().hasher;
            if let Comparison::Right { .. } = compare(hasher, &chosen, stored.as_deref())? {
                return Ok(None);
            }
            Ok::<_, Error>(Some(hasher.hash(&chosen, &mut Random::from_os())?))
        })
        .await??;
    let Some(phc) = hashed else {
        let told = (FIELD.to_owned(), text::SAME_PASSWORD);
        return show(request, server, place, Some(told)).await;
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
