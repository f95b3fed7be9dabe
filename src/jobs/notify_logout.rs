//! Tells a client that a session ended. OpenID Connect Back-Channel Logout §2.5.

use std::sync::Arc;

use crate::error::{Fault, Result};
use crate::model::encryption::Encrypted;
use crate::model::id::SessionId;
use crate::oidc::logout_token::LogoutToken;
use crate::outbound::DocumentError;
use crate::server::Server;

pub(super) async fn run(server: &Arc<Server>, client_id: String, about: (Option<String>, SessionId)) -> Result<()> {
    let found = server.read(move |view| {
        let client = view.directory.client(view.tx, &client_id)?;
        Ok((client, Arc::clone(view.directory), view.now))
    });
    let (client, directory, now) = found.await?;
    // Whoever was removed, disabled, or wants to be told no more, is not told.
    let Some(client) = client.filter(|client| !client.disabled) else {
        return Ok(());
    };
    let Some(uri) = &client.backchannel_logout_uri else {
        return Ok(());
    };
    let token = LogoutToken::of(server.shared(), &client, about, now);
    let recipient = match client.sealing(Encrypted::IdToken) {
        Some(sealing) => server.documents.recipient(&sealing).await,
        None => None,
    };
    let token = token.sign(&client, (&directory, now), recipient.as_ref())?;
    match server.back_channel.post(uri, &token).await {
        Ok(()) => Ok(()),
        // §2.8: the client says that it will never take this; an address that may not be asked stays so.
        Err(error @ (DocumentError::Status(400) | DocumentError::Forbidden(_))) => {
            tracing::error!(client = client.client_id, %error, "a client did not take the end of a session");
            Ok(())
        }
        Err(error) => Err(Fault::from_error("tell a client that a session ended", error).into()),
    }
}
