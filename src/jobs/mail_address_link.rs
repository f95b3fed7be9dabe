//! Makes the link that gives a user another mail address and mails it there: the one place where it is in clear.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::manage::account::email;
use crate::model::id::UserId;
use crate::model::secret::Secret;
use crate::outbound::DeliveryError;
use crate::pages::mail::{About, AddressLinkMail};
use crate::server::Server;
use crate::work::Origin;

pub(super) async fn run(server: &Arc<Server>, user: UserId, address: String) -> Result<()> {
    let to = address.clone();
    let made = server.perform(Origin::default(), move |work| {
        let organisation = work.directory.organisation.name.clone();
        Ok((email::make_link(work, user, &address)?, organisation))
    });
    let (Some((user, token)), organisation) = made.await? else {
        return Ok(());
    };
    let mail = AddressLinkMail {
        about: About {
            to,
            user_name: user.display_name().to_owned(),
            organisation,
        },
        // The address is the configured one, whatever a request called us.
        link: Secret::new(format!(
            "{}/account/email/{}",
            server.shared().settings.server.issuer,
            token.expose()
        )),
        minutes: email::LIFETIME.div_ceil(60),
    };
    let message = server.pages.message(&mail, user.lang().unwrap_or_default())?;
    if let Err(error) = server.messenger.send(message, server.clock().now()).await {
        if error == DeliveryError::NotNow {
            return Err(Fault::from_error("mail a link to a new address", error).into());
        }
        tracing::error!(user = %user.id, %error, "a new mail address was not written to");
    }
    Ok(())
}
