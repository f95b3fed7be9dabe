//! What is served to browsers.

mod account;
mod bodies;
mod branding;
mod bridge;
mod client_card;
mod endpoints;
mod headers;
mod interaction;
mod language;
mod logout;
mod place;
mod welcome;
