//! Typed mails; each becomes a message with a subject and a plain text.

use serde::{Serialize, Serializer};

use super::code::CodeText;
use super::{Engine, Moment, Sample, Text, contexts::longest};
use crate::model::lang::Lang;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// A mail: what its template is given. The template has a block `subject` and a block `text`.
pub trait Mail: Serialize {
    /// The template below `templates/`.
    const TEMPLATE: &'static str;

    /// The address it goes to.
    fn to(&self) -> &str;
}

/// Whom a mail is for.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// The address it goes to.
    pub to: String,
    /// The user's name.
    pub user_name: String,
    /// The organisation's name.
    pub organisation: String,
}

impl About {
    fn sample() -> Self {
        Self {
            to: "alice@example.com".into(),
            user_name: "Alice Moreau".into(),
            organisation: "Example Works".into(),
        }
    }

    fn longest() -> Self {
        Self {
            user_name: longest::USER.into(),
            organisation: longest::ORGANISATION.into(),
            ..Self::sample()
        }
    }
}

const SAMPLE_TIME: Moment = Moment::dated(Timestamp::from_seconds(1_772_395_200));
const LONGEST_IP: &str = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";

/// Tells a user that a factor was added to the account.
#[derive(Debug, Clone, Serialize)]
pub struct FactorAddedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// What the factor is called.
    pub factor: Text,
    /// When it was added.
    pub when: Moment,
    /// From which address.
    pub ip: String,
}

impl Mail for FactorAddedMail {
    const TEMPLATE: &'static str = "email/factor_added.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl FactorAddedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            factor: Text::new("factor-totp"),
            when: SAMPLE_TIME,
            ip: "203.0.113.7".into(),
        };
        let longest = Self {
            about: About::longest(),
            factor: Text::verbatim(longest::WORD),
            ip: LONGEST_IP.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Tells a user that a factor was removed from the account.
#[derive(Debug, Clone, Serialize)]
pub struct FactorRemovedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// What the factor is called.
    pub factor: Text,
    /// When it was removed.
    pub when: Moment,
    /// From which address.
    pub ip: String,
}

impl Mail for FactorRemovedMail {
    const TEMPLATE: &'static str = "email/factor_removed.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl FactorRemovedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        FactorAddedMail::samples().map(
            |FactorAddedMail {
                 about,
                 factor,
                 when,
                 ip,
             }| Self {
                about,
                factor,
                when,
                ip,
            },
        )
    }
}

/// Tells a user that the password was changed.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordChangedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When.
    pub when: Moment,
    /// From which address.
    pub ip: String,
}

impl Mail for PasswordChangedMail {
    const TEMPLATE: &'static str = "email/password_changed.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl PasswordChangedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        FactorAddedMail::samples().map(|FactorAddedMail { about, when, ip, .. }| Self { about, when, ip })
    }
}

/// Tells a user that a factor was disabled after too many wrong answers.
#[derive(Debug, Clone, Serialize)]
pub struct FactorDisabledMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// What the factor is called.
    pub factor: Text,
    /// When it was disabled.
    pub when: Moment,
}

impl Mail for FactorDisabledMail {
    const TEMPLATE: &'static str = "email/factor_disabled.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl FactorDisabledMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            factor: Text::new("factor-totp"),
            when: SAMPLE_TIME,
        };
        let longest = Self {
            about: About::longest(),
            factor: Text::verbatim(longest::WORD),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Tells a user of a passkey that may have been copied.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyCopiedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it was tried.
    pub when: Moment,
    /// From which address.
    pub ip: String,
}

impl Mail for PasskeyCopiedMail {
    const TEMPLATE: &'static str = "email/passkey_copied.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl PasskeyCopiedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            when: SAMPLE_TIME,
            ip: "203.0.113.7".into(),
        };
        let longest = Self {
            about: About::longest(),
            ip: LONGEST_IP.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Tells a user that a recovery code was used.
#[derive(Debug, Clone, Serialize)]
pub struct RecoveryCodeUsedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it was.
    pub when: Moment,
    /// From which address.
    pub ip: String,
    /// How many codes are left; none where an administrator gave the code.
    pub left: Option<usize>,
}

