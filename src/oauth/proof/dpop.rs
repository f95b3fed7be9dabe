//! DPoP proofs: a key shown by signing the very request that it is shown in. RFC 9449.

use serde_json::{Map, Value};
use url::Url;

use crate::crypto::digest::{base64url, base64url_decode, constant_time_eq, sha256};
use crate::crypto::jwk::{KeyError, PublicKey};
use crate::crypto::jwt::{Unverified, inspect};
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::secret::Digest;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::oauth::client_auth::numeric_date;
use crate::work::Shared;

/// The longest `jti` that is remembered, in bytes (RFC 9449 §11.1).
const MAX_JTI: usize = 256;

/// The request that a proof must be about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its method.
    pub method: &'a str,
    /// The addresses that it may have been sent to: one for each name that this server is reached by.
    pub addresses: &'a [String],
    /// The access token in it; none where it asks for one.
    pub access_token: Option<&'a str>,
}

/// A proof that is good; whether it is new is judged in the unit of work.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
    pub(super) replay: Digest,
    pub(super) forget_at: Timestamp,
}

fn refused(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidDpopProof, description)
}

/// Verifies a proof at `now` in the order of RFC 9449 §4.3.
///
/// # Errors
/// `invalid_dpop_proof` with what is wrong, `use_dpop_nonce` where its nonce is not one of ours.
pub fn verify(text: &str, target: Target<'_>, (shared, now): (&Shared, Timestamp)) -> Result<Proof, OAuthError> {
    let read = inspect(text).ok_or_else(|| refused("the DPoP proof is not a signed JWT"))?;
    if read.typ.as_deref() != Some("dpop+jwt") {
        return Err(refused("typ of the DPoP proof must be dpop+jwt"));
    }
    let key = key_of(&read)?;
    let claims = &read.claims;
    check_target(claims, target)?;
    let is_fresh = check_nonce(claims, (shared, now))?;
    let window = i64::from(shared.settings.dpop.proof_lifetime);
    let issued = claims.get("iat").and_then(numeric_date);
    let issued = issued.ok_or_else(|| refused("iat of the DPoP proof is missing"))?;
    // "within an acceptable window", as iat or a nonce has it.
    if !is_fresh && now.as_seconds().abs_diff(issued) > window.unsigned_abs() {
        return Err(refused("iat of the DPoP proof is too far from now"));
    }
    check_token(claims, target.access_token)?;
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
    let jti = jti.ok_or_else(|| refused("jti of the DPoP proof is missing"))?;
    if jti.len() > MAX_JTI {
        return Err(refused("jti of the DPoP proof is too long"));
    }
    let jkt = key.thumbprint();
    Ok(Proof {
        replay: sha256(format!("dpop proof\0{jkt}\0{jti}").as_bytes()),
        // By then neither its time nor its nonce would do any more.
        forget_at: now.plus_seconds(2 * window + 1),
        jkt,
    })
}

/// The key that the proof names, which must have signed it.
fn key_of(read: &Unverified) -> Result<PublicKey, OAuthError> {
    let algorithm: Algorithm = read
        .alg
        .parse()
        .map_err(|_| refused("alg of the DPoP proof is not supported"))?;
    let jwk = read.header.get("jwk");
    let jwk = jwk.ok_or_else(|| refused("jwk of the DPoP proof is missing"))?;
    let key = PublicKey::from_jwk(jwk).map_err(|error| match error {
        // "The jwk JOSE Header Parameter does not contain a private key."
        KeyError::Private => refused("jwk of the DPoP proof holds a private or symmetric key"),
        _ => refused("jwk of the DPoP proof is not a public key that is supported"),
    })?;
    read.check_signed_by(&key, &[algorithm])
        .map_err(|_| refused("the DPoP proof is not signed with its key"))?;
    Ok(key)
}

/// `htm` and `htu`: this method, and this address "ignoring any query and fragment parts".
fn check_target(claims: &Map<String, Value>, target: Target<'_>) -> Result<(), OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(target.method) {
        return Err(refused("htm of the DPoP proof is not the method of this request"));
    }
    let named = text("htu").and_then(normalised);
    let is_here = |named: String| {
        target
            .addresses
            .iter()
            .any(|one| normalised(one).as_ref() == Some(&named))
    };
    if !named.is_some_and(is_here) {
        return Err(refused("htu of the DPoP proof is not the address of this request"));
    }
    Ok(())
}

