//! A password that somebody chooses, the same on every page that asks for one: checked, then compared with the one there was
//! and hashed, on a thread that may take its time.

use std::sync::Arc;

use crate::authn::factor::password::{Comparison, compare};
use crate::crypto::random::Random;
use crate::error::Result;
use crate::manage::passwords::{self, Weakness};
use crate::model::secret::Secret;
use crate::pages::Text;
use crate::server::Server;

/// The password that was typed twice by somebody who has these names, or what must be corrected.
pub(super) fn typed(server: &Server, own: &[&str], twice: [&str; 2]) -> std::result::Result<Secret, Text> {
    let [password, again] = twice;
    if password != again {
        return Err(Text::new("new-password.differ"));
    }
    let password = Secret::new(password);
    let weakness = match passwords::check_new(&server.shared().settings.passwords, own, &password) {
        Ok(()) => return Ok(password),
        Err(weakness) => weakness,
    };
    Err(match weakness {
        Weakness::Short(shortest) => {
            let shortest = i64::try_from(shortest).unwrap_or(i64::MAX);
            Text::new("new-password.short").with("shortest", shortest)
        }
        Weakness::Long => Text::new("new-password.long"),
        Weakness::Guessable => Text::new("new-password.guessable"),
    })
}

/// The hash of a password (PHC string), or what must be corrected: it is the one of the hash that is `stored`.
pub(super) async fn hashed(
    server: &Arc<Server>,
    password: Secret,
    stored: Option<String>,
) -> Result<std::result::Result<String, Text>> {
    let hashing = Arc::clone(server);
    let hashed = server.compute(move || {
        let hasher = &hashing.shared().hasher;
        let is_same = match &stored {
            Some(phc) => matches!(compare(hasher, &password, Some(phc))?, Comparison::Right { .. }),
            None => false,
        };
        if is_same {
            return Ok(Err(Text::new("new-password.same")));
        }
        Ok(Ok(hasher.hash(&password, &mut Random::from_os())?))
    });
    hashed.await?
}
