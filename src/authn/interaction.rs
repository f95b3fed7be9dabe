//! Interactions: open an errand, gather its facts, ask for the decision, record the answer.

use serde_json::json;

use crate::config::AssuranceSettings;
use crate::error::{Denial, Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::{InteractionId, UserId};
use crate::model::interaction::{ConsentAnswer, Interaction, Purpose};
use crate::model::request::AuthorizationRequest;
use crate::model::scope::ScopeSet;
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::assurance::{Ages, Shown, pairs};
use crate::policy::next_step::{Decision, Facts, Rules, SignedIn, next_step};
use crate::policy::requirements::{Required, listed};
use crate::store;
use crate::work::{Directory, Shared, View, Work};

/// Opens an errand bound to a browser, and to the user whose session takes it up, where one does.
///
/// # Errors
/// A fault of the database.
pub fn open(work: &mut Work<'_>, browser: &Digest, purpose: Purpose, user: Option<UserId>) -> Result<Interaction> {
    let lifetime = i64::from(work.shared.settings.limits.interaction_lifetime);
    let interaction = Interaction {
        id: work.new_id(),
        browser: *browser,
        purpose,
        user,
        consent: None,
        enrolling: None,
        created_at: work.now,
        expires_at: work.now.plus_seconds(lifetime),
    };
    store::interactions::insert(work.tx, &interaction)?;
    Ok(interaction)
}

/// The open errand of this identifier, if it belongs to this browser.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it is over, unknown, or another browser's.
pub fn load(work: &mut Work<'_>, id: InteractionId, browser: &Digest) -> Result<Interaction> {
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

/// Binds an errand to the user who proved a first factor in it; an answer given by another user is void.
pub(super) fn bind(work: &mut Work<'_>, interaction: &mut Interaction, user: UserId) -> Result<()> {
    interaction.user = Some(user);
    interaction.consent = None;
    store::interactions::update(work.tx, interaction)
}

/// Everything a decision about an authorization request rests on, as loaded.
#[derive(Debug)]
pub struct Gathered {
    signed_in: Option<GatheredUser>,
    required: Required,
    now: Timestamp,
    rules: Rules,
}

#[derive(Debug)]
struct GatheredUser {
    user: User,
    profile: crate::model::profile::Profile,
    session: Session,
    enrolled: Vec<FactorKind>,
    agreed: ScopeSet,
}

/// What the settings say that bears on decisions.
#[must_use]
pub fn rules(shared: &Shared, directory: &Directory) -> Rules {
    let settings = &shared.settings.assurance;
    Rules {
        ages: ages(settings),
        acr_values_strict: settings.acr_values_strict,
        enrol_at_step_up: settings.enrol_at_step_up,
        policy_version: directory.version,
    }
}

/// What organisation, client, scopes and resources require of a request.
#[must_use]
pub fn required(directory: &Directory, client: &Client, scope: &ScopeSet, resources: &[String]) -> Required {
    let resources = resources.iter().filter_map(|identifier| directory.resource(identifier));
    Required::of(
        &directory.organisation,
        client,
        listed(scope, &directory.scopes),
        resources,
    )
}

/// Loads the facts of a request for whoever is signed in with `session`.
///
/// # Errors
/// A fault of the database.
pub fn gather(
    view: &mut View<'_>,
    client: &Client,
    request: &AuthorizationRequest,
    session: Option<Session>,
) -> Result<Gathered> {
    let signed_in = match session {
        Some(session) => gather_user(view, client, session)?,
        None => None,
    };
    Ok(Gathered {
        signed_in,
        required: required(view.directory, client, &request.scope, &request.resources),
        now: view.now,
        rules: rules(view.shared, view.directory),
    })
}

fn gather_user(view: &mut View<'_>, client: &Client, session: Session) -> Result<Option<GatheredUser>> {
    let Some(user) = store::users::find(view.tx, session.user)? else {
        return Ok(None);
    };
    let credentials = store::credentials::of_user(view.tx, user.id)?;
    let mut enrolled: Vec<FactorKind> = FactorKind::SECOND_FACTORS.to_vec();
    enrolled.retain(|kind| {
        credentials
            .iter()
            .any(|c| c.kind() == *kind && c.confirmed_at.is_some())
    });
    // A factor that was removed proves nothing any more.
    let mut session = session;
    session
        .evidence
        .retain(|evidence| credentials.iter().any(|c| c.id == evidence.credential()));
    let agreed = if client.require_consent {
        store::consents::find(view.tx, user.id, &client.client_id)?.map(|consent| consent.scope)
    } else {
        None
    };
    let profile = view.directory.profile(&user.profile)?.clone();
    Ok(Some(GatheredUser {
        user,
        profile,
        session,
        enrolled,
        agreed: agreed.unwrap_or_default(),
    }))
}

impl Gathered {
    /// The user who is signed in, if anyone.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.signed_in.as_ref().map(|signed_in| &signed_in.user)
    }

    /// The session, if anyone is signed in.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.signed_in.as_ref().map(|signed_in| &signed_in.session)
    }

    /// Decides what must happen next in an errand, or for a request that has no errand yet.
    #[must_use]
    pub fn decide(&self, client: &Client, request: &AuthorizationRequest, errand: Option<&Interaction>) -> Decision {
        let bound = errand.and_then(|errand| errand.user);
        // An errand that one user began is not finished by another.
        let signed_in = self
            .signed_in
            .as_ref()
            .filter(|here| bound.is_none_or(|bound| bound == here.user.id));
        next_step(&Facts {
            now: self.now,
            began: errand.map_or(self.now, |errand| errand.created_at),
            rules: self.rules,
            client,
            request,
            required: self.required.clone(),
            signed_in: signed_in.map(|here| SignedIn {
                user: &here.user,
                profile: &here.profile,
                session: here.session.id,
                evidence: &here.session.evidence,
                last_seen: here.session.last_seen_at,
                enrolled: &here.enrolled,
                agreed: &here.agreed,
                bound_here: bound.is_some(),
            }),
            consent_answer: errand.and_then(|errand| errand.consent),
        })
    }
}

