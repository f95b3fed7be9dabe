//! Time-ordered identifiers (UUID version 7, RFC 9562 §5.7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// What all identifiers share, so that a unit of work can make any of them.
pub trait Identifier: Sized {
    /// A new identifier made of an instant and ten random bytes.
    fn make(now: Timestamp, random: [u8; 10]) -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier made of an instant and ten random bytes.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_micros() / 1000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
            /// The sixteen bytes that are stored.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
            /// The identifier of sixteen stored bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self { Self(Uuid::from_bytes(bytes)) }
        }

        impl Identifier for $name {
            fn make(now: Timestamp, random: [u8; 10]) -> Self { Self::new(now, random) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::try_parse(text).map(Self) }
        }
    )*};
}

ids! {
    /// A user; the public `sub` of its tokens.
    UserId;
    /// A browser's session; the `sid` of ID tokens.
    SessionId;
    /// An errand a visitor must finish in pages.
    InteractionId;
    /// One authorization; every code and token names it.
    GrantId;
    /// Something a user enrolled.
    CredentialId;
    /// A one-time code that was sent.
    CodeId;
    /// A stored token.
    TokenId;
    /// An audit entry.
    AuditId;
    /// A browser that a user was recognised in.
    DeviceId;
    /// A job.
    JobId;
    /// One chain of audit entries, one per writer.
    ChainId;
}
