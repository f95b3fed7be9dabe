//! Proof that a caller has the key which a token is bound to (RFC 9449 §4.3, §7.1), to copy with the files beside this one.
//!
//! What was shown is remembered in this process alone: an API on several machines keeps that where all of them see it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::keys::now;
use crate::refusal::Why;

/// The algorithms that proofs may be signed with; no others are listed in the metadata (RFC 9728 §2).
pub(crate) const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "RS256"];

/// Seconds that a proof may be old, and those by which it may come from the future.
const OLDEST: u64 = 60;
const SKEW: u64 = 5;

/// The longest proof that is looked at, in bytes.
const LONGEST: usize = 4_096;

/// How many proofs are remembered; with so many in a minute no more are taken.
const MOST: usize = 100_000;

/// What a request says of itself, as its proof must.
pub(crate) struct Call {
    method: String,
    path: String,
    proofs: Vec<String>,
}

impl Call {
    /// Of a request that came in.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let proofs = request.headers().get_all(HeaderName::from_static("dpop"));
        Self {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            proofs: proofs
                .map(|value| value.to_str().unwrap_or_default().to_owned())
                .collect(),
        }
    }
}

/// Checks proofs, and takes each once.
pub(crate) struct Proofs {
    /// Where clients believe this API to be. What the `Host` header says is the caller's word for it.
    url: Url,
    /// Digests of proofs that were taken, and when they say they were made.
    seen: Mutex<HashMap<Vec<u8>, u64>>,
}

/// The claims of a proof (RFC 9449 §4.2); all must be there.
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: u64,
    ath: String,
}

impl Proofs {
    /// Checks proofs for the API at this address, of which scheme, host and port count.
    pub(crate) fn new(url: Url) -> Self {
        Self {
            url,
            seen: Mutex::default(),
        }
    }

    /// Whether a request comes from whoever has the key that its token is bound to (`cnf.jkt`).
    pub(crate) fn check(&self, call: &Call, token: &str, jkt: &str) -> Result<(), Why> {
        let [proof] = call.proofs.as_slice() else {
            return Err(Why::Key("there must be one, in one header"));
        };
        if proof.len() > LONGEST {
            return Err(Why::Key("it is too long"));
        }
        let (algorithm, jwk) = key_of(proof)?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Why::Key("its key cannot verify"))?;
        let mut rules = Validation::new(algorithm);
        rules.required_spec_claims.clear();
        (rules.validate_exp, rules.validate_aud) = (false, false);
        let decoded = jsonwebtoken::decode::<Claims>(proof, &key, &rules);
        let claims = decoded
            .map_err(|_| Why::Key("it is malformed, or its signature is wrong"))?
            .claims;
        self.check_claims(&claims, call, token)?;
        if jwk.thumbprint(ThumbprintHash::SHA256).ok().as_deref() != Some(jkt) {
            return Err(Why::Token("it is bound to another key"));
        }
        self.take(&claims, jkt)
    }

    fn check_claims(&self, claims: &Claims, call: &Call, token: &str) -> Result<(), Why> {
        if claims.htm != call.method || !self.is_here(&claims.htu, &call.path) {
            return Err(Why::Key("it is for another request"));
        }
        if claims.ath != URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())) {
            return Err(Why::Key("it is for another token"));
        }
        if !(now().saturating_sub(OLDEST)..=now() + SKEW).contains(&claims.iat) {
            return Err(Why::Key("it is not of this moment"));
        }
        Ok(())
    }

    /// Whether an address is that of this request, its query and fragment left aside (RFC 9449 §4.3).
    fn is_here(&self, htu: &str, path: &str) -> bool {
        let Ok(mut claimed) = Url::parse(htu) else {
            return false;
        };
        claimed.set_query(None);
        claimed.set_fragment(None);
        let mut here = self.url.clone();
        here.set_path(path);
        claimed == here
    }

    /// RFC 9449 §11.1: a proof counts once, however often it is seen while it could count.
    fn take(&self, claims: &Claims, jkt: &str) -> Result<(), Why> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            let oldest = now().saturating_sub(OLDEST);
            seen.retain(|_, made_at| *made_at >= oldest);
        }
        if seen.len() >= MOST {
            return Err(Why::Unavailable);
        }
        let name = digest(&SHA256, format!("{jkt} {}", claims.jti).as_bytes());
        match seen.insert(name.as_ref().to_vec(), claims.iat) {
            None => Ok(()),
            Some(_) => Err(Why::Key("it was used before")),
        }
    }
}

/// The key that a proof names itself, and the algorithm it says; neither is believed before the signature is.
fn key_of(proof: &str) -> Result<(Algorithm, Jwk), Why> {
    let head = proof.split('.').next().unwrap_or_default();
    let head = URL_SAFE_NO_PAD.decode(head).unwrap_or_default();
    let head: Value = serde_json::from_slice(&head).map_err(|_| Why::Key("it is not a JWT"))?;
    let text = |member: &str| head.get(member).and_then(Value::as_str);
    let jwk = head.get("jwk").cloned().unwrap_or_default();
    if text("typ") != Some("dpop+jwt") || head.get("crit").is_some() || jwk.get("d").is_some() {
        return Err(Why::Key("its header is not that of a proof"));
    }
    let algorithm = text("alg").filter(|name| ALGORITHMS.contains(name));
    let algorithm = algorithm.and_then(|name| name.parse().ok());
    let algorithm = algorithm.ok_or(Why::Key("its signature is of a kind not accepted here"))?;
    let jwk = serde_json::from_value(jwk).map_err(|_| Why::Key("its key cannot be read"))?;
    Ok((algorithm, jwk))
}
