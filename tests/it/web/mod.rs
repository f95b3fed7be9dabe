//! What is served to browsers.

mod account;
mod branding;
mod bridge;
mod endpoints;
mod headers;
mod interaction;
mod language;
mod logout;
mod place;
mod welcome;
