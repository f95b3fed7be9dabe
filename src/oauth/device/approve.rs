//! The person who answers a device: types its code, and goes through the loop of every errand. RFC 8628 §3.3, §5.4.

use std::sync::Arc;

use serde_json::{Map, json};

use super::{allowed_scope, user_code_digest};
use crate::authn::facts::{Recorded, recorded};
use crate::authn::interaction::{self, Gathered};
use crate::authn::session;
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::device_code::{DeviceAnswer, DeviceCode, DeviceRequest, read_user_code, shown_user_code};
use crate::model::grant::{Grant, Snapshot};
use crate::model::interaction::{Approving, Interaction, Purpose};
use crate::model::request::ClaimsRequest;
use crate::model::scope::ScopeSet;
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::oauth::subject;
use crate::policy::{Approval, Decision, NextStep, Page, Reason, decide, lockout};
use crate::store;
use crate::work::{View, Work};

/// Seconds in which codes that were typed in vain are counted.
const WINDOW: u32 = 3_600;

/// What became of a code that somebody typed.
#[derive(Debug)]
pub enum Entered {
    /// A device shows it, and its approval begins.
    Errand(Box<Interaction>),
    /// No device shows it: never did, was answered, or waits no more.
    Unknown,
}

/// What a turn of an approval came to.
#[derive(Debug)]
pub enum Turn {
    /// This page is due.
    Due(Page),
    /// The device gets what it asked for.
    Allowed,
    /// It gets nothing, as the person said.
    Denied,
    /// It gets nothing.
    Refused(Reason),
}

/// Begins the approval of the device that shows the code which was typed in a browser.
///
/// # Errors
/// [`Denial::RateLimited`] where too many were typed in vain from this address or by this account, a fault of the database.
pub fn enter(work: &mut Work<'_>, typed: &str, (session, browser): (Option<&Session>, &Digest)) -> Result<Entered> {
    // RFC 8628 §5.1: charged before it is looked at, so that guessing side by side buys nothing.
    let mut counters = vec![lockout::user_codes_counter(work.ip())];
    counters.extend(session.map(|session| format!("user_codes:user:{}", session.user)));
    let limit = i64::from(work.shared.settings.device.wrong_codes);
    let mut is_over = false;
    for counter in &counters {
        is_over |= store::counters::charge(work.tx, counter, work.now, WINDOW)? > limit;
    }
    if is_over {
        return Err(Denial::RateLimited(WINDOW).into());
    }
    let Some((code, user_code)) = find_open(work, typed)? else {
        return Ok(Entered::Unknown);
    };
    if standing(&mut work.view(), &code.request)?.is_none_or(|(client, _)| client.disabled) {
        return Ok(Entered::Unknown);
    }
    for counter in &counters {
        store::counters::refund(work.tx, counter, 1)?;
    }
    let approving = Approving {
        code: code.digest,
        user_code: shown_user_code(&user_code),
        request: code.request,
        compared: false,
    };
    let errand = interaction::open(work, browser, Purpose::Device(Box::new(approving)))?;
    Ok(Entered::Errand(Box::new(errand)))
}

fn find_open(work: &mut Work<'_>, typed: &str) -> Result<Option<(DeviceCode, String)>> {
    let Some(user_code) = read_user_code(typed) else {
        return Ok(None);
    };
    let digest = user_code_digest(work.shared, &user_code);
    let found = store::device_codes::find_by_user_code(work.tx, &digest)?;
    Ok(found
        .filter(|code| code.is_open(work.now))
        .map(|code| (code, user_code)))
}

/// The client of a device's request as it is now, and what it may still have of the scope it asked for; none where it is gone,
/// may not ask for devices any more, or would get nothing.
fn standing(view: &mut View<'_>, request: &DeviceRequest) -> Result<Option<(Arc<Client>, ScopeSet)>> {
    let client = view.directory.client(view.tx, &request.client_id)?;
    let client = client.filter(|client| client.allows(GrantType::DeviceCode));
    Ok(client.and_then(|client| Some((Arc::clone(&client), allowed_scope(&client, Some(&request.scope))?))))
}

/// An approval as it stands: of whom, and for what.
#[derive(Debug)]
pub struct Standing {
    /// The client.
    pub client: Arc<Client>,
    /// What it asks for, cut to what it may have now.
    pub approving: Box<Approving>,
}

/// What is due in an approval, without taking the turn.
///
/// # Errors
/// A fault of the database, or [`Denial::ExpiredInteraction`] when the device was answered or waits no more, or its client may
/// not ask any more.
pub fn peek(
    view: &mut View<'_>,
    (errand, approving): (&Interaction, &Approving),
    session: Option<Session>,
) -> Result<(Standing, Gathered, Decision)> {
    let code = store::device_codes::find(view.tx, &approving.code)?;
    if !code.is_some_and(|code| code.is_open(view.now)) {
        return Err(Denial::ExpiredInteraction.into());
    }
    let (client, scope) = standing(view, &approving.request)?.ok_or(Denial::ExpiredInteraction)?;
    let mut approving = Box::new(approving.clone());
    approving.request.scope = scope;
    let gathered = interaction::gather_device(view, (&client, &approving), session, errand)?;
    let decision = decide(&gathered.facts);
    Ok((Standing { client, approving }, gathered, decision))
}

