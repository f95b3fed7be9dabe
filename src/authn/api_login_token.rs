//! The "security token" of API logins: 24 letters and digits beside the password. Never a factor: it makes no evidence, has
//! no `amr` and raises no level. ASSURANCE.md §8, CLAUSES.md S47 to S52.
//!
//! A token is made by the job that mails it and stored as an HMAC in the same transaction, so that it is in clear nowhere
//! but in that job's memory and in the mail: not in the database, its backups, the queue of jobs, the audit log. A job that
//! runs again makes another, which takes the place of the one before.

use crate::error::Result;
use crate::model::id::UserId;
use crate::model::job::Job;
use crate::model::secret::{Digest, Secret};
use crate::model::time::Timestamp;
use crate::store;
use crate::work::{Shared, Work};

/// Letters and digits of a token: its fixed length makes cutting it off exact.
pub const LENGTH: usize = 24;

/// Voids a user's token, if there is one, and orders another to be made and mailed.
///
/// # Errors
/// A fault of the database.
pub fn order(work: &mut Work<'_>, user: UserId) -> Result<()> {
    // Until the new token is made, its place holds the digest of nothing that anybody knows.
    let unknown = Digest::new(work.random.bytes());
    let ordered_at = work.now;
    store::api_login_tokens::put(work.tx, user, &unknown, ordered_at)?;
    work.enqueue(&Job::MailApiLoginToken { user, ordered_at })
}

/// Voids a user's token; `false` when there was none.
///
/// # Errors
/// A fault of the database.
pub fn void(work: &mut Work<'_>, user: UserId) -> Result<bool> {
    store::api_login_tokens::delete(work.tx, user)
}

/// Makes the token that was ordered at this instant; none when that order was voided or followed by another.
///
/// # Errors
/// A fault of the database.
pub fn make(work: &mut Work<'_>, user: UserId, ordered_at: Timestamp) -> Result<Option<Secret>> {
    let token = work.random.alphanumeric(LENGTH);
    let digest = Digest::new(work.shared.api_login_token_key.sign(&parts(&user, &token)));
    let made = store::api_login_tokens::replace(work.tx, user, &digest, ordered_at)?;
    Ok(made.then_some(token))
}

/// Whether this is the user's token.
///
/// # Errors
/// A fault of the database.
pub fn is_right(work: &mut Work<'_>, user: UserId, token: &Secret) -> Result<bool> {
    let stored = store::api_login_tokens::find(work.tx, user)?;
    Ok(stored.is_some_and(|digest| recognises(work.shared, &digest, &parts(&user, token))))
}

fn recognises(shared: &Shared, digest: &Digest, parts: &[&[u8]]) -> bool {
    shared.api_login_token_key.verify(parts, digest.as_bytes())
}

/// What is signed: whose token it is, too, so that a row moved to another user is worth nothing there.
fn parts<'a>(user: &'a UserId, token: &'a Secret) -> [&'a [u8]; 2] {
    [user.as_bytes().as_slice(), token.expose().as_bytes()]
}
