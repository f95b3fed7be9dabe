//! Reads never wait for writes.

use std::sync::mpsc;
use std::time::Duration;

use countersign::store;
use countersign::work::Origin;

use crate::support::directory::DIRECTORY;
use crate::support::relying_party::{RelyingParty, answer};
use crate::support::server::{Backend, TestServer, with_directory};

/// Longer than any read takes, and less than a writer may wait.
const PATIENCE: Duration = Duration::from_secs(20);

async fn version(server: &TestServer) -> i64 {
    let read = server.server.read(|view| store::directory::version(view.tx));
    let version = tokio::time::timeout(PATIENCE, read).await;
    version.expect("a read waits for a write").expect("the version is read")
}

/// What a client may ask without anything being written.
async fn ask(server: &TestServer, access_token: &str) {
    let rp = RelyingParty::new(server, "service");
    assert_eq!(rp.introspect(access_token).await["active"], true);
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks", "/health/ready"] {
        let asked = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(server.at(path));
        assert_eq!(answer(asked).await.status, 200, "{path}");
    }
}

async fn reads_do_not_wait(backend: Backend) {
    let Some(server) = with_directory(DIRECTORY).on(backend).try_start().await else {
        return;
    };
    let rp = RelyingParty::new(&server, "service");
    let minted = rp
        .token(&[("grant_type", "client_credentials"), ("scope", "calendar")])
        .await;
    let before = version(&server).await;

    let (began, begins) = tokio::sync::oneshot::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let writing = std::sync::Arc::clone(&server.server);
    let writer = tokio::task::spawn(async move {
        let work = writing.perform(Origin::default(), move |work| {
            store::directory::raise_version(work.tx)?;
            began.send(()).expect("the test waits");
            // Ends with the test too, which then drops its end.
            _ = held.recv();
            Ok(())
        });
        work.await
    });
    begins.await.expect("the write begins");

    assert_eq!(version(&server).await, before, "what is not committed is not seen");
    let access_token = minted.text("access_token");
    let asked = tokio::time::timeout(PATIENCE, ask(&server, &access_token));
    asked.await.expect("an answer waits for a write");
    assert!(!writer.is_finished());

    let_go.send(()).unwrap();
    writer.await.unwrap().expect("the write is committed");
    assert_eq!(version(&server).await, before + 1);
    server.stop().await;
}

#[tokio::test]
async fn a_write_in_progress_delays_no_read_on_sqlite() {
    reads_do_not_wait(Backend::Sqlite).await;
}

#[tokio::test]
async fn a_write_in_progress_delays_no_read_on_postgres() {
    reads_do_not_wait(Backend::Postgres).await;
}
