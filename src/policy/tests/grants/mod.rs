//! ASSURANCE.md §5: every grant × mode × requirement × evidence against `table.txt`, where each is listed once.

mod cases;

use std::collections::BTreeMap;

use cases::{Evidence, GRANTS, REQUIREMENTS, Row, scene};

use crate::model::evidence::Assurance;
use crate::model::login_hours::TimeZone;
use crate::policy::{Decision, NextStep, Page};

const TABLE: &str = include_str!("table.txt");

/// The expected decisions of one row, in the order of [`Evidence::ALL`].
type Expected = BTreeMap<Row, [String; 3]>;

fn expected() -> Expected {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut table = Expected::new();
    for line in lines {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [grant, mode, requirement, std, high, stale] = cells[..] else {
            panic!("a row has six cells: {line}");
        };
        let row = Row::of(grant, mode, requirement);
        let told = [std, high, stale].map(str::to_owned);
        assert_eq!(table.insert(row, told), None, "listed twice: {line}");
    }
    table
}

fn decided() -> Expected {
    let mut table = Expected::new();
    for (grant, modes) in GRANTS {
        for mode in modes {
            for requirement in REQUIREMENTS {
                let row = Row::of(grant, mode, requirement);
                let told = Evidence::ALL.map(|evidence| {
                    let scene = scene(&row, evidence);
                    scene.map_or_else(|| "n/a".to_owned(), |scene| told(&scene.decision()))
                });
                table.insert(row, told);
            }
        }
    }
    table
}

/// `ALLOW high Tue 09:00 (11)`: step, level and time, and the check that decided.
fn told(decision: &Decision) -> String {
    let step = match &decision.step {
        NextStep::Refuse(reason) => format!("DENY {}", reason.as_str()),
        NextStep::Interact(Page::Login) => "LOGIN".to_owned(),
        NextStep::Interact(Page::Challenge { .. }) => "CHALLENGE".to_owned(),
        NextStep::Interact(Page::Enrol { .. }) => "ENROL".to_owned(),
        NextStep::Interact(Page::Flow { .. }) => "FLOW".to_owned(),
        NextStep::Interact(Page::Device) => "COMPARE".to_owned(),
        NextStep::Interact(Page::Consent { .. }) => "CONSENT".to_owned(),
        NextStep::Proceed(approval) => {
            let Assurance { acr, auth_time, .. } = &approval.snapshot().assurance;
            match (approval.user(), auth_time) {
                (None, _) => "ALLOW no acr".to_owned(),
                (_, Some(time)) => format!("ALLOW {acr} {}", TimeZone::default().told(*time)),
                (_, None) => format!("ALLOW {acr}"),
            }
        }
    };
    let exempted = if decision.exempted { " exempted" } else { "" };
    format!("{step}{exempted} ({})", decision.check)
}

#[test]
fn every_combination_decides_as_the_table_says() {
    let (mut expected, mut wrong) = (expected(), Vec::new());
    for (row, told) in decided() {
        match expected.remove(&row) {
            None => wrong.push(format!("not listed: {row} | {}", told.join(" | "))),
            Some(listed) if listed != told => {
                wrong.push(format!("{row}: listed {listed:?}, decided {told:?}"));
            }
            Some(_) => {}
        }
    }
    wrong.extend(expected.keys().map(|row| format!("no such combination: {row}")));
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
