//! The worked examples of ASSURANCE.md §12 over HTTP, each with the step and the check that decided, as recorded and as the
//! recorded facts say when they are decided upon again. Examples 7, 8, 20, 22 to 26, 28, 31 and 35 stand beside what they are
//! about; 27 needs a line type that is looked up.

use countersign::policy::{Facts, explain};
use serde_json::{Value, json};

use super::{device, token_exchange};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::keys::{Keys, assertion_claims, toml};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, claims, code_of, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The usual directory with clients that want nothing, one that blocks, and users of a profile at `high`.
fn directory() -> String {
    let client = |id: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"https://app.example/callback\"]\n\
             grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid offline_access reports web\"\n\
             require_consent = false\nid_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n{rest}\n"
        )
    };
    let user = |name: &str| {
        format!("\n[[users]]\nusername = \"{name}\"\nprofile = \"vault\"\npassword = \"wonderland-tea-party\"\n")
    };
    let device = format!(
        "\n[[clients]]\nclient_id = \"device\"\nclient_secret = \"{SECRET}\"\ngrant_types = [\"{}\"]\nscope = \"openid\"\n\
         require_consent = false\naccess_token_signing_alg = \"ES256\"\nid_token_signed_response_alg = \"ES256\"\n\
         required_acr = \"high\"\ndevice_assurance = \"inherit\"\n",
        device::GRANT
    );
    let targets = ["", "max_age = 900\n"].map(|rest| {
        let name = if rest.is_empty() { "ledger" } else { "vault" };
        format!("\n[[resources]]\nidentifier = \"https://{name}.example/\"\nrequired_acr = \"high\"\n{rest}")
    });
    let exchanging = format!(
        "\n[[clients]]\nclient_id = \"exchanging\"\nclient_secret = \"{SECRET}\"\nscope = \"web\"\n\
         grant_types = [\"{}\"]\nexchange_assurance = \"inherit\"\naccess_token_signing_alg = \"ES256\"\n\
         resources = [\"https://ledger.example/\", \"https://vault.example/\"]\n",
        token_exchange::GRANT
    );
    [
        DIRECTORY,
        &targets.concat(),
        &exchanging,
        &device,
        "\n[[profiles]]\nname = \"vault\"\nrequired_acr = \"high\"\n",
        &user("vera"),
        &user("viktor"),
        &client("plain", "may_act = [\"exchanging\"]"),
        &client("honouring", "on_requirement_raised = \"honour\""),
        &client("blocker", "required_acr = \"high\"\non_insufficient = \"block\""),
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    example_1_no_requirement,
    examples_2_and_3_a_profile_at_high_enrols_then_challenges,
    example_4_prompt_none_is_an_error_and_no_page,
    examples_5_and_9_a_high_session_is_not_asked_again,
    example_6_a_client_that_blocks_denies,
    example_10_an_essential_level_that_nothing_reaches,
    example_11_prompt_login_counts_nothing_from_before,
    examples_12_and_13_a_refresh_keeps_what_the_grant_had,
    example_14_a_requirement_that_was_raised_later,
    example_29_one_challenge_until_the_events_age,
    example_32_an_exchange_keeps_the_pair_and_its_age,
    example_33_a_device_is_challenged_in_the_approving_browser
}

/// What the youngest decision of an event came to: as recorded, and made again from its facts.
#[track_caller]
fn decided(server: &TestServer, event: &str) -> String {
    let entries = server.audit(event).into_iter();
    let mut entries = entries.map(|entry| serde_json::from_str::<Value>(&entry.body).expect("JSON"));
    // A refusal is recorded twice: as decided, and as answered.
    let entry = entries.find(|entry| entry.get("facts").is_some()).expect("a decision");
    let facts: Facts = serde_json::from_value(entry["facts"].clone()).expect("facts");
    let (decision, trace) = explain(&facts);
    let last = trace.0.last().expect("a check");
    assert_eq!(
        (last.number, &json!(last.number)),
        (decision.check, &entry["detail"]["check"])
    );
    assert_eq!(json!(decision.step.told()), entry["detail"]["step"]);
    format!("{}, check {}", decision.step.told(), decision.check)
}

