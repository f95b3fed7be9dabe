//! Hashing, sealing, keys and JOSE: the one place where cryptographic libraries are called.
//!
//! Everything here is synchronous. Randomness comes from the caller, but for new keys and the nonces of signatures and
//! encrypted tokens, which come from the operating system.

pub mod certificate;
pub mod client_certificate;
pub mod digest;
pub mod jwe;
pub mod jwk;
pub mod jwk_set;
pub mod jwt;
pub mod key_ring;
pub mod master;
mod master_file;
pub mod password;
pub mod random;
pub mod seal;
pub mod sha1_mac;
