//! The worked examples 1 to 19 and 29 (without the bridge) of ASSURANCE.md §12 as tests.

use super::approval::Approval;
use super::grant_decision::{AssertionFacts, Behind, client_credentials, jwt_bearer, refresh};
use super::next_step::{Facts, NextStep, Page, Rules, SignedIn, next_step};
use super::reason::Reason;
use super::requirements::Required;
use crate::model::client::{Client, GrantType, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind};
use crate::model::grant::{Grant, Snapshot};
use crate::model::id::{CredentialId, GrantId, SessionId, UserId};
use crate::model::interaction::ConsentAnswer;
use crate::model::organisation::Organisation;
use crate::model::profile::Profile;
use crate::model::request::{AuthorizationRequest, ClaimsRequest, Prompt, RequestedAcr, ResponseMode, ResponseType};
use crate::model::requirement::OnInsufficient;
use crate::model::scope::ScopeSet;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};

/// Tuesday, 10:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_700_560_800);
const PASSWORD: CredentialId = CredentialId::from_bytes([1; 16]);
const TOTP: CredentialId = CredentialId::from_bytes([2; 16]);

fn minutes_ago(minutes: i64) -> Timestamp {
    NOW.plus_seconds(-60 * minutes)
}

fn password(minutes: i64) -> Evidence {
    Evidence::proven(FactorKind::Password, PASSWORD, minutes_ago(minutes))
}

fn totp(minutes: i64) -> Evidence {
    Evidence::proven(FactorKind::Totp, TOTP, minutes_ago(minutes))
}

struct Case {
    client: Client,
    request: AuthorizationRequest,
    user: User,
    profile: Profile,
    evidence: Vec<Evidence>,
    enrolled: Vec<FactorKind>,
    began: Timestamp,
    consent_answer: Option<ConsentAnswer>,
    rules: Rules,
}

impl Case {
    fn new() -> Self {
        let scope: ScopeSet = ["openid"].into_iter().collect();
        let user = User {
            id: UserId::from_bytes([9; 16]),
            username: "alice".into(),
            profile: "default".into(),
            status: UserStatus::Active,
            permissions: Vec::new(),
            claims: serde_json::Map::new(),
            created_at: NOW,
        };
        Self {
            client: Client {
                client_id: "app".into(),
                scope: scope.clone(),
                ..Client::default()
            },
            request: AuthorizationRequest {
                client_id: "app".into(),
                redirect_uri: "https://app.example/cb".into(),
                redirect_uri_given: true,
                response_type: ResponseType::Code,
                response_mode: ResponseMode::Query,
                scope,
                state: None,
                nonce: None,
                code_challenge: None,
                prompt: Prompt::default(),
                max_age: None,
                acr_values: Vec::new(),
                acr_essential: false,
                claims: ClaimsRequest::default(),
                login_hint: None,
                hinted_subject: None,
                ui_locales: Vec::new(),
                resources: Vec::new(),
            },
            user,
            profile: Profile {
                name: "default".into(),
                ..Profile::default()
            },
            evidence: Vec::new(),
            enrolled: vec![FactorKind::Totp],
            began: NOW,
            consent_answer: None,
            rules: Rules {
                enrol_at_step_up: true,
                ..Rules::default()
            },
        }
    }

    fn evidence(mut self, evidence: &[Evidence]) -> Self {
        self.evidence = evidence.to_vec();
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn acr_values(self, values: &[&str]) -> Self {
        self.with(|case| {
            case.request.acr_values = values
                .iter()
                .map(|v| RequestedAcr {
                    value: (*v).into(),
                    acr: v.parse().ok(),
                })
                .collect();
        })
    }

    fn step(&self) -> NextStep {
        let agreed = self.request.scope.clone();
        let signed_in = SignedIn {
            user: &self.user,
            profile: &self.profile,
            session: SessionId::from_bytes([7; 16]),
            evidence: &self.evidence,
            last_seen: NOW,
            enrolled: &self.enrolled,
            agreed: &agreed,
            bound_here: false,
        };
        next_step(&Facts {
            now: NOW,
            began: self.began,
            rules: self.rules,
            client: &self.client,
            request: &self.request,
            required: self.required(),
            signed_in: (!self.evidence.is_empty()).then_some(signed_in),
            consent_answer: self.consent_answer,
        })
        .step
    }

    fn required(&self) -> Required {
        Required::of(
            &Organisation::default(),
            &self.client,
            std::iter::empty(),
            std::iter::empty(),
        )
    }

    fn behind(&self) -> Behind<'_> {
        Behind {
            client: &self.client,
            user: Some((&self.user, &self.profile)),
            required: self.required(),
        }
    }

    fn jwt_bearer(&self, sessions: &[Session]) -> super::grant_decision::Ruling {
        let agreed = self.request.scope.clone();
        let assertion = AssertionFacts {
            user: &self.user,
            profile: &self.profile,
            issuer: None,
            asserted: None,
            sessions,
            agreed: &agreed,
        };
        jwt_bearer(
            &self.behind(),
            &assertion,
            self.request.scope.clone(),
            (&self.rules, NOW),
        )
    }

