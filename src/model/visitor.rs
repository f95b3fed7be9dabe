//! What arrives with a request.

use std::net::IpAddr;

/// What arrives with a request, before anything about it is believed.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The peer's address, or the one that a trusted proxy names; absent where the proxy knows none.
    pub ip: Option<IpAddr>,
    /// The user agent string, cut to 256 characters; never decides anything.
    pub user_agent: String,
    /// The identifier of this request, in answer, log and audit alike.
    pub request_id: String,
}
