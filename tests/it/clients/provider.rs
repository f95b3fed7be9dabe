//! npm's oidc-provider as the provider that people sign in at.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::installation;
use super::scripts::node;
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of};
use crate::support::server::{TestServer, with_directory};
use countersign::manage::users;

const SECRET: &str = "upstream-secret-0123456789abcdef";

/// The program, which ends when its input does.
struct Running {
    program: Child,
    /// What it goes on to print goes nowhere, but must not fail.
    _output: BufReader<ChildStdout>,
    issuer: String,
}

impl Running {
    /// Starts it for a server, whose clock goes to the time there; none where its packages are not installed.
    fn start(server: &TestServer, method: &str) -> Option<Self> {
        let settings = json!({
            "issuer": server.issuer, "client_id": "countersign", "client_secret": SECRET,
            "token_endpoint_auth_method": method,
        });
        let file = installation().file(&format!("provider-{method}.json"), &settings.to_string());
        let mut command = node("oidc_provider.mjs")?;
        let mut program = command
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let mut output = BufReader::new(program.stdout.take().expect("its output"));
        output.read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        server.advance(said["now"].as_i64().unwrap() - server.now());
        let issuer = said["issuer"].as_str().unwrap().to_owned();
        Some(Self {
            program,
            _output: output,
            issuer,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut input) = self.program.stdin.take() {
            _ = input.flush();
        }
        _ = self.program.wait();
    }
}

/// Goes through the provider's own pages as this person.
async fn prove_there(browser: &mut Browser, mut page: Page, name: &str, issuer: &str) -> Page {
    for _ in 0..3 {
        if !page.url.as_str().starts_with(issuer) {
            break;
        }
        let form = page.form();
        let asks = form.fields().iter().any(|(field, _)| field == "login");
        let form = if asks {
            form.set("login", name).set("password", "any")
        } else {
            form
        };
        page = browser.submit(form).await;
    }
    page
}

async fn goes_the_whole_way(method: &str) {
    let server = with_directory(DIRECTORY)
        .settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]")
        .start()
        .await;
    let Some(provider) = Running::start(&server, method) else {
        return;
    };
    server.apply(&format!(
        "[[issuers]]\nissuer = \"{}\"\nclient_id = \"countersign\"\nclient_secret = \"{SECRET}\"\n\
         token_endpoint_auth_method = \"{method}\"\n",
        provider.issuer
    ));
    let (alice, issuer) = (server.user("alice"), provider.issuer.clone());
    server
        .manage(move |work, actor| users::connect(work, actor, alice, (&issuer, "alice-there")))
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    let there = browser
        .submit_with(login.form_at("#providers"), "issuer", &provider.issuer)
        .await;
    let page = prove_there(&mut browser, there, "alice-there", &provider.issuer).await;
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    let said = claims(&tokens.text("id_token"));
    assert_eq!(said["sub"], alice.to_string());
    assert_eq!(said["acr"], "standard");
    let age = server.now() - said["auth_time"].as_i64().unwrap();
    assert!((0..30).contains(&age), "{age}");
    // Somebody declines there.
    let mut other = rp.browser();
    let login = rp.authorize(&mut other, "openid", &[]).await;
    let there = other
        .submit_with(login.form_at("#providers"), "issuer", &provider.issuer)
        .await;
    let decline = there.link("a[href$=abort]");
    let page = other.follow(&there.url, &decline).await;
    assert_eq!(page.texts("#error").len(), 1, "{}", page.body);
    server.stop().await;
}

#[tokio::test]
async fn oidc_provider_signs_people_in() {
    for method in ["client_secret_basic", "client_secret_post"] {
        goes_the_whole_way(method).await;
    }
}
