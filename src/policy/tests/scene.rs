//! Facts as ASSURANCE.md §12 has them unless it says otherwise, and decisions in one line of words.
//!
//! Now is Tuesday, 10:00. The device is known, the address within every range, no hours are set, consent is on file.

use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, SessionId, UserId};
use crate::model::login_hours::TimeZone;
use crate::model::request::RequestedAcr;
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::policy::assurance::Ages;
use crate::policy::facts::{
    ApiLogin, Asked, AssertionProof, Channel, ClientFacts, ConsentFacts, Facts, Place, ProfileFacts, Proof, Rules,
    SessionProof, SetFacts, Suffix, UserFacts,
};
use crate::policy::requirements::{Required, Source};
use crate::policy::{Decision, NextStep, Page, decide};

/// Tuesday, 10:00 UTC.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_700_560_800);
/// Every kind that is switched on when senders are configured.
pub(super) const KINDS: [FactorKind; 7] = [
    FactorKind::Email,
    FactorKind::Voice,
    FactorKind::Sms,
    FactorKind::Hotp,
    FactorKind::Totp,
    FactorKind::Passkey,
    FactorKind::RecoveryCode,
];

/// `10:00` of this Tuesday, or `Mon 21:00` of the day before.
pub(super) fn at(text: &str) -> Timestamp {
    let (days, time) = text.strip_prefix("Mon ").map_or((0, text), |time| (1, time));
    let (hour, minute) = time.split_once(':').unwrap();
    let (hour, minute): (i64, i64) = (hour.parse().unwrap(), minute.parse().unwrap());
    NOW.plus_seconds(((hour - 10 - 24 * days) * 60 + minute) * 60)
}

fn credential(kind: FactorKind) -> CredentialId {
    CredentialId::from_bytes([kind as u8 + 1; 16])
}

pub(super) fn proven(kind: FactorKind, time: &str) -> Evidence {
    Evidence::proven(kind, credential(kind), at(time))
}

pub(super) fn pwd(time: &str) -> Evidence {
    proven(FactorKind::Password, time)
}

pub(super) fn totp(time: &str) -> Evidence {
    proven(FactorKind::Totp, time)
}

pub(super) fn session(evidence: &[Evidence]) -> SessionProof {
    SessionProof {
        id: SessionId::from_bytes([7; 16]),
        evidence: evidence.to_vec(),
        last_seen: NOW,
        bound_here: false,
    }
}

/// A grant of this level and time, resting on `evidence`.
pub(super) fn grant(acr: Acr, time: &str, evidence: &[Evidence]) -> Proof {
    let amr: &[&str] = if acr >= Acr::High {
        &["pwd", "otp", "mfa"]
    } else {
        &["pwd"]
    };
    Proof::Grant(Box::new(Snapshot {
        assurance: Assurance {
            acr,
            amr: amr.iter().map(|value| (*value).to_owned()).collect(),
            auth_time: Some(at(time)),
        },
        evidence: evidence.to_vec(),
        ..Snapshot::default()
    }))
}

pub(super) fn asserting(ceiling: Option<Acr>, asserted: Option<Assurance>) -> Proof {
    Proof::Assertion(AssertionProof {
        ceiling,
        asserted,
        sessions: Vec::new(),
    })
}

/// An API login: the password is right, and so is what was given beside it.
pub(super) fn api_login(suffix: Suffix) -> Proof {
    let mut evidence = vec![pwd("10:00")];
    if suffix == Suffix::Code {
        evidence.push(totp("10:00"));
    }
    Proof::ApiLogin(ApiLogin {
        evidence,
        suffix,
        suffix_right: suffix != Suffix::Nothing,
    })
}

pub(super) fn source(name: &str, acr: Acr) -> Source {
    Source {
        name: name.into(),
        requirement: Requirement::of(acr),
        on_insufficient: OnInsufficient::Raise,
        enforcement: Enforcement::Enforced,
        accepts: Vec::new(),
    }
}

pub(super) fn set(name: &str) -> SetFacts {
    SetFacts {
        name: name.into(),
        ..SetFacts::default()
    }
}

fn rules() -> Rules {
    Rules {
        ages: Ages::default(),
        columns: Columns::default(),
        kinds: KINDS.to_vec(),
        acr_values_strict: false,
        enrol_at_step_up: true,
        early_ip_deny: false,
        device_activation: DeviceActivation::Verify,
        api_mfa_before_enrolment: ApiMfaBeforeEnrolment::Deny,
        distinct_api_token_fault: false,
        bridge_carries_assurance: true,
        login_ip_ranges: [].into(),
        trusted_ip_ranges: ["192.0.2.0/24".parse().unwrap()].into(),
        enforce_ip_on_every_request: false,
        policy_version: 3,
    }
}

fn user() -> UserFacts {
    UserFacts {
        id: UserId::from_bytes([9; 16]),
        username: "alice".into(),
        status: UserStatus::Active,
        locked_until: None,
        api_only: false,
        profile: ProfileFacts {
            name: "default".into(),
            ..ProfileFacts::default()
        },
        permission_sets: Vec::new(),
        enrolled: vec![FactorKind::Totp],
        preapproved: false,
    }
}

