//! What happened in a person's account of late, from the audit log.

use serde_json::Value;

use crate::error::Result;
use crate::model::audit::Event;
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::store::audit::{Filter, Stored, list as entries};
use crate::work::View;

/// How many entries are looked at.
const LOOKED_AT: i64 = 200;
/// How many are shown.
const SHOWN: usize = 50;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// From which address.
    pub ip: Option<String>,
    /// The application's name.
    pub client: Option<String>,
    /// The factor it is about.
    pub factor: Option<FactorKind>,
}

/// What happened in the account of this user of late and concerns its owner, youngest first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, user: UserId) -> Result<Vec<Occurrence>> {
    let filter = Filter {
        user: Some(user),
        ..Filter::default()
    };
    let mut occurrences = Vec::new();
    for chained in entries(view.tx, &filter, LOOKED_AT)? {
        let Ok(Stored { entry, .. }) = Stored::read(&chained.body) else {
            continue;
        };
        if !concerns_owner(entry.event) {
            continue;
        }
        let client = match &entry.client_id {
            Some(id) => {
                let client = view.directory.client(view.tx, id)?;
                Some(client.map_or_else(|| id.clone(), |client| client.display_name().to_owned()))
            }
            None => None,
        };
        let factor = factor_of(&entry.detail);
        if is_about_factor(entry.event) && factor.is_none() {
            continue;
        }
        occurrences.push(Occurrence {
            at: chained.at,
            event: entry.event,
            ip: entry.ip,
            client,
            factor,
        });
        if occurrences.len() == SHOWN {
            break;
        }
    }
    Ok(occurrences)
}

fn factor_of(detail: &Value) -> Option<FactorKind> {
    let named = detail.get("factor").or_else(|| detail.get("kind"))?;
    named.as_str()?.parse().ok()
}

const fn is_about_factor(event: Event) -> bool {
    matches!(
        event,
        Event::FactorEnrolled | Event::FactorRemoved | Event::FactorDisabled
    )
}

/// Whether the owner of an account would want to know.
const fn concerns_owner(event: Event) -> bool {
    matches!(
        event,
        Event::LoginAllow
            | Event::LoginDeny
            | Event::ChallengePassed
            | Event::ChallengeFailed
            | Event::FactorEnrolled
            | Event::FactorRemoved
            | Event::FactorDisabled
            | Event::DeviceActivated
            | Event::DeviceRevoked
            | Event::ApiTokenReset
            | Event::LockoutSet
            | Event::LockoutCleared
            | Event::AuthorizationAllowed
            | Event::ConsentGiven
            | Event::ConsentWithdrawn
            | Event::PasswordChanged
            | Event::SessionEnded
    )
}
