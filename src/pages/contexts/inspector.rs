//! The tour's inspector: what went over the wire, and why.

use serde::Serialize;

use super::{Chrome, SealView, longest};
use crate::model::evidence::Acr;
use crate::pages::Page;

/// A captured message.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// When it was sent.
    pub when: String,
    /// Whom it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// A token taken apart.
#[derive(Debug, Clone, Serialize)]
pub struct TokenView {
    /// Which token it is.
    pub label: String,
    /// Its header as indented JSON.
    pub header_json: String,
    /// Its claims as indented JSON.
    pub claims_json: String,
    /// Its level.
    pub acr: SealView,
}

/// One check of a decision.
#[derive(Debug, Clone, Serialize)]
pub struct CheckView {
    /// Its place in the order.
    pub number: u32,
    /// What was checked.
    pub name: String,
    /// What came of it; `pass`, or what it asked for.
    pub outcome: String,
    /// What it was decided on.
    pub facts: String,
}

/// A decision with every check in order.
#[derive(Debug, Clone, Serialize)]
pub struct DecisionView {
    /// When.
    pub when: String,
    /// What happened.
    pub event: String,
    /// About whom.
    pub user: String,
    /// For which client.
    pub client: String,
    /// What was decided.
    pub outcome: String,
    /// The checks.
    pub checks: Vec<CheckView>,
}

/// What went over the wire: messages, tokens and decisions.
#[derive(Debug, Clone, Serialize)]
pub struct InspectorPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the example app is.
    pub app_href: String,
    /// Captured messages, newest first.
    pub messages: Vec<MessageView>,
    /// The tokens of the example app.
    pub tokens: Vec<TokenView>,
    /// Decisions, newest first.
    pub decisions: Vec<DecisionView>,
}

impl InspectorPage {
    fn sample_decision(outcome: &str) -> DecisionView {
        let check = |number, name: &str, outcome: &str, facts: &str| CheckView {
            number,
            name: name.into(),
            outcome: outcome.into(),
            facts: facts.into(),
        };
        DecisionView {
            when: "20:00:12 UTC".into(),
            event: "challenge.issued".into(),
            user: "alice".into(),
            client: "harbour-payroll".into(),
            outcome: outcome.into(),
            checks: vec![
                check(1, "client enabled", "pass", "client=harbour-payroll"),
                check(2, "user active", "pass", "status=active"),
                check(3, "assurance", outcome, "needed=high have=standard evidence=pwd@19:58"),
            ],
        }
    }
}

impl Page for InspectorPage {
    const TEMPLATE: &'static str = "demo/inspector.html";
    const NAME: &'static str = "demo-inspector";

    fn sample() -> Self {
        let token = |label: &str| {
            TokenView {
            label: label.into(),
            header_json: "{\n  \"alg\": \"ES256\",\n  \"kid\": \"2026-03\",\n  \"typ\": \"at+jwt\"\n}".into(),
            claims_json: "{\n  \"iss\": \"http://localhost:8080\",\n  \"sub\": \"0195a3f0-6c1e-7d3a-9b52-3f1f6a0c9d11\",\n  \
                          \"acr\": \"high\",\n  \"amr\": [\n    \"pwd\",\n    \"otp\"\n  ],\n  \"auth_time\": 1772395200\n}"
                .into(),
            acr: Acr::High.into(),
        }
        };
        Self {
            chrome: Chrome::sample::<Self>(),
            app_href: "/".into(),
            messages: vec![MessageView {
                when: "20:01:40 UTC".into(),
                to: "alice@example.com".into(),
                subject: "A new way to sign in was added to your Example Works account".into(),
                text: "Hello Alice Moreau,\n\n\"Authenticator app\" now confirms sign-ins to your account.".into(),
            }],
            tokens: vec![token("ID token"), token("Access token")],
            decisions: vec![Self::sample_decision("proceed"), Self::sample_decision("ask")],
        }
    }

    fn longest() -> Self {
        let mut decision = Self::sample_decision(longest::WORD);
        decision.user = longest::USER.into();
        decision.client = longest::CLIENT.into();
        Self {
            chrome: Chrome::longest::<Self>(),
            messages: Vec::new(),
            tokens: Vec::new(),
            decisions: vec![decision],
            ..Self::sample()
        }
    }
}
