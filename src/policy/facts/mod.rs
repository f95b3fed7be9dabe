//! Everything a decision rests on: plain values, gathered by the edges, kept in the audit log, decided upon again by
//! `explain`. Nothing here is an outcome. ASSURANCE.md §2.

mod asked;
mod flow;
mod proof;
mod rules;
mod user;

pub use asked::{Asked, ClientFacts};
pub use flow::{DueStep, FlowFacts, ProfileFlow, Standing};
pub use proof::{ApiLogin, AssertionProof, Proof, SessionProof, Suffix};
pub use rules::Rules;
pub use user::{ProfileFacts, SetFacts, UserFacts};

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::requirements::Required;
use crate::model::interaction::ConsentAnswer;
use crate::model::ip_range::IpRange;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;

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
    /// The login flow that the session's login must finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowFacts>,
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
    /// The scopes that the user agreed this client may have; none where they agreed to nothing yet, which is not the same as
    /// to no scopes.
    #[serde(skip_serializing_if = "is_default")]
    pub agreed: Option<ScopeSet>,
    /// The resources that the user agreed this client may have tokens for.
    #[serde(skip_serializing_if = "is_default")]
    pub agreed_resources: Vec<String>,
    /// What the person answered on the consent page of this errand.
    #[serde(skip_serializing_if = "is_default")]
    pub answer: Option<ConsentAnswer>,
    /// Whether the person said that the code of this errand is the one that their device shows.
    #[serde(skip_serializing_if = "is_default")]
    pub compared: bool,
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_empty(ranges: &Arc<[IpRange]>) -> bool {
    ranges.is_empty()
}
