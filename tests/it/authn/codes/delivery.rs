//! The way of a code to its vendor: at most once to each, whatever dies in between.

use std::sync::Arc;

use countersign::manage::code_delivery::{self, Step};
use countersign::model::id::CodeId;
use countersign::model::job::Job;
use countersign::model::message::{Delivery, DeliveryFailure};
use countersign::store;
use countersign::work::{Origin, Work};
use tokio::task::JoinSet;

use crate::support::codes::{ask_for_code, at_second_step, sending, type_code};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of};
use crate::support::server::TestServer;

on_both! {
    sending();
    s33_a_code_whose_sender_died_is_not_sent_again, s28_a_second_vendor_gets_the_same_code_once,
    s33_a_code_that_nobody_takes_is_void_and_the_next_channel_gets_another, s37_a_text_to_a_landline_becomes_a_call,
    s33_a_code_is_handed_over_by_one_of_many,
}

/// The code that waits to be sent: that of the job which is due.
fn waiting(server: &TestServer) -> CodeId {
    let leased = server
        .server
        .perform_blocking(Origin::default(), |work| {
            store::jobs::lease(work.tx, work.now, work.now.plus_seconds(60))
        })
        .expect("a job is leased");
    match leased.expect("a job waits").job {
        Ok(Job::SendCode { code }) => code,
        other => panic!("{other:?}"),
    }
}

async fn take(server: &TestServer, id: CodeId) -> Step {
    server.manage(move |work, _| code_delivery::take(work, id, false)).await
}

/// What its vendor is handed: which vendor, and the code.
async fn handed(server: &TestServer, id: CodeId) -> (usize, String) {
    match take(server, id).await {
        Step::HandOver(order) => (order.vendor, order.code.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

async fn settle(server: &TestServer, id: CodeId, delivery: Delivery, vendors: usize) -> bool {
    let settled = server.manage(move |work, _| code_delivery::settle(work, id, delivery, vendors));
    settled.await.again
}

async fn reloaded(browser: &mut crate::support::browser::Browser, page: &Page) -> Page {
    browser.get(page.url.as_str()).await
}

async fn s33_a_code_whose_sender_died_is_not_sent_again(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let id = waiting(server);
    let (_, code) = handed(server, id).await;
    // Here the process dies. Its lease ends, and another one finds the code.
    server.advance(61);
    assert!(server.codes().await.is_empty(), "nobody knows whether it went out");
    let page = reloaded(&mut browser, &page).await;
    assert_eq!(
        page.sent(),
        "We cannot tell whether the message to …5678 went out. If it does not come, ask for another one."
    );
    assert!(server.audit("otp.send_failed")[0].body.contains("interrupted"));
    let again = ask_for_code(&mut browser, &page).await;
    assert_eq!(server.codes().await.len(), 1, "a person may ask for another one");
    assert_eq!(type_code(&mut browser, &again, &code).await.status, 400);
    server.codes().await;
    let (mut other, page) = at_second_step(&rp, "mia").await;
    let id = waiting(server);
    let (_, code) = handed(server, id).await;
    assert!(
        !settle(server, id, Delivery::Unknown, 2).await,
        "no second vendor where the first may have sent it"
    );
    let page = reloaded(&mut other, &page).await;
    assert!(page.sent().starts_with("We cannot tell"), "{}", page.sent());
    code_of(&type_code(&mut other, &page, &code).await);
}

async fn s28_a_second_vendor_gets_the_same_code_once(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let id = waiting(server);
    let (first, code) = handed(server, id).await;
    let failed = Delivery::Failed(DeliveryFailure::Unavailable);
    assert!(settle(server, id, failed, 2).await);
    let (second, same) = handed(server, id).await;
    assert_eq!((first, second, &same), (0, 1, &code));
    assert!(!settle(server, id, Delivery::Accepted, 2).await);
    assert!(matches!(take(server, id).await, Step::Over), "it is settled for good");
    assert!(!settle(server, id, failed, 2).await);
    let page = reloaded(&mut browser, &page).await;
    assert_eq!(page.sent(), "We sent a text message to …5678.");
    code_of(&type_code(&mut browser, &page, &code).await);
}

async fn s33_a_code_that_nobody_takes_is_void_and_the_next_channel_gets_another(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let id = waiting(server);
    let (_, code) = handed(server, id).await;
    let failed = Delivery::Failed(DeliveryFailure::Refused);
    assert!(!settle(server, id, failed, 1).await);
    let id = waiting(server);
    let Step::HandOver(order) = take(server, id).await else {
        panic!("a call is due");
    };
    assert_eq!(order.channel.as_str(), "voice");
    let page = reloaded(&mut browser, &page).await;
    assert_eq!(page.sent(), "We could not send the text message. We are calling …5678.");
    let answer = type_code(&mut browser, &page, &code).await;
    assert_eq!(answer.status, 400, "nothing is accepted for what was not sent");
    waiting(server);
    let (mut other, page) = at_second_step(&rp, "mia").await;
    for channel in ["sms", "voice"] {
        let id = waiting(server);
        let Step::HandOver(order) = take(server, id).await else {
            panic!("{channel} is due");
        };
        assert_eq!(order.channel.as_str(), channel);
        assert!(!settle(server, id, failed, 1).await);
    }
    assert!(
        server.codes().await.is_empty(),
        "there is no third channel, and mail reaches too little"
    );
    let page = reloaded(&mut other, &page).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.sent(),
        "We could not send the text message. We could not call you. Try again, or use another way."
    );
    assert!(!page.body.contains("name=\"code\""), "the code is void: {}", page.body);
}

async fn s37_a_text_to_a_landline_becomes_a_call(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let id = waiting(server);
    handed(server, id).await;
    // A second vendor could do no better.
    assert!(!settle(server, id, Delivery::Failed(DeliveryFailure::Landline), 2).await);
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[0].channel.as_str()), (1, "voice"));
    let page = reloaded(&mut browser, &page).await;
    assert_eq!(page.sent(), "We could not send the text message. We called …5678.");
    code_of(&type_code(&mut browser, &page, &codes[0].code).await);
}

async fn s33_a_code_is_handed_over_by_one_of_many(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (_, page) = at_second_step(&rp, "mia").await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    let id = waiting(server);
    let mut takers = JoinSet::new();
    for _ in 0..10 {
        let server = Arc::clone(&server.server);
        takers.spawn(async move {
            let take = move |work: &mut Work<'_>| code_delivery::take(work, id, false);
            server.perform(Origin::default(), take).await.expect("it is looked at")
        });
    }
    let taken = takers.join_all().await;
    let orders = taken.iter().filter(|step| matches!(step, Step::HandOver(_))).count();
    assert_eq!(orders, 1);
}
