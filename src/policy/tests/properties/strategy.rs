//! Arbitrary facts: every channel, with proof of its kind, so that each check both passes and fails often.

use std::net::IpAddr;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::parties::{any_client, any_rules, any_user};
use super::requirements::any_required;
use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind, Upstream};
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, SessionId};
use crate::model::interaction::ConsentAnswer;
use crate::model::ip_range::IpRange;
use crate::model::request::RequestedAcr;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::policy::facts::{
    ApiLogin, Asked, AssertionProof, Channel, ConsentFacts, Count, Facts, Place, Proof, SessionProof, Suffix,
};
use crate::policy::tests::scene::{KINDS, NOW, pwd};

pub(super) fn any_acr() -> impl Strategy<Value = Acr> {
    select(&Acr::ALL[..])
}

/// Mostly within the ages, now and then at their edges or in the future.
fn any_time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        6 => 0_i64..70,
        2 => 0_i64..1_600,
        1 => select(&[-1_i64, 0, 15, 60, 720, 1_440][..]),
    ]
    .prop_map(|minutes| NOW.plus_seconds(-60 * minutes))
}

fn any_ip() -> impl Strategy<Value = Option<IpAddr>> {
    option::weighted(
        0.9,
        select(&[[192, 0, 2, 1], [10, 0, 0, 7], [198, 51, 100, 1]][..]).prop_map(IpAddr::from),
    )
}

pub(super) fn any_ranges() -> impl Strategy<Value = Arc<[IpRange]>> {
    let texts = [
        "192.0.2.0/24",
        "10.0.0.0/8",
        "198.51.100.0-198.51.100.9",
        "2001:db8::/32",
    ];
    let texts = prop_oneof![2 => Just(Vec::new()), 1 => subsequence(texts.to_vec(), 1..=4)];
    texts.prop_map(|texts| {
        texts
            .iter()
            .map(|text| text.parse().unwrap())
            .collect::<Vec<_>>()
            .into()
    })
}

pub(super) fn any_evidence() -> impl Strategy<Value = Evidence> {
    let kinds = [
        FactorKind::Password,
        FactorKind::Password,
        FactorKind::Totp,
        FactorKind::Upstream,
    ];
    let kind = select([&kinds[..], &KINDS[..]].concat());
    (kind, 0_u8..2, any_time(), any_ip(), any::<bool>(), any_acr()).prop_map(|(kind, n, at, ip, verified, acr)| {
        let credential = CredentialId::from_bytes([kind as u8 * 2 + n; 16]);
        let evidence = Evidence::proven(kind, credential, at).from(ip);
        match kind {
            FactorKind::Passkey if verified => evidence.user_verified(),
            // A column is standard or high.
            FactorKind::Upstream => evidence.upstream(Upstream {
                acr: acr.clamp(Acr::Standard, Acr::High),
                amr: vec!["idp".into()],
            }),
            _ => evidence,
        }
    })
}

fn any_session() -> impl Strategy<Value = SessionProof> {
    let begun = prop_oneof![3 => Just(vec![pwd("09:55")]), 1 => Just(Vec::new())];
    let last_seen = prop_oneof![3 => Just(NOW), 1 => any_time()];
    (begun, vec(any_evidence(), 0..5), last_seen, any::<bool>(), 0_u8..3).prop_map(
        |(begun, more, last_seen, bound_here, n)| SessionProof {
            id: SessionId::from_bytes([n; 16]),
            evidence: [begun, more].concat(),
            last_seen,
            bound_here,
        },
    )
}

fn any_assurance() -> impl Strategy<Value = Assurance> {
    (any_acr(), any_time()).prop_map(|(acr, at)| Assurance {
        acr,
        amr: vec!["pwd".into()],
        auth_time: (acr > Acr::None).then_some(at),
    })
}

