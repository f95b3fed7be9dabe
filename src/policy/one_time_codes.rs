//! What codes to a number or an address reach, and what they are counted against. ASSURANCE.md §9, §10; CLAUSES.md S36, S37,
//! C7, C13.

use std::net::IpAddr;

use super::lockout::address_counter;
use crate::model::assurance::Columns;
use crate::model::credential::{Material, Phone, Standing};
use crate::model::evidence::Acr;
use crate::model::id::UserId;
use crate::model::message::{Channel, LineType};
use crate::model::time::Timestamp;

/// Seconds for which a number that took the place of another one does not reach `high`.
const SETTLING: i64 = 86_400;

/// The most that a credential reaches at `now`, where that is less than its kind does.
#[must_use]
pub fn ceiling(material: &Material, columns: Columns, now: Timestamp) -> Option<Acr> {
    match material {
        Material::Phone(phone) => of_phone(phone, columns, now),
        _ => None,
    }
}

fn of_phone(phone: &Phone, columns: Columns, now: Timestamp) -> Option<Acr> {
    let is_new = phone.changed_at.is_some_and(|at| now.seconds_since(at) < SETTLING);
    let is_typed = phone.standing == Standing::Typed;
    let lowered = (is_new || is_typed).then_some(Acr::Standard);
    let of_line = (phone.line_type == Some(LineType::Voip)).then_some(columns.voip);
    [lowered, of_line].into_iter().flatten().min()
}

/// The other channels that are tried when one fails, of those that would do: the other one to the same telephone, then mail.
/// `because_landline` when the vendor says that the number takes no texts.
#[must_use]
pub fn after_failure(others: &[Channel], because_landline: bool) -> Option<Channel> {
    let preferred = [Channel::Voice, Channel::Sms, Channel::Email];
    let would_do = |channel: &Channel| others.contains(channel) && !(because_landline && *channel == Channel::Sms);
    preferred.into_iter().find(would_do)
}

/// The counter of a user's wrong codes in a row, whatever transaction, channel or code they were for (S36).
#[must_use]
pub fn wrong_counter(user: UserId) -> String {
    format!("codes:wrong:{user}")
}

/// The counter of codes that were sent to one calling code and not used yet.
#[must_use]
pub fn unused_counter(calling_code: &str) -> String {
    format!("codes:unused:{calling_code}")
}

/// What a code is counted against, each with the seconds of its window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Budget {
    /// One number or address, known by this digest, within a quarter of an hour.
    Destination(String),
    /// The same, within a day.
    DestinationDaily(String),
    /// One person.
    User(UserId),
    /// The address that asks.
    Address(Option<IpAddr>),
    /// The numbers of one calling code.
    Country(String),
    /// The public telephone network.
    Server,
}

impl Budget {
    /// The counter.
    #[must_use]
    pub fn counter(&self) -> String {
        match self {
            Self::Destination(digest) => format!("codes:number:{digest}"),
            Self::DestinationDaily(digest) => format!("codes:number:daily:{digest}"),
            Self::User(user) => format!("codes:user:{user}"),
            Self::Address(ip) => format!("codes:{}", address_counter(*ip)),
            Self::Country(code) => format!("codes:country:{code}"),
            Self::Server => "codes:server".to_owned(),
        }
    }

    /// What it is called in the audit log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Destination(_) => "number",
            Self::DestinationDaily(_) => "number_daily",
            Self::User(_) => "user",
            Self::Address(_) => "address",
            Self::Country(_) => "country",
            Self::Server => "server",
        }
    }

    /// Seconds in which it is counted.
    #[must_use]
    pub const fn window(&self) -> u32 {
        match self {
            Self::Destination(_) => 900,
            Self::DestinationDaily(_) => 86_400,
            Self::User(_) | Self::Address(_) | Self::Country(_) | Self::Server => 3_600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn reaches(standing: Standing, line_type: Option<LineType>, changed: Option<i64>, voip: Acr) -> Option<Acr> {
        let phone = Phone {
            number: "+4915112345678".parse().unwrap(),
            line_type,
            standing,
            changed_at: changed.map(|ago| NOW.plus_seconds(-ago)),
        };
        let columns = Columns {
            voip,
            ..Columns::default()
        };
        ceiling(&Material::Phone(phone), columns, NOW)
    }

    #[test]
    fn c7_s37_numbers_typed_at_login_changed_lately_or_on_the_internet_reach_less() {
        use LineType::{Landline, Mobile, Voip};
        use Standing::{Confirmed, Typed, Vouched};
        for (standing, line_type, changed, voip, expected) in [
            (Vouched, None, None, Acr::Standard, None),
            (Vouched, Some(Mobile), Some(86_400), Acr::Standard, None),
            (
                Confirmed,
                Some(Landline),
                Some(86_399),
                Acr::Standard,
                Some(Acr::Standard),
            ),
            (Typed, Some(Mobile), None, Acr::High, Some(Acr::Standard)),
            (Vouched, Some(Voip), None, Acr::Standard, Some(Acr::Standard)),
            (Vouched, Some(Voip), None, Acr::High, Some(Acr::High)),
            (Vouched, Some(Voip), Some(0), Acr::High, Some(Acr::Standard)),
            (Typed, Some(Voip), None, Acr::None, Some(Acr::None)),
        ] {
            let told = format!("{standing:?} {line_type:?} {changed:?} {voip}");
            assert_eq!(reaches(standing, line_type, changed, voip), expected, "{told}");
        }
    }

    #[test]
    fn s37_a_channel_that_fails_is_followed_by_one_that_would_do() {
        use Channel::{Email, Sms, Voice};
        for (others, because_landline, next) in [
            (&[Voice, Email][..], false, Some(Voice)),
            (&[Email, Voice], true, Some(Voice)),
            (&[Sms, Email], false, Some(Sms)),
            (&[Sms, Email], true, Some(Email)),
            (&[Sms], true, None),
            (&[], false, None),
        ] {
            assert_eq!(after_failure(others, because_landline), next, "{others:?}");
        }
    }
}
