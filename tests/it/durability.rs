//! What was acknowledged is on the disk: a server under load is killed and started again, and every answer it gave holds.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign::crypto::random::Random;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, PASSWORD, SECRET};
use crate::support::process::{Node, Serving, client};
use crate::support::server::Backend;

const ROUNDS: usize = 3;
const TASKS: usize = 8;
const ACCOUNTS_PER_TASK: usize = 12;
const REFRESHES: usize = 3;
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Far fewer people than a round could serve would let the load run dry before the kill.
fn directory() -> String {
    let mut toml = format!(
        "[[clients]]\nclient_id = \"app\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid offline_access\"\n\
         id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n"
    );
    for index in 0..ROUNDS * TASKS * ACCOUNTS_PER_TASK {
        let name = username(index);
        writeln!(toml, "[[users]]\nusername = \"{name}\"\npassword = \"{PASSWORD}\"").unwrap();
    }
    toml
}

fn username(index: usize) -> String {
    format!("person{index}")
}

/// What became of a code, as far as the client knows.
enum Code {
    /// It was received and not used.
    Unused(String),
    /// It was sent, and no answer came.
    Sent,
    /// It was sent, and tokens came.
    Redeemed(String),
}

/// A person and what the server acknowledged to them or to the client.
struct Account {
    username: String,
    http: reqwest::Client,
    browser: Browser,
    /// The code, which came with a session and the answer on the consent page.
    code: Option<Code>,
    /// The last refresh token that was received; it may have been sent once more.
    refresh_token: Option<String>,
    /// How often it was exchanged for the next.
    refreshes: usize,
}

impl Account {
    /// With the clients of a round: making one takes longer than all that an account does.
    fn new(index: usize, http: &reqwest::Client, browser: &Browser) -> Self {
        Self {
            username: username(index),
            http: http.clone(),
            browser: browser.clone(),
            code: None,
            refresh_token: None,
            refreshes: 0,
        }
    }

    /// Signs in, agrees, redeems the code and refreshes, counting each answer, until the server is gone.
    async fn live(&mut self, server: &str, acknowledged: &AtomicUsize) -> reqwest::Result<()> {
        let count = || {
            acknowledged.fetch_add(1, Ordering::SeqCst);
        };
        let page = self.browser.try_get(&authorize(server, "")).await?;
        let form = page.form().set("username", &self.username).set("password", PASSWORD);
        let page = self.browser.try_submit(form).await?;
        assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
        let page = self.browser.try_submit_with(page.form(), "decision", "allow").await?;
        let code = page.query("code").expect("a code");
        self.code = Some(Code::Unused(code.clone()));
        count();
        self.code = Some(Code::Sent);
        let (status, body) = redeem(&self.http, server, &code).await?;
        assert_eq!(status, 200, "{body}");
        self.code = Some(Code::Redeemed(code));
        self.refresh_token = Some(refresh_token(&body));
        count();
        for _ in 0..REFRESHES {
            let (status, body) = refresh(&self.http, server, self.refresh_token.as_deref().unwrap()).await?;
            assert_eq!(status, 200, "{body}");
            self.refresh_token = Some(refresh_token(&body));
            self.refreshes += 1;
            count();
        }
        Ok(())
    }

    /// Everything that was acknowledged holds.
    async fn check(&mut self, server: &str) -> reqwest::Result<()> {
        let who = self.username.clone();
        if let Some(token) = &self.refresh_token {
            let (status, body) = refresh(&self.http, server, token).await?;
            assert_eq!(status, 200, "{who}: the refresh token is dead: {body}");
        }
        if self.code.is_some() {
            let page = self.browser.try_get(&authorize(server, "&prompt=none")).await?;
            assert!(
                page.query("code").is_some(),
                "{who}: session or consent is lost: {:?}",
                page.location
            );
        }
        match &self.code {
            Some(Code::Redeemed(code)) => {
                let (status, body) = redeem(&self.http, server, code).await?;
                assert_eq!(
                    (status, &body["error"]),
                    (400, &"invalid_grant".into()),
                    "{who}: {body}"
                );
                assert_eq!(body["error_description"], "the code was used before", "{who}");
            }
            Some(Code::Unused(code)) => {
                let (status, body) = redeem(&self.http, server, code).await?;
                assert_eq!(status, 200, "{who}: the code is lost: {body}");
            }
            Some(Code::Sent) | None => {}
        }
        Ok(())
    }
}

