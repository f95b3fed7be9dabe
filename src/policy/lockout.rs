//! Failed attempts to open, or locked. Attempts are charged before the answer is looked at.

/// Whether the attempt that was just charged as number `charged` may be looked at.
#[must_use]
pub fn is_open(charged: i64, limit: u32) -> bool {
    charged <= i64::from(limit)
}
