//! People with accounts.

use serde::{Deserialize, Serialize};

use super::id::UserId;
use super::lang::Lang;
use super::time::Timestamp;

/// A person's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The identifier, also the `sub` claim.
    pub id: UserId,
    /// What the person types to sign in; unique without regard to case.
    pub username: String,
    /// The named settings this user belongs to.
    pub profile: String,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// The permission sets added to that.
    #[serde(default)]
    pub permission_sets: Vec<String>,
    /// Whether the user may use our own pages for nothing but enrolling a factor.
    #[serde(default)]
    pub api_only: bool,
    /// Whether the user signs in at another provider, which then counts wrong passwords.
    #[serde(default)]
    pub sso_only: bool,
    /// What the user may do in this server.
    pub permissions: Vec<Permission>,
    /// Standard claims (OpenID Connect Core §5.1).
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When what is said of this person last changed; unknown of a record from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// The claim that says when what is said of a person last changed (OpenID Connect Core §5.1).
const UPDATED_AT: &str = "updated_at";

impl User {
    /// The form of a user name by which it is found: trimmed, lower case.
    #[must_use]
    pub fn key_of(username: &str) -> String {
        username.trim().to_lowercase()
    }

    /// The form of a mail address by which its user is found: trimmed, A to Z as small letters and nothing else changed, so
    /// that two addresses that only look alike (RFC 6531) stay two.
    #[must_use]
    pub fn email_key_of(email: &str) -> String {
        email.trim_matches(' ').to_ascii_lowercase()
    }

    /// The mail address on the record, if any.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claims.get("email").and_then(serde_json::Value::as_str)
    }

    /// This user as it is stored in place of what was `before`: with the time of the change where what is said of the person
    /// differs. A change that tells the time itself (`updated_at` among the claims) is believed.
    #[must_use]
    pub fn stamped(self, before: Option<&Self>, now: Timestamp) -> Self {
        let told = |user: &Self| user.claims.get(UPDATED_AT).and_then(serde_json::Value::as_i64);
        let updated_at = match (before, told(&self)) {
            (Some(before), _) if before.claims == self.claims => before.updated_at,
            (before, Some(said)) if before.and_then(told) != Some(said) => Some(Timestamp::from_seconds(said)),
            _ => Some(now),
        };
        Self { updated_at, ..self }
    }

    /// The language on the record (`locale`, OpenID Connect Core §5.1), if we have it.
    #[must_use]
    pub fn lang(&self) -> Option<Lang> {
        Lang::of_tag(self.claims.get("locale")?.as_str()?)
    }

    /// The name to greet this person by.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.claims
            .get("name")
            .and_then(serde_json::Value::as_str)
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(&self.username)
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// May sign in.
    #[default]
    Active,
    /// May not; tokens about the user are refused everywhere.
    Disabled,
}

/// What a user may do in this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change the directory.
    ManageDirectory,
    /// Change profiles and permission sets, whom they are assigned to, and the levels that anything requires.
    ManageProfiles,
}

impl Permission {
    /// The permission's name, as files write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManageDirectory => "manage_directory",
            Self::ManageProfiles => "manage_profiles",
        }
    }
}