/// Binds an errand to the user whose session took it up, before a page shows that name.
///
/// # Errors
/// A fault of the database.
pub fn take_up(work: &mut Work<'_>, interaction: &Interaction, user: UserId) -> Result<()> {
    let bound = Interaction {
        user: Some(user),
        ..interaction.clone()
    };
    store::interactions::update(work.tx, &bound)
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
    let Purpose::Authorize { request, .. } = &mut interaction.purpose;
    let client_id = request.client_id.clone();
    let (answer, chosen) = answer;
    if answer == ConsentAnswer::Allowed {
        // Optional scopes that were not ticked are not part of the request any more.
        let left_out = request.scope.difference(&chosen);
        request.scope = request.scope.intersection(&chosen);
        let earlier = store::consents::find(work.tx, user, &client_id)?
            .map(|c| c.scope)
            .unwrap_or_default();
        let scope = earlier.difference(&left_out).union(&request.scope);
        let consent = Consent {
            user,
            client_id: client_id.clone(),
            scope,
            granted_at: work.now,
        };
        store::consents::put(work.tx, &consent)?;
        let detail = json!({ "scope": request.scope });
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

/// The client of a request as it is now.
///
/// # Errors
/// A fault when it is gone.
pub fn client_of(view: &mut View<'_>, request: &AuthorizationRequest) -> Result<std::sync::Arc<Client>> {
    let client = view.directory.client(view.tx, &request.client_id)?;
    client.ok_or_else(|| Fault::new("the client of this errand was removed").into())
}

impl Gathered {
    /// The level that the signed-in session shows at `now`.
    #[must_use]
    pub fn level(&self, now: Timestamp, shared: &Shared) -> Acr {
        let Some(here) = &self.signed_in else { return Acr::None };
        let settings = &shared.settings.assurance;
        let shown = Shown {
            evidence: &here.session.evidence,
            last_seen: here.session.last_seen_at,
            since: None,
        };
        pairs(shown, now, &ages(settings))
            .first()
            .map_or(Acr::None, |pair| pair.assurance.acr)
    }

    /// The level above `standard` that is required whoever signs in, if one is.
    #[must_use]
    pub fn required_level(&self) -> Option<Acr> {
        Some(self.required.joined().acr).filter(|acr| *acr > Acr::Standard)
    }
}

/// How long evidence holds a level.
pub(super) const fn ages(settings: &AssuranceSettings) -> Ages {
    Ages {
        standard: settings.standard_age,
        standard_idle: settings.standard_idle,
        high: settings.high_age,
        high_idle: settings.high_idle,
    }
}
