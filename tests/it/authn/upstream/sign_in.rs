//! The way there and back, and whose account it is.

use serde_json::json;

use super::{REFUSED, UNKNOWN, connect, go_on, listed, reaching, says, sign_in};
use crate::support::directory::PASSWORD;
use crate::support::keys::with;
use crate::support::provider::{CLIENT_ID, Provider};
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};
use crate::support::server::{TestServer, on_both, with_directory};
use countersign::manage::directory::export;
use countersign::model::actor::Actor;

on_both!(reaching();
    a_connected_account_signs_in, each_method_of_client_authentication_is_used, an_unknown_account_gets_nowhere,
    accounts_are_made_where_the_issuer_says_so, an_address_connects_nobody, a_closed_account_stays_shut,
    an_operator_connects_and_disconnects, secrets_are_sealed, who_signs_in_elsewhere_has_no_password_here,
    what_a_client_hints_at_is_told_on, an_endpoint_elsewhere_is_gone_to_from_a_page_of_its_own);

async fn a_connected_account_signs_in(server: &TestServer) {
    let provider = listed(server, "").await;
    let (rp, alice) = (RelyingParty::new(server, "trusted"), server.user("alice"));
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(login.texts("#providers button"), ["Continue with Example Staff"]);
    let policy = login.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!(" {}", provider.issuer())), "{policy}");
    let page = go_on(&mut browser, &login, &provider).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let said = claims(&answer.text("id_token"));
    assert_eq!(said["sub"], alice.to_string());
    assert_eq!(
        (&said["acr"], &said["auth_time"]),
        (&json!("standard"), &json!(server.now() - 60))
    );
    // What the provider says of itself is not told on unless it is listed, and nothing is invented.
    assert_eq!(said["amr"], json!([]));
    provider.was_asked_rightly();
    let asked = provider.asked();
    assert_eq!(asked["max_age"], "86400");
    assert!(
        !asked.contains_key("prompt") && !asked.contains_key("acr_values"),
        "{asked:?}"
    );
    // Its session is one like any other.
    assert!(rp.authorize(&mut browser, "openid", &[]).await.query("code").is_some());
    assert_eq!(provider.redeemed().len(), 1);
}

async fn each_method_of_client_authentication_is_used(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    for method in ["client_secret_post", "client_secret_basic"] {
        server.apply(&provider.listed(&format!("token_endpoint_auth_method = \"{method}\"")));
        assert!(
            sign_in(&rp, &mut rp.browser(), &provider, &[])
                .await
                .query("code")
                .is_some(),
            "{method}"
        );
        let sent = provider.redeemed().pop().unwrap();
        assert_eq!(sent.contains_key("client_secret"), method == "client_secret_post");
    }
    let by_key = provider.listed("token_endpoint_auth_method = \"private_key_jwt\"");
    server.apply(
        &by_key
            .lines()
            .filter(|line| !line.starts_with("client_secret"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    assert!(
        sign_in(&rp, &mut rp.browser(), &provider, &[])
            .await
            .query("code")
            .is_some()
    );
    let sent = provider.redeemed().pop().unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(sent["client_assertion_type"], kind);
    let said = claims(&sent["client_assertion"]);
    assert_eq!((&said["iss"], &said["sub"]), (&json!(CLIENT_ID), &json!(CLIENT_ID)));
    assert_eq!(said["aud"], json!(provider.issuer()));
    assert_eq!(said["exp"].as_i64(), Some(server.now() + 60));
    assert!(said["jti"].as_str().unwrap().len() >= 16);
    let jwks = server.get("/oauth2/jwks").await.body;
    let header = sent["client_assertion"].split('.').next().unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&countersign::crypto::digest::base64url_decode(header).unwrap()).unwrap();
    let kids: Vec<_> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    assert!(kids.contains(&header["kid"]), "{header} {jwks}");
    provider.was_asked_rightly();
}

async fn an_unknown_account_gets_nowhere(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    for subject in ["nobody", "Alice-there", "alice"] {
        provider.signs_in(subject);
        let page = sign_in(&rp, &mut browser, &provider, &[]).await;
        says(&page, UNKNOWN);
    }
    // Nothing of the errand is lost.
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = browser
        .submit(
            page.form_at("form[action$=login]")
                .set("username", "alice")
                .set("password", PASSWORD),
        )
        .await;
    assert!(page.query("code").is_some(), "{}", page.body);
    let denied = server.audit("login.deny");
    assert_eq!(denied.len(), 3);
    assert!(denied[0].body.contains("nobody is connected"), "{}", denied[0].body);
    assert!(!denied[0].body.contains("alice-there"));
}

async fn accounts_are_made_where_the_issuer_says_so(server: &TestServer) {
    let provider = listed(server, "create_users = true\nprofile = \"default\"").await;
    let rp = RelyingParty::new(server, "trusted");
    provider.signs_in("new one");
    provider.claims(json!({
        "name": "Nina Neu", "preferred_username": "alice", "email": "nina@example.com", "email_verified": true,
        "locale": 7, "permissions": ["manage_directory"], "given_name": "  ", "family_name": ["Neu"], "updated_at": "x",
    }));
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[("scope", "openid profile email")]).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let made = server.user(&format!("{}#new one", provider.issuer()));
    assert_eq!(claims(&answer.text("id_token"))["sub"], made.to_string());
    let told = rp.userinfo(&answer.text("access_token")).await.body;
    assert_eq!(
        (&told["name"], &told["email"]),
        (&json!("Nina Neu"), &json!("nina@example.com"))
    );
    // What is blank or of another type there is not taken over, and nobody is kept out for it.
    assert_eq!(
        (told.get("given_name"), told.get("family_name"), told.get("locale")),
        (None, None, None)
    );
    assert_eq!(told["updated_at"], server.now());
    // The same account again is the same person.
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    assert_eq!(claims(&answer.text("id_token"))["sub"], made.to_string());
    // An address that nobody vouches for is nobody's.
    provider.signs_in("other");
    provider.claims(json!({ "email": "alice@example.com", "email_verified": false, "name": "x".repeat(300) }));
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[("scope", "openid profile email")]).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let told = rp.userinfo(&answer.text("access_token")).await.body;
    assert_eq!((told.get("email"), told.get("name")), (None, None), "{told}");
    assert_ne!(told["sub"], server.user("alice").to_string());
    // One that somebody here has stays that one's alone, whoever vouches for it there.
    provider.signs_in("third");
    provider.claims(json!({ "email": "Alice@EXAMPLE.com", "email_verified": true }));
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[("scope", "openid profile email")]).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let told = rp.userinfo(&answer.text("access_token")).await.body;
    assert_eq!((told.get("email"), told.get("email_verified")), (None, None), "{told}");
}

