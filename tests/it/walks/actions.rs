//! What happens next, and how often.

use countersign::manage::users;

use super::model::Proof;
use super::walk::{Sent, Walk};

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Action {
    Authorize,
    Fill,
    Reopen,
    Wait,
    Redeem,
    RedeemAgain,
    Refresh,
    Look,
    Revoke,
    Bridge,
    Steal,
    Manage,
    Restart,
}

const ACTIONS: [(usize, Action); 13] = [
    (150, Action::Authorize),
    (380, Action::Fill),
    (50, Action::Reopen),
    (90, Action::Wait),
    (190, Action::Redeem),
    (12, Action::RedeemAgain),
    (45, Action::Refresh),
    (30, Action::Look),
    (8, Action::Revoke),
    (60, Action::Bridge),
    (40, Action::Steal),
    (40, Action::Manage),
    (1, Action::Restart),
];

/// Pauses in seconds, the short ones often.
const PAUSES: [(usize, i64); 12] = [
    (9, 5),
    (9, 30),
    (9, 31),
    (5, 59),
    (5, 61),
    (4, 301),
    (3, 601),
    (2, 1_800),
    (2, 3_599),
    (2, 3_601),
    (1, 7_201),
    (1, 13 * 3_600),
];

impl Walk<'_> {
    /// Takes the walk.
    pub(super) async fn take(&mut self) {
        if self.choice.percent(60) {
            // The owner comes in, and has an authenticator from then on.
            self.authorize(0, 1, true).await;
            for _ in 0..2 {
                if !self.tabs.is_empty() {
                    self.fill(self.tabs.len() - 1, false).await;
                }
            }
            if self.choice.percent(50) {
                self.redeem(false).await;
            }
            let pause = self.choice.of_these(&[31, 400, 3_000]);
            self.world.server().advance(pause);
        }
        for _ in 0..10 + self.choice.below(16) {
            let action = self.choice.weighed(&ACTIONS);
            self.act(action).await;
        }
    }

    async fn act(&mut self, action: Action) {
        let browser = usize::from(self.choice.percent(40));
        match action {
            Action::Authorize => {
                let client = self.choice.below(self.model.clients.len());
                self.authorize(browser, client, false).await;
            }
            Action::Fill => self.fill_any().await,
            Action::Reopen => self.reopen(browser).await,
            Action::Wait => {
                let pause = self.choice.weighed(&PAUSES);
                self.note(format!("{pause} seconds go by"));
                self.world.server().advance(pause);
            }
            Action::Redeem => self.redeem(false).await,
            Action::RedeemAgain => self.redeem(true).await,
            Action::Refresh => self.refresh().await,
            Action::Look => self.look().await,
            Action::Revoke => self.revoke().await,
            Action::Bridge => self.bridge(browser).await,
            Action::Steal => self.steal(),
            Action::Manage => self.manage().await,
            Action::Restart => {
                self.note("the server starts anew");
                self.world.restart().await;
            }
        }
    }

    /// Fills in the page that was opened last, or an older one.
    async fn fill_any(&mut self) {
        let Some(last) = self.tabs.len().checked_sub(1) else {
            return;
        };
        let any = self.choice.below(last + 1);
        let tab = if self.choice.percent(85) { last } else { any };
        self.fill(tab, true).await;
    }

    /// Opens the address of any page in any browser: back, again, or an address that was seen elsewhere.
    async fn reopen(&mut self, browser: usize) {
        if self.tabs.is_empty() {
            return;
        }
        let tab = self.choice.below(self.tabs.len());
        let tab = self.tabs[tab].clone();
        self.note(format!(
            "{} page of browser {} opened in {browser}",
            tab.name, tab.browser
        ));
        self.send(
            browser,
            Sent::Address(tab.page.url.to_string()),
            tab.errand,
            Proof::None,
        )
        .await;
    }

    /// Cookies get into the other browser, all or but one; or a browser forgets its session.
    fn steal(&mut self) {
        let (from, to) = self.choice.of_these(&[(0, 1), (0, 1), (1, 0)]);
        let kind = self.choice.below(4);
        self.note(format!("cookies of browser {from} get into {to}: {kind}"));
        let [session, browser] = ["cs_session", "cs_browser"];
        if kind == 0 {
            let jar = &mut self.world.browsers[to].cookies;
            if jar.named(session).is_some() {
                jar.remove(session);
            }
            return;
        }
        let mut jar = self.world.browsers[from].cookies.clone();
        let left_out = [None, None, Some(session), Some(browser)][kind];
        if let Some(name) = left_out.filter(|name| jar.named(name).is_some()) {
            jar.remove(name);
        }
        self.world.browsers[to].cookies = jar;
    }

    /// An administrator changes something midway.
    async fn manage(&mut self) {
        let user = usize::from(self.choice.percent(20));
        let id = self.model.accounts[user].sub.parse().expect("an identifier");
        let client = self.choice.below(self.model.clients.len());
        let server = self.world.server();
        match self.choice.below(8) {
            0 => {
                server.manage(move |work, actor| users::disable(work, actor, id)).await;
                self.model.accounts[user].active = false;
                self.model.end_user(user);
                self.note(format!("user {user} is disabled"));
            }
            1 | 2 => {
                server.manage(move |work, actor| users::enable(work, actor, id)).await;
                self.model.accounts[user].active = true;
                self.note(format!("user {user} is enabled"));
            }
            3 => {
                server
                    .manage(move |work, actor| users::reset_factors(work, actor, id))
                    .await;
                self.model.remove_factor(user);
                self.note(format!("the factors of user {user} are removed"));
            }
            4 => {
                self.world.set_password(&mut self.model.accounts[user]).await;
                self.model.end_user(user);
                self.note(format!("user {user} gets another password"));
            }
            5 => {
                let client = &mut self.model.clients[client];
                client.disabled = !client.disabled;
                let (id, disabled) = (client.id, client.disabled);
                self.world.disable_client(id, disabled).await;
                self.note(format!("client {id} disabled: {disabled}"));
            }
            6 => {
                let client = &mut self.model.clients[client];
                client.high = !client.high;
                let (toml, text) = (client.toml(), format!("client {} high: {}", client.id, client.high));
                self.world.server().apply(&toml);
                self.note(text);
            }
            _ => {
                let profile = &mut self.model.profiles[self.model.accounts[user].profile];
                profile.mfa_ui = !profile.mfa_ui;
                let (toml, text) = (
                    profile.toml(),
                    format!("profile {} mfa_ui: {}", profile.name, profile.mfa_ui),
                );
                self.world.server().apply(&toml);
                self.note(text);
            }
        }
    }
}
