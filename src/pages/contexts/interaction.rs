//! Pages of an interaction: login, challenge and consent.

use serde::Serialize;

use super::{Chrome, ClientCard, CodeView, PasskeyForm, PasskeyUse, SealView, longest};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::time::Timestamp;
use crate::pages::{Page, Text, text};

/// Asks for username and password.
#[derive(Debug, Clone, Serialize)]
pub struct LoginPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Who asks.
    pub client: Option<ClientCard>,
    /// What was typed or hinted as the username.
    pub username: String,
    /// Why the last attempt was not accepted.
    pub error: Option<Text>,
    /// The level that will be needed, when a password alone does not reach it.
    pub needed: Option<SealView>,
    /// Where a person goes who forgot the password, where that is of use.
    pub forgotten: Option<String>,
    /// Signing in with a passkey instead, where browsers know passkeys of this server.
    pub passkey: Option<PasskeyForm>,
    /// Why the last passkey was not accepted.
    pub passkey_error: Option<Text>,
    /// Whether a password is asked for: not of somebody who signs in elsewhere alone.
    pub password: bool,
    /// Where the form of providers goes.
    pub upstream: String,
    /// The providers to sign in at instead.
    pub providers: Vec<ProviderButton>,
    /// What came of signing in there.
    pub upstream_error: Option<Text>,
}

/// A provider to sign in at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderButton {
    /// Its issuer.
    pub issuer: String,
    /// What it is called.
    pub name: String,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "interaction/login.html";
    const NAME: &'static str = "login";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/login".into(),
            csrf: "csrf-sample".into(),
            client: Some(ClientCard::sample()),
            username: String::new(),
            error: None,
            needed: None,
            forgotten: Some("/forgotten?errand=0195".into()),
            passkey: Some(PasskeyForm::sample(PasskeyUse::SignIn)),
            passkey_error: None,
            password: true,
            upstream: "/interaction/0195/upstream".into(),
            providers: vec![ProviderButton {
                issuer: "https://login.example.com".into(),
                name: "Example Works staff".into(),
            }],
            upstream_error: None,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            providers: vec![
                ProviderButton {
                    issuer: "https://login.example.com".into(),
                    name: longest::WORD.into(),
                },
                ProviderButton {
                    issuer: "https://login.example.org".into(),
                    name: longest::CLIENT.into(),
                },
            ],
            username: longest::WORD.into(),
            error: Some(text::LOGIN_DENIED),
            needed: Some(Acr::Phr.into()),
            ..Self::sample()
        }
    }
}

/// Another factor that could be used instead.
#[derive(Debug, Clone, Serialize)]
pub struct OtherFactor {
    /// The kind of factor.
    pub kind: &'static str,
    /// What the link says.
    pub label: Text,
    /// Where it leads.
    pub href: String,
}

impl OtherFactor {
    /// A link to the challenge by a factor of `kind`.
    pub fn new(kind: FactorKind, href: impl Into<String>) -> Self {
        Self {
            kind: kind.as_str(),
            label: text::use_factor(kind),
            href: href.into(),
        }
    }

    /// A link to the set-up of a factor of `kind`.
    pub fn to_set_up(kind: FactorKind, href: impl Into<String>) -> Self {
        Self {
            kind: kind.as_str(),
            label: text::set_up_factor(kind),
            href: href.into(),
        }
    }
}

/// Asks for a second proof: a code, or a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct ChallengePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Who asks.
    pub client: Option<ClientCard>,
    /// Who asks and until when the proof counts.
    pub sentence: Text,
    /// The level that is needed.
    pub needed: SealView,
    /// The level that the session has.
    pub have: SealView,
    /// Why the last answer was not accepted.
    pub error: Option<Text>,
    /// The kind of factor that is asked for.
    pub factor: &'static str,
    /// Where its code comes from.
    pub hint: Text,
    /// Whether it is digits alone.
    pub numeric: bool,
    /// What asks for it, where it is a passkey.
    pub passkey: Option<PasskeyForm>,
    /// The code that is sent, where it is one that is.
    pub code: Option<CodeView>,
    /// Other factors that this person enrolled.
    pub others: Vec<OtherFactor>,
}

