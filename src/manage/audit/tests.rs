use super::*;
use crate::error::Error;
use crate::model::audit::{Entry, Event};
use crate::server::fixture::Fixture;
use crate::store::execute;
use crate::work::Origin;

/// A server whose one chain holds `sealed` entries under a seal, and `more` after it.
fn logged(sealed: usize, more: usize) -> Fixture {
    let fixture = Fixture::new();
    fixture.add(sealed);
    assert!(fixture.seal().is_some());
    fixture.add(more);
    fixture
}

impl Fixture {
    fn add(&self, entries: usize) {
        for number in 0..entries {
            let client = format!("app{number}");
            self.server
                .perform_blocking(Origin::default(), move |work| {
                    work.audit(Entry::new(Event::TokenIssued).client(&client))
                })
                .unwrap();
        }
    }

    fn seal(&self) -> Option<Seal> {
        self.server.perform_blocking(Origin::default(), seal).unwrap()
    }

    fn verify(&self) -> VerifyReport {
        self.server.read_blocking(|view| verify(view, None)).unwrap()
    }

    fn tamper(&self, statement: &str) {
        let statement = statement.to_owned();
        let changed = self
            .server
            .perform_blocking(Origin::default(), move |work| execute(work.tx, &statement));
        assert!(changed.unwrap() > 0, "nothing was tampered with");
    }

    /// The problems after a statement, without the chain's name.
    fn problems_after(&self, statement: &str) -> Vec<String> {
        let chain = self.server.read_blocking(|view| store::audit::chains(view.tx)).unwrap()[0];
        self.tamper(statement);
        let problems = self.verify().problems.into_iter();
        problems
            .map(|problem| problem.replace(&format!("chain {chain}"), "chain"))
            .collect()
    }
}

#[test]
fn an_untouched_log_verifies_and_names_what_is_not_sealed() {
    let fixture = logged(3, 2);
    let report = fixture.verify();
    assert_eq!(report.problems, [""; 0]);
    assert_eq!((report.entries, report.chains, report.seals), (5, 1, 1));
    let unsealed: Vec<_> = report
        .unsealed
        .iter()
        .map(|end| (end.from_sequence, end.count))
        .collect();
    assert_eq!(unsealed, [(4, 2)]);

    assert_eq!(fixture.seal().map(|seal| seal.number), Some(2));
    assert_eq!(fixture.seal(), None, "nothing grew");
    let report = fixture.verify();
    assert_eq!((report.problems.len(), report.unsealed.len(), report.seals), (0, 0, 2));
}

#[test]
fn every_writer_has_a_chain_and_one_seal_covers_them_all() {
    let fixture = logged(2, 0);
    let other = fixture.another();
    other
        .perform_blocking(Origin::default(), |work| work.audit(Entry::new(Event::ServerStarted)))
        .unwrap();
    fixture.add(1);
    let seal = fixture.seal().unwrap();
    assert_eq!(seal.heads.matches("sequence").count(), 2);
    let report = fixture.verify();
    assert_eq!((report.problems.len(), report.chains, report.unsealed.len()), (0, 2, 0));
}

#[test]
fn pages_are_walked_to_the_end() {
    let fixture = Fixture::new();
    let many = usize::try_from(PAGE).unwrap() + 5;
    fixture
        .server
        .perform_blocking(Origin::default(), move |work| {
            (0..many).try_for_each(|_| work.audit(Entry::new(Event::TokenIssued)))
        })
        .unwrap();
    let report = fixture.verify();
    assert_eq!(
        (report.entries, report.problems.len()),
        (u64::try_from(many).unwrap(), 0)
    );
    let problems = fixture.problems_after(&format!("DELETE FROM audit_entries WHERE sequence = {}", PAGE + 1));
    assert_eq!(problems, [format!("chain: entry {} is missing", PAGE + 1)]);
}

