//! What may this client have? OAuth 2.0 (RFC 6749) and the specifications around it.

pub mod authorize;
pub mod bearer;
pub mod bridge;
pub mod client_auth;
mod compat;
pub mod device;
pub mod encryption;
pub mod end_session;
pub mod grant_type;
pub mod introspection;
pub mod issue;
mod machine;
pub mod params;
mod pkce;
pub mod place;
pub mod proof;
pub mod redirect_uri;
mod resource;
pub mod response_mode;
pub mod revocation;
pub mod subject;
