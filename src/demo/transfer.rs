//! Asking the API for a transfer, and understanding when it wants more proof. RFC 9470.

use serde_json::json;

use super::sign_in::Wanted;
use crate::model::secret::Secret;
use crate::outbound::HttpClient;

/// What the API made of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The money moved.
    Done,
    /// The API wants this first.
    MoreProof(Wanted),
    /// The API does not do it; the text is for the log.
    Refused(String),
}

/// Asks the API for the transfer.
pub(super) async fn ask(http: &HttpClient, api: &str, token: &Secret) -> Outcome {
    let order = json!({ "to": "14 people", "amount": "48260.00", "currency": "EUR" });
    match http.post_json(&format!("{api}/transfers"), Some(token), &order).await {
        Ok(answer) if answer.status == 201 => Outcome::Done,
        Ok(answer) => {
            let challenge = answer.www_authenticate.unwrap_or_default();
            understood(&challenge).unwrap_or_else(|| Outcome::Refused(format!("{} {challenge}", answer.status)))
        }
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

/// What a challenge asks for, if a new access token could satisfy it.
fn understood(challenge: &str) -> Option<Outcome> {
    match parameter(challenge, "error")?.as_str() {
        "insufficient_user_authentication" => Some(Outcome::MoreProof(Wanted {
            acr_values: parameter(challenge, "acr_values"),
            max_age: parameter(challenge, "max_age"),
            ..Wanted::default()
        })),
        // The token expired meanwhile: one that is new will do.
        "invalid_token" => Some(Outcome::MoreProof(Wanted::default())),
        _ => None,
    }
}

/// One parameter of a challenge such as `Bearer error="…", max_age=60`, quoted or not (RFC 9110 §11.2).
fn parameter(challenge: &str, wanted: &str) -> Option<String> {
    let (_scheme, mut rest) = challenge.split_once(' ')?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => after
                .split_once(',')
                .map_or((after.trim().to_owned(), ""), |(value, rest)| {
                    (value.trim().to_owned(), rest)
                }),
        };
        if name.trim_matches([' ', ',']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

/// The text up to the closing quote, without its backslashes, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_says_what_would_do() {
        let challenge = "Bearer error=\"insufficient_user_authentication\", error_description=\"a \\\"new\\\", fresh \
                         proof\", acr_values=\"high phr\", max_age=5";
        let wanted = Wanted {
            acr_values: Some("high phr".into()),
            max_age: Some("5".into()),
            ..Wanted::default()
        };
        assert_eq!(understood(challenge), Some(Outcome::MoreProof(wanted)));
        assert_eq!(
            parameter(challenge, "error_description").unwrap(),
            "a \"new\", fresh proof"
        );
    }

    #[test]
    fn an_expired_token_is_renewed_and_other_refusals_are_final() {
        let renewal = Some(Outcome::MoreProof(Wanted::default()));
        assert_eq!(understood("Bearer error=\"invalid_token\""), renewal);
        for challenge in [
            "",
            "Bearer",
            "Bearer realm=\"x\"",
            "Bearer error=\"insufficient_scope\"",
            "Bearer error=\"x",
        ] {
            assert_eq!(understood(challenge), None, "{challenge}");
        }
    }
}
