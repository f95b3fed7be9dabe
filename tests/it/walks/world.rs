//! One server with two browsers, in which one walk after another is taken.

use countersign::crypto::digest::{base64url, sha256};
use countersign::crypto::random::Random;
use countersign::manage::{clients, users};
use countersign::model::secret::Secret;
use countersign::model::user::User;

use super::model::{Account, Model};
use super::setup;
use crate::support::browser::Browser;
use crate::support::cookies::CookieJar;
use crate::support::directory::{CALLBACK, SECRET};
use crate::support::endpoint::http;
use crate::support::relying_party::{Answer, answer};
use crate::support::server::{TestServer, with_directory};

/// The passwords that accounts change between.
pub(super) const PASSWORDS: [&str; 2] = ["wonderland-tea-party", "looking-glass-house"];
/// What every request proves that it is redeemed by who sent it.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Accounts that are made at once.
const ACCOUNTS: usize = 40;

/// One server with two browsers: the owner's and the thief's.
pub(super) struct World {
    server: Option<TestServer>,
    pub(super) browsers: [Browser; 2],
    http: reqwest::Client,
    hashes: [String; 2],
    /// By profile; and how many were made.
    unused: [Vec<Account>; 4],
    made: usize,
}

impl World {
    pub(super) async fn start() -> Self {
        let server = with_directory(&setup::directory()).start().await;
        let hashes = PASSWORDS.map(|password| {
            let hasher = &server.server.shared().hasher;
            hasher.hash(&Secret::new(password), &mut Random::from_os()).unwrap()
        });
        let browsers = [Browser::new(), Browser::new()].map(|mut browser| {
            browser.stop_at(CALLBACK);
            browser
        });
        Self {
            server: Some(server),
            browsers,
            http: http(),
            hashes,
            unused: Default::default(),
            made: 0,
        }
    }

    pub(super) fn server(&self) -> &TestServer {
        self.server.as_ref().expect("the server runs")
    }

    pub(super) fn now(&self) -> i64 {
        self.server().now()
    }

    pub(super) async fn restart(&mut self) {
        let server = self.server.take().expect("the server runs");
        self.server = Some(server.restart().await);
    }

    pub(super) async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// New people and empty browsers for a walk, at this second of the next day.
    pub(super) async fn begin(&mut self, (profile, second): (usize, i64)) -> Model {
        let today = self.now() % 86_400;
        self.server().advance(86_400 - today + second);
        for browser in &mut self.browsers {
            browser.cookies = CookieJar::default();
        }
        Model::new(vec![self.account(profile).await, self.account(0).await])
    }

    /// An account that nobody has used.
    async fn account(&mut self, profile: usize) -> Account {
        if self.unused[profile].is_empty() {
            self.unused[profile] = self.new_accounts(profile).await;
        }
        self.unused[profile].pop().expect("accounts were made")
    }

    /// Many at once: every change of the directory makes the server read it again.
    async fn new_accounts(&mut self, profile: usize) -> Vec<Account> {
        let name_of = setup::profiles()[profile].name;
        let first = self.made;
        self.made += ACCOUNTS;
        let hash = self.hashes[0].clone();
        let added = self.server().manage(move |work, actor| {
            let add = |number| {
                let new = users::NewUser {
                    password_phc: Some(hash.clone()),
                    profile: name_of.to_owned(),
                    ..users::NewUser::named(format!("person-{number:05}"))
                };
                users::add(work, actor, new)
            };
            (first..first + ACCOUNTS).map(add).collect::<Result<Vec<_>, _>>()
        });
        let account = |user: User| Account {
            name: user.username,
            sub: user.id.to_string(),
            profile,
            active: true,
            password: PASSWORDS[0],
            secret: None,
            last_step: 0,
        };
        added.await.into_iter().map(account).collect()
    }

    /// The directory as every walk finds it.
    pub(super) async fn restore(&self, model: &Model) {
        let mut toml = String::new();
        for (now, then) in model.clients.iter().zip(setup::clients()) {
            if now.disabled {
                self.disable_client(now.id, false).await;
            }
            if *now != then {
                toml.push_str(&then.toml());
            }
        }
        for (now, then) in model.profiles.iter().zip(setup::profiles()) {
            if *now != then {
                toml.push_str(&then.toml());
            }
        }
        if !toml.is_empty() {
            self.server().apply(&toml);
        }
    }

    pub(super) async fn disable_client(&self, client: &'static str, disabled: bool) {
        self.server()
            .manage(move |work, actor| clients::set_disabled(work, actor, client, disabled))
            .await;
    }

    /// Gives an account the other password.
    pub(super) async fn set_password(&self, account: &mut Account) {
        let next = usize::from(account.password == PASSWORDS[0]);
        account.password = PASSWORDS[next];
        let (user, hash) = (account.sub.parse().expect("an identifier"), self.hashes[next].clone());
        self.server()
            .manage(move |work, actor| users::set_password(work, actor, user, hash))
            .await;
    }

    /// The session cookie of a browser.
    pub(super) fn cookie(&self, browser: usize) -> Option<String> {
        let cookie = self.browsers[browser].cookies.named("cs_session");
        cookie.map(|cookie| cookie.value.clone())
    }

    /// The cookie by which the server tells a browser from others.
    pub(super) fn identity(&self, browser: usize) -> Option<String> {
        let cookie = self.browsers[browser].cookies.named("cs_browser");
        cookie.map(|cookie| cookie.value.clone())
    }

    /// The address of an authorization request whose answer says `state`.
    pub(super) fn address(&self, client: &str, state: usize, further: &[(&str, String)]) -> String {
        let challenge = base64url(sha256(VERIFIER.as_bytes()).as_bytes());
        let state = state.to_string();
        let fixed = [
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid offline_access web"),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fixed).extend_pairs(further);
        self.server().at(&format!("/oauth2/authorize?{}", query.finish()))
    }

    /// Posts to a protocol endpoint as a client.
    pub(super) async fn post(&self, client: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(self.server().at(path)).basic_auth(client, Some(SECRET));
        answer(request.form(form)).await
    }

    pub(super) async fn userinfo(&self, token: &str) -> u16 {
        let request = self.http.get(self.server().at("/oauth2/userinfo"));
        answer(request.bearer_auth(token)).await.status
    }
}
