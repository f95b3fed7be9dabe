//! Countersign: an OAuth 2.0 and OpenID Connect authorization server that asks for as much proof as the moment needs
//! and writes into every token how much proof was given.
//!
//! Every request gathers facts, decides on them, and commits the outcome. Each module below is a room; what each may
//! use is held by `tests/architecture.rs`.

pub mod authn;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod error;
pub mod jobs;
pub mod manage;
pub mod model;
pub mod oauth;
pub mod oidc;
pub mod outbound;
pub mod pages;
pub mod policy;
pub mod server;
pub mod store;
pub mod web;
pub mod work;