async fn an_address_connects_nobody(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    provider.signs_in("stranger");
    provider.claims(json!({
        "email": "alice@example.com", "email_verified": true, "preferred_username": "alice",
        "username": "alice", "oid": "alice-there",
    }));
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNKNOWN);
    // The same subject at another provider is somebody else.
    let other = Provider::start(server);
    server.apply(&other.listed("").replace("Example Staff", "Other Works"));
    says(&sign_in(&rp, &mut rp.browser(), &other, &[]).await, UNKNOWN);
}

async fn a_closed_account_stays_shut(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let alice = server.user("alice");
    server
        .manage(move |work, actor| countersign::manage::users::disable(work, actor, alice))
        .await;
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, REFUSED);
    server
        .manage(move |work, actor| countersign::manage::users::enable(work, actor, alice))
        .await;
    // Locked by wrong passwords, it is shut to other first factors too, and opens again with time.
    let mut browser = rp.browser();
    let mut page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..10 {
        let form = page
            .form_at("form[action$=login]")
            .set("username", "alice")
            .set("password", "wrong");
        page = browser.submit(form).await;
    }
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, REFUSED);
    server.advance(901);
    provider.is_at(server.now());
    assert!(
        sign_in(&rp, &mut rp.browser(), &provider, &[])
            .await
            .query("code")
            .is_some()
    );
}

async fn an_operator_connects_and_disconnects(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    let refresh = rp.redeem(&code_of(&page)).await.accepted();
    let (alice, bob, issuer) = (server.user("alice"), server.user("bob"), provider.issuer());
    let taken = server
        .server
        .perform(countersign::work::Origin::default(), {
            let issuer = issuer.clone();
            move |work| countersign::manage::users::connect(work, &Actor::Operator, bob, (&issuer, "alice-there"))
        })
        .await;
    assert!(taken.unwrap_err().to_string().contains("somebody else"));
    let removed = server
        .manage(move |work, actor| countersign::manage::users::disconnect(work, actor, alice, &issuer))
        .await;
    assert_eq!(removed, 1);
    // The session that came from there ended, and what rests on it.
    assert_eq!(
        rp.authorize(&mut browser, "openid", &[]).await.page().as_deref(),
        Some("login")
    );
    assert_eq!(rp.userinfo(&refresh.text("access_token")).await.status, 401);
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNKNOWN);
    connect(server, &provider, "bob", "alice-there").await;
    assert_eq!(
        sign_in(&rp, &mut rp.browser(), &provider, &[]).await.page().as_deref(),
        Some("enrol")
    );
}

