//! Rows of CLAUSES.md that are decisions and nothing else; each test names its rows.

mod api;
mod devices;
mod flows;
mod hours;
mod login_flows;
mod modes;
mod ranges;
mod recovery;
mod reports;
mod resources;
mod second_factor;
mod step_up;
mod upstream;
