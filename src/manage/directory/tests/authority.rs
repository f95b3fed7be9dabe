//! Who may change what, and that somebody still can afterwards.

use super::*;
use crate::config::Settings;
use crate::manage::testing::NOW;
use crate::manage::users::{self, Assignment};
use crate::model::evidence::Acr;
use crate::model::id::UserId;

/// Dora manages the directory, Petra profiles (by a permission set), Both both.
const ADMINISTRATORS: &str = r#"
[organisation]
name = "Example Ltd"

[[profiles]]
name = "staff"

[[permission_sets]]
name = "profiles"
permissions = ["manage_profiles"]

[[permission_sets]]
name = "empty"

[[scopes]]
name = "pay"
required_acr = "high"

[[clients]]
client_id = "app"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example/"]

[[users]]
username = "Dora"
permissions = ["manage_directory"]

[[users]]
username = "Petra"
permission_sets = ["profiles"]

[[users]]
username = "Both"
permissions = ["manage_directory", "manage_profiles"]

[[users]]
username = "Nobody"
"#;

fn signed_in(user: UserId, acr: Acr, auth_time: Option<Timestamp>) -> Actor {
    Actor::User {
        user,
        session: SessionId::new(NOW, [0; 10]),
        acr,
        auth_time,
    }
}

fn as_user(installation: &Installation, username: &str) -> Actor {
    signed_in(installation.user(username).id, Acr::High, Some(NOW))
}

const DRY_RUN: Options = Options {
    dry_run: true,
    prune: false,
};

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn s9_levels_switches_and_assignments_take_manage_profiles() {
    const APP: &str = "[[clients]]\nclient_id = \"app\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = \
                       [\"https://app.example/\"]";
    let installation = Installation::of(ADMINISTRATORS);
    // What is applied, and whether Dora and Petra alone may; Both may always, Nobody never.
    let cases = [
        ("[organisation]\nname = \"New\"".to_owned(), true, false),
        (
            "[organisation]\nname = \"Example Ltd\"\nrequired_acr = \"high\"".to_owned(),
            false,
            true,
        ),
        (
            "[organisation]\nname = \"Example Ltd\"\ntrusted_ip_ranges = [\"10.0.0.0/8\"]".to_owned(),
            false,
            true,
        ),
        ("[[profiles]]\nname = \"staff\"\nmfa_ui = true".to_owned(), false, true),
        ("[[profiles]]\nname = \"new\"".to_owned(), false, true),
        (
            "[[permission_sets]]\nname = \"empty\"\nmfa_ui = true".to_owned(),
            false,
            true,
        ),
        (
            "[[scopes]]\nname = \"pay\"\nrequired_acr = \"high\"\ndescription = \"Pay\"".to_owned(),
            true,
            false,
        ),
        ("[[scopes]]\nname = \"pay\"".to_owned(), false, true),
        ("[[scopes]]\nname = \"read\"".to_owned(), true, false),
        (
            "[[scopes]]\nname = \"read\"\nrequired_acr = \"high\"".to_owned(),
            false,
            false,
        ),
        (
            "[[resources]]\nidentifier = \"urn:a\"\nmax_age = 60".to_owned(),
            false,
            false,
        ),
        (format!("{APP}\nclient_name = \"App\""), true, false),
        (format!("{APP}\nrequired_acr = \"high\""), false, true),
        (format!("{APP}\npreapproved_users = [\"Dora\"]"), false, true),
        (
            format!("{APP}\nclient_name = \"App\"\nrequired_acr = \"high\""),
            false,
            false,
        ),
        ("[[users]]\nusername = \"new\"".to_owned(), true, false),
        (
            "[[users]]\nusername = \"new\"\nprofile = \"staff\"".to_owned(),
            false,
            false,
        ),
        (
            "[[users]]\nusername = \"Nobody\"\nclaims = { name = \"N\" }".to_owned(),
            true,
            false,
        ),
        (
            "[[users]]\nusername = \"Nobody\"\npermission_sets = [\"empty\"]".to_owned(),
            false,
            true,
        ),
        (
            "[[users]]\nusername = \"Nobody\"\napi_only = true".to_owned(),
            false,
            true,
        ),
        (
            "[[users]]\nusername = \"Nobody\"\npermissions = [\"manage_profiles\"]".to_owned(),
            false,
            true,
        ),
        // Taking over the account of one who holds it would be another way to it.
        (
            "[[users]]\nusername = \"Petra\"\npermission_sets = [\"profiles\"]\npassword = \"a new long password\""
                .to_owned(),
            false,
            false,
        ),
    ];
    for (file, dora, petra) in cases {
        for (username, allowed) in [("Dora", dora), ("Petra", petra), ("Both", true), ("Nobody", false)] {
            let outcome = installation.apply_as(as_user(&installation, username), &file, DRY_RUN);
            assert_eq!(outcome.is_ok(), allowed, "{username}: {file}: {outcome:?}");
            if !allowed {
                assert!(
                    refusal(outcome).starts_with("permission to manage"),
                    "{username}: {file}"
                );
            }
        }
        installation.apply(&file, DRY_RUN).unwrap();
    }
}