/// The pair, with its methods, that a token states.
fn pair(token: &str) -> (Value, Value, Value) {
    let said = claims(token);
    (said["acr"].clone(), said["amr"].clone(), said["auth_time"].clone())
}

fn high(at: i64) -> (Value, Value, Value) {
    (json!("high"), json!(["pwd", "otp", "mfa"]), json!(at))
}

fn standard(at: i64) -> (Value, Value, Value) {
    (json!("standard"), json!(["pwd"]), json!(at))
}

/// Signs in with password and authenticator through the client that needs both; the secret.
async fn step_up(server: &TestServer, browser: &mut Browser, user: &str) -> String {
    let rp = RelyingParty::new(server, "high");
    let mut page = rp.authorize(browser, "openid", &[]).await;
    if page.page().as_deref() == Some("login") {
        page = log_in(browser, page, user).await;
    }
    let (secret, page) = enrol(server, browser, page).await;
    code_of(&page);
    secret
}

async fn redeemed(rp: &RelyingParty<'_>, page: &Page) -> Answer {
    rp.redeem(&code_of(page)).await.accepted()
}

async fn example_1_no_requirement(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let proven = server.now();
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr standard, check 11"
    );
    server.advance(600);
    let tokens = redeemed(&rp, &rp.authorize(&mut browser, "openid", &[]).await).await;
    assert_eq!(pair(&tokens.text("id_token")), standard(proven));
    code_of(&page);
}

async fn examples_2_and_3_a_profile_at_high_enrols_then_challenges(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "vera").await;
    assert_eq!(
        decided(server, "challenge.issued"),
        "enrol (totp or hotp): profile vault needs high, check 9"
    );
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "vera").await;
    assert_eq!(
        decided(server, "challenge.issued"),
        "challenge (totp): profile vault needs high, check 9"
    );
    let proven = server.now();
    let page = prove(server, &mut browser, page, &secret).await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    assert_eq!(pair(&redeemed(&rp, &page).await.text("id_token")), high(proven));
}

async fn example_4_prompt_none_is_an_error_and_no_page(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    log_in(&mut browser, page, "vera").await;
    server.advance(1);
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("interaction_required"));
    assert_eq!(
        decided(server, "authorization.refused"),
        "enrol (totp or hotp): profile vault needs high, check 9"
    );
}

async fn examples_5_and_9_a_high_session_is_not_asked_again(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let proven = server.now();
    step_up(server, &mut browser, "alice").await;
    server.advance(3_000);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    assert_eq!(pair(&redeemed(&rp, &page).await.text("id_token")), high(proven));
    server.advance(1);
    let rp = RelyingParty::new(server, "plain");
    let page = rp
        .authorize(&mut browser, "openid", &[("acr_values", "phr high")])
        .await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    assert_eq!(pair(&redeemed(&rp, &page).await.text("id_token")), high(proven));
}

async fn example_6_a_client_that_blocks_denies(server: &TestServer) {
    let rp = RelyingParty::new(server, "blocker");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"), "{}", page.body);
    assert_eq!(
        decided(server, "authorization.refused"),
        "refuse: level_blocked, check 9"
    );
}

async fn example_10_an_essential_level_that_nothing_reaches(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    step_up(server, &mut browser, "alice").await;
    server.advance(1);
    let claims = json!({ "id_token": { "acr": { "essential": true, "value": "phr" } } }).to_string();
    let page = rp.authorize(&mut browser, "openid", &[("claims", &claims)]).await;
    let error = page.query("error");
    assert_eq!(
        error.as_deref(),
        Some("unmet_authentication_requirements"),
        "{}",
        page.body
    );
    assert_eq!(decided(server, "authorization.refused"), "refuse: unmet_acr, check 9");
}

async fn example_11_prompt_login_counts_nothing_from_before(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let secret = step_up(server, &mut browser, "viktor").await;
    server.advance(60);
    let asked = server.now();
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    server.advance(1);
    let page = log_in(&mut browser, page, "viktor").await;
    assert_eq!(
        decided(server, "challenge.issued"),
        "challenge (totp): profile vault needs high, check 9"
    );
    let page = prove(server, &mut browser, page, &secret).await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    let (_, _, auth_time) = pair(&redeemed(&rp, &page).await.text("id_token"));
    assert!(auth_time.as_i64().unwrap() > asked);
}

