//! PKCE: S256 alone, for everybody but those exempted, and no way down.

use super::{MORE, ask, assert_refused, start};
use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::with_directory;

#[tokio::test]
async fn every_client_needs_a_challenge_by_s256() {
    let server = start().await;
    let confidential = RelyingParty::new(&server, "app");
    let mut public = RelyingParty::public(&server, "native", "http://127.0.0.1:5/callback");
    public.redirect_uri = "http://127.0.0.1:5/callback".to_owned();
    for rp in [confidential, public] {
        let mut browser = rp.browser();
        for further in [
            &[("code_challenge", ""), ("code_challenge_method", "")][..],
            &[("code_challenge", "")],
            &[("code_challenge_method", "")],
            &[("code_challenge_method", "plain")],
            &[("code_challenge_method", "s256")],
            &[("code_challenge", &rp.verifier[..42])],
            &[("code_challenge", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=")],
        ] {
            let page = ask(&rp, &mut browser, further).await;
            assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{further:?}");
        }
    }
}

#[tokio::test]
async fn a_challenge_cannot_be_lost_on_the_way() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "exempt");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &[]).await;
    let code = code_of(&log_in(&mut browser, page, "alice").await);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", CALLBACK),
    ];
    let answer = rp.token(&form).await;
    assert_eq!(
        (answer.status, &*answer.error()),
        (400, "invalid_grant"),
        "a challenge demands its verifier"
    );
    let page = ask(&rp, &mut browser, &[]).await;
    let other = "x".repeat(43);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code_of(&page)),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &other),
    ];
    assert_eq!(rp.token(&form).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "exempt");
    let mut browser = rp.browser();
    let bare = [("code_challenge", ""), ("code_challenge_method", "")];
    let page = ask(&rp, &mut browser, &bare).await;
    let page = log_in(&mut browser, page, "alice").await;
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(
        (answer.status, &*answer.error()),
        (400, "invalid_grant"),
        "the challenge was cut off on the way"
    );
    let page = ask(&rp, &mut browser, &bare).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code_of(&page)),
        ("redirect_uri", CALLBACK),
    ];
    assert_eq!(rp.token(&form).await.status, 200);
}

#[tokio::test]
async fn an_exempted_openid_client_sends_a_nonce() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "exempt");
    let mut browser = rp.browser();
    let bare = [("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "")];
    assert_refused(&rp, &ask(&rp, &mut browser, &bare).await, "invalid_request");
    assert_refused(
        &rp,
        &ask(&rp, &mut browser, &[("code_challenge", "")]).await,
        "invalid_request",
    );
    let page = ask(&rp, &mut browser, &[("nonce", "")]).await;
    assert_eq!(page.page().as_deref(), Some("login"), "PKCE protects the code as well");
    let page = ask(&rp, &mut browser, &[bare[0], bare[1], bare[2], ("scope", "calendar")]).await;
    assert_eq!(
        page.page().as_deref(),
        Some("login"),
        "without openid there is no nonce"
    );
}

#[tokio::test]
async fn an_installation_may_ask_public_clients_alone() {
    let server = with_directory(&format!("{DIRECTORY}{MORE}"))
        .settings("[tokens]\nrequire_pkce = \"public\"")
        .start()
        .await;
    let bare = [("code_challenge", ""), ("code_challenge_method", "")];
    let rp = RelyingParty::new(&server, "app");
    let page = ask(&rp, &mut rp.browser(), &bare).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let page = ask(&rp, &mut rp.browser(), &[bare[0], bare[1], ("nonce", "")]).await;
    assert_refused(&rp, &page, "invalid_request");
    let rp = RelyingParty::public(&server, "native", "http://127.0.0.1:5/callback");
    let page = ask(&rp, &mut rp.browser(), &bare).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}
