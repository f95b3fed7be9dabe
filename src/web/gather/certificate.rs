//! Clients that authenticate by the certificate they came with. RFC 8705 §2.

use std::sync::Arc;

use super::client_with_keys;
use crate::crypto::client_certificate::ClientCertificate;
use crate::crypto::jwk_set::JwkSet;
use crate::error::{OAuthErrorCode, Result};
use crate::model::client::AuthMethod;
use crate::oauth::client_auth::{Credentials, Grounds, Presented, verify_certificate};
use crate::server::Server;

/// The credentials of a request that has no others than a certificate: those of a client that authenticates so, or none.
pub(super) async fn credentials(
    server: &Arc<Server>,
    presented: Presented,
    certificate: &ClientCertificate,
) -> Result<Credentials> {
    let Presented::Nothing {
        client_id: Some(client_id),
    } = &presented
    else {
        return Ok(Credentials::Plain(presented));
    };
    let known = client_with_keys(server, client_id).await?;
    let Some((client, source)) = known else {
        return Ok(Credentials::Plain(presented));
    };
    let now = server.clock().now();
    let verified = match client.token_endpoint_auth_method {
        AuthMethod::TlsClientAuth => {
            let authorities = server.client_authorities.as_ref();
            if !authorities.is_some_and(|authorities| authorities.vouch_for(certificate.chain(), now)) {
                return Err(OAuthErrorCode::InvalidClient.into());
            }
            verify_certificate(certificate, &client, Grounds::Vouched, now)?
        }
        AuthMethod::SelfSignedTlsClientAuth => {
            let attempt = |keys: &JwkSet| verify_certificate(certificate, &client, Grounds::Keys(keys), now);
            source.verify(server, attempt).await?
        }
        // RFC 8705 §4: a public client shows one to have its tokens bound to it.
        _ => return Ok(Credentials::Plain(presented)),
    };
    Ok(Credentials::Certificate(verified))
}
