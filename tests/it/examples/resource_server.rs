//! `resource_server`: what an API makes of tokens. RFC 6750, RFC 7662, RFC 9068 §4, RFC 9470.

mod dpop;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::{API, POINTER, installation};
use crate::support::endpoint::http;
use crate::support::installation::now;
use crate::support::keys::{Keys, hmac_signed, with, with_signature};
use crate::support::program::{Program, free_port};
use crate::support::relying_party::{Answer, answer};

/// What an issuer was asked, and what it says about opaque tokens.
#[derive(Default)]
struct Seen {
    key_sets: usize,
    asked: Vec<HashMap<String, String>>,
    says: Value,
}

/// An issuer that signs whatever a test wants, and an API that believes it.
struct World {
    issuer: String,
    keys: Keys,
    seen: Arc<Mutex<Seen>>,
    api: String,
    handle: ServerHandle,
    _program: Program,
}

async fn introspect(seen: web::Data<Mutex<Seen>>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let mut seen = seen.lock().unwrap();
    seen.asked.push(form.into_inner());
    HttpResponse::Ok().json(&seen.says)
}

fn serve(keys: &Keys, seen: &Arc<Mutex<Seen>>) -> (String, ServerHandle) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({
        "issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "introspection_endpoint": format!("{issuer}/introspect"),
    });
    let (jwks, shared) = (keys.jwks(), web::Data::from(seen.clone()));
    let server = HttpServer::new(move || {
        let (metadata, jwks) = (metadata.clone(), jwks.clone());
        let key_set = move |seen: web::Data<Mutex<Seen>>| {
            seen.lock().unwrap().key_sets += 1;
            std::future::ready(HttpResponse::Ok().json(&jwks))
        };
        App::new()
            .app_data(shared.clone())
            .route("/jwks", web::get().to(key_set))
            .route("/introspect", web::post().to(introspect))
            .route(
                "/.well-known/openid-configuration",
                web::get().to(move || std::future::ready(HttpResponse::Ok().json(&metadata))),
            )
    });
    let running = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    (issuer, handle)
}

fn start(arguments: &[&str]) -> World {
    let (keys, seen) = (Keys::new(Algorithm::Es256), Arc::<Mutex<Seen>>::default());
    let (issuer, handle) = serve(&keys, &seen);
    let (program, api) = api(&issuer, arguments);
    World {
        issuer,
        keys,
        seen,
        api,
        handle,
        _program: program,
    }
}

fn api(issuer: &str, arguments: &[&str]) -> (Program, String) {
    let bind = format!("127.0.0.1:{}", free_port());
    let fixed = ["--issuer", issuer, "--bind", &bind];
    let arguments: Vec<&str> = fixed.iter().chain(arguments).copied().collect();
    (
        Program::example("resource_server", &arguments),
        format!("http://{bind}/transfers"),
    )
}

const AS_API: [&str; 4] = [
    "--client-id",
    "transfers-api",
    "--client-secret",
    "demo-transfers-api-secret-0123456789abcdef",
];

/// A transfer, asked for with this header; or, without an order, the list.
async fn call(api: &str, authorization: &str, order: bool) -> Answer {
    let request = if order {
        http().post(api).json(&json!({ "to": "Bob", "amount": 10 }))
    } else {
        http().get(api)
    };
    answer(request.header("authorization", authorization)).await
}

impl World {
    /// The claims of a good token.
    fn claims(&self) -> Value {
        let now = now();
        json!({
            "iss": self.issuer, "aud": API, "sub": "u1", "client_id": "web-app", "scope": "openid transfers",
            "iat": now, "exp": now + 900, "jti": "j", "acr": "high", "auth_time": now,
        })
    }

    /// A token that says this beside what a good one says.
    fn token(&self, changes: Value) -> String {
        self.keys.sign_as("at+jwt", &with(self.claims(), changes))
    }

    async fn list(&self, token: &str) -> Answer {
        call(&self.api, &format!("Bearer {token}"), false).await
    }

    async fn transfer(&self, token: &str) -> Answer {
        call(&self.api, &format!("Bearer {token}"), true).await
    }
}

