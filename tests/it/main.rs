//! Behaviour, tried from outside: each test acts as a person or a client. Folders mirror `src`.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod support;
