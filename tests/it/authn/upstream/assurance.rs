//! What a sign-in elsewhere is worth here: what is listed, and no more. ASSURANCE.md §1 and worked example 34, CLAUSES.md S6, S7,
//! S78, S79.

use serde_json::json;

use super::{STALE, connect, listed, reaching, says, sign_in};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, prove};
use crate::support::server::{TestServer, on_both};

on_both!(reaching();
    s7_standard_elsewhere_is_followed_by_a_challenge_where_high_is_required,
    s7_high_elsewhere_is_followed_by_none_and_nothing_is_invented,
    what_a_profile_requires_is_asked_for_there_before_here,
    s6_a_column_that_moves_concerns_later_sessions_alone,
    worked_example_34_methods_that_are_not_accepted_are_worth_nothing,
    what_is_required_is_asked_for_there, fresh_proof_is_asked_for_and_dated, old_proof_stays_old,
    s79_wrong_passwords_elsewhere_are_not_counted_here);

on_both!(reaching().settings("").trusting("127.0.0.1");
    s78_programs_may_log_in_unless_they_are_outside);

const HIGH: &str = "column = \"high\"\naccepted_acr = { loa2 = \"high\", loa1 = \"standard\" }\n\
                    accepted_amr = { pwd = \"standard\", mfa = \"high\" }";

/// Bob's profile requires a second factor.
async fn bob_there(server: &TestServer, further: &str) -> Provider {
    let provider = listed(server, further).await;
    connect(server, &provider, "bob", "bob-there").await;
    provider.signs_in("bob-there");
    provider
}

async fn s7_standard_elsewhere_is_followed_by_a_challenge_where_high_is_required(server: &TestServer) {
    let provider = bob_there(server, "accepted_amr = { mfa = \"high\" }").await;
    // Whatever it says: the column is standard.
    provider.claims(json!({ "amr": ["pwd", "mfa"] }));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!(said["acr"], "high");
    server.advance(60);
    provider.is_at(server.now());
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    let page = prove(server, &mut browser, page, &secret).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!(
        (&said["acr"], &said["auth_time"]),
        (&json!("high"), &json!(server.now()))
    );
}

async fn s7_high_elsewhere_is_followed_by_none_and_nothing_is_invented(server: &TestServer) {
    let provider = bob_there(server, HIGH).await;
    let rp = RelyingParty::new(server, "trusted");
    for (said_there, amr) in [
        (json!({ "acr": "loa2", "amr": ["pwd", "face"] }), json!(["pwd"])),
        (json!({ "acr": "loa1", "amr": ["pwd", "mfa"] }), json!(["pwd", "mfa"])),
    ] {
        provider.claims(said_there);
        let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
        let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
        assert_eq!((&said["acr"], &said["amr"]), (&json!("high"), &amr));
        assert_eq!(said["auth_time"], json!(server.now() - 60));
    }
    for short in [
        json!({}),
        json!({ "acr": "loa1" }),
        json!({ "acr": "high", "amr": ["otp", "hwk"] }),
    ] {
        provider.claims(short.clone());
        let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
        assert_eq!(page.page().as_deref(), Some("enrol"), "{short}: {}", page.body);
    }
}

async fn what_a_profile_requires_is_asked_for_there_before_here(server: &TestServer) {
    let provider = bob_there(server, HIGH).await;
    let rp = RelyingParty::new(server, "trusted");
    // Nobody knows who comes; once it is bob, who needs more, his provider is asked for that.
    provider.signs_by_request();
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!((&said["acr"], &said["amr"]), (&json!("high"), &json!([])));
    assert_eq!(
        (provider.redeemed().len(), provider.asked()["acr_values"].as_str()),
        (2, "loa2")
    );
    // It is asked once; what it cannot show is shown here.
    provider.recovers();
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    assert_eq!((page.page().as_deref(), provider.redeemed().len()), (Some("enrol"), 4));
    // Who declines there, or is somebody else there, is asked here.
    for answer in [json!({ "code": null, "error": "access_denied" }), json!({})] {
        let mut browser = rp.browser();
        provider.once_more(answer, "alice-there");
        let page = sign_in(&rp, &mut browser, &provider, &[]).await;
        assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
        provider.recovers();
        provider.signs_in("bob-there");
    }
    provider.was_asked_rightly();
}