/// Facts under change.
#[derive(Debug, Clone)]
pub(super) struct Scene(pub(super) Facts);

impl Scene {
    pub(super) fn new(channel: Channel) -> Self {
        let scope: ScopeSet = ["openid"].into_iter().collect();
        Self(Facts {
            now: NOW,
            began: NOW,
            channel,
            rules: rules(),
            client: ClientFacts {
                id: "app".into(),
                require_consent: true,
                ..ClientFacts::default()
            },
            asked: Asked {
                scope: scope.clone(),
                ..Asked::default()
            },
            required: Required::default(),
            user: Some(user()),
            proof: Proof::Nothing,
            place: Place {
                ip: Some([192, 0, 2, 1].into()),
                claims_other_address: false,
                known_device: true,
            },
            consent: ConsentFacts {
                agreed: scope,
                answer: None,
            },
            counts: Vec::new(),
        })
    }

    /// A person at the authorization endpoint who shows this.
    pub(super) fn shows(evidence: &[Evidence]) -> Self {
        Self::new(Channel::Interactive).proof(Proof::Session(session(evidence)))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn of_user(self, change: impl FnOnce(&mut UserFacts)) -> Self {
        self.with(|facts| change(facts.user.as_mut().unwrap()))
    }

    pub(super) fn proof(self, proof: Proof) -> Self {
        self.with(|facts| facts.proof = proof)
    }

    /// The session shows this as well.
    pub(super) fn then(self, evidence: Evidence) -> Self {
        self.with(|facts| {
            if let Proof::Session(session) = &mut facts.proof {
                session.evidence.push(evidence);
            }
        })
    }

    pub(super) fn requires(self, source: Source) -> Self {
        self.with(|facts| facts.required.add(source))
    }

    /// The client requires `high`.
    pub(super) fn client_high(self) -> Self {
        self.requires(source("client app", Acr::High))
    }

    /// The profile requires `high` of every login.
    pub(super) fn profile_high(self) -> Self {
        self.of_user(|user| user.profile.required_acr = Acr::High)
    }

    pub(super) fn mfa_ui(self) -> Self {
        self.of_user(|user| user.profile.mfa_ui = true)
    }

    pub(super) fn mfa_api(self) -> Self {
        self.mfa_ui().of_user(|user| user.profile.mfa_api = true)
    }

    pub(super) fn enrolled(self, kinds: &[FactorKind]) -> Self {
        self.of_user(|user| user.enrolled = kinds.to_vec())
    }

    pub(super) fn acr_values(self, values: &[&str]) -> Self {
        self.with(|facts| {
            let known = |value: &&str| RequestedAcr {
                value: (*value).into(),
                acr: value.parse().ok(),
            };
            facts.asked.acr_values = values.iter().map(known).collect();
        })
    }

    /// From an address that no range trusts, on a device that nobody knows.
    pub(super) fn away(self) -> Self {
        self.with(|facts| {
            facts.place.ip = Some([198, 51, 100, 1].into());
            facts.place.known_device = false;
        })
    }

    /// The profile's users sign in from 10.0.0.0/8 alone.
    pub(super) fn login_range(self) -> Self {
        self.of_user(|user| user.profile.login_ip_ranges = ["10.0.0.0/8".parse().unwrap()].into())
    }

    pub(super) fn decision(&self) -> Decision {
        decide(&self.0)
    }

    /// The decision in one line: step, level, methods, time, and the check that decided.
    pub(super) fn decided(&self) -> String {
        told(&self.decision())
    }
}

/// `allow high [pwd otp mfa] Tue 10:00, check 11`; `challenge totp for high by profile default, check 9`.
pub(super) fn told(decision: &Decision) -> String {
    let exempted = if decision.exempted { ", exempted" } else { "" };
    let would = decision.reported.as_ref().map(|reported| format!(", would {reported}"));
    format!(
        "{}, check {}{exempted}{}",
        step(&decision.step),
        decision.check,
        would.unwrap_or_default()
    )
}

fn step(step: &NextStep) -> String {
    let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    match step {
        NextStep::Refuse(reason) => format!("deny {}", reason.as_str()),
        NextStep::Interact(Page::Login) => "login".into(),
        NextStep::Interact(Page::Challenge {
            allowed,
            needed,
            wanted_by,
        }) => format!("challenge {} for {needed} by {wanted_by}", names(allowed)),
        NextStep::Interact(Page::Enrol {
            allowed,
            needed,
            wanted_by,
        }) => format!("enrol {} for {needed} by {wanted_by}", names(allowed)),
        NextStep::Interact(Page::Consent { missing }) => format!("consent to {missing}"),
        NextStep::Proceed(approval) => {
            let Assurance { amr, auth_time, .. } = &approval.snapshot().assurance;
            if approval.user().is_none() {
                assert_eq!(approval.snapshot().assurance, Assurance::default());
                return "allow without acr".into();
            }
            let acr = approval.snapshot().acr();
            match auth_time {
                Some(time) => format!("allow {acr} [{}] {}", amr.join(" "), TimeZone::default().told(*time)),
                None => format!("allow {acr}, no time, amr [{}]", amr.join(" ")),
            }
        }
    }
}
