//! Flows in JSON, a word at a time: what is refused at activation, which way each goes, who gets through.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::*;
use crate::model::id::{SessionId, UserId};
use crate::model::login_flow::{Field, FieldKind, FlowState};
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;

fn flow(steps: Json) -> LoginFlow {
    LoginFlow {
        name: "f".into(),
        state: FlowState::Active,
        steps: serde_json::from_value(steps).unwrap(),
        ..LoginFlow::default()
    }
}

fn user(claims: &Json) -> User {
    User {
        id: UserId::from_bytes([1; 16]),
        username: "alice".into(),
        profile: "default".into(),
        status: UserStatus::Active,
        permission_sets: Vec::new(),
        api_only: false,
        sso_only: false,
        permissions: Vec::new(),
        claims: claims.as_object().cloned().unwrap(),
        created_at: Timestamp::default(),
        updated_at: None,
    }
}

fn started(steps: Json) -> Progress {
    Progress {
        flow: flow(steps),
        session: SessionId::from_bytes([1; 16]),
        at: 0,
        turn: 0,
        variables: Variables::new(),
        answered: BTreeSet::new(),
        calling: None,
        began_at: Timestamp::default(),
        moved_at: Timestamp::default(),
        outcome: None,
    }
}

fn told(progress: &mut Progress, user: &User) -> String {
    let known = Known {
        user,
        enrolled: &[],
        accepted: &[],
    };
    let (taken, halt) = run(progress, &known);
    let ways: Vec<String> = taken.iter().map(|one| format!("{} {}", one.step, one.way)).collect();
    let step = progress
        .flow
        .steps
        .get(progress.at)
        .map_or("", |step| step.name.as_str());
    format!("{}: {halt:?} at {step}", ways.join(", "))
}

/// Looks the telephone number up, asks for a word and compares it with the department.
fn checking() -> Json {
    json!([
        { "name": "user", "kind": "lookup", "attribute": "department", "output": "department" },
        { "name": "ask", "kind": "screen", "title": "Where?", "fields": [{ "name": "word", "label": "Word" }] },
        { "name": "check", "kind": "decision", "all": [{ "value": "word", "same_as": "department" }],
          "valid": "done", "invalid": "ask" },
        { "name": "done", "kind": "finish" },
    ])
}

fn problem(steps: Json) -> String {
    check(&flow(steps)).unwrap_err().to_string()
}

#[test]
fn s18_a_flow_without_faults_can_run() {
    check(&flow(checking())).unwrap();
    let draft = LoginFlow::default();
    check_form(&draft).unwrap();
    assert!(check(&draft).is_err(), "a flow without steps cannot run");
}

#[test]
fn s18_inputs_that_are_missing_or_of_another_type_are_refused_at_activation() {
    let done = json!({ "name": "done", "kind": "finish" });
    let hook =
        |inputs: Json| json!({ "name": "hook", "kind": "webhook", "url": "https://r.example", "inputs": inputs });
    let lookup = |extra: &str| json!({ "name": "user", "kind": "lookup", "attribute": "phone_number", "output": "phone", "on_missing": extra });
    let send = |message: &str| json!({ "name": "send", "kind": "send_code", "channel": "sms", "to": "phone", "output": "sent", "message": message });
    for (steps, expected) in [
        (
            json!([hook(json!(["phone"])), done]),
            "login_flows.f.steps.hook.inputs: no step sets the variable phone; set it before, or name another",
        ),
        (
            json!([lookup("hook"), hook(json!(["phone"])), done]),
            "login_flows.f.steps.hook.inputs: the variable phone is not set on every way that leads here; set it on each",
        ),
        (
            json!([lookup("done"), send("日本"), done]),
            "login_flows.f.steps.send.message: words before a code are 1 to 70 characters of the telephones' alphabet (GSM 03.38)",
        ),
        (
            json!([{ "name": "n", "kind": "notice", "title": "T", "text": "{word}" }, done]),
            "login_flows.f.steps.n.text: no step sets the variable word; set it before, or name another",
        ),
        (
            json!([{ "name": "d", "kind": "decision", "all": [{ "value": "ip", "at_most": 3 }], "valid": "done" }, done]),
            "login_flows.f.steps.d.all: ip is text; number is taken here",
        ),
        (
            json!([{ "name": "done", "kind": "finish", "force_logout": "ip" }]),
            "login_flows.f.steps.done.force_logout: ip is text; bool is taken here",
        ),
        (
            json!([{ "name": "s", "kind": "screen", "title": "T", "fields": [{ "name": "user_id", "label": "U" }] }, done]),
            "login_flows.f.steps.s.fields: user_id is given to every flow and stays as it is; choose another name",
        ),
        (
            json!([{ "name": "s", "kind": "screen", "title": "T", "fields": [{ "name": "csrf", "label": "U" }] }, done]),
            "login_flows.f.steps.s.fields: csrf is a name that our forms use themselves; choose another",
        ),
        (
            json!([lookup("done"), { "name": "s", "kind": "screen", "title": "T", "fields": [{ "name": "phone", "label": "P" }] }, done]),
            "login_flows.f.steps.s.fields: phone is text here and phone elsewhere; choose another name",
        ),
    ] {
        assert_eq!(problem(steps), expected);
    }
    check(&flow(json!([lookup("done"), hook(json!(["phone", "ip"])), done]))).unwrap();
}

