//! Makes the links of a forgotten password and mails them: the one place where they are in clear, for as long as this runs.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::manage::recovery;
use crate::model::secret::Secret;
use crate::outbound::DeliveryError;
use crate::pages::mail::{About, PasswordLinkMail};
use crate::server::Server;
use crate::work::Origin;

pub(super) async fn run(server: &Arc<Server>, login: String) -> Result<()> {
    let made = server.perform(Origin::default(), move |work| {
        let organisation = work.directory.organisation.name.clone();
        Ok((recovery::make_links(work, &login)?, organisation))
    });
    let (links, organisation) = made.await?;
    let settings = &server.shared().settings;
    for (user, token) in links {
        let Some(to) = user.email().map(str::to_owned) else {
            continue;
        };
        let mail = PasswordLinkMail {
            about: About {
                to,
                user_name: user.display_name().to_owned(),
                organisation: organisation.clone(),
            },
            username: user.username.clone(),
            // The address is the configured one, whatever a request called us.
            link: Secret::new(format!("{}/reset/{}", settings.server.issuer, token.expose())),
            minutes: settings.passwords.reset_lifetime.div_ceil(60),
        };
        let message = server.pages.message(&mail, user.lang().unwrap_or_default())?;
        if let Err(error) = server.messenger.send(message, server.clock().now()).await {
            if error == DeliveryError::NotNow {
                // The next run makes other links beside these, which perhaps nobody got.
                return Err(Fault::from_error("mail the link of a forgotten password", error).into());
            }
            // A message that can never be sent is not tried again: its owner asks for another.
            tracing::error!(user = %user.id, %error, "a user was not sent the link of a forgotten password");
        }
    }
    Ok(())
}
