//! What must hold of every decision: ASSURANCE.md §5 and §12, the order of the checks, and properties of arbitrary facts.

mod clauses;
mod grants;
mod order;
mod properties;
mod scene;
mod worked_examples;
