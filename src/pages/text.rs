//! Which message says what: the wording itself is in `templates/messages`, a folder for each language.

use super::{Moment, Text};
use crate::error::Denial;
use crate::model::evidence::FactorKind;
use crate::model::login_flow::FieldKind;
use crate::model::scope::STANDARD_SCOPES;
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
    Undescribed "undescribed" "The document that describes the client cannot be had, or cannot be used."
    ExpiredInteraction "expired_interaction" "The errand expired, or belongs to another browser."
    InvalidRequest "invalid_request" "The request is missing something or contradicts itself."
    CrossSite "cross_site" "A form did not come from our page in this browser."
    UnreadForm "unread_form" "What was posted is too large, cannot be decoded, or did not come in time."
    NotFound "not_found" "Nothing is at this address."
    ServerError "server_error" "A failure of ours."
    AccessDenied "access_denied" "This user may not go on."
    AccountClosed "account_closed" "A page of our own stays shut to this user."
    StepNotDue "step_not_due" "A page of the errand that is not its next."
    RateLimited "rate_limited" "Too many requests from here."
    LinkGone "link_gone" "A one-time link was used, or has expired."
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
            Denial::BadCredentials
            | Denial::LockedOut
            | Denial::Disabled
            | Denial::CodeUsed(_)
            | Denial::Uncheckable
            | Denial::Passkey(_) => None,
        }
    }
}

/// What is said of an errand that took too long where its request can be made again from here.
pub const START_AGAIN: Text = Text::new("error-expired-interaction.again");

/// What is said to whoever was too fast, and has to wait for so many seconds.
#[must_use]
pub fn wait(seconds: u32) -> Text {
    const HOUR: u32 = 3_600;
    if seconds < HOUR {
        Text::new("error-rate-limited.minutes").with("minutes", seconds.div_ceil(60).max(1))
    } else {
        Text::new("error-rate-limited.hours").with("hours", seconds.div_ceil(HOUR))
    }
}

/// The one sentence for a login that was not accepted. It never tells whether an account exists, is locked or disabled.
pub const LOGIN_DENIED: Text = Text::new("login-denied");

/// The sentence for a code of a factor of this kind that was not accepted.
#[must_use]
pub fn code_denied(denial: Denial, kind: FactorKind) -> Text {
    match (denial, kind) {
        (Denial::CodeUsed(seconds), _) => Text::new("code-used").with("seconds", seconds),
        (Denial::Uncheckable, _) => Text::new("code-uncheckable"),
        (_, FactorKind::YubikeyOtp) => Text::new("code-denied-yubikey"),
        (_, FactorKind::RecoveryCode) => Text::new("code-denied-recovery"),
        (_, FactorKind::Hotp) => Text::new("code-denied-token"),
        _ => Text::new("code-denied"),
    }
}

/// Where the code of a factor of this kind comes from.
#[must_use]
pub const fn code_hint(kind: FactorKind) -> Text {
    match kind {
        FactorKind::Hotp => Text::new("code-hint-token"),
        FactorKind::YubikeyOtp => Text::new("code-hint-yubikey"),
        FactorKind::RecoveryCode => Text::new("code-hint-recovery"),
        FactorKind::Sms => Text::new("code-hint-sms"),
        FactorKind::Voice => Text::new("code-hint-voice"),
        FactorKind::Email => Text::new("code-hint-email"),
        _ => Text::new("code-hint-app"),
    }
}

/// Whether the code of a factor of this kind is digits alone, which phones have keys for.
#[must_use]
pub const fn is_numeric(kind: FactorKind) -> bool {
    !matches!(kind, FactorKind::YubikeyOtp | FactorKind::RecoveryCode)
}

/// The heading of the page that sets up a factor of this kind.
#[must_use]
pub const fn set_up_heading(kind: FactorKind) -> Text {
    match kind {
        FactorKind::Hotp => Text::new("enrol-token"),
        FactorKind::YubikeyOtp => Text::new("enrol-yubikey"),
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
        FactorKind::YubikeyOtp => Text::new("enrol-others.yubikey"),
        FactorKind::Sms => Text::new("enrol-by-sms"),
        FactorKind::Voice => Text::new("enrol-by-voice"),
        FactorKind::Email => Text::new("enrol-by-email"),
        _ => Text::new("enrol-others.any"),
    }
}