#[track_caller]
fn challenged(answer: &Answer, status: u16, header: &str) {
    // RFC 9728 §5.1
    let header = format!("{header}, {POINTER}");
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (status, Some(header.as_str()))
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

fn invalid(why: &str) -> String {
    format!("Bearer error=\"invalid_token\", error_description=\"the access token does not count: {why}\"")
}

#[actix_web::test]
async fn the_api_names_its_issuer() {
    let world = start(&[]);
    let without = answer(http().get(&world.api)).await;
    challenged(&without, 401, "Bearer realm=\"transfers\"");
    let all: Vec<_> = without.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(
        all[1..],
        [format!("DPoP algs=\"ES256 EdDSA RS256\", {POINTER}").as_str()]
    );
    let base = world.api.strip_suffix("/transfers").unwrap();
    let document = format!("{base}/.well-known/oauth-protected-resource/transfers");
    let told = answer(http().get(&document)).await.accepted();
    assert_eq!(http().head(&document).send().await.unwrap().status(), 200);
    let expected = json!({
        "resource": API, "authorization_servers": [world.issuer], "scopes_supported": ["transfers"],
        "bearer_methods_supported": ["header"], "resource_name": "Transfers",
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "RS256"],
    });
    assert_eq!(told.body, expected);
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn tokens_are_believed_as_rfc_9068_says() {
    let world = start(&[]);
    let good = world.token(json!({}));
    assert_eq!(world.list(&good).await.body, json!([]));
    let kid = world.keys.kid();
    let secret = world.keys.jwk().to_string();
    let header = |algorithm: &str| json!({ "alg": algorithm, "typ": "at+jwt", "kid": kid });
    let kind = "its signature is of a kind not accepted here";
    let (hour, at) = (3_600, now());
    for (token, why) in [
        (world.keys.sign(&world.claims()), "it is not an access token"),
        (hmac_signed(&header("HS256"), &world.claims(), secret.as_bytes()), kind),
        (with_signature(&header("none"), &world.claims(), ""), "it is not a JWT"),
        (with_signature(&header("ES384"), &world.claims(), "AAAA"), kind),
        (
            Keys::new(Algorithm::Es256).sign_as("at+jwt", &world.claims()),
            "its key is not one of the issuer's",
        ),
        (
            world.token(json!({ "iss": "https://other.example" })),
            "it is by another issuer",
        ),
        (world.token(json!({ "aud": "web-app" })), "it is for another API"),
        (world.token(json!({ "aud": [] })), "it is for another API"),
        (world.token(json!({ "exp": at - hour })), "it expired"),
        (world.token(json!({ "nbf": at + hour })), "it is malformed"),
        (world.token(json!({ "exp": null })), "it is malformed"),
        (world.token(json!({ "aud": null })), "it is malformed"),
        (world.token(json!({ "client_id": null })), "it is malformed"),
        (format!("{good}{}", "A".repeat(9_000)), "it is too long"),
        ("cs_at_opaque".to_owned(), "it is not a JWT"),
    ] {
        challenged(&world.list(&token).await, 401, &invalid(why));
    }
    let no_scope = world.list(&world.token(json!({ "scope": "openid transfer" }))).await;
    let text = "Bearer error=\"insufficient_scope\", error_description=\"the access token lacks the scope transfers\", \
                scope=\"transfers\"";
    challenged(&no_scope, 403, text);
    for nothing in ["Basic eDp5", "Bearer", &format!("Token {good}")] {
        challenged(
            &call(&world.api, nothing, false).await,
            401,
            "Bearer realm=\"transfers\"",
        );
    }
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn made_up_key_names_cost_the_issuer_nothing() {
    let world = start(&[]);
    let begin = now();
    assert_eq!(world.list(&world.token(json!({}))).await.status, 200);
    let forger = Keys::new(Algorithm::Es256).sign_as("at+jwt", &world.claims());
    for _ in 0..20 {
        assert_eq!(world.list(&forger).await.status, 401);
    }
    let fetched = world.seen.lock().unwrap().key_sets as u64;
    assert!(fetched <= 1 + (now() - begin).div_ceil(10), "{fetched} fetches");
    // What is known is good without the issuer.
    world.handle.stop(false).await;
    assert_eq!(world.list(&world.token(json!({}))).await.status, 200);
}

const WEAK: &str = "Bearer error=\"insufficient_user_authentication\", error_description=\"a stronger sign-in is needed\", \
                    acr_values=\"high\", max_age=\"60\"";
const OLD: &str = "Bearer error=\"insufficient_user_authentication\", \
                   error_description=\"a more recent sign-in is needed\", acr_values=\"high\", max_age=\"60\"";

#[actix_web::test]
async fn s65_a_level_is_what_acr_says_and_nothing_else() {
    let world = start(&[]);
    for acr in ["none", "low", "standard", "HIGH", "high phr", "gold", ""] {
        let answer = world
            .transfer(&world.token(json!({ "acr": acr, "amr": ["pwd", "otp", "mfa"] })))
            .await;
        challenged(&answer, 401, WEAK);
    }
    challenged(&world.transfer(&world.token(json!({ "acr": null }))).await, 401, WEAK);
    for acr in ["high", "phr"] {
        assert_eq!(
            world.transfer(&world.token(json!({ "acr": acr }))).await.status,
            201,
            "{acr}"
        );
    }
    let unknown = world.transfer(&world.token(json!({ "auth_time": null }))).await;
    assert!(
        unknown
            .header("www-authenticate")
            .unwrap()
            .contains("the time of the sign-in is not known")
    );
    assert_eq!(
        world
            .list(&world.token(json!({ "acr": null, "auth_time": null })))
            .await
            .status,
        200
    );
    world.handle.stop(false).await;
    let lowest = start(&["--acr", "low"]);
    for acr in [json!("none"), Value::Null] {
        assert_eq!(lowest.transfer(&lowest.token(json!({ "acr": acr }))).await.status, 401);
    }
    lowest.handle.stop(false).await;
}

#[actix_web::test]
async fn proof_of_exactly_the_greatest_age_is_young_enough() {
    let world = start(&[]);
    for (age, status) in [(60, 201), (61, 401)] {
        let mut answer = None;
        while answer.is_none() {
            let at = now();
            let given = world.transfer(&world.token(json!({ "auth_time": at - age }))).await;
            answer = (at == now()).then_some(given);
        }
        let answer = answer.unwrap();
        assert_eq!(answer.status, status, "{age} seconds");
        if status == 401 {
            challenged(&answer, 401, OLD);
        }
    }
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn a_route_that_blocks_asks_for_nothing() {
    let world = start(&["--block"]);
    let answer = world.transfer(&world.token(json!({ "acr": "standard" }))).await;
    let text = "Bearer error=\"insufficient_scope\", error_description=\"a stronger sign-in is needed\"";
    challenged(&answer, 403, text);
    assert_eq!(world.transfer(&world.token(json!({}))).await.status, 201);
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn k20_clients_that_know_no_step_up_are_told_to_end() {
    let world = start(&["--compat"]);
    let answer = world.transfer(&world.token(json!({ "acr": "standard" }))).await;
    challenged(&answer, 401, WEAK);
    let message = "This session is not valid for use with the REST API";
    assert_eq!(
        answer.body,
        json!([{ "errorCode": "INVALID_SESSION_ID", "message": message }])
    );
    // After this one a refresh does help, so the sentence that ends jsforce must not be there.
    let expired = world.list(&world.token(json!({ "exp": 1 }))).await;
    challenged(&expired, 401, &invalid("it expired"));
    let message = "Session expired or invalid";
    assert_eq!(
        expired.body,
        json!([{ "errorCode": "INVALID_SESSION_ID", "message": message }])
    );
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn opaque_tokens_are_asked_about() {
    let world = start(&AS_API);
    let says = |changes: Value| {
        let claims = with(world.claims(), json!({ "active": true, "token_type": "Bearer" }));
        world.seen.lock().unwrap().says = with(claims, changes);
    };
    says(json!({}));
    assert_eq!(world.transfer("cs_at_1").await.status, 201);
    let asked = world.seen.lock().unwrap().asked.clone();
    let expected = [
        ("token", "cs_at_1"),
        ("token_type_hint", "access_token"),
        ("client_ip", "127.0.0.1"),
    ];
    assert_eq!(
        asked,
        [expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()]
    );
    let ended = "it is not, or no longer, good";
    for (changes, why) in [
        (json!({ "active": false }), ended),
        (json!({ "exp": now() - 1 }), ended),
        (json!({ "exp": null }), ended),
        (json!({ "aud": "https://api.example.com" }), "it is for another API"),
        (json!({ "aud": null }), "it is for another API"),
        (json!({ "iss": "https://other.example" }), "it is by another issuer"),
        (json!({ "sub": null }), "it is malformed"),
    ] {
        says(changes);
        challenged(&world.list("cs_at_1").await, 401, &invalid(why));
    }
    says(json!({ "acr": "standard", "aud": ["web-app", API] }));
    assert_eq!(world.list("cs_at_1").await.status, 200);
    challenged(&world.transfer("cs_at_1").await, 401, WEAK);
    // A JWT says all of this itself.
    let before = world.seen.lock().unwrap().asked.len();
    assert_eq!(world.list(&world.token(json!({}))).await.status, 200);
    assert_eq!(world.seen.lock().unwrap().asked.len(), before);
    world.handle.stop(false).await;
    let down = world.list("cs_at_1").await;
    assert_eq!((down.status, down.header("www-authenticate")), (503, None));
}

#[tokio::test]
async fn what_is_revoked_is_refused_where_the_issuer_is_asked() {
    for format in ["jwt", "opaque"] {
        let changed = format!("access_token_format = \"{format}\"");
        let installation = installation(&[("access_token_format = \"jwt\"", &changed)]);
        let arguments = [AS_API.as_slice(), &["--always-introspect"]].concat();
        let (_program, api) = api(&installation.issuer, &arguments);
        let post = async |path: &str, form: &[(&str, &str)]| {
            let secret = Some("demo-service-secret-0123456789abcdef");
            let request = http().post(installation.at(path)).basic_auth("service", secret);
            answer(request.form(form)).await
        };
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "transfers"),
            ("resource", API),
        ];
        let token = post("/oauth2/token", &form).await.text("access_token");
        assert_eq!(token.contains('.'), format == "jwt");
        let bearer = format!("Bearer {token}");
        assert_eq!(call(&api, &bearer, false).await.status, 200);
        challenged(&call(&api, &bearer, true).await, 401, WEAK);
        assert_eq!(post("/oauth2/revoke", &[("token", &token)]).await.status, 200);
        let why = "it is not, or no longer, good";
        challenged(&call(&api, &bearer, false).await, 401, &invalid(why));
    }
}
