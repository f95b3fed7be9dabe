//! Interactions: open an errand, gather its facts, ask for the decision, record the answer.

use serde_json::{Map, json};

use crate::authn::facts::Recorded;
use crate::authn::{attempts, challenge, credentials, device, facts, login_flow};
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::evidence::Acr;
use crate::model::id::{InteractionId, UserId};
use crate::model::interaction::{Approving, ConsentAnswer, Interaction, Purpose};
use crate::model::request::{AuthorizationRequest, ClaimsRequest};
use crate::model::scope::ScopeSet;
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::assurance::{Shown, pairs};
use crate::policy::facts::{Asked, Channel, Proof};
use crate::policy::{Facts, Page};
use crate::store;
use crate::work::{View, Work};

/// Opens an errand bound to a browser.
///
/// # Errors
/// A fault of the database.
pub fn open(work: &mut Work<'_>, browser: &Digest, purpose: Purpose) -> Result<Interaction> {
    let lifetime = i64::from(work.shared.settings.limits.interaction_lifetime);
    let interaction = Interaction {
        id: work.new_id(),
        browser: *browser,
        purpose,
        user: None,
        consent: None,
        enrolling: None,
        unknown_passkey: None,
        prompted: false,
        flow: None,
        created_at: work.now,
        expires_at: work.now.plus_seconds(lifetime),
    };
    store::interactions::insert(work.tx, &interaction)?;
    Ok(interaction)
}

/// The open errand of this identifier, if it belongs to this browser. Other answers to it wait until this unit of work ends,
/// so that of two tabs none undoes what the other did.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it is over, unknown, or another browser's.
pub fn load(work: &mut Work<'_>, id: InteractionId, browser: &Digest) -> Result<Interaction> {
    store::interactions::hold(work.tx, id)?;
    find(&mut work.view(), id, browser)
}

/// The same as [`load`], for looking only.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it is over, unknown, or another browser's.
pub fn find(view: &mut View<'_>, id: InteractionId, browser: &Digest) -> Result<Interaction> {
    store::interactions::find(view.tx, id, view.now)?
        .filter(|interaction| interaction.browser == *browser)
        .ok_or_else(|| Denial::ExpiredInteraction.into())
}

/// The errand of this identifier that this browser began and nobody completed, though its time may be over.
///
/// # Errors
/// A fault of the database.
pub fn find_unfinished(view: &mut View<'_>, id: InteractionId, browser: &Digest) -> Result<Option<Interaction>> {
    // As of the earliest instant nothing has expired; the sweep leaves an expired errand for a while.
    let found = store::interactions::find(view.tx, id, Timestamp::default())?;
    Ok(found.filter(|interaction| interaction.browser == *browser))
}

/// Binds an errand to the user who proved a first factor in it; an answer given by another user is void.
pub(super) fn bind(work: &mut Work<'_>, interaction: &mut Interaction, user: UserId) -> Result<()> {
    interaction.user = Some(user);
    interaction.consent = None;
    if let Purpose::Device(approving) = &mut interaction.purpose {
        approving.compared = false;
    }
    interaction.prompted = false;
    // What a flow denied in this errand stays denied; another login begins its flow anew.
    if login_flow::denied(interaction).is_none() {
        interaction.flow = None;
    }
    store::interactions::update(work.tx, interaction)
}

/// What a decision about an authorization request rests on, with whom it is about.
#[derive(Debug)]
pub struct Gathered {
    /// The facts.
    pub facts: Facts,
    signed_in: Option<(User, Session)>,
}

/// Loads the facts of an authorization request for whoever is signed in with `session`; in an errand, or before there is one.
///
/// # Errors
/// A fault of the database.
pub fn gather(
    view: &mut View<'_>,
    (client, request): (&Client, &AuthorizationRequest),
    session: Option<Session>,
    errand: Option<&Interaction>,
) -> Result<Gathered> {
    let facts = facts::begin(view, Channel::Interactive, client, Asked::from(request));
    with_user(view, (facts, client), session, errand)
}

/// Loads the facts of the approval of a device by whoever is signed in with `session`.
///
/// # Errors
/// A fault of the database.
pub fn gather_device(
    view: &mut View<'_>,
    (client, approving): (&Client, &Approving),
    session: Option<Session>,
    errand: &Interaction,
) -> Result<Gathered> {
    let mut facts = facts::begin(view, Channel::Device, client, Asked::from(&approving.request));
    facts.consent.compared = approving.compared;
    with_user(view, (facts, client), session, Some(errand))
}

