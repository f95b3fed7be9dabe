//! The one key to the mint: only this room can make an [`Approval`], only an [`Approval`] makes tokens.

use crate::model::grant::Snapshot;
use crate::model::id::UserId;
use crate::model::scope::ScopeSet;

/// A decision that tokens may be issued, with exactly what they may say.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    client_id: String,
    user: Option<UserId>,
    scope: ScopeSet,
    snapshot: Snapshot,
}

impl Approval {
    pub(in crate::policy) const fn new(
        client_id: String,
        user: Option<UserId>,
        scope: ScopeSet,
        snapshot: Snapshot,
    ) -> Self {
        Self {
            client_id,
            user,
            scope,
            snapshot,
        }
    }

    /// Notes what would have been asked.
    pub(in crate::policy) fn report(&mut self, reported: Option<String>) {
        self.snapshot.reported = reported;
    }

    /// The client that gets the tokens.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The user they are about, if any.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// What they may do.
    #[must_use]
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// The proof they may assert.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}
