//! People proving who they are.

mod devices;
mod first_login;
mod hotp;
mod lockout;
mod login;
mod login_flows;
mod second_factor;
mod session;
