//! What may be required, and of whom.

use super::*;
use crate::config::Settings;
use crate::manage::explain::{Question, request};
use crate::manage::users::{self, Assignment};
use crate::model::assurance::Columns;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::user::User;
use crate::work::View;

/// Everybody has a password and an authenticator, so that decisions differ by what is required alone.
fn enrolled(file: &str, usernames: &[&str]) -> Installation {
    let installation = Installation::of(file);
    for username in usernames {
        let user = installation.user(username).id;
        let enrol = move |work: &mut Work<'_>| {
            let secret = work.shared.master.seal(Purposes::TOTP, &mut work.random, &[7; 20])?;
            for material in [Material::Password { phc: "$phc".into() }, Material::Totp { secret }] {
                let credential = Credential {
                    id: work.new_id(),
                    user,
                    label: String::new(),
                    confirmed_at: Some(work.now),
                    created_at: work.now,
                    last_used_at: None,
                    last_step: 0,
                    material,
                };
                store::credentials::insert(work.tx, &credential)?;
            }
            Ok(())
        };
        installation.perform(enrol).unwrap();
    }
    installation
}

/// What a sign-in with a password alone comes to, in words.
fn decided(installation: &Installation, username: &str, client_id: Option<&str>) -> String {
    let question = Question {
        username: Some(username.to_owned()),
        client_id: client_id.map(str::to_owned),
        methods: vec![FactorKind::Password],
        ..Question::default()
    };
    let ask = |view: &mut View<'_>| request(view, &question);
    installation.server.read_blocking(ask).unwrap().decision.to_owned()
}

const SWITCHES: &str = r#"
[[profiles]]
name = "staff"
mfa_ui = true

[[profiles]]
name = "community"
mfa_assignable = false
required_acr = "high"

[[permission_sets]]
name = "ui"
mfa_ui = true

[[permission_sets]]
name = "more ui"
mfa_ui = true

[[permission_sets]]
name = "api"
mfa_api = true

[[permission_sets]]
name = "level"
required_acr = "high"

[[users]]
username = "alice"

[[users]]
username = "bob"
profile = "staff"

[[users]]
username = "carol"
permission_sets = ["ui", "more ui", "api"]

[[users]]
username = "dave"
profile = "community"
"#;

fn assign(installation: &Installation, names: &[&str], assignment: Assignment) -> Result<Vec<User>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    installation.perform(move |work| users::assign(work, &Actor::Operator, &names, &assignment))
}

fn adding(set: &str) -> Assignment {
    Assignment {
        add_sets: vec![set.to_owned()],
        ..Assignment::default()
    }
}

fn removing(sets: &[&str]) -> Assignment {
    Assignment {
        remove_sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        ..Assignment::default()
    }
}

#[test]
fn s2_c19_a_switch_is_on_while_anything_gives_it_and_the_other_is_off() {
    let installation = enrolled(SWITCHES, &["alice", "bob", "carol"]);
    assert_eq!(decided(&installation, "alice", None), "proceed");
    assert_eq!(decided(&installation, "bob", None), "interact");
    assert_eq!(decided(&installation, "carol", None), "interact");
    assign(&installation, &["carol"], removing(&["ui"])).unwrap();
    assert_eq!(decided(&installation, "carol", None), "interact");
    assign(&installation, &["carol"], removing(&["more ui", "api"])).unwrap();
    assert_eq!(decided(&installation, "carol", None), "proceed");
    // Nobody asked for the switch of API logins, so that it is off (S40).
    assert!(!installation.export(true).contains("mfa_api = true\n\n[[profiles]]"));
    let staff = Installation::of("[[profiles]]\nname = \"staff\"\nmfa_ui = true").export(true);
    assert!(!staff.contains("mfa_api"), "{staff}");
}

