//! JWT bearer. RFC 7523 §2.1, §3; the four modes of `jwt_bearer_assurance` (ASSURANCE.md §5).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, HttpResponse, HttpServer, web};
use countersign::manage::{clients, users};
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};
use tokio::sync::RwLock;

use crate::support::directory::DIRECTORY;
use crate::support::directory::SECRET;
use crate::support::endpoint::http;
use crate::support::keys::{Keys, assertion_claims, hmac_signed, toml, with, with_signature};
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, answer, claims, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PARTNER: &str = "https://partner.example";

/// A client that signs for itself: its identifier, where its keys are, further members.
fn robot(id: &str, keys: &str, further: &str) -> String {
    format!(
        "\n[[clients]]\nclient_id = \"{id}\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [\"{GRANT}\"]\n\
         response_types = []\nscope = \"calendar reports openid offline_access\"\naccess_token_signing_alg = \"ES256\"\n\
         require_consent = false\n{keys}\n{further}\n"
    )
}

/// The same client with sign-ins too, so that it is registered for a grant type that can reach what it requires.
fn signing_in(client: &str) -> String {
    let grants = format!("grant_types = [\"{GRANT}\"]\nresponse_types = []");
    assert!(client.contains(&grants), "{client}");
    let more = format!(
        "grant_types = [\"{GRANT}\", \"authorization_code\"]\nresponse_types = [\"code\"]\n\
         redirect_uris = [\"https://robot.example/\"]"
    );
    client.replace(&grants, &more)
}

fn jwks(keys: &Keys) -> String {
    format!("jwks = {}", toml(&keys.jwks()))
}

async fn present(server: &TestServer, assertion: &str, further: &[(&str, &str)]) -> Answer {
    let form = [
        &[("grant_type", GRANT), ("assertion", assertion), ("scope", "calendar")],
        further,
    ]
    .concat();
    server.post("/oauth2/token", &form).await
}

fn about(server: &TestServer, issuer: &str, user: &str) -> Value {
    assertion_claims(issuer, user, &server.issuer, server.now())
}

async fn with_robot(further: &str) -> (TestServer, Keys) {
    let keys = Keys::new(Algorithm::Es256);
    let directory = format!("{DIRECTORY}{}", robot("robot", &jwks(&keys), further));
    (with_directory(&directory).start().await, keys)
}

#[tokio::test]
async fn a_client_that_signs_needs_not_say_who_it_is() {
    let (server, keys) = with_robot("").await;
    for form in [&[][..], &[("client_id", "robot")]] {
        let assertion = keys.sign(&about(&server, "robot", "alice"));
        let answer = present(&server, &assertion, form).await.accepted();
        let token = answer.text("access_token");
        let expected = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 900, "scope": "calendar" });
        assert_eq!(answer.body, expected, "neither refresh token nor ID token");
        let said = claims(&token);
        let expected = json!({
            "iss": server.issuer, "sub": server.user("alice").to_string(), "aud": server.issuer, "client_id": "robot",
            "scope": "calendar", "iat": server.now(), "exp": server.now() + 900, "jti": said["jti"],
            "grant_id": said["grant_id"], "acr": "none",
        });
        assert_eq!(said, expected, "no auth_time, no amr");
    }
    // An identifier that is not the signer's.
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[("client_id", "spa")])
        .await
        .refused(400, "unauthorized_client");
    let by_id = about(&server, "robot", &server.user("alice").to_string());
    present(&server, &keys.sign(&by_id), &[]).await.accepted();
}

