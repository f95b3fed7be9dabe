//! How members are named, and how a value that cannot be read is told.

use super::*;

#[test]
fn s10_two_factor_and_multi_factor_are_other_names_of_the_same_switches() {
    let canonical =
        "[[profiles]]\nname = \"a\"\nmfa_ui = true\nmfa_api = true\n[[permission_sets]]\nname = \"b\"\nmfa_ui = true";
    let installation = Installation::of(canonical);
    for (of_profile, of_set) in [
        ("two_factor_ui = true\ntwo_factor_api = true", "two_factor_ui = true"),
        (
            "multi_factor_ui = true\nmulti_factor_api = true",
            "multi_factor_ui = true",
        ),
        (
            "mfa_ui = true\ntwo_factor_ui = true\nmulti_factor_ui = true\nmfa_api = true",
            "multi_factor_ui = true\nmfa_ui = true",
        ),
    ] {
        let file = format!("[[profiles]]\nname = \"a\"\n{of_profile}\n[[permission_sets]]\nname = \"b\"\n{of_set}");
        assert_eq!(
            lines(&installation.apply(&file, PRUNE).unwrap()),
            Vec::<String>::new(),
            "{file}"
        );
    }
    let exported = installation.export(true);
    assert!(
        exported.contains("mfa_ui = true") && !exported.contains("_factor_"),
        "{exported}"
    );
}

#[test]
fn s10_two_names_with_two_values_are_an_error() {
    for kind in ["profiles", "permission_sets"] {
        for (given, alias, name) in [
            ("mfa_ui = true\ntwo_factor_ui = false", "two_factor_ui", "mfa_ui"),
            (
                "two_factor_ui = true\nmulti_factor_ui = false",
                "multi_factor_ui",
                "mfa_ui",
            ),
            (
                "mfa_api = false\nmulti_factor_api = true",
                "multi_factor_api",
                "mfa_api",
            ),
        ] {
            let file = format!("[[{kind}]]\nname = \"a\"\n{given}");
            let error = Document::default().add("file.toml", &file).unwrap_err();
            let expected = format!(
                "{kind}.a.{alias}: is another name of {name}, which is given with another value; keep one of them"
            );
            assert_eq!(error.to_string(), expected);
        }
    }
}

#[test]
fn what_cannot_be_read_is_named_with_its_place_and_remedy() {
    for (given, expected) in [
        (
            "login_ip_ranges = [\"10.0.0.0/8\", \"192.0.2.20-192.0.2.10\"]",
            "login_ip_ranges: `192.0.2.20-192.0.2.10`: is reversed: it ends before it begins; swap its ends",
        ),
        (
            "login_ip_ranges = [\"192.0.2.1-2001:db8::1\"]",
            "login_ip_ranges: `192.0.2.1-2001:db8::1`: its ends are of two families; write one range for IPv4 and one for \
             IPv6",
        ),
        (
            "login_ip_ranges = [\"office\"]",
            "login_ip_ranges: `office`: not a range of addresses; write 192.0.2.0/24, 192.0.2.7 or 192.0.2.10-192.0.2.20",
        ),
        (
            "login_hours = { monday = [\"08:00-17:59\"], tuesday = [\"8-17\"] }",
            "login_hours.tuesday: `8-17`: not hours of a day; write 08:00-17:59, or 00:00-23:59 for all of it",
        ),
        (
            "login_hours = { tusday = [] }",
            "login_hours.tusday: `tusday` is no key; did you mean `tuesday`?",
        ),
        (
            "time_zone = \"Zurich\"",
            "time_zone: `Zurich`: not a time zone of the IANA database; write Europe/Zurich or UTC",
        ),
        (
            "enforcement = \"reported\"",
            "enforcement: `reported` is not one of the values known; did you mean `report`?",
        ),
    ] {
        let file = format!("[[profiles]]\nname = \"staff\"\n{given}");
        let error = Document::default().add("file.toml", &file).unwrap_err();
        assert_eq!(error.to_string(), format!("profiles.staff.{expected}"));
    }
}

