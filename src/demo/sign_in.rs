//! Signing in, as the app does it: the authorization code flow with PKCE. OpenID Connect Core §3.1, RFC 7636, RFC 9207.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::Url;

use super::data::{CLIENT_ID, RESOURCE};
use super::issuer::{Expected, Issuer};
use crate::crypto::digest::{base64url, left_half_hash, sha256};
use crate::crypto::jwt;
use crate::crypto::random::Random;
use crate::model::secret::Secret;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;

const SCOPE: &str = "openid profile email transfers";

/// The app as a client of the server.
pub(super) struct RelyingParty {
    pub(super) issuer: Arc<Issuer>,
    pub(super) secret: Secret,
    pub(super) redirect_uri: String,
}

/// What an authorization request asks for beyond a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Levels, in the words of the API that asked for them.
    pub(super) acr_values: Option<String>,
    /// The greatest age of the proof in seconds.
    pub(super) max_age: Option<String>,
    /// Nobody but this person will do.
    pub(super) subject: Option<String>,
    /// Name and password are to be asked for, whoever is signed in at the server.
    pub(super) anew: bool,
}

/// What the app keeps of a sign-in until the browser is back.
#[derive(Debug)]
pub(super) struct Pending {
    verifier: Secret,
    nonce: String,
    wanted: Wanted,
}

/// A token taken apart.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: Secret,
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

/// A person who is signed in.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) id_token: Token,
    pub(super) access_token: Token,
}

impl SignedIn {
    /// The person's identifier.
    pub(super) fn subject(&self) -> &str {
        let subject = self.id_token.claims.get("sub");
        subject.and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why a sign-in came to nothing; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(String);

impl Failed {
    fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    fn from_error(error: impl std::error::Error) -> Self {
        Self(error.to_string())
    }
}

impl RelyingParty {
    /// Where to send the browser, the `state` it must bring back, and what to keep until then.
    pub(super) fn begin(&self, wanted: Wanted) -> Result<(String, String, Pending), Failed> {
        let mut random = Random::from_os();
        let (state, nonce, verifier) = (random.token(""), random.token(""), random.token(""));
        // RFC 7636 §4.2
        let challenge = base64url(sha256(verifier.expose().as_bytes()).as_bytes());
        let mut url = Url::parse(&self.issuer.endpoint("/oauth2/authorize")).map_err(Failed::from_error)?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", CLIENT_ID)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("resource", RESOURCE)
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("claims", &claims(wanted.subject.as_deref()));
        for (name, value) in [("acr_values", &wanted.acr_values), ("max_age", &wanted.max_age)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if wanted.anew {
            query.append_pair("prompt", "login");
        }
        drop(query);
        let pending = Pending {
            verifier,
            nonce: nonce.expose().to_owned(),
            wanted,
        };
        Ok((url.into(), state.expose().to_owned(), pending))
    }

    /// Redeems the code that the browser brought back, and believes what can be verified.
    pub(super) async fn finish(&self, code: &str, pending: &Pending, now: Timestamp) -> Result<SignedIn, Failed> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", pending.verifier.expose()),
        ];
        let endpoint = self.issuer.endpoint("/oauth2/token");
        let answer = self
            .issuer
            .http
            .post_form(&endpoint, Some((CLIENT_ID, &self.secret)), &form);
        let answer = answer.await.map_err(Failed::from_error)?;
        let given = |name: &str| answer.body.get(name).and_then(Value::as_str);
        let (Some(id_token), Some(access_token)) = (given("id_token"), given("access_token")) else {
            let error = given("error").unwrap_or("no tokens");
            return Err(Failed(format!(
                "the token endpoint answered {}: {error}",
                answer.status
            )));
        };
        let expected = Expected {
            typ: "JWT",
            audience: CLIENT_ID,
            now,
        };
        let claims = self
            .issuer
            .verify(id_token, expected)
            .await
            .map_err(Failed::from_error)?;
        let id_token = taken_apart(id_token).ok_or_else(|| Failed::because("the ID token is malformed"))?;
        check(&claims, &id_token, access_token, pending)?;
        // RFC 6749 §1.4: an access token means nothing to a client; this one is taken apart only to be shown.
        let access_token = taken_apart(access_token).ok_or_else(|| Failed::because("the access token is no JWT"))?;
        Ok(SignedIn { id_token, access_token })
    }
}

/// OpenID Connect Core §5.5: the name for greeting; in a step-up the `sub`, so that the server asks the same person.
fn claims(subject: Option<&str>) -> String {
    let mut id_token = json!({ "name": null });
    if let (Some(subject), Some(members)) = (subject, id_token.as_object_mut()) {
        members.insert("sub".into(), json!({ "value": subject }));
    }
    json!({ "id_token": id_token }).to_string()
}

/// OpenID Connect Core §3.1.3.6 to §3.1.3.8: beyond what is true of every token of the server.
fn check(claims: &Map<String, Value>, token: &Token, access_token: &str, pending: &Pending) -> Result<(), Failed> {
    let said = |name: &str| claims.get(name).and_then(Value::as_str);
    if said("nonce") != Some(&pending.nonce) {
        return Err(Failed::because("the ID token is of another sign-in"));
    }
    let algorithm = token.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm: Algorithm = algorithm.parse().map_err(|why: &str| Failed::because(why))?;
    if said("at_hash") != Some(&left_half_hash(access_token, algorithm)) {
        return Err(Failed::because(
            "the access token is not the one that the ID token vouches for",
        ));
    }
    if pending.wanted.subject.is_some() && said("sub") != pending.wanted.subject.as_deref() {
        return Err(Failed::because("another person answered"));
    }
    Ok(())
}

fn taken_apart(text: &str) -> Option<Token> {
    let jwt::Unverified { header, claims, .. } = jwt::inspect(text)?;
    Some(Token {
        text: Secret::new(text),
        header,
        claims,
    })
}