#[test]
fn s3_c2_a_level_of_a_profile_or_set_needs_no_switch_and_no_licence() {
    let installation = enrolled(SWITCHES, &["alice", "dave"]);
    assert_eq!(decided(&installation, "dave", None), "interact");
    assign(&installation, &["alice"], adding("level")).unwrap();
    assert_eq!(decided(&installation, "alice", None), "interact");
    // The level is to be had where the switch is not.
    assign(&installation, &["dave"], adding("level")).unwrap();
    assert!(refusal(assign(&installation, &["dave"], adding("ui"))).contains("mfa_assignable = false"));
}

#[test]
fn s8_users_of_some_profiles_cannot_be_given_the_switches() {
    let installation = enrolled(SWITCHES, &["alice", "bob", "dave"]);
    let (before, login) = (installation.export(true), decided(&installation, "dave", None));
    let expected = "users.dave.permission_sets: ui gives mfa_ui, which users of the profile community may not be given \
                    (mfa_assignable = false); remove the set, or choose another profile";
    // Together with others: nobody gets it.
    assert_eq!(
        refusal(assign(&installation, &["alice", "dave", "bob"], adding("ui"))),
        expected
    );
    let bulk = "[[users]]\nusername = \"alice\"\npermission_sets = [\"ui\"]\n[[users]]\nusername = \"dave\"\n\
                profile = \"community\"\npermission_sets = [\"ui\"]";
    assert_eq!(refusal(installation.apply(bulk, Options::default())), expected);
    // By giving the set the switch, the profile the bar, or the user the profile.
    for (file, place) in [
        (
            "[[permission_sets]]\nname = \"level\"\nmfa_ui = true\n[[users]]\nusername = \"dave\"\nprofile = \
             \"community\"\npermission_sets = [\"level\"]",
            "users.dave.permission_sets: level gives mfa_ui",
        ),
        (
            "[[profiles]]\nname = \"default\"\nmfa_assignable = false",
            "users.carol.permission_sets: ui gives mfa_ui",
        ),
        (
            "[[users]]\nusername = \"carol\"\nprofile = \"community\"\npermission_sets = [\"api\"]",
            "users.carol.permission_sets: api gives mfa_api",
        ),
        (
            "[[profiles]]\nname = \"community\"\nmfa_assignable = false\nmfa_ui = true",
            "profiles.community.mfa_ui: may not be given to users of this profile",
        ),
    ] {
        let message = refusal(installation.apply(file, Options::default()));
        assert!(message.starts_with(place), "{message}");
    }
    assert_eq!(installation.export(true), before);
    assert_eq!(decided(&installation, "dave", None), login);
    // Everybody else can have it at once.
    let changed = assign(&installation, &["alice", "bob", "Alice"], adding("ui")).unwrap();
    assert_eq!(changed.len(), 2);
    assert_eq!(installation.user("bob").permission_sets, ["ui"]);
}

#[test]
fn s42_mfa_api_needs_mfa_ui() {
    let installation = Installation::of(SWITCHES);
    let before = installation.export(true);
    for (file, expected) in [
        (
            "[[profiles]]\nname = \"new\"\nmfa_api = true",
            "profiles.new.mfa_api: has no effect without mfa_ui; set mfa_ui = true too, or remove it",
        ),
        (
            "[[users]]\nusername = \"alice\"\npermission_sets = [\"api\"]",
            "users.alice.permission_sets: api gives mfa_api, which has no effect without mfa_ui; add a set that gives \
             mfa_ui, or remove api too",
        ),
        (
            "[[permission_sets]]\nname = \"ui\"\n[[permission_sets]]\nname = \"more ui\"",
            "users.carol.permission_sets: api gives mfa_api, which has no effect without mfa_ui; add a set that gives \
             mfa_ui, or remove api too",
        ),
    ] {
        assert_eq!(refusal(installation.apply(file, Options::default())), expected);
    }
    // Withdrawing mfa_ui alone is refused, withdrawing both is not.
    let message = refusal(assign(&installation, &["carol"], removing(&["ui", "more ui"])));
    assert!(
        message.starts_with("users.carol.permission_sets: api gives mfa_api"),
        "{message}"
    );
    assert_eq!(installation.export(true), before);
    assign(&installation, &["bob"], adding("api")).unwrap();
    assign(&installation, &["carol"], removing(&["ui", "more ui", "api"])).unwrap();
}

