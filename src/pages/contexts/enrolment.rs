//! Pages on which a second factor is chosen and set up, and the form of a passkey.

use serde::Serialize;

use super::{Chrome, ClientCard, OtherFactor, SealView, longest};
use crate::error::Fault;
use crate::model::evidence::{Acr, FactorKind};
use crate::pages::{Page, Svg, Text, qr_svg, text};

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyUse {
    /// To sign in.
    SignIn,
    /// To prove it beside another factor.
    Prove,
    /// To be made.
    Register,
}

/// The form through which a script of ours answers with a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyForm {
    /// Where the answer goes.
    pub action: String,
    /// Where the options for the browser come from.
    pub options: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// `get` or `create`, as `navigator.credentials` calls it.
    pub ceremony: &'static str,
    /// Whether browsers may offer passkeys in the field for the user name.
    pub autofill: bool,
    /// A passkey that browsers need not offer any more, by its identifier: nobody here has it.
    pub unknown: Option<String>,
    /// What the button says.
    pub label: Text,
}

impl PasskeyForm {
    /// The form below the errand's address `errand`.
    #[must_use]
    pub fn new(errand: &str, csrf: String, what: PasskeyUse) -> Self {
        Self {
            action: format!("{errand}/passkey"),
            options: format!("{errand}/passkey/options"),
            csrf,
            ceremony: if what == PasskeyUse::Register { "create" } else { "get" },
            autofill: what == PasskeyUse::SignIn,
            unknown: None,
            label: match what {
                PasskeyUse::SignIn => Text::new("passkey-sign-in"),
                PasskeyUse::Prove => Text::new("passkey-prove"),
                PasskeyUse::Register => Text::new("passkey-register"),
            },
        }
    }

    pub(super) fn sample(what: PasskeyUse) -> Self {
        Self::new("/interaction/0195", "csrf-sample".into(), what)
    }
}

/// Makes a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct EnrolPasskeyPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Who asks.
    pub client: Option<ClientCard>,
    /// Why the last try was not accepted.
    pub error: Option<Text>,
    /// The level that is needed.
    pub needed: Option<SealView>,
    /// The form of the answer.
    pub passkey: PasskeyForm,
    /// Other factors that would do.
    pub others: Vec<OtherFactor>,
}

impl Page for EnrolPasskeyPage {
    const TEMPLATE: &'static str = "interaction/enrol_passkey.html";
    const NAME: &'static str = "enrol";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            client: Some(ClientCard::sample()),
            error: None,
            needed: Some(Acr::High.into()),
            passkey: PasskeyForm::sample(PasskeyUse::Register),
            others: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            error: Some(Text::verbatim(longest::ERROR)),
            needed: Some(Acr::Phr.into()),
            ..Self::sample()
        }
    }
}

/// Sets up an authenticator app, or a passkey instead.
#[derive(Debug, Clone, Serialize)]
pub struct EnrolPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Who asks.
    pub client: Option<ClientCard>,
    /// Why this is asked now.
    pub sentence: Text,
    /// What is set up, in words.
    pub heading: Text,
    /// The kind of factor that is set up by typing a code.
    pub factor: &'static str,
    /// Where that code comes from.
    pub hint: Text,
    /// Whether it is digits alone.
    pub numeric: bool,
    /// The secret to bring to the other side; none of what has its own.
    pub secret: Option<EnrolSecret>,
    /// Why the last code was not accepted.
    pub error: Option<Text>,
    /// The level that is needed.
    pub needed: Option<SealView>,
    /// Why the last passkey was not accepted.
    pub passkey_error: Option<Text>,
    /// Making a passkey instead, which is stronger; none where it would not do.
    pub passkey: Option<PasskeyForm>,
    /// Other factors that could be set up instead.
    pub others: Vec<OtherFactor>,
}

/// A secret that is brought to an app or a token.
#[derive(Debug, Clone, Serialize)]
pub struct EnrolSecret {
    /// It in groups of four characters, as people type it.
    pub text: String,
    /// Its address as a picture.
    pub qr_svg: Svg,
    /// Its address, which opens an app on this device.
    pub uri: String,
}

impl EnrolSecret {
    /// A secret with its address.
    ///
    /// # Errors
    /// A fault when the address makes no picture.
    pub fn new(secret: &str, uri: String) -> Result<Self, Fault> {
        let characters: Vec<char> = secret.chars().collect();
        let groups = characters.chunks(4).map(|group| group.iter().collect::<String>());
        Ok(Self {
            text: groups.collect::<Vec<_>>().join(" "),
            qr_svg: qr_svg(&uri)?,
            uri,
        })
    }
}

impl Page for EnrolPage {
    const TEMPLATE: &'static str = "interaction/enrol.html";
    const NAME: &'static str = "enrol";

    fn sample() -> Self {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let uri = format!("otpauth://totp/Example%20Works:alice?secret={secret}&issuer=Example%20Works");
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/enrol".into(),
            csrf: "csrf-sample".into(),
            client: Some(ClientCard::sample()),
            sentence: text::needs_enrolment(Text::verbatim("Harbour Payroll")),
            heading: text::set_up_heading(FactorKind::Totp),
            factor: FactorKind::Totp.as_str(),
            hint: text::code_hint(FactorKind::Totp),
            numeric: true,
            secret: EnrolSecret::new(secret, uri).ok(),
            error: None,
            needed: Some(Acr::High.into()),
            passkey_error: None,
            passkey: None,
            others: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            sentence: Text::verbatim(longest::SENTENCE),
            error: Some(Text::verbatim(longest::ERROR)),
            needed: Some(Acr::Phr.into()),
            passkey: Some(PasskeyForm::sample(PasskeyUse::Register)),
            others: vec![OtherFactor::to_set_up(FactorKind::Hotp, "?factor=hotp")],
            ..Self::sample()
        }
    }
}
