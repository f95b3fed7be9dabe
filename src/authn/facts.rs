//! Gathers what decisions rest on: settings, directory, user and place as facts. ASSURANCE.md §2.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::config::AssuranceSettings;
use crate::error::{Fault, Result};
use crate::model::assurance::Columns;
use crate::model::audit::Entry;
use crate::model::client::Client;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::UserId;
use crate::model::permission_set::PermissionSet;
use crate::model::phone_number::PhoneNumber;
use crate::model::scope::ScopeSet;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::assurance::{Ages, Scale};
use crate::policy::facts::{
    Asked, Channel, ClientFacts, ConsentFacts, Place, ProfileFlow, Proof, Rules, SessionProof, UserFacts,
};
use crate::policy::one_time_codes;
use crate::policy::requirements::{Required, listed};
use crate::policy::{Decision, Facts};
use crate::store;
use crate::work::{Directory, Shared, View};

/// The facts of a request of `client` that just began, from where it comes; nobody is known of yet and nothing is shown.
#[must_use]
pub fn begin(view: &View<'_>, channel: Channel, client: &Client, asked: Asked) -> Facts {
    Facts {
        now: view.now,
        began: view.now,
        channel,
        rules: rules(view.shared, view.directory),
        client: ClientFacts::from(client),
        required: required(view.directory, client, &asked.scope, &asked.resources),
        asked: Asked {
            // This server is no other party that would have to be agreed to.
            resources: asked
                .resources
                .into_iter()
                .filter(|resource| *resource != view.shared.settings.server.issuer)
                .collect(),
            ..asked
        },
        user: None,
        proof: Proof::Nothing,
        place: Place {
            ip: view.origin.ip,
            claims_other_address: view.origin.claims_other_address,
            known_device: false,
        },
        flow: None,
        consent: ConsentFacts::default(),
        counts: Vec::new(),
    }
}

/// What settings and organisation say that bears on decisions.
#[must_use]
pub fn rules(shared: &Shared, directory: &Directory) -> Rules {
    let settings = &shared.settings.assurance;
    let rules = Rules {
        ages: ages(settings),
        columns: columns(settings),
        kinds: shared.settings.factor_kinds(),
        acr_values_strict: settings.acr_values_strict,
        enrol_at_step_up: settings.enrol_at_step_up,
        early_ip_deny: settings.early_ip_deny,
        device_activation: shared.settings.device_activation(),
        api_mfa_before_enrolment: settings.api_mfa_before_enrolment,
        distinct_api_token_fault: settings.distinct_api_token_fault,
        bridge_carries_assurance: settings.bridge_carries_assurance,
        login_ip_ranges: std::sync::Arc::default(),
        trusted_ip_ranges: std::sync::Arc::default(),
        enforce_ip_on_every_request: false,
        policy_version: directory.version,
    };
    rules.under(&directory.organisation)
}

/// How long evidence holds a level.
#[must_use]
pub const fn ages(settings: &AssuranceSettings) -> Ages {
    Ages {
        standard: settings.standard_age,
        standard_idle: settings.standard_idle,
        high: settings.high_age,
        high_idle: settings.high_idle,
        phr: settings.phr_age,
        phr_idle: settings.phr_idle,
    }
}