    fn session(&self, evidence: &[Evidence]) -> Session {
        Session {
            id: SessionId::from_bytes([7; 16]),
            user: self.user.id,
            evidence: evidence.to_vec(),
            created_at: NOW,
            last_seen_at: NOW,
            ip: String::new(),
            user_agent: String::new(),
        }
    }

    fn grant(&self, acr: Acr, at: Timestamp) -> Grant {
        Grant {
            id: GrantId::from_bytes([3; 16]),
            user: Some(self.user.id),
            client_id: self.client.client_id.clone(),
            scope: self.request.scope.clone(),
            resources: Vec::new(),
            claims: ClaimsRequest::default(),
            nonce: None,
            snapshot: Snapshot {
                assurance: Assurance {
                    acr,
                    amr: vec!["pwd".into()],
                    auth_time: Some(at),
                },
                ..Snapshot::default()
            },
            created_at: at,
        }
    }
}

fn high_client(case: &mut Case) {
    case.client.required_acr = Acr::High;
}

fn high_profile(case: &mut Case) {
    case.profile.required_acr = Acr::High;
}

#[track_caller]
fn allowed(step: NextStep) -> Approval {
    match step {
        NextStep::Proceed(approval) => *approval,
        other => panic!("not allowed: {other:?}"),
    }
}

#[track_caller]
fn pair(step: NextStep) -> (Acr, Vec<String>, Timestamp) {
    let assurance = allowed(step).snapshot().assurance.clone();
    (assurance.acr, assurance.amr, assurance.auth_time.unwrap())
}

fn is_challenge(step: &NextStep) -> bool {
    matches!(step, NextStep::Interact(Page::Challenge { allowed, .. }) if *allowed == [FactorKind::Totp])
}

fn is_enrol(step: &NextStep) -> bool {
    matches!(step, NextStep::Interact(Page::Enrol { allowed, .. }) if *allowed == [FactorKind::Totp])
}

#[test]
fn example_01_no_requirement() {
    let (acr, amr, at) = pair(Case::new().evidence(&[password(10)]).step());
    assert_eq!((acr, amr, at), (Acr::Standard, vec!["pwd".to_owned()], minutes_ago(10)));
}

#[test]
fn example_02_profile_high_is_challenged_then_allowed() {
    let case = Case::new().with(high_profile).evidence(&[password(0)]);
    assert!(is_challenge(&case.step()));
    let (acr, amr, at) = pair(case.evidence(&[password(0), totp(0)]).step());
    assert_eq!((acr, amr.join(" "), at), (Acr::High, "pwd otp mfa".to_owned(), NOW));
}

#[test]
fn example_03_without_a_factor_enrols() {
    let case = Case::new()
        .with(high_profile)
        .with(|case| case.enrolled.clear())
        .evidence(&[password(0)]);
    assert!(is_enrol(&case.step()));
}

#[test]
fn example_04_prompt_none_never_gets_past_the_enrolment() {
    let case = Case::new()
        .with(high_profile)
        .with(|case| case.enrolled.clear())
        .evidence(&[password(0)]);
    assert!(is_enrol(&case.with(|case| case.request.prompt.none = true).step()));
}

#[test]
fn example_05_a_high_session_is_not_asked_again() {
    let (acr, _, at) = pair(Case::new().with(high_client).evidence(&[password(60), totp(60)]).step());
    assert_eq!((acr, at), (Acr::High, minutes_ago(60)));
}

#[test]
fn example_06_block_denies() {
    let case = Case::new()
        .with(high_client)
        .with(|case| case.client.on_insufficient = OnInsufficient::Block);
    assert_eq!(
        case.evidence(&[password(10)]).step(),
        NextStep::Refuse(Reason::LevelBlocked)
    );
}

#[test]
fn example_07_a_stale_factor_is_challenged() {
    assert!(is_challenge(
        &Case::new()
            .with(high_client)
            .evidence(&[password(780), totp(780)])
            .step()
    ));
}

#[test]
fn example_08_the_pair_rule_under_max_age() {
    let case = Case::new()
        .acr_values(&["high"])
        .with(|case| case.request.max_age = Some(900));
    let step = case.evidence(&[password(30), totp(30), password(5)]).step();
    assert!(is_challenge(&step), "{step:?}");
}

#[test]
fn example_09_the_first_value_that_is_shown() {
    let approval = allowed(
        Case::new()
            .acr_values(&["phr", "high"])
            .evidence(&[password(5), totp(5)])
            .step(),
    );
    assert_eq!(approval.snapshot().acr_value.as_deref(), Some("high"));
}

#[test]
fn nobody_is_made_to_look_as_if_they_had_not_signed_in() {
    let approval = allowed(Case::new().acr_values(&["none"]).evidence(&[password(5)]).step());
    assert_eq!(approval.snapshot().acr(), "standard");
}

