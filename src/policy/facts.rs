//! Everything a decision rests on: plain values, gathered by the edges, kept in the audit log, decided upon again by
//! `explain`. Nothing here is an outcome. ASSURANCE.md §2.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::assurance::Ages;
use super::requirements::Required;
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::client::{Client, InheritedAssurance, IpRelaxation, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance, Evidence, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::id::{SessionId, UserId};
use crate::model::interaction::ConsentAnswer;
use crate::model::ip_range::IpRange;
use crate::model::login_hours::{LoginHours, TimeZone};
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::Profile;
use crate::model::request::{AuthorizationRequest, RequestedAcr};
use crate::model::requirement::Enforcement;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};

/// Everything a decision rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The instant of the decision.
    pub now: Timestamp,
    /// When the errand or request began; proof since then is fresh enough for it.
    pub began: Timestamp,
    /// How access is asked for: a column of the table in ASSURANCE.md §3.
    pub channel: Channel,
    /// Settings.
    pub rules: Rules,
    /// The client.
    pub client: ClientFacts,
    /// What is asked for.
    pub asked: Asked,
    /// What organisation, client, scopes and resources require.
    #[serde(default, skip_serializing_if = "Required::is_empty")]
    pub required: Required,
    /// The user, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserFacts>,
    /// What was shown.
    #[serde(default, skip_serializing_if = "Proof::is_nothing")]
    pub proof: Proof,
    /// From where.
    #[serde(default)]
    pub place: Place,
    /// What was agreed to.
    #[serde(default)]
    pub consent: ConsentFacts,
    /// What was counted against a limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
}

/// How access is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An authorization request, with a person there to ask: code, implicit, hybrid.
    Interactive,
    /// Our own pages.
    Page,
    /// Redeeming a code.
    Code,
    /// Refreshing.
    Refresh,
    /// The password grant: API logins.
    Password,
    /// The JWT-bearer grant.
    JwtBearer,
    /// Client credentials; with a user, for that user.
    ClientCredentials,
    /// The device grant, decided in the approving browser.
    Device,
    /// Token exchange.
    Exchange,
    /// A token's evidence carried into a browser session.
    Bridge,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 10] = [
        Self::Interactive,
        Self::Page,
        Self::Code,
        Self::Refresh,
        Self::Password,
        Self::JwtBearer,
        Self::ClientCredentials,
        Self::Device,
        Self::Exchange,
        Self::Bridge,
    ];

    /// Whether a person is there who can be shown a page.
    #[must_use]
    pub const fn is_interactive(self) -> bool {
        matches!(self, Self::Interactive | Self::Page | Self::Device)
    }
}

/// Settings that bear on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Rules {
    /// How long evidence holds a level.
    pub ages: Ages,
    /// What the kinds of login reach.
    #[serde(default)]
    pub columns: Columns,
    /// The kinds of second factor that are switched on.
    pub kinds: Vec<FactorKind>,
    /// Whether unmet `acr_values` are an error rather than the best that could be had.
    #[serde(default)]
    pub acr_values_strict: bool,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    #[serde(default)]
    pub enrol_at_step_up: bool,
    /// Whether login ranges are checked before factors are asked for (check 7 before 5).
    #[serde(default)]
    pub early_ip_deny: bool,
    /// What happens on an unknown device.
    #[serde(default)]
    pub device_activation: DeviceActivation,
    /// What an API login does under `mfa_api` before a factor is enrolled (C5).
    #[serde(default)]
    pub api_mfa_before_enrolment: ApiMfaBeforeEnrolment,
    /// Whether a missing API-login token has a fault text of its own, which reveals a right password.
    #[serde(default)]
    pub distinct_api_token_fault: bool,
    /// Whether a bridge carries a token's evidence into the browser; `false` only to compare with servers that do not (C14).
    #[serde(default = "yes")]
    pub bridge_carries_assurance: bool,
    /// Where anybody may sign in from.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub login_ip_ranges: Arc<[IpRange]>,
    /// From where devices need no activation.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub trusted_ip_ranges: Arc<[IpRange]>,
    /// Whether each request, and not the login alone, must come from the login ranges.
    #[serde(default)]
    pub enforce_ip_on_every_request: bool,
    /// The directory's version.
    pub policy_version: i64,
}

const fn yes() -> bool {
    true
}

fn is_empty(ranges: &Arc<[IpRange]>) -> bool {
    ranges.is_empty()
}

impl Rules {
    /// With what the organisation says.
    #[must_use]
    pub fn under(mut self, organisation: &Organisation) -> Self {
        self.login_ip_ranges = Arc::clone(&organisation.login_ip_ranges);
        self.trusted_ip_ranges = Arc::clone(&organisation.trusted_ip_ranges);
        self.enforce_ip_on_every_request = organisation.enforce_ip_on_every_request;
        self
    }
}

