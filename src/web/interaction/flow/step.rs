//! Where a flow stands, and the page that shows it.

use crate::authn::login_flow::{Call, Ran};
use crate::authn::session::Renewed;
use crate::config::Settings;
use crate::error::{Denial, Result};
use crate::model::client::Client;
use crate::model::interaction::Interaction;
use crate::model::login_flow::{Action, FieldKind, Outcome, Progress};
use crate::pages::contexts::{ClientCard, FlowField, FlowPage, FlowPageKind};
use crate::pages::{Text, text};
use crate::policy::login_flow::{Halt, shown};
use crate::server::Server;
use crate::work::Work;

/// Where a flow stands.
pub(super) enum Standing {
    /// A page is due.
    Page(Box<Progress>),
    /// A service is to be asked this.
    Call(Call),
    /// A service is to be asked, or is being asked.
    Asking,
    /// The flow is over; the person goes here, or on with the errand.
    Finished(Option<String>),
    /// The login was denied; what the page says.
    Denied(String),
    /// A page of the errand itself is due: no flow is, or a factor is to be enrolled.
    Elsewhere,
}

/// What an errand says of a login that its flow denied.
pub(super) fn denied(errand: &Interaction) -> Option<Standing> {
    match errand.flow.as_deref()?.outcome.as_ref()? {
        Outcome::Denied(denied) => Some(Standing::Denied(denied.text.clone())),
        Outcome::Finished(_) => None,
    }
}

/// Where a flow stands that went on until here, and the session where it rose.
pub(super) fn standing_of(work: &mut Work<'_>, errand: &Interaction, ran: Ran) -> Result<(Standing, Option<Renewed>)> {
    Ok((halted(work, errand, ran.halt)?, ran.renewed))
}

fn halted(work: &mut Work<'_>, errand: &Interaction, halt: Halt) -> Result<Standing> {
    match halt {
        Halt::Send | Halt::Compare => Err(Denial::StepNotDue.into()),
        Halt::Page => {
            let progress = errand.flow.clone().ok_or(Denial::StepNotDue)?;
            let step = progress.flow.steps.get(progress.at);
            if step.is_some_and(|step| matches!(step.action, Action::Enrol { .. })) {
                return Ok(Standing::Elsewhere);
            }
            Ok(Standing::Page(progress))
        }
        Halt::Call => Ok(Standing::Asking),
        Halt::Over => {
            if let Some(denied) = denied(errand) {
                return Ok(denied);
            }
            let outcome = errand.flow.as_deref().and_then(|progress| progress.outcome.clone());
            let Some(Outcome::Finished(Some(location))) = outcome else {
                return Ok(Standing::Finished(None));
            };
            let client = match errand.client_id() {
                Some(client_id) => work.directory.clone().client(work.tx, client_id)?,
                None => None,
            };
            let may = may_lead_to(&work.shared.settings, client.as_deref(), &location);
            Ok(Standing::Finished(may.then_some(location)))
        }
    }
}

/// Whether a flow may send people here: a path of ours, or an address that the client registered (S16).
fn may_lead_to(settings: &Settings, client: Option<&Client>, location: &str) -> bool {
    let plain = location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = location.strip_prefix(settings.origin()).unwrap_or(location);
    let is_ours = own.starts_with('/') && !own.starts_with("//");
    let is_registered = client.is_some_and(|client| {
        let redirect = client.redirect_uris.iter().any(|uri| uri == location);
        redirect
            || client
                .link(client.client_uri.as_ref())
                .is_some_and(|own| own == location)
    });
    plain && (is_ours || is_registered)
}

/// What every page of a flow has.
pub(super) struct Frame<'a> {
    pub(super) server: &'a Server,
    pub(super) action: String,
    pub(super) csrf: String,
    pub(super) client: Option<ClientCard>,
}

impl Frame<'_> {
    fn page(self, kind: FlowPageKind, heading: Text, paragraphs: Vec<Text>) -> FlowPage {
        FlowPage {
            chrome: self.server.pages.chrome::<FlowPage>(),
            action: self.action,
            csrf: self.csrf,
            turn: 0,
            kind,
            heading,
            paragraphs,
            link: None,
            code: None,
            fields: Vec::new(),
            shortest: self.server.shared().settings.passwords.min_length,
            error: None,
            client: self.client,
        }
    }
}

/// The paragraphs of a flow's own words.
fn own(text: &str) -> Vec<Text> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(Text::verbatim).collect()
}

/// The page of the step that is due; `rejected` is the field whose answer was not taken, and why.
pub(super) fn page(frame: Frame<'_>, progress: &Progress, rejected: Option<(String, Text)>) -> FlowPage {
    let step = progress.flow.steps.get(progress.at);
    let again = step.is_some_and(|step| progress.answered.contains(&step.name));
    let (field, error) = rejected.unzip();
    let filled = |text: &str| shown(text, &progress.flow, &progress.variables);
    let page = match step.map(|step| &step.action) {
        Some(Action::Screen {
            title,
            text,
            again: told,
            fields,
        }) => {
            let text = told.as_ref().filter(|_| again).unwrap_or(text);
            let is_wrong = |name: &str| field.as_deref() == Some(name);
            let fields = fields.iter().map(|one| FlowField {
                name: one.name.clone(),
                label: one.label.clone(),
                kind: one.kind.as_str(),
                optional: one.optional || one.kind == FieldKind::Checkbox,
                wrong: is_wrong(&one.name),
            });
            FlowPage {
                fields: fields.collect(),
                ..frame.page(FlowPageKind::Screen, Text::verbatim(filled(title)), own(&filled(text)))
            }
        }
        Some(Action::AcceptTerms { title, text, link, .. }) => FlowPage {
            link: link.clone(),
            ..frame.page(FlowPageKind::Terms, Text::verbatim(filled(title)), own(&filled(text)))
        },
        Some(Action::ChangePassword { text: told, .. }) => {
            let [heading, usual] = text::FLOW_PASSWORD;
            let told = if told.is_empty() {
                vec![usual]
            } else {
                own(&filled(told))
            };
            frame.page(FlowPageKind::Password, heading, told)
        }
        Some(Action::Notice { title, text }) => {
            frame.page(FlowPageKind::Notice, Text::verbatim(filled(title)), own(&filled(text)))
        }
        _ => return wait(frame),
    };
    FlowPage {
        turn: progress.turn,
        error,
        ..page
    }
}

/// The page of a login that was denied.
pub(super) fn denial(frame: Frame<'_>, told: &str) -> FlowPage {
    let [heading, usual] = text::FLOW_DENIED;
    let told = if told.is_empty() { vec![usual] } else { own(told) };
    frame.page(FlowPageKind::Denied, heading, told)
}

/// The page while a service is asked.
pub(super) fn wait(frame: Frame<'_>) -> FlowPage {
    let [heading, told] = text::FLOW_WAITS;
    frame.page(FlowPageKind::Wait, heading, vec![told])
}
