//! Calling an API that may want more proof than there is, and understanding when it says so (RFC 9470).

use openidconnect::AccessToken;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::provider::Proof;

/// What the person wants done; kept while more proof is fetched, so that nothing is typed twice.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Transfer {
    to: String,
    amount: u32,
}

/// What came of it.
pub(crate) enum Outcome {
    /// The API did it, and says this.
    Done(serde_json::Value),
    /// The API wants this much proof first.
    MoreProof(Proof),
}

/// Asks the API to do it.
pub(crate) async fn call(
    http: &reqwest::Client,
    api: &str,
    token: &AccessToken,
    transfer: &Transfer,
) -> Result<Outcome, Problem> {
    let answer = http.post(api).bearer_auth(token.secret()).json(transfer).send().await?;
    if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
        let header = answer.headers().get(reqwest::header::WWW_AUTHENTICATE);
        let challenge = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if parameter(challenge, "error").as_deref() == Some("insufficient_user_authentication") {
            return Ok(Outcome::MoreProof(Proof {
                acr_values: parameter(challenge, "acr_values"),
                max_age: parameter(challenge, "max_age").and_then(|seconds| seconds.parse().ok()),
            }));
        }
        return Err(Problem::new(format!("the API refused the token: {challenge}")));
    }
    Ok(Outcome::Done(answer.error_for_status()?.json().await?))
}

/// One parameter of a challenge such as `Bearer error="…", max_age=60`, quoted or not (RFC 9110 §11.2).
fn parameter(challenge: &str, wanted: &str) -> Option<String> {
    let (_scheme, mut rest) = challenge.split_once(' ')?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_matches([' ', ',']);
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => after
                .split_once(',')
                .map_or((after.trim().to_owned(), ""), |(v, r)| (v.trim().to_owned(), r)),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

/// The text up to the closing quote, without its backslashes, and what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
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
