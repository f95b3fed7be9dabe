//! One turn of the loop: gather, decide, and either show the next page or come to an end.

use serde_json::{Map, json};

use super::complete::{Completed, Outcome, Seen, complete};
use super::pushed::use_up;
use super::received::Received;
use super::validate::{Invalid, PageError, Valid, target_of, validate};
use crate::authn::facts::recorded;
use crate::authn::interaction::{self, Gathered};
use crate::authn::session;
use crate::error::{Denial, Fault, OAuthError, Result};
use crate::model::audit::{Entry, Event};
use crate::model::interaction::{Interaction, Purpose};
use crate::model::request::AuthorizationRequest;
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::oauth::params::Params;
use crate::policy::{Decision, NextStep, Page, decide};
use crate::work::{View, Work};

/// What became of a request at the authorization endpoint.
pub enum Begun {
    /// It cannot be answered but on our page.
    Page(PageError),
    /// It is answered at once.
    Completed(Box<Completed>),
    /// The person has an errand first, and this page of it is due where that is known already.
    Errand(Box<Interaction>, Option<Page>),
}

/// What a turn of an errand came to.
pub enum Turn {
    /// This page is due.
    Due(Page),
    /// The errand is over.
    Completed(Box<Completed>),
}

/// Begins a request that came by a same-site navigation, with the session that came along.
///
/// # Errors
/// A fault of the database.
pub fn begin(work: &mut Work<'_>, received: Received, session: Option<Session>, browser: &Digest) -> Result<Begun> {
    let received = received.opened(work)?;
    let ticket = received.ticket();
    let valid = match received.validate(&mut work.view())? {
        Ok(valid) => valid,
        Err(invalid) => return refused(work, ticket.as_ref(), invalid),
    };
    let gathered = interaction::gather(&mut work.view(), (&valid.client, &valid.request), session, None)?;
    let decision = decide(&gathered.facts);
    match finish(work, (&valid, ticket.as_ref()), &gathered, &decision)? {
        Turn::Completed(mut completed) => {
            leave_no_session(work, &gathered, &mut completed)?;
            Ok(Begun::Completed(completed))
        }
        Turn::Due(page) => {
            let interaction = open(work, &received, valid, browser)?;
            interaction::due(work, &interaction, &page, &gathered)?;
            Ok(Begun::Errand(Box::new(interaction), Some(page)))
        }
    }
}

/// Stores a request that came by a cross-site post: cookies did not come along, so it is decided on the next navigation.
///
/// # Errors
/// A fault of the database.
pub fn open_errand(work: &mut Work<'_>, received: Received, browser: &Digest) -> Result<Begun> {
    let received = received.opened(work)?;
    match received.validate(&mut work.view())? {
        Ok(valid) => Ok(Begun::Errand(Box::new(open(work, &received, valid, browser)?), None)),
        Err(invalid) => refused(work, received.ticket().as_ref(), invalid),
    }
}

fn open(work: &mut Work<'_>, received: &Received, valid: Valid, browser: &Digest) -> Result<Interaction> {
    let purpose = Purpose::Authorize {
        request: Box::new(valid.request),
        params: received.params.pairs().to_vec(),
        pushed: received.ticket(),
        plain: received.is_plain(),
    };
    interaction::open(work, browser, purpose)
}

fn refused(work: &mut Work<'_>, ticket: Option<&Digest>, invalid: Invalid) -> Result<Begun> {
    match invalid {
        Invalid::Page(error) => Ok(Begun::Page(error)),
        Invalid::Redirect(target, error) => {
            use_up(work, ticket)?;
            work.audit(Entry::new(Event::AuthorizationRefused).detail(json!({ "error": error.code.as_str() })))?;
            let completed = Completed::of(work, target, Outcome::Error(error))?;
            Ok(Begun::Completed(Box::new(completed)))
        }
    }
}

/// The request that an errand is for, and its parameters.
fn asked(errand: &Interaction) -> Result<(&AuthorizationRequest, &Vec<(String, String)>)> {
    match &errand.purpose {
        Purpose::Authorize { request, params, .. } => Ok((request, params)),
        Purpose::Visit(_) | Purpose::Device(_) => Err(Fault::new("the errand is for no request of a client").into()),
    }
}

/// The ticket of an errand's request, if that was pushed.
const fn ticket_of(errand: &Interaction) -> Option<&Digest> {
    match &errand.purpose {
        Purpose::Authorize { pushed, .. } => pushed.as_ref(),
        Purpose::Visit(_) | Purpose::Device(_) => None,
    }
}

/// The request of an errand as it stands: validated again, with what the person left out left out.
fn revalidate(view: &mut View<'_>, errand: &Interaction) -> Result<std::result::Result<Valid, Invalid>> {
    let (request, params) = asked(errand)?;
    let mut validated = validate(view, &Params::from_pairs(params.clone()))?;
    if let Ok(valid) = &mut validated {
        valid.request.scope = valid.request.scope.intersection(&request.scope);
        valid.request.claims.keep(&request.claims.scopes());
    }
    Ok(validated)
}