fn authorize(server: &str, further: &str) -> String {
    format!(
        "{server}/oauth2/authorize?client_id=app&response_type=code&redirect_uri={CALLBACK}&scope=openid%20offline_access\
         &code_challenge={CHALLENGE}&code_challenge_method=S256{further}"
    )
}

fn refresh_token(body: &Value) -> String {
    body["refresh_token"].as_str().expect("a refresh token").to_owned()
}

async fn redeem(http: &reqwest::Client, server: &str, code: &str) -> reqwest::Result<(u16, Value)> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post(http, server, &form).await
}

async fn refresh(http: &reqwest::Client, server: &str, token: &str) -> reqwest::Result<(u16, Value)> {
    post(
        http,
        server,
        &[("grant_type", "refresh_token"), ("refresh_token", token)],
    )
    .await
}

async fn post(http: &reqwest::Client, server: &str, form: &[(&str, &str)]) -> reqwest::Result<(u16, Value)> {
    let request = http
        .post(format!("{server}/oauth2/token"))
        .basic_auth("app", Some(SECRET))
        .form(form);
    let response = request.send().await?;
    let status = response.status().as_u16();
    let body = response.text().await?;
    Ok((status, serde_json::from_str(&body).expect("an answer is JSON")))
}

/// Lives these accounts one after the other until the server is gone, and answers with those that it came to.
async fn load(server: String, accounts: Vec<Account>, acknowledged: Arc<AtomicUsize>) -> Vec<Account> {
    let mut lived = Vec::new();
    for mut account in accounts {
        let outcome = account.live(&server, &acknowledged).await;
        lived.push(account);
        if outcome.is_err() {
            return lived;
        }
    }
    panic!("the load ran dry before the server was killed");
}

/// Kills the server in the middle of its work, and answers with what it had acknowledged.
async fn kill_under_load(node: &Node, serving: Serving, round: usize) -> Vec<Account> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let (http, mut browser) = (client(), Browser::new());
    browser.stop_at(CALLBACK);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let first = (round * TASKS + task) * ACCOUNTS_PER_TASK;
        let accounts = (first..first + ACCOUNTS_PER_TASK).map(|index| Account::new(index, &http, &browser));
        tasks.spawn(load(node.url.clone(), accounts.collect(), Arc::clone(&acknowledged)));
    }
    let [random] = Random::from_os().bytes::<1>();
    let enough = 80 + usize::from(random / 2);
    while acknowledged.load(Ordering::SeqCst) < enough {
        assert!(tasks.try_join_next().is_none(), "a task ended early");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let killed = tokio::task::spawn_blocking(move || drop(serving));
    killed.await.expect("the process is killed");
    tasks.join_all().await.into_iter().flatten().collect()
}

/// How many entries of this event the audit log holds.
fn audited(node: &Node, event: &str) -> usize {
    node.run(&["audit", "export", "--event", event]).lines().count()
}

async fn acknowledged_writes_survive(backend: Backend) {
    let Some(node) = Node::new(backend) else { return };
    node.apply(&directory());
    let mut serving = node.serve().await;
    let (mut redeemed, mut refreshed) = (0, 0);
    for round in 0..ROUNDS {
        let mut accounts = kill_under_load(&node, serving, round).await;
        node.run(&["audit", "verify"]);
        serving = node.serve().await;
        for account in &mut accounts {
            account.check(&node.url).await.expect("the server answers");
            redeemed += usize::from(matches!(account.code, Some(Code::Redeemed(_))));
            refreshed += account.refreshes;
        }
    }
    drop(serving);
    node.run(&["audit", "verify"]);
    // What was answered was recorded with it.
    assert!(redeemed > 0 && audited(&node, "token.issued") >= redeemed);
    assert!(refreshed > 0 && audited(&node, "token.refreshed") >= refreshed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_kill_on_sqlite() {
    acknowledged_writes_survive(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_kill_on_postgres() {
    acknowledged_writes_survive(Backend::Postgres).await;
}
