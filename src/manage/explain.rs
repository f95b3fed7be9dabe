//! What would be decided for a user, a client or a grant, and why: the same decision as a real one, on supposed facts.

use serde::Serialize;
use serde_json::{Value, json};

use crate::authn::facts;
use crate::error::{Error, OAuthError, Refusal, Result};
use crate::model::client::Client;
use crate::model::credential::Credential;
use crate::model::evidence::FactorKind;
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, GrantId, SessionId};
use crate::model::request::{AuthorizationRequest, ClaimsRequest, Prompt, RequestedAcr, ResponseMode, ResponseType};
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::facts::{Asked, Channel, ClientFacts, ConsentFacts, Proof, SessionProof};
use crate::policy::supposition::supposed;
use crate::policy::{Facts, NextStep, Page, Reason, Trace, explain};
use crate::store;
use crate::work::View;

/// What would be decided about an authorization request of `client_id` for this user.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The user's name.
    pub username: String,
    /// The client; none: signing in by itself.
    pub client_id: Option<String>,
    /// The levels that the request asks for, in order of preference.
    pub acr_values: Vec<String>,
    /// The factors that were proven just now; none: nobody is signed in.
    pub methods: Vec<FactorKind>,
    /// The instant of the decision; none: now.
    pub at: Option<Timestamp>,
}

/// A decision and every check behind it.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The instant of the decision.
    pub at: String,
    /// `proceed`, `interact` or `refuse`.
    pub decision: &'static str,
    /// The decision in words.
    pub told: String,
    /// What the decision carries: the page, the proof, the reason.
    pub detail: Value,
    /// Every check, in order.
    pub checks: Trace,
}

/// What would be decided about an authorization request.
///
/// # Errors
/// Refused when user or client is not there; a fault of the database.
pub fn authorization(view: &mut View<'_>, question: &Question) -> Result<Explanation> {
    let user = store::users::find_by_username(view.tx, &question.username)?
        .ok_or(Error::Refused(Refusal::Missing("no user has this name")))?;
    let client = match &question.client_id {
        Some(client_id) => find_client(view, client_id)?,
        None => Client {
            client_id: "(none)".into(),
            require_consent: false,
            ..Client::default()
        },
    };
    let at = question.at.unwrap_or(view.now);
    // Proof is of now; a decision of later finds it aged.
    let proven_at = at.min(view.now);
    let credentials = store::credentials::of_user(view.tx, user.id)?;
    let agreed = store::consents::find(view.tx, user.id, &client.client_id)?
        .map(|consent| consent.scope)
        .unwrap_or_default();
    let evidence = supposed(&proofs(&credentials, &question.methods), proven_at);
    let request = request(view, &client, &question.acr_values);
    let mut gathered = facts_at(view, Channel::Interactive, &client, Asked::from(&request))?;
    (gathered.now, gathered.began) = (at, at);
    gathered.consent.agreed = agreed;
    if !question.methods.is_empty() {
        gathered.user = Some(facts::user(view.directory, &user, &client, &credentials)?);
        gathered.proof = Proof::Session(SessionProof {
            id: SessionId::from_bytes([0; 16]),
            evidence,
            last_seen: proven_at,
            bound_here: true,
        });
    }
    Ok(told_step(at, &gathered))
}

/// The facts of a supposed request that no user is known of yet.
fn facts_at(view: &mut View<'_>, channel: Channel, client: &Client, asked: Asked) -> Result<Facts> {
    Ok(Facts {
        now: view.now,
        began: view.now,
        channel,
        rules: facts::rules(view.shared, view.directory),
        client: ClientFacts::from(client),
        required: facts::required(view.directory, client, &asked.scope, &asked.resources),
        asked,
        user: None,
        proof: Proof::Nothing,
        place: facts::place(view, None)?,
        consent: ConsentFacts::default(),
        counts: Vec::new(),
    })
}

/// What a refresh of a grant would decide now.
///
/// # Errors
/// Refused when the grant is not there or not this user's; a fault of the database.
pub fn refresh(view: &mut View<'_>, id: GrantId, username: Option<&str>) -> Result<Explanation> {
    let missing = || Error::Refused(Refusal::Missing("no live grant of this identifier and user"));
    let grant = store::grants::find_live(view.tx, id)?.ok_or_else(missing)?;
    let user = match grant.user {
        Some(user) => store::users::find(view.tx, user)?,
        None => None,
    };
    let is_theirs = |user: &User| username.is_none_or(|name| User::key_of(name) == User::key_of(&user.username));
    if grant.user.is_some() && !user.as_ref().is_some_and(is_theirs) || grant.user.is_none() && username.is_some() {
        return Err(missing());
    }
    let client = find_client(view, &grant.client_id)?;
    let asked = Asked {
        scope: grant.scope.clone(),
        resources: grant.resources.clone(),
        ..Asked::default()
    };
    let mut gathered = facts_at(view, Channel::Refresh, &client, asked)?;
    if let Some(user) = &user {
        gathered.user = Some(facts::user(view.directory, user, &client, &[])?);
    }
    gathered.proof = Proof::Grant(Box::new(grant.snapshot));
    Ok(told_step(view.now, &gathered))
}

