//! What is counted against whom, and when no more attempts are looked at. ASSURANCE.md §10.

use std::net::IpAddr;

use super::facts::Count;
use crate::model::id::{CredentialId, DeviceId, UserId};
use crate::model::user::User;

/// Whose failures are counted together. Each side locks itself alone: strangers do not lock a person out of a known device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Everybody who is not on a known device, and every API login.
    Account(String),
    /// One known device of the account.
    Device(DeviceId),
}

/// What an attempt was at; a right answer forgets the wrong ones to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// A password.
    Password,
    /// A code or a token, or the page that asks for one (CLAUSES.md S81, S82).
    Code,
}

impl Attempt {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Password, Self::Code];
}

/// An account by its identifier, or by its name where nobody has it.
#[must_use]
pub fn subject(user: Option<UserId>, username: &str) -> String {
    match user {
        Some(user) => format!("user:{user}"),
        None => format!("name:{}", User::key_of(username)).chars().take(300).collect(),
    }
}

impl Side {
    /// The counter of everything on this side.
    #[must_use]
    pub fn counter(&self) -> String {
        match self {
            Self::Account(subject) => format!("attempts:{subject}"),
            Self::Device(device) => format!("attempts:device:{device}"),
        }
    }

    /// The counter of what of it was at a password, or at a code.
    #[must_use]
    pub fn part(&self, attempt: Attempt) -> String {
        let part = match attempt {
            Attempt::Password => "password",
            Attempt::Code => "code",
        };
        format!("{part}:{}", self.counter())
    }

    /// The counter that begins when this side is locked.
    #[must_use]
    pub fn lock(&self) -> String {
        format!("locked:{}", self.counter())
    }
}

/// The counter of wrong answers in a row to one factor, on both sides.
#[must_use]
pub fn factor_counter(credential: CredentialId) -> String {
    format!("factor:{credential}")
}

/// The counter of failed logins from an address. An IPv6 visitor has a network of addresses.
#[must_use]
pub fn address_counter(ip: Option<IpAddr>) -> String {
    format!("failed:{}", network(ip))
}

/// The counter of clients that are registered from an address.
#[must_use]
pub fn registration_counter(ip: Option<IpAddr>) -> String {
    format!("registrations:{}", network(ip))
}

/// The counter of codes of devices that were typed from an address.
#[must_use]
pub fn user_codes_counter(ip: Option<IpAddr>) -> String {
    format!("user_codes:{}", network(ip))
}

/// The counter of devices that asked from an address.
#[must_use]
pub fn devices_counter(ip: Option<IpAddr>) -> String {
    format!("device_codes:{}", network(ip))
}

/// Whether both addresses are known, and of one network.
#[must_use]
pub fn is_same_network(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    one.is_some() && other.is_some() && network(one) == network(other)
}

fn network(ip: Option<IpAddr>) -> String {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => format!("{:x}", ip.to_bits() >> 64),
        None => "unknown".to_owned(),
    }
}

/// The counter of logins of an account.
#[must_use]
pub fn login_counter(subject: &str) -> String {
    format!("logins:{subject}")
}

/// Whether the attempt that was just charged as number `charged` may be looked at; without a limit each may.
#[must_use]
pub fn is_open(charged: i64, limit: Option<u32>) -> bool {
    limit.is_none_or(|limit| charged <= i64::from(limit))
}

/// Whether a count is beyond its limit.
#[must_use]
pub fn is_over(count: &Count) -> bool {
    count.count > count.limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_visitor() {
        let of = |ip: &str| address_counter(ip.parse().ok());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn limits_count_up_to_and_no_limit_never_ends() {
        assert!(is_open(10, Some(10)) && !is_open(11, Some(10)) && is_open(i64::MAX, None));
    }
}