/// What of a client bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ClientFacts {
    /// The identifier.
    pub id: String,
    /// Whether it may not act.
    #[serde(skip_serializing_if = "is_default")]
    pub disabled: bool,
    /// Whether people are asked before it gets what it asks for.
    #[serde(skip_serializing_if = "is_default")]
    pub require_consent: bool,
    /// What a refresh does when a requirement was raised after the grant.
    #[serde(skip_serializing_if = "is_default")]
    pub on_requirement_raised: OnRequirementRaised,
    /// The greatest age in seconds of the proof behind a refresh.
    #[serde(skip_serializing_if = "is_default")]
    pub refresh_max_auth_age: Option<u32>,
    /// Which of its requests the login ranges do not hold for.
    #[serde(skip_serializing_if = "is_default")]
    pub ip_relaxation: IpRelaxation,
    /// Where the assurance of its JWT-bearer grants comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub jwt_bearer_assurance: JwtBearerAssurance,
    /// Where the assurance of its device grants comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub device_assurance: InheritedAssurance,
    /// Where the assurance of its token exchanges comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub exchange_assurance: InheritedAssurance,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Client> for ClientFacts {
    fn from(client: &Client) -> Self {
        Self {
            id: client.client_id.clone(),
            disabled: client.disabled,
            require_consent: client.require_consent,
            on_requirement_raised: client.on_requirement_raised,
            refresh_max_auth_age: client.refresh_max_auth_age,
            ip_relaxation: client.ip_relaxation,
            jwt_bearer_assurance: client.jwt_bearer_assurance,
            device_assurance: client.device_assurance,
            exchange_assurance: client.exchange_assurance,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// The scopes, already cut to what the client may have.
    pub scope: ScopeSet,
    /// The scopes of the grant that is moved on, where they are more than is asked for now: what they require counts too.
    #[serde(skip_serializing_if = "is_default")]
    pub held: ScopeSet,
    /// The resources (RFC 8707).
    #[serde(skip_serializing_if = "is_default")]
    pub resources: Vec<String>,
    /// The levels, in order of preference.
    #[serde(skip_serializing_if = "is_default")]
    pub acr_values: Vec<RequestedAcr>,
    /// Whether a level is essential.
    #[serde(skip_serializing_if = "is_default")]
    pub acr_essential: bool,
    /// The greatest age of the proof in seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub max_age: Option<u32>,
    /// Whether only proof since the request began counts (`prompt=login`, `max_age=0`).
    #[serde(skip_serializing_if = "is_default")]
    pub anew: bool,
    /// Whether consent is asked for though it is on file (`prompt=consent`).
    #[serde(skip_serializing_if = "is_default")]
    pub consent_anew: bool,
    /// Who must be signed in, by `sub`: all of them.
    #[serde(skip_serializing_if = "is_default")]
    pub subjects: Vec<String>,
}

impl From<&AuthorizationRequest> for Asked {
    fn from(request: &AuthorizationRequest) -> Self {
        // `id_token_hint` and the `sub` of `claims` may both name somebody: both must be right (§3.1.2.1, §5.5.1).
        let subjects = [&request.hinted_subject, &request.claims.subject];
        Self {
            scope: request.scope.clone(),
            held: ScopeSet::default(),
            resources: request.resources.clone(),
            acr_values: request.acr_values.clone(),
            acr_essential: request.acr_essential,
            max_age: request.max_age,
            anew: request.prompt.login || request.prompt.select_account || request.max_age == Some(0),
            consent_anew: request.prompt.consent,
            subjects: subjects.into_iter().flatten().cloned().collect(),
        }
    }
}

/// What of a user bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFacts {
    /// The identifier.
    pub id: UserId,
    /// The name.
    pub username: String,
    /// Whether the user may sign in.
    #[serde(default)]
    pub status: UserStatus,
    /// Until when too many wrong answers bar this side of the account; live sessions and refreshes go on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked_until: Option<Timestamp>,
    /// Whether our own pages are for enrolling a factor alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_only: bool,
    /// What the profile says.
    pub profile: ProfileFacts,
    /// What each permission set adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission_sets: Vec<SetFacts>,
    /// The kinds of second factor that the user has confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrolled: Vec<FactorKind>,
    /// Whether an administrator approved the client for this user beforehand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preapproved: bool,
}

impl UserFacts {
    /// What of this user bears on decisions about `client`.
    #[must_use]
    pub fn of(user: &User, belonging: (&Profile, &[&PermissionSet]), zone: TimeZone, client: &Client) -> Self {
        let (profile, sets) = belonging;
        let key = User::key_of(&user.username);
        let named = client.preapproved_users.iter().any(|name| User::key_of(name) == key);
        Self {
            id: user.id,
            username: user.username.clone(),
            status: user.status,
            locked_until: None,
            api_only: user.api_only,
            profile: ProfileFacts::of(profile, zone),
            permission_sets: sets.iter().map(|set| SetFacts::from(*set)).collect(),
            enrolled: Vec::new(),
            preapproved: named || client.preapproved_profiles.contains(&user.profile),
        }
    }
}

