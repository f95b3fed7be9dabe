//! Processes that share a database: nodes, and the command line beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::process::{Node, Serving, client};
use crate::support::relying_party::{Answer, agree, answer, code_of, log_in};
use crate::support::server::Backend;

/// Two nodes of one database where it can be shared, or one.
async fn serve(backend: Backend) -> Option<Vec<(Node, Serving)>> {
    let first = Node::new(backend)?;
    first.apply(DIRECTORY);
    let serving = first.serve().await;
    let second = (backend == Backend::Postgres).then(|| first.another());
    let mut nodes = vec![(first, serving)];
    if let Some(second) = second {
        let serving = second.serve().await;
        nodes.push((second, serving));
    }
    Some(nodes)
}

async fn token(node: &str, client_id: &str, form: &[(&str, &str)]) -> Answer {
    let request = client()
        .post(format!("{node}/oauth2/token"))
        .basic_auth(client_id, Some(SECRET));
    answer(request.form(form)).await
}

async fn mint(node: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    token(node, "service", &form).await
}

/// Mints until it was refused so often, and counts what was minted by requests sent after `disabled` was set.
async fn mint_until_refused(node: String, disabled: Arc<AtomicBool>, minted: Arc<AtomicUsize>) -> usize {
    const REFUSALS: usize = 10;
    let (mut refused, mut wrong) = (0, 0);
    while refused < REFUSALS {
        let was_disabled = disabled.load(Ordering::SeqCst);
        let answer = mint(&node).await;
        match (answer.status, was_disabled) {
            (200, true) => wrong += 1,
            (200, false) => drop(minted.fetch_add(1, Ordering::SeqCst)),
            (401, _) => assert_eq!(answer.error(), "invalid_client"),
            (status, _) => panic!("{status}: {}", answer.body),
        }
        refused += usize::from(was_disabled);
    }
    wrong
}

async fn a_disabled_client_mints_nothing(backend: Backend) {
    let Some(nodes) = serve(backend).await else { return };
    let (disabled, minted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut asking = tokio::task::JoinSet::new();
    for (node, _) in nodes.iter().chain(&nodes) {
        asking.spawn(mint_until_refused(
            node.url.clone(),
            Arc::clone(&disabled),
            Arc::clone(&minted),
        ));
    }
    while minted.load(Ordering::SeqCst) < 20 {
        assert!(asking.try_join_next().is_none(), "nobody may end yet");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let (first, _) = &nodes[0];
    first.run(&["client", "disable", "service"]);
    disabled.store(true, Ordering::SeqCst);
    assert_eq!(
        asking.join_all().await.iter().sum::<usize>(),
        0,
        "tokens of a disabled client"
    );
    first.run(&["client", "enable", "service"]);
    for (node, _) in &nodes {
        assert_eq!(mint(&node.url).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_disabled_at_the_command_line_mints_nothing_on_sqlite() {
    a_disabled_client_mints_nothing(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_disabled_at_the_command_line_mints_nothing_on_postgres() {
    a_disabled_client_mints_nothing(Backend::Postgres).await;
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Signs alice in on the first node.
async fn code(node: &Node) -> String {
    let mut browser = Browser::new();
    browser.stop_at(CALLBACK);
    let address = format!(
        "{}/oauth2/authorize?client_id=trusted&response_type=code&redirect_uri={CALLBACK}&scope=openid%20offline_access\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        node.url
    );
    let page = browser.get(&address).await;
    let page = log_in(&mut browser, page, "alice").await;
    code_of(&agree(&mut browser, page).await)
}

async fn a_code_is_redeemed_once(backend: Backend) {
    let Some(nodes) = serve(backend).await else { return };
    let (first, last) = (&nodes[0].0, &nodes[nodes.len() - 1].0);
    for _ in 0..5 {
        let code = code(first).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let (one, other) = tokio::join!(token(&first.url, "trusted", &form), token(&last.url, "trusted", &form));
        let (good, refused) = if one.status == 200 { (one, other) } else { (other, one) };
        assert_eq!(
            (good.status, refused.status),
            (200, 400),
            "{} {}",
            good.body,
            refused.body
        );
        assert_eq!(refused.error(), "invalid_grant");
        // RFC 6749 §4.1.2: what came of the code ends with its second use.
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &good.text("refresh_token")),
        ];
        assert_eq!(
            token(&last.url, "trusted", &refresh).await.body["error"],
            "invalid_grant"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_requests_one_redeems_a_code_on_sqlite() {
    a_code_is_redeemed_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_redeems_a_code_on_postgres() {
    a_code_is_redeemed_once(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_publish_the_same_keys() {
    let Some(nodes) = serve(Backend::Postgres).await else {
        return;
    };
    let mut seen: Vec<Value> = Vec::new();
    for (node, _) in &nodes {
        let keys = answer(client().get(format!("{}/oauth2/jwks", node.url))).await;
        assert_eq!(keys.status, 200);
        seen.push(keys.body);
    }
    assert_eq!(seen[0], seen[1]);
    // What one node minted, the other believes.
    let access_token = mint(&nodes[0].0.url).await.text("access_token");
    let request = client()
        .post(format!("{}/oauth2/introspect", nodes[1].0.url))
        .basic_auth("service", Some(SECRET));
    let said = answer(request.form(&[("token", &access_token)])).await;
    assert_eq!(said.body["active"], true, "{}", said.body);
}
