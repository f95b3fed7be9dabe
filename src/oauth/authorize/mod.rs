//! The authorization endpoint. RFC 6749 §3.1, OpenID Connect Core §3.

mod complete;
mod optional;
mod pushed;
mod received;
pub mod request_object;
mod signed_response;
mod turn;
mod validate;

pub(super) use optional::levels;

pub use complete::{Completed, Outcome, Recipients, Seen};
pub use pushed::{PushedAnswer, push, pushed_parameters};
pub use received::Received;
pub use turn::{Begun, Turn, begin, open_errand, peek, request_again, resume};
pub use validate::{Invalid, PageError, Valid, validate};
