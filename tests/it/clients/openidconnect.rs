//! Rust's openidconnect crate: discovery, code + PKCE with a second factor, userinfo, refresh, revocation.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl,
    RequestTokenError, Scope, TokenResponse,
};
use serde_json::Value;

use super::{ALGORITHMS, CALLBACK, add_user, client_of, installation};
use crate::support::browser::Browser;
use crate::support::directory::SECRET;
use crate::support::installation::Installation;
use crate::support::person::Person;
use crate::support::relying_party::answer;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Sends one request of the crate through reqwest.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

async fn discovered(installation: &Installation, client_id: &str) -> Client {
    let issuer = IssuerUrl::new(installation.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.unwrap();
    let (id, secret) = (
        ClientId::new(client_id.to_owned()),
        ClientSecret::new(SECRET.to_owned()),
    );
    CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
}

/// The one algorithm that a client of these tests expects.
fn expected(client_id: &str) -> CoreJwsSigningAlgorithm {
    let name = ALGORITHMS
        .into_iter()
        .find(|name| client_id.starts_with(&client_of(name)));
    serde_json::from_value(Value::from(name.unwrap())).unwrap()
}

/// The claims of an ID token that holds this nonce, or none where none is expected (OpenID Connect Core §12.2).
fn verified(client: &Client, tokens: &CoreTokenResponse, nonce: Option<&Nonce>) -> CoreIdTokenClaims {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([expected(client.client_id())]);
    let same_nonce = |said: Option<&Nonce>| {
        let same = said.map(Nonce::secret) == nonce.map(Nonce::secret);
        if same { Ok(()) } else { Err("another nonce".to_owned()) }
    };
    let claims = tokens
        .id_token()
        .unwrap()
        .claims(&verifier, same_nonce)
        .unwrap()
        .clone();
    let methods: Vec<&str> = claims
        .auth_method_refs()
        .unwrap()
        .iter()
        .map(|method| method.as_str())
        .collect();
    assert_eq!(claims.auth_context_ref().unwrap().as_str(), "high");
    assert_eq!(methods, ["pwd", "otp", "mfa"]);
    claims
}

/// Signs a new person in with a password and a freshly enrolled authenticator app.
async fn sign_in(client: &Client, username: &str) -> (CoreTokenResponse, Nonce) {
    add_user(installation(), username);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "offline_access"].map(|name| Scope::new(name.to_owned())))
        .add_auth_context_value(AuthenticationContextClass::new("high".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let mut browser = Browser::new();
    browser.stop_at(CALLBACK);
    let page = browser.get(url.as_str()).await;
    let (pages, page) = Person::new(username).walk(&mut browser, page).await;
    assert_eq!(pages, ["login", "enrol", "consent"], "{}", page.body);
    assert_eq!(page.query("state").as_ref(), Some(state.secret()));
    let code = AuthorizationCode::new(page.query("code").unwrap());
    let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    (request.request_async(&send).await.unwrap(), nonce)
}

/// An ID token and an access token of a new person.
pub(super) async fn tokens(client_id: &str, username: &str) -> (String, String) {
    let client = discovered(installation(), client_id).await;
    let (tokens, nonce) = sign_in(&client, username).await;
    verified(&client, &tokens, Some(&nonce));
    (
        tokens.id_token().unwrap().to_string(),
        tokens.access_token().secret().clone(),
    )
}

async fn post(path: &str, client_id: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http
        .post(installation().at(path))
        .basic_auth(client_id, Some(SECRET))
        .form(form);
    let answer = answer(request).await;
    (answer.status, answer.body)
}

async fn journey(algorithm: &str) {
    let (client_id, username) = (client_of(algorithm), format!("alice-{}", algorithm.to_lowercase()));
    let client = discovered(installation(), &client_id).await;
    let (tokens, nonce) = sign_in(&client, &username).await;
    let claims = verified(&client, &tokens, Some(&nonce));

    let subject = Some(claims.subject().clone());
    let request = client.user_info(tokens.access_token().clone(), subject).unwrap();
    let userinfo: CoreUserInfoClaims = request.request_async(&send).await.unwrap();
    assert_eq!(userinfo.email().unwrap().as_str(), format!("{username}@example.com"));

    let refresh_token = tokens.refresh_token().unwrap();
    let request = client.exchange_refresh_token(refresh_token).unwrap();
    let renewed = request.request_async(&send).await.unwrap();
    let again = verified(&client, &renewed, None);
    assert_eq!(
        (again.subject(), again.auth_time()),
        (claims.subject(), claims.auth_time())
    );
    let replacement = renewed.refresh_token().unwrap();
    assert_ne!(replacement.secret(), refresh_token.secret());

    // The crate revokes over https alone, so this is written out.
    let (status, _) = post("/oauth2/revoke", &client_id, &[("token", replacement.secret())]).await;
    assert_eq!(status, 200);
    let refused = client
        .exchange_refresh_token(replacement)
        .unwrap()
        .request_async(&send)
        .await;
    let Err(RequestTokenError::ServerResponse(refusal)) = refused else {
        panic!("a revoked refresh token was answered {refused:?}");
    };
    assert_eq!(refusal.error().as_ref(), "invalid_grant");
    let form = [("token", renewed.access_token().secret().as_str())];
    let (_, introspected) = post("/oauth2/introspect", &client_id, &form).await;
    assert_eq!(introspected, serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn the_crate_completes_the_journey_with_rs256() {
    journey("RS256").await;
}

#[tokio::test]
async fn the_crate_completes_the_journey_with_ps256() {
    journey("PS256").await;
}

#[tokio::test]
async fn the_crate_completes_the_journey_with_es256() {
    journey("ES256").await;
}

#[tokio::test]
async fn the_crate_completes_the_journey_with_eddsa() {
    journey("EdDSA").await;
}
