//! Logout tokens, and what clients that get them say. Back-Channel Logout 1.0 §2.

use countersign::crypto::jwk_set::JwkSet;
use countersign::crypto::jwt;
use countersign::jobs::run_due;
use countersign::manage::{sessions, users};
use serde_json::{Value, json};

use super::{browser, client, id_token, logout, two_clients};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::TestServer;
use crate::support::service::{Behaviour, Service};

on_both! {
    two_clients(); each_client_of_the_session_is_told_once, a_client_that_fails_is_told_again, every_way_a_session_ends_is_told
}

fn good() -> Behaviour {
    Behaviour::Answer(200, String::new())
}

/// A client's ear, and the client that has it.
pub(super) fn listening(server: &TestServer, client_id: &str, algorithm: &str) -> Service {
    let service = Service::start(good());
    let uri = service.url("/backchannel?x=1");
    let members = format!("backchannel_logout_uri = \"{uri}\"\nbackchannel_logout_session_required = true");
    let toml = client(client_id, &members);
    server.apply(&toml.replace("= \"ES256\"", &format!("= \"{algorithm}\"")));
    service
}

/// The claims of each logout token that a service got, verified.
pub(super) async fn told(server: &TestServer, service: &Service, algorithm: &str) -> Vec<Value> {
    let published = JwkSet::parse(&server.get("/oauth2/jwks").await.body).unwrap();
    let mut told = Vec::new();
    for asked in service.asked() {
        assert_eq!(asked.line, "POST /backchannel?x=1");
        assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
        let pairs: Vec<_> = url::form_urlencoded::parse(asked.body.as_bytes())
            .into_owned()
            .collect();
        let [(name, token)] = &pairs[..] else {
            panic!("{}", asked.body);
        };
        let read = jwt::inspect(token).unwrap();
        assert_eq!(
            (&**name, &*read.alg, &read.header["typ"]),
            ("logout_token", algorithm, &json!("logout+jwt"))
        );
        let key = published
            .keys()
            .iter()
            .find(|key| key.kid() == read.kid.as_deref())
            .unwrap();
        jwt::verify_with(token, key, &[algorithm.parse().unwrap()]).expect("the signature is ours");
        told.push(claims(token));
    }
    told
}

