//! The worked examples of ASSURANCE.md §12. Each is named by its number; the whole decision is asserted: step, reason,
//! level, methods, time, and the number of the check that decided.

mod api_login;
mod bridge;
mod interactive;
mod jwt_bearer;
mod limits;
mod other_grants;
mod places;
mod refresh;
mod upstream;
