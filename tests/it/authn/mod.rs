//! People proving who they are.

mod codes;
mod devices;
mod first_login;
mod forgotten;
mod hotp;
mod lockout;
mod login;
mod login_flows;
mod passkeys;
mod recovery_codes;
mod second_factor;
mod session;
mod upstream;
mod yubikey;