async fn each_client_of_the_session_is_told_once(server: &TestServer) {
    let (first, second) = (listening(server, "one", "RS256"), listening(server, "two", "EdDSA"));
    let silent = listening(server, "three", "ES256");
    let (one, two) = (RelyingParty::new(server, "one"), RelyingParty::new(server, "two"));
    let (mut browser, mut other) = (browser(&one), browser(&one));
    id_token(&RelyingParty::new(server, "three"), &mut other, "openid").await;
    let hint = id_token(&one, &mut browser, "openid").await;
    id_token(&one, &mut browser, "openid email").await;
    id_token(&two, &mut browser, "openid").await;
    run_due(&server.server).await;
    assert!(first.asked().is_empty(), "nothing ended yet");
    browser.get(&logout(server, &[("id_token_hint", &hint)])).await;
    run_due(&server.server).await;
    let sid = claims(&hint)["sid"].clone();
    for (service, client_id, algorithm) in [(&first, "one", "RS256"), (&second, "two", "EdDSA")] {
        let told = told(server, service, algorithm).await;
        assert_eq!(told.len(), 1, "{client_id}");
        let token = &told[0];
        assert!(token["jti"].as_str().is_some_and(|jti| jti.len() >= 22));
        let expected = json!({
            "iss": server.issuer, "sub": server.user("alice").to_string(), "aud": client_id, "iat": server.now(),
            "exp": server.now() + 120, "jti": token["jti"], "sid": sid,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(token, &expected, "no nonce above all");
    }
    server.advance(86_400);
    run_due(&server.server).await;
    assert_eq!(
        (first.asked().len(), second.asked().len(), silent.asked().len()),
        (1, 1, 0)
    );
}

async fn a_client_that_fails_is_told_again(server: &TestServer) {
    let service = listening(server, "one", "ES256");
    let rp = RelyingParty::new(server, "one");
    for (last, final_answer) in [(200, true), (204, true), (400, true)] {
        let before = service.asked().len();
        let mut browser = browser(&rp);
        let hint = id_token(&rp, &mut browser, "openid").await;
        for behaviour in [
            Behaviour::Answer(500, String::new()),
            Behaviour::Redirect("http://127.0.0.1:9/".into()),
        ] {
            service.behave(behaviour);
            if service.asked().len() == before {
                browser.get(&logout(server, &[("id_token_hint", &hint)])).await;
            } else {
                server.advance(10);
            }
            run_due(&server.server).await;
            let asked = service.asked().len();
            server.advance(5);
            run_due(&server.server).await;
            assert_eq!(service.asked().len(), asked, "after a pause only");
            server.advance(10);
        }
        service.behave(Behaviour::Answer(last, String::new()));
        server.advance(60);
        run_due(&server.server).await;
        let asked = told(server, &service, "ES256").await;
        assert_eq!(asked.len(), before + 3);
        assert_ne!(asked[before]["jti"], asked[before + 2]["jti"]);
        assert!(
            asked[before + 2]["exp"].as_i64() > Some(server.now()),
            "no token is stale"
        );
        server.advance(86_400);
        run_due(&server.server).await;
        assert_eq!(service.asked().len() == before + 3, final_answer, "{last}");
    }
}

async fn every_way_a_session_ends_is_told(server: &TestServer) {
    let service = listening(server, "one", "ES256");
    let rp = RelyingParty::new(server, "one");
    let alice = server.user("alice");
    let mut expected = 0;
    for way in ["operator", "all", "disable", "account", "other"] {
        let mut browser = browser(&rp);
        let hint = id_token(&rp, &mut browser, "openid").await;
        let sid = claims(&hint)["sid"].as_str().unwrap().to_owned();
        match way {
            "operator" => {
                let id = sid.parse().unwrap();
                server.manage(move |work, actor| sessions::end(work, actor, id)).await;
            }
            "all" => {
                server
                    .manage(move |work, actor| sessions::end_all_of(work, actor, alice))
                    .await;
            }
            "disable" => {
                server
                    .manage(move |work, actor| users::disable(work, actor, alice))
                    .await;
                server
                    .manage(move |work, actor| users::enable(work, actor, alice))
                    .await;
            }
            "account" => {
                let mut second = super::browser(&rp);
                id_token(&rp, &mut second, "openid").await;
                let page = second.get(&server.at("/account/sessions")).await;
                let csrf = page.attribute("input[name=csrf]", "value").unwrap();
                let fields = [("csrf".to_owned(), csrf), ("session".to_owned(), "others".to_owned())];
                let url = url::Url::parse(&server.at("/account/sessions")).unwrap();
                let page = crate::support::attack::post_fields(&second, &url, &fields, &[]).await;
                assert_eq!(page.status, 303, "{}", page.body);
            }
            _ => {
                server.advance(1);
                let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
                crate::support::relying_party::log_in(&mut browser, page, "bob").await;
            }
        }
        run_due(&server.server).await;
        expected += 1;
        let told = told(server, &service, "ES256").await;
        assert_eq!(told.len(), expected, "{way}");
        assert!(told.iter().any(|token| token["sid"] == *sid), "{way}");
        assert!(told.iter().all(|token| token["sub"] == alice.to_string()));
    }
}

#[tokio::test]
async fn what_waits_is_told_after_a_restart_unless_nobody_wants_it() {
    for (change, count) in [("", 1), ("disabled = true", 0)] {
        let server = two_clients().start().await;
        let service = listening(&server, "one", "ES256");
        let rp = RelyingParty::new(&server, "one");
        let mut browser = browser(&rp);
        let hint = id_token(&rp, &mut browser, "openid").await;
        browser.get(&logout(&server, &[("id_token_hint", &hint)])).await;
        let server = server.restart().await;
        if !change.is_empty() {
            server.apply(&client("one", change));
        }
        run_due(&server.server).await;
        assert_eq!(service.asked().len(), count);
    }
}

#[tokio::test]
async fn nobody_is_told_where_it_is_off() {
    let server = two_clients().settings("[logout]\nback_channel = false").start().await;
    let service = listening(&server, "one", "ES256");
    let rp = RelyingParty::new(&server, "one");
    let mut browser = browser(&rp);
    let hint = id_token(&rp, &mut browser, "openid").await;
    browser.get(&logout(&server, &[("id_token_hint", &hint)])).await;
    run_due(&server.server).await;
    assert!(service.asked().is_empty());
    let metadata = server.get("/.well-known/openid-configuration").await.body;
    assert!(metadata.get("backchannel_logout_supported").is_none());
}

#[tokio::test]
async fn two_at_once_end_a_session_once() {
    let server = two_clients().start().await;
    let service = listening(&server, "one", "ES256");
    let rp = RelyingParty::new(&server, "one");
    let mut browser = browser(&rp);
    let hint = id_token(&rp, &mut browser, "openid").await;
    let address = logout(&server, &[("id_token_hint", &hint)]);
    let (mut same, mut again) = (browser.clone(), browser.clone());
    tokio::join!(browser.get(&address), same.get(&address), again.get(&address));
    run_due(&server.server).await;
    assert_eq!((service.asked().len(), server.audit("session.ended").len()), (1, 1));
}
