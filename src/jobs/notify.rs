//! Tells a user of a change to the account, by mail.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::model::id::UserId;
use crate::model::job::{Message, Notice};
use crate::model::user::User;
use crate::outbound::DeliveryError;
use crate::pages::mail::{
    About, AddressChangedMail, FactorAddedMail, FactorDisabledMail, FactorRemovedMail, PasskeyCopiedMail,
    PasswordChangedMail, PasswordResetMail, RecoveryCodeUsedMail, UnknownDeviceMail,
};
use crate::pages::{Moment, text};
use crate::server::Server;
use crate::store;

pub(super) async fn run(server: &Arc<Server>, user: UserId, notice: Notice) -> Result<()> {
    let found = server.read(move |view| {
        let user = store::users::find(view.tx, user)?;
        Ok(user.map(|user| {
            let organisation = view.directory.sender_name(&user.profile).to_owned();
            (user, organisation)
        }))
    });
    let Some((user, organisation)) = found.await? else {
        return Ok(());
    };
    let told = match &notice {
        Notice::AddressChanged { to, .. } => Some(to.clone()),
        _ => user.email().map(str::to_owned),
    };
    let Some(to) = told else {
        tracing::debug!(user = %user.id, "no mail address to tell of a change");
        return Ok(());
    };
    let message = write(server, (&user, &organisation, &to), notice)?;
    if let Err(error) = server.messenger.send(message, server.clock().now()).await {
        if error == DeliveryError::NotNow {
            return Err(Fault::from_error("tell a user of a change", error).into());
        }
        // A message that can never be sent is not tried again.
        tracing::error!(user = %user.id, %error, "a user was not told of a change");
    }
    Ok(())
}

#[expect(clippy::too_many_lines, reason = "one arm for each notice")]
fn write(server: &Server, (user, organisation, to): (&User, &str, &str), notice: Notice) -> Result<Message> {
    let about = About {
        to: to.to_owned(),
        user_name: user.display_name().to_owned(),
        organisation: organisation.to_owned(),
    };
    let lang = user.lang().unwrap_or_default();
    let message = match notice {
        Notice::FactorAdded { factor, at, ip } => server.pages.message(
            &FactorAddedMail {
                about,
                factor: text::factor_name(factor),
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::FactorRemoved { factor, at, ip } => server.pages.message(
            &FactorRemovedMail {
                about,
                factor: text::factor_name(factor),
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::PasswordChanged { at, ip } => server.pages.message(
            &PasswordChangedMail {
                about,
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::AddressChanged { at, ip, .. } => server.pages.message(
            &AddressChangedMail {
                about,
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::FactorDisabled { factor, at } => server.pages.message(
            &FactorDisabledMail {
                about,
                factor: text::factor_name(factor),
                when: Moment::dated(at),
            },
            lang,
        ),
        Notice::PasskeyCopied { at, ip } => server.pages.message(
            &PasskeyCopiedMail {
                about,
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::RecoveryCodeUsed { at, ip, left } => server.pages.message(
            &RecoveryCodeUsedMail {
                about,
                when: Moment::dated(at),
                ip,
                left,
            },
            lang,
        ),
        Notice::PasswordReset { at, ip } => server.pages.message(
            &PasswordResetMail {
                about,
                when: Moment::dated(at),
                ip,
            },
            lang,
        ),
        Notice::UnknownDevice { at, ip, user_agent } => server.pages.message(
            &UnknownDeviceMail {
                about,
                when: Moment::dated(at),
                ip,
                user_agent,
            },
            lang,
        ),
    };
    Ok(message?)
}
