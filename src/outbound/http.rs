//! An HTTP client for this machine only: the demonstration's web app and API speak to the server with it.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::DocumentError;
use super::guard::{literal_address, parse_url};
use super::resolver::Filtered;
use super::transfer::{client_builder, judge, read_body};
use crate::error::Fault;
use crate::model::secret::Secret;

/// Time that an exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that an answer may have.
const MAX_SIZE: usize = 262_144;

/// A client that reaches loopback addresses over plain http and follows no redirects.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client,
    timeout: Duration,
}

/// What was answered, whatever the status.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The first `WWW-Authenticate` header.
    pub www_authenticate: Option<String>,
    /// The body: JSON as its value, anything else as a string, nothing as null.
    pub body: Value,
}

impl HttpClient {
    /// Prepares a client.
    pub fn loopback() -> Result<Self, Fault> {
        let client = client_builder()
            .dns_resolver(Filtered { admits: is_loopback })
            // Plain http only: no authority is believed, and none need be installed.
            .tls_certs_only([])
            .build()
            .map_err(|error| Fault::from_error("preparing the loopback client", error))?;
        Ok(Self {
            client,
            timeout: TIMEOUT,
        })
    }

    /// Posts a form, as the client `basic_auth` names (its identifier and secret).
    pub async fn post_form(
        &self,
        url: &str,
        basic_auth: Option<(&str, &Secret)>,
        form: &[(&str, &str)],
    ) -> Result<HttpAnswer, DocumentError> {
        let mut request = self.client.post(check_loopback(url)?).form(form);
        if let Some((user, password)) = basic_auth {
            // RFC 6749 §2.3.1: both are form-encoded first.
            request = request.basic_auth(form_encoded(user), Some(form_encoded(password.expose())));
        }
        self.exchange(request).await
    }

    /// Gets a document.
    pub async fn get_json(&self, url: &str, bearer: Option<&Secret>) -> Result<HttpAnswer, DocumentError> {
        let request = self.client.get(check_loopback(url)?);
        self.exchange(with_bearer(request, bearer)?).await
    }

    /// Posts a document.
    pub async fn post_json(
        &self,
        url: &str,
        bearer: Option<&Secret>,
        body: &Value,
    ) -> Result<HttpAnswer, DocumentError> {
        let request = self.client.post(check_loopback(url)?).json(body);
        self.exchange(with_bearer(request, bearer)?).await
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<HttpAnswer, DocumentError> {
        let transfer = async {
            let response = request.send().await.map_err(|error| judge(&error))?;
            let status = response.status().as_u16();
            let challenge = response.headers().get(WWW_AUTHENTICATE);
            let www_authenticate = challenge.and_then(|value| value.to_str().ok()).map(str::to_owned);
            let body = read_value(&read_body(response, MAX_SIZE).await?);
            Ok(HttpAnswer {
                status,
                www_authenticate,
                body,
            })
        };
        tokio::time::timeout(self.timeout, transfer)
            .await
            .unwrap_or(Err(DocumentError::TimedOut))
    }
}

fn check_loopback(text: &str) -> Result<Url, DocumentError> {
    let url = parse_url(text)?;
    if url.scheme() != "http" {
        return Err(DocumentError::Forbidden("the scheme is not http"));
    }
    if literal_address(&url).is_some_and(|address| !is_loopback(address)) {
        return Err(DocumentError::Forbidden("not a loopback address"));
    }
    Ok(url)
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn with_bearer(request: RequestBuilder, bearer: Option<&Secret>) -> Result<RequestBuilder, DocumentError> {
    let Some(token) = bearer else { return Ok(request) };
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| DocumentError::Malformed("the token has control characters"))?;
    value.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, value))
}

