//! Every decision, pure: facts in, decision out. No I/O, no clock, no log.

pub mod approval;
pub mod assurance;
pub mod consent;
pub mod grant_decision;
pub mod key_rotation;
pub mod lockout;
pub mod next_step;
pub mod reason;
pub mod refresh_reuse;
pub mod requirements;
pub mod scope;
pub mod supposition;
pub mod trace;

#[cfg(test)]
mod worked_examples;

pub use approval::Approval;
pub use reason::Reason;
pub use trace::Trace;
