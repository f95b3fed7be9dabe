//! What the server gave, held against the model.

use serde_json::{Value, json};

use super::model::{Grant, Model, Session};
use crate::support::relying_party::{Answer, claims};

/// Seconds that codes and access tokens live.
const CODE: i64 = 60;
const ACCESS: i64 = 900;

impl Model {
    /// A browser with this cookie was sent to the client with a code.
    pub(super) fn gave_code(&mut self, cookie: Option<&str>, (request, code): (usize, String), now: i64) {
        let request = self.requests[request].clone();
        let session = self.session(cookie).cloned().expect("a code comes of a session");
        let (account, client) = (&self.accounts[session.user], &self.clients[request.client]);
        assert!(account.active, "a code for a disabled user");
        assert!(!client.disabled, "a code for a disabled client");
        assert!(session.has_password(now), "a code without the password");
        assert!(self.profiles[account.profile].is_open(now), "a code outside the hours");
        let needed_high = self.needs_high(session.user, request.client);
        assert!(
            !needed_high || session.is_high(now),
            "a code without the second factor: {session:?}"
        );
        let agreed = self.agreed.contains(&(session.user, request.client));
        assert!(!client.consent || agreed, "a code that nobody agreed to");
        self.grants.push(Grant {
            client: request.client,
            request,
            session,
            at: now,
            needed_high,
            code,
            tried: false,
            ended: false,
            pair: None,
            refresh: Vec::new(),
            access: None,
        });
    }

    /// The page of an errand is shown to a browser with this cookie.
    pub(super) fn shown(&self, cookie: Option<&str>, (page, body): (&str, &str), request: Option<usize>, now: i64) {
        if !["challenge", "enrol", "consent"].contains(&page) {
            return;
        }
        let session = self.session(cookie).expect("a page of an errand comes of a session");
        let account = &self.accounts[session.user];
        assert!(account.active, "a page for a disabled user");
        assert!(session.has_password(now), "a page of an errand without the password");
        if page == "enrol" {
            assert_eq!(account.secret, None, "enrolment beside a factor that was not proven");
        }
        if page == "consent" {
            let own = format!("<strong><bdi>{}</bdi></strong>", account.name);
            assert!(body.contains(&own), "a consent page of somebody else: {body}");
            let client = self.requests[request.expect("an errand has a request")].client;
            let enough = !self.needs_high(session.user, client) || session.is_high(now);
            assert!(enough, "a consent page without the second factor");
        }
    }

    /// Whether anything may be had for this grant.
    fn check_alive(&self, grant: usize) {
        let it = &self.grants[grant];
        assert!(!self.is_over(grant), "something of a grant that has ended");
        assert!(self.accounts[it.session.user].active, "something for a disabled user");
        assert!(!self.clients[it.client].disabled, "something for a disabled client");
    }

    /// A code was redeemed by `client`.
    pub(super) fn redeemed(&mut self, grant: usize, client: usize, answer: &Answer, now: i64) {
        let it = &self.grants[grant];
        if answer.status != 200 {
            // A code that comes twice ends everything; a spent one is spent.
            let twice = it.pair.is_some() && it.client == client && !self.clients[client].disabled;
            self.grants[grant].ended |= twice;
            return;
        }
        assert!(
            it.client == client && it.pair.is_none(),
            "a code of another client, or twice"
        );
        assert!(now - it.at < CODE, "a code after its time");
        self.check_alive(grant);
        let pair = self.told(grant, answer);
        let it = &mut self.grants[grant];
        it.pair = Some(pair);
        it.keep(answer, now);
    }

    /// A refresh token was used.
    pub(super) fn refreshed(&mut self, grant: usize, answer: &Answer, now: i64) {
        if answer.status != 200 {
            return;
        }
        self.check_alive(grant);
        let pair = self.told(grant, answer);
        let it = &self.grants[grant];
        assert_eq!(it.pair.as_ref(), Some(&pair), "a refresh raised or moved the proof");
        let profile = &self.profiles[self.accounts[it.session.user].profile];
        let needed = self.clients[it.client].high || profile.high;
        assert!(!needed || pair.0 == "high", "a refresh below what is required now");
        self.grants[grant].keep(answer, now);
    }

    /// What introspection and userinfo said of the last access token.
    pub(super) fn introspected(&self, grant: usize, (said, userinfo): (&Value, u16), now: i64) {
        let it = &self.grants[grant];
        if said["active"] == true || userinfo == 200 {
            self.check_alive(grant);
            let ends = it.access.as_ref().map(|(_, ends)| *ends);
            assert!(ends.is_some_and(|ends| now < ends), "a token after its time");
        }
        if said["active"] == true {
            self.check_claims(it, said);
        }
    }

    /// The level and time that tokens tell, which must be those of proof really given.
    fn told(&self, grant: usize, answer: &Answer) -> (String, i64) {
        let it = &self.grants[grant];
        let pair = self.check_claims(it, &claims(&answer.text("access_token")));
        assert_eq!(self.check_claims(it, &claims(&answer.text("id_token"))), pair);
        pair
    }

    fn check_claims(&self, grant: &Grant, claims: &Value) -> (String, i64) {
        let Session {
            user, password, totp, ..
        } = &grant.session;
        assert_eq!(claims["sub"], self.accounts[*user].sub, "tokens of somebody else");
        let acr = claims["acr"].as_str().expect("tokens tell a level");
        let auth_time = claims["auth_time"].as_i64().expect("tokens tell a time");
        let (amr, proof) = match acr {
            "high" => (json!(["pwd", "otp", "mfa"]), *totp),
            "standard" => (json!(["pwd"]), *password),
            other => panic!("a level that nobody reached: {other}"),
        };
        assert_eq!(claims["amr"], amr);
        assert_eq!(
            Some(auth_time),
            proof,
            "a time at which nothing was proven, {acr}: {:?}",
            grant.session
        );
        if acr == "high" {
            assert!(
                grant.session.is_high(grant.at),
                "a level that is stale: {:?}",
                grant.session
            );
        }
        assert!(!grant.needed_high || acr == "high", "tokens below what was required");
        let request = &grant.request;
        let limit = [request.max_age, self.first_max_age(grant)].into_iter().flatten().min();
        assert!(
            // Proof given in the errand itself is fresh enough, however long its consent page stays open.
            limit.is_none_or(|limit| grant.at - auth_time <= limit) || auth_time >= request.at,
            "proof older than asked for"
        );
        assert!(
            !request.anew || auth_time >= request.at,
            "proof from before the request"
        );
        (acr.to_owned(), auth_time)
    }

    /// The client's own greatest age, which no walk changes.
    fn first_max_age(&self, grant: &Grant) -> Option<i64> {
        self.clients[grant.client].max_age
    }
}

impl Grant {
    fn keep(&mut self, answer: &Answer, now: i64) {
        self.access = Some((answer.text("access_token"), now + ACCESS));
        self.refresh
            .extend(answer.body["refresh_token"].as_str().map(str::to_owned));
    }
}
