//! The same checks where nobody is there to ask: grant type × requirement × evidence. ASSURANCE.md §5.

use super::approval::Approval;
use super::assurance::{Shown, meets, pairs};
use super::next_step::Rules;
use super::reason::Reason;
use super::requirements::Required;
use super::trace::{Outcome, Trace};
use crate::model::client::{Client, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance};
use crate::model::grant::{Grant, Snapshot};
use crate::model::issuer::Issuer;
use crate::model::profile::Profile;
use crate::model::requirement::Requirement;
use crate::model::scope::ScopeSet;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};

/// A decision without a person: tokens, or a reason; and every check.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// Tokens may be issued, or why not.
    pub outcome: Result<Approval, Reason>,
    /// Every check with its facts.
    pub trace: Trace,
    /// Whether a requirement was waived because an administrator approved it beforehand.
    pub exempted: bool,
}

fn ruling(trace: Trace, outcome: Result<Approval, Reason>) -> Ruling {
    Ruling {
        outcome,
        trace,
        exempted: false,
    }
}

/// Checks 2 and 3: the client and, where there is one, the user may still act.
fn state(client: &Client, user: Option<&User>, trace: &mut Trace) -> Result<(), Reason> {
    if client.disabled {
        trace.push(
            2,
            "client",
            Outcome::Deny,
            format!("client {} is disabled", client.client_id),
        );
        return Err(Reason::ClientDisabled);
    }
    trace.push(
        2,
        "client",
        Outcome::Pass,
        format!("client {} is active", client.client_id),
    );
    if let Some(user) = user {
        if user.status == UserStatus::Disabled {
            trace.push(
                3,
                "user status",
                Outcome::Deny,
                format!("user {} is disabled", user.username),
            );
            return Err(Reason::UserDisabled);
        }
        trace.push(
            3,
            "user status",
            Outcome::Pass,
            format!("user {} is active", user.username),
        );
    }
    Ok(())
}

/// What stands behind a grant: its client, its user with profile, what is required of them now.
#[derive(Debug, Clone)]
pub struct Behind<'a> {
    /// The client.
    pub client: &'a Client,
    /// The user and the user's profile; absent when the grant is about no user.
    pub user: Option<(&'a User, &'a Profile)>,
    /// What organisation, client, scopes and resources require.
    pub required: Required,
}

/// Redeeming a code: the proof was judged when the code was issued and is never raised; states are judged again.
#[must_use]
pub fn redeem_code(behind: &Behind<'_>, grant: &Grant) -> Ruling {
    let mut trace = Trace::default();
    let outcome = state(behind.client, behind.user.map(|(user, _)| user), &mut trace).map(|()| {
        trace.push(
            9,
            "required level",
            Outcome::Pass,
            format!("{} as granted", grant.snapshot.assurance.acr),
        );
        approve(grant, grant.scope.clone())
    });
    ruling(trace, outcome)
}

fn approve(grant: &Grant, scope: ScopeSet) -> Approval {
    Approval::new(grant.client_id.clone(), grant.user, scope, grant.snapshot.clone())
}

/// Refreshing: keeps the pair of the grant, never raises it, and is refused when a requirement rose above it.
#[must_use]
pub fn refresh(behind: &Behind<'_>, grant: &Grant, scope: ScopeSet) -> Ruling {
    let mut trace = Trace::default();
    if let Err(reason) = state(behind.client, behind.user.map(|(user, _)| user), &mut trace) {
        return ruling(trace, Err(reason));
    }
    let mut required = behind.required.clone();
    if let Some((_, profile)) = behind.user {
        required.add(
            || format!("profile {}", profile.name),
            Requirement::of(profile.required_acr),
            crate::model::requirement::OnInsufficient::Raise,
        );
    }
    let needed = required.joined().acr;
    let has = grant.snapshot.assurance.acr;
    let honoured = behind.client.on_requirement_raised == OnRequirementRaised::Honour;
    if has < needed && !honoured {
        trace.push(
            9,
            "required level",
            Outcome::Deny,
            format!("{needed} required now, the grant has {has}"),
        );
        return ruling(trace, Err(Reason::ReauthenticationRequired));
    }
    trace.push(
        9,
        "required level",
        Outcome::Pass,
        format!("{needed} required now, the grant has {has}"),
    );
    ruling(trace, Ok(approve(grant, scope)))
}

