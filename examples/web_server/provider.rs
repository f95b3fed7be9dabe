//! The OpenID provider as this application sees it: discovery, the authorization code flow with PKCE, refresh,
//! userinfo and revocation, on the openidconnect crate.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::url::{Url, form_urlencoded};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RefreshToken, Scope, SignatureVerificationError, TokenResponse,
};
use serde::{Deserialize, Serialize};

use crate::Settings;
use crate::problem::Problem;
use crate::verify::{Unverified, check_proof, verify};

/// Metadata that Discovery 1.0 does not name but RFC 8414 does.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FurtherMetadata {
    revocation_endpoint: Url,
}

impl AdditionalProviderMetadata for FurtherMetadata {}

type Metadata = ProviderMetadata<
    FurtherMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A client that knows the provider's authorization endpoint, and those for tokens and userinfo if advertised.
pub(crate) type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What discovery taught.
struct Known {
    client: Client,
    revocation_endpoint: Url,
}

/// How much proof a sign-in should bring: the parameters of OpenID Connect Core §3.1.2.1 that RFC 9470 speaks of.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Proof {
    /// Levels, space-separated, best first.
    pub(crate) acr_values: Option<String>,
    /// The greatest age of the proof in seconds.
    pub(crate) max_age: Option<u32>,
}

/// A sign-in that was begun, kept on the server until the browser comes back.
pub(crate) struct Pending {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    proof: Proof,
    begun_at: DateTime<Utc>,
}

/// A person who signed in, and the tokens that came of it. Tokens never leave the server.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) claims: CoreIdTokenClaims,
    pub(crate) access_token: AccessToken,
    pub(crate) refresh_token: Option<RefreshToken>,
    nonce: Nonce,
}

/// The provider, discovered when it is first needed.
pub(crate) struct Provider {
    settings: Settings,
    http: reqwest::Client,
    known: Mutex<Option<Arc<Known>>>,
}

impl Provider {
    pub(crate) fn new(settings: Settings, http: reqwest::Client) -> Self {
        Self {
            settings,
            http,
            known: Mutex::new(None),
        }
    }

    /// Begins a sign-in: where to send the browser, the `state` it will bring back, and what to keep until then.
    pub(crate) async fn begin(&self, proof: Proof) -> Result<(Url, String, Pending), Problem> {
        let known = self.known().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = known
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(
                self.settings
                    .scope
                    .split_whitespace()
                    .map(|scope| Scope::new(scope.to_owned())),
            )
            .set_pkce_challenge(challenge);
        for acr in proof.acr_values.iter().flat_map(|values| values.split_whitespace()) {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.to_owned()));
        }
        if let Some(seconds) = proof.max_age {
            request = request.set_max_age(std::time::Duration::from_secs(seconds.into()));
        }
        if let Some(resource) = &self.settings.resource {
            request = request.add_extra_param("resource", resource);
        }
        let (url, state, nonce) = request.url();
        Ok((
            url,
            state.secret().clone(),
            Pending {
                nonce,
                verifier,
                proof,
                begun_at: now(),
            },
        ))
    }

    /// Ends a sign-in: exchanges the code and verifies everything that came back.
    pub(crate) async fn finish(&self, code: String, pending: Pending) -> Result<SignedIn, Problem> {
        let known = self.known().await?;
        let tokens = known
            .client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&|request| send(self.http.clone(), request))
            .await?;
        let claims = self.verify(&tokens, &pending.nonce, false).await?;
        check_proof(&claims, &pending.proof, pending.begun_at)?;
        Ok(SignedIn {
            claims,
            access_token: tokens.access_token().clone(),
            refresh_token: tokens.refresh_token().cloned(),
            nonce: pending.nonce,
        })
    }

    /// New tokens without the person. Level and time of the proof stay what they were: refreshing never raises them.
    pub(crate) async fn refresh(&self, person: &SignedIn) -> Result<SignedIn, Problem> {
        let token = person
            .refresh_token
            .as_ref()
            .ok_or_else(|| Problem::new("there is no refresh token"))?;
        let known = self.known().await?;
        let tokens = known
            .client
            .exchange_refresh_token(token)?
            .request_async(&|request| send(self.http.clone(), request))
            .await?;
        let mut renewed = person.clone();
        if tokens.id_token().is_some() {
            let claims = self.verify(&tokens, &person.nonce, true).await?;
            // OpenID Connect Core §12.2: the same person, and the time of the original authentication.
            if claims.subject() != person.claims.subject() || claims.auth_time() != person.claims.auth_time() {
                return Err(Problem::new("the refreshed ID token speaks of another authentication"));
            }
            renewed.claims = claims;
        }
        renewed.access_token = tokens.access_token().clone();
        // The old refresh token is spent as soon as a new one came.
        renewed.refresh_token = tokens.refresh_token().cloned().or(renewed.refresh_token);
        Ok(renewed)
    }

    /// The claims that the userinfo endpoint adds; its `sub` must be that of the ID token.
    pub(crate) async fn userinfo(&self, person: &SignedIn) -> Result<CoreUserInfoClaims, Problem> {
        let known = self.known().await?;
        Ok(known
            .client
            .user_info(person.access_token.clone(), Some(person.claims.subject().clone()))?
            .request_async(&|request| send(self.http.clone(), request))
            .await?)
    }

    /// Ends the grant, so that nothing that was issued here outlives the sign-out (RFC 7009). Written out, as the crate
    /// revokes over https alone, which a provider on one's own machine has not.
    pub(crate) async fn revoke(&self, person: SignedIn) -> Result<(), Problem> {
        let token = person
            .refresh_token
            .map_or_else(|| person.access_token.into_secret(), RefreshToken::into_secret);
        let known = self.known().await?;
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.http
            .post(known.revocation_endpoint.clone())
            .basic_auth(
                encode(&self.settings.client_id),
                Some(encode(&self.settings.client_secret)),
            )
            .form(&[("token", token)])
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Verifies an ID token; when its key is unknown, once more with the provider's keys of this moment.
    async fn verify(
        &self,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
        refreshed: bool,
    ) -> Result<CoreIdTokenClaims, Problem> {
        match verify(&self.known().await?.client, tokens, nonce, refreshed) {
            Err(Unverified::Claims(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ))) => {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).take();
                Ok(verify(&self.known().await?.client, tokens, nonce, refreshed)?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// The provider's metadata and keys; fetched once and kept.
    async fn known(&self) -> Result<Arc<Known>, Problem> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(known);
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone())?;
        let metadata = Metadata::discover_async(issuer, &|request| send(self.http.clone(), request)).await?;
        let revocation_endpoint = metadata.additional_metadata().revocation_endpoint.clone();
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(self.settings.client_secret.clone())),
        )
        .set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone())?);
        let known = Arc::new(Known {
            client,
            revocation_endpoint,
        });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}

/// Sends one request of the openidconnect crate through reqwest.
async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

#[expect(clippy::disallowed_methods, reason = "this program has no other clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
