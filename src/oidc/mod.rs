//! What do we tell a client about the user? OpenID Connect Core 1.0, Discovery 1.0.

pub mod claims;
pub mod discovery;
pub mod front_channel;
pub mod id_token;
pub mod logout_token;
mod sid;
pub mod userinfo;

pub use sid::sid;
