//! The decision: what each login, token request and turn of an errand costs before anything is written.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use countersign::model::assurance::Columns;
use countersign::model::evidence::{Acr, Evidence, FactorKind};
use countersign::model::id::{CredentialId, SessionId, UserId};
use countersign::model::ip_range::IpRange;
use countersign::model::request::RequestedAcr;
use countersign::model::requirement::{Enforcement, OnInsufficient, Requirement};
use countersign::model::scope::ScopeSet;
use countersign::model::time::Timestamp;
use countersign::model::user::UserStatus;
use countersign::policy::assurance::Ages;
use countersign::policy::facts::{
    Asked, Channel, ClientFacts, ConsentFacts, Place, ProfileFacts, Proof, Rules, SessionProof, SetFacts, UserFacts,
};
use countersign::policy::requirements::{Required, Source};
use countersign::policy::{Facts, decide, explain};
use criterion::Criterion;

const NOW: Timestamp = Timestamp::from_seconds(1_772_532_000);
const HERE: [u8; 4] = [10, 0, 199, 7];

fn proven(kind: FactorKind, credential: u8, minutes: i64) -> Evidence {
    let at = NOW.plus_seconds(-60 * minutes);
    Evidence::proven(kind, CredentialId::from_bytes([credential; 16]), at).from(Some(HERE.into()))
}

fn session(evidence: Vec<Evidence>) -> Proof {
    Proof::Session(SessionProof {
        id: SessionId::from_bytes([7; 16]),
        evidence,
        last_seen: NOW,
        bound_here: false,
    })
}

fn scopes() -> ScopeSet {
    ["openid", "profile", "email", "calendar", "reports"]
        .into_iter()
        .collect()
}

fn source(name: &str, max_age: Option<u32>) -> Source {
    Source {
        name: name.into(),
        requirement: Requirement {
            acr: Acr::High,
            max_age,
        },
        on_insufficient: OnInsufficient::Raise,
        enforcement: Enforcement::Enforced,
        accepts: Vec::new(),
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
            name: "staff".into(),
            mfa_ui: true,
            ..ProfileFacts::default()
        },
        permission_sets: Vec::new(),
        enrolled: vec![FactorKind::Totp],
        ceilings: std::collections::BTreeMap::new(),
        unconfirmed_number: false,
        preapproved: false,
    }
}

/// One authorization request at a client that requires `high`, with a scope and a resource that do.
fn plain() -> Facts {
    let required = Required {
        sources: vec![
            source("client payroll", None),
            source("scope reports", Some(7_200)),
            source("resource https://api.example/transfers", None),
        ],
    };
    Facts {
        now: NOW,
        began: NOW,
        channel: Channel::Interactive,
        rules: rules(),
        client: ClientFacts {
            id: "payroll".into(),
            ..ClientFacts::default()
        },
        asked: Asked {
            scope: scopes(),
            resources: vec!["https://api.example/transfers".into()],
            acr_values: vec![RequestedAcr {
                value: "high".into(),
                acr: Some(Acr::High),
            }],
            max_age: Some(3_600),
            ..Asked::default()
        },
        required,
        user: Some(user()),
        proof: session(vec![
            proven(FactorKind::Password, 1, 20),
            proven(FactorKind::Totp, 2, 19),
        ]),
        place: Place {
            ip: Some(HERE.into()),
            ..Place::default()
        },
        flow: None,
        consent: ConsentFacts {
            agreed: Some(scopes()),
            agreed_resources: Vec::new(),
            answer: None,
            compared: false,
        },
        counts: Vec::new(),
    }
}

fn rules() -> Rules {
    Rules {
        ages: Ages::default(),
        columns: Columns::default(),
        kinds: vec![FactorKind::Totp],
        acr_values_strict: false,
        enrol_at_step_up: true,
        early_ip_deny: false,
        device_activation: countersign::model::assurance::DeviceActivation::Verify,
        api_mfa_before_enrolment: countersign::model::assurance::ApiMfaBeforeEnrolment::Deny,
        distinct_api_token_fault: false,
        bridge_carries_assurance: true,
        login_ip_ranges: Arc::default(),
        trusted_ip_ranges: Arc::default(),
        enforce_ip_on_every_request: true,
        policy_version: 1,
    }
}

/// The same with 50 permission sets, 200 ranges and 20 pieces of evidence.
fn crowded() -> Result<Facts, Box<dyn std::error::Error>> {
    let mut facts = plain();
    let ranges = (0..200)
        .map(|n| format!("10.0.{n}.0/24").parse::<IpRange>())
        .collect::<Result<Vec<_>, _>>()?;
    let mut user = user();
    user.profile.login_ip_ranges = ranges.into();
    user.permission_sets = (0..50)
        .map(|n| SetFacts {
            name: format!("set {n}"),
            required_acr: if n % 2 == 0 { Acr::Standard } else { Acr::High },
            mfa_ui: n == 49,
            mfa_api: n == 49,
            enforcement: Enforcement::Enforced,
        })
        .collect();
    user.profile.mfa_ui = false;
    facts.user = Some(user);
    let evidence = (0..10_u8).flat_map(|n| {
        let minutes = 19 + 60 * i64::from(n);
        [
            proven(FactorKind::Password, 1, minutes + 1),
            proven(FactorKind::Totp, 2 + n, minutes),
        ]
    });
    facts.proof = session(evidence.collect());
    Ok(facts)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let mut login = plain();
    (login.user, login.proof) = (None, Proof::Nothing);
    let mut challenge = plain();
    challenge.proof = session(vec![proven(FactorKind::Password, 1, 20)]);
    let crowded = crowded()?;
    let mut seen = BTreeSet::new();
    for (name, facts) in [
        ("login", &login),
        ("challenge", &challenge),
        ("proceed", &plain()),
        ("crowded", &crowded),
    ] {
        seen.insert(decide(facts).step.told());
        criterion.bench_function(&format!("decide/{name}"), |bencher| {
            bencher.iter(|| decide(black_box(facts)));
        });
    }
    if seen.len() != 3 {
        return Err(format!("the cases decide otherwise than their names say: {seen:?}").into());
    }
    criterion.bench_function("explain/crowded", |bencher| {
        bencher.iter(|| explain(black_box(&crowded)));
    });
    criterion.final_summary();
    Ok(())
}
