//! Tokens for several resources. RFC 8707.

use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::relying_party::{Answer, RelyingParty, agree, claims, code_of, log_in};
use crate::support::server::with_directory;

#[tokio::test]
async fn a_code_for_resources_that_disagree_is_redeemed_for_one() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let (transfers, statements) = ("https://api.example/transfers", "https://api.example/statements");
    let mut params = rp.request("openid offline_access");
    params.extend([transfers, statements].map(|resource| ("resource".to_owned(), resource.to_owned())));
    let page = browser.get(&rp.address(&params)).await;
    let page = log_in(&mut browser, page, "alice").await;
    let code = code_of(&agree(&mut browser, page).await);
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", rp.verifier.as_str()),
    ];
    let told = "https://api.example/transfers and https://api.example/statements need separate tokens: \
                they differ in token signing algorithm";
    let made_by = |answer: &Answer| {
        let token = answer.text("access_token");
        let algorithm = countersign::crypto::jwt::inspect(&token).unwrap().alg;
        (claims(&token)["aud"].as_str().unwrap().to_owned(), algorithm)
    };
    // Refused before anything is spent: the code is still good for one of them.
    assert_eq!(rp.token(&redeem).await.refused(400, "invalid_target"), told);
    let answer = rp.token(&[&redeem[..], &[("resource", statements)]].concat()).await;
    assert_eq!(made_by(&answer), (statements.to_owned(), "EdDSA".to_owned()));
    let token = answer.text("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    assert_eq!(rp.token(&refresh).await.refused(400, "invalid_target"), told);
    let answer = rp.token(&[&refresh[..], &[("resource", transfers)]].concat()).await;
    assert_eq!(made_by(&answer), (transfers.to_owned(), "ES256".to_owned()));
}

#[tokio::test]
async fn an_implicit_request_for_resources_that_disagree_gets_no_token() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    for (kind, error) in [
        ("token", Some("invalid_target")),
        ("id_token token", Some("invalid_target")),
        ("id_token", None),
    ] {
        let mut params = rp.request("openid");
        params.retain(|(name, _)| !["response_type", "code_challenge", "code_challenge_method"].contains(&&**name));
        let resources = ["https://api.example/transfers", "https://api.example/statements"];
        let resources = resources.map(|resource| ("resource".to_owned(), resource.to_owned()));
        params.extend(resources);
        params.push(("response_type".to_owned(), kind.to_owned()));
        let mut page = browser.get(&rp.address(&params)).await;
        if page.location.is_none() {
            page = log_in(&mut browser, page, "alice").await;
        }
        assert_eq!(page.fragment("error").as_deref(), error, "{kind}");
        assert_eq!(page.fragment("id_token").is_some(), error.is_none(), "{kind}");
        let told = page.fragment("error_description").unwrap_or_default();
        assert_eq!(told.contains("need separate tokens"), error.is_some(), "{told}");
    }
}
