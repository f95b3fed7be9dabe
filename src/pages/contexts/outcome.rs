//! Pages that end an errand or stand alone: errors, signing out, answers carried to an app, notices.

use serde::Serialize;

use super::{Chrome, ClientCard, Link, longest};
use crate::pages::text::{self, ErrorClass};
use crate::pages::{Page, Text};

/// Says what went wrong, with the fixed wording of its class.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// The error class's name.
    pub error_class: &'static str,
    /// What happened.
    pub heading: Text,
    /// What is safe and what to do.
    pub sentence: Text,
    /// What the makers of the client need to know.
    pub detail: Option<String>,
    /// The request's identifier, which the log carries too.
    pub reference: Option<String>,
    /// A way on that keeps the errand.
    pub back: Option<Link>,
}

impl ErrorPage {
    /// The page of an error class, without detail, reference or way on.
    #[must_use]
    pub fn of(class: ErrorClass, chrome: Chrome) -> Self {
        Self {
            chrome,
            error_class: class.as_str(),
            heading: class.heading(),
            sentence: class.sentence(),
            detail: None,
            reference: None,
            back: None,
        }
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
    const NAME: &'static str = "error";

    fn sample() -> Self {
        Self {
            sentence: text::START_AGAIN,
            back: Some(Link::new(
                Text::new("error-start-again"),
                "/oauth2/authorize?client_id=payroll",
            )),
            ..Self::of(ErrorClass::ExpiredInteraction, Chrome::sample::<Self>())
        }
    }

    fn longest() -> Self {
        Self {
            detail: Some(format!(
                "redirect_uri https://{}/callback is not registered",
                longest::HOST
            )),
            reference: Some("0195a3f0-6c1e-7d3a-9b52-3f1f6a0c9d11".into()),
            back: Some(Link::new(Text::verbatim(longest::WORD), "/")),
            ..Self::of(ErrorClass::InvalidRedirectUri, Chrome::longest::<Self>())
        }
    }
}

/// A form field that the page carries and does not show.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Field {
    /// A field of a name and a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// Asks whether to sign out.
#[derive(Debug, Clone, Serialize)]
pub struct LogoutPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Which client asks.
    pub client: Option<ClientCard>,
    /// Who is signed in.
    pub user_name: Option<String>,
    /// The request's parameters, kept for the answer.
    pub fields: Vec<Field>,
}

impl Page for LogoutPage {
    const TEMPLATE: &'static str = "logout.html";
    const NAME: &'static str = "logout";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/oauth2/logout".into(),
            csrf: "csrf-sample".into(),
            client: None,
            user_name: Some("Alice Moreau".into()),
            fields: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            user_name: Some(longest::USER.into()),
            fields: vec![Field::new("state", "\"quoted\" & <marked>")],
            ..Self::sample()
        }
    }
}

/// Says that the session ended.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOutPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// A way on.
    pub back: Option<Link>,
    /// What is loaded unseen, so that clients end their own sessions.
    pub frames: Vec<String>,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "signed_out.html";
    const NAME: &'static str = "signed-out";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            back: None,
            frames: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            back: Some(Link::new(
                Text::verbatim(longest::CLIENT),
                "https://payroll.example.com/",
            )),
            frames: vec!["https://payroll.example.com/logout?iss=x&sid=y".into()],
        }
    }
}

/// Carries an authorization response to the client by a form. OAuth 2.0 Form Post Response Mode.
#[derive(Debug, Clone, Serialize)]
pub struct FormPostPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// The client's redirect URI.
    pub action: String,
    /// Its host.
    pub host: String,
    /// The parameters of the response.
    pub fields: Vec<Field>,
}

impl Page for FormPostPage {
    const TEMPLATE: &'static str = "form_post.html";
    const NAME: &'static str = "form-post";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "https://payroll.example.com/callback".into(),
            host: "payroll.example.com".into(),
            fields: vec![Field::new("code", "cs_ac_sample"), Field::new("state", "af0ifjsldkj")],
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            action: format!("https://{}/callback", longest::HOST),
            host: longest::HOST.into(),
            fields: vec![Field::new("state", "\"quoted\" & <marked>")],
        }
    }
}

/// What lives at the issuer's own address.
#[derive(Debug, Clone, Serialize)]
pub struct HomePage {
    /// What surrounds the page.
    pub chrome: Chrome,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "home.html";
    const NAME: &'static str = "home";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
        }
    }
}

/// Says that something is done.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// What is done.
    pub heading: Text,
    /// What that means.
    pub sentence: Text,
    /// A way on.
    pub link: Option<Link>,
}

impl Page for NoticePage {
    const TEMPLATE: &'static str = "notice.html";
    const NAME: &'static str = "notice";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            heading: Text::verbatim("Nothing was shared"),
            sentence: Text::verbatim("You can close this window."),
            link: None,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            heading: Text::verbatim(longest::WORD),
            sentence: Text::verbatim(longest::SENTENCE),
            link: Some(Link::new(Text::verbatim(longest::WORD), "/")),
        }
    }
}
