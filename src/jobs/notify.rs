//! Tells a user of a change to the account, by mail.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::model::id::UserId;
use crate::model::job::{Message, Notice};
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::outbound::DeliveryError;
use crate::pages::mail::{About, NoticeMail, Told};
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
    let address = match &notice {
        Notice::AddressChanged { to, .. } => Some(to.clone()),
        _ => user.email().map(str::to_owned),
    };
    let Some(to) = address else {
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

fn write(server: &Server, (user, organisation, to): (&User, &str, &str), notice: Notice) -> Result<Message> {
    let (at, told) = told(notice);
    let mail = NoticeMail {
        about: About {
            to: to.to_owned(),
            user_name: user.display_name().to_owned(),
            organisation: organisation.to_owned(),
        },
        when: Moment::dated(at),
        told,
    };
    Ok(server.pages.message(&mail, user.lang().unwrap_or_default())?)
}

fn told(notice: Notice) -> (Timestamp, Told) {
    let named = text::factor_name;
    match notice {
        Notice::FactorAdded { factor, at, ip } => (
            at,
            Told::FactorAdded {
                factor: named(factor),
                ip,
            },
        ),
        Notice::FactorRemoved { factor, at, ip } => (
            at,
            Told::FactorRemoved {
                factor: named(factor),
                ip,
            },
        ),
        Notice::FactorDisabled { factor, at } => (at, Told::FactorDisabled { factor: named(factor) }),
        Notice::PasswordChanged { at, ip } => (at, Told::PasswordChanged { ip }),
        Notice::PasswordReset { at, ip } => (at, Told::PasswordReset { ip }),
        Notice::AddressChanged { at, ip, .. } => (at, Told::AddressChanged { ip }),
        Notice::PasskeyCopied { at, ip } => (at, Told::PasskeyCopied { ip }),
        Notice::RecoveryCodeUsed { at, ip, left } => (at, Told::RecoveryCodeUsed { ip, left }),
        Notice::UnknownDevice { at, ip, user_agent } => (at, Told::UnknownDevice { ip, user_agent }),
    }
}
