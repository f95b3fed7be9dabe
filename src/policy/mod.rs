//! Every decision, pure: facts in, decision out. No I/O, no clock, no log.

pub mod api_login;
pub mod approval;
pub mod assurance;
mod checks;
pub mod decision;
pub mod facts;
pub mod key_rotation;
pub mod lockout;
pub mod reason;
pub mod refresh_reuse;
pub mod requirements;
pub mod scope;
pub mod supposition;
pub mod trace;

pub use approval::Approval;
pub use decision::{Decision, NextStep, Page, decide, explain};
pub use facts::Facts;
pub use reason::Reason;
pub use trace::Trace;
