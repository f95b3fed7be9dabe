//! People proving who they are.

mod devices;
mod lockout;
mod login;
mod second_factor;
mod session;