#[test]
fn s42_a_lone_mfa_api_is_reported_and_has_no_effect() {
    let installation = enrolled(SWITCHES, &["carol"]);
    let review = |view: &mut View<'_>| review(view, &Actor::Operator);
    assert_eq!(installation.server.read_blocking(review).unwrap(), []);
    // Withdrawn by other means than ours.
    let carol = User {
        permission_sets: vec!["api".to_owned()],
        ..installation.user("carol")
    };
    let withdraw = move |work: &mut Work<'_>| {
        store::users::update(work.tx, &carol)?;
        store::directory::raise_version(work.tx)
    };
    installation.perform(withdraw).unwrap();
    let notices = installation.server.read_blocking(review).unwrap();
    assert_eq!(notices, [Notice::LoneMfaApi(vec!["carol".to_owned()])]);
    assert_eq!(decided(&installation, "carol", None), "proceed");
}

fn lowered(multi_factor: Acr) -> Installation {
    let mut settings = Settings::default();
    settings.assurance.columns = Columns {
        multi_factor,
        passkey: multi_factor,
        ..Columns::default()
    };
    Installation::with(settings)
}

/// A client that people sign in to.
const APP: &str = "[[clients]]\nclient_id = \"app\"\ntoken_endpoint_auth_method = \"none\"\n\
                   redirect_uris = [\"https://app.example/\"]\nrequired_acr = \"high\"";

#[test]
fn s6_what_no_column_reaches_cannot_be_required() {
    let demanding = [
        (
            "organisation",
            "[organisation]\nrequired_acr = \"high\"",
            "required_acr",
        ),
        (
            "profiles.a",
            "[[profiles]]\nname = \"a\"\nrequired_acr = \"high\"",
            "required_acr",
        ),
        ("profiles.a", "[[profiles]]\nname = \"a\"\nmfa_ui = true", "mfa_ui"),
        (
            "permission_sets.a",
            "[[permission_sets]]\nname = \"a\"\nrequired_acr = \"high\"",
            "required_acr",
        ),
        (
            "permission_sets.a",
            "[[permission_sets]]\nname = \"a\"\nmfa_ui = true",
            "mfa_ui",
        ),
        (
            "scopes.a",
            "[[scopes]]\nname = \"a\"\nrequired_acr = \"high\"",
            "required_acr",
        ),
        (
            "resources.urn:a",
            "[[resources]]\nidentifier = \"urn:a\"\nrequired_acr = \"high\"",
            "required_acr",
        ),
        ("clients.app", APP, "required_acr"),
    ];
    for (place, file, key) in demanding {
        let (low, high) = (lowered(Acr::Standard), Installation::new());
        let message = refusal(low.apply(file, Options::default()));
        assert!(message.starts_with(&format!("{place}.{key}: ")), "{message}");
        assert_eq!(low.export(true), "");
        high.apply(file, Options::default()).unwrap();
        // What is only reported stops nobody.
        low.apply(&format!("{file}\nenforcement = \"report\""), Options::default())
            .unwrap();
    }
    // Browsers know passkeys of names alone.
    let mut settings = Settings::default();
    settings.server.issuer = "http://127.0.0.1:8080".into();
    let nameless = Installation::with(settings);
    let phr = refusal(nameless.apply("[organisation]\nrequired_acr = \"phr\"", Options::default()));
    assert!(phr.ends_with("the highest level that can be required is high"), "{phr}");
}

