//! One walk: what it has open, what it did, and what each answer means to the model.

use std::collections::BTreeMap;
use std::thread;

use super::choice::Choice;
use super::model::{Model, Proof};
use super::world::World;
use crate::support::page::{Form, Page};

/// A page that was opened and never closed.
#[derive(Debug, Clone)]
pub(super) struct Tab {
    pub(super) browser: usize,
    /// The cookie that its form is bound to.
    pub(super) identity: Option<String>,
    pub(super) name: String,
    pub(super) page: Page,
    pub(super) errand: Errand,
}

impl Tab {
    /// The form of the page. The rest of it is not read, which takes a while.
    pub(super) fn form(&self) -> Form {
        let form = self.page.body.split_once("<form").map_or("", |(_, rest)| rest);
        let form = form.split("</form>").next().unwrap_or_default();
        let body = format!("<form{form}</form>");
        let headers = self.page.headers.clone();
        let (url, location) = (self.page.url.clone(), None);
        Page {
            status: self.page.status,
            url,
            headers,
            body,
            location,
        }
        .form()
    }

    /// The secret that an enrolment page shows.
    pub(super) fn secret(&self) -> Option<String> {
        attribute(&self.page.body, "id=\"totp-secret\">").map(|text| text.replace(char::is_whitespace, ""))
    }
}

/// What a page is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Errand {
    pub(super) request: Option<usize>,
    pub(super) handle: Option<usize>,
}

/// How often what happened.
pub(super) type Counts = BTreeMap<&'static str, usize>;

/// What was done so far, told when the walk fails.
pub(super) struct Log {
    seed: u64,
    lines: Vec<String>,
}

impl Drop for Log {
    fn drop(&mut self) {
        if thread::panicking() {
            let lines = self.lines.join("\n  ");
            println!(
                "this walk failed; take it again with COUNTERSIGN_WALK_SEED={} COUNTERSIGN_WALKS=1\n  {lines}",
                self.seed
            );
        }
    }
}

/// One walk.
pub(super) struct Walk<'a> {
    pub(super) world: &'a mut World,
    pub(super) model: Model,
    pub(super) choice: Choice,
    pub(super) tabs: Vec<Tab>,
    /// Whether the thief knows the owner's password, and may look at the owner's authenticator.
    pub(super) thief_knows: (bool, bool),
    pub(super) counts: &'a mut Counts,
    log: Log,
}

/// What a browser sends.
pub(super) enum Sent {
    Address(String),
    Form(Box<Form>, Option<&'static str>),
}

impl<'a> Walk<'a> {
    pub(super) async fn begin(world: &'a mut World, seed: u64, counts: &'a mut Counts) -> Self {
        let mut choice = Choice::of(seed);
        let profile = choice.weighed(&[(5, 0), (2, 1), (2, 2), (1, 3)]);
        let thief_knows = (choice.percent(60), choice.percent(20));
        let second = i64::try_from(choice.below(86_400)).expect("it is small");
        let model = world.begin((profile, second)).await;
        let mut log = Log {
            seed,
            lines: Vec::new(),
        };
        log.lines
            .push(format!("profile {profile}, the thief knows {thief_knows:?}"));
        Self {
            world,
            model,
            choice,
            tabs: Vec::new(),
            thief_knows,
            counts,
            log,
        }
    }

    /// Notes what is done next.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        let clock = self.world.now() % 86_400;
        let time = format!("{:02}:{:02}:{:02}", clock / 3_600, clock / 60 % 60, clock % 60);
        self.log.lines.push(format!("{time} {}", text.into()));
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Lets a browser send something; `proof` is what is right about it.
    pub(super) async fn send(&mut self, browser: usize, sent: Sent, errand: Errand, proof: Proof) {
        let (before, now) = (self.world.cookie(browser), self.world.now());
        self.model.used(before.as_deref(), now);
        let agent = &mut self.world.browsers[browser];
        let page = match sent {
            Sent::Address(address) => agent.get(&address).await,
            Sent::Form(form, None) => agent.submit(*form).await,
            Sent::Form(form, Some(decision)) => agent.submit_with(*form, "decision", decision).await,
        };
        let after = self.world.cookie(browser);
        if let Some(cookie) = after.as_deref().filter(|_| after != before) {
            self.count(match proof {
                Proof::None => "rose without proof",
                Proof::Password(_) => "password",
                Proof::Totp(_) => "code",
                Proof::Enrolment(..) => "enrolment",
                Proof::Bridge(_) => "bridge",
            });
            self.model.rose((before.as_deref(), cookie), &proof, now);
        }
        self.reached(browser, after.as_deref(), &page, errand);
    }

    fn reached(&mut self, browser: usize, cookie: Option<&str>, page: &Page, errand: Errand) {
        let now = self.world.now();
        if page.location.is_some() {
            let state = page.query("state").and_then(|state| state.parse().ok());
            let Some(code) = page.query("code") else {
                let error = page.query("error").expect("an answer is a code or an error");
                self.note(format!("  back with {error}"));
                self.count("error");
                return;
            };
            self.note("  back with a code");
            self.count("authorization code");
            self.model.gave_code(cookie, (state.expect("our own state"), code), now);
            return;
        }
        let name = attribute(&page.body, "data-page=\"").unwrap_or_default();
        self.note(format!("  {} {name}", page.status));
        self.model.shown(cookie, (name, &page.body), errand.request, now);
        if ["login", "challenge", "enrol", "consent", "bridge"].contains(&name) {
            self.tabs.push(Tab {
                browser,
                identity: self.world.identity(browser),
                name: name.to_owned(),
                page: page.clone(),
                errand,
            });
        }
    }
}

/// The text between `mark` and the next quotation mark or tag.
fn attribute<'a>(body: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(mark)?;
    rest.split(['"', '<']).next()
}
