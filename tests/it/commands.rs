//! The command line as operators use it, on both databases.

use serde_json::{Value, json};

use crate::support::process::Node;
use crate::support::server::Backend;

const DIRECTORY: &str = r#"
[[profiles]]
name = "community"
mfa_assignable = false

[[permission_sets]]
name = "ui"
mfa_ui = true

[[permission_sets]]
name = "api"
mfa_api = true

[[users]]
username = "alice"
permissions = ["manage_directory"]

[[users]]
username = "bob"

[[users]]
username = "carol"
profile = "community"
"#;

/// Makes a test of a function that is given a node with the directory: once for each database.
macro_rules! on_both_nodes {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use super::*;

            #[test]
            fn sqlite() {
                super::$test(&node(Backend::Sqlite).expect("SQLite is always there"));
            }

            #[test]
            fn postgres() {
                if let Some(node) = node(Backend::Postgres) {
                    super::$test(&node);
                }
            }
        }
    )+};
}

on_both_nodes! {
    s8_sets_are_assigned_to_all_or_to_none,
    s42_mfa_api_is_refused_alone,
    s87_users_are_reported_by_the_strength_of_their_factors,
    clients_are_added_with_what_they_require,
    s6_check_and_serve_find_a_column_that_was_lowered,
    check_says_what_is_in_force,
    s39_a_hardware_token_is_given_from_its_makers_list,
    ways_back_in_are_printed_once,
}

fn node(backend: Backend) -> Option<Node> {
    let node = Node::new(backend)?;
    node.run(&["migrate"]);
    node.apply(DIRECTORY);
    Some(node)
}

fn shown(node: &Node, arguments: &[&str]) -> Value {
    serde_json::from_str(&node.run(&[arguments, &["--json"]].concat())).expect("output is JSON")
}

fn s8_sets_are_assigned_to_all_or_to_none(node: &Node) {
    let told = node.refused(&["user", "assign", "alice", "bob", "carol", "--add-set", "ui"]);
    let expected = "countersign: users.carol.permission_sets: ui gives mfa_ui, which users of the profile community may not \
                    be given (mfa_assignable = false); remove the set, or choose another profile";
    assert_eq!(told, expected);
    assert_eq!(shown(node, &["user", "show", "alice"])["permission_sets"], json!([]));
    let told = node.run(&["user", "assign", "alice", "bob", "--add-set", "ui"]);
    assert_eq!(
        told,
        "alice: profile default, permission sets ui\nbob: profile default, permission sets ui\n"
    );
    assert_eq!(shown(node, &["user", "show", "bob"])["permission_sets"], json!(["ui"]));
    assert_eq!(
        node.run(&["user", "assign", "bob", "--add-set", "ui"]),
        "nothing to change\n"
    );
    let told = node.run(&["user", "add", "dora", "--permission-set", "ui", "--api-only"]);
    assert!(told.starts_with("added dora"), "{told}");
    assert_eq!(shown(node, &["user", "show", "dora"])["api_only"], true);
    let told = node.refused(&["user", "add", "eve", "--profile", "community", "--permission-set", "ui"]);
    assert!(told.contains("users.eve.permission_sets: ui gives mfa_ui"), "{told}");
    assert!(node.run(&["user", "list"]).contains("PERMISSION SETS"));
}

fn s42_mfa_api_is_refused_alone(node: &Node) {
    let told = node.refused(&["user", "assign", "bob", "--add-set", "api"]);
    assert!(
        told.contains("users.bob.permission_sets: api gives mfa_api, which has no effect"),
        "{told}"
    );
    node.run(&["user", "assign", "bob", "--add-set", "api", "--add-set", "ui"]);
    let told = node.refused(&["user", "assign", "bob", "--remove-set", "ui"]);
    assert!(told.contains("users.bob.permission_sets: api gives mfa_api"), "{told}");
    node.run(&["user", "assign", "bob", "--remove-set", "ui", "--remove-set", "api"]);
    let told = node.refused(&["user", "assign", "bob", "--remove-set", "none"]);
    assert!(told.contains("there is no permission set none"), "{told}");
}

fn s87_users_are_reported_by_the_strength_of_their_factors(node: &Node) {
    let report = shown(node, &["user", "report"]);
    for (strength, count) in [("phishing_resistant", 0), ("otp", 0), ("pstn", 0), ("none", 3)] {
        assert_eq!(report[strength]["count"], count, "{strength}");
    }
    assert_eq!(report["none"]["users"][0]["username"], "alice");
    node.run(&["user", "disable", "carol"]);
    let table = node.run(&["user", "report", "--without-strong-factor"]);
    assert!(
        table.ends_with("0 phishing_resistant, 0 otp, 0 pstn, 2 none\n"),
        "{table}"
    );
}

