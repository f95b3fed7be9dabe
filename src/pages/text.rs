//! Which message says what: the wording itself is in `templates/messages`, a folder for each language.

use chrono::{DateTime, Utc};

use super::Text;
use crate::error::Denial;
use crate::model::evidence::FactorKind;
use crate::model::login_flow::FieldKind;
use crate::model::time::Timestamp;

macro_rules! error_classes {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// What an error page is about; `<body data-error>` carries its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorClass { $(#[doc = $doc] $variant,)* }

        impl ErrorClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The class's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

error_classes! {
    InvalidRedirectUri "invalid_redirect_uri" "The request names an address that the client has not registered."
    UnknownClient "unknown_client" "The request names no client that is registered and enabled."
    ExpiredInteraction "expired_interaction" "The errand expired, or belongs to another browser."
    InvalidRequest "invalid_request" "The request is missing something or contradicts itself."
    CrossSite "cross_site" "A form did not come from our page in this browser."
    NotFound "not_found" "Nothing is at this address."
    ServerError "server_error" "A failure of ours."
    AccessDenied "access_denied" "This user may not go on."
    AccountClosed "account_closed" "A page of our own stays shut to this user."
    StepNotDue "step_not_due" "A page of the errand that is not its next."
    RateLimited "rate_limited" "Too many requests from here."
    CookiesDisabled "cookies_disabled" "The browser did not return our cookie."
}

impl ErrorClass {
    /// The page's heading.
    #[must_use]
    pub fn heading(self) -> Text {
        Text::of("error", self.as_str())
    }

    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn sentence(self) -> Text {
        Text::of("error", &format!("{}.sentence", self.as_str()))
    }

    /// The class of a denial that ends in an error page instead of beside its field.
    #[must_use]
    pub const fn of_denial(denial: Denial) -> Option<Self> {
        match denial {
            Denial::ExpiredInteraction => Some(Self::ExpiredInteraction),
            Denial::NoCookie => Some(Self::CookiesDisabled),
            Denial::CrossSite => Some(Self::CrossSite),
            Denial::StepNotDue => Some(Self::StepNotDue),
            Denial::RateLimited(_) => Some(Self::RateLimited),
            Denial::BadCredentials | Denial::LockedOut | Denial::Disabled | Denial::CodeUsed(_) => None,
        }
    }
}

/// What is said of an errand that took too long where its request can be made again from here.
pub const START_AGAIN: Text = Text::new("error-expired-interaction.again");

/// The one sentence for a login that was not accepted. It never tells whether an account exists, is locked or disabled.
pub const LOGIN_DENIED: &str = "That username and password do not belong together. Check both and try again.";

/// The sentence for a code of a factor of this kind that was not accepted.
#[must_use]
pub fn code_denied(denial: Denial, kind: FactorKind) -> String {
    match (denial, kind) {
        (Denial::CodeUsed(1), _) => "That code was used. A new one appears in 1 second.".into(),
        (Denial::CodeUsed(seconds), _) => format!("That code was used. A new one appears in {seconds} seconds."),
        (_, FactorKind::Hotp) => "That code is not right. Press the token’s button and type the next one.".into(),
        _ => "That code is not right. Wait for the next one in your app and type it.".into(),
    }
}

/// Where the code of a factor of this kind comes from.
#[must_use]
pub const fn code_hint(kind: FactorKind) -> Text {
    match kind {
        FactorKind::Hotp => Text::new("code-hint-token"),
        _ => Text::new("code-hint-app"),
    }
}

/// The heading of the page that sets up a factor of this kind.
#[must_use]
pub const fn set_up_heading(kind: FactorKind) -> Text {
    match kind {
        FactorKind::Hotp => Text::new("enrol-token"),
        _ => Text::new("enrol-app"),
    }
}

/// A link to the set-up of another kind of factor.
#[must_use]
pub const fn set_up_factor(kind: FactorKind) -> Text {
    match kind {
        FactorKind::Passkey => Text::new("enrol-others.passkey"),
        FactorKind::Totp => Text::new("enrol-others.app"),
        FactorKind::Hotp => Text::new("enrol-others.token"),
        _ => Text::new("enrol-others.any"),
    }
}

/// The sentence for a passkey that was not accepted, or could not be made.
pub const PASSKEY_DENIED: &str = "That passkey was not accepted. Try it again, or use another way.";

/// Who asks for a second proof and until when it counts.
#[must_use]
pub fn needs_proof(client: &str, until: Timestamp, now: Timestamp) -> String {
    format!("{client} needs a second proof. It counts until {}.", moment(until, now))
}

/// Who asks for a second proof that was given before, and too long ago.
#[must_use]
pub fn needs_fresh_proof(client: &str) -> String {
    format!("{client} needs to know that it is you now. One new code is enough.")
}

/// Who asks where no app does.
pub const YOUR_ACCOUNT: &str = "Your account";

/// Why a factor is set up where its owner wants another one.
pub const ENROLS_ANOTHER: &str = "This adds another way to show that it is you.";

/// The heading of a login that its flow denied, and what is said where the flow says nothing.
pub const FLOW_DENIED: [Text; 2] = [Text::new("flow-denied"), Text::new("flow-denied.sentence")];

/// The heading and the sentence while a service of the organisation is asked.
pub const FLOW_WAITS: [Text; 2] = [Text::new("flow-waits"), Text::new("flow-waits.sentence")];

/// The heading of a page that asks for a new password, and what is said where the flow says nothing.
pub const FLOW_PASSWORD: [Text; 2] = [Text::new("flow-password"), Text::new("flow-password.sentence")];

/// A new password that is the one there was.
pub const SAME_PASSWORD: Text = Text::new("flow-password.same");

/// Why an answer to a step of a login flow was not taken.
#[must_use]
pub fn flow_rejected(kind: FieldKind, label: &str) -> Text {
    let text = match kind {
        FieldKind::Text => Text::new("flow-rejected-text"),
        FieldKind::Code => return Text::new("flow-rejected-code"),
        FieldKind::Phone => Text::new("flow-rejected-phone"),
        FieldKind::Email => Text::new("flow-rejected-email"),
        FieldKind::Number => Text::new("flow-rejected-number"),
        FieldKind::Checkbox => return Text::new("flow-rejected-checkbox"),
    };
    text.with("label", label)
}

/// A browser that is not known to be this person's.
pub const NEEDS_ACTIVATION: &str =
    "You have not signed in with this browser before. One code shows that it is you; then we remember it.";

/// Who asks for a second proof that the person has not set up yet.
#[must_use]
pub fn needs_enrolment(client: &str) -> String {
    format!("{client} needs a second proof, and you have none yet. Setting one up takes a minute.")
}

/// What a kind of factor is called.
#[must_use]
pub fn factor_name(kind: FactorKind) -> Text {
    Text::of("factor", kind.as_str())
}

/// A link to another factor on the challenge page.
#[must_use]
pub fn use_factor(kind: FactorKind) -> Text {
    Text::of("use-factor", kind.as_str())
}

/// An instant of today as its time, of another day with its date.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (instant(at), instant(now));
    let pattern = if at.date_naive() == now.date_naive() {
        "%H:%M UTC"
    } else {
        "%H:%M UTC on %-d %B"
    };
    at.format(pattern).to_string()
}

fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn error_classes_have_distinct_names() {
        for (i, a) in ErrorClass::ALL.iter().enumerate() {
            for b in &ErrorClass::ALL[..i] {
                assert_ne!(a.as_str(), b.as_str());
            }
        }
    }

    #[test]
    fn a_login_is_denied_in_one_way() {
        let denials = [Denial::BadCredentials, Denial::LockedOut, Denial::Disabled];
        assert!(denials.iter().all(|&denial| ErrorClass::of_denial(denial).is_none()));
        assert!(
            denials.iter().all(|&denial| code_denied(denial, FactorKind::Totp)
                == code_denied(Denial::BadCredentials, FactorKind::Totp))
        );
    }

    #[test]
    fn a_used_code_says_when_the_next_appears() {
        assert_eq!(
            code_denied(Denial::CodeUsed(12), FactorKind::Totp),
            "That code was used. A new one appears in 12 seconds."
        );
        assert_eq!(
            code_denied(Denial::CodeUsed(1), FactorKind::Totp),
            "That code was used. A new one appears in 1 second."
        );
    }

    #[test]
    fn times_name_their_day_only_when_it_is_another() {
        let now = at("2026-03-01T20:00:00Z");
        assert_eq!(
            needs_proof("Payroll", at("2026-03-01T22:00:00Z"), now),
            "Payroll needs a second proof. It counts until 22:00 UTC."
        );
        assert_eq!(moment(at("2026-03-02T08:05:00Z"), now), "08:05 UTC on 2 March");
    }
}
