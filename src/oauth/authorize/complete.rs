//! An approved request to its response: grant, then code or tokens.

use serde_json::{Map, json};

use super::signed_response::Signer;
use super::validate::{Valid, target_of};
use crate::authn::facts::Recorded;
use crate::authn::sign_out;
use crate::crypto::digest::digest_of;
use crate::crypto::jwe::Recipient;
use crate::error::{Fault, OAuthError, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::GrantType;
use crate::model::encryption::Sealing;
use crate::model::grant::Grant;
use crate::model::id::{GrantId, SessionId};
use crate::model::request::AuthorizationRequest;
use crate::model::secret::Secret;
use crate::model::session::Session;
use crate::model::token::{CODE_PREFIX, Code};
use crate::oauth::issue::{Issued, Order, mint};
use crate::oauth::response_mode::{Delivery, Target};
use crate::oauth::subject;
use crate::policy::Approval;
use crate::store;
use crate::work::Work;

/// A request that came to its end, with what is still to be signed.
pub struct Completed {
    /// Where the response goes.
    pub target: Target,
    /// What it says.
    pub outcome: Outcome,
    /// What the client may know of the browser's session; absent of requests without `openid`.
    pub seen: Option<Seen>,
    signer: Option<Signer>,
}

/// Whom a response and its ID token are encrypted to, where they must be.
#[derive(Debug, Default)]
pub struct Recipients {
    /// Of the ID token.
    pub id_token: Option<Recipient>,
    /// Of the response (JARM).
    pub response: Option<Recipient>,
}

/// What a client of OpenID Connect may know of a browser: enough to see its session change (Session Management §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The client.
    pub client_id: String,
    /// The browser's session, if it has one.
    pub session: Option<SessionId>,
}

impl Seen {
    /// What is seen of this session by the client of a request.
    pub(super) fn by(request: &AuthorizationRequest, session: Option<&Session>) -> Option<Self> {
        request.scope.contains("openid").then(|| Self {
            client_id: request.client_id.clone(),
            session: session.map(|session| session.id),
        })
    }
}

/// What a response says.
pub enum Outcome {
    /// An error.
    Error(OAuthError),
    /// What the response type names: a code, tokens, both, or nothing but the answer.
    Granted {
        /// The code.
        code: Option<Secret>,
        /// Tokens, not yet signed.
        tokens: Option<Box<Issued>>,
    },
}

impl Completed {
    /// What goes to `target`, with what signs it where that is asked for.
    pub(super) fn of(work: &mut Work<'_>, target: Target, outcome: Outcome) -> Result<Self> {
        let signer = Signer::of(work, &target)?;
        Ok(Self {
            target,
            outcome,
            seen: None,
            signer,
        })
    }

    /// How its ID token must be encrypted, if there is one and it must be.
    #[must_use]
    pub fn id_token_sealing(&self) -> Option<&Sealing> {
        match &self.outcome {
            Outcome::Granted { tokens, .. } => tokens.as_ref()?.sealing(),
            Outcome::Error(_) => None,
        }
    }

    /// How the response itself must be encrypted, if it must be.
    #[must_use]
    pub fn response_sealing(&self) -> Option<&Sealing> {
        self.signer.as_ref()?.sealing()
    }

