//! Times, evidence, proofs and requirements in a word each.

use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, SessionId};
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::model::time::Timestamp;
use crate::policy::facts::{ApiLogin, AssertionProof, Proof, SessionProof, SetFacts, Suffix};
use crate::policy::requirements::Source;

/// Tuesday, 10:00 UTC.
pub(in crate::policy::tests) const NOW: Timestamp = Timestamp::from_seconds(1_700_560_800);
/// Every kind that is switched on when senders are configured.
pub(in crate::policy::tests) const KINDS: [FactorKind; 7] = [
    FactorKind::Email,
    FactorKind::Voice,
    FactorKind::Sms,
    FactorKind::Hotp,
    FactorKind::Totp,
    FactorKind::Passkey,
    FactorKind::RecoveryCode,
];

/// `10:00` of this Tuesday, or `Mon 21:00` of the day before.
pub(in crate::policy::tests) fn at(text: &str) -> Timestamp {
    let (days, time) = text.strip_prefix("Mon ").map_or((0, text), |time| (1, time));
    let (hour, minute) = time.split_once(':').unwrap();
    let (hour, minute): (i64, i64) = (hour.parse().unwrap(), minute.parse().unwrap());
    NOW.plus_seconds(((hour - 10 - 24 * days) * 60 + minute) * 60)
}

fn credential(kind: FactorKind) -> CredentialId {
    CredentialId::from_bytes([kind as u8 + 1; 16])
}

pub(in crate::policy::tests) fn proven(kind: FactorKind, time: &str) -> Evidence {
    Evidence::proven(kind, credential(kind), at(time))
}

pub(in crate::policy::tests) fn pwd(time: &str) -> Evidence {
    proven(FactorKind::Password, time)
}

pub(in crate::policy::tests) fn totp(time: &str) -> Evidence {
    proven(FactorKind::Totp, time)
}

pub(in crate::policy::tests) fn session(evidence: &[Evidence]) -> SessionProof {
    SessionProof {
        id: SessionId::from_bytes([7; 16]),
        evidence: evidence.to_vec(),
        last_seen: NOW,
        bound_here: false,
    }
}

/// A grant of this level and time, resting on `evidence`.
pub(in crate::policy::tests) fn grant(acr: Acr, time: &str, evidence: &[Evidence]) -> Proof {
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

pub(in crate::policy::tests) fn asserting(ceiling: Option<Acr>, asserted: Option<Assurance>) -> Proof {
    Proof::Assertion(AssertionProof {
        issuer: None,
        ceiling,
        asserted,
        sessions: Vec::new(),
    })
}

/// An API login: the password is right, and so is what was given beside it.
pub(in crate::policy::tests) fn api_login(suffix: Suffix) -> Proof {
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

pub(in crate::policy::tests) fn source(name: &str, acr: Acr) -> Source {
    Source {
        name: name.into(),
        requirement: Requirement::of(acr),
        on_insufficient: OnInsufficient::Raise,
        enforcement: Enforcement::Enforced,
        accepts: Vec::new(),
    }
}

pub(in crate::policy::tests) fn set(name: &str) -> SetFacts {
    SetFacts {
        name: name.into(),
        ..SetFacts::default()
    }
}
