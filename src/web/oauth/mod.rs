//! The endpoints of OAuth 2.0.

pub(super) mod authorize;
pub(super) mod device_authorization;
pub(super) mod introspect;
pub(super) mod pushed;
pub(super) mod register;
pub(super) mod revoke;
pub(super) mod token;
