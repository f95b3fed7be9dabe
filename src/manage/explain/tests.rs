use super::*;
use crate::model::client::{ClientSecret, GrantType};
use crate::model::credential::Material;
use crate::model::evidence::{Acr, Assurance};
use crate::model::grant::{Grant, Snapshot};
use crate::model::id::UserId;
use crate::model::profile::Profile;
use crate::model::secret::{Digest, Sealed};
use crate::model::user::UserStatus;
use crate::policy::trace::Outcome;
use crate::server::fixture::{Fixture, NOW};
use crate::work::{Origin, Work};

const ALICE: UserId = UserId::from_bytes([9; 16]);
const GRANT: GrantId = GrantId::from_bytes([8; 16]);

fn user() -> User {
    User {
        id: ALICE,
        username: "alice".into(),
        profile: "staff".into(),
        permission_sets: Vec::new(),
        api_only: false,
        sso_only: false,
        status: UserStatus::Active,
        permissions: Vec::new(),
        claims: serde_json::Map::new(),
        created_at: NOW,
        updated_at: None,
    }
}

fn credential(number: u8, material: Material) -> Credential {
    Credential {
        id: CredentialId::from_bytes([number; 16]),
        user: ALICE,
        label: String::new(),
        confirmed_at: Some(NOW),
        created_at: NOW,
        last_used_at: None,
        last_step: 0,
        material,
    }
}

fn client() -> Client {
    Client {
        client_id: "payroll".into(),
        scope: "openid reports".parse().unwrap(),
        required_acr: Acr::High,
        require_consent: false,
        secret: Some(ClientSecret::Digest(Digest::new([1; 32]))),
        ..Client::default()
    }
}

/// Alice with password and authenticator, the client payroll that needs `high`, and a grant of `standard`.
fn installation() -> Fixture {
    let fixture = Fixture::new();
    let fill = |work: &mut Work<'_>| {
        let staff = Profile {
            name: "staff".into(),
            ..Profile::default()
        };
        let doc = serde_json::to_string(&staff).unwrap();
        store::directory::put_object(work.tx, "profiles", "staff", &doc)?;
        store::directory::raise_version(work.tx)?;
        store::users::insert_new(work.tx, &user())?;
        let phc = Material::Password {
            phc: "$argon2id$".into(),
        };
        let secret = Sealed(Vec::new());
        store::credentials::insert(work.tx, &credential(1, phc))?;
        store::credentials::insert(work.tx, &credential(2, Material::Totp { secret }))?;
        put_client(work, &client())?;
        let snapshot = Snapshot {
            assurance: Assurance {
                acr: Acr::Standard,
                amr: vec!["pwd".into()],
                auth_time: Some(NOW),
            },
            ..Snapshot::default()
        };
        let grant = Grant {
            id: GRANT,
            user: Some(ALICE),
            subject: None,
            client_id: "payroll".into(),
            grant_type: GrantType::AuthorizationCode,
            scope: "openid".parse().unwrap(),
            resources: Vec::new(),
            claims: ClaimsRequest::default(),
            nonce: None,
            snapshot,
            bridged_from: None,
            exchanged: None,
            created_at: NOW,
        };
        store::grants::insert(work.tx, &grant, NOW.plus_seconds(1_000))
    };
    fixture.server.perform_blocking(Origin::default(), fill).unwrap();
    fixture
}

fn put_client(work: &mut Work<'_>, client: &Client) -> Result<()> {
    store::clients::put(work.tx, client)?;
    store::directory::raise_version(work.tx)
}

fn asked(fixture: &Fixture, change: impl FnOnce(&mut Question)) -> Explanation {
    let mut question = Question {
        username: Some("Alice".into()),
        client_id: Some("payroll".into()),
        ..Question::default()
    };
    change(&mut question);
    fixture.server.read_blocking(|view| request(view, &question)).unwrap()
}

fn checks(explanation: &Explanation) -> Vec<(u8, Outcome)> {
    let checks = explanation.checks.0.iter();
    checks.map(|check| (check.number, check.outcome)).collect()
}

#[test]
fn nobody_is_signed_in_unless_supposed() {
    let explanation = asked(&installation(), |_| {});
    assert_eq!(
        (explanation.decision, explanation.told.as_str()),
        ("interact", "the login page")
    );
    assert_eq!(checks(&explanation), [(2, Outcome::Pass), (3, Outcome::Ask)]);
}

