//! Tells a user of a change to the account, by mail.

use std::sync::Arc;

use crate::error::Result;
use crate::model::id::UserId;
use crate::model::job::Notice;
use crate::pages::mail::FactorAddedMail;
use crate::pages::text;
use crate::server::Server;
use crate::store;

pub(super) async fn run(server: &Arc<Server>, user: UserId, notice: Notice) -> Result<()> {
    let found = server.read(move |view| {
        let user = store::users::find(view.tx, user)?;
        Ok(user.map(|user| (user, view.directory.organisation.name.clone())))
    });
    let Some((user, organisation)) = found.await? else {
        return Ok(());
    };
    let Some(to) = user.email() else {
        tracing::debug!(user = %user.id, "no mail address to tell of a change");
        return Ok(());
    };
    let Notice::FactorAdded { factor, at, ip } = notice;
    let message = server.pages.message(&FactorAddedMail {
        to: to.to_owned(),
        user_name: user.display_name().to_owned(),
        organisation,
        factor: text::factor_name(factor).to_owned(),
        when: text::date_and_time(at),
        ip,
    })?;
    if let Err(error) = server.messenger.send(message, server.clock().now()) {
        // A message that can never be sent is not tried again.
        tracing::error!(user = %user.id, %error, "a user was not told of a change");
    }
    Ok(())
}
