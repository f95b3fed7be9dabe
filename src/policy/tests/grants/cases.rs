//! The facts of each row of the table.

use std::fmt;

use crate::model::client::{InheritedAssurance, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance};
use crate::model::requirement::{OnInsufficient, Requirement};
use crate::policy::facts::{AssertionProof, Channel, Facts, Proof, Suffix};
use crate::policy::tests::scene::{Scene, api_login, asserting, at, grant, pwd, session, source, totp};

/// Every grant with its modes. `interactive` is the authorization endpoint: code, implicit and hybrid alike.
pub(super) const GRANTS: [(&str, &[&str]); 9] = [
    ("interactive", &["raise", "block", "no factor", "no enrolment"]),
    ("code", &["redeem"]),
    ("refresh", &["refuse", "honour", "max age 1 h"]),
    (
        "jwt_bearer",
        &[
            "deny",
            "preapproved, approved",
            "preapproved, not",
            "session_backed",
            "asserted, listed",
            "asserted, own",
        ],
    ),
    ("client_credentials", &["alone", "run as"]),
    ("password", &["trusted address", "token"]),
    ("device", &["deny", "inherit"]),
    ("exchange", &["deny", "inherit", "inherit, 900 s"]),
    ("bridge", &["raise", "block"]),
];

/// Who requires `high`: the client (C), the profile (P) by its level, or by its permissions; or nobody.
pub(super) const REQUIREMENTS: [&str; 5] = ["client", "profile", "mfa_ui", "mfa_api", "-"];

/// One row's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    grant: String,
    mode: String,
    requirement: String,
}

impl Row {
    pub(super) fn of(grant: &str, mode: &str, requirement: &str) -> Self {
        Self {
            grant: grant.to_owned(),
            mode: mode.to_owned(),
            requirement: requirement.to_owned(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:18} | {:21} | {:7}", self.grant, self.mode, self.requirement)
    }
}

/// What was shown before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// A password at 09:50.
    Standard,
    /// Two factors at 09:00.
    High,
    /// Two factors on Monday at 21:00: 13 hours ago.
    Stale,
}

impl Evidence {
    pub(super) const ALL: [Self; 3] = [Self::Standard, Self::High, Self::Stale];

    fn events(self) -> Vec<crate::model::evidence::Evidence> {
        match self {
            Self::Standard => vec![pwd("09:50")],
            Self::High => vec![pwd("09:00"), totp("09:00")],
            Self::Stale => vec![pwd("Mon 21:00"), totp("Mon 21:00")],
        }
    }

    const fn pair(self) -> (Acr, &'static str) {
        match self {
            Self::Standard => (Acr::Standard, "09:50"),
            Self::High => (Acr::High, "09:00"),
            Self::Stale => (Acr::High, "Mon 21:00"),
        }
    }

    fn session(self) -> Proof {
        Proof::Session(session(&self.events()))
    }

    fn grant(self) -> Proof {
        let (acr, time) = self.pair();
        grant(acr, time, &self.events())
    }

    fn asserted(self) -> Assurance {
        let (acr, time) = self.pair();
        Assurance {
            acr,
            amr: vec!["idp".into()],
            auth_time: Some(at(time)),
        }
    }
}

/// The facts of a row; none where there can be none.
pub(super) fn scene(row: &Row, evidence: Evidence) -> Option<Scene> {
    let scene = of_grant(row, evidence)?;
    Some(match row.requirement.as_str() {
        "client" => {
            let mut client = source("client app", Acr::High);
            if row.mode == "block" {
                client.on_insufficient = OnInsufficient::Block;
            }
            if row.mode == "inherit, 900 s" {
                client.requirement = Requirement {
                    acr: Acr::High,
                    max_age: Some(900),
                };
            }
            scene.requires(client)
        }
        // The client for itself: there is no user who could have a profile.
        _ if scene.0.user.is_none() => scene,
        "profile" => scene.profile_high(),
        "mfa_ui" => scene.mfa_ui(),
        "mfa_api" => scene.mfa_api(),
        _ => scene,
    })
}

fn of_grant(row: &Row, evidence: Evidence) -> Option<Scene> {
    let mode = row.mode.as_str();
    Some(match row.grant.as_str() {
        "interactive" => Scene::new(Channel::Interactive)
            .proof(evidence.session())
            .with(|facts| interactive(facts, mode)),
        "code" => Scene::new(Channel::Code).proof(evidence.grant()),
        "refresh" => Scene::new(Channel::Refresh)
            .proof(evidence.grant())
            .with(|facts| match mode {
                "honour" => facts.client.on_requirement_raised = OnRequirementRaised::Honour,
                "max age 1 h" => facts.client.refresh_max_auth_age = Some(3_600),
                _ => {}
            }),
        "jwt_bearer" => jwt_bearer(mode, evidence),
        "client_credentials" => Scene::new(Channel::ClientCredentials).with(|facts| {
            if mode == "alone" {
                facts.user = None;
            }
        }),
        "password" => password(mode, evidence)?,
        "device" => Scene::new(Channel::Device)
            .proof(evidence.session())
            .with(|facts| facts.client.device_assurance = inherited(mode)),
        "exchange" => Scene::new(Channel::Exchange)
            .proof(evidence.grant())
            .with(|facts| facts.client.exchange_assurance = inherited(mode)),
        "bridge" => Scene::new(Channel::Bridge)
            .proof(evidence.grant())
            .with(|facts| facts.asked.scope = ["web"].into_iter().collect()),
        other => panic!("no such grant: {other}"),
    })
}

fn interactive(facts: &mut Facts, mode: &str) {
    let enrolled = &mut facts.user.as_mut().unwrap().enrolled;
    match mode {
        "no factor" => enrolled.clear(),
        "no enrolment" => {
            enrolled.clear();
            facts.rules.enrol_at_step_up = false;
        }
        _ => {}
    }
}

fn inherited(mode: &str) -> InheritedAssurance {
    if mode == "deny" {
        InheritedAssurance::Deny
    } else {
        InheritedAssurance::Inherit
    }
}

/// What is there to back the assertion; the mode decides what of it counts.
fn jwt_bearer(mode: &str, evidence: Evidence) -> Scene {
    let listed = (mode == "asserted, listed").then_some(Acr::High);
    let proof = match asserting(listed, Some(evidence.asserted())) {
        Proof::Assertion(proof) => Proof::Assertion(AssertionProof {
            sessions: vec![session(&evidence.events())],
            ..proof
        }),
        other => other,
    };
    Scene::new(Channel::JwtBearer).proof(proof).with(|facts| {
        facts.client.jwt_bearer_assurance = match mode {
            "deny" => JwtBearerAssurance::Deny,
            "session_backed" => JwtBearerAssurance::SessionBacked,
            "asserted, listed" | "asserted, own" => JwtBearerAssurance::Asserted,
            _ => JwtBearerAssurance::Preapproved,
        };
        facts.user.as_mut().unwrap().preapproved = mode == "preapproved, approved";
    })
}

/// A password alone is `std`; a password with a code is `high`. Nothing of an API login is ever old.
fn password(mode: &str, evidence: Evidence) -> Option<Scene> {
    let suffix = match (mode, evidence) {
        // A token and a code are never given at once.
        (_, Evidence::Stale) | ("token", Evidence::High) => return None,
        ("token", Evidence::Standard) => Suffix::Token,
        (_, Evidence::Standard) => Suffix::Nothing,
        (_, Evidence::High) => Suffix::Code,
    };
    let scene = Scene::new(Channel::Password).proof(api_login(suffix));
    Some(if mode == "token" { scene.away() } else { scene })
}
