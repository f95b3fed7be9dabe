//! The authorization endpoint. RFC 6749 §3.1, OpenID Connect Core §3.

mod complete;
mod optional;
mod turn;
mod validate;

pub use complete::{Completed, Outcome, Seen};
pub use turn::{Begun, Turn, begin, open_errand, peek, request_again, resume};
pub use validate::{Invalid, PageError, Valid, validate};
