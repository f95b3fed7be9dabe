//! The fixed wording of pages, in one place: a language is one file like this.

use chrono::{DateTime, Utc};

use crate::error::Denial;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::time::Timestamp;

macro_rules! error_classes {
    ($($variant:ident $name:literal $doc:literal { $heading:literal $sentence:literal })*) => {
        /// What an error page is about; `<body data-error>` carries its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorClass { $(#[doc = $doc] $variant,)* }

        impl ErrorClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The class's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// The page's heading.
            #[must_use]
            pub const fn heading(self) -> &'static str { match self { $(Self::$variant => $heading,)* } }

            /// What happened, what is safe, what to do.
            #[must_use]
            pub const fn sentence(self) -> &'static str { match self { $(Self::$variant => $sentence,)* } }
        }
    };
}

error_classes! {
    InvalidRedirectUri "invalid_redirect_uri" "The request names an address that the client has not registered." {
        "We cannot send you back to this app"
        "It asked for an address that it has not registered. Nothing was shared. Go back to the app, and tell its makers if this happens again."
    }
    UnknownClient "unknown_client" "The request names no client that is registered and enabled." {
        "We do not know this app"
        "The app that sent you here is not registered. Nothing was shared. Check that you started from the right place."
    }
    ExpiredInteraction "expired_interaction" "The errand expired, or belongs to another browser." {
        "This sign-in took too long"
        "Nothing was shared. Start again from the app."
    }
    InvalidRequest "invalid_request" "The request is missing something or contradicts itself." {
        "We cannot read this app’s request"
        "Something in it is missing or contradicts itself. Nothing was shared. Go back to the app and try again."
    }
    CrossSite "cross_site" "A form did not come from our page in this browser." {
        "This form did not come from our page"
        "Nothing was changed. Go back to the app and start again in this window."
    }
    NotFound "not_found" "Nothing is at this address." {
        "There is nothing here"
        "Check the address, or go back to where you came from."
    }
    ServerError "server_error" "A failure of ours." {
        "Something failed on our side"
        "This step was not recorded. Try again in a minute. If it fails again, give your administrator the reference."
    }
    AccessDenied "access_denied" "This user may not go on." {
        "Your account cannot use this app"
        "Nothing was shared. Your administrator can tell you why."
    }
    AccountClosed "account_closed" "A page of our own stays shut to this user." {
        "This page is closed to you"
        "Your account may not be used here, or not now. Your administrator can tell you why."
    }
    StepNotDue "step_not_due" "A page of the errand that is not its next." {
        "This page is not the next step"
        "That happens after Back, a reload, or in a second tab. Nothing is lost: go on where you left off."
    }
    RateLimited "rate_limited" "Too many requests from here." {
        "Too many tries from here"
        "Your account is safe. Wait a minute, then try again."
    }
    CookiesDisabled "cookies_disabled" "The browser did not return our cookie." {
        "Your browser did not keep our cookie"
        "Signing in needs one. Allow cookies for this site, then go back to the app and start again."
    }
}