/// Client credentials: no user, no level; refused where the client or what it asks for requires one.
#[must_use]
pub fn client_credentials(behind: &Behind<'_>, scope: ScopeSet, policy_version: i64) -> Ruling {
    let mut trace = Trace::default();
    if let Err(reason) = state(behind.client, None, &mut trace) {
        return ruling(trace, Err(reason));
    }
    let needed = behind.required.joined().acr;
    if needed > Acr::None {
        trace.push(
            9,
            "required level",
            Outcome::Deny,
            format!("{needed} required; this grant is about no user"),
        );
        return ruling(trace, Err(Reason::GrantCannotReachLevel));
    }
    trace.push(9, "required level", Outcome::Pass, "none required");
    let snapshot = Snapshot {
        policy_version,
        ..Snapshot::default()
    };
    ruling(
        trace,
        Ok(Approval::new(behind.client.client_id.clone(), None, scope, snapshot)),
    )
}

/// What a JWT-bearer assertion brings (RFC 7523).
#[derive(Debug, Clone, Copy)]
pub struct AssertionFacts<'a> {
    /// The user it names, with profile.
    pub user: &'a User,
    /// That user's profile.
    pub profile: &'a Profile,
    /// The listed issuer that signed it; absent when the client signed it itself.
    pub issuer: Option<&'a Issuer>,
    /// Level, methods and time that it asserts.
    pub asserted: Option<&'a Assurance>,
    /// The user's live sessions.
    pub sessions: &'a [Session],
    /// The scopes the user agreed this client may have.
    pub agreed: &'a ScopeSet,
}

/// JWT bearer: the four modes of `jwt_bearer_assurance`.
#[must_use]
pub fn jwt_bearer(
    behind: &Behind<'_>,
    assertion: &AssertionFacts<'_>,
    scope: ScopeSet,
    (rules, now): (&Rules, Timestamp),
) -> Ruling {
    let mut trace = Trace::default();
    if let Err(reason) = state(behind.client, Some(assertion.user), &mut trace) {
        return ruling(trace, Err(reason));
    }
    let mut required = behind.required.clone();
    let of_profile = Requirement::of(assertion.profile.required_acr);
    let raise = crate::model::requirement::OnInsufficient::Raise;
    required.add(|| format!("profile {}", assertion.profile.name), of_profile, raise);
    let need = required.joined();
    let approved = is_preapproved(behind.client, assertion.user);
    let missing = super::consent::missing(behind.client, &scope, assertion.agreed);
    if !approved && !missing.is_empty() {
        trace.push(
            11,
            "consent",
            Outcome::Deny,
            "neither pre-approved nor agreed to by the user",
        );
        return ruling(trace, Err(Reason::NotPreapproved));
    }
    let backed = back(behind.client, assertion, (rules, now), approved);
    // What a listed issuer asserts is said whatever the mode; a session's pair is not borrowed without need.
    let unneeded = asserted_by_issuer(assertion).unwrap_or_default();
    let (outcome, exempted) = weigh(backed, (need, unneeded), now, &mut trace);
    let outcome = outcome.map(|snapshot| {
        let snapshot = Snapshot {
            policy_version: rules.policy_version,
            ..snapshot
        };
        Approval::new(
            behind.client.client_id.clone(),
            Some(assertion.user.id),
            scope,
            snapshot,
        )
    });
    Ruling {
        outcome,
        trace,
        exempted,
    }
}

