//! Pages and mails: typed contexts, their templates, the wording, and the files that pages load.

mod assets;
mod browser;
pub mod code;
pub mod contexts;
mod look;
pub mod mail;
mod messages;
mod qr;
pub mod sending;
pub mod text;

pub use assets::{StaticFile, static_address, static_file};
pub use browser::browser;
pub use look::{Brand, Look};
pub use messages::{Argument, Moment, Text};
pub use qr::{Svg, qr_svg};

use std::sync::{Arc, OnceLock};

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use crate::error::Fault;
use crate::model::job::Message;
use crate::model::lang::Lang;
use contexts::Chrome;
use mail::Mail;
use messages::Messages;

/// A page: what its template is given.
pub trait Page: Serialize {
    /// The template below `templates/`.
    const TEMPLATE: &'static str;
    /// The page's name, which `<body data-page>` carries.
    const NAME: &'static str;

    /// The page as it usually is.
    fn sample() -> Self;

    /// The page with every part present and the longest texts.
    fn longest() -> Self;
}

/// A page that waits for its reader.
#[derive(Debug)]
pub struct Draft {
    template: &'static str,
    context: Context,
}

/// The template engine with every template and message of the program.
#[derive(Debug)]
pub struct Engine {
    /// Every template, once a language, as what says messages knows which; read for the first page in it, and by tests.
    languages: Vec<(Lang, OnceLock<Result<Tera, Fault>>)>,
    messages: Arc<Messages>,
    organisation: String,
    base: String,
}

impl Engine {
    /// Reads every message. `organisation` is the name that pages show, `base` the issuer's path without a
    /// trailing slash (mostly empty).
    pub fn new(organisation: impl Into<String>, base: impl Into<String>) -> Result<Self, Fault> {
        Ok(Self {
            languages: Lang::ALL.map(|lang| (lang, OnceLock::new())).into(),
            messages: Arc::new(Messages::load()?),
            organisation: organisation.into(),
            base: base.into(),
        })
    }

    /// What surrounds the content of page `P`. It does not depend on the reader, whose [`Look`] is added when the page is
    /// finished.
    #[must_use]
    pub fn chrome<P: Page>(&self) -> Chrome {
        Chrome::of::<P>(&self.organisation, &self.base)
    }

    /// The page with all that it is about, to be finished once its reader is known.
    pub fn draft<P: Page>(&self, page: &P) -> Result<Draft, Fault> {
        Ok(Draft {
            template: P::TEMPLATE,
            context: context(P::TEMPLATE, page)?,
        })
    }

    /// The page as HTML, for its reader.
    pub fn finish(&self, draft: &Draft, look: &Look) -> Result<String, Fault> {
        let mut context = draft.context.clone();
        look.fill(&mut context);
        self.speaking(look.lang)?
            .render(draft.template, &context)
            .map_err(|error| fault(draft.template, &error))
    }

    /// The page as HTML at once, where its reader is known.
    pub fn render<P: Page>(&self, page: &P, look: &Look) -> Result<String, Fault> {
        self.finish(&self.draft(page)?, look)
    }

    /// A text in a language, for what no template holds: the lines of a text message, what is said in a call.
    pub fn say(&self, text: &Text, lang: Lang) -> Result<String, Fault> {
        text.worded(&self.messages, lang)
    }

    fn speaking(&self, lang: Lang) -> Result<&Tera, Fault> {
        let found = self.languages.iter().find(|(other, _)| *other == lang);
        let (_, read) = found.ok_or_else(|| Fault::new(format!("no templates in {lang}")))?;
        let read = read.get_or_init(|| {
            let mut tera = Tera::new();
            tera.register_function("asset", asset);
            messages::register(&mut tera, &self.messages, lang);
            let added = tera.add_raw_templates(assets::templates()?);
            added.map_err(|error| Fault::from_error("templates", error))?;
            Ok(tera)
        });
        read.as_ref().map_err(Clone::clone)
    }

    /// The mail as a message in a language: its subject on one line, and its text.
    pub fn message<M: Mail>(&self, mail: &M, lang: Lang) -> Result<Message, Fault> {
        let template = mail.template();
        let context = context(template, mail)?;
        let tera = self.speaking(lang)?;
        let block = |name| {
            tera.render_block(template, name, &context)
                .map_err(|error| fault(template, &error))
        };
        let subject = block("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Message {
            to: mail.to().to_owned(),
            subject,
            text: block("text")?,
        })
    }
}

fn context(template: &str, values: &impl Serialize) -> Result<Context, Fault> {
    Context::from_serialize(values).map_err(|error| fault(template, &error))
}

fn fault(template: &str, error: &tera::Error) -> Fault {
    Fault::new(format!("template {template}: {error}"))
}

/// `asset(path=…)` in templates: the address of a static file, which changes with its content.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the template engine passes arguments by value"
)]
fn asset(arguments: Kwargs, _: &State<'_>) -> Result<String, tera::Error> {
    let path = arguments.must_get::<&str>("path")?;
    static_address(path).ok_or_else(|| tera::Error::message(format!("no static file {path}")))
}

/// A template rendered with one of its samples.
#[derive(Debug)]
pub struct Sample {
    /// The template below `templates/`.
    pub template: &'static str,
    /// The page's name; for a mail, `mail`.
    pub page: &'static str,
    /// Which sample: `usual` or `longest`.
    pub variant: &'static str,
    /// Its language.
    pub lang: Lang,
    /// What became of it.
    pub rendered: Result<String, Fault>,
}

/// Every page and mail in every language, rendered as it usually is and with its longest texts.
#[must_use]
pub fn samples(engine: &Engine) -> Vec<Sample> {
    let in_language = |lang| {
        let mut samples = contexts::samples(engine, lang);
        samples.extend(mail::samples(engine, lang));
        samples
    };
    Lang::ALL.into_iter().flat_map(in_language).collect()
}

#[cfg(test)]
mod tests;
