//! Pages and mails: typed contexts, their templates, the wording, and the files that pages load.

mod assets;
pub mod contexts;
pub mod mail;
mod qr;
pub mod text;

pub use assets::{StaticFile, static_file};
pub use qr::{Svg, qr_svg};

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

use crate::error::Fault;
use crate::model::job::Message;
use contexts::Chrome;
use mail::Mail;

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

/// The template engine with every template of the program.
#[derive(Debug)]
pub struct Engine {
    tera: Tera,
    organisation: String,
    base: String,
}

impl Engine {
    /// Reads every template once. `organisation` is the name that pages show, `base` the issuer's path without a
    /// trailing slash (mostly empty).
    pub fn new(organisation: impl Into<String>, base: impl Into<String>) -> Result<Self, Fault> {
        let mut tera = Tera::new();
        tera.register_function("asset", asset);
        tera.add_raw_templates(assets::templates()?)
            .map_err(|error| Fault::from_error("templates", error))?;
        Ok(Self {
            tera,
            organisation: organisation.into(),
            base: base.into(),
        })
    }

    /// What surrounds the content of page `P`.
    #[must_use]
    pub fn chrome<P: Page>(&self) -> Chrome {
        Chrome::of::<P>(&self.organisation, &self.base)
    }

    /// The page as HTML.
    pub fn render<P: Page>(&self, page: &P) -> Result<String, Fault> {
        let context = context(P::TEMPLATE, page)?;
        self.tera
            .render(P::TEMPLATE, &context)
            .map_err(|error| fault(P::TEMPLATE, &error))
    }

    /// The mail as a message: its subject on one line, and its text.
    pub fn message<M: Mail>(&self, mail: &M) -> Result<Message, Fault> {
        let context = context(M::TEMPLATE, mail)?;
        let block = |name| {
            self.tera
                .render_block(M::TEMPLATE, name, &context)
                .map_err(|error| fault(M::TEMPLATE, &error))
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
    assets::address(path).ok_or_else(|| tera::Error::message(format!("no static file {path}")))
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
    /// What became of it.
    pub rendered: Result<String, Fault>,
}

/// Every page and mail, rendered as it usually is and with its longest texts.
#[must_use]
pub fn samples(engine: &Engine) -> Vec<Sample> {
    let mut samples = contexts::samples(engine);
    samples.extend(mail::samples(engine));
    samples
}

#[cfg(test)]
mod tests;
