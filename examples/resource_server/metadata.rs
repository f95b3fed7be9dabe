//! What a client must know before its first request, found from the API alone (RFC 9728): the document at a well-known place,
//! and its address in every challenge.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use serde_json::{Value, json};
use url::Url;

use crate::dpop::ALGORITHMS;

/// What the API says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    address: Url,
    document: Value,
}

impl Metadata {
    /// Of the API of this identifier, which takes tokens of this issuer.
    pub(crate) fn new(resource: &str, issuer: &str, scopes: &[&str]) -> Result<Self, url::ParseError> {
        let mut address = Url::parse(resource)?;
        // RFC 9728 §3.1: the well-known part comes before the path; a slash that is all of it is left out.
        let path = Some(address.path()).filter(|path| *path != "/").unwrap_or_default();
        let path = format!("/.well-known/oauth-protected-resource{path}");
        address.set_path(&path);
        let document = json!({
            "resource": resource,
            "authorization_servers": [issuer],
            "scopes_supported": scopes,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ALGORITHMS,
            "resource_name": "Transfers",
        });
        Ok(Self { address, document })
    }

    /// Where the document is served.
    pub(crate) fn path(&self) -> &str {
        self.address.path()
    }
}

/// The document.
pub(crate) async fn document(metadata: web::Data<Metadata>) -> HttpResponse {
    HttpResponse::Ok().json(&metadata.document)
}

/// Adds the document's address to every challenge (RFC 9728 §5.1).
pub(crate) async fn point(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let metadata = request.app_data::<web::Data<Metadata>>().cloned();
    let mut response = next.call(request).await?;
    let Some(metadata) = metadata else {
        return Ok(response);
    };
    let said: Vec<HeaderValue> = response.headers_mut().remove(WWW_AUTHENTICATE).collect();
    for challenge in said {
        let challenge = challenge.to_str().unwrap_or_default();
        let pointing = format!("{challenge}, resource_metadata=\"{}\"", metadata.address);
        if let Ok(value) = HeaderValue::try_from(pointing) {
            response.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
    Ok(response)
}