#[test]
fn example_10_an_essential_level_out_of_reach() {
    let case = Case::new()
        .acr_values(&["phr"])
        .with(|case| case.request.acr_essential = true);
    assert_eq!(
        case.evidence(&[password(5), totp(5)]).step(),
        NextStep::Refuse(Reason::UnmetAcr)
    );
}

#[test]
fn example_11_prompt_login_counts_nothing_from_before() {
    let case = Case::new()
        .with(high_profile)
        .with(|case| case.request.prompt.login = true);
    let case = case.evidence(&[password(1), totp(1)]);
    assert_eq!(case.step(), NextStep::Interact(Page::Login));
    let case = case.evidence(&[password(1), totp(1), password(0)]);
    assert!(is_challenge(&case.step()));
    let (_, _, at) = pair(case.evidence(&[password(1), totp(1), password(0), totp(0)]).step());
    assert_eq!(at, NOW);
}

#[test]
fn example_12_refresh_keeps_the_old_time() {
    let case = Case::new().with(high_client);
    let grant = case.grant(Acr::High, minutes_ago(26 * 60));
    let approval = refresh(&case.behind(), &grant, grant.scope.clone()).outcome.unwrap();
    assert_eq!(approval.snapshot().assurance, grant.snapshot.assurance);
}

#[test]
fn example_13_refresh_never_raises() {
    let case = Case::new().evidence(&[password(0), totp(0)]);
    let grant = case.grant(Acr::Standard, minutes_ago(60));
    let approval = refresh(&case.behind(), &grant, grant.scope.clone()).outcome.unwrap();
    assert_eq!(approval.snapshot().assurance.acr, Acr::Standard);
}

#[test]
fn example_14_a_requirement_raised_later() {
    let case = Case::new().with(high_client);
    let grant = case.grant(Acr::Standard, minutes_ago(60));
    let refused = refresh(&case.behind(), &grant, grant.scope.clone()).outcome;
    assert_eq!(refused.unwrap_err(), Reason::ReauthenticationRequired);
    let case = case.with(|case| case.client.on_requirement_raised = OnRequirementRaised::Honour);
    let approval = refresh(&case.behind(), &grant, grant.scope.clone()).outcome.unwrap();
    assert_eq!(approval.snapshot().assurance.acr, Acr::Standard);
}

#[test]
fn example_15_jwt_bearer_denied() {
    let case = Case::new().with(high_client);
    assert_eq!(case.jwt_bearer(&[]).outcome.unwrap_err(), Reason::NotPreapproved);
    let case = case.with(|case| case.client.jwt_bearer_assurance = JwtBearerAssurance::Deny);
    assert_eq!(case.jwt_bearer(&[]).outcome.unwrap_err(), Reason::GrantCannotReachLevel);
}

#[test]
fn examples_16_and_17_jwt_bearer_preapproved_says_none() {
    let case = Case::new()
        .with(high_client)
        .with(|case| case.client.preapproved_users = vec!["Alice".into()]);
    let ruling = case.jwt_bearer(&[]);
    assert!(ruling.exempted);
    assert_eq!(ruling.outcome.unwrap().snapshot().assurance, Assurance::default());
}

#[test]
fn example_18_jwt_bearer_backed_by_a_session() {
    let case = Case::new()
        .with(high_client)
        .with(|case| case.client.jwt_bearer_assurance = JwtBearerAssurance::SessionBacked);
    let session = case.session(&[password(60), totp(60)]);
    let approval = case.jwt_bearer(&[session]).outcome.unwrap();
    assert_eq!(approval.snapshot().assurance.acr, Acr::High);
    assert_eq!(approval.snapshot().assurance.auth_time, Some(minutes_ago(60)));
    let session = case.session(&[password(60)]);
    assert_eq!(case.jwt_bearer(&[session]).outcome.unwrap_err(), Reason::NotBacked);
}

#[test]
fn example_19_client_credentials() {
    let case = Case::new().with(|case| case.client.grant_types = vec![GrantType::ClientCredentials]);
    let behind = Behind {
        user: None,
        ..case.behind()
    };
    let approval = client_credentials(&behind, case.request.scope.clone(), 1)
        .outcome
        .unwrap();
    assert_eq!((approval.user(), approval.snapshot().assurance.auth_time), (None, None));
    let case = case.with(high_client);
    let behind = Behind {
        user: None,
        ..case.behind()
    };
    let refused = client_credentials(&behind, case.request.scope.clone(), 1).outcome;
    assert_eq!(refused.unwrap_err(), Reason::GrantCannotReachLevel);
}

#[test]
fn example_29_without_the_bridge_high_holds_until_it_ages() {
    let case = Case::new().with(high_client);
    let (acr, _, _) = pair(case.evidence(&[password(30), totp(30)]).step());
    assert_eq!(acr, Acr::High);
    let twelve_hours_and_a_minute = 12 * 60 + 1;
    let aged = [password(twelve_hours_and_a_minute), totp(twelve_hours_and_a_minute)];
    assert!(is_challenge(&Case::new().with(high_client).evidence(&aged).step()));
}
