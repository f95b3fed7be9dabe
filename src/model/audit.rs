//! Audit entries: every decision with its trace, every change with its actor. Never secrets, codes or tokens.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::actor::Actor;
use super::id::{AuditId, ChainId, GrantId, SessionId, UserId};
use super::time::Timestamp;

macro_rules! events {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Event { $(#[doc = $doc] #[serde(rename = $name)] $variant,)* }

        impl Event {
            /// The event's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

events! {
    LoginAttempt "login.attempt" "A first factor was given and is about to be checked.";
    LoginAllow "login.allow" "A first factor was right.";
    LoginDeny "login.deny" "A first factor was wrong, or the account locked or disabled.";
    ChallengeIssued "challenge.issued" "A second factor was asked for.";
    ChallengePassed "challenge.passed" "A second factor was right.";
    ChallengeFailed "challenge.failed" "A second factor was wrong.";
    OtpSent "otp.sent" "A vendor took a one-time code to send.";
    OtpSendFailed "otp.send_failed" "A one-time code was not sent, or nobody knows whether it was.";
    OtpVoided "otp.voided" "A one-time code was voided before it was used.";
    OtpUnused "otp.unused" "Many codes were sent to one country, and few came back: somebody may be paid for them.";
    FactorEnrolled "factor.enrolled" "A factor was enrolled and confirmed.";
    FactorRemoved "factor.removed" "A factor was removed.";
    RecoveryUsed "recovery.used" "A recovery code, a temporary one, or the mailed link of a forgotten password was used.";
    RecoveryIssued "recovery.issued" "An administrator made a temporary code.";
    RescueIssued "rescue.issued" "The operator made a one-time link for a user who has lost every factor.";
    RescueUsed "rescue.used" "Such a link was used: the user's factors were removed, and the password replaced.";
    FactorDisabled "factor.disabled" "A factor was disabled after too many wrong answers in a row.";
    DeviceActivated "device.activated" "A browser is known to be a user's from now on.";
    DeviceRevoked "device.revoked" "A browser is not known any more.";
    ApiTokenReset "api_token.reset" "An API-login token was voided and another one ordered.";
    ApiTokenVoided "api_token.voided" "An API-login token was voided.";
    ApiTokenMailed "api_token.mailed" "An API-login token was made and mailed.";
    LockoutSet "lockout.set" "Attempts on an account reached the limit.";
    LockoutCleared "lockout.cleared" "An operator unlocked an account.";
    AuthorizationAllowed "authorization.allowed" "An authorization request was granted.";
    AuthorizationRefused "authorization.refused" "An authorization request was refused.";
    AssuranceStepup "assurance.stepup" "A session rose to a higher level.";
    AssuranceExempted "assurance.exempted" "A pre-approved client was exempted from a required level.";
    AssuranceBridged "assurance.bridged" "A token's evidence was carried into a browser session.";
    FlowStarted "flow.started" "A login flow began.";
    FlowStep "flow.step" "A step of a login flow was taken.";
    FlowFinished "flow.finished" "A login flow was finished.";
    FlowDenied "flow.denied" "A login flow denied the login.";
    TokenIssued "token.issued" "Tokens were issued.";
    TokenRefreshed "token.refreshed" "Tokens were refreshed.";
    TokenExchanged "token.exchanged" "A token was exchanged for another.";
    TokenRefused "token.refused" "A token request was refused.";
    TokenRevoked "token.revoked" "A token or grant was revoked.";
    TokenReused "token.reused" "A used code or refresh token was presented again; its grant ended.";
    ConsentGiven "consent.given" "A user agreed to scopes.";
    ConsentDenied "consent.denied" "A user declined.";
    ConsentWithdrawn "consent.withdrawn" "A user took back what an application might do.";
    PasswordChanged "password.changed" "A user changed their own password.";
    SessionEnded "session.ended" "A session was ended.";
    DirectoryChanged "policy.changed" "The directory was changed.";
    KeyRotated "key.rotated" "A signing key was made or retired.";
    ForwardingUntrusted "server.forwarding_untrusted" "A peer that is no trusted proxy sent forwarded addresses.";
    ServerStarted "server.started" "The server started.";
}

/// One audit entry before it is chained.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<UserId>,
    /// The client concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_id: Option<String>,
    /// The grant concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant: Option<GrantId>,
    /// The session concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<SessionId>,
    /// Who made a change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<Actor>,
    /// The address of the visitor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ip: Option<String>,
    /// The identifier of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// The reason, the trace of the decision, before and after: whatever explains the event.
    #[serde(skip_serializing_if = "serde_json::Value::is_null", default)]
    pub detail: serde_json::Value,
    /// The facts of a decision, from which it can be made again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts: Option<Box<RawValue>>,
}

impl Entry {
    /// An entry of an event, to be filled in.
    #[must_use]
    pub const fn new(event: Event) -> Self {
        Self {
            event,
            user: None,
            client_id: None,
            grant: None,
            session: None,
            actor: None,
            ip: None,
            request_id: None,
            detail: serde_json::Value::Null,
            facts: None,
        }
    }

    /// About this user.
    #[must_use]
    pub const fn user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// About this client.
    #[must_use]
    pub fn client(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.to_owned());
        self
    }

    /// About this grant.
    #[must_use]
    pub const fn grant(mut self, grant: GrantId) -> Self {
        self.grant = Some(grant);
        self
    }

    /// About this session.
    #[must_use]
    pub const fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Made by this actor.
    #[must_use]
    pub fn actor(mut self, actor: &Actor) -> Self {
        self.actor = Some(actor.clone());
        self
    }

    /// With the facts of the decision.
    #[must_use]
    pub fn facts(mut self, facts: Box<RawValue>) -> Self {
        self.facts = Some(facts);
        self
    }

    /// With this explanation.
    #[must_use]
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}

/// An entry as it stands in its chain.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainedEntry {
    /// The identifier.
    pub id: AuditId,
    /// The chain.
    pub chain: ChainId,
    /// Its place in the chain, from 1.
    pub sequence: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The entry as JSON, exactly as it was linked.
    pub body: String,
    /// The HMAC over the previous link and this entry.
    pub link: [u8; 32],
}
