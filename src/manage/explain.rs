//! What would be decided for a user, a client or a grant, and why: the same decision as a real one, on supposed facts.

mod told;
mod way;

pub use told::Explanation;

use std::net::IpAddr;

use crate::authn::{attempts, credentials, facts};
use crate::error::{Error, FieldError, Refusal, Result};
use crate::model::client::{Client, GrantType};
use crate::model::credential::Credential;
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::{CredentialId, GrantId, SessionId};
use crate::model::request::{AuthorizationRequest, ClaimsRequest, Prompt, RequestedAcr, ResponseMode, ResponseType};
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::Facts;
use crate::policy::facts::{
    ApiLogin, Asked, AssertionProof, Channel, FlowFacts, Proof, SessionProof, Suffix, UserFacts,
};
use crate::policy::lockout::{self, Side};
use crate::policy::login_flow::outline;
use crate::policy::supposition::supposed;
use crate::store;
use crate::work::View;

/// What would be decided about a request of `client_id` for this user.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The user's name; none where the request is about none.
    pub username: Option<String>,
    /// The client; none: signing in by itself.
    pub client_id: Option<String>,
    /// The way access is asked for; none: an authorization request.
    pub grant_type: Option<GrantType>,
    /// The levels that the request asks for, in order of preference.
    pub acr_values: Vec<String>,
    /// The factors that were proven; none: nobody is signed in.
    pub methods: Vec<FactorKind>,
    /// When they were proven; none: now, or at the instant of the decision if that is earlier.
    pub proven_at: Option<Timestamp>,
    /// The instant of the decision; none: now.
    pub at: Option<Timestamp>,
    /// The address that the person comes from.
    pub ip: Option<IpAddr>,
    /// Whether the browser is known to be this user's.
    pub known_device: bool,
}

/// Whom a question is about.
struct Asker {
    user: Option<UserFacts>,
    record: Option<User>,
    client: Client,
    credentials: Vec<Credential>,
}

/// What would be decided about a request, and where a person is there, what they would be led through.
///
/// # Errors
/// Refused when user or client is not there, or the question makes no sense; a fault of the database.
pub fn request(view: &mut View<'_>, question: &Question) -> Result<Explanation> {
    let channel = channel_of(question)?;
    let asker = asker(view, question)?;
    let plain = asked(view, channel, &asker.client, &question.acr_values);
    let mut gathered = facts_at(view, channel, (&asker.client, plain), question);
    if let Some(user) = &asker.user {
        facts::add_consent(view, &mut gathered, (user.id, &asker.client))?;
    }
    let flow = asker.user.as_ref().and_then(|user| user.profile.login_flow.as_ref());
    let flow = flow.and_then(|flow| view.directory.login_flows.get(&flow.name));
    if channel.is_interactive() {
        let ends_at = |seconds: u32| gathered.now.plus_seconds(i64::from(seconds));
        gathered.flow = flow.map(|flow| FlowFacts::first(flow, ends_at(flow.deadline)));
    }
    let is_signed_in = !question.methods.is_empty();
    if !channel.is_interactive() || is_signed_in {
        gathered.user.clone_from(&asker.user);
    }
    gathered.proof = proof(&gathered, question, (&asker.credentials, view.now));
    let mut explanation = Explanation::of(&gathered);
    if channel.is_interactive() {
        explanation.way = way::way(&gathered, asker.user.as_ref());
        explanation.flow = match (flow, asker.record) {
            (Some(flow), Some(user)) => outline(flow, &user, &gathered.rules.kinds),
            _ => Vec::new(),
        };
    }
    explanation.facts = Some(Box::new(gathered));
    Ok(explanation)
}

fn channel_of(question: &Question) -> Result<Channel> {
    let wrong = |problem: &str| Error::from(FieldError::new("grant-type", problem));
    match question.grant_type {
        None | Some(GrantType::AuthorizationCode | GrantType::Implicit) if question.username.is_none() => {
            Err(FieldError::new("user", "name the user who would sign in").into())
        }
        None | Some(GrantType::AuthorizationCode | GrantType::Implicit) => Ok(Channel::Interactive),
        Some(GrantType::RefreshToken) => Err(wrong("name the grant that would be refreshed with --grant")),
        Some(GrantType::TokenExchange) => Err(wrong(
            "an exchange rests on its subject token, which only its client has",
        )),
        Some(_) if question.client_id.is_none() => Err(wrong("name the client that would ask with --client")),
        Some(GrantType::ClientCredentials) => Ok(Channel::ClientCredentials),
        Some(_) if question.username.is_none() => Err(wrong("name the user whom the token would be about with --user")),
        Some(GrantType::Password) => Ok(Channel::Password),
        Some(GrantType::JwtBearer) => Ok(Channel::JwtBearer),
        Some(GrantType::DeviceCode) => Ok(Channel::Device),
    }
}

