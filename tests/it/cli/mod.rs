//! The program as operators run it.

mod serve;
