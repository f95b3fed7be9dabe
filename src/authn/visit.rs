//! Visits: pages of our own, and what is shown before they open. Whoever changes what protects an account gives fresh proof
//! first, as good as that account can give (ASSURANCE.md §7).

use serde_json::Map;

use crate::authn::facts::{self, recorded};
use crate::authn::interaction::{self, Gathered};
use crate::authn::{credentials, session};
use crate::error::Result;
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::evidence::FactorKind;
use crate::model::interaction::{Interaction, Purpose, Stake, Visit};
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::policy::facts::{Asked, Channel};
use crate::policy::requirements::Source;
use crate::policy::{Decision, NextStep, Page, Reason, decide};
use crate::work::{View, Work};

/// How many credentials of one kind a user may have.
pub const FACTORS_PER_KIND: usize = 5;

/// What a visit came to.
#[derive(Debug)]
pub enum Turn {
    /// This page is due first.
    Due(Page),
    /// The page at this path opens.
    Open(String),
    /// It stays shut.
    Refused(Reason),
}

/// Who our own pages are to the policy: a client that nobody registered, and that is asked to agree to nothing.
fn ourselves() -> Client {
    Client {
        client_id: Source::ACCOUNT.to_owned(),
        require_consent: false,
        ..Client::default()
    }
}

/// Loads the facts of a visit for whoever is signed in with `session`; in an errand, or before there is one.
///
/// # Errors
/// A fault of the database.
pub fn gather(
    view: &mut View<'_>,
    visit: &Visit,
    session: Option<Session>,
    errand: Option<&Interaction>,
) -> Result<Gathered> {
    let client = ourselves();
    let facts = facts::begin(view, Channel::Page, &client, Asked::default());
    let mut gathered = interaction::with_user(view, (facts, &client), session, errand)?;
    if visit.stake == Stake::Change {
        let rules = &gathered.facts.rules;
        // A number that was typed at login, or changed lately, is not asked for more than it can show.
        let mut enrolled = gathered
            .facts
            .user
            .as_ref()
            .map(|user| user.enrolled.clone())
            .unwrap_or_default();
        let ceilings = gathered.facts.user.as_ref().map(|user| &user.ceilings);
        enrolled.retain(|kind| ceilings.is_none_or(|ceilings| !ceilings.contains_key(kind)));
        let source = Source::of_change(&enrolled, rules.columns);
        gathered.facts.required.add(source);
    }
    Ok(gathered)
}

/// What a visit still needs, without taking the turn.
///
/// # Errors
/// A fault of the database.
pub fn peek(
    view: &mut View<'_>,
    visit: &Visit,
    session: Option<Session>,
    errand: Option<&Interaction>,
) -> Result<(Gathered, Decision)> {
    let gathered = gather(view, visit, session, errand)?;
    let mut decision = decide(&gathered.facts);
    if let (NextStep::Proceed(approval), Some(kind)) = (&decision.step, visit.enrol)
        && is_to_enrol(view, &gathered, (errand, kind))?
    {
        decision.step = NextStep::Interact(Page::Enrol {
            allowed: vec![kind],
            needed: approval.snapshot().assurance.acr,
            wanted_by: Source::ACCOUNT.to_owned(),
        });
    }
    Ok((gathered, decision))
}

/// Whether a factor of this kind is still to be enrolled in an errand, and may be.
fn is_to_enrol(
    view: &mut View<'_>,
    gathered: &Gathered,
    (errand, kind): (Option<&Interaction>, FactorKind),
) -> Result<bool> {
    let Some(user) = gathered.user().filter(|_| gathered.facts.rules.kinds.contains(&kind)) else {
        return Ok(false);
    };
    let mut credentials = credentials::of_user(view, user)?;
    credentials.retain(|credential| credential.confirmed_at.is_some());
    let enrolling = errand.and_then(|errand| errand.enrolling);
    let is_done = credentials.iter().any(|credential| Some(credential.id) == enrolling);
    let count = credentials.iter().filter(|credential| credential.is_of(kind)).count();
    Ok(!is_done && count < FACTORS_PER_KIND)
}

/// Opens the errand of a visit that is not let in yet, and returns the page of it that is due; none where it is let in.
///
/// # Errors
/// A fault of the database.
pub fn begin(
    work: &mut Work<'_>,
    visit: Visit,
    session: Option<Session>,
    browser: &Digest,
) -> Result<(Turn, Option<Interaction>)> {
    let (gathered, decision) = peek(&mut work.view(), &visit, session, None)?;
    let path = visit.path.clone();
    let turn = finish(work, &path, &gathered, &decision)?;
    let Turn::Due(page) = &turn else {
        return Ok((turn, None));
    };
    let errand = interaction::open(work, browser, Purpose::Visit(visit))?;
    interaction::due(work, &errand, page, &gathered)?;
    Ok((turn, Some(errand)))
}

/// Takes the next turn of a visit's errand: completes it when nothing is due any more.
///
/// # Errors
/// A fault of the database, or [`crate::error::Denial::ExpiredInteraction`] when it was completed before.
pub fn resume(work: &mut Work<'_>, (errand, visit): (&Interaction, &Visit), session: Option<Session>) -> Result<Turn> {
    let (gathered, decision) = peek(&mut work.view(), visit, session, Some(errand))?;
    let turn = finish(work, &visit.path, &gathered, &decision)?;
    match &turn {
        Turn::Due(page) => interaction::due(work, errand, page, &gathered)?,
        Turn::Open(_) | Turn::Refused(_) => interaction::complete(work, errand)?,
    }
    Ok(turn)
}

fn finish(work: &mut Work<'_>, path: &str, gathered: &Gathered, decision: &Decision) -> Result<Turn> {
    let recorded = recorded(&gathered.facts, decision)?;
    match &decision.step {
        NextStep::Proceed(_) => {
            if let Some(session) = gathered.session() {
                session::touch(work, &mut session.clone())?;
            }
            Ok(Turn::Open(path.to_owned()))
        }
        NextStep::Interact(page) => {
            interaction::record_challenge(work, page, gathered, recorded)?;
            Ok(Turn::Due(page.clone()))
        }
        NextStep::Refuse(reason) => {
            let mut entry = Entry::new(Event::AuthorizationRefused).client(Source::ACCOUNT);
            entry.user = gathered.user().map(|user| user.id);
            let detail = Map::from_iter([("reason".to_owned(), reason.as_str().into())]);
            work.audit(recorded.on(entry, detail))?;
            Ok(Turn::Refused(*reason))
        }
    }
}
