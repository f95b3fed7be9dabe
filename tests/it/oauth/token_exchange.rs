//! Token exchange. RFC 8693.

use serde_json::{Value, json};

use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, claims};
use crate::support::server::{TestServer, with_directory};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const API: &str = "https://api.example/transfers";
const OPAQUE: &str = "https://api.example/opaque";

/// An app whose tokens a gateway may exchange, and clients that may not.
pub(super) fn directory() -> String {
    let client = |id: &str, grant_types: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\nrequire_consent = false\n\
             grant_types = [{grant_types}]\naccess_token_signing_alg = \"ES256\"\n\
             id_token_signed_response_alg = \"ES256\"\n{rest}\n"
        )
    };
    let exchanging = format!("\"{GRANT}\", \"client_credentials\"");
    let named = format!("scope = \"calendar reports\"\nresources = [\"{API}\", \"{OPAQUE}\"]\n");
    [
        DIRECTORY,
        &client(
            "front",
            "\"authorization_code\", \"refresh_token\", \"client_credentials\"",
            "redirect_uris = [\"https://app.example/callback\"]\nscope = \"openid calendar reports offline_access\"\n\
             may_act = [\"gateway\", \"denied\"]\n",
        ),
        &client(
            "gateway",
            &exchanging,
            &format!("{named}exchange_assurance = \"inherit\"\n"),
        ),
        &client("denied", &exchanging, &named),
        &client("stranger", &exchanging, &named),
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    a_token_is_exchanged_for_less_and_never_for_more,
    actors_are_named_and_so_are_those_before,
    what_was_exchanged_ends_with_what_it_came_of,
    nothing_outlives_what_it_came_of,
    what_is_wrong_with_an_exchange_is_said
}

/// Exchanges an access token for another.
pub(super) async fn exchange(rp: &RelyingParty<'_>, subject: &str, further: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    form.retain(|(name, _)| !further.iter().any(|(given, _)| given == name));
    form.extend(further.iter().filter(|(_, value)| !value.is_empty()));
    rp.token(&form).await
}

async fn front(server: &TestServer) -> Answer {
    let rp = RelyingParty::new(server, "front");
    rp.tokens(&mut rp.browser(), "alice", "openid calendar offline_access")
        .await
}

async fn own_token(rp: &RelyingParty<'_>) -> String {
    let answer = rp
        .token(&[("grant_type", "client_credentials"), ("scope", "calendar")])
        .await;
    answer.accepted().text("access_token")
}

