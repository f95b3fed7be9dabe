//! Codes by text message, call and mail as second factors. CLAUSES.md S25 to S38, C7, C11 to C13.

mod challenge;
mod channels;
mod delivery;
mod enrolment;
mod limits;
mod vendors;
