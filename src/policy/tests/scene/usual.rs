//! What is so unless a test says otherwise.

use super::{KINDS, NOW};
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::scope::ScopeSet;
use crate::model::user::UserStatus;
use crate::policy::assurance::Ages;
use crate::policy::facts::{
    Asked, Channel, ClientFacts, ConsentFacts, Facts, Place, ProfileFacts, Proof, Rules, UserFacts,
};
use crate::policy::requirements::Required;

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
        ceilings: std::collections::BTreeMap::new(),
        unconfirmed_number: true,
        preapproved: false,
    }
}

/// Now is Tuesday, 10:00. The device is known, the address within every range, no hours are set, consent is on file.
pub(super) fn facts(channel: Channel) -> Facts {
    let scope: ScopeSet = ["openid"].into_iter().collect();
    Facts {
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
        flow: None,
        consent: ConsentFacts {
            agreed: Some(scope),
            agreed_resources: Vec::new(),
            answer: None,
            compared: true,
        },
        counts: Vec::new(),
    }
}
