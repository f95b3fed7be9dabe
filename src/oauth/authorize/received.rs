//! A request as it arrived: its parameters, and what vouches for them.

use super::pushed::{self, Stored};
use super::request_object::requires_signature;
use super::validate::{Invalid, PageError, Valid, validate};
use crate::config::Settings;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::Client;
use crate::model::secret::Digest;
use crate::oauth::params::Params;
use crate::work::{View, Work};

/// An authorization request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub(super) params: Params,
    manner: Manner,
    problem: Option<OAuthError>,
}

/// How the parameters came.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Manner {
    /// In the address or the form.
    Plain,
    /// In a request object.
    Object {
        /// Whether it was signed.
        signed: bool,
    },
    /// They are what was pushed under this name.
    Named(String),
    /// They were pushed.
    Pushed {
        /// The ticket.
        ticket: Digest,
        /// Whether they were pushed in a signed request object.
        signed: bool,
    },
}

impl Received {
    /// A request of these parameters.
    #[must_use]
    pub const fn plain(params: Params) -> Self {
        Self::of(params, Manner::Plain, None)
    }

    /// A request whose parameters came in a request object.
    #[must_use]
    pub const fn object(params: Params, signed: bool) -> Self {
        Self::of(params, Manner::Object { signed }, None)
    }

    /// A request that names one that was pushed.
    #[must_use]
    pub const fn named(params: Params, name: String) -> Self {
        Self::of(params, Manner::Named(name), None)
    }

    /// A request that is wrong in the way that its parameters came.
    #[must_use]
    pub const fn wrong(params: Params, problem: OAuthError) -> Self {
        Self::of(params, Manner::Plain, Some(problem))
    }

    const fn of(params: Params, manner: Manner, problem: Option<OAuthError>) -> Self {
        Self {
            params,
            manner,
            problem,
        }
    }

    /// The same with what was pushed in place of its name (RFC 9126 §4).
    pub(super) fn opened(self, work: &mut Work<'_>) -> Result<Self> {
        let Manner::Named(name) = &self.manner else {
            return Ok(self);
        };
        let found = pushed::find(work, name, self.params.get("client_id"))?;
        let Some((ticket, Stored { params, signed, .. })) = found else {
            let description = "request_uri is unknown, expired, used or of another client";
            let problem = OAuthError::new(OAuthErrorCode::InvalidRequestUri, description);
            return Ok(Self::wrong(self.params, problem));
        };
        let manner = Manner::Pushed { ticket, signed };
        Ok(Self::of(Params::from_pairs(params), manner, None))
    }

    /// Binds its code to the key of the proof that it came with (RFC 9449 §10.1).
    ///
    /// # Errors
    /// `invalid_dpop_proof` where it names another key.
    pub fn bind(&mut self, jkt: &str) -> std::result::Result<(), OAuthError> {
        match self.params.get("dpop_jkt") {
            None => {
                let mut pairs = self.params.pairs().to_vec();
                pairs.retain(|(name, _)| name != "dpop_jkt");
                pairs.push(("dpop_jkt".to_owned(), jkt.to_owned()));
                self.params = Params::from_pairs(pairs);
                Ok(())
            }
            Some(named) if named == jkt => Ok(()),
            Some(_) => {
                let description = "dpop_jkt is not the thumbprint of the key of the DPoP proof";
                Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, description))
            }
        }
    }

    /// What is wrong with the way that it came.
    pub(super) const fn problem(&self) -> Option<&OAuthError> {
        self.problem.as_ref()
    }

    /// The ticket of a pushed request.
    pub(super) const fn ticket(&self) -> Option<Digest> {
        match &self.manner {
            Manner::Pushed { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }

    /// Whether its parameters are as in the address, so that the request can be made again by it.
    pub(super) fn is_plain(&self) -> bool {
        self.manner == Manner::Plain
    }

    /// Whether a signature vouches for its parameters.
    pub(super) const fn is_signed(&self) -> bool {
        matches!(
            self.manner,
            Manner::Object { signed: true } | Manner::Pushed { signed: true, .. }
        )
    }

    /// Checks the request and the way that it came.
    ///
    /// # Errors
    /// A fault of the database; what is wrong with the request is a value.
    pub(super) fn validate(&self, view: &mut View<'_>) -> Result<std::result::Result<Valid, Invalid>> {
        let validated = validate(view, &self.params)?;
        let problem = match (&self.problem, &validated) {
            (Some(problem), _) => Some(problem.clone()),
            (None, Ok(valid)) => self.missing(&valid.client, &view.shared.settings),
            (None, Err(_)) => None,
        };
        let Some(problem) = problem else {
            return Ok(validated);
        };
        // A redirect URI that was not given here was given where nothing can be believed.
        let on_page = self.problem.is_some() && self.params.get("redirect_uri").is_none();
        let shown = |problem: OAuthError| Invalid::Page(PageError::InvalidRequest(problem.description.into_owned()));
        Ok(Err(match validated {
            Err(Invalid::Page(page @ (PageError::UnknownClient | PageError::InvalidRedirectUri))) => {
                Invalid::Page(page)
            }
            Err(Invalid::Page(_)) => shown(problem),
            _ if on_page => shown(problem),
            Ok(valid) => Invalid::Redirect(valid.target(), problem),
            Err(Invalid::Redirect(target, _)) => Invalid::Redirect(target, problem),
        }))
    }

    /// What this client's requests must have, and this one has not.
    fn missing(&self, client: &Client, settings: &Settings) -> Option<OAuthError> {
        let refused = |description| Some(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
        // RFC 9126 §5, §6
        let must_be_pushed = client.require_pushed_authorization_requests || settings.requests.require_pushed;
        if must_be_pushed && self.ticket().is_none() {
            return refused("the request must be pushed (RFC 9126)");
        }
        self.unsigned(client, settings)
    }

    /// RFC 9101 §10.5: where only signed request objects count, this is none.
    pub(super) fn unsigned(&self, client: &Client, settings: &Settings) -> Option<OAuthError> {
        (requires_signature(client, settings) && !self.is_signed()).then(|| {
            let description = "the request must be a signed request object (RFC 9101)";
            OAuthError::new(OAuthErrorCode::InvalidRequest, description)
        })
    }
}
