//! Who is this user? Factors, logins, sessions and the errands that ask for them.

pub mod api_login;
pub mod api_login_token;
pub mod attempts;
pub mod ceremony;
pub mod challenge;
pub mod credentials;
pub mod device;
pub mod enrolment;
pub mod factor;
pub mod facts;
pub mod interaction;
pub mod login;
pub mod login_flow;
pub mod one_time_codes;
pub mod recovery_codes;
pub mod second_factor;
pub mod session;
pub mod sign_out;
pub mod throttle;
pub mod upstream;
pub mod visit;
pub mod yubikey;