#[test]
fn s6_accepted_factors_must_reach_what_is_required() {
    let resource = "[[resources]]\nidentifier = \"urn:a\"\nrequired_acr = \"high\"";
    for (given, accepted) in [
        ("[]", true),
        ("[\"totp\"]", true),
        ("[\"email\", \"totp\"]", true),
        ("[\"email\"]", false),
        ("[\"sms\"]", false),
        ("[\"password\"]", false),
    ] {
        for (place, object) in [("clients.app", APP), ("resources.urn:a", resource)] {
            let outcome =
                Installation::new().apply(&format!("{object}\naccepted_factors = {given}"), Options::default());
            assert_eq!(outcome.is_ok(), accepted, "{given}");
            if !accepted {
                let message = refusal(outcome);
                assert!(message.starts_with(&format!("{place}.accepted_factors: ")), "{message}");
            }
        }
    }
    let apart = format!(
        "{APP}\naccepted_factors = [\"totp\"]\nresources = [\"urn:a\"]\n[[resources]]\nidentifier = \"urn:a\"\n\
         accepted_factors = [\"email\"]"
    );
    let message = refusal(Installation::new().apply(&apart, Options::default()));
    let expected =
        "clients.app.accepted_factors: no factor that both this client and the resource urn:a accept reaches high";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn s6_one_of_a_clients_grant_types_must_reach_what_it_requires() {
    let jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let issuer = |ceiling: &str| {
        format!(
            "[[issuers]]\nissuer = \"urn:b\"\njwks_uri = \"https://b.example/\"\nclients = [\"app\"]\nmax_acr = \"{ceiling}\""
        )
    };
    let (low, high) = (issuer("standard"), issuer("high"));
    for (grants, mode, issuer, level, accepted) in [
        (vec!["password"], "preapproved", &high, "high", false),
        (vec!["password"], "preapproved", &high, "standard", true),
        (vec!["client_credentials"], "preapproved", &high, "standard", false),
        (
            vec!["client_credentials", "password"],
            "preapproved",
            &high,
            "high",
            false,
        ),
        (vec!["password", "refresh_token"], "preapproved", &high, "high", false),
        (vec![jwt], "deny", &high, "standard", false),
        (
            vec![jwt, "password", "client_credentials"],
            "deny",
            &high,
            "high",
            false,
        ),
        (vec![jwt], "asserted", &low, "high", false),
        (vec![jwt], "asserted", &high, "high", true),
        (vec![jwt], "session_backed", &high, "high", true),
        (vec![jwt], "preapproved", &high, "high", true),
        (vec!["password", "authorization_code"], "deny", &high, "high", true),
    ] {
        let file = format!(
            "{issuer}\n[[clients]]\nclient_id = \"app\"\nclient_secret = \"0123456789abcdef\"\ngrant_types = {grants:?}\n\
             jwt_bearer_assurance = \"{mode}\"\nrequired_acr = \"{level}\"\nredirect_uris = [\"https://app.example/\"]"
        );
        let outcome = Installation::new().apply(&file, Options::default());
        assert_eq!(outcome.is_ok(), accepted, "{file}");
        if !accepted {
            let message = refusal(outcome);
            assert!(message.starts_with("clients.app.required_acr: "), "{message}");
        }
    }
}

#[test]
fn s6_lowering_a_column_under_a_directory_is_found() {
    let installation = Installation::of("[organisation]\nrequired_acr = \"high\"");
    let found = |installation: &Installation| {
        let review = |view: &mut View<'_>| review(view, &Actor::Operator);
        installation.server.read_blocking(review).unwrap()
    };
    assert_eq!(found(&installation), []);
    let low = lowered(Acr::Standard);
    let put = |work: &mut Work<'_>| {
        store::directory::put_object(work.tx, "organisation", "organisation", r#"{"required_acr":"high"}"#)?;
        store::directory::raise_version(work.tx)
    };
    low.perform(put).unwrap();
    let notices = found(&low);
    assert!(
        matches!(notices.as_slice(), [Notice::Invalid(told)] if told.starts_with("organisation.required_acr: ")),
        "{notices:?}"
    );
}

#[test]
fn what_only_reports_and_what_is_restricted_is_told() {
    let file = format!(
        "[organisation]\nrequired_acr = \"high\"\nenforcement = \"report\"\n[[profiles]]\nname = \"idle\"\nenforcement = \
         \"report\"\n[[profiles]]\nname = \"staff\"\nmfa_ui = true\nenforcement = \"report\"\n{APP}\n\
         accepted_factors = [\"totp\", \"sms\"]"
    );
    let installation = Installation::of(&file);
    let review = |view: &mut View<'_>| review(view, &Actor::Operator);
    let expected = [
        Notice::ReportOnly(vec!["organisation".to_owned(), "profiles.staff".to_owned()]),
        Notice::Restricted(vec!["clients.app".to_owned()]),
    ];
    assert_eq!(installation.server.read_blocking(review).unwrap(), expected);
}

#[test]
fn a_directory_that_nobody_could_sign_in_under_is_refused() {
    for (file, expected) in [
        (
            "[[profiles]]\nname = \"default\"\nlogin_hours = { monday = [\"09:00-09:00\"] }",
            "profiles.default: the login hours of this profile never come, and nobody else could sign in either; widen hours \
             or ranges",
        ),
        (
            "[organisation]\nlogin_ip_ranges = [\"10.0.0.0/8\"]\n[[profiles]]\nname = \"default\"\nlogin_ip_ranges = \
             [\"192.0.2.0/24\"]",
            "profiles.default: no address is in both the login ranges of this profile and those of the organisation, and \
             nobody else could sign in either; widen hours or ranges",
        ),
    ] {
        let alone = Installation::of("[[users]]\nusername = \"bob\"");
        assert_eq!(refusal(alone.apply(file, Options::default())), expected);
        let with_others = "[[profiles]]\nname = \"staff\"\n[[users]]\nusername = \"bob\"\n[[users]]\nusername = \"carol\"\n\
                           profile = \"staff\"";
        Installation::of(with_others).apply(file, Options::default()).unwrap();
    }
}

#[test]
fn s84_the_name_of_a_program_changes_no_decision() {
    let client = |id: &str, name: &str| {
        format!(
            "[[clients]]\nclient_id = \"{id}\"\nclient_name = \"{name}\"\ntoken_endpoint_auth_method = \"none\"\n\
             redirect_uris = [\"https://app.example/\"]\nrequire_consent = false\n"
        )
    };
    let programs = [
        ("app", "App"),
        ("DataLoader", "Data Loader"),
        ("Platform CLI", "Developer Tools"),
    ];
    let clients: String = programs.iter().map(|(id, name)| client(id, name)).collect();
    let installation = enrolled(&format!("{SWITCHES}{clients}"), &["alice", "bob"]);
    for (id, _) in programs {
        assert_eq!(decided(&installation, "alice", Some(id)), "proceed", "{id}");
        assert_eq!(decided(&installation, "bob", Some(id)), "interact", "{id}");
    }
    let agent = client("x", "X") + "user_agents = [\"*\"]";
    let error = Document::default().add("file.toml", &agent).unwrap_err();
    assert!(error.problem.starts_with("unknown key"), "{error}");
}

#[test]
fn s87_users_are_told_by_the_strength_of_their_strongest_factor() {
    let installation = enrolled(SWITCHES, &["alice"]);
    let disable = "[[users]]\nusername = \"carol\"\nstatus = \"disabled\"\npermission_sets = [\"ui\"]";
    installation.apply(disable, Options::default()).unwrap();
    let report = |view: &mut View<'_>| users::report(view, &Actor::Operator);
    let rows = installation.server.read_blocking(report).unwrap();
    let told: Vec<(&str, &str)> = rows
        .iter()
        .map(|(user, strength)| (user.username.as_str(), strength.as_str()))
        .collect();
    assert_eq!(told, [("alice", "otp"), ("bob", "none"), ("dave", "none")]);
}