    /// The response, signed, with the state of the browser's session. Not for use inside a unit of work.
    ///
    /// # Errors
    /// A fault when a token cannot be signed, or has no recipient where it must have one.
    pub fn deliver(
        self,
        issuer: &str,
        session_state: Option<String>,
        recipients: &Recipients,
    ) -> std::result::Result<Delivery, Fault> {
        let mut parameters = Vec::new();
        let (code, tokens) = match self.outcome {
            Outcome::Error(error) => {
                parameters = Target::error(&error);
                (None, None)
            }
            Outcome::Granted { code, tokens } => (code, tokens),
        };
        let mut add = |name: &str, value: Option<String>| {
            parameters.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("code", code.map(|code| code.expose().to_owned()));
        if let Some(minted) = tokens {
            let answer = minted.sign(recipients.id_token.as_ref())?;
            let scope = Some(&answer.scope).filter(|scope| answer.access_token.is_some() && !scope.is_empty());
            add("scope", scope.map(ToString::to_string));
            add("access_token", answer.access_token);
            add("token_type", answer.token_type.map(str::to_owned));
            add("expires_in", answer.expires_in.map(|seconds| seconds.to_string()));
            add("id_token", answer.id_token);
        }
        add("session_state", session_state);
        Ok(match self.signer {
            None => self.target.plain(issuer, parameters),
            Some(signer) => {
                let claims = self.target.claims(issuer, signer.expires(), parameters);
                self.target.signed(signer.sign(&claims, recipients.response.as_ref())?)
            }
        })
    }
}

/// Issues what an approved request asked for.
pub(super) fn complete(
    work: &mut Work<'_>,
    valid: &Valid,
    (approval, bridged_from): (&Approval, Option<GrantId>),
    recorded: Recorded,
) -> Result<Completed> {
    let Valid { client, request } = valid;
    let grant = Grant {
        bridged_from,
        ..grant_of(work, valid, approval)?
    };
    let tokens = &work.shared.settings.tokens;
    let kept = i64::from(tokens.code_lifetime) + i64::from(tokens.access_token_lifetime) + 86_400;
    store::grants::insert(work.tx, &grant, work.now.plus_seconds(kept))?;
    if let Some(session) = grant.snapshot.session.filter(|_| grant.scope.contains("openid")) {
        sign_out::join(work, session, &client.client_id)?;
    }
    let mut entry = Entry::new(Event::AuthorizationAllowed)
        .client(&client.client_id)
        .grant(grant.id);
    entry.user = approval.user();
    entry.session = approval.snapshot().session;
    let mut detail = Map::new();
    detail.insert("acr".into(), grant.snapshot.acr().into());
    detail.insert("scope".into(), json!(grant.scope));
    if let Some(reported) = &grant.snapshot.reported {
        detail.insert("would_have".into(), reported.as_str().into());
    }
    work.audit(recorded.on(entry, detail))?;
    let outcome = issue(work, valid, approval, &grant)?;
    Completed::of(work, target_of(request), outcome)
}

/// Issues what the response type names (OAuth 2.0 Multiple Response Types §3 to §5).
fn issue(work: &mut Work<'_>, valid: &Valid, approval: &Approval, grant: &Grant) -> Result<Outcome> {
    let Valid { client, request } = valid;
    let response_type = request.response_type;
    let code = if response_type.has_code() {
        Some(issue_code(work, request, grant)?)
    } else {
        None
    };
    let tokens = if response_type.has_tokens() {
        let order = Order {
            approval,
            client,
            grant: Some(grant),
            resources: &grant.resources,
            access_token: response_type.has_token(),
            id_token: response_type.has_id_token(),
            code: code.as_ref().map(Secret::expose),
        };
        Some(Box::new(mint(work, order)?))
    } else {
        None
    };
    Ok(Outcome::Granted { code, tokens })
}

fn grant_of(work: &mut Work<'_>, valid: &Valid, approval: &Approval) -> Result<Grant> {
    let request = &valid.request;
    let subject = match approval.user() {
        Some(user) => subject::of(work, &valid.client, user)?,
        None => None,
    };
    Ok(Grant {
        id: work.new_id(),
        user: approval.user(),
        subject,
        client_id: approval.client_id().to_owned(),
        grant_type: if request.response_type.has_code() {
            GrantType::AuthorizationCode
        } else {
            GrantType::Implicit
        },
        scope: approval.scope().clone(),
        resources: request.resources.clone(),
        claims: request.claims.clone(),
        nonce: request.nonce.clone(),
        snapshot: approval.snapshot().clone(),
        bridged_from: None,
        exchanged: None,
        created_at: work.now,
    })
}

fn issue_code(work: &mut Work<'_>, request: &AuthorizationRequest, grant: &Grant) -> Result<Secret> {
    let code = work.random.token(CODE_PREFIX);
    let record = Code {
        digest: digest_of(code.expose()),
        grant: grant.id,
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_given: request.redirect_uri_given,
        code_challenge: request.code_challenge.clone(),
        dpop_jkt: request.dpop_jkt.clone(),
        expires_at: work
            .now
            .plus_seconds(i64::from(work.shared.settings.tokens.code_lifetime)),
        consumed_at: None,
    };
    store::codes::insert(work.tx, &record)?;
    Ok(code)
}