/// Takes the next turn of an approval: answers the device when nothing is due any more.
///
/// # Errors
/// A fault of the database, or [`Denial::ExpiredInteraction`] when the device was answered or waits no more.
pub fn resume(
    work: &mut Work<'_>,
    (errand, approving): (&Interaction, &Approving),
    session: Option<Session>,
) -> Result<Turn> {
    let (Standing { client, approving }, gathered, decision) = peek(&mut work.view(), (errand, approving), session)?;
    let recorded = recorded(&gathered.facts, &decision)?;
    let turn = match &decision.step {
        NextStep::Interact(page) => {
            interaction::record_challenge(work, page, &gathered, recorded)?;
            interaction::due(work, errand, page, &gathered)?;
            return Ok(Turn::Due(page.clone()));
        }
        NextStep::Proceed(approval) => {
            allow(work, (&client, &approving), (approval, &gathered), recorded)?;
            Turn::Allowed
        }
        NextStep::Refuse(reason) => {
            deny(work, &approving, (*reason, &gathered), recorded)?;
            match reason {
                Reason::ConsentDenied => Turn::Denied,
                reason => Turn::Refused(*reason),
            }
        }
    };
    interaction::complete(work, errand)?;
    // Users for APIs alone sign in for the request of an application, and are signed in nowhere afterwards (S53).
    if let Some((user, session)) = gathered.signed_in()
        && user.api_only
    {
        session::leave(work, session)?;
    }
    Ok(turn)
}

fn answered(work: &mut Work<'_>, approving: &Approving, answer: DeviceAnswer) -> Result<()> {
    if store::device_codes::answer(work.tx, &approving.code, answer, work.now)? {
        Ok(())
    } else {
        Err(Denial::ExpiredInteraction.into())
    }
}

fn allow(
    work: &mut Work<'_>,
    (client, approving): (&Client, &Approving),
    (approval, gathered): (&Approval, &Gathered),
    recorded: Recorded,
) -> Result<()> {
    let id = work.new_id();
    answered(work, approving, DeviceAnswer::Allowed(id))?;
    let subject = match approval.user() {
        Some(user) => subject::of(work, client, user)?,
        None => None,
    };
    let grant = Grant {
        id,
        user: approval.user(),
        subject,
        client_id: approval.client_id().to_owned(),
        grant_type: GrantType::DeviceCode,
        scope: approval.scope().clone(),
        resources: approving.request.resources.clone(),
        claims: ClaimsRequest::default(),
        nonce: None,
        // The session is the browser's, which the device has no part in: it does not end with that.
        snapshot: Snapshot {
            session: None,
            ..approval.snapshot().clone()
        },
        bridged_from: gathered.session().and_then(|session| session.bridged_from),
        exchanged: None,
        created_at: work.now,
    };
    let settings = &work.shared.settings;
    let kept = i64::from(settings.device.code_lifetime) + i64::from(settings.tokens.access_token_lifetime) + 86_400;
    store::grants::insert(work.tx, &grant, work.now.plus_seconds(kept))?;
    if let Some(session) = gathered.session() {
        session::touch(work, &mut session.clone())?;
    }
    let mut entry = Entry::new(Event::AuthorizationAllowed)
        .client(&client.client_id)
        .grant(grant.id);
    entry.user = approval.user();
    entry.session = approval.snapshot().session;
    let mut detail = Map::new();
    detail.insert("acr".into(), grant.snapshot.acr().into());
    detail.insert("scope".into(), json!(grant.scope));
    detail.insert("device_ip".into(), json!(approving.request.ip));
    if let Some(reported) = &grant.snapshot.reported {
        detail.insert("would_have".into(), reported.as_str().into());
    }
    work.audit(recorded.on(entry, detail))
}

fn deny(
    work: &mut Work<'_>,
    approving: &Approving,
    (reason, gathered): (Reason, &Gathered),
    recorded: Recorded,
) -> Result<()> {
    answered(work, approving, DeviceAnswer::Denied)?;
    let mut entry = Entry::new(Event::AuthorizationRefused).client(&approving.request.client_id);
    entry.user = gathered.user().map(|user| user.id);
    let detail = Map::from_iter([
        ("reason".to_owned(), json!(reason.as_str())),
        ("device_ip".to_owned(), json!(approving.request.ip)),
    ]);
    work.audit(recorded.on(entry, detail))
}