#[test]
fn s23_ways_that_lead_nowhere_are_refused_at_activation() {
    let done = json!({ "name": "done", "kind": "finish" });
    let notice =
        |name: &str, next: &str| json!({ "name": name, "kind": "notice", "title": "T", "text": "t", "next": next });
    let decide = |name: &str, valid: &str, invalid: &str| json!({ "name": name, "kind": "decision", "all": [{ "value": "ip", "is": "x" }], "valid": valid, "invalid": invalid });
    for (steps, expected) in [
        (
            json!([notice("a", "b")]),
            "login_flows.f.steps.a.next: there is no step b; add it to steps, or name another",
        ),
        (
            json!([{ "name": "a", "kind": "notice", "title": "T", "text": "t" }]),
            "login_flows.f.steps.a.next: nothing follows; end the flow with a step of kind finish or deny, or name the next step",
        ),
        (
            json!([done, notice("a", "done")]),
            "login_flows.f.steps.a.name: is never reached; lead to it, or remove it",
        ),
        (
            json!([notice("a", "b"), notice("b", "a")]),
            "login_flows.f.steps.a.next: leads round in circles and never to an end; lead to a step of kind finish or deny",
        ),
        (
            json!([decide("a", "done", "b"), decide("b", "done", "a"), done]),
            "login_flows.f.steps.a.next: comes back to itself without a page in between; show a screen on the way",
        ),
        (
            json!([{ "name": "no", "kind": "deny" }]),
            "login_flows.f.steps: has no step of kind finish, so that nobody could sign in; add one",
        ),
        (
            json!([done, done]),
            "login_flows.f.steps.done.name: is given twice; keep one",
        ),
    ] {
        assert_eq!(problem(steps), expected);
    }
}

#[test]
fn s86_an_unknown_kind_or_key_is_no_step() {
    for (step, told) in [
        (json!({ "name": "a", "kind": "scren" }), "unknown variant `scren`"),
        (
            json!({ "name": "a", "kind": "finish", "to": "b" }),
            "unknown field `to`",
        ),
        (json!({ "kind": "finish" }), "name is missing"),
        (json!({ "name": "a" }), "missing field `kind`"),
        (
            json!({ "name": "a", "kind": "decision", "valid": "b", "all": [{ "value": "x", "is": 1, "at_most": 2 }] }),
            "says one of is",
        ),
    ] {
        let error = serde_json::from_value::<crate::model::login_flow::Step>(step)
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{error}");
    }
    let step = checking()[2].clone();
    let read: crate::model::login_flow::Step = serde_json::from_value(step.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), step, "written as it was read");
}