/// The sentence for a passkey that was not accepted, or could not be made.
pub const PASSKEY_DENIED: Text = Text::new("passkey-denied");

/// Who asks for a second proof and until when it counts.
#[must_use]
pub fn needs_proof(asker: Text, until: Timestamp, now: Timestamp) -> Text {
    Text::new("needs-proof")
        .with("asker", asker)
        .with("until", Moment::near(until, now))
}

/// Who asks for a second proof that was given before, and too long ago.
#[must_use]
pub fn needs_fresh_proof(asker: Text) -> Text {
    Text::new("needs-fresh-proof").with("asker", asker)
}

/// Who asks where no app does.
pub const YOUR_ACCOUNT: Text = Text::new("your-account");

/// Why a factor is set up where its owner wants another one.
pub const ENROLS_ANOTHER: Text = Text::new("enrols-another");

/// The heading of a login that its flow denied, and what is said where the flow says nothing.
pub const FLOW_DENIED: [Text; 2] = [Text::new("flow-denied"), Text::new("flow-denied.sentence")];

/// The heading and the sentence while a service of the organisation is asked.
pub const FLOW_WAITS: [Text; 2] = [Text::new("flow-waits"), Text::new("flow-waits.sentence")];

/// The heading of a page that asks for a new password, and what is said where the flow says nothing.
pub const FLOW_PASSWORD: [Text; 2] = [Text::new("flow-password"), Text::new("flow-password.sentence")];

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
pub const NEEDS_ACTIVATION: Text = Text::new("needs-activation");

/// Who asks for a second proof that the person has not set up yet.
#[must_use]
pub fn needs_enrolment(asker: Text) -> Text {
    Text::new("needs-enrolment").with("asker", asker)
}

/// What a standard scope lets a client do.
#[must_use]
pub fn scope_effect(name: &str) -> Option<Text> {
    STANDARD_SCOPES.contains(&name).then(|| Text::of("scope", name))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lang::Lang;
    use crate::pages::Engine;

    fn said(text: &Text) -> [String; 2] {
        let engine = Engine::new("Example Works", "").unwrap();
        Lang::ALL.map(|lang| engine.say(text, lang).unwrap())
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
        for (seconds, english, german) in [
            (
                12,
                "That code was used. A new one appears in 12 seconds.",
                "Dieser Code wurde schon verwendet. In 12 Sekunden erscheint ein neuer.",
            ),
            (
                1,
                "That code was used. A new one appears in 1 second.",
                "Dieser Code wurde schon verwendet. In 1 Sekunde erscheint ein neuer.",
            ),
        ] {
            assert_eq!(
                said(&code_denied(Denial::CodeUsed(seconds), FactorKind::Totp)),
                [english, german]
            );
        }
    }

    #[test]
    fn how_long_to_wait_is_said_in_minutes_or_hours() {
        for (seconds, english, german) in [
            (0, "Wait a minute", "Warten Sie eine Minute"),
            (60, "Wait a minute", "Warten Sie eine Minute"),
            (61, "Wait 2 minutes", "Warten Sie 2 Minuten"),
            (3_599, "Wait 60 minutes", "Warten Sie 60 Minuten"),
            (3_600, "Wait an hour", "Warten Sie eine Stunde"),
            (86_400, "Wait 24 hours", "Warten Sie 24 Stunden"),
        ] {
            assert_eq!(
                said(&wait(seconds)),
                [
                    format!("Your account is safe. {english}, then try again."),
                    format!("Ihr Konto ist sicher. {german} und versuchen Sie es dann noch einmal."),
                ]
            );
        }
    }

    #[test]
    fn who_asks_is_named_and_until_when_the_proof_counts() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let now = at("2026-03-01T20:00:00Z");
        assert_eq!(
            said(&needs_proof(Text::verbatim("Payroll"), at("2026-03-01T22:00:00Z"), now)),
            [
                "Payroll needs a second proof. It counts until 22:00 UTC.",
                "Payroll braucht einen zweiten Nachweis. Er gilt bis 22:00 Uhr UTC.",
            ]
        );
        assert_eq!(
            said(&needs_proof(YOUR_ACCOUNT, at("2026-03-02T08:05:00Z"), now)),
            [
                "Your account needs a second proof. It counts until 08:05 UTC on 2 March.",
                "Ihr Konto braucht einen zweiten Nachweis. Er gilt bis 2. März, 08:05 Uhr UTC.",
            ]
        );
    }
}
