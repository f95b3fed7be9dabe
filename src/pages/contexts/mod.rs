//! What templates are given: one type a page, each with samples.

pub mod account;
mod bridge;
mod code;
mod device;
mod enrolment;
mod flow;
mod inspector;
mod interaction;
mod outcome;
mod recovery;
mod tour;
mod welcome;

pub use bridge::BridgePage;
pub use code::{CodeView, EnrolCodePage, SendForm};
pub use device::{CompareDevicePage, DevicePage};
pub use enrolment::{EnrolPage, EnrolPasskeyPage, EnrolSecret, PasskeyForm, PasskeyUse};
pub use flow::{FlowField, FlowPage, FlowPageKind};
pub use inspector::{CheckView, DecisionView, InspectorPage, MessageView, TokenView};
pub use interaction::{
    ChallengePage, ConsentPage, LoginPage, OtherFactor, ProviderButton, ResourceLine, ScopeLine, Stranger,
};
pub use outcome::{ErrorPage, Field, FormPostPage, HomePage, LogoutPage, NoticePage, SignedOutPage};
pub use recovery::{ForgottenPage, ResetPage};
pub use tour::{ClaimLine, DemoAccountPage, DemoHomePage, DemoPerson, TransferResult};
pub use welcome::{WelcomeDonePage, WelcomePage};

use serde::Serialize;

use super::{Engine, Look, Page, Sample, Text};
use crate::model::evidence::Acr;
use crate::model::lang::Lang;

/// What surrounds the content of every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chrome {
    /// The organisation's name.
    pub organisation: String,
    /// The issuer's path without a trailing slash; mostly empty.
    pub base: String,
    /// The page's name.
    pub page: &'static str,
}

impl Chrome {
    /// What surrounds page `P`.
    #[must_use]
    pub fn of<P: Page>(organisation: &str, base: &str) -> Self {
        Self {
            organisation: organisation.into(),
            base: base.into(),
            page: P::NAME,
        }
    }

    fn sample<P: Page>() -> Self {
        Self::of::<P>("Example Works", "")
    }

    fn longest<P: Page>() -> Self {
        Self::of::<P>(longest::ORGANISATION, "/a-long-path/of-the-issuer")
    }
}

/// A link with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub label: Text,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link that says `label` and leads to `href`.
    pub fn new(label: Text, href: impl Into<String>) -> Self {
        Self {
            label,
            href: href.into(),
        }
    }
}

/// The client that sent the person here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientCard {
    /// Its registered name.
    pub name: String,
    /// The host the person goes back to.
    pub host: String,
    /// Where its logo is, on our own origin.
    pub logo: Option<String>,
    /// How it uses data.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
}

impl ClientCard {
    fn sample() -> Self {
        Self {
            name: "Harbour Payroll".into(),
            host: "payroll.example.com".into(),
            logo: Some("/static/img/favicon.svg".into()),
            policy_uri: Some("https://payroll.example.com/privacy".into()),
            tos_uri: Some("https://payroll.example.com/terms".into()),
        }
    }

    fn longest() -> Self {
        Self {
            name: longest::CLIENT.into(),
            host: longest::HOST.into(),
            // One that cannot be fetched.
            logo: Some("/branding/client?client_id=payroll".into()),
            ..Self::sample()
        }
    }
}

/// A level as its seal: four strokes, as many filled as the level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealView {
    /// The `acr` value.
    pub acr: &'static str,
    /// How many strokes are filled.
    pub filled: u8,
    /// Which of them.
    pub strokes: [bool; 4],
}

impl From<Acr> for SealView {
    fn from(acr: Acr) -> Self {
        let filled = acr.strokes();
        Self {
            acr: acr.as_str(),
            filled,
            strokes: [1, 2, 3, 4].map(|stroke| stroke <= filled),
        }
    }
}