fn read_value(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::origin::{Origin, answer};
    use serde_json::json;

    #[tokio::test]
    async fn forms_are_posted_as_the_named_client() {
        let origin = Origin::serve(|_, out| out.write_all(&answer("200 OK", "", r#"{"access_token":"t"}"#)));
        let (client, secret) = (HttpClient::loopback().unwrap(), Secret::new("p:w d"));
        let form = [("grant_type", "client_credentials"), ("scope", "a b")];
        let got = client
            .post_form(&origin.url("/token"), Some(("app:1", &secret)), &form)
            .await
            .unwrap();
        assert_eq!(
            got,
            HttpAnswer {
                status: 200,
                www_authenticate: None,
                body: json!({"access_token": "t"})
            }
        );
        let request = &origin.requests()[0];
        assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
        // Base64 of `app%3A1:p%3Aw+d`.
        assert!(
            request.contains("authorization: Basic YXBwJTNBMTpwJTNBdytk\r\n"),
            "{request}"
        );
        assert!(
            request.ends_with("\r\n\r\ngrant_type=client_credentials&scope=a+b"),
            "{request}"
        );
    }

    #[tokio::test]
    async fn bearer_tokens_are_sent_and_challenges_handed_back() {
        let origin = Origin::serve(|_, out| {
            out.write_all(&answer(
                "401 Unauthorized",
                "www-authenticate: Bearer error=\"invalid_token\"\r\n",
                "",
            ))
        });
        let (client, token) = (HttpClient::loopback().unwrap(), Secret::new("cs_at_1"));
        let got = client.get_json(&origin.url("/me"), Some(&token)).await.unwrap();
        assert_eq!((got.status, got.body), (401, Value::Null));
        assert_eq!(got.www_authenticate.as_deref(), Some("Bearer error=\"invalid_token\""));
        client
            .post_json(&origin.url("/me"), Some(&token), &json!({"a": 1}))
            .await
            .unwrap();
        let requests = origin.requests();
        assert!(
            requests[0].contains("authorization: Bearer cs_at_1\r\n"),
            "{}",
            requests[0]
        );
        assert!(
            requests[1].contains("content-type: application/json\r\n"),
            "{}",
            requests[1]
        );
        assert!(requests[1].ends_with("\r\n\r\n{\"a\":1}"), "{}", requests[1]);
        assert!(
            client
                .get_json(&origin.url("/me"), Some(&Secret::new("a\nb")))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn redirects_are_handed_back_and_text_is_a_string() {
        let origin = Origin::serve(|_, out| out.write_all(&answer("302 Found", "location: /other\r\n", "moved")));
        let got = HttpClient::loopback()
            .unwrap()
            .get_json(&origin.url("/"), None)
            .await
            .unwrap();
        assert_eq!((got.status, got.body), (302, json!("moved")));
        assert_eq!(origin.requests().len(), 1);
    }

    #[tokio::test]
    async fn answers_are_limited_in_size_and_time() {
        let origin = Origin::serve(|request, out| {
            if request.starts_with("GET /large") {
                return out.write_all(&answer("200 OK", "", &"x".repeat(MAX_SIZE + 1)));
            }
            std::thread::sleep(Duration::from_millis(900));
            Ok(())
        });
        let mut client = HttpClient::loopback().unwrap();
        assert_eq!(
            client.get_json(&origin.url("/large"), None).await,
            Err(DocumentError::TooLarge)
        );
        client.timeout = Duration::from_millis(100);
        assert_eq!(
            client.get_json(&origin.url("/slow"), None).await,
            Err(DocumentError::TimedOut)
        );
    }

    #[tokio::test]
    async fn only_this_machine_is_reached() {
        let client = HttpClient::loopback().unwrap();
        for url in [
            "http://10.0.0.1/",
            "http://8.8.8.8/",
            "http://[::2]/",
            "https://127.0.0.1/",
            "http://a@127.0.0.1/",
        ] {
            assert!(
                matches!(client.get_json(url, None).await, Err(DocumentError::Forbidden(_))),
                "{url}"
            );
        }
        let origin = Origin::serve(|_, out| out.write_all(&answer("200 OK", "", "1")));
        let by_name = format!("http://localhost:{}/", origin.port());
        assert_eq!(client.get_json(&by_name, None).await.unwrap().body, json!(1));
    }
}