async fn s6_a_column_that_moves_concerns_later_sessions_alone(server: &TestServer) {
    let provider = bob_there(server, HIGH).await;
    provider.claims(json!({ "acr": "loa2" }));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    assert!(sign_in(&rp, &mut browser, &provider, &[]).await.query("code").is_some());
    server.apply(&provider.listed(&HIGH.replacen("high", "standard", 1)));
    assert!(rp.authorize(&mut browser, "openid", &[]).await.query("code").is_some());
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
}

async fn worked_example_34_methods_that_are_not_accepted_are_worth_nothing(server: &TestServer) {
    let provider = bob_there(server, "accepted_amr = { pwd = \"standard\" }").await;
    provider.claims(json!({ "amr": ["pwd", "mfa"] }));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    let (_, page) = enrol(server, &mut browser, page).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    // Of there what was accepted, of here what was proved here.
    assert_eq!(
        (&said["acr"], &said["amr"]),
        (&json!("high"), &json!(["pwd", "otp", "mfa"]))
    );
    provider.signs_in("alice-there");
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!((&said["acr"], &said["amr"]), (&json!("standard"), &json!(["pwd"])));
}

async fn what_is_required_is_asked_for_there(server: &TestServer) {
    let provider = listed(server, HIGH).await;
    provider.claims(json!({ "acr": "loa2", "amr": ["pwd", "mfa"] }));
    let (high, rp) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let page = sign_in(&high, &mut high.browser(), &provider, &[]).await;
    assert!(page.query("code").is_some(), "{}", page.body);
    let asked = provider.asked();
    assert_eq!(
        (asked["acr_values"].as_str(), asked["max_age"].as_str()),
        ("loa2", "43200")
    );
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[("acr_values", "high")]).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!(
        (provider.asked()["acr_values"].as_str(), &said["acr"]),
        ("loa2", &json!("high"))
    );
    // A provider that cannot show it is not asked for it.
    server.apply(&provider.listed("accepted_acr = { loa2 = \"high\" }"));
    sign_in(&high, &mut high.browser(), &provider, &[]).await;
    assert!(!provider.asked().contains_key("acr_values"));
    provider.was_asked_rightly();
}

async fn fresh_proof_is_asked_for_and_dated(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    assert!(sign_in(&rp, &mut browser, &provider, &[]).await.query("code").is_some());
    for further in [("prompt", "login"), ("max_age", "0")] {
        server.advance(5);
        provider.is_at(server.now());
        // It did not ask again: what it says is older than this request.
        provider.claims(json!({}));
        says(&sign_in(&rp, &mut browser, &provider, &[further]).await, STALE);
        assert_eq!(provider.asked()["prompt"], "login");
        // It says nothing of it: nothing shows that it asked.
        provider.claims(json!({ "auth_time": null }));
        says(&sign_in(&rp, &mut browser, &provider, &[further]).await, STALE);
        provider.claims(json!({ "auth_time": server.now() }));
        let page = sign_in(&rp, &mut browser, &provider, &[further]).await;
        let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
        assert_eq!(said["auth_time"], json!(server.now()));
    }
    server.advance(301);
    provider.is_at(server.now());
    provider.claims(json!({}));
    let page = sign_in(&rp, &mut browser, &provider, &[("max_age", "300")]).await;
    assert_eq!(provider.asked()["max_age"], "300");
    assert!(!provider.asked().contains_key("prompt"));
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!(said["auth_time"], json!(server.now() - 60));
}

async fn old_proof_stays_old(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    provider.claims(json!({ "auth_time": server.now() - 90_000 }));
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, STALE);
    provider.claims(json!({ "auth_time": server.now() - 80_000 }));
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, &provider, &[]).await;
    let said = claims(&rp.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!(said["auth_time"], json!(server.now() - 80_000));
}