/// The longest texts that pages must hold: long words, long names, long hosts.
pub(super) mod longest {
    pub(in crate::pages) const WORD: &str = "Rechtsschutzversicherungsgesellschaftsmitarbeiterausweis";
    pub(in crate::pages) const ORGANISATION: &str =
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk Regensburg-Stadtamhof";
    pub(in crate::pages) const CLIENT: &str = "Arbeitszeiterfassungs- und Lohnabrechnungsportal Süddeutschl";
    pub(in crate::pages) const HOST: &str = "arbeitszeiterfassung.lohnabrechnung.donaudampfschifffahrt.example.com";
    pub(in crate::pages) const USER: &str = "Friederike-Charlotte von Hohenlohe-Waldenburg-Schillingsfürst";
    pub(in crate::pages) const SENTENCE: &str = "Die Arbeitszeiterfassungs- und Lohnabrechnungsanwendung benötigt einen zweiten \
        Identitätsnachweis, weil Überweisungsfreigaben nach den Unternehmenssicherheitsrichtlinien nur mit \
        Zwei-Faktor-Authentifizierung zulässig sind. Er gilt bis 22:00 Uhr mitteleuropäischer Sommerzeit.";
    pub(in crate::pages) const ERROR: &str = "Der eingegebene Bestätigungscode stimmt nicht mit dem erwarteten \
        Einmalkennwort überein. Warten Sie auf den nächsten Code in Ihrer Authentifizierungsanwendung.";
}

/// Every page, rendered with its samples.
pub(super) fn samples(engine: &Engine, lang: Lang) -> Vec<Sample> {
    let mut samples = Vec::new();
    let engine = (engine, lang);
    render::<account::ProfilePage>(engine, &mut samples);
    render::<account::CredentialsPage>(engine, &mut samples);
    render::<account::CredentialPage>(engine, &mut samples);
    render::<account::RemovePage>(engine, &mut samples);
    render::<account::ConnectPage>(engine, &mut samples);
    render::<account::PasswordPage>(engine, &mut samples);
    render::<account::EmailPage>(engine, &mut samples);
    render::<account::EmailConfirmPage>(engine, &mut samples);
    render::<account::RecoveryPage>(engine, &mut samples);
    render::<account::TokenPage>(engine, &mut samples);
    render::<account::SessionsPage>(engine, &mut samples);
    render::<account::ApplicationsPage>(engine, &mut samples);
    render::<account::ActivityPage>(engine, &mut samples);
    render::<LoginPage>(engine, &mut samples);
    render::<ChallengePage>(engine, &mut samples);
    render::<EnrolPage>(engine, &mut samples);
    render::<EnrolPasskeyPage>(engine, &mut samples);
    render::<EnrolCodePage>(engine, &mut samples);
    render::<ConsentPage>(engine, &mut samples);
    render::<DevicePage>(engine, &mut samples);
    render::<CompareDevicePage>(engine, &mut samples);
    render::<FlowPage>(engine, &mut samples);
    render::<ErrorPage>(engine, &mut samples);
    render::<SignedOutPage>(engine, &mut samples);
    render::<LogoutPage>(engine, &mut samples);
    render::<FormPostPage>(engine, &mut samples);
    render::<HomePage>(engine, &mut samples);
    render::<NoticePage>(engine, &mut samples);
    render::<BridgePage>(engine, &mut samples);
    render::<ForgottenPage>(engine, &mut samples);
    render::<ResetPage>(engine, &mut samples);
    render::<WelcomePage>(engine, &mut samples);
    render::<WelcomeDonePage>(engine, &mut samples);
    render::<DemoHomePage>(engine, &mut samples);
    render::<DemoAccountPage>(engine, &mut samples);
    render::<InspectorPage>(engine, &mut samples);
    samples
}

fn render<P: Page>((engine, lang): (&Engine, Lang), samples: &mut Vec<Sample>) {
    for (variant, page) in [("usual", P::sample()), ("longest", P::longest())] {
        samples.push(Sample {
            template: P::TEMPLATE,
            page: P::NAME,
            variant,
            lang,
            rendered: engine.render(&page, &Look::with_choice(lang)),
        });
    }
}
