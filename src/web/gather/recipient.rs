//! Whom an answer is encrypted to: the client's keys, fetched outside of units of work.

use std::sync::Arc;

use crate::crypto::jwe::Recipient;
use crate::error::{OAuthError, Result};
use crate::model::client::GrantType;
use crate::model::encryption::{Encrypted, Sealing};
use crate::oauth::authorize::{Completed, Outcome, Recipients};
use crate::oauth::encryption::no_key;
use crate::oauth::grant_type::{Sought, TokenRequest, brings_id_token};
use crate::server::Server;

/// Whom to encrypt to where that must be; the refusal where the client has no key for it.
pub(in crate::web) async fn recipient(
    server: &Server,
    sealing: Option<&Sealing>,
) -> std::result::Result<Option<Recipient>, OAuthError> {
    let Some(sealing) = sealing else { return Ok(None) };
    let found = server.documents.recipient(sealing).await;
    found.map(Some).ok_or_else(|| no_key(sealing.what))
}

/// Whom the ID token of a token request will be encrypted to, if the client that asks wants that and has a key. Whether it had to
/// is judged once the client is authenticated.
pub(in crate::web) async fn recipient_of_tokens(server: &Arc<Server>, request: &TokenRequest) -> Result<Sought> {
    let kind = request.params.get("grant_type").and_then(GrantType::parse);
    let (Some(client_id), true) = (request.credentials.client_id(), kind.is_some_and(brings_id_token)) else {
        return Ok(Sought::Found(None));
    };
    let client_id = client_id.to_owned();
    let sealing = server
        .read(move |view| {
            let client = view.directory.client(view.tx, &client_id)?;
            let client = client.filter(|client| !client.disabled);
            Ok(client.and_then(|client| client.sealing(Encrypted::IdToken)))
        })
        .await?;
    Ok(Sought::Found(match sealing {
        Some(sealing) => server.documents.recipient(&sealing).await,
        None => None,
    }))
}

/// Whom the response to an authorization request is encrypted to. An ID token without a recipient makes the response an error; a
/// response without one cannot be told to the client at all.
pub(in crate::web) async fn recipients(
    server: &Server,
    completed: &mut Completed,
) -> std::result::Result<Recipients, OAuthError> {
    let id_token = match recipient(server, completed.id_token_sealing()).await {
        Ok(recipient) => recipient,
        Err(error) => {
            completed.outcome = Outcome::Error(error);
            None
        }
    };
    let response = recipient(server, completed.response_sealing()).await?;
    Ok(Recipients { id_token, response })
}
