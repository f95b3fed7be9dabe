//! What client applications do: ask, redeem, refresh, look, revoke, carry proof into a browser.

use super::model::{Grant, Handle, Proof, Request};
use super::walk::{Errand, Sent, Walk};
use super::world::VERIFIER;
use crate::support::directory::CALLBACK;

impl Walk<'_> {
    /// Sends a browser to authorize at a client.
    pub(super) async fn authorize(&mut self, browser: usize, client: usize, plain: bool) {
        let mut request = Request {
            client,
            at: self.world.now(),
            max_age: None,
            anew: false,
        };
        let mut further = Vec::new();
        match if plain { 99 } else { self.choice.below(100) } {
            0..12 => further.push(("prompt", "none".to_owned())),
            12..20 => {
                request.anew = true;
                further.push(("prompt", "login".to_owned()));
            }
            20..32 => {
                let age = self.choice.of_these(&[0, 60, 600, 4_000]);
                // An age of nothing is not to be had: whatever was proven since the request is young enough.
                request.anew = age == 0;
                request.max_age = Some(age).filter(|age| *age > 0);
                further.push(("max_age", age.to_string()));
            }
            32..42 => further.push(("acr_values", "high".to_owned())),
            _ => {}
        }
        let state = self.model.requests.len();
        self.model.requests.push(request);
        let id = self.model.clients[client].id;
        self.note(format!("browser {browser} asks for {id} {further:?}"));
        let address = self.world.address(id, state, &further);
        let errand = Errand {
            request: Some(state),
            handle: None,
        };
        let silent = further.first().is_some_and(|(_, value)| value == "none");
        let open = self.tabs.len();
        self.send(browser, Sent::Address(address), errand, Proof::None).await;
        assert!(!silent || self.tabs.len() == open, "a page though nobody may be asked");
    }

    /// A grant that is as wanted, often the last one.
    fn grant(&mut self, wanted: impl Fn(&Grant) -> bool) -> Option<usize> {
        let all = self.model.grants.iter().enumerate();
        let fit: Vec<usize> = all.filter(|(_, grant)| wanted(grant)).map(|(at, _)| at).collect();
        if fit.is_empty() {
            return None;
        }
        let last = self.choice.percent(75);
        fit.last()
            .copied()
            .filter(|_| last)
            .or_else(|| Some(self.choice.of_these(&fit)))
    }

    pub(super) async fn redeem(&mut self, again: bool) {
        let Some(grant) = self.grant(|grant| grant.tried == again) else {
            return;
        };
        let mut client = self.model.grants[grant].client;
        let wrong = self.choice.below(100);
        if wrong < 4 {
            client = (client + 1) % self.model.clients.len();
        }
        let verifier = if wrong == 4 { CALLBACK } else { VERIFIER };
        self.model.grants[grant].tried = true;
        let code = self.model.grants[grant].code.clone();
        let id = self.model.clients[client].id;
        self.note(format!("{id} redeems the code of grant {grant}"));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ];
        let answer = self.world.post(id, "/oauth2/token", &form).await;
        let now = self.world.now();
        assert!(
            answer.status != 200 || verifier == VERIFIER,
            "a code without its verifier"
        );
        self.model.redeemed(grant, client, &answer, now);
        let high = self.model.grants[grant]
            .pair
            .as_ref()
            .is_some_and(|(acr, _)| acr == "high");
        self.count(match (answer.status, high) {
            (200, true) => "tokens high",
            (200, false) => "tokens standard",
            _ => "code refused",
        });
    }

    pub(super) async fn refresh(&mut self) {
        let Some(grant) = self.grant(|grant| !grant.refresh.is_empty()) else {
            return;
        };
        let tokens = self.model.grants[grant].refresh.clone();
        let older = self.choice.percent(12);
        let token = if older {
            self.choice.below(tokens.len())
        } else {
            tokens.len() - 1
        };
        let id = self.model.clients[self.model.grants[grant].client].id;
        self.note(format!(
            "{id} refreshes grant {grant} with token {token} of {}",
            tokens.len()
        ));
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens[token].as_str()),
        ];
        let answer = self.world.post(id, "/oauth2/token", &form).await;
        self.count(if answer.status == 200 {
            "refresh"
        } else {
            "refresh refused"
        });
        let now = self.world.now();
        self.model.refreshed(grant, &answer, now);
    }

    pub(super) async fn look(&mut self) {
        let Some(grant) = self.grant(|grant| grant.access.is_some()) else {
            return;
        };
        let it = &self.model.grants[grant];
        let token = it.access.as_ref().map(|(token, _)| token.clone()).unwrap_or_default();
        let id = self.model.clients[it.client].id;
        self.note(format!("{id} looks at the token of grant {grant}"));
        let said = self.world.post(id, "/oauth2/introspect", &[("token", &token)]).await;
        let userinfo = self.world.userinfo(&token).await;
        self.count(if said.body["active"] == true {
            "active"
        } else {
            "not active"
        });
        let now = self.world.now();
        self.model.introspected(grant, (&said.body, userinfo), now);
    }

    pub(super) async fn revoke(&mut self) {
        let Some(grant) = self.grant(|grant| !grant.refresh.is_empty()) else {
            return;
        };
        let it = &self.model.grants[grant];
        let (token, id) = (
            it.refresh.last().cloned().unwrap_or_default(),
            self.model.clients[it.client].id,
        );
        self.note(format!("{id} revokes grant {grant}"));
        let answer = self.world.post(id, "/oauth2/revoke", &[("token", &token)]).await;
        self.model.grants[grant].ended |= answer.status == 200;
        self.count("revoked");
    }

    /// Carries the proof of a grant into a browser, whose page is left open.
    pub(super) async fn bridge(&mut self, browser: usize) {
        let Some(grant) = self.grant(|grant| grant.access.is_some()) else {
            return;
        };
        let it = &self.model.grants[grant];
        let token = it.access.as_ref().map(|(token, _)| token.clone()).unwrap_or_default();
        let id = self.model.clients[it.client].id;
        self.note(format!("{id} bridges grant {grant} to browser {browser}"));
        let form = [("access_token", token.as_str()), ("target", "/")];
        let answer = self.world.post(id, "/session/bridge", &form).await;
        if answer.status != 200 {
            self.count("bridge refused");
            return;
        }
        let at = self.world.now();
        let handle = self.model.handles.len();
        self.model.handles.push(Handle { grant, at, used: false });
        let errand = Errand {
            request: None,
            handle: Some(handle),
        };
        self.send(browser, Sent::Address(answer.text("bridge_uri")), errand, Proof::None)
            .await;
    }
}
