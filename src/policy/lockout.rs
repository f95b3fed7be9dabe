//! Failed attempts to open, or locked. Attempts are charged before the answer is looked at.

use crate::model::id::UserId;
use crate::model::user::User;

/// The counter of wrong passwords of whoever signs in as `username`, known or not.
#[must_use]
pub fn password_counter(username: &str) -> String {
    format!("password:{}", User::key_of(username))
        .chars()
        .take(300)
        .collect()
}

/// The counter of wrong codes of a user, across factors, tabs and browsers.
#[must_use]
pub fn code_counter(user: UserId) -> String {
    format!("code:{user}")
}

/// The counter of wrong API-login tokens of a user.
#[must_use]
pub fn token_counter(user: UserId) -> String {
    format!("token:{user}")
}

/// Whether the attempt that was just charged as number `charged` may be looked at.
#[must_use]
pub fn is_open(charged: i64, limit: u32) -> bool {
    charged <= i64::from(limit)
}
