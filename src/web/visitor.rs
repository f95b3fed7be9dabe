//! What arrives with a request: address behind trusted proxies, user agent, request identifier.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpMessage as _, HttpRequest};

use crate::config::ServerSettings;
use crate::crypto::random::Random;
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
        settings
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&canonical(peer)))
    })
}

/// An IPv4 address also where it came mapped into IPv6.
fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
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
        ip: Some(ip),
        claims_other_address: false,
        device: None,
        request_id: Some(request_id),
    }
}

/// The peer's address; behind trusted proxies the last address that none of them has.
fn address(request: &HttpRequest, settings: &ServerSettings) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| canonical(peer.ip()));
    if !is_trusted(settings, Some(peer)) {
        return peer;
    }
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|line| line.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        let Ok(ip) = hop.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else {
            return peer;
        };
        if !is_trusted(settings, Some(ip)) {
            return canonical(ip);
        }
    }
    peer
}
