//! A client application: sends people to authorize, redeems what comes back.

use countersign::crypto::digest::{base64url, sha256};
use countersign::crypto::random::Random;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::browser::Browser;
use super::directory::{CALLBACK, PASSWORD, SECRET};
use super::log;
use super::page::Page;
use super::server::TestServer;
use super::totp;

/// A client application of a test server.
pub(crate) struct RelyingParty<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) secret: Option<String>,
    pub(crate) verifier: String,
    http: reqwest::Client,
}

/// An answer of a protocol endpoint.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// A text member of the answer.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        self.body[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {}", self.body))
            .to_owned()
    }

    /// The error code, which must come with a description.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        assert!(
            self.body["error_description"].is_string(),
            "no description in {}",
            self.body
        );
        self.text("error")
    }
}

impl<'a> RelyingParty<'a> {
    /// The confidential web client of this identifier.
    pub(crate) fn new(server: &'a TestServer, client_id: &str) -> Self {
        Self {
            server,
            client_id: client_id.to_owned(),
            redirect_uri: CALLBACK.to_owned(),
            secret: Some(SECRET.to_owned()),
            verifier: base64url(&Random::from_os().bytes::<32>()),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// The public client of this identifier and redirect URI.
    pub(crate) fn public(server: &'a TestServer, client_id: &str, redirect_uri: &str) -> Self {
        Self {
            redirect_uri: redirect_uri.to_owned(),
            secret: None,
            ..Self::new(server, client_id)
        }
    }

    /// The parameters of a code request for these scopes.
    pub(crate) fn request(&self, scope: &str) -> Vec<(String, String)> {
        let challenge = base64url(sha256(self.verifier.as_bytes()).as_bytes());
        [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "st&te"),
            ("nonce", "n-0S6"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// The authorization address of these parameters.
    pub(crate) fn address(&self, params: &[(String, String)]) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params)
            .finish();
        self.server.at(&format!("/oauth2/authorize?{query}"))
    }

    /// A browser that stops at our redirect URI.
    pub(crate) fn browser(&self) -> Browser {
        let mut browser = Browser::new();
        if self.redirect_uri.starts_with("http") {
            browser.stop_at(&self.redirect_uri);
        }
        browser
    }

    /// Sends a browser to authorize with further parameters (an empty value removes one).
    pub(crate) async fn authorize(&self, browser: &mut Browser, scope: &str, further: &[(&str, &str)]) -> Page {
        let mut params = self.request(scope);
        for (name, value) in further {
            params.retain(|(known, _)| known != name);
            if !value.is_empty() {
                params.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        browser.get(&self.address(&params)).await
    }

    /// Signs a user in with a password from wherever authorizing led, agreeing to everything.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, username: &str, scope: &str) -> Page {
        let page = self.authorize(browser, scope, &[]).await;
        let page = log_in(browser, page, username).await;
        agree(browser, page).await
    }

    /// The tokens of a user who signs in with a password.
    pub(crate) async fn tokens(&self, browser: &mut Browser, username: &str, scope: &str) -> Answer {
        let page = self.sign_in(browser, username, scope).await;
        let answer = self.redeem(&code_of(&page)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Posts to a protocol endpoint with this client's authentication.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[]).await
    }

    /// The same with further headers.
    pub(crate) async fn post_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let request = self.http.post(self.server.at(path));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        let mut form: Vec<(&str, &str)> = form.to_vec();
        let request = if let Some(secret) = &self.secret {
            request.basic_auth(&self.client_id, Some(secret))
        } else {
            form.push(("client_id", &self.client_id));
            request
        };
        answer(request.form(&form)).await
    }

    /// Posts to the token endpoint.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let secrets = [
            "code",
            "password",
            "refresh_token",
            "assertion",
            "client_secret",
            "code_verifier",
            "device_code",
        ];
        for (_, secret) in form.iter().filter(|(name, _)| secrets.contains(name)) {
            log::keep_out(secret);
        }
        let answer = self.post("/oauth2/token", form).await;
        for name in ["access_token", "refresh_token", "id_token"] {
            answer.body[name].as_str().into_iter().for_each(log::keep_out);
        }
        answer
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.token(&self.redemption(code)).await
    }

    /// What redeems a code.
    pub(crate) fn redemption<'b>(&'b self, code: &'b str) -> [(&'b str, &'b str); 4] {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.verifier),
        ]
    }

    /// Refreshes.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// Asks what a token is worth.
    pub(crate) async fn introspect(&self, token: &str) -> Value {
        self.post("/oauth2/introspect", &[("token", token)]).await.body
    }

    /// Asks the userinfo endpoint.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Answer {
        answer(
            self.http
                .get(self.server.at("/oauth2/userinfo"))
                .bearer_auth(access_token),
        )
        .await
    }
}

/// Sends a request and reads its answer.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}

/// Fills in the login page.
pub(crate) async fn log_in(browser: &mut Browser, page: Page, username: &str) -> Page {
    assert_eq!(page.page().as_deref(), Some("login"), "{}", page.body);
    browser
        .submit(page.form().set("username", username).set("password", PASSWORD))
        .await
}

/// Allows what the consent page asks for, if it is shown.
pub(crate) async fn agree(browser: &mut Browser, page: Page) -> Page {
    if page.location.is_none() && page.page().as_deref() == Some("consent") {
        return browser.submit_with(page.form(), "decision", "allow").await;
    }
    page
}

/// Enrols TOTP on the enrolment page; returns the secret and the page after.
pub(crate) async fn enrol(server: &TestServer, browser: &mut Browser, page: Page) -> (String, Page) {
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    let secret = page.texts("#totp-secret").concat().replace(char::is_whitespace, "");
    let code = totp::code(&secret, u64::try_from(server.now()).unwrap());
    let page = browser.submit(page.form().set("code", &code)).await;
    (secret, page)
}

/// Answers the challenge page.
pub(crate) async fn prove(server: &TestServer, browser: &mut Browser, page: Page, secret: &str) -> Page {
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    let code = totp::code(secret, u64::try_from(server.now()).unwrap());
    browser.submit(page.form().set("code", &code)).await
}

/// The code that a redirect carries.
#[track_caller]
pub(crate) fn code_of(page: &Page) -> String {
    page.query("code")
        .unwrap_or_else(|| panic!("no code at {:?}: {}", page.location, page.body))
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&countersign::crypto::digest::base64url_decode(payload).expect("base64url")).expect("JSON")
}
