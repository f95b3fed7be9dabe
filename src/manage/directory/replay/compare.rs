//! Two decisions about the same circumstances: what the second asks beside what the first did, and on whose account.

use crate::model::evidence::Acr;
use crate::model::requirement::Enforcement;
use crate::policy::facts::Channel;
use crate::policy::{Decision, Facts, NextStep, Page, Reason};

/// What a decision would come to beside what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same.
    Same,
    /// The same, and what would be asked were it enforced is reported now.
    Reported,
    /// More is asked for.
    More,
    /// It is refused.
    Refused,
    /// Less is asked for, or what was refused is not.
    Less,
}

/// How much a step asks for: the kind, the level, and whether a factor must be enrolled first.
type Weight = (u8, Acr, bool);
const REFUSED: u8 = 4;

fn weight(step: &NextStep) -> Weight {
    match step {
        NextStep::Proceed(_) => (0, Acr::None, false),
        NextStep::Interact(Page::Consent { .. } | Page::Device) => (1, Acr::None, false),
        NextStep::Interact(Page::Flow { .. }) => (2, Acr::Low, false),
        // The client of a refresh sends its person to sign in again.
        NextStep::Interact(Page::Login) | NextStep::Refuse(Reason::ReauthenticationRequired) => (2, Acr::None, false),
        NextStep::Interact(Page::Challenge { needed, .. }) => (3, *needed, false),
        NextStep::Interact(Page::Enrol { needed, .. }) => (3, *needed, true),
        NextStep::Refuse(_) => (REFUSED, Acr::None, false),
    }
}

/// Whether a decision refuses for good: nobody is asked for anything.
pub(super) fn refuses(decision: &Decision) -> bool {
    weight(&decision.step).0 == REFUSED
}

pub(super) fn verdict(before: &Decision, after: &Decision) -> Verdict {
    let (was, is) = (weight(&before.step), weight(&after.step));
    match is.cmp(&was) {
        std::cmp::Ordering::Greater if is.0 == REFUSED => Verdict::Refused,
        std::cmp::Ordering::Greater => Verdict::More,
        std::cmp::Ordering::Less => Verdict::Less,
        std::cmp::Ordering::Equal if after.reported.is_some() && before.reported.is_none() => Verdict::Reported,
        std::cmp::Ordering::Equal => Verdict::Same,
    }
}

/// On whose account a decision asks or refuses, in words that many decisions share.
pub(super) fn cause(facts: &Facts, decision: &Decision) -> String {
    let client = &facts.client.id;
    match &decision.step {
        NextStep::Proceed(_) => decision.reported.clone().unwrap_or_default(),
        NextStep::Interact(Page::Challenge { needed, wanted_by, .. } | Page::Enrol { needed, wanted_by, .. }) => {
            format!("{wanted_by} needs {needed}")
        }
        NextStep::Interact(Page::Flow { flow, .. }) => format!("login flow {flow}"),
        NextStep::Interact(Page::Consent { .. }) => format!("client {client} asks for consent"),
        NextStep::Interact(Page::Device) => "the device's code is compared".to_owned(),
        NextStep::Interact(Page::Login) => format!("{} needs a new login", strictest(facts).0),
        NextStep::Refuse(Reason::ClientDisabled) => format!("client {client} is disabled"),
        NextStep::Refuse(Reason::UserDisabled) => "the user is disabled".to_owned(),
        NextStep::Refuse(Reason::OutsideLoginHours) => format!("login hours of {}", profile(facts)),
        NextStep::Refuse(Reason::IpNotAllowed) => format!("login ranges of {}", whose_ranges(facts)),
        NextStep::Refuse(Reason::ReauthenticationRequired) => {
            let (name, acr) = strictest(facts);
            format!("{name} needs {acr}, so the person signs in again")
        }
        NextStep::Refuse(
            reason @ (Reason::GrantCannotReachLevel
            | Reason::NotPreapproved
            | Reason::NotBacked
            | Reason::UnmetAcr
            | Reason::LevelBlocked
            | Reason::ScopeBlocked),
        ) => {
            let (name, acr) = strictest(facts);
            format!("{name} needs {acr} ({})", reason.as_str())
        }
        NextStep::Refuse(reason) => reason.as_str().to_owned(),
    }
}

fn profile(facts: &Facts) -> String {
    let user = facts.user.as_ref();
    user.map_or_else(String::new, |user| format!("profile {}", user.profile.name))
}

fn whose_ranges(facts: &Facts) -> String {
    let of_profile = facts
        .user
        .as_ref()
        .is_some_and(|user| !user.profile.login_ip_ranges.is_empty());
    match (of_profile, facts.rules.login_ip_ranges.is_empty()) {
        (true, true) => profile(facts),
        (true, false) => format!("{} or the organisation", profile(facts)),
        (false, _) => "the organisation".to_owned(),
    }
}

/// Who requires the most of these facts, and what.
fn strictest(facts: &Facts) -> (String, Acr) {
    let sources = facts.required.sources.iter();
    let mut found: Vec<(String, Acr)> = sources
        .filter(|source| source.enforcement == Enforcement::Enforced)
        .map(|source| (source.name.clone(), source.requirement.acr))
        .collect();
    if let Some(user) = &facts.user {
        let of_login = |name: String, required: Acr, mfa: bool| {
            let mfa = if mfa { Acr::High } else { Acr::None };
            (name, required.max(mfa))
        };
        let own = &user.profile;
        if own.enforcement == Enforcement::Enforced {
            let mfa = own.mfa_ui && (own.mfa_api || facts.channel.is_interactive());
            found.push(of_login(profile(facts), own.required_acr, mfa));
        }
        for set in &user.permission_sets {
            if set.enforcement == Enforcement::Enforced {
                let mfa = set.mfa_api || (set.mfa_ui && facts.channel.is_interactive());
                found.push(of_login(format!("permission set {}", set.name), set.required_acr, mfa));
            }
        }
    }
    // Of equals the first: `max_by_key` would take the last.
    let strictest = found.into_iter().rev().max_by_key(|(_, acr)| *acr);
    strictest.unwrap_or_else(|| (format!("client {}", facts.client.id), Acr::None))
}

/// What a decision was about, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A person, or a program with a person's password, signed in.
    Login,
    /// A grant was refreshed.
    Refresh,
    /// Another token request.
    TokenRequest,
}

/// What facts are about; none where another decision was about the same: a code repeats its authorization request.
pub(super) const fn deed(channel: Channel) -> Option<Deed> {
    match channel {
        Channel::Interactive | Channel::Page | Channel::Device | Channel::Password | Channel::Bridge => {
            Some(Deed::Login)
        }
        Channel::Refresh => Some(Deed::Refresh),
        Channel::JwtBearer | Channel::ClientCredentials | Channel::Exchange => Some(Deed::TokenRequest),
        Channel::Code => None,
    }
}