async fn a_token_is_exchanged_for_less_and_never_for_more(server: &TestServer) {
    let subject = front(server).await.text("access_token");
    let gateway = RelyingParty::new(server, "gateway");
    let answer = exchange(&gateway, &subject, &[]).await.accepted();
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(
        (answer.text("issued_token_type"), answer.text("token_type")),
        (ACCESS_TOKEN.into(), "Bearer".into())
    );
    assert_eq!(
        (answer.text("scope"), &answer.body["refresh_token"]),
        ("calendar".into(), &Value::Null)
    );
    let (before, after) = (claims(&subject), claims(&answer.text("access_token")));
    for same in ["sub", "aud", "acr", "amr", "auth_time", "iss", "exp"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(
        (&after["client_id"], &after["act"], &after["sid"]),
        (&json!("gateway"), &Value::Null, &Value::Null)
    );
    assert_eq!(server.audit("token.exchanged").len(), 1);
    // APIs that were named for the gateway, as `resource` or `audience`; a refresh token, by its own client alone.
    for name in ["resource", "audience"] {
        let answer = exchange(&gateway, &subject, &[(name, API), ("requested_token_type", JWT)])
            .await
            .accepted();
        assert_eq!(claims(&answer.text("access_token"))["aud"], json!(API));
        assert_eq!(answer.text("issued_token_type"), JWT);
    }
    let opaque = exchange(&gateway, &subject, &[("resource", OPAQUE)])
        .await
        .accepted()
        .text("access_token");
    assert!(opaque.starts_with("cs_at_"));
    nothing_more_comes_of(&gateway, &subject, &opaque).await;
}

/// What an exchange does not give.
async fn nothing_more_comes_of(gateway: &RelyingParty<'_>, subject: &str, opaque: &str) {
    let narrowed = exchange(gateway, opaque, &[]).await.accepted();
    assert_eq!(
        gateway.introspect(&narrowed.text("access_token")).await["aud"],
        json!(OPAQUE)
    );
    exchange(gateway, subject, &[("scope", "reports")])
        .await
        .refused(400, "invalid_scope");
    exchange(gateway, subject, &[("scope", "calendar openid")])
        .await
        .refused(400, "invalid_scope");
    // A token for this server becomes one for it, which one for an API does not.
    let issuer = gateway.server.issuer.as_str();
    let own = exchange(gateway, subject, &[("resource", issuer)]).await.accepted();
    assert_eq!(claims(&own.text("access_token"))["aud"], json!(issuer));
    exchange(gateway, opaque, &[("resource", issuer)])
        .await
        .refused(400, "invalid_target");
    for target in ["https://api.example/statements", "https://elsewhere.example/", "front"] {
        exchange(gateway, subject, &[("audience", target)])
            .await
            .refused(400, "invalid_target");
    }
    exchange(gateway, subject, &[("resource", OPAQUE), ("requested_token_type", JWT)])
        .await
        .refused(400, "invalid_request");
    // No browser session comes of it (ASSURANCE.md §6).
    let bridged = gateway
        .post("/session/bridge", &[("access_token", opaque), ("target", "/")])
        .await;
    bridged.refused(400, "invalid_grant");
}

async fn actors_are_named_and_so_are_those_before(server: &TestServer) {
    let subject = front(server).await.text("access_token");
    let gateway = RelyingParty::new(server, "gateway");
    let actor = own_token(&gateway).await;
    let acting = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let mut token = exchange(&gateway, &subject, &acting)
        .await
        .accepted()
        .text("access_token");
    let mut act = json!({ "sub": "gateway", "client_id": "gateway" });
    for _ in 1..4 {
        assert_eq!(claims(&token)["act"], act);
        assert_eq!(gateway.introspect(&token).await["act"], act);
        token = exchange(&gateway, &token, &acting)
            .await
            .accepted()
            .text("access_token");
        act = json!({ "sub": "gateway", "client_id": "gateway", "act": act });
    }
    assert_eq!(claims(&token)["act"], act);
    assert_eq!(claims(&token)["sub"], claims(&subject)["sub"]);
    exchange(&gateway, &token, &acting)
        .await
        .refused(400, "invalid_request");
    // Whoever acts without saying so hides nobody who acted before.
    let first = exchange(&gateway, &subject, &acting)
        .await
        .accepted()
        .text("access_token");
    let silent = exchange(&gateway, &first, &[]).await.accepted().text("access_token");
    assert_eq!(claims(&silent)["act"], claims(&first)["act"]);
    // An actor's token is the actor's own, and was not exchanged.
    let foreign = own_token(&RelyingParty::new(server, "stranger")).await;
    for actor in [foreign.as_str(), first.as_str(), "cs_at_unknown", ""] {
        let acting = [("actor_token", actor), ("actor_token_type", ACCESS_TOKEN)];
        exchange(&gateway, &subject, &acting)
            .await
            .refused(400, "invalid_request");
    }
    for kind in ["", REFRESH_TOKEN, ID_TOKEN] {
        let acting = [("actor_token", actor.as_str()), ("actor_token_type", kind)];
        exchange(&gateway, &subject, &acting)
            .await
            .refused(400, "invalid_request");
    }
    // It ends with its actor too.
    gateway.post("/oauth2/revoke", &[("token", &actor)]).await;
    assert_eq!(gateway.introspect(&silent).await, json!({ "active": false }));
}

async fn what_was_exchanged_ends_with_what_it_came_of(server: &TestServer) {
    let (app, gateway) = (RelyingParty::new(server, "front"), RelyingParty::new(server, "gateway"));
    for revoked in ["access_token", "refresh_token"] {
        let tokens = front(server).await;
        let subject = tokens.text("access_token");
        let first = exchange(&gateway, &subject, &[]).await.accepted().text("access_token");
        let second = exchange(&gateway, &first, &[("resource", OPAQUE)])
            .await
            .accepted()
            .text("access_token");
        assert_eq!(gateway.introspect(&second).await["active"], true);
        let answer = app.post("/oauth2/revoke", &[("token", &tokens.text(revoked))]).await;
        assert_eq!(answer.status, 200);
        for token in [&first, &second] {
            assert_eq!(gateway.introspect(token).await, json!({ "active": false }), "{revoked}");
        }
        exchange(&gateway, &first, &[]).await.refused(400, "invalid_request");
    }
    // In the middle of a chain, an opaque one.
    let subject = front(server).await.text("access_token");
    let first = exchange(&gateway, &subject, &[("resource", OPAQUE)])
        .await
        .accepted()
        .text("access_token");
    let second = exchange(&gateway, &first, &[("resource", API)])
        .await
        .accepted()
        .text("access_token");
    gateway.post("/oauth2/revoke", &[("token", &first)]).await;
    assert_eq!(gateway.introspect(&second).await["active"], false);
    assert_eq!(app.introspect(&subject).await["active"], true);
    // Who may not act any more gets nothing more, and a person who may not sign in is spoken for by nobody.
    server.apply("[[users]]\nusername = \"alice\"\nstatus = \"disabled\"\n");
    exchange(&gateway, &subject, &[]).await.refused(400, "invalid_request");
}

async fn nothing_outlives_what_it_came_of(server: &TestServer) {
    let (app, gateway) = (RelyingParty::new(server, "front"), RelyingParty::new(server, "gateway"));
    let tokens = front(server).await;
    let subject = tokens.text("access_token");
    server.advance(600);
    let answer = exchange(&gateway, &subject, &[]).await.accepted();
    assert_eq!(answer.body["expires_in"], 300);
    assert_eq!(claims(&answer.text("access_token"))["exp"], claims(&subject)["exp"]);
    server.advance(300);
    assert_eq!(gateway.introspect(&answer.text("access_token")).await["active"], false);
    exchange(&gateway, &subject, &[]).await.refused(400, "invalid_request");
    // Its own client alone exchanges a refresh token, and `front` may not exchange.
    let refresh = tokens.text("refresh_token");
    let kind = [("subject_token_type", REFRESH_TOKEN)];
    exchange(&gateway, &refresh, &kind)
        .await
        .refused(400, "invalid_request");
    exchange(&app, &refresh, &kind)
        .await
        .refused(400, "unauthorized_client");
}

async fn what_is_wrong_with_an_exchange_is_said(server: &TestServer) {
    let tokens = front(server).await;
    let (subject, id_token) = (tokens.text("access_token"), tokens.text("id_token"));
    let gateway = RelyingParty::new(server, "gateway");
    let own = own_token(&gateway).await;
    let forged = format!("{subject}x");
    for (subject, further) in [
        ("", &[][..]),
        ("nonsense", &[]),
        (&forged, &[]),
        (&subject, &[("subject_token_type", "")]),
        (
            &subject,
            &[("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")],
        ),
        (&id_token, &[("subject_token_type", ID_TOKEN)]),
        (&id_token, &[("subject_token_type", JWT)]),
        (&own, &[]),
        ("cs_at_unknown", &[("subject_token_type", JWT)]),
        (&subject, &[("requested_token_type", REFRESH_TOKEN)]),
        (&subject, &[("requested_token_type", ID_TOKEN)]),
        (&subject, &[("actor_token_type", ACCESS_TOKEN)]),
    ] {
        let refused = exchange(&gateway, subject, further).await;
        refused.refused(400, "invalid_request");
    }
    let stranger = RelyingParty::new(server, "stranger");
    exchange(&stranger, &subject, &[]).await.refused(400, "invalid_request");
    let app = RelyingParty::new(server, "app");
    exchange(&app, &subject, &[]).await.refused(400, "unauthorized_client");
    let mut wrong = RelyingParty::new(server, "gateway");
    wrong.secret = Some("wrong".to_owned());
    exchange(&wrong, &subject, &[]).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn switched_off_there_is_none_of_it() {
    let off = with_directory(&directory()).settings("[exchange]\nenabled = false");
    let server = off.start().await;
    let subject = front(&server).await.text("access_token");
    let refused = exchange(&RelyingParty::new(&server, "gateway"), &subject, &[]).await;
    refused.refused(400, "unsupported_grant_type");
    let metadata = server.get("/.well-known/openid-configuration").await.accepted();
    assert!(
        !metadata.body["grant_types_supported"]
            .to_string()
            .contains("token-exchange")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_chain_is_as_long_as_it_may_be_and_of_the_kind_that_is_asked_for() {
    let short = with_directory(&directory()).settings("[exchange]\nmax_chain = 2");
    let server = short.start().await;
    let gateway = RelyingParty::new(&server, "gateway");
    let mut token = front(&server).await.text("access_token");
    for kind in [ACCESS_TOKEN, JWT] {
        let asked = [("requested_token_type", kind)];
        let opaque = [asked[0], ("resource", OPAQUE)];
        let refused = exchange(&gateway, &token, &opaque).await;
        if kind == JWT {
            let said = refused.refused(400, "invalid_request");
            assert!(said.contains("no JWTs"), "{said}");
        } else {
            refused.accepted();
        }
        let answer = exchange(&gateway, &token, &asked).await.accepted();
        assert_eq!(answer.text("issued_token_type"), kind);
        token = answer.text("access_token");
    }
    let said = exchange(&gateway, &token, &[]).await.refused(400, "invalid_request");
    assert!(said.contains("too often"), "{said}");
    server.stop().await;
}