impl Mail for RecoveryCodeUsedMail {
    const TEMPLATE: &'static str = "email/recovery_code_used.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl RecoveryCodeUsedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            when: SAMPLE_TIME,
            ip: "203.0.113.7".into(),
            left: Some(9),
        };
        let longest = Self {
            about: About::longest(),
            ip: LONGEST_IP.into(),
            left: None,
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Brings the link of a forgotten password.
#[derive(Clone, Serialize)]
pub struct PasswordLinkMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// What the user signs in as.
    pub username: String,
    /// The link.
    #[serde(serialize_with = "exposed")]
    pub link: Secret,
    /// Minutes that it can be used.
    pub minutes: u32,
}

impl Mail for PasswordLinkMail {
    const TEMPLATE: &'static str = "email/password_link.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl PasswordLinkMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            username: "alice".into(),
            link: Secret::new("https://id.example.com/reset/cs_wb_sample"),
            minutes: 30,
        };
        let longest = Self {
            about: About::longest(),
            username: longest::WORD.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Brings the link that gives a user another mail address, to that address.
#[derive(Clone, Serialize)]
pub struct AddressLinkMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// The link.
    #[serde(serialize_with = "exposed")]
    pub link: Secret,
    /// Minutes that it can be used.
    pub minutes: u32,
}

impl Mail for AddressLinkMail {
    const TEMPLATE: &'static str = "email/address_link.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl AddressLinkMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        PasswordLinkMail::samples().map(
            |PasswordLinkMail {
                 about, link, minutes, ..
             }| Self { about, link, minutes },
        )
    }
}

/// Tells the old address that it is not the account's any more.
#[derive(Debug, Clone, Serialize)]
pub struct AddressChangedMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it was changed.
    pub when: Moment,
    /// From which address of the network.
    pub ip: String,
}

impl Mail for AddressChangedMail {
    const TEMPLATE: &'static str = "email/address_changed.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl AddressChangedMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        FactorAddedMail::samples().map(|FactorAddedMail { about, when, ip, .. }| Self { about, when, ip })
    }
}

/// Tells a user that the password was replaced through a link.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordResetMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it was.
    pub when: Moment,
    /// From which address.
    pub ip: String,
}

impl Mail for PasswordResetMail {
    const TEMPLATE: &'static str = "email/password_reset.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl PasswordResetMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            when: SAMPLE_TIME,
            ip: "203.0.113.7".into(),
        };
        let longest = Self {
            about: About::longest(),
            ip: LONGEST_IP.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Tells a user of a login with a browser that is not known.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownDeviceMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it was.
    pub when: Moment,
    /// From which address.
    pub ip: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
}

impl Mail for UnknownDeviceMail {
    const TEMPLATE: &'static str = "email/unknown_device.txt";

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl UnknownDeviceMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            when: SAMPLE_TIME,
            ip: "203.0.113.7".into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
        };
        let longest = Self {
            about: About::longest(),
            ip: LONGEST_IP.into(),
            user_agent: longest::SENTENCE.into(),
            ..usual.clone()
        };
        [usual, longest]
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
pub(super) fn samples(engine: &Engine, lang: Lang) -> Vec<Sample> {
    let engine = (engine, lang);
    let mut samples = rendered(engine, &FactorAddedMail::samples());
    samples.extend(rendered(engine, &FactorDisabledMail::samples()));
    samples.extend(rendered(engine, &FactorRemovedMail::samples()));
    samples.extend(rendered(engine, &PasskeyCopiedMail::samples()));
    samples.extend(rendered(engine, &PasswordChangedMail::samples()));
    samples.extend(rendered(engine, &RecoveryCodeUsedMail::samples()));
    samples.extend(rendered(engine, &PasswordLinkMail::samples()));
    samples.extend(rendered(engine, &PasswordResetMail::samples()));
    samples.extend(rendered(engine, &AddressLinkMail::samples()));
    samples.extend(rendered(engine, &AddressChangedMail::samples()));
    samples.extend(rendered(engine, &UnknownDeviceMail::samples()));
    samples.extend(rendered(
        engine,
        &[ApiLoginTokenMail::sample(), ApiLoginTokenMail::longest()],
    ));
    samples.extend(rendered(engine, &CodeText::samples()));
    samples
}

fn rendered<M: Mail>((engine, lang): (&Engine, Lang), samples: &[M; 2]) -> Vec<Sample> {
    let render = |(variant, mail): (&'static str, &M)| Sample {
        template: M::TEMPLATE,
        page: "mail",
        variant,
        lang,
        rendered: engine
            .message(mail, lang)
            .map(|message| format!("{}\n\n{}", message.subject, message.text)),
    };
    ["usual", "longest"].into_iter().zip(samples).map(render).collect()
}
