//! Bodies of requests, read whole, within the limits of size and time. What cannot be read is answered where it was sent: by
//! protocol endpoints as JSON, by pages as a page.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde_json::json;

use super::respond;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::pages::text::ErrorClass;
use crate::server::Server;

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// It did not come in time.
    Late,
    /// It is too large, or cannot be decoded.
    Bad(StatusCode),
}

impl Unread {
    const fn status(self) -> StatusCode {
        match self {
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::Bad(status) => status,
        }
    }

    /// This answer instead of the handler's. What else comes on the connection is not waited for.
    fn answered(self, mut response: HttpResponse) -> actix_web::Error {
        response.head_mut().set_connection_type(ConnectionType::Close);
        InternalError::from_response(format!("a body was not read: {self:?}"), response).into()
    }
}

/// Reads a body while there is patience for it: whoever sends no more of it holds nothing open.
fn read(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes, Unread>> + use<> {
    let reading = Bytes::from_request(request, payload);
    let server = request.app_data::<web::Data<Server>>();
    let patience = server.map(|server| u64::from(server.shared().settings.limits.body_timeout));
    async move {
        match tokio::time::timeout(Duration::from_secs(patience.unwrap_or_default()), reading).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(Unread::Bad(error.as_response_error().status_code())),
            Err(_) => Err(Unread::Late),
        }
    }
}

/// A body that a page was posted.
pub(super) struct Posted(Bytes);

impl Deref for Posted {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl FromRequest for Posted {
    type Error = actix_web::Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let server = request.app_data::<web::Data<Server>>().cloned();
        let reading = read(request, payload);
        Box::pin(async move {
            reading.await.map(Self).map_err(|unread| {
                unread.answered(match server {
                    Some(server) => respond::error_page(&server, unread.status(), ErrorClass::UnreadForm, None),
                    None => HttpResponse::new(unread.status()),
                })
            })
        })
    }
}

/// A body that a protocol endpoint was sent: the endpoint itself refuses one that is too large or cannot be decoded.
pub(super) struct Body(Result<Bytes, Unread>);

impl Body {
    /// Its bytes.
    pub(super) fn bytes(&self) -> Result<&[u8], OAuthError> {
        let unreadable = |unread: &Unread| match unread.status() {
            // RFC 9126 §2.3
            StatusCode::PAYLOAD_TOO_LARGE => OAuthErrorCode::RequestTooLarge.into(),
            _ => OAuthError::new(OAuthErrorCode::InvalidRequest, "the body cannot be decoded"),
        };
        self.0.as_deref().map_err(unreadable)
    }
}

impl FromRequest for Body {
    type Error = actix_web::Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = read(request, payload);
        Box::pin(async move {
            match reading.await {
                Err(Unread::Late) => {
                    let code = OAuthErrorCode::InvalidRequest.as_str();
                    let said = json!({ "error": code, "error_description": "the body did not come in time" });
                    Err(Unread::Late.answered(respond::json_with(Unread::Late.status(), &said)))
                }
                read => Ok(Self(read)),
            }
        })
    }
}
