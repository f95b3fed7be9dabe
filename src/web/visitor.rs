//! What arrives with a request: address behind trusted proxies, user agent, request identifier.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpMessage as _, HttpRequest};

use super::{certificate, cookies, forwarded};
use crate::config::ServerSettings;
use crate::crypto::digest::digest_of;
use crate::crypto::random::Random;
use crate::model::audit::{Entry, Event};
use crate::model::confirmation::Confirmation;
use crate::model::visitor::Visitor;
use crate::server::Server;
use crate::work::Origin;

/// The identifier of a request, in its answer, the log and the audit log alike.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

static PROCESS: OnceLock<u64> = OnceLock::new();
static REQUESTS: AtomicU64 = AtomicU64::new(0);

impl RequestId {
    /// The one that a trusted proxy gave, or a new one.
    pub(super) fn next(request: &ServiceRequest) -> Self {
        let trusted = request
            .app_data::<actix_web::web::Data<Server>>()
            .is_some_and(|server| {
                is_trusted(
                    &server.shared().settings.server,
                    request.peer_addr().map(|peer| peer.ip()),
                )
            });
        let given = request
            .headers()
            .get("x-request-id")
            .and_then(|value| value.to_str().ok());
        if let Some(given) = given.filter(|id| trusted && is_plain(id)) {
            return Self(given.to_owned());
        }
        let process = PROCESS.get_or_init(|| u64::from_be_bytes(Random::from_os().bytes()));
        Self(format!("{process:016x}-{:x}", REQUESTS.fetch_add(1, Ordering::Relaxed)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn is_trusted(settings: &ServerSettings, peer: Option<IpAddr>) -> bool {
    peer.is_some_and(|peer| {
        let peer = peer.to_canonical();
        settings.trusted_proxies.iter().any(|net| net.contains(&peer))
    })
}

/// Whether a request comes from a proxy that is believed about who sent it.
pub(super) fn is_from_proxy(request: &HttpRequest, settings: &ServerSettings) -> bool {
    is_trusted(settings, request.peer_addr().map(|peer| peer.ip()))
}

/// The visitor of a request.
pub(super) fn visitor(request: &HttpRequest, server: &Server) -> Visitor {
    let user_agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default();
    Visitor {
        ip: address(request, &server.shared().settings.server),
        user_agent: user_agent.chars().take(256).collect(),
        request_id,
    }
}

/// Where a request comes from, as units of work note it.
pub(super) fn origin(request: &HttpRequest, server: &Server) -> Origin {
    let Visitor { ip, request_id, .. } = visitor(request, server);
    Origin {
        ip,
        claims_other_address: claims_other_address(request, &server.shared().settings.server),
        device: cookies::device(request, server).map(|device| digest_of(device.expose())),
        request_id: Some(request_id),
        shown: Confirmation {
            jkt: None,
            x5t_s256: certificate::of(request, server).map(|own| own.thumbprint().to_owned()),
        },
    }
}

/// Whether a peer that is no trusted proxy says that the request comes from elsewhere.
fn claims_other_address(request: &HttpRequest, settings: &ServerSettings) -> bool {
    forwarded::is_claimed(request.headers()) && !is_from_proxy(request, settings)
}

/// Says once, in the log and in the audit log, that a peer forwards requests and is not trusted to.
pub(super) async fn note_claim(request: &HttpRequest, server: &Arc<Server>) {
    let settings = &server.shared().settings.server;
    if !claims_other_address(request, settings) || !server.first_claim_of_address() {
        return;
    }
    let origin = origin(request, server);
    let peer = origin.ip.map(|ip| ip.to_string()).unwrap_or_default();
    tracing::warn!(
        peer,
        "a peer that is not in server.trusted_proxies sends forwarded addresses; its requests are in no trusted range"
    );
    let noted = server.perform(origin, |work| work.audit(Entry::new(Event::ForwardingUntrusted)));
    if let Err(error) = noted.await {
        tracing::error!(%error, "an untrusted proxy was not recorded");
    }
}

/// The peer's address, or the one that a trusted proxy names; none where the proxy knows none.
fn address(request: &HttpRequest, settings: &ServerSettings) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    if !is_trusted(settings, Some(peer)) {
        return Some(peer);
    }
    forwarded::address(request.headers(), peer, |hop| is_trusted(settings, Some(hop)))
}
