//! Passkeys in a real browser with a virtual authenticator: made at a step-up, then proof, then sign-in alone.

use countersign::authn::attempts;
use countersign::manage::users;
use countersign::policy::lockout::{self, Attempt, Side};
use countersign::work::Work;
use serde_json::{Value, json};

use super::{DESKTOP, PHONE, address, enrol, find, log_in, press, start, without_scripts};
use crate::support::directory::{DIRECTORY, PASSWORD, SECRET};
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::{TestServer, with_directory};
use crate::support::webdriver::Chromium;

use super::application::Application;

/// A server under a name, with a client at `high` that comes back to the application, and one that wants nothing.
async fn server(application: &Application) -> TestServer {
    let client = |id: &str, level: &str| {
        format!(
            "[[clients]]\nclient_id = \"{id}\"\nclient_name = \"Corner Shop\"\nclient_secret = \"{SECRET}\"\n\
             redirect_uris = [\"{}\"]\nscope = \"openid profile\"\nrequired_acr = \"{level}\"\nrequire_consent = false\n\
             application_type = \"native\"\nid_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n",
            application.at("/callback")
        )
    };
    let directory = [DIRECTORY.to_owned(), client("shop", "high"), client("kiosk", "none")].join("\n");
    with_directory(&directory).named().start().await
}

fn party<'a>(server: &'a TestServer, application: &Application, client: &str) -> RelyingParty<'a> {
    let mut rp = RelyingParty::new(server, client);
    rp.redirect_uri = application.at("/callback");
    rp
}

/// What the ID token says to the client that the browser came back to.
async fn said(chromium: &Chromium, rp: &RelyingParty<'_>, application: &Application) -> Value {
    let (_, received) = application.received(chromium).await;
    let code = received.iter().find(|(name, _)| name == "code").expect("a code");
    claims(&rp.redeem(&code.1).await.accepted().text("id_token"))
}

async fn go(chromium: &Chromium, address: &str) {
    chromium.client.goto(address).await.expect("a page");
}

/// A browser that has forgotten us; its authenticator has not.
async fn forget(chromium: &Chromium, server: &TestServer) {
    chromium.forget().await;
    server.advance(60);
}

#[actix_web::test]
async fn a_passkey_is_made_then_proven_then_signs_in_alone() {
    let Some((chromium, application)) = start(PHONE).await else {
        return;
    };
    let server = server(&application).await;
    let authenticator = chromium.authenticator().await;
    let (shop, kiosk) = (
        party(&server, &application, "shop"),
        party(&server, &application, "kiosk"),
    );

    // Made at the step-up, where an authenticator app is offered too.
    log_in(&chromium, &address(&shop, None), PASSWORD).await;
    find(&chromium, "[data-page=enrol] #totp-secret").await;
    chromium.screenshot("enrol-passkey").await;
    press(&chromium, "#passkey").await;
    let token = said(&chromium, &shop, &application).await;
    assert_eq!(
        (&token["acr"], &token["auth_time"]),
        (&json!("phr"), &json!(server.now()))
    );
    assert_eq!(token["amr"], json!(["hwk", "pop", "user", "mfa"]));
    assert_eq!(server.audit("factor.enrolled").len(), 1);

    // A second factor elsewhere: the password, then the passkey.
    forget(&chromium, &server).await;
    authenticator.verifies(false).await;
    log_in(&chromium, &address(&shop, None), PASSWORD).await;
    find(&chromium, "[data-page=challenge] #passkey").await;
    chromium.screenshot("challenge-passkey").await;
    press(&chromium, "#passkey").await;
    let told = find(&chromium, "[data-passkey-status]:not(:empty)").await;
    assert!(
        told.text().await.unwrap().contains("Nothing was sent"),
        "who is not recognised is not let in"
    );
    authenticator.verifies(true).await;
    press(&chromium, "#passkey").await;
    assert_eq!(said(&chromium, &shop, &application).await["acr"], "phr");

    // And alone, without a name: by the button, then offered by the browser in the field for the name.
    for by_button in [true, false] {
        forget(&chromium, &server).await;
        authenticator.verifies(!by_button).await;
        go(&chromium, &address(&kiosk, None)).await;
        if by_button {
            find(&chromium, "[data-page=login] #passkey").await;
            chromium.screenshot("login-passkey").await;
            authenticator.verifies(true).await;
            press(&chromium, "#passkey").await;
        }
        let token = said(&chromium, &kiosk, &application).await;
        assert_eq!(token["sub"], server.user("alice").to_string());
        assert_eq!(
            (&token["acr"], &token["amr"]),
            (&json!("phr"), &json!(["hwk", "pop", "user", "mfa"]))
        );
    }
    application.stop().await;
    chromium.close().await;
}

