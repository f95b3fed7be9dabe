//! The decision function: what each turn of a login costs before anything is written.

use std::hint::black_box;

use countersign::model::client::Client;
use countersign::model::evidence::{Acr, Evidence, FactorKind};
use countersign::model::id::{CredentialId, SessionId, UserId};
use countersign::model::organisation::Organisation;
use countersign::model::profile::Profile;
use countersign::model::request::{
    AuthorizationRequest, ClaimsRequest, Prompt, RequestedAcr, ResponseMode, ResponseType,
};
use countersign::model::resource::Resource;
use countersign::model::scope::{Scope, ScopeSet};
use countersign::model::time::Timestamp;
use countersign::model::user::{User, UserStatus};
use countersign::policy::next_step::{Facts, Rules, SignedIn, next_step};
use countersign::policy::requirements::{Required, listed};
use criterion::Criterion;

const NOW: Timestamp = Timestamp::from_seconds(1_772_532_000);
const PASSWORD: CredentialId = CredentialId::from_bytes([1; 16]);
const TOTP: CredentialId = CredentialId::from_bytes([2; 16]);

fn client() -> Client {
    Client {
        client_id: "payroll".into(),
        scope: scopes(),
        required_acr: Acr::High,
        ..Client::default()
    }
}

fn scopes() -> ScopeSet {
    ["openid", "profile", "email", "calendar", "reports"]
        .into_iter()
        .collect()
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "payroll".into(),
        redirect_uri: "https://app.example/callback".into(),
        redirect_uri_given: true,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        scope: scopes(),
        state: Some("state".into()),
        nonce: Some("nonce".into()),
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: Some(3_600),
        acr_values: vec![RequestedAcr {
            value: "high".into(),
            acr: Some(Acr::High),
        }],
        acr_essential: false,
        claims: ClaimsRequest::default(),
        login_hint: None,
        hinted_subject: None,
        ui_locales: Vec::new(),
        resources: vec!["https://api.example/transfers".into()],
    }
}

fn user() -> User {
    User {
        id: UserId::from_bytes([9; 16]),
        username: "alice".into(),
        profile: "staff".into(),
        status: UserStatus::Active,
        permissions: Vec::new(),
        claims: serde_json::Map::new(),
        created_at: NOW,
    }
}

/// What client, scopes and a resource require.
fn required(client: &Client) -> Required {
    let reports = Scope {
        name: "reports".into(),
        required_acr: Acr::High,
        max_age: Some(7_200),
        ..Scope::default()
    };
    let transfers = Resource {
        identifier: "https://api.example/transfers".into(),
        required_acr: Acr::High,
        ..Resource::default()
    };
    let scopes = [reports];
    Required::of(
        &Organisation::default(),
        client,
        listed(&client.scope, &scopes),
        std::iter::once(&transfers),
    )
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (client, request, user, agreed) = (client(), request(), user(), scopes());
    let profile = Profile {
        name: "staff".into(),
        mfa_ui: true,
        ..Profile::default()
    };
    let enrolled = [FactorKind::Totp];
    let proven = |kind, credential, minutes: i64| Evidence::proven(kind, credential, NOW.plus_seconds(-60 * minutes));
    let password = [proven(FactorKind::Password, PASSWORD, 20)];
    let both = [
        proven(FactorKind::Password, PASSWORD, 20),
        proven(FactorKind::Totp, TOTP, 19),
    ];
    let cases: [(&str, &[Evidence]); 3] = [("login", &[]), ("challenge", &password), ("proceed", &both)];
    for (name, evidence) in cases {
        let signed_in = SignedIn {
            user: &user,
            profile: &profile,
            session: SessionId::from_bytes([7; 16]),
            evidence,
            last_seen: NOW,
            enrolled: &enrolled,
            agreed: &agreed,
            bound_here: false,
        };
        let facts = Facts {
            now: NOW,
            began: NOW,
            rules: Rules::default(),
            client: &client,
            request: &request,
            required: required(&client),
            signed_in: (!evidence.is_empty()).then_some(signed_in),
            consent_answer: None,
        };
        criterion.bench_function(&format!("next_step/{name}"), |bencher| {
            bencher.iter(|| next_step(black_box(&facts)));
        });
    }
    criterion.final_summary();
}