#[test]
fn s9_single_changes_take_the_same_permissions() {
    let installation = Installation::of(ADMINISTRATORS);
    let id = |name: &str| installation.user(name).id;
    let (nobody, petra) = (id("Nobody"), id("Petra"));
    let assignment = Assignment {
        add_sets: vec!["empty".to_owned()],
        ..Assignment::default()
    };
    for (username, allowed) in [("Dora", false), ("Petra", false), ("Both", true)] {
        let actor = as_user(&installation, username);
        let (one, two, given) = (actor.clone(), actor.clone(), assignment.clone());
        let assign = move |work: &mut Work<'_>| users::assign(work, &one, &["Nobody".to_owned()], &given);
        // Petra may assign sets.
        assert_eq!(
            installation.perform(assign).is_ok(),
            allowed || username == "Petra",
            "{username}"
        );
        let promote = move |work: &mut Work<'_>| users::make_admin(work, &two, nobody);
        assert_eq!(installation.perform(promote).is_ok(), allowed, "{username}");
        let reset = move |work: &mut Work<'_>| users::reset_factors(work, &actor, petra);
        assert_eq!(installation.perform(reset).is_ok(), allowed, "{username}");
    }
}

#[test]
fn s9_a_change_takes_fresh_proof_of_high() {
    let installation = Installation::of(ADMINISTRATORS);
    let both = installation.user("Both").id;
    let file = "[[profiles]]\nname = \"staff\"\nrequired_acr = \"high\"";
    for (acr, auth_time, allowed) in [
        (Acr::Standard, Some(NOW), false),
        (Acr::High, None, false),
        (Acr::High, Some(NOW.plus_seconds(-901)), false),
        (Acr::High, Some(NOW.plus_seconds(-900)), true),
        (Acr::Phr, Some(NOW), true),
    ] {
        let outcome = installation.apply_as(signed_in(both, acr, auth_time), file, DRY_RUN);
        assert_eq!(outcome.is_ok(), allowed, "{acr} {auth_time:?}");
        if !allowed {
            assert!(refusal(outcome).starts_with("insufficient_user_authentication"));
        }
    }
}

#[test]
fn s9_each_change_is_audited_with_before_and_after() {
    let installation = Installation::of(ADMINISTRATORS);
    let actor = as_user(&installation, "Petra");
    let file = "[[permission_sets]]\nname = \"empty\"\nmfa_ui = true\nrequired_acr = \"high\"";
    installation.apply_as(actor.clone(), file, Options::default()).unwrap();
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.actor, Some(actor));
    assert_eq!(last.event.as_str(), "policy.changed");
    assert_eq!(last.detail["object"], "permission_sets.empty");
    assert_eq!(last.detail["changed"], serde_json::json!(["mfa_ui", "required_acr"]));
    for (when, mfa_ui, level) in [("before", false, "none"), ("after", true, "high")] {
        assert_eq!(last.detail[when]["mfa_ui"], mfa_ui);
        assert_eq!(last.detail[when]["required_acr"], level);
    }
    let assignment = Assignment {
        add_sets: vec!["empty".to_owned()],
        ..Assignment::default()
    };
    let assign = move |work: &mut Work<'_>| users::assign(work, &Actor::Operator, &["Nobody".to_owned()], &assignment);
    installation.perform(assign).unwrap();
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.detail["before"]["permission_sets"], serde_json::json!([]));
    assert_eq!(last.detail["after"]["permission_sets"], serde_json::json!(["empty"]));
}

