//! Bridges: a token's evidence carried into a browser session, and nothing added to it. ASSURANCE.md §6, CLAUSES.md S64.

use serde_json::json;

use super::bearer::{self, Good, Scheme};
use super::grant_type::settle;
use crate::authn::session::{self, Renewed};
use crate::authn::{credentials, facts};
use crate::crypto::digest::digest_of;
use crate::error::{Error, Fault, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::bridge::{BRIDGE_LIFETIME, BRIDGE_PREFIX, Bridge};
use crate::model::client::Client;
use crate::model::evidence::Evidence;
use crate::model::grant::Grant;
use crate::model::secret::Secret;
use crate::model::session::Session;
use crate::model::user::User;
use crate::oauth::params::Params;
use crate::policy::facts::{Asked, Channel, Proof};
use crate::store;
use crate::work::{View, Work};

/// The purpose of a bridge's ticket.
const PURPOSE: &str = "bridge";
/// The longest target that is looked at, in bytes.
const MAX_TARGET: usize = 2_048;

fn gone() -> Refusal {
    Refusal::Missing("this link was used or has expired")
}

/// Makes a handle for an access token of `client`, who was authenticated.
///
/// # Errors
/// `invalid_request` for a target that is not a path of ours, `invalid_grant` for a token that is not good or not this
/// client's, and what the decision refuses.
pub fn offer(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Secret> {
    let target = own_path(work, params.get("target").unwrap_or("/"))?;
    let unknown = || {
        OAuthError::new(
            OAuthErrorCode::InvalidGrant,
            "the access token is not good, or not this client's",
        )
    };
    let good = presented(work, params.require("access_token")?)?;
    let (grant, user) = good.grant.zip(good.user).ok_or_else(unknown)?;
    // A session that came over a bridge carries no further ones; nor does a token that somebody else was given for another.
    if good.client.client_id != client.client_id || grant.bridged_from.is_some() || grant.exchanged.is_some() {
        return Err(unknown().into());
    }
    let bridge = Bridge {
        grant: grant.id,
        scope: good.claims.scope,
        target,
    };
    allow(work, client, &bridge, (&grant, &user))?;
    let handle = work.random.token(BRIDGE_PREFIX);
    let doc = serde_json::to_string(&bridge).map_err(|error| Fault::from_error("write a bridge", error))?;
    let expires_at = work.now.plus_seconds(i64::from(BRIDGE_LIFETIME));
    store::tickets::insert(work.tx, &digest_of(handle.expose()), PURPOSE, &doc, expires_at)?;
    Ok(handle)
}

/// The token in a request: a link is worth what the token is, so it takes the same key to get one.
fn presented(work: &mut Work<'_>, token: &str) -> Result<Good> {
    let scheme = if work.origin().shown.jkt.is_some() {
        Scheme::Dpop
    } else {
        Scheme::Bearer
    };
    let good = bearer::accept(&mut work.view(), (scheme, token)).map_err(|error| match error {
        Error::Refused(Refusal::OAuth(error)) => {
            OAuthError::new(OAuthErrorCode::InvalidGrant, error.description).into()
        }
        other => other,
    })?;
    // RFC 9068 §4: an API that was shown a token for itself gets no session of the person's with it.
    if !good.claims.aud.contains(&work.shared.settings.server.issuer) {
        let description = "the access token is for another resource; ask for one with this server as resource";
        return Err(OAuthError::new(OAuthErrorCode::InvalidGrant, description).into());
    }
    Ok(good)
}

/// The target as a path below the issuer's; anything that could lead elsewhere is refused.
fn own_path(work: &Work<'_>, target: &str) -> Result<String> {
    let settings = &work.shared.settings;
    let refused = || OAuthError::new(OAuthErrorCode::InvalidRequest, "target must be a path of this server");
    let path = target.strip_prefix(settings.origin()).unwrap_or(target);
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if path.len() > MAX_TARGET || !plain || !path.starts_with('/') || path.starts_with("//") {
        return Err(refused().into());
    }
    let base = settings.issuer_path();
    let below = path
        .strip_prefix(base)
        .is_some_and(|rest| rest.starts_with('/') || rest.is_empty());
    if below {
        Ok(path.to_owned())
    } else {
        Err(refused().into())
    }
}

/// Decides whether the grant's evidence may become a session, here and now, and how much of it: no more than the grant itself
/// may say.
fn allow(
    work: &mut Work<'_>,
    client: &Client,
    bridge: &Bridge,
    (grant, user): (&Grant, &User),
) -> Result<Vec<Evidence>> {
    let asked = Asked {
        scope: bridge.scope.clone(),
        ..Asked::default()
    };
    let mut gathered = facts::begin(&work.view(), Channel::Bridge, client, asked);
    let credentials = credentials::of_user(&mut work.view(), user)?;
    gathered.user = Some(facts::user((&work.directory, work.now), user, client, &credentials)?);
    gathered.proof = Proof::Grant(Box::new(grant.snapshot.clone()));
    let ruling = settle(work, &gathered, Some(grant))?;
    Ok(ruling.approval.snapshot().evidence.clone())
}

/// What the page of a bridge shows: whose session opens, and who asks.
#[derive(Debug)]
pub struct Offered {
    /// The user.
    pub user: User,
    /// The client.
    pub client: std::sync::Arc<Client>,
}

/// Looks at a handle without using it.
///
/// # Errors
/// Refused when it was used or has expired, or when what stands behind it has ended.
pub fn look(view: &mut View<'_>, handle: &Secret) -> Result<Offered> {
    let (_, grant) = behind(view, handle)?;
    let user = grant.user.ok_or_else(gone)?;
    let user = store::users::find(view.tx, user)?.ok_or_else(gone)?;
    let client = view.directory.client(view.tx, &grant.client_id)?.ok_or_else(gone)?;
    Ok(Offered { user, client })
}

fn behind(view: &mut View<'_>, handle: &Secret) -> Result<(Bridge, Grant)> {
    let doc = store::tickets::find(view.tx, &digest_of(handle.expose()), PURPOSE, view.now)?.ok_or_else(gone)?;
    let bridge: Bridge = serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a bridge", error))?;
    let grant = store::grants::find_live(view.tx, bridge.grant)?.ok_or_else(gone)?;
    Ok((bridge, grant))
}

/// Uses a handle in the browser that showed its page: opens a session that holds the grant's evidence, unless the browser
/// has one of the same user that shows as much. Returns the session with its new cookie, and where to go.
///
/// # Errors
/// Refused when the handle was used or has expired, or when the decision refuses here and now.
pub fn open(
    work: &mut Work<'_>,
    handle: &Secret,
    (current, user_agent): (Option<Session>, &str),
) -> Result<(Option<Renewed>, String)> {
    let (bridge, grant) = behind(&mut work.view(), handle)?;
    let Offered { user, client } = look(&mut work.view(), handle)?;
    if !store::tickets::consume(work.tx, &digest_of(handle.expose()), work.now)? {
        return Err(gone().into());
    }
    let evidence = allow(work, &client, &bridge, (&grant, &user))?;
    let opened = session::open_bridged(work, current, (&grant, user.id, evidence), user_agent)?;
    let mut entry = Entry::new(Event::AssuranceBridged)
        .user(user.id)
        .client(&client.client_id)
        .grant(grant.id);
    entry.session = opened.as_ref().map(|opened| opened.session.id);
    work.audit(entry.detail(json!({ "acr": grant.snapshot.acr() })))?;
    Ok((opened, bridge.target))
}
