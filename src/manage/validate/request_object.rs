//! What a client may say of its request objects. OpenID Connect Registration §2, RFC 9101 §10.5.

use super::{Check, Surroundings, uris, wrong};
use crate::model::client::Client;
use crate::model::request_object::RequestObjectAlg;

/// OpenID Connect Core §6.2: "The entire Request URI SHOULD NOT exceed 512 ASCII characters."
const MAX_URI: usize = 512;
/// More addresses than a client has use for.
const MAX_URIS: usize = 100;

/// Checks the algorithm against what the client signs with, and the addresses.
pub(super) fn check(place: &str, client: &Client, around: &Surroundings) -> Check {
    let alg = client.request_object_signing_alg;
    let has_key_set = client.jwks.is_some() || client.jwks_uri.is_some();
    if alg.and_then(RequestObjectAlg::of_key).is_some() && !has_key_set {
        let problem = "needs the client's public keys; give jwks or jwks_uri";
        return Err(wrong(place, "request_object_signing_alg", problem));
    }
    if alg == Some(RequestObjectAlg::Hs256) && !client.token_endpoint_auth_method.uses_secret() {
        let problem = "HS256 signs with the client's secret, and this client has none; choose an algorithm of a key";
        return Err(wrong(place, "request_object_signing_alg", problem));
    }
    if client.require_signed_request_object {
        if alg == Some(RequestObjectAlg::None) {
            // RFC 9101 §10.5: "the algorithm none" does not count as signed.
            let problem = "contradicts request_object_signing_alg none; remove one of them";
            return Err(wrong(place, "require_signed_request_object", problem));
        }
        if !has_key_set && !client.signs_with_secret() {
            let problem = "needs something to sign with; give jwks or jwks_uri";
            return Err(wrong(place, "require_signed_request_object", problem));
        }
    }
    if client.request_uris.len() > MAX_URIS {
        return Err(wrong(place, "request_uris", "must be at most 100"));
    }
    client
        .request_uris
        .iter()
        .try_for_each(|uri| address(place, uri, around))
}

/// An address with or without a fragment, which is the hash of what is there (OpenID Connect Core §6.2).
fn address(place: &str, uri: &str, around: &Surroundings) -> Check {
    let key = "request_uris";
    if uri.len() > MAX_URI {
        return Err(wrong(place, key, "must have at most 512 characters"));
    }
    let (fetched, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    uris::fetched(place, key, fetched, &around.private_hosts)?;
    if fragment.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Ok(());
    }
    Err(wrong(
        place,
        key,
        format!("`{uri}` has a fragment that no URI may have"),
    ))
}