async fn examples_12_and_13_a_refresh_keeps_what_the_grant_had(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let first = server.now();
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let weak = redeemed(&rp, &log_in(&mut browser, page, "alice").await).await;
    server.advance(1);
    let proven = server.now();
    step_up(server, &mut browser, "alice").await;
    let page = rp.authorize(&mut browser, "openid offline_access reports", &[]).await;
    let strong = redeemed(&rp, &page).await;
    // A day later the session is long gone.
    server.advance(93_600);
    let refreshed = rp.refresh(&strong.text("refresh_token")).await.accepted();
    assert_eq!(decided(server, "token.refreshed"), "allow with acr high, check 9");
    assert_eq!(pair(&refreshed.text("access_token")), high(proven));
    server.advance(1);
    let refreshed = rp.refresh(&weak.text("refresh_token")).await.accepted();
    assert_eq!(decided(server, "token.refreshed"), "allow with acr standard, check 9");
    assert_eq!(pair(&refreshed.text("access_token")), standard(first));
}

async fn example_14_a_requirement_that_was_raised_later(server: &TestServer) {
    let mut grants = Vec::new();
    for client in ["plain", "honouring"] {
        let rp = RelyingParty::new(server, client);
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
        let page = log_in(&mut browser, page, "alice").await;
        let tokens = redeemed(&rp, &page).await;
        grants.push((rp, tokens.text("refresh_token")));
    }
    server.apply(&directory().replace("[organisation]\n", "[organisation]\nrequired_acr = \"high\"\n"));
    server.advance(86_400);
    let refused = grants[0].0.refresh(&grants[0].1).await;
    refused.refused(400, "invalid_grant");
    assert_eq!(
        decided(server, "token.refused"),
        "refuse: reauthentication_required, check 9"
    );
    grants[1].0.refresh(&grants[1].1).await.accepted();
    assert_eq!(decided(server, "token.refreshed"), "allow with acr standard, check 9");
}

async fn example_29_one_challenge_until_the_events_age(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let proven = server.now();
    step_up(server, &mut browser, "alice").await;
    let page = rp.authorize(&mut browser, "openid web", &[]).await;
    let token = redeemed(&rp, &page).await.text("access_token");
    server.advance(600);
    let bridge = rp
        .post("/session/bridge", &[("access_token", &token), ("target", "/")])
        .await;
    let mut other = rp.browser();
    let page = other.get(&bridge.text("bridge_uri")).await;
    other.submit(page.form()).await;
    let page = rp.authorize(&mut other, "openid reports", &[]).await;
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    assert_eq!(pair(&redeemed(&rp, &page).await.text("id_token")), high(proven));
    // Kept in use, the session holds the level until the events are twelve hours old.
    while server.now() - proven < 43_200 {
        server.advance(3_000.min(proven + 43_200 - server.now()));
        code_of(&rp.authorize(&mut other, "openid reports", &[]).await);
    }
    server.advance(60);
    rp.authorize(&mut other, "openid reports", &[]).await;
    assert_eq!(
        decided(server, "challenge.issued"),
        "challenge (totp): scope reports needs high, check 9"
    );
}

