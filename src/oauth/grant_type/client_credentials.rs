//! The client for itself. RFC 6749 §4.4.

use super::{audit_issue, settle};
use crate::authn::facts;
use crate::error::{OAuthErrorCode, Result};
use crate::model::audit::Event;
use crate::model::client::{Client, GrantType};
use crate::oauth::issue::{Issued, Order, mint};
use crate::oauth::machine;
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::policy::facts::{Asked, Channel};
use crate::work::Work;

/// Scopes that speak about a user, who is not here.
const ABOUT_USERS: [&str; 2] = ["openid", "offline_access"];

pub(super) fn issue(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Issued> {
    // RFC 6749 §4.4: confidential clients alone.
    if client.is_public() {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    let registered = ABOUT_USERS
        .iter()
        .fold(client.scope.clone(), |scope, name| scope.without(name));
    let scope = machine::client_credentials(params, &client.client_id, &registered)?;
    let resources = resource::named((&work.directory, &work.shared.settings), client, params)?;
    resource::form(&work.directory, client, &resources)?;
    let asked = Asked {
        scope,
        resources: resources.clone(),
        ..Asked::default()
    };
    let facts = facts::begin(&work.view(), Channel::ClientCredentials, client, asked);
    let ruling = settle(work, &facts, None)?;
    let order = Order {
        approval: &ruling.approval,
        client,
        grant: None,
        resources: &resources,
        access_token: true,
        id_token: false,
        code: None,
    };
    let issued = mint(work, order)?;
    audit_issue(work, (Event::TokenIssued, GrantType::ClientCredentials), ruling, None)?;
    Ok(issued)
}