fn any_proof(channel: Channel) -> BoxedStrategy<Proof> {
    let proof = match channel {
        Channel::Interactive | Channel::Page | Channel::Device => any_session().prop_map(Proof::Session).boxed(),
        Channel::Code | Channel::Refresh | Channel::Exchange | Channel::Bridge => {
            let granted = (any_assurance(), vec(any_evidence(), 0..4));
            let grant = granted.prop_map(|(assurance, evidence)| {
                Proof::Grant(Box::new(Snapshot {
                    assurance,
                    evidence,
                    ..Snapshot::default()
                }))
            });
            grant.boxed()
        }
        Channel::JwtBearer => (
            option::of(any_acr()),
            option::of(any_assurance()),
            vec(any_session(), 0..3),
        )
            .prop_map(|(ceiling, asserted, sessions)| {
                Proof::Assertion(AssertionProof {
                    issuer: None,
                    ceiling,
                    asserted,
                    sessions,
                })
            })
            .boxed(),
        Channel::Password => {
            let suffix = select(&[Suffix::Nothing, Suffix::Token, Suffix::Code][..]);
            let right = prop_oneof![9 => Just(vec![pwd("10:00")]), 1 => Just(Vec::new())];
            let login = (right, vec(any_evidence(), 0..2), suffix, prop::bool::weighted(0.9));
            let login = login.prop_map(|(right, more, suffix, suffix_right)| {
                Proof::ApiLogin(ApiLogin {
                    evidence: [right, more].concat(),
                    suffix,
                    suffix_right,
                })
            });
            login.boxed()
        }
        Channel::ClientCredentials => Just(Proof::Nothing).boxed(),
    };
    prop_oneof![15 => proof, 1 => Just(Proof::Nothing)].boxed()
}

fn any_scope() -> impl Strategy<Value = ScopeSet> {
    subsequence(vec!["openid", "web", "reports"], 1..=3).prop_map(|tokens| tokens.into_iter().collect())
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let values = vec(
        select(&["none", "low", "standard", "high", "phr", "urn:unknown"][..]),
        0..4,
    );
    let values = prop_oneof![1 => Just(Vec::new()), 1 => values];
    let age = option::weighted(0.2, select(&[0_u32, 60, 900, 3_600][..]));
    (
        any_scope(),
        values,
        prop::bool::weighted(0.3),
        age,
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(scope, values, acr_essential, max_age, anew, consent_anew)| Asked {
            scope,
            acr_values: values
                .into_iter()
                .map(|value| RequestedAcr {
                    value: value.into(),
                    acr: value.parse().ok(),
                })
                .collect(),
            acr_essential,
            max_age,
            anew,
            consent_anew,
            ..Asked::default()
        })
}

fn any_place() -> impl Strategy<Value = Place> {
    (any_ip(), prop::bool::weighted(0.1), any::<bool>()).prop_map(|(ip, claims_other_address, known_device)| Place {
        ip,
        claims_other_address,
        known_device,
    })
}

/// Facts of one channel.
pub(super) fn facts_of(channel: Channel) -> impl Strategy<Value = Facts> {
    let consent = (
        option::weighted(0.9, any_scope()),
        option::weighted(0.2, select(&[ConsentAnswer::Allowed, ConsentAnswer::Denied][..])),
    );
    let counts = vec(
        (0_i64..102).prop_map(|count| Count {
            what: "tries".into(),
            count,
            limit: 100,
        }),
        0..2,
    );
    let began = select(&[0_i64, 60, 600][..]);
    let user = option::weighted(0.95, any_user());
    let asking = (any_client(), any_asked(), any_required());
    (
        any_rules(),
        asking,
        user,
        any_proof(channel),
        any_place(),
        consent,
        counts,
        began,
    )
        .prop_map(
            move |(scene, (client, asked, required), user, proof, place, (agreed, answer), counts, began)| Facts {
                channel,
                began: NOW.plus_seconds(-began),
                client,
                asked,
                required,
                user,
                proof,
                place,
                consent: ConsentFacts {
                    agreed,
                    agreed_resources: Vec::new(),
                    answer,
                    compared: true,
                },
                counts,
                ..scene.0
            },
        )
}

/// Facts of any channel.
pub(super) fn any_facts() -> impl Strategy<Value = Facts> {
    select(&Channel::ALL[..]).prop_flat_map(facts_of)
}
