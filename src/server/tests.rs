//! Units of work: what is kept, what is rolled back, what is remembered.

use std::sync::Arc;
use std::sync::mpsc;

use super::Server;
use super::fixture::Fixture;
use crate::error::{Denial, Error, Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::organisation::Organisation;
use crate::store;
use crate::work::{Origin, View, Work};

fn perform<T: Send + 'static>(
    server: &Arc<Server>,
    work: impl FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    server.perform_blocking(Origin::default(), work)
}

fn hits(server: &Server, name: &str) -> usize {
    let name = name.to_owned();
    let objects = server.read_blocking(|view| store::directory::objects(view.tx)).unwrap();
    objects.iter().filter(|(_, stored, _)| *stored == name).count()
}

fn note(work: &mut Work<'_>, name: &str) -> Result<()> {
    work.audit(Entry::new(Event::DirectoryChanged).client(name))?;
    store::directory::put_object(work.tx, "scopes", name, &format!(r#"{{"name":"{name}"}}"#))
}

fn entries(server: &Server) -> usize {
    let listed = server.read_blocking(|view| store::audit::list(view.tx, &store::audit::Filter::default(), 100));
    listed.unwrap().len()
}

#[test]
fn the_writing_connection_waits_for_the_disk() {
    let fixture = Fixture::new();
    let pragmas = fixture.server.store().pragmas().unwrap();
    let expected = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
    assert_eq!(
        pragmas,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn a_refusal_is_kept_and_a_fault_is_not() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    let refused = perform(server, |work| {
        note(work, "refused")?;
        Err::<(), _>(Denial::BadCredentials.into())
    });
    assert!(matches!(refused, Err(Error::Refused(_))));
    let faulty = perform(server, |work| {
        note(work, "faulty")?;
        Err::<(), _>(Fault::new("on purpose").into())
    });
    assert!(matches!(faulty, Err(Error::Fault(fault)) if fault.to_string() == "on purpose"));
    assert_eq!((hits(server, "refused"), hits(server, "faulty")), (1, 0));
    assert_eq!(entries(server), 1, "the entry of what was rolled back went with it");
}

#[test]
fn a_panic_is_answered_and_harms_nobody() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    let panicked = perform(server, |work| -> Result<()> {
        note(work, "panicked")?;
        panic!("on purpose");
    });
    assert!(matches!(panicked, Err(Error::Fault(fault)) if fault.to_string().contains("panicked")));
    perform(server, |work| note(work, "after")).unwrap();
    assert_eq!((hits(server, "panicked"), hits(server, "after")), (0, 1));
}

type Task = Box<dyn FnOnce(&mut Work<'_>) -> Result<()> + Send>;

/// Holds the writer in a unit, so that what `submit` hands over meanwhile is one batch; returns once all is answered.
fn batched(server: &Arc<Server>, submit: impl FnOnce()) {
    let (entered, wait_entered) = mpsc::channel();
    let (release, wait_release) = mpsc::channel::<()>();
    let held = {
        let server = Arc::clone(server);
        std::thread::spawn(move || {
            perform(&server, move |_| {
                entered.send(()).unwrap();
                wait_release.recv().unwrap();
                Ok(())
            })
        })
    };
    wait_entered.recv().unwrap();
    submit();
    release.send(()).unwrap();
    // The held unit is the first of that batch: it shares its fate.
    drop(held.join().unwrap());
}

#[test]
fn a_directory_that_was_never_committed_is_forgotten() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    let named = |name: &str| {
        let name = name.to_owned();
        move |work: &mut Work<'_>| {
            let organisation = Organisation {
                name,
                ..Organisation::default()
            };
            let doc = serde_json::to_string(&organisation).unwrap();
            store::directory::put_object(work.tx, "organisation", "", &doc)?;
            store::directory::raise_version(work.tx)
        }
    };
    let submit = |work: Task| {
        let (answer, answered) = mpsc::channel();
        let unit = super::UnitOf::new(Arc::clone(server), Origin::default(), work, move |outcome| {
            answer.send(outcome).unwrap();
        });
        server.store().submit(Box::new(unit));
        answered
    };
    let mut waiting = Vec::new();
    batched(server, || {
        waiting.push(submit(Box::new(named("Never"))));
        // Its own look at the directory puts the name that is not committed yet into the cache.
        waiting.push(submit(Box::new(|work| {
            assert_eq!(work.directory.organisation.name, "Never");
            store::execute(work.tx, "PRAGMA defer_foreign_keys=ON")?;
            let orphan = "INSERT INTO credentials (id, user_id, kind, last_step, doc) VALUES (x'01', x'02', 'password', 0, '{}')";
            store::execute(work.tx, orphan).map(drop)
        })));
    });
    for answered in waiting {
        let outcome = answered.recv().unwrap();
        assert!(matches!(outcome, Err(Error::Fault(fault)) if fault.to_string().starts_with("commit")));
    }
    perform(server, named("Works")).unwrap();
    let name = server.read_blocking(|view| Ok(view.directory.organisation.name.clone()));
    assert_eq!(name.unwrap(), "Works");
}

fn put_client(work: &mut Work<'_>, name: &str) -> Result<()> {
    let client = Client {
        client_id: "app".to_owned(),
        client_name: name.to_owned(),
        ..Client::default()
    };
    store::directory::raise_version(work.tx)?;
    store::clients::put(work.tx, &client)
}

fn client_name(view: &mut View<'_>) -> Option<String> {
    let client = view.directory.client(view.tx, "app").unwrap();
    client.map(|client| client.client_name.clone())
}

#[test]
fn a_client_that_was_never_committed_is_seen_by_its_own_unit_alone() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    perform(server, |work| put_client(work, "Works")).unwrap();
    let faulty = perform(server, |work| {
        put_client(work, "Never")?;
        assert_eq!(client_name(&mut work.view()).as_deref(), Some("Never"));
        Err::<(), _>(Fault::new("on purpose").into())
    });
    assert!(matches!(faulty, Err(Error::Fault(fault)) if fault.to_string() == "on purpose"));
    let seen = server.read_blocking(|view| Ok(client_name(view))).unwrap();
    assert_eq!(seen.as_deref(), Some("Works"));
    let seen = perform(server, |work| Ok(client_name(&mut work.view()))).unwrap();
    assert_eq!(seen.as_deref(), Some("Works"));
}

#[test]
fn a_client_is_remembered_until_the_version_is_raised() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    perform(server, |work| put_client(work, "Works")).unwrap();
    let look = || server.read_blocking(|view| Ok(client_name(view))).unwrap();
    assert_eq!(look().as_deref(), Some("Works"));
    perform(server, |work| store::clients::delete(work.tx, "app").map(drop)).unwrap();
    assert_eq!(look().as_deref(), Some("Works"), "nobody said that it is gone");
    perform(server, |work| store::directory::raise_version(work.tx)).unwrap();
    assert_eq!(look(), None);
}
