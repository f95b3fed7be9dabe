//! What tests act with: browsers, a database server, an authenticator app.

pub(crate) mod api_login;
pub(crate) mod attack;
pub(crate) mod authenticator;
pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod client_certificate;
pub(crate) mod codes;
pub(crate) mod cookies;
pub(crate) mod directory;
pub(crate) mod dpop;
pub(crate) mod endpoint;
pub(crate) mod forgery;
pub(crate) mod guarded;
pub(crate) mod installation;
pub(crate) mod jwe;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod page;
pub(crate) mod person;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod provider;
pub(crate) mod relying_party;
pub(crate) mod require;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod totp;
pub(crate) mod webdriver;

pub(crate) use server::on_both;