/// The parameters that begin an errand's request anew, while that request would still be taken.
///
/// # Errors
/// A fault of the database.
pub fn request_again(view: &mut View<'_>, errand: &Interaction) -> Result<Option<Params>> {
    // What came signed or pushed would come as neither.
    let Purpose::Authorize {
        params, plain: true, ..
    } = &errand.purpose
    else {
        return Ok(None);
    };
    let params = Params::from_pairs(params.clone());
    Ok(validate(view, &params)?.is_ok().then_some(params))
}

/// What is due in an errand, without taking the turn.
///
/// # Errors
/// A fault of the database, or [`Denial::ExpiredInteraction`] when its request is not valid any more.
pub fn peek(
    view: &mut View<'_>,
    errand: &Interaction,
    session: Option<Session>,
) -> Result<(Valid, Gathered, Decision)> {
    let valid = revalidate(view, errand)?.map_err(|_| Denial::ExpiredInteraction)?;
    let gathered = interaction::gather(view, (&valid.client, &valid.request), session, Some(errand))?;
    let decision = decide(&gathered.facts);
    Ok((valid, gathered, decision))
}

/// Takes the next turn of an errand: completes it when nothing is due any more.
///
/// # Errors
/// A fault of the database, or [`Denial::ExpiredInteraction`] when it was completed before.
pub fn resume(work: &mut Work<'_>, errand: &Interaction, session: Option<Session>) -> Result<Turn> {
    let valid = match revalidate(&mut work.view(), errand)? {
        Ok(valid) => valid,
        Err(Invalid::Redirect(target, error)) => {
            use_up(work, ticket_of(errand))?;
            interaction::complete(work, errand)?;
            let completed = Completed::of(work, target, Outcome::Error(error))?;
            return Ok(Turn::Completed(Box::new(completed)));
        }
        Err(Invalid::Page(_)) => return Err(Denial::ExpiredInteraction.into()),
    };
    let gathered = interaction::gather(&mut work.view(), (&valid.client, &valid.request), session, Some(errand))?;
    let decision = decide(&gathered.facts);
    let mut turn = finish(work, (&valid, ticket_of(errand)), &gathered, &decision)?;
    match &mut turn {
        Turn::Completed(completed) => {
            leave_no_session(work, &gathered, completed)?;
            interaction::complete(work, errand)?;
        }
        Turn::Due(page) => interaction::due(work, errand, page, &gathered)?,
    }
    Ok(turn)
}

/// Users for APIs alone sign in for the request of an application, and are signed in nowhere afterwards (S53).
fn leave_no_session(work: &mut Work<'_>, gathered: &Gathered, completed: &mut Completed) -> Result<()> {
    match (gathered.user(), gathered.session()) {
        (Some(user), Some(session)) if user.api_only => {
            if let Some(seen) = &mut completed.seen {
                seen.session = None;
            }
            session::leave(work, session)
        }
        _ => Ok(()),
    }
}

/// Carries a decision out. With `prompt=none` a page that is due is the error that says so (OpenID Connect Core §3.1.2.6).
fn finish(
    work: &mut Work<'_>,
    (valid, ticket): (&Valid, Option<&Digest>),
    gathered: &Gathered,
    decision: &Decision,
) -> Result<Turn> {
    if !matches!(&decision.step, NextStep::Interact(_)) || valid.request.prompt.none {
        use_up(work, ticket)?;
    }
    let recorded = recorded(&gathered.facts, decision)?;
    let seen = Seen::by(&valid.request, gathered.session());
    let error: OAuthError = match &decision.step {
        NextStep::Proceed(approval) => {
            let bridged_from = gathered.session().and_then(|session| session.bridged_from);
            if let Some(session) = gathered.session() {
                session::touch(work, &mut session.clone())?;
            }
            let mut completed = complete(work, valid, (approval, bridged_from), recorded)?;
            completed.seen = seen;
            return Ok(Turn::Completed(Box::new(completed)));
        }
        NextStep::Interact(page) if valid.request.prompt.none => page.unshown().into(),
        NextStep::Interact(page) => {
            interaction::record_challenge(work, page, gathered, recorded)?;
            return Ok(Turn::Due(page.clone()));
        }
        NextStep::Refuse(reason) => reason.authorization_error(),
    };
    let mut entry = Entry::new(Event::AuthorizationRefused).client(&valid.client.client_id);
    entry.user = gathered.user().map(|user| user.id);
    let detail = Map::from_iter([("error".to_owned(), error.code.as_str().into())]);
    work.audit(recorded.on(entry, detail))?;
    let mut completed = Completed::of(work, target_of(&valid.request), Outcome::Error(error))?;
    completed.seen = seen;
    Ok(Turn::Completed(Box::new(completed)))
}