#[test]
fn s17_a_record_is_looked_up_and_what_is_no_number_is_missing() {
    let steps = json!([
        { "name": "user", "kind": "lookup", "attribute": "phone_number", "output": "phone", "on_missing": "none" },
        { "name": "done", "kind": "finish" },
        { "name": "none", "kind": "notice", "title": "T", "text": "t", "next": "done" },
    ]);
    for (claims, expected, phone) in [
        (
            json!({ "phone_number": "+49 (151) 123-456 78" }),
            "user next: Over at done",
            Some("+4915112345678"),
        ),
        (
            json!({ "phone_number": "0049 151 12345678" }),
            "user next: Over at done",
            Some("+4915112345678"),
        ),
        (
            json!({ "phone_number": "0151 12345678" }),
            "user on_missing: Page at none",
            None,
        ),
        (
            json!({ "phone_number": "+49 abc" }),
            "user on_missing: Page at none",
            None,
        ),
        (json!({ "phone_number": null }), "user on_missing: Page at none", None),
        (json!({ "phone_number": 49 }), "user on_missing: Page at none", None),
        (json!({}), "user on_missing: Page at none", None),
    ] {
        let mut progress = started(steps.clone());
        assert_eq!(told(&mut progress, &user(&claims)), expected, "{claims}");
        let held = progress.variables.get("phone");
        assert_eq!(held, phone.map(|phone| Value::Text(phone.into())).as_ref(), "{claims}");
    }
}

#[test]
fn s14_a_step_that_fails_and_says_nothing_of_that_denies() {
    let mut progress = started(checking());
    assert_eq!(told(&mut progress, &user(&json!({}))), "user on_missing: Over at user");
    assert!(matches!(progress.outcome, Some(Outcome::Denied(_))));
    let mut gone = started(json!([{ "name": "a", "kind": "notice", "title": "T", "text": "t" }]));
    follow(&mut gone, NEXT);
    assert!(
        matches!(gone.outcome, Some(Outcome::Denied(_))),
        "a flow that just ends has no end"
    );
}

#[test]
fn s20_a_decision_has_two_outcomes_and_nothing_equals_nothing() {
    let is = |test: Json| -> Condition {
        let mut whole = test;
        whole["value"] = "v".into();
        serde_json::from_value(whole).unwrap()
    };
    let with = |value: Option<Json>| -> Variables {
        let mut variables = Variables::from([("other".to_owned(), Value::Text(String::new()))]);
        if let Some(value) = value {
            variables.insert("v".to_owned(), serde_json::from_value(value).unwrap());
        }
        variables
    };
    for (test, value, expected) in [
        (json!({ "is": "a" }), Some(json!("a")), true),
        (json!({ "is": "a" }), Some(json!("b")), false),
        (json!({ "is": "a" }), None, false),
        (json!({ "is": "" }), Some(json!("")), false),
        (json!({ "is": "" }), None, false),
        (json!({ "same_as": "other" }), Some(json!("")), false),
        (json!({ "same_as": "unset" }), None, false),
        (json!({ "same_as": "unset" }), Some(json!("")), false),
        (json!({ "same_as": "v" }), Some(json!("x")), true),
        (json!({ "is": true }), Some(json!(true)), true),
        (json!({ "is": true }), Some(json!("true")), false),
        (json!({ "is": 3 }), Some(json!(3)), true),
        (json!({ "one_of": ["a", "b"] }), Some(json!("b")), true),
        (json!({ "one_of": [] }), Some(json!("b")), false),
        (json!({ "at_most": 3 }), Some(json!(3)), true),
        (json!({ "at_most": 3 }), Some(json!(4)), false),
        (json!({ "at_least": 3 }), Some(json!(3)), true),
        (json!({ "at_least": 3 }), Some(json!("9")), false),
    ] {
        assert_eq!(
            holds(&is(test.clone()), &with(value.clone())),
            expected,
            "{test} {value:?}"
        );
    }
}

#[test]
fn s22_an_answer_that_is_not_valid_asks_again_and_the_right_one_finishes() {
    let (person, mut progress) = (user(&json!({ "department": "sales" })), started(checking()));
    assert_eq!(told(&mut progress, &person), "user next: Page at ask");
    for (word, expected) in [
        ("none", "check invalid: Page at ask"),
        ("sales", "check valid: Over at done"),
    ] {
        progress.variables.insert("word".into(), Value::Text(word.into()));
        follow(&mut progress, NEXT);
        assert_eq!(told(&mut progress, &person), expected);
    }
    assert_eq!(progress.outcome, Some(Outcome::Finished(None)));
}

#[test]
fn s14_a_flow_does_not_go_on_forever() {
    let mut progress = started(checking());
    progress.at = 1;
    for _ in 0..=MAX_MOVES {
        progress.at = 1;
        follow(&mut progress, NEXT);
    }
    assert!(matches!(progress.outcome, Some(Outcome::Denied(_))));
}