#[test]
fn an_account_that_is_locked_says_so_and_a_known_device_gets_in() {
    let fixture = installation();
    let guess = |work: &mut Work<'_>| {
        let side = Side::Account(lockout::subject(Some(ALICE), "alice"));
        (0..10).try_for_each(|_| attempts::charge(work, &side, lockout::Attempt::Password).map(drop))
    };
    fixture.server.perform_blocking(Origin::default(), guess).unwrap();
    let explanation = asked(&fixture, |question| question.methods = vec![FactorKind::Password]);
    assert_eq!(explanation.decision, "refuse");
    let last = explanation.checks.0.last().unwrap();
    assert_eq!((last.number, &*last.facts), (3, "user alice is locked"));
    let known = asked(&fixture, |question| {
        question.methods = vec![FactorKind::Password];
        question.known_device = true;
    });
    assert_eq!(known.told, "a challenge with totp: client payroll needs high");
}

#[test]
fn a_password_alone_is_challenged_and_both_factors_proceed() {
    let fixture = installation();
    let explanation = asked(&fixture, |question| question.methods = vec![FactorKind::Password]);
    assert_eq!(explanation.decision, "interact");
    assert_eq!(explanation.told, "a challenge with totp: client payroll needs high");
    let both = vec![FactorKind::Password, FactorKind::Totp];
    let explanation = asked(&fixture, |question| question.methods = both.clone());
    assert_eq!(explanation.decision, "proceed");
    assert_eq!(
        explanation.told,
        format!("tokens with acr high (pwd otp mfa) since {NOW}, scope openid reports")
    );
    assert_eq!(
        checks(&explanation),
        [2, 3, 4, 5, 6, 7, 8, 9, 11].map(|number| (number, Outcome::Pass))
    );
    let later = asked(&fixture, |question| {
        question.methods = both;
        question.at = Some(NOW.plus_seconds(3_601));
    });
    assert_eq!(later.told, "a challenge with totp: client payroll needs high");
}

#[test]
fn a_request_may_ask_for_a_level_by_any_of_its_names() {
    let fixture = installation();
    let plain = |work: &mut Work<'_>| {
        put_client(
            work,
            &Client {
                required_acr: Acr::None,
                ..client()
            },
        )
    };
    fixture.server.perform_blocking(Origin::default(), plain).unwrap();
    for value in ["high", "https://refeds.org/profile/mfa"] {
        let explanation = asked(&fixture, |question| {
            question.methods = vec![FactorKind::Password];
            question.acr_values = vec![value.into()];
        });
        assert_eq!(explanation.told, "a challenge with totp: request needs high");
    }
}

#[test]
fn a_user_may_be_asked_about_without_a_client() {
    let explanation = asked(&installation(), |question| {
        question.client_id = None;
        question.methods = vec![FactorKind::Password];
    });
    assert_eq!(explanation.decision, "proceed");
    assert_eq!(explanation.detail["acr"], "standard");
}

#[test]
fn a_refresh_is_explained_by_what_is_required_now() {
    let fixture = installation();
    let refreshed = |username: Option<&str>| {
        let question = Question {
            username: username.map(str::to_owned),
            ..Question::default()
        };
        fixture.server.read_blocking(|view| refresh(view, GRANT, &question))
    };
    let explanation = refreshed(Some("ALICE")).unwrap();
    assert_eq!(explanation.decision, "refuse");
    assert_eq!(explanation.detail["reason"], "reauthentication_required");
    let eased = |work: &mut Work<'_>| {
        put_client(
            work,
            &Client {
                required_acr: Acr::Standard,
                ..client()
            },
        )
    };
    fixture.server.perform_blocking(Origin::default(), eased).unwrap();
    let explanation = refreshed(None).unwrap();
    assert_eq!(
        explanation.told,
        format!("tokens with acr standard (pwd) since {NOW}, scope openid")
    );
    assert!(matches!(
        refreshed(Some("bob")),
        Err(Error::Refused(Refusal::Missing(_)))
    ));
}

#[test]
fn what_is_not_there_is_refused() {
    let fixture = installation();
    let ask = |username: &str, client_id: &str| {
        let question = Question {
            username: Some(username.into()),
            client_id: Some(client_id.into()),
            ..Question::default()
        };
        fixture.server.read_blocking(|view| request(view, &question))
    };
    assert!(matches!(
        ask("bob", "payroll"),
        Err(Error::Refused(Refusal::Missing(_)))
    ));
    assert!(matches!(
        ask("alice", "nothing"),
        Err(Error::Refused(Refusal::Missing(_)))
    ));
}