#[test]
fn s9_nobody_takes_their_own_last_path_to_high_away() {
    let mut settings = Settings::default();
    settings.assurance.enrol_at_step_up = false;
    let installation = Installation::with(settings);
    let file = ADMINISTRATORS.replace("name = \"staff\"", "name = \"staff\"\nmfa_ui = true");
    let both = "username = \"Both\"\n";
    let file = file.replace(both, &format!("{both}profile = \"staff\"\n"));
    installation.apply(&file, Options::default()).unwrap();
    let actor = as_user(&installation, "Both");
    let own = |members: &str| {
        format!("[[users]]\n{both}permissions = [\"manage_directory\", \"manage_profiles\"]\n{members}")
    };
    for (change, key) in [
        ("[[profiles]]\nname = \"staff\"".to_owned(), "profile"),
        (own(""), "profile"),
        (own("profile = \"staff\"\napi_only = true"), "api_only"),
        (
            "[[profiles]]\nname = \"staff\"\nmfa_ui = true\nlogin_hours = {}".to_owned(),
            "profile",
        ),
    ] {
        let message = refusal(installation.apply_as(actor.clone(), &change, Options::default()));
        let expected = format!("users.Both.{key}: you could not manage the directory any more");
        assert!(message.starts_with(&expected), "{message}");
    }
    let (one, two) = (actor.clone(), actor.clone());
    let api_only = Assignment {
        api_only: Some(true),
        ..Assignment::default()
    };
    let assign = move |work: &mut Work<'_>| users::assign(work, &one, &["Both".to_owned()], &api_only);
    assert!(refusal(installation.perform(assign)).starts_with("users.Both.api_only: you could not"));
    // Who is led to enrol anew may be without factors, and who has one need not be led.
    let id = installation.user("Both").id;
    installation
        .perform(move |work| users::reset_factors(work, &two, id).map(drop))
        .unwrap();
    let enrol = move |work: &mut Work<'_>| {
        let secret = work.shared.master.seal(Purposes::TOTP, &mut work.random, &[7; 20])?;
        let credential = Credential {
            id: work.new_id(),
            user: id,
            label: String::new(),
            confirmed_at: Some(work.now),
            created_at: work.now,
            last_used_at: None,
            last_step: 0,
            material: Material::Totp { secret },
        };
        store::credentials::insert(work.tx, &credential)
    };
    installation.perform(enrol).unwrap();
    let relaxed = "[[profiles]]\nname = \"staff\"";
    installation
        .apply_as(actor.clone(), relaxed, Options::default())
        .unwrap();
    let reset = move |work: &mut Work<'_>| users::reset_factors(work, &actor, id);
    assert!(refusal(installation.perform(reset)).starts_with("users.Both.profile: you could not"));
}

#[test]
fn a_file_never_shuts_the_last_administrator_out() {
    let one = "[[users]]\nusername = \"Ada\"\npermissions = [\"manage_directory\"]";
    let installation = Installation::of(&format!("{one}\n[[users]]\nusername = \"bob\""));
    let before = installation.export(true);
    for (file, expected) in [
        (
            format!("{one}\nstatus = \"disabled\""),
            "users.Ada.status: is the last user",
        ),
        (
            format!("{one}\napi_only = true"),
            "users.Ada.api_only: is the last user",
        ),
        (
            "[[users]]\nusername = \"Ada\"".to_owned(),
            "users.Ada.permissions: is the last user",
        ),
        (
            format!("[[profiles]]\nname = \"night\"\nlogin_hours = {{}}\n{one}\nprofile = \"night\""),
            "users.Ada.profile: is the last user",
        ),
    ] {
        let message = refusal(installation.apply(&file, Options::default()));
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(installation.export(true), before);
    // Another may take over in the same file, by a permission set too.
    let file = "[[permission_sets]]\nname = \"admin\"\npermissions = [\"manage_directory\"]\n[[users]]\nusername = \"Ada\"\n\
                [[users]]\nusername = \"bob\"\npermission_sets = [\"admin\"]";
    installation.apply(file, Options::default()).unwrap();
    let message = refusal(installation.apply("[[permission_sets]]\nname = \"admin\"", Options::default()));
    assert!(
        message.starts_with("users.bob.permissions: is the last user"),
        "{message}"
    );
}

#[test]
fn two_administrators_are_not_shut_out_at_once() {
    let installation = Installation::of(ADMINISTRATORS);
    let actor = as_user(&installation, "Petra");
    let api_only = Assignment {
        api_only: Some(true),
        ..Assignment::default()
    };
    let assign = |names: &'static [&'static str]| {
        let (actor, given) = (actor.clone(), api_only.clone());
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        installation.perform(move |work| users::assign(work, &actor, &names, &given))
    };
    let message = refusal(assign(&["Dora", "Both"]));
    assert!(message.starts_with("users.Both: is the last user"), "{message}");
    assert!(!installation.user("Dora").api_only);
    assign(&["Dora"]).unwrap();
    assert!(refusal(assign(&["Both"])).starts_with("users.Both: is the last user"));
}