/// Loads the facts of whatever an errand is for, as its request was taken.
///
/// # Errors
/// A fault of the database.
pub fn gather_errand(view: &mut View<'_>, errand: &Interaction, session: Option<Session>) -> Result<Gathered> {
    match &errand.purpose {
        Purpose::Authorize { request, .. } => {
            let client = client_of(view, &request.client_id)?;
            gather(view, (&client, request), session, Some(errand))
        }
        Purpose::Device(approving) => {
            let client = client_of(view, &approving.request.client_id)?;
            gather_device(view, (&client, approving), session, errand)
        }
        Purpose::Visit(visit) => super::visit::gather(view, visit, session, Some(errand)),
    }
}

/// Adds to the facts of a request whoever is signed in with `session`.
pub(super) fn with_user(
    view: &mut View<'_>,
    (mut facts, client): (Facts, &Client),
    session: Option<Session>,
    errand: Option<&Interaction>,
) -> Result<Gathered> {
    let bound = errand.and_then(|errand| errand.user);
    // An errand that one user began is not finished by another.
    let session = session.filter(|session| bound.is_none_or(|bound| bound == session.user));
    let signed_in = match session {
        Some(session) => store::users::find(view.tx, session.user)?.map(|user| (user, session)),
        None => None,
    };
    facts.began = errand.map_or(view.now, |errand| errand.created_at);
    facts.consent.answer = errand.and_then(|errand| errand.consent);
    facts.flow = login_flow::facts(view, errand, signed_in.as_ref().map(|(user, session)| (user, session)));
    if let Some((user, session)) = &signed_in {
        let credentials = credentials::of_user(view, user)?;
        facts.user = Some(facts::user((view.directory, view.now), user, client, &credentials)?);
        facts.proof = Proof::Session(facts::session_proof(session, &credentials, bound.is_some()));
        if let Some(user) = &mut facts.user {
            // What the issuer's present name rules out is not asked for.
            user.enrolled.retain(|kind| facts.rules.kinds.contains(kind));
            user.ceilings = facts::ceilings(&credentials, facts.rules.columns, view.now);
        }
        facts.place.known_device = device::find(view, user.id)?.is_some();
        facts::add_consent(view, &mut facts, (user.id, client))?;
    }
    Ok(Gathered { facts, signed_in })
}

impl Gathered {
    /// The user who is signed in, if anyone.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.signed_in.as_ref().map(|(user, _)| user)
    }

    /// The user and the session, if anyone is signed in.
    #[must_use]
    pub fn signed_in(&self) -> Option<(&User, &Session)> {
        self.signed_in.as_ref().map(|(user, session)| (user, session))
    }

    /// The session, if anyone is signed in.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.signed_in.as_ref().map(|(_, session)| session)
    }

    /// The level that the signed-in session shows.
    #[must_use]
    pub fn level(&self) -> Acr {
        let Proof::Session(session) = &self.facts.proof else {
            return Acr::None;
        };
        let shown = Shown {
            evidence: &session.evidence,
            last_seen: session.last_seen,
            since: None,
        };
        let rules = &self.facts.rules;
        pairs(shown, self.facts.now, &facts::scale(&rules.ages, &rules.columns))
            .first()
            .map_or(Acr::None, |pair| pair.assurance.acr)
    }

    /// The level above `standard` that is required whoever signs in, if one is.
    #[must_use]
    pub fn required_level(&self) -> Option<Acr> {
        Some(self.facts.required.joined().acr).filter(|acr| *acr > Acr::Standard)
    }
}

/// Binds an errand to the user whose session took it up, before a page shows that name; a page that asks for a second
/// factor is counted, once a login.
fn take_up(work: &mut Work<'_>, interaction: &Interaction, user: &User, is_challenged: bool) -> Result<()> {
    if is_challenged && !interaction.prompted {
        attempts::charge_prompt(work, user)?;
    }
    let taken_up = Interaction {
        user: interaction.user.or(Some(user.id)),
        prompted: interaction.prompted || is_challenged,
        ..interaction.clone()
    };
    if taken_up == *interaction {
        return Ok(());
    }
    store::interactions::update(work.tx, &taken_up)
}

/// Notes that a page is due in an errand. Every page but the login page speaks to the one who is signed in, and nobody else
/// may answer it.
///
/// # Errors
/// A fault of the database.
pub fn due(work: &mut Work<'_>, errand: &Interaction, page: &Page, gathered: &Gathered) -> Result<()> {
    match (page, gathered.user()) {
        (Page::Login, _) | (_, None) => Ok(()),
        (Page::Challenge { allowed, needed, .. }, Some(user)) => {
            take_up(work, errand, user, true)?;
            // The login that led here happened in this errand: whoever only opens an address gets no code sent.
            if errand.user == Some(user.id) && !errand.prompted {
                challenge::send_first(work, errand, user, (allowed, *needed))?;
            }
            Ok(())
        }
        (Page::Enrol { .. } | Page::Consent { .. } | Page::Flow { .. } | Page::Device, Some(user)) => {
            take_up(work, errand, user, false)
        }
    }
}