#[test]
fn whoever_is_not_signed_in_is_told_the_whole_way() {
    let fixture = installation();
    let explanation = asked(&fixture, |_| {});
    assert_eq!(
        explanation.way,
        [
            "the login page".to_owned(),
            "a challenge with totp: client payroll needs high".to_owned(),
            format!("tokens with acr high (pwd otp mfa) since {NOW}, scope openid reports"),
        ]
    );
    let asking = |work: &mut Work<'_>| {
        put_client(
            work,
            &Client {
                require_consent: true,
                ..client()
            },
        )
    };
    fixture.server.perform_blocking(Origin::default(), asking).unwrap();
    let both = asked(&fixture, |question| {
        question.methods = vec![FactorKind::Password, FactorKind::Totp];
    });
    assert_eq!(both.way.len(), 2);
    assert_eq!(both.told, "the consent page for openid reports");
}

#[test]
fn s69_the_address_and_the_ranges_are_told() {
    let fixture = installation();
    let ranges = |work: &mut Work<'_>| {
        let staff = Profile {
            name: "staff".into(),
            login_ip_ranges: vec!["10.0.0.0/8".parse().unwrap()].into(),
            ..Profile::default()
        };
        let doc = serde_json::to_string(&staff).unwrap();
        store::directory::put_object(work.tx, "profiles", "staff", &doc)?;
        store::directory::raise_version(work.tx)
    };
    fixture.server.perform_blocking(Origin::default(), ranges).unwrap();
    let from = |ip: &str| {
        let explanation = asked(&fixture, |question| {
            question.methods = vec![FactorKind::Password, FactorKind::Totp];
            question.ip = Some(ip.parse().unwrap());
        });
        let facts = explanation.checks.0.iter().find(|check| check.number == 7).unwrap();
        (explanation.decision, facts.facts.to_string())
    };
    assert_eq!(
        from("10.1.2.3"),
        ("proceed", "10.1.2.3 is within 10.0.0.0/8 of the profile".to_owned())
    );
    assert_eq!(
        from("192.0.2.1"),
        (
            "refuse",
            "192.0.2.1 is outside the ranges of the profile: 10.0.0.0/8".to_owned()
        )
    );
}

#[test]
fn proof_may_be_older_than_the_question() {
    let fixture = installation();
    let explanation = asked(&fixture, |question| {
        question.methods = vec![FactorKind::Password, FactorKind::Totp];
        question.proven_at = Some(NOW.plus_seconds(-3_601));
    });
    assert_eq!(explanation.told, "a challenge with totp: client payroll needs high");
}

#[test]
fn a_grant_that_asks_nobody_is_explained_too() {
    let fixture = installation();
    let of = |grant_type, username: Option<&str>| {
        asked(&fixture, |question| {
            question.grant_type = Some(grant_type);
            question.username = username.map(str::to_owned);
        })
    };
    let itself = of(GrantType::ClientCredentials, None);
    assert_eq!(itself.detail["reason"], "grant_cannot_reach_level");
    let bearer = of(GrantType::JwtBearer, Some("alice"));
    assert_eq!(bearer.detail["reason"], "not_preapproved");
    let password = of(GrantType::Password, Some("alice"));
    assert_eq!(
        (password.check, password.detail["reason"].as_str()),
        (3, Some("bad_credentials"))
    );
    let question = Question {
        grant_type: Some(GrantType::JwtBearer),
        client_id: Some("payroll".into()),
        ..Question::default()
    };
    let answer = fixture.server.read_blocking(|view| request(view, &question));
    assert!(matches!(answer, Err(Error::Refused(Refusal::Invalid(_)))));
}

#[test]
fn a_reported_requirement_is_told_and_stops_nobody() {
    let fixture = installation();
    let reporting = |work: &mut Work<'_>| {
        put_client(
            work,
            &Client {
                enforcement: crate::model::requirement::Enforcement::Report,
                ..client()
            },
        )
    };
    fixture.server.perform_blocking(Origin::default(), reporting).unwrap();
    let explanation = asked(&fixture, |question| question.methods = vec![FactorKind::Password]);
    assert_eq!(explanation.decision, "proceed");
    assert_eq!(
        explanation.reported.as_deref(),
        Some("challenge (totp): client payroll needs high")
    );
}
