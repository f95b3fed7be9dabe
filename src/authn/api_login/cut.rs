//! One string into a password and what was appended to it. ASSURANCE.md §8.

use crate::authn::api_login_token;
use crate::model::secret::Secret;
use crate::policy::facts::Suffix;

/// Digits of a one-time code (RFC 4226 §5.3).
const CODE_LENGTH: usize = 6;

/// A password and what was appended to it.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) password: Secret,
    pub(super) suffix: Suffix,
    pub(super) value: Secret,
}

/// Cuts a string where what is expected beside the password would begin. A token where a code is due is cut off too, so that
/// it can be said that it is not accepted.
pub(super) fn cut(text: &str, expected: Suffix) -> Option<Cut> {
    let code = || tail(text, CODE_LENGTH, |byte| byte.is_ascii_digit()).map(|parts| (Suffix::Code, parts));
    let token = || {
        let found = tail(text, api_login_token::LENGTH, |byte| byte.is_ascii_alphanumeric());
        found.map(|parts| (Suffix::Token, parts))
    };
    let found = match expected {
        Suffix::Code => code().or_else(token),
        Suffix::Token | Suffix::Nothing => token(),
    };
    found.map(|(suffix, (password, value))| Cut {
        password: Secret::new(password),
        suffix,
        value: Secret::new(value),
    })
}

/// What a separate field holds.
pub(super) fn kind_of(separate: &Secret, expected: Suffix) -> Suffix {
    let text = separate.expose();
    let is_code = text.len() == CODE_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit());
    if expected == Suffix::Code && is_code {
        Suffix::Code
    } else {
        Suffix::Token
    }
}

/// The last `length` bytes and what is before them, where all of them are plain; then a character begins there too.
fn tail(text: &str, length: usize, is_plain: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let (before, tail) = text.split_at_checked(text.len().checked_sub(length)?)?;
    tail.bytes().all(is_plain).then_some((before, tail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "AbCdEfGhIjKlMnOpQrStUv09";

    fn parts(text: &str, expected: Suffix) -> Option<(String, Suffix, String)> {
        let Cut {
            password,
            suffix,
            value,
        } = cut(text, expected)?;
        Some((password.expose().to_owned(), suffix, value.expose().to_owned()))
    }

    #[test]
    fn s47_strings_are_cut_where_the_suffix_begins() {
        use Suffix::{Code, Nothing, Token};
        let some = |password: &str, suffix, value: &str| Some((password.to_owned(), suffix, value.to_owned()));
        let long = "q".repeat(30);
        for (text, expected, found) in [
            (format!("tea-party{TOKEN}"), Token, some("tea-party", Token, TOKEN)),
            (format!("{long}{TOKEN}"), Token, some(&long, Token, TOKEN)),
            (format!("pässwörd{TOKEN}"), Token, some("pässwörd", Token, TOKEN)),
            (format!("日本語{TOKEN}"), Code, some("日本語", Token, TOKEN)),
            (TOKEN.to_owned(), Token, some("", Token, TOKEN)),
            (format!("é{}", &TOKEN[1..]), Token, None),
            (TOKEN[1..].to_owned(), Token, None),
            ("tea-party123456".to_owned(), Token, None),
            ("tea-party123456".to_owned(), Code, some("tea-party", Code, "123456")),
            ("tea-party١٢٣٤٥٦".to_owned(), Code, None),
            (format!("{long}123456"), Code, some(&long, Code, "123456")),
            (
                format!("x{TOKEN}123456"),
                Code,
                some(&format!("x{TOKEN}"), Code, "123456"),
            ),
            ("12345".to_owned(), Code, None),
            (String::new(), Code, None),
            (format!("x{TOKEN}"), Nothing, some("x", Token, TOKEN)),
        ] {
            assert_eq!(parts(&text, expected), found, "{text}");
        }
    }

    #[test]
    fn a_separate_field_is_a_code_where_one_is_due() {
        let kind = |text: &str, expected| kind_of(&Secret::new(text), expected);
        assert_eq!(kind("123456", Suffix::Code), Suffix::Code);
        for (text, expected) in [
            ("123456", Suffix::Token),
            ("12345", Suffix::Code),
            (TOKEN, Suffix::Code),
        ] {
            assert_eq!(kind(text, expected), Suffix::Token, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text: String, code: bool) {
            let expected = if code { Suffix::Code } else { Suffix::Token };
            if let Some((password, _, value)) = parts(&text, expected) {
                prop_assert_eq!(password + &value, text);
            }
        }

        #[test]
        fn whatever_the_password_its_token_is_found(password: String) {
            let found = parts(&format!("{password}{TOKEN}"), Suffix::Token);
            prop_assert_eq!(found, Some((password, Suffix::Token, TOKEN.to_owned())));
        }
    }
}
