//! Makes an API-login token and mails it: the one place where it is in clear, for as long as this runs.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::manage::api_login_tokens;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::outbound::DeliveryError;
use crate::pages::mail::{About, ApiLoginTokenMail};
use crate::server::Server;
use crate::work::Origin;

pub(super) async fn run(server: &Arc<Server>, user: UserId, ordered_at: Timestamp) -> Result<()> {
    let made = server.perform(Origin::default(), move |work| {
        let made = api_login_tokens::make(work, user, ordered_at)?;
        Ok(made.map(|(user, token)| {
            let organisation = work.directory.sender_name(&user.profile).to_owned();
            (user, token, organisation)
        }))
    });
    let Some((user, token, organisation)) = made.await? else {
        return Ok(());
    };
    let Some(to) = user.email().map(str::to_owned) else {
        return Ok(());
    };
    let about = About {
        to: to.clone(),
        user_name: user.display_name().to_owned(),
        organisation,
    };
    let mail = ApiLoginTokenMail { about, token };
    let message = server.pages.message(&mail, user.lang().unwrap_or_default())?;
    if let Err(error) = server.messenger.send(message, server.clock().now()).await {
        if error == DeliveryError::NotNow {
            // The next run makes another token in place of this one, which perhaps nobody got.
            return Err(Fault::from_error("mail a security token", error).into());
        }
        // A message that can never be sent is not tried again: the old token is void already, and can be reset again.
        tracing::error!(user = %user.id, %error, "a user was not sent a new security token");
        return Ok(());
    }
    let mailed = move |work: &mut crate::work::Work<'_>| api_login_tokens::record_mailed(work, user.id, &to);
    server.perform(Origin::default(), mailed).await
}
