//! API logins: what belongs beside the password, and who may hold an API-login token. ASSURANCE.md §8, CLAUSES.md S42 to S53.

use super::facts::{Rules, SetFacts, Suffix, UserFacts};
use crate::model::assurance::ApiMfaBeforeEnrolment;
use crate::model::evidence::FactorKind;
use crate::model::requirement::Enforcement;

/// Why a user is not given an API-login token (S49).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoToken {
    /// The profile's login ranges hold instead.
    LoginRanges,
    /// The user is for APIs alone.
    ApiOnly,
    /// API logins of this user bring a one-time code.
    MfaApi,
}

impl UserFacts {
    /// Whether API logins bring a one-time code: `mfa_api`, which has no effect without `mfa_ui` (S42).
    #[must_use]
    pub fn has_mfa_api(&self) -> bool {
        let given = |of_profile: bool, of_set: fn(&SetFacts) -> bool| {
            of_profile && self.profile.enforcement == Enforcement::Enforced
                || self
                    .permission_sets
                    .iter()
                    .any(|set| of_set(set) && set.enforcement == Enforcement::Enforced)
        };
        given(self.profile.mfa_ui, |set| set.mfa_ui) && given(self.profile.mfa_api, |set| set.mfa_api)
    }

    /// What an API login of this user brings beside the password: by that its string is split.
    #[must_use]
    pub fn suffix(&self, rules: &Rules) -> Suffix {
        let enrolled = self.enrolled.contains(&FactorKind::Totp);
        let token_until_then = rules.api_mfa_before_enrolment == ApiMfaBeforeEnrolment::SecurityToken;
        if self.has_mfa_api() && (enrolled || !token_until_then) {
            Suffix::Code
        } else {
            Suffix::Token
        }
    }

