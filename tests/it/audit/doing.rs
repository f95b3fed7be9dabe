//! Requests of every kind, at random: each makes a decision.

use countersign::crypto::random::Random;
use countersign::model::signing_key::Algorithm;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::keys::{Keys, assertion_claims, toml, with};
use crate::support::relying_party::{RelyingParty, code_of, enrol, log_in};
use crate::support::server::TestServer;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Clients that sign for themselves, with where the assurance of their grants comes from.
const ROBOTS: [(&str, &str); 3] = [
    ("approved", "required_acr = \"high\"\npreapproved_users = [\"alice\"]"),
    ("denied", "required_acr = \"high\"\njwt_bearer_assurance = \"deny\""),
    (
        "backed",
        "required_acr = \"high\"\njwt_bearer_assurance = \"session_backed\"",
    ),
];

/// The usual directory with robots; `strict` where the client `trusted` needs `high`.
fn directory(keys: &Keys, strict: bool) -> String {
    let jwks = toml(&keys.jwks());
    let robots = ROBOTS.map(|(name, members)| {
        format!(
            "[[clients]]\nclient_id = \"{name}\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = [\"authorization_code\", \"{JWT_BEARER}\"]\n\
             redirect_uris = [\"https://robot.example/callback\"]\nscope = \"calendar\"\naccess_token_signing_alg = \"ES256\"\nrequire_consent = false\n\
             jwks = {jwks}\n{members}\n\n"
        )
    });
    let usual = if strict {
        let line = "client_id = \"trusted\"\n";
        DIRECTORY.replacen(line, &format!("{line}required_acr = \"high\"\n"), 1)
    } else {
        DIRECTORY.to_owned()
    };
    format!("{usual}\n{}", robots.concat())
}

/// Who asks for what, and what they hold.
pub(super) struct Doings<'a> {
    server: &'a TestServer,
    random: Random,
    keys: Keys,
    /// Nobody, alice with a password, bob with a password, bob with both factors.
    browsers: Vec<Browser>,
    parties: Vec<RelyingParty<'a>>,
    /// Refresh tokens with the place of their client.
    refresh: Vec<(usize, String)>,
}

impl<'a> Doings<'a> {
    pub(super) async fn begin(server: &'a TestServer, seed: u64) -> Self {
        let keys = Keys::new(Algorithm::Es256);
        server.apply(&directory(&keys, false));
        let parties: Vec<_> = ["trusted", "app", "high"]
            .map(|id| RelyingParty::new(server, id))
            .into();
        let [trusted, app, _] = parties.as_slice() else {
            unreachable!("there are three")
        };
        let mut alice = trusted.browser();
        let mut refresh = Vec::new();
        let tokens = trusted.tokens(&mut alice, "alice", "openid offline_access").await;
        refresh.push((0, tokens.text("refresh_token")));
        let page = app.authorize(&mut alice, "openid offline_access calendar", &[]).await;
        let page = alice.submit_with(page.form(), "decision", "allow").await;
        refresh.push((1, app.redeem(&code_of(&page)).await.text("refresh_token")));
        let mut bob = trusted.browser();
        let page = trusted.authorize(&mut bob, "openid offline_access", &[]).await;
        let page = log_in(&mut bob, page, "bob").await;
        let (_, page) = enrol(server, &mut bob, page).await;
        refresh.push((0, trusted.redeem(&code_of(&page)).await.text("refresh_token")));
        let mut half = trusted.browser();
        let page = trusted.authorize(&mut half, "openid", &[]).await;
        log_in(&mut half, page, "bob").await;
        Self {
            server,
            random: Random::seeded(seed),
            keys,
            browsers: vec![trusted.browser(), alice, half, bob],
            parties,
            refresh,
        }
    }

    /// A number below `limit`.
    pub(super) fn any(&mut self, limit: usize) -> usize {
        usize::try_from(u32::from_be_bytes(self.random.bytes())).expect("a number") % limit
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.any(all.len())]
    }

    /// Does something that is decided upon.
    pub(super) async fn something(&mut self, number: usize) {
        if number % 125 == 124 {
            let strict = number % 250 == 124;
            self.server.apply(&directory(&self.keys, strict));
        }
        let pause = self.any(12);
        self.server.advance(i64::try_from(pause).expect("a number"));
        match self.any(4) {
            0 => self.ask_for_itself().await,
            1 => self.refresh().await,
            2 => self.assert().await,
            _ => self.authorize().await,
        }
    }

    async fn ask_for_itself(&mut self) {
        let scope = self.one_of(&["calendar", "reports", "calendar reports"]);
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        self.server.post_as(("service", SECRET), "/oauth2/token", &form).await;
    }

    async fn refresh(&mut self) {
        let place = self.any(self.refresh.len());
        let (party, token) = &self.refresh[place];
        let narrow = *party == 1 && number_is_even(token);
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        if narrow {
            form.push(("scope", "openid"));
        }
        let answer = self.parties[*party].token(&form).await;
        if answer.status == 200 {
            self.refresh[place].1 = answer.text("refresh_token");
        }
    }

    async fn assert(&mut self) {
        let robot = self.one_of(&ROBOTS).0;
        let user = self.one_of(&["alice", "bob"]);
        let jti: [u8; 8] = self.random.bytes();
        let claims = assertion_claims(robot, user, &self.server.issuer, self.server.now());
        let assertion = self
            .keys
            .sign(&with(claims, json!({ "jti": u64::from_be_bytes(jti).to_string() })));
        let form = [
            ("grant_type", JWT_BEARER),
            ("assertion", assertion.as_str()),
            ("scope", "calendar"),
        ];
        self.server.post("/oauth2/token", &form).await;
    }

    async fn authorize(&mut self) {
        let (party, browser) = (self.any(self.parties.len()), self.any(self.browsers.len()));
        let acr = self.one_of(&["", "", "high", "phr high", "standard"]);
        let age = self.one_of(&["", "", "60", "3600"]);
        let scope = if party == 1 {
            self.one_of(&["openid", "openid calendar", "openid reports"])
        } else {
            "openid"
        };
        let party = &self.parties[party];
        let asked = [("prompt", "none"), ("acr_values", acr), ("max_age", age)];
        let page = party.authorize(&mut self.browsers[browser], scope, &asked).await;
        if let Some(code) = page.query("code") {
            party.redeem(&code).await;
        }
    }
}

/// Some requests ask for a part of what their grant holds.
fn number_is_even(token: &str) -> bool {
    token.bytes().last().is_some_and(|byte| byte % 2 == 0)
}