/// Answers a challenge through the page's own addresses, as often as `times` says: the addresses that the answers led to.
fn answering(times: usize) -> String {
    format!(
        r#"
        const form = document.querySelector("form[data-passkey]");
        const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
        const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
            .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
        const csrf = form.elements.csrf.value;
        const body = (fields) => ({{ method: "POST", body: new URLSearchParams(fields) }});
        const options = (await (await fetch(form.dataset.options, body({{ csrf }}))).json()).publicKey;
        options.challenge = bytes(options.challenge);
        (options.allowCredentials || []).forEach(known => {{ known.id = bytes(known.id); }});
        const made = await navigator.credentials.get({{ publicKey: options }});
        const response = {{}};
        for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle"]) {{
            response[name] = text(made.response[name]);
        }}
        const credential = JSON.stringify(
            {{ id: made.id, rawId: text(made.rawId), type: made.type, extensions: {{}}, response }});
        const led = [];
        for (let times = 0; times < {times}; times += 1) {{
            led.push(new URL((await fetch(form.action, body({{ csrf, credential }}))).url).search);
        }}
        return led;
        "#
    )
}

#[actix_web::test]
async fn an_answer_counts_once_and_for_its_owner_alone() {
    let Some((chromium, application)) = start(DESKTOP).await else {
        return;
    };
    let server = server(&application).await;
    let authenticator = chromium.authenticator().await;
    chromium.prepare(WATCHED).await;
    let kiosk = party(&server, &application, "kiosk");
    log_in(&chromium, &address(&kiosk, Some(("acr_values", "phr"))), PASSWORD).await;
    press(&chromium, "[data-page=enrol] #passkey").await;
    said(&chromium, &kiosk, &application).await;

    // Sent twice, the second answer finds its challenge used; whose account was disabled gets the same answer.
    forget(&chromium, &server).await;
    authenticator.verifies(false).await;
    go(&chromium, &address(&kiosk, None)).await;
    find(&chromium, "[data-page=login] #passkey").await;
    authenticator.verifies(true).await;
    let alice = server.user("alice");
    // An account that is locked stays shut.
    let guess = move |work: &mut Work<'_>| {
        let side = Side::Account(lockout::subject(Some(alice), "alice"));
        (0..10).try_for_each(|_| attempts::charge(work, &side, Attempt::Password).map(drop))
    };
    server.manage(move |work, _| guess(work)).await;
    let led = chromium.run(&answering(1)).await;
    assert_eq!(led, json!(["?factor=passkey&denied=passkey"]));
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    let led = chromium.run(&answering(2)).await;
    assert_eq!(
        led,
        json!(["?factor=passkey&denied=passkey", "?factor=passkey&denied=passkey"])
    );
    assert_eq!(server.audit("login.deny").len(), 3);
    application.stop().await;
    chromium.close().await;
}

#[actix_web::test]
async fn a_security_key_that_verifies_nobody_is_a_second_factor() {
    let Some((chromium, application)) = start(DESKTOP).await else {
        return;
    };
    let server = server(&application).await;
    chromium.security_key().await;
    let shop = party(&server, &application, "shop");
    for page in ["enrol", "challenge"] {
        forget(&chromium, &server).await;
        log_in(&chromium, &address(&shop, None), PASSWORD).await;
        press(&chromium, &format!("[data-page={page}] #passkey")).await;
        let token = said(&chromium, &shop, &application).await;
        assert_eq!(
            (&token["acr"], &token["amr"]),
            (&json!("phr"), &json!(["pwd", "hwk", "pop", "user", "mfa"]))
        );
    }
    application.stop().await;
    chromium.close().await;
}

