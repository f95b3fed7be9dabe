//! Typed mails; each becomes a message with a subject and a plain text.

use serde::{Serialize, Serializer};

use super::{Engine, Sample, contexts::longest};
use crate::model::secret::Secret;

/// A mail: what its template is given. The template has a block `subject` and a block `text`.
pub trait Mail: Serialize {
    /// The template below `templates/`.
    const TEMPLATE: &'static str;

    /// The address it goes to.
    fn to(&self) -> &str;
}

/// Tells a user that a factor was added to the account.
#[derive(Debug, Clone, Serialize)]
pub struct FactorAddedMail {
    /// The address it goes to.
    pub to: String,
    /// The user's name.
    pub user_name: String,
    /// The organisation's name.
    pub organisation: String,
    /// The factor's label.
    pub factor: String,
    /// When it was added.
    pub when: String,
    /// From which address.
    pub ip: String,
}

impl Mail for FactorAddedMail {
    const TEMPLATE: &'static str = "email/factor_added.txt";

    fn to(&self) -> &str {
        &self.to
    }
}

impl FactorAddedMail {
    /// The mail as it usually is.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            to: "alice@example.com".into(),
            user_name: "Alice Moreau".into(),
            organisation: "Example Works".into(),
            factor: "Authenticator app".into(),
            when: "1 March 2026, 20:00 UTC".into(),
            ip: "203.0.113.7".into(),
        }
    }

    /// The mail with its longest texts.
    #[must_use]
    pub fn longest() -> Self {
        Self {
            user_name: longest::USER.into(),
            organisation: longest::ORGANISATION.into(),
            factor: longest::WORD.into(),
            ip: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".into(),
            ..Self::sample()
        }
    }
}

/// Brings a user the new API-login token.
#[derive(Clone, Serialize)]
pub struct ApiLoginTokenMail {
    /// The address it goes to.
    pub to: String,
    /// The user's name.
    pub user_name: String,
    /// The organisation's name.
    pub organisation: String,
    /// The token.
    #[serde(serialize_with = "exposed")]
    pub token: Secret,
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

impl Mail for ApiLoginTokenMail {
    const TEMPLATE: &'static str = "email/api_login_token.txt";

    fn to(&self) -> &str {
        &self.to
    }
}

impl ApiLoginTokenMail {
    /// The mail as it usually is.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            to: "alice@example.com".into(),
            user_name: "Alice Moreau".into(),
            organisation: "Example Works".into(),
            token: Secret::new("AbCdEfGhIjKlMnOpQrStUv09"),
        }
    }

    /// The mail with its longest texts.
    #[must_use]
    pub fn longest() -> Self {
        Self {
            user_name: longest::USER.into(),
            organisation: longest::ORGANISATION.into(),
            ..Self::sample()
        }
    }
}

/// Every mail, rendered with its samples.
pub(super) fn samples(engine: &Engine) -> Vec<Sample> {
    let mut samples = rendered(engine, [FactorAddedMail::sample(), FactorAddedMail::longest()]);
    samples.extend(rendered(
        engine,
        [ApiLoginTokenMail::sample(), ApiLoginTokenMail::longest()],
    ));
    samples
}

fn rendered<M: Mail>(engine: &Engine, [usual, longest]: [M; 2]) -> Vec<Sample> {
    let render = |(variant, mail): (&'static str, M)| Sample {
        template: M::TEMPLATE,
        page: "mail",
        variant,
        rendered: engine
            .message(&mail)
            .map(|message| format!("{}\n\n{}", message.subject, message.text)),
    };
    [("usual", usual), ("longest", longest)].map(render).into()
}