async fn secrets_are_sealed(server: &TestServer) {
    let provider = listed(server, "").await;
    let exported = |secrets: bool| {
        let read = |view: &mut countersign::work::View<'_>| export(view, &Actor::Operator, secrets);
        server.server.read_blocking(read).unwrap()
    };
    let (public, whole) = (exported(false), exported(true));
    assert!(!public.contains("upstream:secret") && !whole.contains("upstream:secret"));
    let of_issuer = |text: &str| {
        text.split("[[issuers]]")
            .nth(1)
            .unwrap()
            .split("\n[[")
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(!of_issuer(&public).contains("secret"), "{public}");
    assert!(of_issuer(&whole).contains("client_secret_sealed"), "{whole}");
    assert!(
        whole.contains("kind = \"upstream\"") && whole.contains("alice-there"),
        "{whole}"
    );
    for change in server.audit("policy.changed") {
        assert!(
            !change.body.contains("upstream:secret") && !change.body.contains("\"secret\":["),
            "{}",
            change.body
        );
    }
    // What is exported can be applied, and a file that says nothing of the secret leaves it.
    server.apply(&whole);
    server.apply(
        &provider
            .listed("")
            .lines()
            .filter(|line| !line.starts_with("client_secret"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let rp = RelyingParty::new(server, "trusted");
    assert!(
        sign_in(&rp, &mut rp.browser(), &provider, &[])
            .await
            .query("code")
            .is_some()
    );
    provider.was_asked_rightly();
}

async fn who_signs_in_elsewhere_has_no_password_here(server: &TestServer) {
    let provider = listed(server, "").await;
    let carol = format!("\n[[users]]\nusername = \"carol\"\nsso_only = true\npassword = \"{PASSWORD}\"\n");
    server.apply(&carol);
    connect(server, &provider, "carol", "carol-there").await;
    provider.signs_in("carol-there");
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    // A stranger is not told: the name is as wrong as any.
    let hinted = rp.authorize(&mut browser, "openid", &[("login_hint", "carol")]).await;
    assert!(!hinted.texts("#submit").is_empty());
    let denied = browser
        .submit(
            hinted
                .form_at("form[action$=login]")
                .set("username", "carol")
                .set("password", PASSWORD),
        )
        .await;
    assert_eq!(denied.status, 400);
    assert_eq!(
        denied.texts("#error"),
        ["That username and password do not belong together. Check both and try again."]
    );
    let page = go_on(&mut browser, &denied, &provider).await;
    assert!(page.query("code").is_some(), "{}", page.body);
    // Who is there and must sign in anew is led to their provider alone.
    let anew = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    assert_eq!(anew.page().as_deref(), Some("login"));
    assert!(
        anew.texts("#submit").is_empty() && anew.texts("#forgot").is_empty(),
        "{}",
        anew.body
    );
    assert_eq!(anew.texts("#providers button"), ["Continue with Example Staff"]);
    // Nor has the account a password to look after.
    let page = browser.get(&server.at("/account/security")).await;
    assert!(page.texts("#change-password").is_empty(), "{}", page.body);
}

async fn what_a_client_hints_at_is_told_on(server: &TestServer) {
    let provider = listed(server, "scope = \"openid profile\"").await;
    let rp = RelyingParty::new(server, "trusted");
    sign_in(
        &rp,
        &mut rp.browser(),
        &provider,
        &[("login_hint", "alice&prompt=none")],
    )
    .await;
    let asked = provider.asked();
    assert_eq!(
        (asked["login_hint"].as_str(), asked["scope"].as_str()),
        ("alice&prompt=none", "openid profile")
    );
    provider.was_asked_rightly();
}

async fn an_endpoint_elsewhere_is_gone_to_from_a_page_of_its_own(server: &TestServer) {
    let provider = listed(server, "").await;
    let elsewhere = provider.issuer().replace("127.0.0.1", "localhost");
    provider.metadata(json!({ "authorization_endpoint": format!("{elsewhere}/authorize?tenant=a%20b") }));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    assert_eq!((page.page().as_deref(), page.status), (Some("notice"), 200));
    let refresh = page.header("refresh").unwrap();
    assert!(
        refresh.starts_with(&format!("0; url={elsewhere}/authorize?")),
        "{refresh}"
    );
    let link = page.link("a.primary");
    let page = browser.follow(&page.url, &link).await;
    assert!(page.query("code").is_some(), "{}", page.body);
    provider.was_asked_rightly();
}

#[tokio::test]
async fn without_a_provider_nothing_of_it_is_there() {
    let keys = crate::support::keys::Keys::new(countersign::model::signing_key::Algorithm::Es256);
    let server = with_directory(crate::support::directory::DIRECTORY).start().await;
    let jwks = crate::support::keys::toml(&keys.jwks());
    server.apply(&format!(
        "[[issuers]]\nissuer = \"https://jwt.example\"\njwks = {jwks}\n"
    ));
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    assert!(login.texts("#providers button").is_empty());
    // An issuer of assertions is no provider.
    let mut form = login.form();
    form.action = form.action.join("upstream").unwrap();
    let refused = browser.submit(form.clone().add("issuer", "https://jwt.example")).await;
    assert_eq!(
        refused.error_class().as_deref(),
        Some("step_not_due"),
        "{}",
        refused.body
    );
    let refused = browser.get(&server.at("/oauth2/callback?state=abc&code=def")).await;
    assert_eq!(refused.error_class().as_deref(), Some("expired_interaction"));
    let now = server.now();
    let token = keys.sign_as(
        "logout+jwt",
        &with(
            json!({ "iss": "https://jwt.example", "iat": now, "exp": now + 60, "sub": "a" }),
            json!({}),
        ),
    );
    let told = server
        .post("/oauth2/backchannel_logout", &[("logout_token", &token)])
        .await;
    told.refused(400, "invalid_request");
    let page = log_in(&mut browser, login, "alice").await;
    assert!(page.query("code").is_some());
    let security = browser.get(&server.at("/account/security")).await;
    assert!(security.attribute("[data-connect]", "href").is_none());
    server.stop().await;
}
