//! Arbitrary users, clients and rules.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::requirements::{any_enforcement, any_sets};
use super::strategy::{any_acr, any_ranges};
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::client::{InheritedAssurance, IpRelaxation, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::UserId;
use crate::model::user::UserStatus;
use crate::policy::facts::{Channel, ClientFacts, ProfileFacts, UserFacts};
use crate::policy::tests::scene::{KINDS, NOW, Scene};

fn any_profile() -> impl Strategy<Value = ProfileFacts> {
    let level = prop_oneof![4 => Just(Acr::None), 1 => any_acr()];
    let flags = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.1),
    );
    (level, flags, any_enforcement(), any_ranges()).prop_map(
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

pub(super) fn any_user() -> impl Strategy<Value = UserFacts> {
    let status = prop_oneof![19 => Just(UserStatus::Active), 1 => Just(UserStatus::Disabled)];
    let enrolled = subsequence(KINDS.to_vec(), 0..=4);
    let lock = option::weighted(0.05, Just(NOW.plus_seconds(60)));
    let capped = subsequence(vec![FactorKind::Sms, FactorKind::Voice], 0..=2);
    let ceiling = select(&[Acr::None, Acr::Standard][..]);
    (
        status,
        lock,
        prop::bool::weighted(0.1),
        any_profile(),
        any_sets(),
        enrolled,
        any::<bool>(),
        (capped, ceiling, any::<bool>()),
    )
        .prop_map(
            |(status, locked_until, api_only, profile, permission_sets, enrolled, preapproved, phone)| UserFacts {
                id: UserId::from_bytes([9; 16]),
                username: "alice".into(),
                status,
                locked_until,
                api_only,
                profile,
                permission_sets,
                enrolled,
                ceilings: phone.0.into_iter().map(|kind| (kind, phone.1)).collect(),
                unconfirmed_number: phone.2,
                preapproved,
            },
        )
}

pub(super) fn any_client() -> impl Strategy<Value = ClientFacts> {
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

/// Changes of the rules that stand beside those of the scene.
pub(super) fn any_rules() -> impl Strategy<Value = Scene> {
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
                        voip: Acr::Standard,
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
