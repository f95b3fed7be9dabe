//! A step of an errand: what is due is decided in the very unit of work that answers it.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::turn::{Aim, peek};
use crate::authn::interaction::{self, Gathered};
use crate::authn::session;
use crate::error::Result;
use crate::model::id::InteractionId;
use crate::model::interaction::Interaction;
use crate::model::session::Session;
use crate::policy::NextStep;
use crate::server::Server;
use crate::web::cookies::{self, Browser};
use crate::web::visitor;
use crate::work::Work;

/// An errand as an answer finds it.
pub(super) struct Step {
    pub(super) errand: Interaction,
    pub(super) session: Option<Session>,
    pub(super) aim: Aim,
    pub(super) gathered: Gathered,
    /// What is due; an answer to anything else is refused.
    pub(super) due: NextStep,
}

/// Answers a step of an errand, in the browser that it is bound to.
pub(super) async fn answer<T, F>(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    answer: F,
) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Work<'_>, Step) -> Result<T> + Send + 'static,
{
    let (digest, cookie) = (browser.digest(), cookies::session(request, server));
    server
        .perform(visitor::origin(request, server), move |work| {
            let errand = interaction::load(work, id, &digest)?;
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            let (aim, gathered, decision) = peek(&mut work.view(), &errand, session.clone())?;
            let step = Step {
                errand,
                session,
                aim,
                gathered,
                due: decision.step,
            };
            answer(work, step)
        })
        .await
}
