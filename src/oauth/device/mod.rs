//! Device authorization grant: what a device is given, and the person who answers it elsewhere. RFC 8628.

mod approve;

pub use approve::{Entered, Standing, Turn, enter, peek, resume};

use serde::Serialize;

use super::authorize::levels;
use super::params::Params;
use super::resource;
use crate::authn::facts;
use crate::crypto::digest::digest_of;
use crate::error::{Denial, Fault, OAuthError, OAuthErrorCode, Result};
use crate::model::client::{Client, GrantType, InheritedAssurance};
use crate::model::device_code::{
    DEVICE_CODE_PREFIX, DeviceCode, DeviceRequest, USER_CODE_ALPHABET, USER_CODE_LENGTH, shown_user_code,
};
use crate::model::evidence::Acr;
use crate::model::scope::ScopeSet;
use crate::model::secret::{Digest, Secret};
use crate::policy::{Reason, lockout, scope};
use crate::store;
use crate::work::{Shared, Work};

/// Where people type the codes of devices, below the issuer's address.
pub const VERIFICATION_PATH: &str = "/device";
/// Seconds in which the devices of one address are counted.
const ADDRESS_WINDOW: u32 = 60;
/// How often a user code is drawn anew that another device shows.
const DRAWS: usize = 5;

/// The answer of the device authorization endpoint (§3.2).
#[derive(Debug, Serialize)]
pub struct DeviceAuthorization {
    /// What the device asks with.
    device_code: String,
    /// What it shows.
    user_code: String,
    /// Where the person goes.
    verification_uri: String,
    /// The same with the code in it, for pictures that telephones read.
    verification_uri_complete: String,
    /// Seconds in which somebody must answer.
    expires_in: u32,
    /// Seconds between two questions.
    interval: u32,
}

/// Begins the request of a device of `client`, who was authenticated.
///
/// # Errors
/// A protocol error, a limit that was reached, or a fault of the database.
pub fn begin(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<DeviceAuthorization> {
    charge(work)?;
    if !client.allows(GrantType::DeviceCode) {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    let request = request(work, client, params)?;
    let facts = facts::required(&work.directory, client, &request.scope, &request.resources);
    // ASSURANCE.md §5: nobody is sent on an errand that can only fail.
    if facts.joined().acr > Acr::Standard && client.device_assurance == InheritedAssurance::Deny {
        return Err(Reason::GrantCannotReachLevel.token_error().into());
    }
    let device = work.shared.settings.device.clone();
    let device_code = work.random.token(DEVICE_CODE_PREFIX);
    let user_code = insert(work, &device_code, request)?;
    let shown = shown_user_code(user_code.expose());
    let verification_uri = format!("{}{VERIFICATION_PATH}", work.shared.settings.server.issuer);
    Ok(DeviceAuthorization {
        device_code: device_code.expose().to_owned(),
        verification_uri_complete: format!("{verification_uri}?user_code={shown}"),
        user_code: shown,
        verification_uri,
        expires_in: device.code_lifetime,
        interval: device.interval,
    })
}

/// Devices that nobody answers fill the store, and make user codes easier to hit (§5.1).
fn charge(work: &mut Work<'_>) -> Result<()> {
    let counter = lockout::devices_counter(work.ip());
    let asked = store::counters::charge(work.tx, &counter, work.now, ADDRESS_WINDOW)?;
    if asked > i64::from(work.shared.settings.device.per_address) {
        return Err(Denial::RateLimited(ADDRESS_WINDOW).into());
    }
    Ok(())
}

fn request(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<DeviceRequest> {
    let view = work.view();
    let resources = resource::named((view.directory, &view.shared.settings), client, params)?;
    Ok(DeviceRequest {
        client_id: client.client_id.clone(),
        scope: asked_scope(client, params)?,
        resources,
        acr_values: levels(&view, params, client),
        ip: view.origin.ip,
        asked_at: view.now,
    })
}

/// As at the authorization endpoint: cut to what the client may have (RFC 6749 §3.3).
fn asked_scope(client: &Client, params: &Params) -> std::result::Result<ScopeSet, OAuthError> {
    let parse = |text: &str| text.parse().map_err(|_| OAuthError::from(OAuthErrorCode::InvalidScope));
    let asked: Option<ScopeSet> = params.get("scope").map(parse).transpose()?;
    allowed_scope(client, asked.as_ref()).ok_or_else(|| OAuthErrorCode::InvalidScope.into())
}

/// The part of a scope that a client may have for a device; none where nothing is left of it.
fn allowed_scope(client: &Client, asked: Option<&ScopeSet>) -> Option<ScopeSet> {
    let granted = scope::granted(asked, &client.scope, &ScopeSet::default())?;
    // OpenID Connect Core §11: ignored where no refresh token can come of it.
    if client.allows(GrantType::RefreshToken) {
        Some(granted)
    } else {
        Some(granted.without("offline_access"))
    }
}

/// Stores the request under its code, and under a user code that no other device shows.
fn insert(work: &mut Work<'_>, device_code: &Secret, request: DeviceRequest) -> Result<Secret> {
    let device = work.shared.settings.device.clone();
    let mut code = DeviceCode {
        digest: digest_of(device_code.expose()),
        user_code: Digest::new([0; 32]),
        request,
        answer: None,
        consumed_at: None,
        expires_at: work.now.plus_seconds(i64::from(device.code_lifetime)),
    };
    for _ in 0..DRAWS {
        let user_code = work.random.characters(USER_CODE_ALPHABET, USER_CODE_LENGTH);
        code.user_code = user_code_digest(work.shared, user_code.expose());
        if store::device_codes::insert(work.tx, &code, device.interval)? {
            return Ok(user_code);
        }
    }
    Err(Fault::new("no user code is free").into())
}

/// By what a user code is found: short as it is, a plain digest of it would be turned back.
fn user_code_digest(shared: &Shared, user_code: &str) -> Digest {
    Digest::new(shared.user_code_key.sign(&[user_code.as_bytes()]))
}