/// Notes what the page asks the browser for, which refuses as `window.refusal` says; nobody takes up an offer in a field.
const WATCHED: &str = r#"
    window.asked = [];
    window.signalled = [];
    for (const name of ["get", "create"]) {
        const real = navigator.credentials[name].bind(navigator.credentials);
        navigator.credentials[name] = (options) => {
            window.asked.push(options.mediation || name);
            if (options.mediation) {
                return new Promise(() => {});
            }
            return window.refusal ? Promise.reject(new DOMException("", window.refusal)) : real(options);
        };
    }
    PublicKeyCredential.signalUnknownCredential = (told) => {
        window.signalled.push(told);
        return Promise.resolve();
    };
"#;

#[actix_web::test]
async fn the_page_says_what_became_of_a_passkey() {
    let Some((chromium, application)) = start(DESKTOP).await else {
        return;
    };
    let server = server(&application).await;
    let authenticator = chromium.authenticator().await;
    let (shop, kiosk) = (
        party(&server, &application, "shop"),
        party(&server, &application, "kiosk"),
    );
    chromium.prepare(WATCHED).await;

    // An authenticator that holds one already.
    log_in(&chromium, &address(&shop, None), PASSWORD).await;
    find(&chromium, "[data-page=enrol] #passkey").await;
    chromium.run("window.refusal = 'InvalidStateError';").await;
    press(&chromium, "#passkey").await;
    let told = find(&chromium, "[data-passkey-status]:not(:empty)").await;
    assert!(
        told.text()
            .await
            .unwrap()
            .contains("holds a passkey for your account already")
    );
    chromium.run("window.refusal = '';").await;
    press(&chromium, "#passkey").await;
    said(&chromium, &shop, &application).await;

    // The browser offers passkeys in the field again after a prompt that was closed.
    forget(&chromium, &server).await;
    authenticator.verifies(false).await;
    go(&chromium, &address(&kiosk, None)).await;
    find(&chromium, "[data-page=login] #passkey").await;
    chromium
        .run("window.refusal = 'NotAllowedError'; window.asked = [];")
        .await;
    press(&chromium, "#passkey").await;
    find(&chromium, "[data-passkey-status]:not(:empty)").await;
    let asked = chromium
        .run("while (window.asked.length < 2) { await new Promise(r => setTimeout(r, 20)); } return window.asked;")
        .await;
    assert_eq!(asked, json!(["get", "conditional"]));
    assert_eq!(chromium.run("return window.signalled;").await, json!([]));

    // A passkey that was removed here is one that the browser is told to forget.
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::reset_factors(work, actor, alice))
        .await;
    authenticator.verifies(true).await;
    chromium.run("window.refusal = '';").await;
    press(&chromium, "#passkey").await;
    let alert = find(&chromium, "[data-page=login] #error").await;
    assert!(alert.text().await.unwrap().contains("was not accepted"));
    let signalled = chromium.run("return window.signalled;").await;
    assert_eq!(signalled[0]["rpId"], "localhost");
    let held = authenticator.credentials().await;
    assert_eq!(signalled[0]["credentialId"], held[0]["credentialId"]);
    application.stop().await;
    chromium.close().await;
}

#[actix_web::test]
async fn without_scripts_another_factor_does() {
    let Some((chromium, application)) = start(without_scripts(PHONE)).await else {
        return;
    };
    let server = server(&application).await;
    let shop = party(&server, &application, "shop");
    log_in(&chromium, &address(&shop, None), PASSWORD).await;
    let page = find(&chromium, "[data-page=enrol] main").await;
    assert!(page.text().await.unwrap().contains("A passkey needs JavaScript"));
    enrol(&chromium, &server).await;
    assert_eq!(said(&chromium, &shop, &application).await["acr"], "high");
    application.stop().await;
    chromium.close().await;
}
