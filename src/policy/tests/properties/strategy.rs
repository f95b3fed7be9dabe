//! Arbitrary facts: every channel, with proof of its kind, so that each check both passes and fails often.

use std::net::IpAddr;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::requirements::{any_required, any_sets};
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::client::{InheritedAssurance, IpRelaxation, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind, Upstream};
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, SessionId, UserId};
use crate::model::interaction::ConsentAnswer;
use crate::model::ip_range::IpRange;
use crate::model::request::RequestedAcr;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::policy::facts::{
    ApiLogin, Asked, AssertionProof, Channel, ClientFacts, ConsentFacts, Count, Facts, Place, ProfileFacts, Proof,
    SessionProof, Suffix, UserFacts,
};
use crate::policy::tests::scene::{KINDS, NOW, Scene, pwd};

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

fn any_profile() -> impl Strategy<Value = ProfileFacts> {
    let level = prop_oneof![4 => Just(Acr::None), 1 => any_acr()];
    let flags = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    );
    (level, flags, super::requirements::any_enforcement(), any_ranges()).prop_map(
        |(required_acr, (mfa_ui, mfa_api, activation_exempt), enforcement, ranges)| ProfileFacts {
            name: "default".into(),
            required_acr,
            mfa_ui,
            mfa_api,
            enforcement,
            activation_exempt,
            login_ip_ranges: ranges,
            ..ProfileFacts::default()
        },
    )
}

fn any_user() -> impl Strategy<Value = UserFacts> {
    let status = prop_oneof![19 => Just(UserStatus::Active), 1 => Just(UserStatus::Disabled)];
    let enrolled = subsequence(KINDS.to_vec(), 0..=4);
    let lock = option::weighted(0.05, Just(NOW.plus_seconds(60)));
    (
        status,
        lock,
        prop::bool::weighted(0.1),
        any_profile(),
        any_sets(),
        enrolled,
        any::<bool>(),
    )
        .prop_map(
            |(status, locked_until, api_only, profile, permission_sets, enrolled, preapproved)| UserFacts {
                id: UserId::from_bytes([9; 16]),
                username: "alice".into(),
                status,
                locked_until,
                api_only,
                profile,
                permission_sets,
                enrolled,
                preapproved,
            },
        )
}

fn any_client() -> impl Strategy<Value = ClientFacts> {
    use {InheritedAssurance as I, IpRelaxation as R, JwtBearerAssurance as J, OnRequirementRaised as O};
    let modes = (
        select(&[J::Deny, J::Preapproved, J::SessionBacked, J::Asserted][..]),
        select(&[I::Deny, I::Inherit][..]),
        select(&[I::Deny, I::Inherit][..]),
        select(&[O::Refuse, O::Honour][..]),
        select(&[R::Enforce, R::Bypass, R::BypassForActivated, R::EnforceExceptRefresh][..]),
    );
    let limit = option::weighted(0.2, select(&[900_u32, 43_200][..]));
    (modes, prop::bool::weighted(0.4), prop::bool::weighted(0.03), limit).prop_map(
        |((jwt_bearer, device, exchange, raised, relaxed), require_consent, disabled, limit)| ClientFacts {
            id: "app".into(),
            disabled,
            require_consent,
            on_requirement_raised: raised,
            refresh_max_auth_age: limit,
            ip_relaxation: relaxed,
            jwt_bearer_assurance: jwt_bearer,
            device_assurance: device,
            exchange_assurance: exchange,
        },
    )
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

/// Changes of the rules that stand beside those of the scene.
fn any_rules() -> impl Strategy<Value = Scene> {
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    let device = select(
        &[
            DeviceActivation::Off,
            DeviceActivation::Notify,
            DeviceActivation::Verify,
        ][..],
    );
    let api = select(&[ApiMfaBeforeEnrolment::Deny, ApiMfaBeforeEnrolment::SecurityToken][..]);
    let level = || prop_oneof![5 => Just(Acr::High), 1 => Just(Acr::Standard)];
    let columns = (
        level(),
        select(&[Acr::Phr, Acr::Phr, Acr::High, Acr::Standard][..]),
        level(),
    );
    (
        flags,
        device,
        api,
        columns,
        subsequence(KINDS.to_vec(), 0..=7),
        any_ranges(),
    )
        .prop_map(
            |(flags, device, api, (multi_factor, passkey, restricted), kinds, ranges)| {
                Scene::new(Channel::Interactive).with(|facts| {
                    let rules = &mut facts.rules;
                    (rules.acr_values_strict, rules.enrol_at_step_up, rules.early_ip_deny, ..) = flags;
                    (.., rules.enforce_ip_on_every_request, rules.bridge_carries_assurance) = flags;
                    rules.device_activation = device;
                    rules.api_mfa_before_enrolment = api;
                    rules.columns = Columns {
                        multi_factor,
                        passkey,
                        restricted,
                    };
                    rules.kinds = kinds;
                    // One organisation in four has ranges of its own.
                    if ranges.len() == 1 {
                        rules.login_ip_ranges = ranges;
                    }
                })
            },
        )
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
        any_scope(),
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
                consent: ConsentFacts { agreed, answer },
                counts,
                ..scene.0
            },
        )
}

/// Facts of any channel.
pub(super) fn any_facts() -> impl Strategy<Value = Facts> {
    select(&Channel::ALL[..]).prop_flat_map(facts_of)
}