#[test]
fn s16_forced_logout_denies_unless_it_is_surely_not_meant() {
    let steps = json!([{ "name": "done", "kind": "finish", "location": "/{where}", "force_logout": "out" }]);
    for (out, denied) in [
        (Some(Value::Bool(false)), false),
        (Some(Value::Bool(true)), true),
        (None, true),
    ] {
        let mut progress = started(steps.clone());
        progress.variables.insert("where".into(), Value::Text("account".into()));
        progress.variables.extend(out.map(|out| ("out".to_owned(), out)));
        told(&mut progress, &user(&json!({})));
        let finished = Some(Outcome::Finished(Some("/account".into())));
        assert_eq!(progress.outcome != finished, denied);
    }
}

#[test]
fn s19_what_is_typed_is_normalised_or_rejected() {
    let read_one = |kind, optional, typed: &str| {
        let field = Field {
            name: "x".into(),
            label: "X".into(),
            kind,
            optional,
        };
        read(&[field], |_| Some(typed)).map(|mut variables| variables.remove("x"))
    };
    let text = |text: &str| Ok(Some(Value::Text(text.into())));
    assert_eq!(read_one(FieldKind::Code, false, " 123-456 "), text("123456"));
    assert_eq!(read_one(FieldKind::Code, false, "000 000"), text("000000"));
    for wrong in ["12a456", "", "１２３４５６", "12345678901"] {
        assert!(read_one(FieldKind::Code, false, wrong).is_err(), "{wrong}");
    }
    assert_eq!(
        read_one(FieldKind::Phone, false, "+49 151 12345678"),
        text("+4915112345678")
    );
    assert!(read_one(FieldKind::Phone, false, "0151 12345678").is_err());
    assert_eq!(read_one(FieldKind::Email, false, " a@b.example "), text("a@b.example"));
    assert!(read_one(FieldKind::Email, false, "a b@c").is_err());
    assert_eq!(read_one(FieldKind::Number, false, "42"), Ok(Some(Value::Number(42))));
    assert_eq!(read_one(FieldKind::Checkbox, false, ""), Ok(Some(Value::Bool(false))));
    assert_eq!(read_one(FieldKind::Text, true, ""), Ok(None));
    assert!(read_one(FieldKind::Text, false, &"x".repeat(201)).is_err());
    assert!(read_one(FieldKind::Text, false, "a\nb").is_err());
}

#[test]
fn s23_whoever_cannot_get_through_is_known_beforehand() {
    let lacking = flow(checking());
    let kinds = [FactorKind::Totp];
    assert!(can_finish(&lacking, &user(&json!({ "department": "it" })), &kinds));
    assert!(!can_finish(&lacking, &user(&json!({})), &kinds));
    let deciding = flow(json!([
        { "name": "user", "kind": "lookup", "attribute": "department", "output": "department", "on_missing": "check" },
        { "name": "check", "kind": "decision", "all": [{ "value": "department", "is": "sales" }], "valid": "done" },
        { "name": "done", "kind": "finish" },
    ]));
    for (department, expected) in [("sales", true), ("it", false)] {
        assert_eq!(
            can_finish(&deciding, &user(&json!({ "department": department })), &kinds),
            expected
        );
    }
    assert!(
        !can_finish(&deciding, &user(&json!({})), &kinds),
        "unset is never valid"
    );
    let enrolling = flow(json!([
        { "name": "e", "kind": "enrol", "factors": ["passkey"] },
        { "name": "done", "kind": "finish" },
    ]));
    assert!(!can_finish(&enrolling, &user(&json!({})), &kinds));
    assert!(can_finish(&enrolling, &user(&json!({})), &[FactorKind::Passkey]));
    let told = outline(&deciding, &user(&json!({ "department": "it" })), &kinds);
    assert_eq!(
        told,
        [
            "user (lookup): next leads to check",
            "check (decision): invalid denies the login"
        ]
    );
}

#[test]
fn s35_of_numbers_and_addresses_pages_show_the_end_alone() {
    let steps = json!([
        { "name": "user", "kind": "lookup", "attribute": "phone_number", "output": "phone" },
        { "name": "done", "kind": "finish" },
    ]);
    let variables = Variables::from([("phone".to_owned(), Value::Text("+4915112345678".into()))]);
    assert_eq!(shown("To {phone} {", &flow(steps), &variables), "To …5678 {");
    assert_eq!(filled("{phone}{none}", &variables), "+4915112345678");
}