fn clients_are_added_with_what_they_require(node: &Node) {
    let add = [
        "client",
        "add",
        "loader",
        "--grant-type",
        "password",
        "--auth-method",
        "none",
    ];
    let told = node.refused(&[&add[..], &["--required-acr", "high"]].concat());
    let expected = "countersign: clients.loader.required_acr: password can never reach high; lower it, or add a grant type \
                    with a person there";
    assert_eq!(told, expected);
    node.run(
        &[
            &add[..],
            &["--required-acr", "high", "--report-only", "--accepted-factor", "totp"],
        ]
        .concat(),
    );
    let client = shown(node, &["client", "show", "loader"]);
    for (member, value) in [
        ("grant_types", json!(["password"])),
        ("required_acr", json!("high")),
        ("enforcement", json!("report")),
        ("accepted_factors", json!(["totp"])),
        ("on_insufficient", json!("raise")),
    ] {
        assert_eq!(client[member], value, "{member}");
    }
}

fn s6_check_and_serve_find_a_column_that_was_lowered(node: &Node) {
    node.apply("[[profiles]]\nname = \"staff\"\nrequired_acr = \"high\"\n");
    node.run(&["check"]);
    node.configure_further("[assurance.columns]\nmulti_factor = \"standard\"\n");
    let reason = "profiles.staff.required_acr: no factor that is switched on reaches high";
    let told = node.refused(&["serve"]);
    assert!(told.contains(reason), "{told}");
    node.refused(&["check"]);
    let told = node.refused(&["apply", &node.file("bob.toml", "[[users]]\nusername = \"bob\"")]);
    assert!(told.contains(reason), "{told}");
    node.apply("[[profiles]]\nname = \"staff\"\n[[permission_sets]]\nname = \"ui\"\n");
    node.run(&["check"]);
}

fn check_says_what_is_in_force(node: &Node) {
    node.apply(
        "[organisation]\nrequired_acr = \"high\"\nenforcement = \"report\"\n[[resources]]\nidentifier = \"urn:a\"\n\
         accepted_factors = [\"sms\"]\n",
    );
    let findings = shown(node, &["check"]);
    let found = |subject: &str| {
        let mut all = findings.as_array().expect("a list").iter();
        all.find(|finding| finding["subject"] == subject && finding["state"] != "error")
            .cloned()
    };
    let activation = found("device activation").expect("it is told");
    assert_eq!(
        activation["told"],
        "nothing happens in browsers that are not known, as no mail sender is configured"
    );
    let report = found("report mode").expect("it is told");
    assert_eq!(
        (&report["state"], &report["told"]),
        (&json!("warning"), &json!("stops nobody: organisation"))
    );
    let all = findings.as_array().expect("a list").iter();
    let restricted = all.filter(|finding| finding["subject"] == "restricted factors");
    assert!(
        restricted
            .into_iter()
            .any(|finding| finding["told"] == "accepted by resources.urn:a")
    );
}

fn s39_a_hardware_token_is_given_from_its_makers_list(node: &Node) {
    let add = ["user", "add-token", "bob", "--secret-stdin", "--serial"];
    // RFC 4226, Appendix D: the same secret in both spellings.
    let hex = "3132333435363738393031323334353637383930\n";
    let told = node.run_with_input(&[&add[..], &["HT-0001", "--counter", "3"]].concat(), hex);
    assert_eq!(told, "bob has the token HT-0001 now\n");
    let base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n";
    node.run_with_input(&[&add[..], &["HT-0002", "--base32", "--digits", "8"]].concat(), base32);
    let shown = shown(node, &["user", "show", "bob"]);
    let of = |index: usize, member: &str| shown["credentials"][index][member].clone();
    assert_eq!((of(0, "kind"), of(0, "label")), (json!("hotp"), json!("HT-0001")));
    assert_eq!((of(1, "kind"), of(1, "label")), (json!("hotp"), json!("HT-0002")));
    // What an export with secrets writes is taken back with its counter, and changes nothing.
    let exported = node.run(&["export", "--secrets"]);
    assert!(
        exported.contains("last_step = 3") && exported.contains("digits = 8"),
        "{exported}"
    );
    let file = node.file("exported.toml", &exported);
    assert!(node.run(&["apply", &file]).contains("nothing to change"));
    assert!(!node.run(&["export"]).contains("hotp"));
    let report = node.run(&["user", "report"]);
    assert!(report.contains("1 otp"), "{report}");
}

fn ways_back_in_are_printed_once(node: &Node) {
    let told = node.run(&["user", "temporary-code", "bob", "--hours", "2"]);
    let (_, code) = told.trim_end().rsplit_once(": ").expect("a code");
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    assert!(digits.len() == 8 && code.len() == 9, "{told}");
    let refused = node.refused(&["user", "temporary-code", "bob", "--hours", "25"]);
    assert_eq!(refused, "countersign: hours: must be from 1 to 24");
    let told = node.run(&["user", "rescue", "alice"]);
    let link = told.lines().last().expect("a link");
    assert!(link.starts_with(&format!("{}/reset/cs_wb_", node.issuer)), "{told}");
    // What is handed out is in no list, no export and no log of changes.
    let token = link.rsplit_once('/').expect("a token").1;
    for told in [
        node.run(&["user", "show", "bob", "--json"]),
        node.run(&["export", "--secrets"]),
        node.run(&["audit", "list", "--json"]),
    ] {
        assert!(!told.contains(&digits) && !told.contains(token), "{told}");
    }
    assert!(node.run(&["audit", "list"]).contains("rescue.issued"));
}
