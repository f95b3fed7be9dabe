//! What is served to browsers.

mod headers;
mod interaction;
mod logout;
mod place;
mod welcome;
