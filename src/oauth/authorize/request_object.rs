//! Request objects: the parameters of a request in a JWT. RFC 9101, OpenID Connect Core §6.

mod claims;

use crate::config::Settings;
use crate::crypto::digest::{base64url_decode, sha256};
use crate::crypto::jwt::{Unverified, inspect, inspect_unsigned};
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::{Client, ClientSecret};
use crate::model::request_object::RequestObjectAlg;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::oauth::client_auth::{KeysOf, signed_claims};
use crate::oauth::params::Params;

use claims::{check_claims, check_same, check_times, parameters_of};

/// OpenID Connect Core §6.2: "The entire Request URI SHOULD NOT exceed 512 ASCII characters."
const MAX_ADDRESS: usize = 512;
/// What the address of a pushed request begins with (RFC 9126 §2.2).
pub(super) const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";
/// Parameters that a request object must not hold (RFC 9101 §4).
const REFERENCES: [&str; 2] = ["request", "request_uri"];
/// Types of a request object: its own (RFC 9101 §10.8), and what was usual before there was one.
const TYPES: [&str; 3] = ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "jwt"];

/// Where the parameters of a request are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// In the request itself.
    Here,
    /// In this request object.
    Object(String),
    /// In a request object at this address.
    Address(String),
    /// In the request that was pushed under this name.
    Pushed(String),
}