impl ErrorClass {
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
pub const START_AGAIN: &str = "Nothing was shared. You can begin the same sign-in again from here.";

/// The one sentence for a login that was not accepted. It never tells whether an account exists, is locked or disabled.
pub const LOGIN_DENIED: &str = "That username and password do not belong together. Check both and try again.";

/// The sentence for a code that was not accepted.
#[must_use]
pub fn code_denied(denial: Denial) -> String {
    match denial {
        Denial::CodeUsed(1) => "That code was used. A new one appears in 1 second.".into(),
        Denial::CodeUsed(seconds) => format!("That code was used. A new one appears in {seconds} seconds."),
        _ => "That code is not right. Wait for the next one in your app and type it.".into(),
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

/// A browser that is not known to be this person's.
pub const NEEDS_ACTIVATION: &str =
    "You have not signed in with this browser before. One code shows that it is you; then we remember it.";

/// Who asks for a second proof that the person has not set up yet.
#[must_use]
pub fn needs_enrolment(client: &str) -> String {
    format!("{client} needs a second proof, and you have none yet. Setting one up takes a minute.")
}

/// The word beside the seal.
#[must_use]
pub const fn level_word(acr: Acr) -> &'static str {
    match acr {
        Acr::None => "None",
        Acr::Low => "Low",
        Acr::Standard => "Standard",
        Acr::High => "High",
        Acr::Phr => "Phishing-resistant",
    }
}

/// The seal's text alternative.
#[must_use]
pub fn level_label(acr: Acr) -> String {
    format!("{}, {} of 4", level_word(acr), acr.strokes())
}

/// What a kind of factor is called.
#[must_use]
pub const fn factor_name(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "Password",
        FactorKind::Passkey => "Passkey",
        FactorKind::Totp => "Authenticator app",
        FactorKind::Hotp => "Hardware token",
        FactorKind::YubikeyOtp => "YubiKey",
        FactorKind::Sms => "Text message",
        FactorKind::Voice => "Phone call",
        FactorKind::Email => "E-mail code",
        FactorKind::RecoveryCode => "Recovery code",
        FactorKind::Upstream => "Your organisation's sign-in",
    }
}

/// A link to another factor on the challenge page.
#[must_use]
pub const fn use_factor(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "Use your password",
        FactorKind::Passkey => "Use your passkey",
        FactorKind::Totp => "Use your authenticator app",
        FactorKind::Hotp => "Use your hardware token",
        FactorKind::YubikeyOtp => "Use your YubiKey",
        FactorKind::Sms => "Get a text message",
        FactorKind::Voice => "Get a phone call",
        FactorKind::Email => "Get an e-mail",
        FactorKind::RecoveryCode => "Use a recovery code",
        FactorKind::Upstream => "Sign in with your organisation",
    }
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

/// An instant with its date, year and time.
#[must_use]
pub fn date_and_time(at: Timestamp) -> String {
    instant(at).format("%-d %B %Y, %H:%M UTC").to_string()
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
    fn error_classes_have_distinct_names_and_headings() {
        for (i, a) in ErrorClass::ALL.iter().enumerate() {
            for b in &ErrorClass::ALL[..i] {
                assert_ne!(a.as_str(), b.as_str());
                assert_ne!(a.heading(), b.heading());
            }
        }
    }

    #[test]
    fn wording_keeps_its_voice() {
        let sentences = ErrorClass::ALL
            .iter()
            .flat_map(|class| [class.heading(), class.sentence()])
            .chain([LOGIN_DENIED, START_AGAIN, NEEDS_ACTIVATION, PASSKEY_DENIED]);
        for sentence in sentences {
            assert!(
                !sentence.contains('!') && !sentence.to_lowercase().contains("please"),
                "{sentence}"
            );
        }
        for class in ErrorClass::ALL {
            assert!(
                class.sentence().ends_with('.') && !class.heading().ends_with('.'),
                "{}",
                class.as_str()
            );
        }
    }

    #[test]
    fn a_login_is_denied_in_one_way() {
        let denials = [Denial::BadCredentials, Denial::LockedOut, Denial::Disabled];
        assert!(denials.iter().all(|&denial| ErrorClass::of_denial(denial).is_none()));
        assert!(
            denials
                .iter()
                .all(|&denial| code_denied(denial) == code_denied(Denial::BadCredentials))
        );
    }

    #[test]
    fn a_used_code_says_when_the_next_appears() {
        assert_eq!(
            code_denied(Denial::CodeUsed(12)),
            "That code was used. A new one appears in 12 seconds."
        );
        assert_eq!(
            code_denied(Denial::CodeUsed(1)),
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
        assert_eq!(date_and_time(now), "1 March 2026, 20:00 UTC");
    }
}