/// What the kinds of login reach.
#[must_use]
pub const fn columns(settings: &AssuranceSettings) -> Columns {
    settings.columns
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

/// What of a user bears on decisions about `client`; of their credentials only what is enrolled.
///
/// # Errors
/// A fault when the user names a profile or permission set that is not there.
pub fn user(
    (directory, now): (&Directory, Timestamp),
    user: &User,
    client: &Client,
    credentials: &[Credential],
) -> Result<UserFacts> {
    let sets: Vec<&PermissionSet> = user
        .permission_sets
        .iter()
        .map(|name| directory.permission_set(name))
        .collect::<Result<_>>()?;
    let zone = directory.organisation.time_zone;
    let mut facts = UserFacts::of(user, (directory.profile(&user.profile)?, &sets), zone, client);
    facts.profile.login_flow = directory.login_flow_of(user).map(ProfileFlow::from);
    facts.enrolled = enrolled(credentials, now);
    facts.unconfirmed_number = unconfirmed_number(user, credentials).is_some();
    Ok(facts)
}

/// The kinds of second factor that can be used at `now`, strongest first.
#[must_use]
pub fn enrolled(credentials: &[Credential], now: Timestamp) -> Vec<FactorKind> {
    let mut enrolled = FactorKind::SECOND_FACTORS.to_vec();
    enrolled.retain(|kind| {
        credentials
            .iter()
            .any(|credential| credential.is_of(*kind) && credential.is_usable(now))
    });
    enrolled
}

/// What those kinds reach at most that reach less than usual: by each, the best that any of the user's credentials does.
#[must_use]
pub fn ceilings(credentials: &[Credential], columns: Columns, now: Timestamp) -> BTreeMap<FactorKind, Acr> {
    let of_kind = |kind: FactorKind| {
        let mine = credentials.iter().filter(|c| c.is_of(kind) && c.confirmed_at.is_some());
        let each = mine.map(|c| one_time_codes::ceiling(&c.material, columns, now).unwrap_or(Acr::Phr));
        each.max().filter(|best| *best < Acr::Phr).map(|best| (kind, best))
    };
    FactorKind::SECOND_FACTORS.into_iter().filter_map(of_kind).collect()
}

/// The kinds of second factor that were confirmed and reach all that their kind does.
#[must_use]
pub fn enrolled_in_full(credentials: &[Credential], columns: Columns, now: Timestamp) -> Vec<FactorKind> {
    let (mut enrolled, ceilings) = (enrolled(credentials, now), ceilings(credentials, columns, now));
    enrolled.retain(|kind| !ceilings.contains_key(kind));
    enrolled
}

/// The telephone number on a user's record that nobody vouched for and that was not confirmed by a code either.
#[must_use]
pub fn unconfirmed_number(user: &User, credentials: &[Credential]) -> Option<PhoneNumber> {
    let number: PhoneNumber = user.claims.get("phone_number")?.as_str()?.parse().ok()?;
    let is_known = |credential: &Credential| {
        credential.confirmed_at.is_some()
            && matches!(&credential.material, Material::Phone(phone) if phone.number == number)
    };
    (!credentials.iter().any(is_known)).then_some(number)
}

/// What a session shows. A factor that was removed proves nothing any more.
#[must_use]
pub fn session_proof(session: &Session, credentials: &[Credential], bound_here: bool) -> SessionProof {
    let mut evidence = session.evidence.clone();
    evidence.retain(|evidence| credentials.iter().any(|c| c.id == evidence.credential()));
    SessionProof {
        id: session.id,
        evidence,
        last_seen: session.last_seen_at,
        bound_here,
    }
}

/// Adds to the facts what a user agreed that a client may have.
///
/// # Errors
/// A fault of the database.
pub fn add_consent(view: &mut View<'_>, facts: &mut Facts, (user, client): (UserId, &Client)) -> Result<()> {
    if !client.require_consent {
        return Ok(());
    }
    if let Some(consent) = store::consents::find(view.tx, user, &client.client_id)? {
        facts.consent.agreed = Some(consent.scope);
        facts.consent.agreed_resources = consent.resources;
    }
    Ok(())
}

/// A decision as the audit log keeps it: its facts, from which it can be made again, and beside them what it came to.
#[derive(Debug)]
pub struct Recorded {
    facts: Box<RawValue>,
    step: String,
    check: u8,
}

/// The facts of a decision and what it came to.
///
/// # Errors
/// A fault when they cannot be written.
pub fn recorded(facts: &Facts, decision: &Decision) -> Result<Recorded> {
    Ok(Recorded {
        facts: to_raw_value(facts).map_err(|error| Fault::from_error("write facts", error))?,
        step: decision.step.told(),
        check: decision.check,
    })
}

impl Recorded {
    /// An entry about the decision, with these further details.
    #[must_use]
    pub fn on(self, entry: Entry, mut detail: Map<String, Value>) -> Entry {
        detail.insert("step".into(), self.step.into());
        detail.insert("check".into(), self.check.into());
        entry.detail(detail.into()).facts(self.facts)
    }
}

/// By what this server weighs evidence.
#[must_use]
pub const fn scale<'a>(ages: &'a Ages, columns: &'a Columns) -> Scale<'a> {
    Scale {
        ages,
        columns,
        accepted: None,
    }
}
