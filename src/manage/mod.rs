//! What operators and account owners change: one function an operation.

pub mod audit;
pub mod explain;
pub mod keys;