fn asker(view: &mut View<'_>, question: &Question) -> Result<Asker> {
    let client = match &question.client_id {
        Some(client_id) => find_client(view, client_id)?,
        None => Client {
            client_id: "(none)".into(),
            require_consent: false,
            ..Client::default()
        },
    };
    let Some(username) = &question.username else {
        return Ok(Asker {
            user: None,
            record: None,
            client,
            credentials: Vec::new(),
        });
    };
    let user = store::users::find_by_username(view.tx, username)?
        .ok_or(Error::Refused(Refusal::Missing("no user has this name")))?;
    let credentials = credentials::of_user(view, &user)?;
    let mut facts = facts::user((view.directory, view.now), &user, &client, &credentials)?;
    facts.ceilings = facts::ceilings(&credentials, view.shared.settings.assurance.columns, view.now);
    // A known device has a side of its own; which one would be used is not asked.
    if !question.known_device {
        let side = Side::Account(lockout::subject(Some(user.id), &user.username));
        facts.locked_until = attempts::locked_until(view, &side)?;
    }
    Ok(Asker {
        user: Some(facts),
        record: Some(user),
        client,
        credentials,
    })
}

/// The facts of a supposed request that no user is known of yet.
fn facts_at(view: &View<'_>, channel: Channel, (client, asked): (&Client, Asked), question: &Question) -> Facts {
    let mut facts = facts::begin(view, channel, client, asked);
    facts.now = question.at.unwrap_or(view.now);
    facts.began = facts.now;
    facts.place.ip = question.ip;
    facts.place.known_device = question.known_device;
    facts
}

/// What would have been shown.
fn proof(facts: &Facts, question: &Question, (credentials, now): (&[Credential], Timestamp)) -> Proof {
    // Proof is of now; a decision of later finds it aged.
    let proven_at = question.proven_at.unwrap_or_else(|| facts.now.min(now));
    let evidence = supposed(&proofs(credentials, &question.methods), proven_at, question.ip);
    let session = |evidence: Vec<Evidence>| SessionProof {
        id: SessionId::from_bytes([0; 16]),
        evidence,
        last_seen: proven_at,
        bound_here: true,
    };
    let is_signed_in = !question.methods.is_empty();
    match facts.channel {
        Channel::JwtBearer => Proof::Assertion(AssertionProof {
            sessions: is_signed_in.then(|| session(evidence)).into_iter().collect(),
            ..AssertionProof::default()
        }),
        Channel::Password => Proof::ApiLogin(ApiLogin {
            suffix: if question.methods.contains(&FactorKind::Totp) {
                Suffix::Code
            } else {
                Suffix::Nothing
            },
            suffix_right: question.methods.contains(&FactorKind::Totp),
            evidence,
        }),
        Channel::Interactive if is_signed_in => Proof::Session(session(evidence)),
        _ => Proof::Nothing,
    }
}

/// What a refresh of a grant would decide, at the question's instant and from its address.
///
/// # Errors
/// Refused when the grant is not there or not this user's; a fault of the database.
pub fn refresh(view: &mut View<'_>, id: GrantId, question: &Question) -> Result<Explanation> {
    let missing = || Error::Refused(Refusal::Missing("no live grant of this identifier and user"));
    let grant = store::grants::find_live(view.tx, id)?.ok_or_else(missing)?;
    let user = match grant.user {
        Some(user) => store::users::find(view.tx, user)?,
        None => None,
    };
    let username = question.username.as_deref();
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
    let mut gathered = facts_at(view, Channel::Refresh, (&client, asked), question);
    if let Some(user) = &user {
        gathered.user = Some(facts::user((view.directory, view.now), user, &client, &[])?);
    }
    gathered.proof = Proof::Grant(Box::new(grant.snapshot));
    let mut explanation = Explanation::of(&gathered);
    explanation.facts = Some(Box::new(gathered));
    Ok(explanation)
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
        let own = confirmed.find(|credential| credential.is_of(kind));
        own.map_or(CredentialId::from_bytes([0; 16]), |credential| credential.id)
    };
    methods.iter().map(|kind| (*kind, own(*kind))).collect()
}

/// A plain request of the client for all that it may have this way.
fn asked(view: &View<'_>, channel: Channel, client: &Client, acr_values: &[String]) -> Asked {
    let plain = Asked::from(&authorization(view, client, acr_values));
    let without: &[&str] = match channel {
        Channel::ClientCredentials => &["openid", "offline_access"],
        Channel::JwtBearer => &["offline_access"],
        _ => &[],
    };
    Asked {
        scope: without.iter().fold(plain.scope, |scope, name| scope.without(name)),
        ..plain
    }
}

fn authorization(view: &View<'_>, client: &Client, acr_values: &[String]) -> AuthorizationRequest {
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
        dpop_jkt: None,
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

#[cfg(test)]
mod tests;
