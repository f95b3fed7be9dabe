//! Login flows in the directory: versions, what is refused, and who would be shut out.

use super::super::*;
use crate::manage::testing::{Installation, refusal};

const FLOW: &str = r#"
[[login_flows]]
name = "word"
state = "active"

[[login_flows.steps]]
name = "user"
kind = "lookup"
attribute = "department"
output = "department"

[[login_flows.steps]]
name = "ask"
kind = "screen"
title = "Where?"
fields = [{ name = "word", label = "Word", kind = "text" }]

[[login_flows.steps]]
name = "check"
kind = "decision"
all = [{ value = "word", same_as = "department" }, { value = "ip", one_of = ["192.0.2.1"] }]
valid = "done"
invalid = "ask"

[[login_flows.steps]]
name = "done"
kind = "finish"
"#;

const STAFF: &str = "[[profiles]]\nname = \"staff\"\nlogin_flow = \"word\"\n";

fn admin(claims: &str) -> String {
    format!("[[users]]\nusername = \"ada\"\nprofile = \"staff\"\npermissions = [\"manage_directory\"]\n{claims}\n")
}

fn version(installation: &Installation) -> u32 {
    let look = |view: &mut crate::work::View<'_>| Ok(view.directory.login_flows["word"].version);
    installation.server.read_blocking(look).unwrap()
}

fn refused(installation: &Installation, text: &str) -> String {
    refusal(installation.apply(text, Options::default()))
}

#[test]
fn s12_versions_count_what_a_flow_says() {
    let installation = Installation::of(FLOW);
    assert_eq!(version(&installation), 1);
    let again = installation.apply(FLOW, Options::default()).unwrap();
    assert_eq!(again, Report::default());
    installation
        .apply(&FLOW.replace("Where?", "Where now?"), Options::default())
        .unwrap();
    assert_eq!(version(&installation), 2);
    installation
        .apply(
            &FLOW.replace("active", "draft").replace("Where?", "Where now?"),
            Options::default(),
        )
        .unwrap();
    assert_eq!(version(&installation), 2, "a flow that rests says the same");
    let told = refused(&installation, &FLOW.replace("state", "version = 7\nstate"));
    assert!(told.starts_with("login_flows.word.version: unknown key"), "{told}");
}

#[test]
fn s86_a_flow_is_written_back_as_it_was_read() {
    let text = format!("{FLOW}{STAFF}{}", admin("claims.department = \"it\""));
    let installation = Installation::of(&text);
    let exported = installation.export(false);
    assert!(!exported.contains("version"), "{exported}");
    let again = installation.apply(&exported, Options::default()).unwrap();
    assert_eq!(again, Report::default(), "{exported}");
    let other = Installation::of(&exported);
    assert_eq!(other.export(false), exported);
}

#[test]
fn s86_a_step_that_cannot_be_read_is_told_with_its_line() {
    let installation = Installation::new();
    for (wrong, told) in [
        (
            FLOW.replace("kind = \"screen\"", "kind = \"scren\""),
            "directory line 12: login_flows.word.steps.ask: `scren` is not one of the values known; did you mean `screen`?",
        ),
        (
            FLOW.replace("valid = \"done\"", "vald = \"done\""),
            "directory line 18: login_flows.word.steps.check: `vald` is no key; did you mean `valid`?",
        ),
    ] {
        assert_eq!(refused(&installation, &wrong), told);
    }
    let json = "{\"login_flows\": [{\"name\": \"word\",\n\"steps\": [\n{\"name\": \"a\", \"kind\": \"apex\"}]}]}";
    let told = refused(&installation, json);
    assert!(
        told.starts_with("directory line 3: login_flows.word.steps.a: `apex` is not one"),
        "{told}"
    );
}

#[test]
fn s18_a_draft_may_be_unfinished_and_an_active_flow_may_not() {
    let installation = Installation::new();
    let unfinished = FLOW.replace("valid = \"done\"", "valid = \"nowhere\"");
    let problem = "login_flows.word.steps.check.valid: there is no step nowhere; add it to steps, or name another";
    assert_eq!(refused(&installation, &unfinished), problem);
    let tried = unfinished.replace("state = \"active\"", "test_users = [\"ada\"]");
    assert_eq!(refused(&installation, &tried), problem, "a dry run is a run");
    installation
        .apply(&unfinished.replace("active", "draft"), Options::default())
        .unwrap();
    let told = refused(
        &installation,
        &FLOW.replace("state = \"active\"", "test_users = [\"nobody\"]"),
    );
    assert_eq!(
        told,
        "login_flows.word.test_users: there is no user nobody; add it to users, or remove it here"
    );
}

#[test]
fn s13_a_profile_names_a_flow_that_is_there() {
    let installation = Installation::new();
    let told = refused(&installation, STAFF);
    assert_eq!(
        told,
        "profiles.staff.login_flow: there is no login flow word; add it to login_flows, or name another"
    );
    installation
        .apply(&format!("{FLOW}{STAFF}"), Options::default())
        .unwrap();
    let prune = Options {
        prune: true,
        ..Options::default()
    };
    let gone = refusal(installation.apply("login_flows = []", prune));
    assert!(
        gone.starts_with("profiles.staff.login_flow: there is no login flow word"),
        "{gone}"
    );
}

#[test]
fn s31_a_service_is_at_a_host_that_may_be_called() {
    let installation = Installation::new();
    let hook = "[[login_flows.steps]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://risk.example.com/\"\n\
        [[login_flows.steps]]\nname = \"done\"\nkind = \"finish\"\n";
    let told = refused(
        &installation,
        &format!("[[login_flows]]\nname = \"h\"\nstate = \"active\"\n{hook}"),
    );
    assert_eq!(
        told,
        "login_flows.h.steps.hook.url: is at a host that may not be called; list it, with its secret, in outbound.webhooks"
    );
}

#[test]
fn s23_a_flow_that_would_shut_out_every_administrator_is_refused() {
    let draft = FLOW.replace("state = \"active\"\n", "");
    let installation = Installation::of(&format!("{draft}{STAFF}{}", admin("")));
    let problem = "users.ada.profile: is the last user with the permission manage_directory and cannot get to the end of the \
                   login flow of this profile; leave the user able to, or give the permission to another";
    assert_eq!(refused(&installation, FLOW), problem);
    let tried = draft.replace("name = \"word\"\n", "name = \"word\"\ntest_users = [\"ada\"]\n");
    assert_eq!(refused(&installation, &tried), problem);
    let able = admin("claims.department = \"it\"");
    installation
        .apply(&format!("{FLOW}{able}"), Options::default())
        .unwrap();
    let told = refused(&installation, &admin(""));
    assert!(told.contains("cannot get to the end of the login flow"), "{told}");
}