/// Where a request says that its parameters are.
///
/// # Errors
/// `invalid_request` for more than one place, or what says that request objects are not taken here.
pub fn named(params: &Params, settings: &Settings) -> Result<Named, OAuthError> {
    let (object, address) = (params.get("request"), params.get("request_uri"));
    if object.is_some() || address.is_some() {
        // RFC 6749 §3.1; what is inside must not hide it.
        params.check_repeated()?;
    }
    // RFC 9101 §5: "The parameters 'request' and 'request_uri' MUST NOT be included in the same request."
    if object.is_some() && address.is_some() {
        let description = "only one of request and request_uri may be given";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    let taken = &settings.requests;
    match (object, address) {
        (Some(_), _) if !taken.objects => Err(OAuthErrorCode::RequestNotSupported.into()),
        (Some(object), _) => Ok(Named::Object(object.to_owned())),
        (_, Some(address)) if address.len() > MAX_ADDRESS => Err(bad_address("request_uri is too long")),
        (_, Some(address)) if address.starts_with(PUSHED) => Ok(Named::Pushed(address.to_owned())),
        (_, Some(_)) if !taken.objects || !taken.object_addresses => Err(OAuthErrorCode::RequestUriNotSupported.into()),
        (_, Some(address)) => Ok(Named::Address(address.to_owned())),
        (None, None) => Ok(Named::Here),
    }
}

/// An address that a client registered for its request objects: without its fragment, with the hash that the fragment is
/// (OpenID Connect Core §6.2).
///
/// # Errors
/// `invalid_request_uri` for an address that the client did not register.
pub fn registered_address(client: &Client, address: &str) -> Result<(String, Option<String>), OAuthError> {
    let (bare, fragment) = address.split_once('#').unwrap_or((address, ""));
    // One that was registered without a hash may be given with it, which says the more.
    let known = |registered: &String| registered == address || registered == bare;
    if !client.request_uris.iter().any(known) {
        return Err(bad_address("request_uri is not registered"));
    }
    let is_hash = base64url_decode(fragment).is_some_and(|hash| hash.len() == 32);
    Ok((bare.to_owned(), is_hash.then(|| fragment.to_owned())))
}

/// Whether a document is the one that this hash names (OpenID Connect Core §6.2).
#[must_use]
pub fn has_hash(document: &str, hash: &str) -> bool {
    base64url_decode(hash).as_deref() == Some(sha256(document.as_bytes()).as_bytes().as_slice())
}

/// A request object, not believed yet.
#[derive(Debug)]
pub struct RequestObject {
    read: Unverified,
    is_signed: bool,
}

impl RequestObject {
    /// Reads one.
    ///
    /// # Errors
    /// `invalid_request_object` for what is none.
    pub fn read(text: &str) -> Result<Self, OAuthError> {
        let signed = inspect(text).map(|read| (read, true));
        let (read, is_signed) = signed
            .or_else(|| inspect_unsigned(text).map(|read| (read, false)))
            .ok_or_else(|| refused("the request object is not a JWT that can be read"))?;
        // RFC 8725 §3.11: a token of another kind must not pass for a request.
        let fits = |typ: &String| TYPES.contains(&typ.to_ascii_lowercase().as_str());
        if !read.typ.as_ref().is_none_or(fits) {
            return Err(refused("typ of the request object is that of something else"));
        }
        Ok(Self { read, is_signed })
    }

    /// Whether it is signed at all.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Whether the client's secret signs it.
    #[must_use]
    pub fn is_signed_with_secret(&self) -> bool {
        self.is_signed && self.read.alg == "HS256"
    }

    /// Checks that this client may send one of this algorithm (OpenID Connect Registration §2).
    ///
    /// # Errors
    /// `invalid_request_object`.
    pub fn check_algorithm(&self, client: &Client, settings: &Settings) -> Result<(), OAuthError> {
        let of_key: Option<Algorithm> = self.read.alg.parse().ok().filter(|_| self.is_signed);
        let fits = match client.request_object_signing_alg {
            Some(RequestObjectAlg::None) => !self.is_signed,
            Some(RequestObjectAlg::Hs256) => self.is_signed_with_secret(),
            Some(alg) => of_key.is_some() && of_key == alg.of_key(),
            None if !self.is_signed => settings.requests.unsigned_objects,
            None if self.is_signed_with_secret() => matches!(client.secret, Some(ClientSecret::Sealed(_))),
            None => of_key.is_some(),
        };
        if !fits {
            return Err(refused(
                "the request object has an algorithm that this client may not use",
            ));
        }
        if !self.is_signed && requires_signature(client, settings) {
            return Err(refused("the request object must be signed"));
        }
        Ok(())
    }

    /// Checks that one of these keys signed it. Keys and addresses of keys in its own header count for nothing.
    ///
    /// # Errors
    /// `invalid_request_object`.
    pub fn check_signature(&self, keys: KeysOf<'_>) -> Result<(), OAuthError> {
        signed_claims(&self.read, keys)
            .map(drop)
            .ok_or_else(|| refused("the signature of the request object is not that of the client"))
    }

    /// The parameters of the request that holds this object in `outer`, the object being from `client` (checked before).
    ///
    /// # Errors
    /// `invalid_request_object` with what is wrong.
    pub fn parameters(
        &self,
        outer: &Params,
        client: &Client,
        (settings, now): (&Settings, Timestamp),
    ) -> Result<Params, OAuthError> {
        let claims = &self.read.claims;
        check_claims(claims, client, settings)?;
        check_times(claims, now, i64::from(settings.tokens.assertion_skew))?;
        let mut inside = parameters_of(claims)?;
        check_same(&inside, outer, client)?;
        if is_openid(outer) && !requires_signature(client, settings) {
            // OpenID Connect Core §6.1: what is inside supersedes, what is missing inside is taken from outside.
            let named: Vec<String> = inside.iter().map(|(name, _)| name.clone()).collect();
            let further = outer
                .pairs()
                .iter()
                .filter(|(name, _)| !REFERENCES.contains(&name.as_str()) && !named.iter().any(|known| known == name));
            inside.extend(further.cloned());
        } else if !inside.iter().any(|(name, _)| name == "client_id") {
            // RFC 9101 §5: client_id is inside too, and only what is inside counts (§6.3).
            return Err(refused("client_id is missing in the request object"));
        }
        Ok(Params::from_pairs(inside))
    }
}

/// Whether only signed request objects count for a client (RFC 9101 §10.5).
pub(super) fn requires_signature(client: &Client, settings: &Settings) -> bool {
    client.require_signed_request_object || settings.requests.require_signed_objects
}

/// A request by the rules of OpenID Connect, which wants these two outside (Core §6.1).
fn is_openid(outer: &Params) -> bool {
    let scope = outer.get("scope").unwrap_or_default();
    scope.split(' ').any(|token| token == "openid") && outer.get("response_type").is_some()
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequestObject, description)
}

fn bad_address(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequestUri, description)
}

/// What is said of an address whose document cannot be had: why is nobody's business.
#[must_use]
pub fn unavailable() -> OAuthError {
    bad_address("there is no request object at request_uri")
}

#[cfg(test)]
mod tests;
