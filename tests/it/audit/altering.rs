//! One fact of a decision altered, and what must come of it: told here by the rules' text, apart from the code that decides.

use countersign::model::evidence::{Acr, FactorKind};
use countersign::model::requirement::{Enforcement, OnInsufficient, Requirement};
use countersign::model::user::UserStatus;
use countersign::policy::facts::{Channel, Count, Facts, Proof};
use countersign::policy::requirements::Source;
use countersign::policy::{Decision, NextStep};

/// A fact that is altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alteration {
    ClientDisabled,
    UserDisabled,
    TooMany,
    EvidenceRemoved,
    EvidenceAged,
    LevelRaised,
    MfaUi,
    NoHours,
    OtherRanges,
    ConsentWithdrawn,
}

/// What must come of an altered fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// What came of it before.
    Same,
    /// A refusal for this reason, by this check.
    Refused(&'static str, u8),
    /// This page, by this check.
    Asked(&'static str, u8),
    /// Anything but tokens, by this check.
    StoppedAt(u8),
}

impl Alteration {
    pub(super) const ALL: [Self; 10] = [
        Self::ClientDisabled,
        Self::UserDisabled,
        Self::TooMany,
        Self::EvidenceRemoved,
        Self::EvidenceAged,
        Self::LevelRaised,
        Self::MfaUi,
        Self::NoHours,
        Self::OtherRanges,
        Self::ConsentWithdrawn,
    ];

    /// The alteration of this number; where the facts have no such fact, the next that they have.
    pub(super) fn of(number: usize, facts: &Facts) -> Self {
        let from_here = Self::ALL.iter().cycle().skip(number).take(Self::ALL.len());
        let mut possible = from_here.filter(|alteration| alteration.is_possible(facts));
        *possible.next().expect("every decision is about a client")
    }

    fn is_possible(self, facts: &Facts) -> bool {
        match self {
            Self::ClientDisabled | Self::TooMany | Self::LevelRaised => true,
            Self::UserDisabled | Self::MfaUi | Self::NoHours | Self::OtherRanges => facts.user.is_some(),
            Self::ConsentWithdrawn => facts.user.is_some() && !facts.asked.scope.is_empty(),
            Self::EvidenceRemoved | Self::EvidenceAged => {
                matches!(&facts.proof, Proof::Session(session) if !session.evidence.is_empty())
            }
        }
    }

    pub(super) fn make(self, facts: &mut Facts) {
        match self {
            Self::ClientDisabled => facts.client.disabled = true,
            Self::TooMany => facts.counts.push(Count {
                what: "requests of this test".to_owned(),
                count: 2,
                limit: 1,
            }),
            Self::LevelRaised => facts.required.add(Source {
                name: "resource of this test".to_owned(),
                requirement: Requirement::of(Acr::Phr),
                on_insufficient: OnInsufficient::Raise,
                enforcement: Enforcement::Enforced,
                accepts: Vec::new(),
            }),
            Self::ConsentWithdrawn => {
                facts.client.require_consent = true;
                facts.consent.agreed = None;
                facts.consent.answer = None;
            }
            Self::EvidenceRemoved | Self::EvidenceAged => {
                if let Proof::Session(session) = &mut facts.proof {
                    if self == Self::EvidenceRemoved {
                        session.evidence.clear();
                    } else {
                        session.last_seen = session.last_seen.plus_seconds(-864_000);
                    }
                }
            }
            Self::UserDisabled | Self::MfaUi | Self::NoHours | Self::OtherRanges => self.make_of_user(facts),
        }
    }

    fn make_of_user(self, facts: &mut Facts) {
        let Some(user) = &mut facts.user else { return };
        match self {
            Self::UserDisabled => user.status = UserStatus::Disabled,
            Self::MfaUi => user.profile.mfa_ui = true,
            Self::NoHours => user.profile.login_hours = Some(std::sync::Arc::default()),
            Self::OtherRanges => {
                user.profile.login_ip_ranges = vec!["203.0.113.0/24".parse().expect("a range")].into();
            }
            _ => {}
        }
    }

    /// What must come of it, given what came of the facts as they were: ASSURANCE.md §3, check by check.
    pub(super) fn expected(self, facts: &Facts, before: &Decision) -> Expected {
        let reached = |check: u8| before.check >= check;
        let asks_people = facts.channel == Channel::Interactive;
        match self {
            Self::TooMany => Expected::Refused("rate_limited", 1),
            Self::ClientDisabled => Expected::Refused("client_disabled", 2),
            Self::UserDisabled => Expected::Refused("user_disabled", 3),
            Self::EvidenceRemoved | Self::EvidenceAged => Expected::Asked("login", 3),
            Self::NoHours if reached(4) && (asks_people || facts.channel == Channel::JwtBearer) => {
                Expected::Refused("outside_login_hours", 4)
            }
            Self::MfaUi if reached(5) && asks_people && !shows_high(facts) => Expected::StoppedAt(5),
            // A person who is let in goes past check 7; where nobody is there to ask, checks 5 and 6 do not stop.
            Self::OtherRanges if facts.channel != Channel::Code && reached(7) => Expected::Refused("ip_not_allowed", 7),
            Self::LevelRaised if reached(9) => raised(facts, before),
            Self::ConsentWithdrawn => withdrawn(facts, before),
            _ => Expected::Same,
        }
    }
}

/// A level that no factor here reaches.
fn raised(facts: &Facts, before: &Decision) -> Expected {
    match facts.channel {
        Channel::Interactive => Expected::StoppedAt(9),
        Channel::Refresh => Expected::Refused("reauthentication_required", 9),
        Channel::ClientCredentials => Expected::Refused("grant_cannot_reach_level", 9),
        // Whatever an administrator approved beforehand is exempt from any level; whoever was refused still is.
        Channel::JwtBearer if before.exempted || before.check == 9 && !allows(before) => Expected::Same,
        Channel::JwtBearer => Expected::Refused("not_backed", 9),
        // A code's proof was judged when it was issued.
        _ => Expected::Same,
    }
}

fn withdrawn(facts: &Facts, before: &Decision) -> Expected {
    let reached = allows(before) || before.check == 11;
    match facts.channel {
        Channel::Interactive if reached => Expected::Asked("consent", 11),
        Channel::JwtBearer if reached && !facts.user.as_ref().is_some_and(|user| user.preapproved) => {
            Expected::Refused("not_preapproved", 11)
        }
        _ => Expected::Same,
    }
}

fn allows(decision: &Decision) -> bool {
    matches!(decision.step, NextStep::Proceed(_))
}

/// Both factors, within twelve hours, in a session used within the hour (ASSURANCE.md §1).
fn shows_high(facts: &Facts) -> bool {
    let Proof::Session(session) = &facts.proof else {
        return false;
    };
    let fresh = |kind: FactorKind| {
        session
            .evidence
            .iter()
            .any(|evidence| evidence.kind() == kind && facts.now.seconds_since(evidence.at()) <= 43_200)
    };
    let idle = facts.now.seconds_since(session.last_seen);
    fresh(FactorKind::Password) && fresh(FactorKind::Totp) && idle <= 3_600
}