/// Records that more proof is asked for, where that is the page.
///
/// # Errors
/// A fault of the database.
pub fn record_challenge(work: &mut Work<'_>, page: &Page, gathered: &Gathered, recorded: Recorded) -> Result<()> {
    let (Page::Challenge { needed, .. } | Page::Enrol { needed, .. }, Some(user)) = (page, gathered.user()) else {
        return Ok(());
    };
    let detail = Map::from_iter([("needed".to_owned(), json!(needed))]);
    let entry = Entry::new(Event::ChallengeIssued)
        .user(user.id)
        .client(&gathered.facts.client.id);
    work.audit(recorded.on(entry, detail))
}

/// Records what the person answered on the consent page: agreed scopes are remembered, those left out are not any more.
///
/// # Errors
/// A fault of the database.
pub fn answer_consent(
    work: &mut Work<'_>,
    interaction: &mut Interaction,
    user: UserId,
    answer: (ConsentAnswer, ScopeSet),
) -> Result<()> {
    let mut no_claims = ClaimsRequest::default();
    let (client_id, asked, claims, resources) = match &mut interaction.purpose {
        Purpose::Authorize { request, .. } => {
            let client_id = request.client_id.clone();
            (client_id, &mut request.scope, &mut request.claims, &request.resources)
        }
        Purpose::Device(approving) => {
            let request = &mut approving.request;
            let client_id = request.client_id.clone();
            (client_id, &mut request.scope, &mut no_claims, &request.resources)
        }
        Purpose::Visit(_) => return Err(Denial::StepNotDue.into()),
    };
    let (answer, chosen) = answer;
    if answer == ConsentAnswer::Allowed {
        // Optional scopes that were not ticked are not part of the request any more.
        let left_out = asked.union(&claims.scopes()).difference(&chosen);
        *asked = asked.intersection(&chosen);
        claims.keep(&chosen);
        let agreed = asked.union(&claims.scopes());
        let earlier = store::consents::find(work.tx, user, &client_id)?;
        let (scope, mut known) = earlier
            .map(|consent| (consent.scope, consent.resources))
            .unwrap_or_default();
        let new: Vec<String> = resources
            .iter()
            .filter(|resource| !known.contains(resource))
            .cloned()
            .collect();
        known.extend(new);
        let consent = Consent {
            user,
            client_id: client_id.clone(),
            scope: scope.difference(&left_out).union(&agreed),
            resources: known,
            granted_at: work.now,
        };
        store::consents::put(work.tx, &consent)?;
        let detail = json!({ "scope": agreed, "resources": resources });
        work.audit(
            Entry::new(Event::ConsentGiven)
                .user(user)
                .client(&client_id)
                .detail(detail),
        )?;
    } else {
        work.audit(Entry::new(Event::ConsentDenied).user(user).client(&client_id))?;
    }
    interaction.user = Some(user);
    interaction.consent = Some(answer);
    store::interactions::update(work.tx, interaction)
}

/// Records whether the person's device shows the code of this errand. One that does not is somebody else's, and gets nothing.
///
/// # Errors
/// A fault of the database.
pub fn answer_comparison(
    work: &mut Work<'_>,
    interaction: &mut Interaction,
    user: UserId,
    is_same: bool,
) -> Result<()> {
    let Purpose::Device(approving) = &mut interaction.purpose else {
        return Err(Denial::StepNotDue.into());
    };
    approving.compared = is_same;
    interaction.user = Some(user);
    if !is_same {
        let entry = Entry::new(Event::ConsentDenied)
            .user(user)
            .client(&approving.request.client_id);
        interaction.consent = Some(ConsentAnswer::Denied);
        work.audit(entry)?;
    }
    store::interactions::update(work.tx, interaction)
}

/// Completes an errand, once.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it was completed before.
pub fn complete(work: &mut Work<'_>, interaction: &Interaction) -> Result<()> {
    if store::interactions::consume(work.tx, interaction.id, work.now)? {
        Ok(())
    } else {
        Err(Denial::ExpiredInteraction.into())
    }
}

/// The client of an errand as it is now.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it was removed: its errands end with it.
fn client_of(view: &mut View<'_>, client_id: &str) -> Result<std::sync::Arc<Client>> {
    let client = view.directory.client(view.tx, client_id)?;
    client.ok_or_else(|| Denial::ExpiredInteraction.into())
}