/// What the backing of an assertion is worth against what is required, `unneeded` being what is said where nothing is;
/// and whether the requirement was waived.
fn weigh(
    backed: Backed,
    (need, unneeded): (Requirement, Snapshot),
    now: Timestamp,
    trace: &mut Trace,
) -> (Result<Snapshot, Reason>, bool) {
    let required = need.acr;
    let mut note = |outcome, facts: String| trace.push(9, "required level", outcome, facts);
    match backed {
        Backed::By(backing) if required > Acr::None && backing.meets(need, now) => {
            note(Outcome::Pass, format!("{required} required; backed"));
            (Ok(backing.0), false)
        }
        _ if required == Acr::None => {
            note(Outcome::Pass, "none required".to_owned());
            (Ok(unneeded), false)
        }
        Backed::Waived => {
            note(Outcome::Pass, format!("{required} required; pre-approved, so waived"));
            (Ok(Snapshot::default()), true)
        }
        Backed::By(_) => {
            note(Outcome::Deny, format!("{required} required; what backs it falls short"));
            (Err(Reason::NotBacked), false)
        }
        Backed::No(reason) => {
            note(Outcome::Deny, format!("{required} required; nothing backs it"));
            (Err(reason), false)
        }
    }
}

struct Backing(Snapshot);

impl Backing {
    fn meets(&self, need: Requirement, now: Timestamp) -> bool {
        let assurance = &self.0.assurance;
        let fresh = match (need.max_age, assurance.auth_time) {
            (None, _) => true,
            (Some(age), Some(at)) => now.seconds_since(at) <= i64::from(age),
            (Some(_), None) => false,
        };
        assurance.acr >= need.acr && fresh
    }
}

enum Backed {
    By(Backing),
    Waived,
    No(Reason),
}

fn back(client: &Client, assertion: &AssertionFacts<'_>, (rules, now): (&Rules, Timestamp), approved: bool) -> Backed {
    match client.jwt_bearer_assurance {
        JwtBearerAssurance::Deny => Backed::No(Reason::GrantCannotReachLevel),
        JwtBearerAssurance::Preapproved if approved => Backed::Waived,
        JwtBearerAssurance::Preapproved => Backed::No(Reason::NotPreapproved),
        JwtBearerAssurance::SessionBacked => assertion
            .sessions
            .iter()
            .flat_map(|session| {
                let shown = Shown {
                    evidence: &session.evidence,
                    last_seen: session.last_seen_at,
                    since: None,
                };
                pairs(shown, now, &rules.ages)
                    .into_iter()
                    .map(|pair| (pair, session.id))
            })
            .filter(|(pair, _)| meets(pair, Requirement::of(Acr::Standard), now, now))
            .max_by_key(|(pair, _)| (pair.assurance.acr, pair.assurance.auth_time))
            .map_or(Backed::No(Reason::NotBacked), |(pair, session)| {
                let (assurance, credentials) = (pair.assurance, pair.credentials);
                let snapshot = Snapshot {
                    assurance,
                    credentials,
                    session: Some(session),
                    ..Snapshot::default()
                };
                Backed::By(Backing(snapshot))
            }),
        JwtBearerAssurance::Asserted => asserted_by_issuer(assertion)
            .map_or(Backed::No(Reason::NotBacked), |snapshot| Backed::By(Backing(snapshot))),
    }
}

/// The pair that a listed issuer asserts, up to its ceiling; none below the lowest level, which says nobody authenticated.
fn asserted_by_issuer(assertion: &AssertionFacts<'_>) -> Option<Snapshot> {
    let (issuer, asserted) = assertion.issuer.zip(assertion.asserted)?;
    let acr = asserted.acr.min(issuer.max_acr);
    (acr > Acr::None).then(|| Snapshot {
        assurance: Assurance {
            acr,
            ..asserted.clone()
        },
        ..Snapshot::default()
    })
}

fn is_preapproved(client: &Client, user: &User) -> bool {
    let named = client
        .preapproved_users
        .iter()
        .any(|name| User::key_of(name) == User::key_of(&user.username));
    named || client.preapproved_profiles.contains(&user.profile)
}
