//! Behaviour, tried from outside: each test acts as a person or a client. Folders mirror `src`.

#[cfg(test)]
mod authn;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
mod clients;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod server;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod web;
