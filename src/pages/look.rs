//! How pages are shown to their reader: in which language, and with whose name, picture, colours and message.

use serde::Serialize;
use tera::Context;

use crate::model::lang::Lang;

/// How pages are shown to their reader.
#[derive(Debug, Clone)]
pub struct Look {
    /// The language.
    pub lang: Lang,
    /// The languages that the page offers instead.
    offered: Vec<Offered>,
    brand: Brand,
}

/// Whose name, picture, colours and message pages show. Without any of them, ours.
#[derive(Debug, Clone, Serialize, Default)]
pub struct Brand {
    /// The name above the page; the organisation's where absent.
    pub name: Option<String>,
    /// The address of the picture below the issuer's path.
    pub logo: Option<String>,
    /// The address of the colours below the issuer's path.
    pub style: Option<String>,
    /// A sentence or two above what the page asks for.
    pub message: Option<String>,
}

/// A language that a page offers.
#[derive(Debug, Clone, Serialize)]
struct Offered {
    tag: Lang,
    name: &'static str,
}

impl Look {
    /// In this language, without a choice.
    #[must_use]
    pub const fn of(lang: Lang) -> Self {
        Self {
            lang,
            offered: Vec::new(),
            brand: Brand {
                name: None,
                logo: None,
                style: None,
                message: None,
            },
        }
    }

    /// In this language, with links to the others.
    #[must_use]
    pub fn with_choice(lang: Lang) -> Self {
        let others = Lang::ALL.into_iter().filter(|other| *other != lang);
        let offered = others.map(|tag| Offered {
            tag,
            name: tag.own_name(),
        });
        Self {
            lang,
            offered: offered.collect(),
            brand: Brand::default(),
        }
    }

    /// With what somebody shows of itself.
    #[must_use]
    pub fn branded(self, brand: Brand) -> Self {
        Self { brand, ..self }
    }

    /// What templates know of it: `lang`, `languages` and `brand`.
    pub(super) fn fill(&self, context: &mut Context) {
        context.insert("lang", &self.lang);
        context.insert("languages", &self.offered);
        context.insert("brand", &self.brand);
    }
}
