//! Every decision, pure: facts in, decision out. No I/O, no clock, no log.
//!
//! [`Facts`] are everything a decision rests on, kept in the audit log. [`decide`] walks the checks of ASSURANCE.md §3 in
//! `checks/`, one file a noun, in the one order that `checks/mod.rs` lists; [`explain`] walks the same checks and tells each.
//! Channels differ in which checks apply to them, never in which code makes them. `assurance` turns evidence into a level,
//! its methods and its time; `requirements` are what organisation, client, scopes and resources require of it.
//!
//! `tests/` hold all of it: the worked examples of ASSURANCE.md §12, its table of grants (`tests/grants/table.txt`), the
//! order of the checks, the rows of CLAUSES.md that are decisions, and properties of arbitrary facts.

pub mod api_login;
pub mod approval;
pub mod assurance;
mod checks;
pub mod decision;
pub mod facts;
pub mod key_rotation;
pub mod lockout;
pub mod login_flow;
pub mod one_time_codes;
pub mod reason;
pub mod refresh_reuse;
pub mod requirements;
pub mod scope;
pub mod supposition;
#[cfg(test)]
mod tests;
pub mod trace;

pub use approval::Approval;
pub use decision::{Decision, NextStep, Page, decide, explain};
pub use facts::Facts;
pub use reason::Reason;
pub use trace::Trace;
