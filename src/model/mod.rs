//! The nouns: plain data, checked on construction. Touches nothing.

pub mod actor;
pub mod audit;
pub mod client;
pub mod consent;
pub mod credential;
pub mod evidence;
pub mod grant;
pub mod id;
pub mod interaction;
pub mod issuer;
pub mod job;
pub mod organisation;
pub mod profile;
pub mod request;
pub mod requirement;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod session;
pub mod signing_key;
pub mod time;
pub mod token;
pub mod user;
pub mod visitor;