#[test]
fn each_way_of_altering_an_entry_is_found() {
    for change in [
        "body = replace(body, 'app1', 'app7'), client_id = 'app7'",
        "body = body || ' '",
        "at = at + 1",
        "link = x'0000000000000000000000000000000000000000000000000000000000000000'",
    ] {
        let fixture = logged(3, 1);
        let problems = fixture.problems_after(&format!("UPDATE audit_entries SET {change} WHERE sequence = 2"));
        assert_eq!(
            problems.first().map(String::as_str),
            Some("chain: entry 2 was altered, moved or put in"),
            "{change}"
        );
    }
}

#[test]
fn an_entry_filed_under_other_words_is_found() {
    for change in ["client_id = NULL", "event = 'login.allow'", "user_id = x'01'"] {
        let problems = logged(3, 0).problems_after(&format!("UPDATE audit_entries SET {change} WHERE sequence = 2"));
        assert_eq!(
            problems,
            ["chain: entry 2 is filed under other words than it holds"],
            "{change}"
        );
    }
}

#[test]
fn removed_entries_are_named() {
    let problems = logged(5, 0).problems_after("DELETE FROM audit_entries WHERE sequence = 2");
    assert_eq!(problems, ["chain: entry 2 is missing"]);
    let problems = logged(5, 0).problems_after("DELETE FROM audit_entries WHERE sequence IN (1, 2, 3)");
    assert_eq!(problems, ["chain: entries 1 to 3 are missing"]);
}

#[test]
fn a_gap_that_was_closed_is_found() {
    let fixture = logged(4, 0);
    fixture.tamper("DELETE FROM audit_entries WHERE sequence = 2");
    let problems = fixture.problems_after("UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 2");
    assert!(
        problems.contains(&"chain: entry 2 was altered, moved or put in".to_owned()),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|problem| problem.contains("its end was cut")),
        "{problems:?}"
    );
}

#[test]
fn swapped_entries_are_found() {
    let fixture = logged(4, 0);
    fixture.tamper("UPDATE audit_entries SET sequence = 12 WHERE sequence = 2");
    fixture.tamper("UPDATE audit_entries SET sequence = 2 WHERE sequence = 3");
    let problems = fixture.problems_after("UPDATE audit_entries SET sequence = 3 WHERE sequence = 12");
    for place in [2, 3] {
        assert!(problems.contains(&format!("chain: entry {place} was altered, moved or put in")));
    }
}

#[test]
fn a_cut_end_is_found_where_it_was_sealed() {
    let problems = logged(3, 2).problems_after("DELETE FROM audit_entries WHERE sequence > 1");
    assert_eq!(
        problems,
        ["chain ends at entry 1, but was sealed up to 3: its end was cut"]
    );
    let problems = logged(3, 2).problems_after("DELETE FROM audit_entries");
    assert_eq!(problems, ["chain has no entries left: it was removed"]);
}

#[test]
fn a_chain_that_nothing_would_seal_is_found() {
    let problems = logged(3, 0).problems_after("DELETE FROM audit_chains");
    assert_eq!(problems, ["chain is not registered, so that nothing seals it"]);
}

#[test]
fn altered_and_removed_seals_are_found() {
    let twice_sealed = || {
        let fixture = logged(2, 1);
        assert!(fixture.seal().is_some());
        fixture
    };
    let problems = twice_sealed().problems_after("UPDATE audit_seals SET at = at + 1 WHERE number = 1");
    assert_eq!(problems, ["seal 1 was altered"]);
    let problems = twice_sealed().problems_after("DELETE FROM audit_seals WHERE number = 1");
    assert_eq!(problems, ["seal 1 is missing"]);
    let problems = twice_sealed().problems_after("DELETE FROM audit_seals WHERE number = 2");
    assert_eq!(
        problems,
        ["chain was sealed up to entry 3, but no seal says so beyond 2"]
    );
}

