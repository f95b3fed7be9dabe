//! HTTP in, HTML and JSON out. The one room that knows statuses, headers and cookies.

mod account;
mod app;
mod body;
mod branding;
mod bridge;
mod certificate;
mod challenge;
mod compat;
mod cookies;
mod cors;
mod device;
mod forgotten;
mod form;
mod forwarded;
mod gather;
mod headers;
mod health;
mod interaction;
mod look;
mod new_password;
mod oauth;
mod oidc;
mod respond;
mod routes;
mod sender;
mod upstream;
mod visitor;
mod welcome;

pub use app::{Running, start};
pub(crate) use headers::secure;