impl Page for ChallengePage {
    const TEMPLATE: &'static str = "interaction/challenge.html";
    const NAME: &'static str = "challenge";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/challenge".into(),
            csrf: "csrf-sample".into(),
            client: Some(ClientCard::sample()),
            sentence: text::needs_proof(
                Text::verbatim("Harbour Payroll"),
                Timestamp::from_seconds(1_772_402_400),
                Timestamp::from_seconds(1_772_395_200),
            ),
            needed: Acr::High.into(),
            have: Acr::Standard.into(),
            error: None,
            factor: FactorKind::Passkey.as_str(),
            hint: text::code_hint(FactorKind::Totp),
            numeric: true,
            passkey: Some(PasskeyForm::sample(PasskeyUse::Prove)),
            code: None,
            others: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            sentence: Text::verbatim(longest::SENTENCE),
            needed: Acr::Phr.into(),
            have: Acr::None.into(),
            error: Some(Text::verbatim(longest::ERROR)),
            factor: FactorKind::Sms.as_str(),
            passkey: None,
            code: Some(CodeView::longest()),
            others: vec![
                OtherFactor::new(FactorKind::Totp, "/interaction/0195/challenge?factor=totp"),
                OtherFactor {
                    label: Text::verbatim(longest::WORD),
                    ..OtherFactor::new(FactorKind::Totp, "?factor=other")
                },
            ],
            ..Self::sample()
        }
    }
}

/// One scope that a client asks for.
#[derive(Debug, Clone, Serialize)]
pub struct ScopeLine {
    /// The scope's name.
    pub name: String,
    /// What it lets the client do.
    pub description: Text,
    /// Without it the client gets nothing, so it has no box.
    pub required: bool,
    /// Its box is ticked at first.
    pub checked: bool,
}

impl ScopeLine {
    pub(super) fn sample(name: &str, description: Text, required: bool) -> Self {
        Self {
            name: name.into(),
            description,
            required,
            checked: required,
        }
    }
}

/// Asks whether a client may have what it asks for.
#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Who asks.
    pub client: ClientCard,
    /// Who is signed in.
    pub user_name: String,
    /// What it asks for.
    pub scopes: Vec<ScopeLine>,
    /// Where it may use that, if it says where.
    pub resources: Vec<ResourceLine>,
    /// The level that the session has.
    pub have: SealView,
    /// The host that the answer goes to; none where a device waits for it.
    pub redirect_host: Option<String>,
    /// What is said of a client that nobody here vouches for.
    pub stranger: Option<Stranger>,
}

/// An API in a list.
#[derive(Debug, Clone, Serialize)]
pub struct ResourceLine {
    /// Its identifier (RFC 8707).
    pub identifier: String,
    /// What it is, where somebody said.
    pub description: String,
}

impl ResourceLine {
    pub(super) fn longest() -> Self {
        Self {
            identifier: "https://api.example.com/personal/ueberweisungsfreigaben".into(),
            description: longest::SENTENCE.into(),
        }
    }
}

/// A client that nobody here vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stranger {
    /// The host whose document describes it; none where it registered itself.
    pub host: Option<String>,
    /// Whether the answer goes to a program on the person's own device.
    pub local: bool,
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "interaction/consent.html";
    const NAME: &'static str = "consent";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/consent".into(),
            csrf: "csrf-sample".into(),
            client: ClientCard::sample(),
            user_name: "Alice Moreau".into(),
            scopes: vec![
                ScopeLine::sample("openid", Text::of("scope", "openid"), true),
                ScopeLine::sample("email", Text::of("scope", "email"), true),
                ScopeLine {
                    checked: true,
                    ..ScopeLine::sample("payroll.read", Text::verbatim("See your payslips"), false)
                },
                ScopeLine::sample("offline_access", Text::of("scope", "offline_access"), false),
            ],
            resources: Vec::new(),
            have: Acr::High.into(),
            redirect_host: Some("payroll.example.com".into()),
            stranger: None,
        }
    }

    fn longest() -> Self {
        let usual = Self::sample();
        let mut scopes = usual.scopes.clone();
        scopes.push(ScopeLine::sample(
            "https://api.example.com/personal/ueberweisungsfreigaben.schreiben",
            Text::verbatim(longest::WORD),
            true,
        ));
        scopes.push(ScopeLine::sample(
            "https://api.example.com/personal/ueberweisungsfreigaben.lesen",
            Text::verbatim(longest::SENTENCE),
            false,
        ));
        Self {
            chrome: Chrome::longest::<Self>(),
            client: ClientCard::longest(),
            user_name: longest::USER.into(),
            scopes,
            resources: vec![
                ResourceLine::longest(),
                ResourceLine {
                    identifier: "https://api.example.com/payroll".into(),
                    description: String::new(),
                },
            ],
            have: Acr::Phr.into(),
            redirect_host: Some(longest::HOST.into()),
            stranger: Some(Stranger {
                host: Some(longest::HOST.into()),
                local: true,
            }),
            ..usual
        }
    }
}
