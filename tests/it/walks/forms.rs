//! Filling in pages: rightly, wrongly, not at all, and in the wrong browser.

use super::model::{Account, Proof, code_of};
use super::walk::{Sent, Tab, Walk};
use crate::support::page::Form;

impl Walk<'_> {
    /// Fills in a page and sends it.
    pub(super) async fn fill(&mut self, tab: usize, careless: bool) {
        let tab = self.tabs[tab].clone();
        let form = tab.form();
        let elsewhere = careless && self.choice.percent(10);
        let browser = if elsewhere { 1 - tab.browser } else { tab.browser };
        let (mut form, mut proof, button) = match tab.name.as_str() {
            "login" => self.login(form, browser, careless),
            "consent" => self.consent(form, browser, &tab),
            "bridge" => (form, tab.errand.handle.map_or(Proof::None, Proof::Bridge), None),
            _ => self.code(form, browser, &tab, careless),
        };
        if self.world.identity(browser) != tab.identity {
            // A form is worth nothing in another browser than it was shown in.
            proof = Proof::None;
        }
        if careless && self.choice.percent(5) {
            (form, proof) = (form.without("csrf"), Proof::None);
            self.note("without its token:");
        }
        self.note(format!(
            "{} page of browser {} in {browser}: {proof:?}",
            tab.name, tab.browser
        ));
        self.send(browser, Sent::Form(Box::new(form), button), tab.errand, proof)
            .await;
    }

    fn login(&mut self, form: Form, browser: usize, careless: bool) -> (Form, Proof, Option<&'static str>) {
        let user = usize::from(browser == 1 && self.choice.percent(50));
        let known = browser == 0 || user == 1 || self.thief_knows.0;
        let typed = match self.choice.below(100) {
            0..6 if careless => "",
            6..14 if careless => "a-wrong-password",
            _ if known => self.model.accounts[user].password,
            _ => "a-guessed-password",
        };
        let account = &self.model.accounts[user];
        let right = typed == account.password && account.active;
        let form = form.set("username", &account.name).set("password", typed);
        (form, if right { Proof::Password(user) } else { Proof::None }, None)
    }

    fn consent(&mut self, form: Form, browser: usize, tab: &Tab) -> (Form, Proof, Option<&'static str>) {
        if self.choice.percent(15) {
            return (form, Proof::None, Some("deny"));
        }
        let cookie = self.world.cookie(browser);
        let user = self.model.session(cookie.as_deref()).map(|session| session.user);
        if let Some((user, request)) = user.zip(tab.errand.request) {
            let client = self.model.requests[request].client;
            self.model.agreed.insert((user, client));
        }
        (form, Proof::None, Some("allow"))
    }

    /// A challenge, or the first code of an enrolment.
    fn code(&mut self, form: Form, browser: usize, tab: &Tab, careless: bool) -> (Form, Proof, Option<&'static str>) {
        let now = self.world.now();
        let cookie = self.world.cookie(browser);
        let session = self.model.session(cookie.as_deref());
        let account = session.map(|session| &self.model.accounts[session.user]);
        let enrols = tab.name == "enrol";
        let secret = if enrols {
            tab.secret()
        } else {
            account.and_then(|account| account.secret.clone())
        };
        let last = account.filter(|_| !enrols).map_or(0, |account| account.last_step);
        let is_owners = session.is_some_and(|session| session.user == 0);
        let known = enrols || browser == 0 || !is_owners || self.thief_knows.1;
        let signed_in = session.is_some();
        let secret = secret.unwrap_or_else(|| "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let typed = match self.choice.below(100) {
            0..4 if careless => String::new(),
            4..10 if careless => code_of(&secret, now / 30 - 40),
            10..20 if careless => code_of(&secret, last),
            20..26 => code_of(&secret, now / 30 - 1),
            26..32 => code_of(&secret, now / 30 + 1),
            _ if known => code_of(&secret, now / 30),
            _ => "123456".to_owned(),
        };
        let proof = match Account::step(&secret, &typed, now, last).filter(|_| signed_in) {
            Some(step) if enrols => Proof::Enrolment(secret, step),
            Some(step) => Proof::Totp(step),
            None => Proof::None,
        };
        (form.set("code", &typed), proof, None)
    }
}
