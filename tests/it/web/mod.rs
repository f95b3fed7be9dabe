//! What is served to browsers.

mod account;
mod bridge;
mod headers;
mod interaction;
mod logout;
mod place;
mod welcome;
