//! People proving who they are.

mod login;
mod second_factor;
mod session;