/// An address without query and fragment, normalised by syntax and scheme (RFC 3986 §6.2.2, §6.2.3).
fn normalised(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    if !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(plainly_escaped(url.as_str()))
}

/// Escapes of characters that need none undone, and others in capitals (RFC 3986 §6.2.2.1, §6.2.2.2).
fn plainly_escaped(url: &str) -> String {
    let mut plain = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let byte = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some((byte, after)) = byte.zip(after.get(2..)) else {
            plain.push('%');
            rest = after;
            continue;
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            plain.push(char::from(byte));
        } else {
            plain.extend(format!("%{byte:02X}").chars());
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// `ath`: the access token that came along (§4.3, check 12).
fn check_token(claims: &Map<String, Value>, access_token: Option<&str>) -> Result<(), OAuthError> {
    let Some(token) = access_token else { return Ok(()) };
    let named = claims.get("ath").and_then(Value::as_str).unwrap_or_default();
    let digest = base64url(sha256(token.as_bytes()).as_bytes());
    if constant_time_eq(named.as_bytes(), digest.as_bytes()) {
        return Ok(());
    }
    Err(refused("ath of the DPoP proof is not the hash of the access token"))
}

/// Where nonces are demanded, whether this one is ours and recent, which makes the proof fresh (§8).
fn check_nonce(claims: &Map<String, Value>, (shared, now): (&Shared, Timestamp)) -> Result<bool, OAuthError> {
    if !shared.settings.dpop.require_nonce {
        return Ok(false);
    }
    let nonce = claims.get("nonce").and_then(Value::as_str);
    if nonce.is_some_and(|nonce| is_nonce((shared, now), nonce)) {
        return Ok(true);
    }
    Err(OAuthErrorCode::UseDpopNonce.into())
}

/// The nonce of this moment. Every node knows it without keeping anything: it is the number of a slice of time under a key
/// of the master key.
#[must_use]
pub fn nonce((shared, now): (&Shared, Timestamp)) -> String {
    let slice = slice_of((shared, now)).to_be_bytes();
    let tag = shared.dpop_nonce_key.sign(&[&slice]);
    base64url(&[slice.as_slice(), &tag].concat())
}

/// Whether a nonce is that of the present slice of time or of the one before.
fn is_nonce((shared, now): (&Shared, Timestamp), nonce: &str) -> bool {
    let Some(bytes) = base64url_decode(nonce) else {
        return false;
    };
    let Some((slice, tag)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    let present = slice_of((shared, now));
    let named = i64::from_be_bytes(*slice);
    (present - 1..=present).contains(&named) && shared.dpop_nonce_key.verify(&[slice], tag)
}

fn slice_of((shared, now): (&Shared, Timestamp)) -> i64 {
    now.as_seconds() / i64::from(shared.settings.dpop.proof_lifetime.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_normalised() {
        let plain = normalised("https://id.example.com/oauth2/token").unwrap();
        for same in [
            "HTTPS://ID.example.com/oauth2/token",
            "https://id.example.com:443/oauth2/token",
            "https://id.example.com/oauth2/token?a=b",
            "https://id.example.com/oauth2/token#c",
            "https://id.example.com/x/../oauth2/./token",
            "https://id.example.com/oauth2/%74oken",
            "https://id.example.com/oauth2/t%6Fken",
        ] {
            assert_eq!(normalised(same).as_ref(), Some(&plain), "{same}");
        }
        for other in [
            "http://id.example.com/oauth2/token",
            "https://id.example.com:8443/oauth2/token",
            "https://id.example.com.evil/oauth2/token",
            "https://user@id.example.com/oauth2/token",
            "https://id.example.com/oauth2/token/",
            "https://id.example.com/oauth2%2ftoken",
            "https://id.example.com/oauth2/%",
            "https://id.example.com/oauth2/Token",
            "/oauth2/token",
            "",
            "data:,x",
        ] {
            assert_ne!(normalised(other).as_ref(), Some(&plain), "{other}");
        }
        assert_eq!(plainly_escaped("/a%2fb%e4%%4"), "/a%2Fb%E4%%4");
    }
}
