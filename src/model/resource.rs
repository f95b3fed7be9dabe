//! Resources: APIs that tokens are meant for (RFC 8707).

use serde::{Deserialize, Serialize};

use super::client::TokenFormat;
use super::evidence::{Acr, FactorKind};
use super::requirement::{Enforcement, OnInsufficient};
use super::signing_key::Algorithm;

/// An API that tokens are meant for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Resource {
    /// Its absolute URI without fragment (RFC 8707 §2), also the `aud` of its tokens.
    pub identifier: String,
    /// What a person is told it is.
    pub description: String,
    /// The level a token for it must carry.
    pub required_acr: Acr,
    /// The greatest age in seconds of the proof.
    pub max_age: Option<u32>,
    /// What to do when a session is short of that.
    pub on_insufficient: OnInsufficient,
    /// Whether that stops anybody, or is only reported.
    pub enforcement: Enforcement,
    /// The kinds of second factor that count for it; all where empty.
    pub accepted_factors: Vec<FactorKind>,
    /// The format of its access tokens; the client's where absent.
    pub access_token_format: Option<TokenFormat>,
    /// The algorithm that signs its JWT access tokens; the client's where absent.
    pub access_token_signing_alg: Option<Algorithm>,
}