#[tokio::test]
async fn examples_15_to_19_programs() {
    let keys = Keys::new(countersign::model::signing_key::Algorithm::Es256);
    let robot = |id: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\ntoken_endpoint_auth_method = \"none\"\nscope = \"calendar\"\n\
             redirect_uris = [\"https://robot.example/\"]\ngrant_types = [\"authorization_code\", \"{JWT_BEARER}\"]\n\
             required_acr = \"high\"\naccess_token_signing_alg = \"ES256\"\nrequire_consent = false\njwks = {}\n{rest}\n",
            toml(&keys.jwks())
        )
    };
    let directory = [
        directory(),
        robot("denied", "jwt_bearer_assurance = \"deny\""),
        robot("unapproved", ""),
        robot("approved", "preapproved_users = [\"alice\"]"),
        robot("backed", "jwt_bearer_assurance = \"session_backed\""),
    ]
    .concat();
    let server = with_directory(&directory).start().await;
    let ask = async |client: &str| {
        server.advance(1);
        let assertion = keys.sign(&assertion_claims(client, "alice", &server.issuer, server.now()));
        let form = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        server.post("/oauth2/token", &form).await
    };
    // 15.
    ask("denied").await.refused(400, "unauthorized_client");
    assert_eq!(
        decided(&server, "token.refused"),
        "refuse: grant_cannot_reach_level, check 9"
    );
    ask("unapproved").await.refused(400, "invalid_grant");
    assert_eq!(decided(&server, "token.refused"), "refuse: not_preapproved, check 9");
    // 16.
    let token = ask("approved").await.accepted().text("access_token");
    assert_eq!(decided(&server, "token.issued"), "allow with acr none, check 11");
    assert_eq!(pair(&token), (json!("none"), Value::Null, Value::Null));
    // 18.
    ask("backed").await.refused(400, "invalid_grant");
    assert_eq!(decided(&server, "token.refused"), "refuse: not_backed, check 9");
    let proven = server.now();
    let mut browser = RelyingParty::new(&server, "high").browser();
    step_up(&server, &mut browser, "alice").await;
    server.advance(3_000);
    let token = ask("backed").await.accepted().text("access_token");
    assert_eq!(decided(&server, "token.issued"), "allow with acr high, check 11");
    assert_eq!(pair(&token), high(proven));
    // 19.
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    server.advance(1);
    server
        .post_as(("service", SECRET), "/oauth2/token", &form)
        .await
        .accepted();
    let form = [("grant_type", "client_credentials"), ("scope", "reports")];
    let refused = server.post_as(("service", SECRET), "/oauth2/token", &form).await;
    refused.refused(400, "unauthorized_client");
    assert_eq!(
        decided(&server, "token.refused"),
        "refuse: grant_cannot_reach_level, check 9"
    );
}

async fn example_33_a_device_is_challenged_in_the_approving_browser(server: &TestServer) {
    let secret = step_up(server, &mut RelyingParty::new(server, "high").browser(), "alice").await;
    let rp = RelyingParty::new(server, "device");
    let mut browser = Browser::new();
    // Any client that wants nothing: the approver has a password alone.
    server.advance(30);
    let proven = server.now();
    let plain = RelyingParty::new(server, "plain");
    browser.stop_at(&plain.redirect_uri);
    plain.sign_in(&mut browser, "alice", "openid").await;
    server.advance(120);
    let asked = device::begun(&rp, "openid").await;
    let page = device::type_in(server, &mut browser, &asked.text("user_code")).await;
    assert_eq!(
        decided(server, "challenge.issued"),
        "challenge (totp): client device needs high, check 9"
    );
    assert_eq!(device::poll(&rp, &asked).await.error(), "authorization_pending");
    let page = prove(server, &mut browser, page, &secret).await;
    assert_eq!(device::poll(&rp, &asked).await.error(), "slow_down");
    device::assert_connected(&device::same(&mut browser, page).await);
    assert_eq!(
        decided(server, "authorization.allowed"),
        "allow with acr high, check 11"
    );
    let tokens = device::poll(&rp, &asked).await.accepted();
    assert_eq!(pair(&tokens.text("access_token")), high(proven + 120));
    assert_eq!(pair(&tokens.text("id_token")), high(proven + 120));
}

async fn example_32_an_exchange_keeps_the_pair_and_its_age(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let proven = server.now();
    step_up(server, &mut browser, "alice").await;
    server.advance(3_000);
    let page = rp
        .authorize(&mut browser, "openid web", &[("acr_values", "high")])
        .await;
    let subject = redeemed(&rp, &page).await.text("access_token");
    let exchanging = RelyingParty::new(server, "exchanging");
    let [vault, ledger] = ["https://vault.example/", "https://ledger.example/"].map(|target| [("resource", target)]);
    let refused = token_exchange::exchange(&exchanging, &subject, &vault).await;
    refused.refused(400, "invalid_grant");
    let told = decided(server, "token.refused");
    assert_eq!(told, "refuse: not_backed, check 9");
    let tokens = token_exchange::exchange(&exchanging, &subject, &ledger)
        .await
        .accepted();
    assert_eq!(pair(&tokens.text("access_token")), high(proven));
    assert_eq!(decided(server, "token.exchanged"), "allow with acr high, check 9");
}
