//! Asking the issuer what a token is worth at this moment (RFC 7662): the only way with opaque ones, and for all others the
//! way to learn of revocation, and of addresses that a person may not come from.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::form_urlencoded;

use crate::caller::Claims;
use crate::keys::{self, now};
use crate::refusal::Why;

/// The introspection endpoint of one issuer, and who we are there.
pub(crate) struct Introspection {
    issuer: String,
    client: (String, String),
    http: reqwest::Client,
    endpoint: OnceCell<String>,
}

/// What must hold before the claims count.
#[derive(Deserialize)]
struct Said {
    active: bool,
    iss: Option<String>,
    #[serde(default)]
    aud: Value,
    exp: Option<u64>,
}

impl Introspection {
    pub(crate) fn new(issuer: String, client: (String, String)) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: keys::http()?,
            issuer,
            client,
            endpoint: OnceCell::new(),
        })
    }

    /// What the issuer says of a token that came from this address, if it is good for this API.
    pub(crate) async fn ask(&self, token: &str, audience: &str, from: Option<IpAddr>) -> Result<Claims, Why> {
        let answer = self.post(token, from).await.map_err(|_| Why::Unavailable)?;
        let said: Said = serde_json::from_value(answer.clone()).map_err(|_| Why::Unavailable)?;
        if !said.active || said.exp.is_none_or(|at| at <= now()) {
            return Err(Why::Token("it is not, or no longer, good"));
        }
        // RFC 9068 §4 asks no less of what the issuer tells about a token than of what the token tells.
        let meant = match &said.aud {
            Value::Array(several) => several.iter().any(|one| one == audience),
            one => one == audience,
        };
        if !meant {
            return Err(Why::Token("it is for another API"));
        }
        if said.iss.as_ref() != Some(&self.issuer) {
            return Err(Why::Token("it is by another issuer"));
        }
        serde_json::from_value(answer).map_err(|_| Why::Token("it is malformed"))
    }

    async fn post(&self, token: &str, from: Option<IpAddr>) -> Result<Value, Box<dyn std::error::Error>> {
        let find = || async { keys::metadata(&self.http, &self.issuer).await?.introspection_endpoint() };
        let endpoint = self.endpoint.get_or_try_init(find).await?;
        let from = from.map(|address| address.to_canonical().to_string());
        let mut form = vec![("token", token), ("token_type_hint", "access_token")];
        form.extend(from.as_deref().map(|address| ("client_ip", address)));
        let (id, secret) = &self.client;
        // RFC 6749 §2.3.1: form-encoded, then joined.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let request = self.http.post(endpoint).basic_auth(encode(id), Some(encode(secret)));
        let request = request.form(&form);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}