#[tokio::test]
async fn users_who_are_not_there_have_not_approved() {
    let (server, keys) = with_robot("").await;
    for subject in ["nobody", "", &"a".repeat(300)] {
        let assertion = keys.sign(&about(&server, "robot", subject));
        let told = present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
        assert_eq!(told, "user hasn't approved this consumer", "{subject}");
    }
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn without_scopes_approval_is_needed_too() {
    let keys = Keys::new(Algorithm::EdDsa);
    let asking = robot("robot", &jwks(&keys), "")
        .replace("require_consent = false", "require_consent = true")
        .replace("scope = \"calendar reports openid offline_access\"", "scope = \"\"");
    let server = with_directory(&format!("{DIRECTORY}{asking}")).start().await;
    let ask = async || {
        let assertion = keys.sign(&about(&server, "robot", "alice"));
        let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
        server.post("/oauth2/token", &form).await
    };
    let told = ask().await.refused(400, "invalid_grant");
    assert_eq!(told, "user hasn't approved this consumer");
    server.apply(&format!("{asking}\npreapproved_users = [\"Alice\"]\n"));
    assert_eq!(ask().await.accepted().body.get("scope"), None);
}

#[tokio::test]
async fn without_consent_or_approval_nothing_is_given() {
    let keys = Keys::new(Algorithm::EdDsa);
    let asking = robot("robot", &jwks(&keys), "").replace("require_consent = false", "require_consent = true");
    let server = with_directory(&format!("{DIRECTORY}{asking}")).start().await;
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    let told = present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
    assert_eq!(told, "user hasn't approved this consumer");
    for approved in [
        "preapproved_users = [\"Alice\"]",
        "preapproved_profiles = [\"default\"]",
    ] {
        server.apply(&format!("{asking}\n{approved}\n"));
        let assertion = keys.sign(&about(&server, "robot", "alice"));
        present(&server, &assertion, &[]).await.accepted();
        let other = keys.sign(&about(&server, "robot", "bob"));
        present(&server, &other, &[]).await.refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn its_claims_are_held_to_the_specification() {
    let (server, keys) = with_robot("assertion_audiences = [\"https://old.example/token\"]").await;
    let now = server.now();
    let token_endpoint = server.at("/oauth2/token");
    let good = [
        json!({ "aud": token_endpoint }),
        json!({ "aud": "https://old.example/token" }),
        json!({ "aud": ["https://elsewhere.example", server.issuer] }),
        json!({ "jti": null, "iat": null }),
        json!({ "exp": now + 300 }),
        json!({ "exp": now + 360 }),
        json!({ "exp": now - 59 }),
        json!({ "nbf": now + 60, "iat": now + 60 }),
        json!({ "exp": (now + 60).to_string().parse::<f64>().unwrap() + 0.5 }),
    ];
    for change in good {
        let assertion = keys.sign(&with(about(&server, "robot", "alice"), change.clone()));
        let answer = present(&server, &assertion, &[]).await;
        assert_eq!(answer.status, 200, "{change}: {}", answer.body);
    }
    let bad = [
        json!({ "aud": "https://elsewhere.example" }),
        json!({ "aud": format!("{}/", server.issuer) }),
        json!({ "aud": ["https://elsewhere.example"] }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "aud": 5 }),
        json!({ "sub": null }),
        json!({ "sub": 5 }),
        json!({ "iss": null }),
        json!({ "iss": "nobody" }),
        json!({ "iss": "app" }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "exp": now - 60 }),
        json!({ "exp": now + 361 }),
        json!({ "exp": i64::MAX }),
        json!({ "exp": 1e300 }),
        json!({ "nbf": now + 61 }),
        json!({ "nbf": "x" }),
        json!({ "iat": now + 61 }),
    ];
    for change in bad {
        let assertion = keys.sign(&with(about(&server, "robot", "alice"), change.clone()));
        println!("{change}");
        present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn only_its_own_key_signs() {
    let (server, keys) = with_robot("").await;
    let claims = about(&server, "robot", "alice");
    let other = Keys::new(Algorithm::Es256);
    let header = |alg: &str| json!({ "alg": alg, "typ": "JWT", "kid": keys.kid() });
    let public = keys.jwk().to_string();
    let good = keys.sign(&claims);
    let (message, _) = good.rsplit_once('.').unwrap();
    let embedded = json!({ "alg": "ES256", "jwk": other.jwk(), "kid": other.kid() });
    let foreign = other.sign(&claims);
    for forged in [
        foreign.clone(),
        with_signature(&header("none"), &claims, ""),
        with_signature(&header("None"), &claims, "AA"),
        hmac_signed(&header("HS256"), &claims, public.as_bytes()),
        hmac_signed(&header("ES256"), &claims, public.as_bytes()),
        with_signature(&embedded, &claims, foreign.rsplit_once('.').unwrap().1),
        with_signature(&json!({ "alg": "ES256", "crit": ["exp"] }), &claims, "AA"),
        message.to_owned(),
        format!("{message}."),
        format!("{message}.{}", "A".repeat(86)),
    ] {
        println!("{forged}");
        present(&server, &forged, &[]).await.refused(400, "invalid_grant");
    }
    present(&server, &good, &[]).await.accepted();
}

on_both! {
    with_directory(&format!("{DIRECTORY}{}", robot("robot", &jwks(&Keys::new(Algorithm::Rs256)), "")));
    an_assertion_counts_once, a_client_that_is_disabled_is_not_believed
}

async fn an_assertion_counts_once(server: &TestServer) {
    let keys = Keys::new(Algorithm::Rs256);
    let assertion = keys.sign(&about(server, "robot", "alice"));
    let requests: Vec<_> = (0..10)
        .map(|_| {
            let form = [("grant_type", GRANT), ("assertion", &assertion), ("scope", "calendar")];
            let request = http().post(server.at("/oauth2/token")).form(&form);
            tokio::spawn(answer(request))
        })
        .collect();
    let mut accepted = 0;
    for request in requests {
        let said = request.await.unwrap();
        if said.status == 200 {
            accepted += 1;
        } else {
            assert_eq!(said.refused(400, "invalid_grant"), "this assertion was used before");
        }
    }
    assert_eq!(accepted, 1);
    // Remembered for as long as it would be good, with the skew.
    server.advance(119);
    let told = present(server, &assertion, &[]).await.refused(400, "invalid_grant");
    assert_eq!(told, "this assertion was used before");
    countersign::jobs::run_due(&server.server).await;
    server.advance(1);
    let told = present(server, &assertion, &[]).await.refused(400, "invalid_grant");
    assert_eq!(told, "the assertion has expired");
}

async fn a_client_that_is_disabled_is_not_believed(server: &TestServer) {
    let keys = Keys::new(Algorithm::Rs256);
    let before = keys.sign(&about(server, "robot", "alice"));
    let token = present(server, &before, &[]).await.accepted().text("access_token");
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "robot", true))
        .await;
    let assertion = keys.sign(&about(server, "robot", "alice"));
    present(server, &assertion, &[]).await.refused(400, "invalid_grant");
    let told = RelyingParty::new(server, "service").introspect(&token).await;
    assert_eq!(told, json!({ "active": false }));
}

#[tokio::test]
async fn a_certificate_holds_while_it_is_valid() {
    let keys = Keys::new(Algorithm::Rs256);
    let certificate = include_str!("../../keys/rsa_2048_certificate.pem");
    let by_certificate = robot("robot", &format!("certificate = \"\"\"\n{certificate}\"\"\""), "");
    let server = with_directory(&format!("{DIRECTORY}{by_certificate}")).start().await;
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
    server.advance(300 * 86_400);
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.accepted();
    let pss = Keys::new(Algorithm::Ps256).sign(&about(&server, "robot", "alice"));
    present(&server, &pss, &[]).await.accepted();
    let other = Keys::new(Algorithm::Es256).sign(&about(&server, "robot", "alice"));
    present(&server, &other, &[]).await.refused(400, "invalid_grant");
}

/// A key set that is served on this machine.
struct Published {
    keys: Arc<RwLock<Value>>,
    asked: Arc<AtomicUsize>,
    port: u16,
    handle: actix_web::dev::ServerHandle,
}

fn publish(first: &Value) -> Published {
    let (keys, asked) = (Arc::new(RwLock::new(first.clone())), Arc::new(AtomicUsize::new(0)));
    let (served, counted) = (Arc::clone(&keys), Arc::clone(&asked));
    let listening = HttpServer::new(move || {
        let (served, counted) = (Arc::clone(&served), Arc::clone(&counted));
        let answer = move || {
            let (served, counted) = (Arc::clone(&served), Arc::clone(&counted));
            async move {
                counted.fetch_add(1, Ordering::SeqCst);
                HttpResponse::Ok().json(&*served.read().await)
            }
        };
        App::new().route("/jwks", web::get().to(answer))
    });
    let listening = listening.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let port = listening.addrs()[0].port();
    let running = listening.run();
    let handle = running.handle();
    tokio::spawn(running);
    Published {
        keys,
        asked,
        port,
        handle,
    }
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_and_may_change() {
    let (old, new) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::EdDsa));
    let published = publish(&old.jwks());
    let at = format!("jwks_uri = \"http://127.0.0.1:{}/jwks\"", published.port);
    let settings = format!("[outbound]\nallowed_private_hosts = [\"127.0.0.1:{}\"]", published.port);
    let directory = format!("{DIRECTORY}{}", robot("robot", &at, ""));
    let server = with_directory(&directory).settings(&settings).start().await;
    for _ in 0..3 {
        let assertion = old.sign(&about(&server, "robot", "alice"));
        present(&server, &assertion, &[]).await.accepted();
    }
    assert_eq!(published.asked.load(Ordering::SeqCst), 1, "kept between uses");
    *published.keys.write().await = new.jwks();
    let early = new.sign(&about(&server, "robot", "alice"));
    present(&server, &early, &[]).await.refused(400, "invalid_grant");
    assert_eq!(
        published.asked.load(Ordering::SeqCst),
        1,
        "nobody can make us ask all the time"
    );
    // The one pause of this suite: an origin is asked again after ten seconds of its own time, not of the test's clock.
    tokio::time::sleep(std::time::Duration::from_millis(10_100)).await;
    let assertion = new.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.accepted();
    assert_eq!(published.asked.load(Ordering::SeqCst), 2);
    let late = old.sign(&about(&server, "robot", "alice"));
    present(&server, &late, &[]).await.refused(400, "invalid_grant");
    published.handle.stop(false).await;
}

