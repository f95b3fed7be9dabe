//! Typed mails; each becomes a message with a subject and a plain text.

mod link;
mod notice;

pub use link::{AddressLinkMail, ApiLoginTokenMail, PasswordLinkMail};
pub use notice::{NoticeMail, Told};

use serde::{Serialize, Serializer};

use super::code::CodeText;
use super::contexts::longest;
use super::{Engine, Sample};
use crate::model::lang::Lang;
use crate::model::secret::Secret;

/// A mail: what its template is given. The template has a block `subject` and a block `text`.
pub trait Mail: Serialize {
    /// The template below `templates/`.
    fn template(&self) -> &'static str;

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

/// A secret in clear, for the one template that hands it over.
pub(super) fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Every mail, rendered as it usually is and with its longest texts.
pub(super) fn samples(engine: &Engine, lang: Lang) -> Vec<Sample> {
    let engine = (engine, lang);
    let notices = NoticeMail::samples();
    let notices = notices.iter().flat_map(|pair| rendered(engine, pair));
    notices
        .chain(rendered(engine, &PasswordLinkMail::samples()))
        .chain(rendered(engine, &AddressLinkMail::samples()))
        .chain(rendered(engine, &ApiLoginTokenMail::samples()))
        .chain(rendered(engine, &CodeText::samples()))
        .collect()
}

fn rendered<M: Mail>((engine, lang): (&Engine, Lang), samples: &[M; 2]) -> Vec<Sample> {
    let render = |(variant, mail): (&'static str, &M)| Sample {
        template: mail.template(),
        page: "mail",
        variant,
        lang,
        rendered: engine
            .message(mail, lang)
            .map(|message| format!("{}\n\n{}", message.subject, message.text)),
    };
    ["usual", "longest"].into_iter().zip(samples).map(render).collect()
}