    /// Why this user is not given an API-login token, where there is a reason.
    #[must_use]
    pub fn no_token(&self) -> Option<NoToken> {
        if self.has_mfa_api() {
            Some(NoToken::MfaApi)
        } else if self.api_only {
            Some(NoToken::ApiOnly)
        } else if self.profile.login_ip_ranges.is_empty() {
            None
        } else {
            Some(NoToken::LoginRanges)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::client::Client;
    use crate::model::evidence::Evidence;
    use crate::model::id::{CredentialId, UserId};
    use crate::model::login_hours::TimeZone;
    use crate::model::organisation::Organisation;
    use crate::model::permission_set::PermissionSet;
    use crate::model::profile::Profile;
    use crate::model::time::Timestamp;
    use crate::model::user::{User, UserStatus};
    use crate::policy::assurance::Ages;
    use crate::policy::facts::{ApiLogin, Asked, Channel, ClientFacts, ConsentFacts, Facts, Place, Proof};
    use crate::policy::requirements::Required;
    use crate::policy::{NextStep, Reason, decide};

    const NOW: Timestamp = Timestamp::from_seconds(1_772_532_000);

    fn rules(before: ApiMfaBeforeEnrolment) -> Rules {
        Rules {
            ages: Ages::default(),
            columns: crate::model::assurance::Columns::default(),
            kinds: vec![FactorKind::Totp],
            acr_values_strict: false,
            enrol_at_step_up: true,
            early_ip_deny: false,
            device_activation: crate::model::assurance::DeviceActivation::Off,
            api_mfa_before_enrolment: before,
            distinct_api_token_fault: false,
            bridge_carries_assurance: true,
            login_ip_ranges: Arc::default(),
            trusted_ip_ranges: Arc::default(),
            enforce_ip_on_every_request: false,
            policy_version: 1,
        }
        .under(&Organisation::default())
    }

    /// A user whose profile and one permission set give what the bits say.
    fn user(bits: u8, enforcement: [Enforcement; 2]) -> UserFacts {
        let profile = Profile {
            mfa_ui: bits & 1 > 0,
            mfa_api: bits & 2 > 0,
            enforcement: enforcement[0],
            ..Profile::default()
        };
        let set = PermissionSet {
            mfa_ui: bits & 4 > 0,
            mfa_api: bits & 8 > 0,
            enforcement: enforcement[1],
            ..PermissionSet::default()
        };
        let user = User {
            id: UserId::from_bytes([1; 16]),
            username: "alice".into(),
            profile: String::new(),
            status: UserStatus::Active,
            permission_sets: Vec::new(),
            api_only: false,
            sso_only: false,
            permissions: Vec::new(),
            claims: serde_json::Map::new(),
            created_at: NOW,
            updated_at: None,
        };
        UserFacts::of(&user, (&profile, &[&set]), TimeZone::default(), &Client::default())
    }

    /// Why a right password alone is refused.
    fn refusal(user: UserFacts, rules: Rules) -> Option<Reason> {
        let facts = Facts {
            now: NOW,
            began: NOW,
            channel: Channel::Password,
            rules,
            client: ClientFacts::default(),
            asked: Asked::default(),
            required: Required::default(),
            user: Some(user),
            proof: Proof::ApiLogin(ApiLogin {
                evidence: vec![Evidence::proven(
                    FactorKind::Password,
                    CredentialId::from_bytes([2; 16]),
                    NOW,
                )],
                ..ApiLogin::default()
            }),
            place: Place::default(),
            flow: None,
            consent: ConsentFacts::default(),
            counts: Vec::new(),
        };
        match decide(&facts).step {
            NextStep::Refuse(reason) => Some(reason),
            _ => None,
        }
    }

    #[test]
    fn s42_mfa_api_is_what_the_decision_takes_it_for() {
        use Enforcement::{Enforced, Report};
        let mut seen = BTreeMap::new();
        for bits in 0..16 {
            for enforcement in [
                [Enforced, Enforced],
                [Enforced, Report],
                [Report, Enforced],
                [Report, Report],
            ] {
                let mut user = user(bits, enforcement);
                let effective = user.has_mfa_api();
                *seen.entry(effective).or_insert(0) += 1;
                assert_eq!(user.no_token() == Some(NoToken::MfaApi), effective);
                let rules = rules(ApiMfaBeforeEnrolment::Deny);
                let suffix = if effective { Suffix::Code } else { Suffix::Token };
                assert_eq!(user.suffix(&rules), suffix);
                let before = effective.then_some(Reason::FactorEnrolmentRequired);
                assert_eq!(refusal(user.clone(), rules.clone()), before, "{bits} {enforcement:?}");
                user.enrolled = vec![FactorKind::Totp];
                let after = effective.then_some(Reason::MfaRequiredNoninteractive);
                assert_eq!(refusal(user, rules), after, "{bits} {enforcement:?}");
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(false, 47), (true, 17)]);
    }

    #[test]
    fn c5_before_enrolment_the_token_may_do() {
        let rules = rules(ApiMfaBeforeEnrolment::SecurityToken);
        let mut user = user(3, [Enforcement::Enforced; 2]);
        assert_eq!(
            (user.suffix(&rules), refusal(user.clone(), rules.clone())),
            (Suffix::Token, None)
        );
        user.enrolled = vec![FactorKind::Totp];
        assert_eq!(user.suffix(&rules), Suffix::Code);
        assert_eq!(refusal(user, rules), Some(Reason::MfaRequiredNoninteractive));
    }

    #[test]
    fn s49_who_is_given_no_token() {
        let plain = user(1, [Enforcement::Enforced; 2]);
        assert_eq!(plain.no_token(), None);
        let mut ranged = plain.clone();
        ranged.profile.login_ip_ranges = Arc::new(["192.0.2.0/24".parse().unwrap()]);
        assert_eq!(ranged.no_token(), Some(NoToken::LoginRanges));
        let api_only = UserFacts {
            api_only: true,
            ..plain
        };
        assert_eq!(api_only.no_token(), Some(NoToken::ApiOnly));
    }
}