/// What a client requires, how it is backed, and what comes of it.
#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one story: the same clients before and after signing in"
)]
async fn each_mode_meets_each_requirement() {
    let (own, partner) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::EdDsa));
    let modes = ["preapproved", "deny", "session_backed", "asserted"];
    let mut directory = DIRECTORY.to_owned();
    for mode in modes {
        for (suffix, level) in [("", "none"), ("-high", "high")] {
            let further = format!("jwt_bearer_assurance = \"{mode}\"\nrequired_acr = \"{level}\"");
            directory += &signing_in(&robot(&format!("{mode}{suffix}"), &jwks(&own), &further));
        }
    }
    let approved = "required_acr = \"high\"\npreapproved_users = [\"alice\"]";
    directory += &robot("approved-high", &jwks(&own), approved);
    let clients = "[\"preapproved\", \"deny\", \"session_backed\", \"asserted\", \"asserted-high\", \"deny-high\"]";
    let issuer = format!(
        "\n[[issuers]]\nissuer = \"{PARTNER}\"\n{}\nclients = {clients}\nmax_acr = \"high\"\n",
        jwks(&partner)
    );
    directory += &issuer;
    let server = with_directory(&directory).start().await;
    let ask = async |client: &str| {
        let assertion = own.sign(&about(&server, client, "alice"));
        present(&server, &assertion, &[]).await
    };
    let none = |answer: Answer| {
        let said = claims(&answer.accepted().text("access_token"));
        assert_eq!(
            (&said["acr"], said.get("amr"), said.get("auth_time")),
            (&json!("none"), None, None)
        );
    };
    for mode in modes {
        none(ask(mode).await);
    }
    ask("preapproved-high").await.refused(400, "invalid_grant");
    ask("deny-high").await.refused(400, "unauthorized_client");
    ask("session_backed-high").await.refused(400, "invalid_grant");
    ask("asserted-high").await.refused(400, "invalid_grant");
    // Example 16.
    assert_eq!(server.audit("assurance.exempted").len(), 0);
    none(ask("approved-high").await);
    assert_eq!(server.audit("assurance.exempted").len(), 1);

    // Example 18: a session with a password alone, then with both.
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    ask("session_backed-high").await.refused(400, "invalid_grant");
    let (secret, _) = enrol(&server, &mut browser, page).await;
    let proven = server.now();
    server.advance(300);
    let said = claims(&ask("session_backed-high").await.accepted().text("access_token"));
    assert_eq!(
        (&said["acr"], &said["amr"]),
        (&json!("high"), &json!(["pwd", "otp", "mfa"]))
    );
    assert_eq!(said["auth_time"], proven);
    none(ask("session_backed").await);
    ask("deny-high").await.refused(400, "unauthorized_client");
    // Idle for an hour, the session holds `high` no more.
    server.advance(3_601);
    ask("session_backed-high").await.refused(400, "invalid_grant");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    prove(&server, &mut browser, page, &secret).await;
    ask("session_backed-high").await.accepted();
    let alice = server.user("alice");
    server
        .manage(move |work, actor| countersign::manage::sessions::end_all_of(work, actor, alice))
        .await;
    ask("session_backed-high").await.refused(400, "invalid_grant");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn a_listed_issuer_asserts_up_to_its_ceiling() {
    let (own, partner) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::EdDsa));
    let mut directory = DIRECTORY.to_owned();
    for (id, mode, level) in [
        ("asserted", "asserted", "none"),
        ("asserted-high", "asserted", "high"),
        ("deny", "deny", "none"),
        ("deny-high", "deny", "high"),
        ("unlisted", "asserted", "none"),
    ] {
        directory += &signing_in(&robot(
            id,
            &jwks(&own),
            &format!("jwt_bearer_assurance = \"{mode}\"\nrequired_acr = \"{level}\""),
        ));
    }
    let issuer = |ceiling: &str| {
        let clients = "[\"asserted\", \"asserted-high\", \"deny\", \"deny-high\"]";
        format!(
            "\n[[issuers]]\nissuer = \"{PARTNER}\"\n{}\nclients = {clients}\nmax_acr = \"{ceiling}\"\n",
            jwks(&partner)
        )
    };
    directory += &issuer("high");
    let server = with_directory(&directory).start().await;
    let at = server.now() - 50;
    let asserted = |acr: &str| json!({ "acr": acr, "amr": ["pwd", "otp"], "auth_time": at });
    let ask = async |client: &str, change: Value| {
        let assertion = partner.sign(&with(about(&server, PARTNER, "alice"), change));
        present(&server, &assertion, &[("client_id", client)]).await
    };
    let pair = |answer: Answer| {
        let said = claims(&answer.accepted().text("access_token"));
        (
            said["acr"].clone(),
            said.get("amr").cloned(),
            said.get("auth_time").cloned(),
        )
    };
    let high = (json!("high"), Some(json!(["pwd", "otp"])), Some(json!(at)));
    let standard = (json!("standard"), high.1.clone(), high.2.clone());
    let none = (json!("none"), None, None);
    assert_eq!(pair(ask("asserted-high", asserted("high")).await), high);
    assert_eq!(
        pair(ask("asserted-high", asserted("https://refeds.org/profile/mfa")).await),
        high
    );
    assert_eq!(
        pair(ask("asserted-high", asserted("phr")).await),
        high,
        "held to the ceiling"
    );
    assert_eq!(pair(ask("asserted", asserted("standard")).await), standard);
    assert_eq!(
        pair(ask("deny", asserted("standard")).await),
        standard,
        "whatever the mode where nothing is required"
    );
    assert_eq!(pair(ask("asserted", json!({})).await), none);
    for nonsense in [
        json!({ "acr": "silver", "auth_time": at }),
        json!({ "acr": "high" }),
        json!({ "acr": "high", "auth_time": server.now() + 1 }),
        json!({ "acr": "none", "auth_time": at }),
        json!({ "acr": 3, "auth_time": at }),
    ] {
        assert_eq!(pair(ask("asserted", nonsense.clone()).await), none, "{nonsense}");
        ask("asserted-high", nonsense).await.refused(400, "invalid_grant");
    }
    ask("asserted-high", asserted("standard"))
        .await
        .refused(400, "invalid_grant");
    ask("deny-high", asserted("high"))
        .await
        .refused(400, "unauthorized_client");
    ask("unlisted", asserted("high")).await.refused(400, "invalid_grant");
    ask("service", asserted("high")).await.refused(401, "invalid_client");
    // A client's own word is no evidence.
    let self_made = with(about(&server, "asserted-high", "alice"), asserted("high"));
    present(&server, &own.sign(&self_made), &[])
        .await
        .refused(400, "invalid_grant");
    // Nor does the client's key sign for the issuer, or another client's for it.
    let forged = own.sign(&with(about(&server, PARTNER, "alice"), asserted("high")));
    present(&server, &forged, &[("client_id", "asserted-high")])
        .await
        .refused(400, "invalid_grant");
    server.apply(&issuer("standard"));
    ask("asserted-high", asserted("high"))
        .await
        .refused(400, "invalid_grant");
    assert_eq!(pair(ask("asserted", asserted("high")).await), standard);
    server.apply(&issuer("none"));
    assert_eq!(pair(ask("asserted", asserted("high")).await), none);
}

