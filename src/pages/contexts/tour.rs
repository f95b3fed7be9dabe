//! Pages of the tour's example web app.

use serde::Serialize;

use super::{Chrome, SealView, longest};
use crate::model::evidence::Acr;
use crate::pages::Page;

/// A ready-made user that a visitor of the tour can sign in as.
#[derive(Debug, Clone, Serialize)]
pub struct DemoPerson {
    /// The username.
    pub username: String,
    /// The password.
    pub password: String,
    /// What makes this user worth trying.
    pub note: String,
}

/// The example app, signed out.
#[derive(Debug, Clone, Serialize)]
pub struct DemoHomePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where signing in begins.
    pub sign_in_href: String,
    /// Where the inspector is.
    pub inspector_href: String,
    /// Where people look after their own account, at the server.
    pub account_href: String,
    /// The level that signing in gives.
    pub after_sign_in: SealView,
    /// The level that a transfer needs.
    pub needed: SealView,
    /// Who can sign in.
    pub people: Vec<DemoPerson>,
    /// Why the last sign-in ended without one.
    pub error: Option<String>,
}

impl Page for DemoHomePage {
    const TEMPLATE: &'static str = "demo/app_home.html";
    const NAME: &'static str = "demo-home";

    fn sample() -> Self {
        let person = |username: &str, note: &str| DemoPerson {
            username: username.into(),
            password: "correct-horse-42".into(),
            note: note.into(),
        };
        Self {
            chrome: Chrome::sample::<Self>(),
            sign_in_href: "/signin".into(),
            inspector_href: "/inspector".into(),
            account_href: "http://localhost:8080/account".into(),
            after_sign_in: Acr::High.into(),
            needed: Acr::High.into(),
            people: vec![
                person("alice", "New here: she sets up an authenticator app on her way in."),
                person(
                    "bob",
                    "Staff: every app asks him for a second proof, also those that need none.",
                ),
                person(
                    "carol",
                    "Her telephone is on record: the code comes by text message, into the inspector.",
                ),
            ],
            error: None,
        }
    }

    fn longest() -> Self {
        let person = DemoPerson {
            username: longest::WORD.into(),
            password: longest::WORD.into(),
            note: longest::SENTENCE.into(),
        };
        Self {
            chrome: Chrome::longest::<Self>(),
            people: vec![person.clone(), person.clone(), person],
            error: Some(longest::ERROR.into()),
            ..Self::sample()
        }
    }
}

/// One claim of a token.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimLine {
    /// The claim's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The value in words, such as a time.
    pub meaning: Option<String>,
    /// The level, when the claim is `acr`.
    pub seal: Option<SealView>,
}

impl ClaimLine {
    /// A claim whose value speaks for itself.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            meaning: None,
            seal: None,
        }
    }

    /// The claim with its value in words.
    #[must_use]
    pub fn meaning(self, meaning: impl Into<String>) -> Self {
        Self {
            meaning: Some(meaning.into()),
            ..self
        }
    }

    /// The `acr` claim with its seal.
    #[must_use]
    pub fn acr(acr: Acr) -> Self {
        Self {
            seal: Some(acr.into()),
            ..Self::new("acr", acr.as_str())
        }
    }
}

/// What became of a transfer.
#[derive(Debug, Clone, Serialize)]
pub struct TransferResult {
    /// `done` or `refused`.
    pub outcome: &'static str,
    /// What happened.
    pub heading: String,
    /// Why, and what is next.
    pub sentence: String,
}

impl TransferResult {
    /// The money moved.
    pub fn done(heading: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            outcome: "done",
            heading: heading.into(),
            sentence: sentence.into(),
        }
    }

    /// The API said no.
    pub fn refused(heading: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            outcome: "refused",
            heading: heading.into(),
            sentence: sentence.into(),
        }
    }
}

/// The example app, signed in.
#[derive(Debug, Clone, Serialize)]
pub struct DemoAccountPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Who is signed in.
    pub user_name: String,
    /// The token that proves the app's forms are its own.
    pub csrf: String,
    /// The level of the access token.
    pub have: SealView,
    /// The level that a transfer needs.
    pub needed: SealView,
    /// How fresh the proof must be that a transfer needs, and how fresh it is.
    pub freshness: String,
    /// Where the transfer form goes.
    pub transfer_action: String,
    /// Where the sign-out form goes.
    pub sign_out_action: String,
    /// Where the inspector is.
    pub inspector_href: String,
    /// Where people look after their own account, at the server.
    pub account_href: String,
    /// What became of the last transfer.
    pub result: Option<TransferResult>,
    /// The ID token's claims.
    pub id_token: Vec<ClaimLine>,
    /// The access token's claims.
    pub access_token: Vec<ClaimLine>,
}

impl DemoAccountPage {
    fn sample_claims(acr: Acr) -> Vec<ClaimLine> {
        vec![
            ClaimLine::new("iss", "http://localhost:8080"),
            ClaimLine::new("sub", "0195a3f0-6c1e-7d3a-9b52-3f1f6a0c9d11"),
            ClaimLine::new("aud", "harbour-payroll"),
            ClaimLine::acr(acr),
            ClaimLine::new("amr", "pwd otp"),
            ClaimLine::new("auth_time", "1772395200").meaning("1 March 2026, 20:00 UTC"),
            ClaimLine::new("exp", "1772395500").meaning("1 March 2026, 20:05 UTC"),
        ]
    }
}

impl Page for DemoAccountPage {
    const TEMPLATE: &'static str = "demo/app_account.html";
    const NAME: &'static str = "demo-account";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            user_name: "Alice Moreau".into(),
            csrf: "csrf-sample".into(),
            have: Acr::High.into(),
            needed: Acr::High.into(),
            freshness: "from the last 5 seconds. Yours was given 2 minutes ago.".into(),
            transfer_action: "/transfer".into(),
            sign_out_action: "/sign-out".into(),
            inspector_href: "/inspector".into(),
            account_href: "http://localhost:8080/account".into(),
            result: Some(TransferResult::done(
                "Salaries paid",
                "The API accepted the new access token: it says high.",
            )),
            id_token: Self::sample_claims(Acr::High),
            access_token: Self::sample_claims(Acr::High),
        }
    }

    fn longest() -> Self {
        let mut claims = Self::sample_claims(Acr::Phr);
        claims.push(ClaimLine::new(longest::WORD, longest::HOST).meaning(longest::SENTENCE));
        Self {
            chrome: Chrome::longest::<Self>(),
            user_name: longest::USER.into(),
            have: Acr::None.into(),
            needed: Acr::Phr.into(),
            freshness: longest::SENTENCE.into(),
            result: Some(TransferResult::refused(longest::WORD, longest::SENTENCE)),
            id_token: claims.clone(),
            access_token: claims,
            ..Self::sample()
        }
    }
}