fn find_client(view: &mut View<'_>, client_id: &str) -> Result<Client> {
    let client = view.directory.client(view.tx, client_id)?;
    let client = client.ok_or(Error::Refused(Refusal::Missing("no client has this identifier")))?;
    Ok(Client::clone(&client))
}

/// The supposed proofs: with the user's own credentials where there are any of the kind.
fn proofs(credentials: &[Credential], methods: &[FactorKind]) -> Vec<(FactorKind, CredentialId)> {
    let own = |kind: FactorKind| {
        let mut confirmed = credentials
            .iter()
            .filter(|credential| credential.confirmed_at.is_some());
        let own = confirmed.find(|credential| credential.kind() == kind);
        own.map_or(CredentialId::from_bytes([0; 16]), |credential| credential.id)
    };
    methods.iter().map(|kind| (*kind, own(*kind))).collect()
}

/// A plain request of the client for all that it may have.
fn request(view: &View<'_>, client: &Client, acr_values: &[String]) -> AuthorizationRequest {
    let levels = &view.shared.settings.assurance;
    let named = |value: &String| RequestedAcr {
        value: value.clone(),
        acr: levels.level_named(value),
    };
    AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: client.redirect_uris.first().cloned().unwrap_or_default(),
        redirect_uri_given: true,
        response_type: client.response_types.first().copied().unwrap_or(ResponseType::Code),
        response_mode: ResponseMode::Query,
        scope: client.scope.clone(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: None,
        acr_values: acr_values.iter().map(named).collect(),
        acr_essential: false,
        claims: ClaimsRequest::default(),
        login_hint: None,
        hinted_subject: None,
        ui_locales: Vec::new(),
        resources: Vec::new(),
    }
}

fn told_step(at: Timestamp, facts: &Facts) -> Explanation {
    let (decision, checks) = explain(facts);
    match &decision.step {
        NextStep::Proceed(approval) => proceed(at, approval.snapshot(), approval.scope(), checks),
        NextStep::Refuse(reason) => {
            let error = if facts.channel.is_interactive() {
                reason.authorization_error()
            } else {
                reason.token_error()
            };
            refuse(at, *reason, &error, checks)
        }
        NextStep::Interact(page) => {
            let (told, detail) = told_page(page);
            Explanation {
                at: at.to_string(),
                decision: "interact",
                told,
                detail,
                checks,
            }
        }
    }
}

fn told_page(page: &Page) -> (String, Value) {
    let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ");
    match page {
        Page::Login => ("the login page".into(), json!({ "page": "login" })),
        Page::Challenge {
            allowed,
            needed,
            wanted_by,
        } => (
            format!("a challenge with {}: {wanted_by} needs {needed}", names(allowed)),
            json!({ "page": "challenge", "allowed": allowed, "needed": needed, "wanted_by": wanted_by }),
        ),
        Page::Enrol {
            allowed,
            needed,
            wanted_by,
        } => (
            format!("enrolment of {}: {wanted_by} needs {needed}", names(allowed)),
            json!({ "page": "enrol", "allowed": allowed, "needed": needed, "wanted_by": wanted_by }),
        ),
        Page::Consent { missing } => (
            format!("the consent page for {missing}"),
            json!({ "page": "consent", "missing": missing }),
        ),
    }
}

fn proceed(at: Timestamp, snapshot: &Snapshot, scope: &ScopeSet, checks: Trace) -> Explanation {
    let assurance = &snapshot.assurance;
    let auth_time = assurance.auth_time.map(|at| at.to_string());
    let acr = snapshot.acr_value.as_deref().unwrap_or(assurance.acr.as_str());
    let since = auth_time
        .as_deref()
        .map_or_else(String::new, |at| format!(" since {at}"));
    let amr = assurance.amr.join(" ");
    let told = if amr.is_empty() {
        format!("tokens with acr {acr}{since}, scope {scope}")
    } else {
        format!("tokens with acr {acr} ({amr}){since}, scope {scope}")
    };
    Explanation {
        at: at.to_string(),
        decision: "proceed",
        told,
        detail: json!({ "acr": acr, "amr": assurance.amr, "auth_time": auth_time, "scope": scope }),
        checks,
    }
}

fn refuse(at: Timestamp, reason: Reason, error: &OAuthError, checks: Trace) -> Explanation {
    let name = serde_json::to_value(reason).unwrap_or(Value::Null);
    Explanation {
        at: at.to_string(),
        decision: "refuse",
        told: format!("{}; the client is told: {error}", name.as_str().unwrap_or_default()),
        detail: json!({ "reason": name, "error": error.to_string() }),
        checks,
    }
}

#[cfg(test)]
mod tests;