#[tokio::test]
async fn a_profile_requires_as_a_client_does() {
    let (server, keys) = with_robot("").await;
    server.apply("[[profiles]]\nname = \"default\"\nrequired_acr = \"high\"\n");
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.refused(400, "invalid_grant");
    server.apply(&robot("robot", &jwks(&keys), "preapproved_profiles = [\"default\"]"));
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    present(&server, &assertion, &[]).await.accepted();
    let reports = keys.sign(&about(&server, "robot", "alice"));
    let form = [
        ("grant_type", GRANT),
        ("assertion", &reports),
        ("scope", "reports offline_access openid"),
    ];
    let answer = server.post("/oauth2/token", &form).await.accepted();
    assert_eq!(answer.body["scope"], "openid reports");
    assert_eq!(answer.body.get("refresh_token"), None);
}

#[tokio::test]
async fn the_assertions_of_saml_are_no_grant_here() {
    let (server, keys) = with_robot("").await;
    let assertion = keys.sign(&about(&server, "robot", "alice"));
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer"),
        ("assertion", &assertion),
    ];
    let answer = server.post_as(("app", SECRET), "/oauth2/token", &form).await;
    answer.refused(400, "unsupported_grant_type");
    let metadata = server.get("/.well-known/openid-configuration").await.body;
    assert!(
        !metadata["grant_types_supported"].to_string().contains("saml2"),
        "{metadata}"
    );
}