#[test]
fn a_logged_seal_must_still_be_there() {
    let fixture = logged(2, 1);
    let seal = fixture.seal().unwrap();
    let anchor = Anchor {
        number: seal.number,
        mac: Digest::new(seal.mac).into(),
    };
    let problems = || {
        let report = fixture.server.read_blocking(|view| verify(view, Some(&anchor)));
        report.unwrap().problems
    };
    assert_eq!(problems(), [""; 0]);
    // All traces of what came after the first seal are removed together: only the log still knows.
    fixture.tamper("DELETE FROM audit_entries WHERE sequence > 2");
    fixture.tamper("DELETE FROM audit_seals WHERE number > 1");
    fixture.tamper("UPDATE audit_chains SET sealed_sequence = 2");
    assert_eq!(fixture.verify().problems, [""; 0]);
    assert_eq!(problems(), ["seal 2, which was logged, is missing"]);
}

#[test]
fn a_new_master_key_still_verifies_what_the_old_one_linked() {
    let fixture = logged(2, 1);
    let renewed = fixture.another_with(|settings| {
        let old = settings
            .secrets
            .master_key
            .replace(crate::model::secret::Secret::new("c3".repeat(32)));
        settings.secrets.old_master_keys.extend(old);
    });
    let entry = |work: &mut Work<'_>| work.audit(Entry::new(Event::ServerStarted));
    renewed.perform_blocking(Origin::default(), entry).unwrap();
    renewed.perform_blocking(Origin::default(), seal).unwrap();
    let report = renewed.read_blocking(|view| verify(view, None)).unwrap();
    assert_eq!((report.problems, report.chains, report.seals), (Vec::new(), 2, 2));
    assert!(!fixture.verify().problems.is_empty(), "the old key alone does not");
}

#[test]
fn a_list_of_problems_has_an_end() {
    let fixture = logged(150, 0);
    let problems = fixture.problems_after("UPDATE audit_entries SET body = body || ' '");
    assert_eq!(problems.len(), 101);
    assert_eq!(problems.last().map(String::as_str), Some("and 50 more"));
}

#[test]
fn an_export_holds_each_entry_as_it_was_linked() {
    let fixture = logged(3, 0);
    let export = |filter: &Filter| {
        let mut lines = Vec::new();
        let exported = fixture.server.read_blocking(|view| {
            export(view, filter, |entry| {
                lines.push((entry.clone(), json_line(entry)));
                Ok(())
            })
        });
        exported.unwrap();
        lines
    };
    let all = export(&Filter::default());
    assert_eq!(all.len(), 3);
    for (entry, line) in &all {
        assert!(line.ends_with(&format!(r#","entry":{}}}"#, entry.body)));
        let parsed: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(parsed["sequence"], entry.sequence);
        assert_eq!(parsed["entry"]["event"], "token.issued");
    }
    let app1 = Filter {
        client_id: Some("app1".into()),
        ..Filter::default()
    };
    let found: Vec<i64> = export(&app1).iter().map(|(entry, _)| entry.sequence).collect();
    assert_eq!(found, [2]);
    let later = Filter {
        since: Some(crate::server::fixture::NOW.plus_seconds(1)),
        ..Filter::default()
    };
    assert_eq!(export(&later).len(), 0);
}

#[test]
fn an_unreadable_entry_is_still_one_line_of_json() {
    let fixture = logged(1, 0);
    fixture.tamper("UPDATE audit_entries SET body = 'not\njson'");
    let entries = fixture
        .server
        .read_blocking(|view| list(view, &Filter::default(), 1))
        .unwrap();
    let line = json_line(&entries[0]);
    assert!(!line.contains('\n'));
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(parsed["entry"], "not\njson");
}

#[test]
fn a_reader_may_stop_an_export() {
    let fixture = logged(3, 0);
    let mut seen = 0;
    let stopped = fixture.server.read_blocking(|view| {
        export(view, &Filter::default(), |_| {
            seen += 1;
            Err(Fault::new("enough").into())
        })
    });
    assert!(matches!(stopped, Err(Error::Fault(_))));
    assert_eq!(seen, 1);
}
