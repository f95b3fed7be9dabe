//! The program as operators run it.

mod explain;
mod serve;
