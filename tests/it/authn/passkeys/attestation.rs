//! Profiles that say which authenticators count. WebAuthn Level 3 §6.5.

use countersign::model::credential::Material;
use serde_json::json;

use super::{answer, assert_denied, at_login, at_second_step, options, passkeys, prove, reason, register, said};
use crate::support::authenticator::{Authenticator, BACKUP_ELIGIBLE, MAKER, MODEL, OTHER_MAKER, Says};
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::relying_party::RelyingParty;
use crate::support::server::{Builder, TestServer, with_directory};

const AUTHORITY: &str = include_str!("../../../keys/attestation/maker_authority.pem");

/// The directory, where staff use authenticators of one maker, of these models.
fn demanding(models: &str) -> String {
    let members = format!(
        "name = \"staff\"\nattested_authenticators = {{ models = [{models}], authorities = [\"\"\"\n{AUTHORITY}\"\"\"] }}\n"
    );
    DIRECTORY.replacen("name = \"staff\"\n", &members, 1)
}

fn named() -> Builder {
    with_directory(&demanding(&format!("\"{MODEL}\""))).named()
}

on_both!(named();
    only_an_attested_authenticator_is_registered,
    a_passkey_from_before_counts_no_more,
);

/// Offers what an authenticator makes to bob's enrolment; whether it was taken, and else why not.
async fn offer(server: &TestServer, says: Says, further: u8) -> Result<(), String> {
    let high = RelyingParty::new(server, "high");
    let mut authenticator = Authenticator::at(server);
    authenticator.says = says;
    authenticator.flags |= further;
    let (mut browser, page) = at_second_step(&high, "bob").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    let asked = options(&mut browser, &page).await;
    assert_eq!(asked["publicKey"]["attestation"], "direct");
    let page = answer(&mut browser, &page, &authenticator.create(&asked)).await;
    if page.location.is_none() {
        assert_denied(&page);
        return Err(reason(server, "challenge.failed"));
    }
    let token = said(&high, &mut browser, page).await;
    assert_eq!((&token["acr"], &token["amr"][0]), (&json!("phr"), &json!("hwk")));
    Ok(())
}

async fn only_an_attested_authenticator_is_registered(server: &TestServer) {
    let refused = Err("attestation".to_owned());
    assert_eq!(offer(server, Says::Nothing, 0).await, refused, "fmt none");
    assert_eq!(offer(server, Says::Itself, 0).await, refused, "its own word");
    assert_eq!(
        offer(server, Says::Made(OTHER_MAKER), 0).await,
        refused,
        "another maker"
    );
    assert_eq!(
        offer(server, Says::Made(MAKER), BACKUP_ELIGIBLE).await,
        refused,
        "a key that leaves it"
    );
    assert!(passkeys(server, "bob").is_empty());
    // What is demanded is demanded by the directory as it is when the answer comes.
    server.apply(&demanding("\"00000000-0000-0000-0000-000000000001\""));
    assert_eq!(offer(server, Says::Made(MAKER), 0).await, refused, "another model");
    server.apply(&demanding(""));
    assert_eq!(offer(server, Says::Made(MAKER), 0).await, Ok(()));

    let kept = passkeys(server, "bob").remove(0);
    let Material::Passkey {
        attestation: Some(attestation),
        ..
    } = kept.material
    else {
        panic!("an attestation is kept");
    };
    assert_eq!(
        (
            attestation.format.as_str(),
            attestation.model.map(|model| model.to_string())
        ),
        ("packed", Some(MODEL.to_owned()))
    );
    assert!(attestation.authority.is_some());
    // Who demands none asks for none.
    let (mut browser, page) = at_second_step(&RelyingParty::new(server, "high"), "alice").await;
    assert_eq!(options(&mut browser, &page).await["publicKey"]["attestation"], "none");
}

async fn a_passkey_from_before_counts_no_more(server: &TestServer) {
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let staff = format!("{}\n", demanding("")).replacen(
        "username = \"alice\"\n",
        "username = \"alice\"\nprofile = \"staff\"\n",
        1,
    );
    let mut authenticator = Authenticator::at(server);
    register(&high, "alice", &mut authenticator).await;
    let (mut signed_in, page) = at_login(&trusted).await;
    let page = prove(&mut signed_in, &page, &mut authenticator).await;
    said(&trusted, &mut signed_in, page).await;

    server.apply(&staff);
    // Neither to sign in, nor in a session, nor beside a password.
    let (mut browser, page) = at_login(&trusted).await;
    assert_denied(&prove(&mut browser, &page, &mut authenticator).await);
    assert_eq!(reason(server, "login.deny"), "attestation");
    let page = trusted.authorize(&mut signed_in, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"), "{}", page.body);
    let (mut browser, page) = at_second_step(&high, "alice").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    // The same authenticator may be registered anew, and then counts.
    let asked = options(&mut browser, &page).await;
    assert_eq!(asked["publicKey"]["excludeCredentials"], json!([]));
    authenticator.says = Says::Made(MAKER);
    let page = answer(&mut browser, &page, &authenticator.create(&asked)).await;
    assert_eq!(said(&high, &mut browser, page).await["acr"], "phr");
    let (mut browser, page) = at_login(&trusted).await;
    let page = prove(&mut browser, &page, &mut authenticator).await;
    assert_eq!(said(&trusted, &mut browser, page).await["acr"], "phr");
}