async fn password_grant(server: &TestServer, username: &str, from: &str) -> crate::support::relying_party::Answer {
    let form = [
        ("grant_type", "password"),
        ("username", username),
        ("password", PASSWORD),
        ("scope", "openid"),
    ];
    let request = crate::support::endpoint::http()
        .post(server.at("/oauth2/token"))
        .basic_auth("loader", Some(SECRET))
        .header("x-forwarded-for", from)
        .form(&form);
    crate::support::relying_party::answer(request).await
}

async fn s78_programs_may_log_in_unless_they_are_outside(server: &TestServer) {
    let provider = listed(server, "").await;
    server.apply(&format!(
        "[organisation]\nname = \"Example Works\"\ntrusted_ip_ranges = [\"192.0.2.0/24\", \"203.0.113.0/24\"]\n\
         [[profiles]]\nname = \"inside\"\nlogin_ip_ranges = [\"192.0.2.0/24\"]\n\
         [[users]]\nusername = \"ida\"\nprofile = \"inside\"\npassword = \"{PASSWORD}\"\n\
         [[users]]\nusername = \"carol\"\nsso_only = true\npassword = \"{PASSWORD}\"\n\
         [[users]]\nusername = \"bare\"\nsso_only = true\n\
         [[clients]]\nclient_id = \"loader\"\nclient_secret = \"{SECRET}\"\ngrant_types = [\"password\"]\n\
         response_types = []\nscope = \"openid\"\nrequire_consent = false\n"
    ));
    for (username, subject) in [("ida", "ida-there"), ("carol", "carol-there"), ("bare", "bare-there")] {
        connect(server, &provider, username, subject).await;
    }
    // Somebody who may sign in there has a password here for programs, from inside.
    password_grant(server, "alice", "203.0.113.5").await.accepted();
    password_grant(server, "ida", "192.0.2.5").await.accepted();
    password_grant(server, "ida", "203.0.113.5")
        .await
        .refused(400, "invalid_grant");
    // Somebody who signs in there alone has none, and nothing is counted.
    for username in ["carol", "bare"] {
        for _ in 0..12 {
            password_grant(server, username, "192.0.2.9")
                .await
                .refused(400, "invalid_grant");
        }
    }
    assert!(server.audit("lockout.set").is_empty());
    let rp = RelyingParty::new(server, "trusted");
    provider.signs_in("carol-there");
    assert!(
        sign_in(&rp, &mut rp.browser(), &provider, &[])
            .await
            .query("code")
            .is_some()
    );
}

async fn s79_wrong_passwords_elsewhere_are_not_counted_here(server: &TestServer) {
    let provider = listed(server, "").await;
    server.apply("[[users]]\nusername = \"carol\"\nsso_only = true\n");
    connect(server, &provider, "carol", "carol-there").await;
    let rp = RelyingParty::new(server, "trusted");
    // Refused there, as often as may be: nothing locks here.
    provider.answers(json!({ "code": null, "error": "access_denied" }));
    for _ in 0..12 {
        sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
    }
    provider.recovers();
    // Nor do wrong passwords here lock out who has none here.
    let mut browser = rp.browser();
    let mut page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..12 {
        let form = page
            .form_at("form[action$=login]")
            .set("username", "carol")
            .set("password", "guess");
        page = browser.submit(form).await;
    }
    assert!(server.audit("lockout.set").is_empty());
    provider.signs_in("carol-there");
    assert!(
        sign_in(&rp, &mut rp.browser(), &provider, &[])
            .await
            .query("code")
            .is_some()
    );
    // Whoever has a password here by exception is counted as anybody.
    let mut browser = rp.browser();
    let mut page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..11 {
        let form = page
            .form_at("form[action$=login]")
            .set("username", "alice")
            .set("password", "guess");
        page = browser.submit(form).await;
    }
    assert_eq!(server.audit("lockout.set").len(), 1);
}