#[test]
fn s85_no_edition_gates_anything_and_ranges_are_everybodys_and_a_profiles() {
    for kind in [
        "[organisation]",
        "[[profiles]]\nname = \"a\"",
        "[[users]]\nusername = \"a\"",
    ] {
        let error = Document::default().add("file.toml", &format!("{kind}\nedition = \"Developer\""));
        assert!(error.unwrap_err().problem.starts_with("unknown key"), "{kind}");
    }
    let ranges = "[organisation]\nlogin_ip_ranges = [\"10.0.0.0/8\"]\n[[profiles]]\nname = \"default\"\n\
                  login_ip_ranges = [\"10.1.0.0-10.1.0.9\"]";
    let installation = Installation::of(ranges);
    let exported = installation.export(true);
    assert!(exported.contains("login_ip_ranges = [\"10.0.0.0/8\"]"), "{exported}");
    assert!(
        exported.contains("login_ip_ranges = [\"10.1.0.0-10.1.0.9\"]"),
        "{exported}"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one file")]
fn every_new_member_is_exported_and_taken_back() {
    let file = r#"
[organisation]
name = "Example Ltd"
required_acr = "standard"
enforcement = "report"
login_ip_ranges = ["0.0.0.0/0", "::/0"]
trusted_ip_ranges = ["10.0.0.0/8"]
enforce_ip_on_every_request = true
time_zone = "Europe/Zurich"

[[profiles]]
name = "staff"
required_acr = "high"
mfa_ui = true
mfa_api = true
enforcement = "report"
login_hours = { monday = ["08:00-12:00", "13:00-17:59"], friday = ["22:00-06:00"] }
time_zone = "Asia/Tokyo"
hours_end_sessions = true
login_ip_ranges = ["192.0.2.10-192.0.2.20"]
activation_exempt = true
session_lifetime = 3600
session_idle = 600

[[profiles]]
name = "guests"
mfa_assignable = false

[[permission_sets]]
name = "api"
mfa_ui = true
mfa_api = true
required_acr = "high"
enforcement = "report"
permissions = ["manage_profiles"]

[[scopes]]
name = "pay"
required_acr = "high"
max_age = 300
on_insufficient = "block"
enforcement = "report"

[[resources]]
identifier = "https://api.example.com"
required_acr = "high"
accepted_factors = ["totp", "passkey"]
on_insufficient = "block"
enforcement = "report"

[[clients]]
client_id = "app"
token_endpoint_auth_method = "none"
grant_types = ["password"]
required_acr = "high"
enforcement = "report"
accepted_factors = ["totp"]
ip_relaxation = "enforce_except_refresh"
refresh_max_auth_age = 86400
device_assurance = "inherit"
exchange_assurance = "inherit"

[[users]]
username = "robot"
permission_sets = ["api"]
api_only = true
sso_only = true
"#;
    let first = Installation::of(file);
    let exported = first.export(true);
    for line in file
        .lines()
        .filter(|line| line.contains(" = ") && !line.contains("login_hours"))
    {
        assert!(exported.contains(line), "{line}\n{exported}");
    }
    assert!(
        exported.contains("monday = [\"08:00-12:00\", \"13:00-17:59\"]"),
        "{exported}"
    );
    let second = Installation::of(&exported);
    assert_eq!(second.export(true), exported);
    assert_eq!(lines(&second.apply(file, PRUNE).unwrap()), Vec::<String>::new());
}

#[test]
fn permission_sets_are_pruned_unless_somebody_has_them() {
    let file = "[[permission_sets]]\nname = \"a\"\n[[permission_sets]]\nname = \"b\"\n[[users]]\nusername = \"bob\"\n\
                permission_sets = [\"a\"]";
    let installation = Installation::of(file);
    let message = refusal(installation.apply("permission_sets = []", PRUNE));
    assert_eq!(
        message,
        "users.bob.permission_sets: there is no permission set a; add it to permission_sets, or remove it here"
    );
    let dry_run = Options {
        dry_run: true,
        prune: true,
    };
    let removed = ["Removed permission_sets.b []"];
    let kept = "[[permission_sets]]\nname = \"a\"";
    assert_eq!(lines(&installation.apply(kept, dry_run).unwrap()), removed);
    assert_eq!(lines(&installation.apply(kept, PRUNE).unwrap()), removed);
    assert!(!installation.export(true).contains("name = \"b\""));
    let twice = "[[users]]\nusername = \"bob\"\npermission_sets = [\"a\", \"a\"]";
    let message = refusal(installation.apply(twice, PRUNE));
    assert_eq!(message, "users.bob.permission_sets: a is given twice; keep one");
}

#[test]
fn the_example_names_every_member_that_bears_on_proof() {
    let example = include_str!("../../../../examples/directory.toml");
    let described = |name: &str| {
        let mut lines = example.lines().map(|line| line.trim_start_matches("# "));
        lines.any(|line| line.starts_with(&format!("{name} = ")) || line.ends_with(&format!(".{name}]")))
    };
    for kind in [
        "organisation",
        "profiles",
        "permission_sets",
        "scopes",
        "resources",
        "users",
    ] {
        let defaults = defaults_of(kind);
        for name in defaults.as_object().unwrap().keys() {
            let old = ["status", "access_token_signing_alg"].contains(&name.as_str());
            assert!(old || described(name), "{kind}.{name}");
        }
    }
    for name in [
        "required_acr",
        "on_insufficient",
        "accepted_factors",
        "default_max_age",
        "ip_relaxation",
        "refresh_max_auth_age",
        "device_assurance",
        "exchange_assurance",
        "on_requirement_raised",
        "jwt_bearer_assurance",
        "preapproved_users",
    ] {
        assert!(described(name), "clients.{name}");
    }
    let installation = Installation::of(example);
    assert_eq!(
        lines(&installation.apply(&installation.export(true), PRUNE).unwrap()),
        Vec::<String>::new()
    );
}