/// What of a profile bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ProfileFacts {
    /// The name.
    pub name: String,
    /// The level every login must reach.
    #[serde(skip_serializing_if = "is_default")]
    pub required_acr: Acr,
    /// Whether interactive logins need `high`.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_api: bool,
    /// Whether these requirements stop anybody.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
    /// When these users may sign in.
    #[serde(skip_serializing_if = "is_default")]
    pub login_hours: Option<Arc<LoginHours>>,
    /// The zone whose clock tells the hours.
    #[serde(skip_serializing_if = "is_default")]
    pub time_zone: TimeZone,
    /// Whether sessions and refreshes stop outside the hours too.
    #[serde(skip_serializing_if = "is_default")]
    pub hours_end_sessions: bool,
    /// Where these users may sign in from.
    #[serde(skip_serializing_if = "is_empty")]
    pub login_ip_ranges: Arc<[IpRange]>,
    /// Whether these users need not activate devices.
    #[serde(skip_serializing_if = "is_default")]
    pub activation_exempt: bool,
}

impl ProfileFacts {
    /// What of a profile bears on decisions, where the organisation keeps the time of `zone`.
    #[must_use]
    pub fn of(profile: &Profile, zone: TimeZone) -> Self {
        Self {
            name: profile.name.clone(),
            required_acr: profile.required_acr,
            mfa_ui: profile.mfa_ui,
            mfa_api: profile.mfa_api,
            enforcement: profile.enforcement,
            login_hours: profile.login_hours.clone(),
            time_zone: profile.time_zone.unwrap_or(zone),
            hours_end_sessions: profile.hours_end_sessions,
            login_ip_ranges: Arc::clone(&profile.login_ip_ranges),
            activation_exempt: profile.activation_exempt,
        }
    }
}

/// What of a permission set bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SetFacts {
    /// The name.
    pub name: String,
    /// The level every login must reach.
    #[serde(skip_serializing_if = "is_default")]
    pub required_acr: Acr,
    /// Whether interactive logins need `high`.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_api: bool,
    /// Whether these requirements stop anybody.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
}

impl From<&PermissionSet> for SetFacts {
    fn from(set: &PermissionSet) -> Self {
        Self {
            name: set.name.clone(),
            required_acr: set.required_acr,
            mfa_ui: set.mfa_ui,
            mfa_api: set.mfa_api,
            enforcement: set.enforcement,
        }
    }
}

/// What was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Nothing.
    #[default]
    Nothing,
    /// A browser's session.
    Session(SessionProof),
    /// The snapshot of a grant: a code, a refresh, a subject token, a bridge.
    Grant(Box<Snapshot>),
    /// An assertion.
    Assertion(AssertionProof),
    /// A name and a password with what was appended.
    ApiLogin(ApiLogin),
}

impl Proof {
    const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// What a session shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionProof {
    /// The session.
    pub id: SessionId,
    /// Its evidence, in any order.
    pub evidence: Vec<Evidence>,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// Whether this errand's own login form bound it to the user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bound_here: bool,
}

/// What an assertion shows (RFC 7523).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct AssertionProof {
    /// The listed issuer that signed it; absent when the client signed it itself.
    #[serde(skip_serializing_if = "is_default")]
    pub issuer: Option<String>,
    /// The ceiling of the listed issuer that signed it; absent when the client signed it itself.
    #[serde(skip_serializing_if = "is_default")]
    pub ceiling: Option<Acr>,
    /// What it asserts.
    #[serde(skip_serializing_if = "is_default")]
    pub asserted: Option<Assurance>,
    /// The user's live sessions.
    #[serde(skip_serializing_if = "is_default")]
    pub sessions: Vec<SessionProof>,
}

/// What an API login shows: password and suffix as ASSURANCE.md §8 splits them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ApiLogin {
    /// The evidence of what was right: a password, a one-time code.
    pub evidence: Vec<Evidence>,
    /// What was given beside the password.
    pub suffix: Suffix,
    /// Whether that was right.
    pub suffix_right: bool,
}

/// What was given beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Suffix {
    /// Nothing.
    #[default]
    Nothing,
    /// An API-login token.
    Token,
    /// A one-time code.
    Code,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Place {
    /// The visitor's address; absent where nothing is known of it.
    #[serde(skip_serializing_if = "is_default")]
    pub ip: Option<IpAddr>,
    /// Whether the peer claims another address without being a trusted proxy: then no range trusts it.
    #[serde(skip_serializing_if = "is_default")]
    pub claims_other_address: bool,
    /// Whether the browser is known to be this user's.
    #[serde(skip_serializing_if = "is_default")]
    pub known_device: bool,
}

/// What was agreed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ConsentFacts {
    /// The scopes that the user agreed this client may have.
    #[serde(skip_serializing_if = "is_default")]
    pub agreed: ScopeSet,
    /// What the person answered on the consent page of this errand.
    #[serde(skip_serializing_if = "is_default")]
    pub answer: Option<ConsentAnswer>,
}

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What: `wrong passwords of this account`.
    pub what: String,
    /// How many, this one included.
    pub count: i64,
    /// How many are allowed.
    pub limit: i64,
}
