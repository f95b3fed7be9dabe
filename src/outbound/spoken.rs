//! What a call says: the sentence, with the code digit by digit, and all of it twice. CLAUSES.md S29.

use crate::model::message::CodeMessage;

/// A piece of what is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words.
    Words(String),
    /// A code's characters, each to be said by itself.
    Digits(Vec<char>),
}

/// The pieces of a message, said once.
pub(super) fn pieces(message: &CodeMessage) -> Vec<Piece> {
    let (spoken, code) = (message.spoken.expose(), message.code.expose());
    let digits = || Piece::Digits(code.chars().filter(|c| !c.is_whitespace()).collect());
    let words = |text: &str| (!text.trim().is_empty()).then(|| Piece::Words(text.trim().to_owned()));
    if code.is_empty() {
        return words(spoken).into_iter().collect();
    }
    let mut said = Vec::new();
    for (index, text) in spoken.split(code).enumerate() {
        if index > 0 {
            said.push(digits());
        }
        said.extend(words(text));
    }
    if !spoken.contains(code) {
        said.push(digits());
    }
    said
}

/// The message as one text for a vendor that reads texts out: commas make it pause.
pub(super) fn read_out(message: &CodeMessage) -> String {
    let said = pieces(message).into_iter().map(|piece| match piece {
        Piece::Words(words) => words,
        Piece::Digits(digits) => {
            let each: Vec<String> = digits.into_iter().map(String::from).collect();
            format!("{}.", each.join(", "))
        }
    });
    let once = said.collect::<Vec<_>>().join(" ");
    format!("{once} {once}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::vendor::sample;

    fn said(spoken: &str, code: &str) -> String {
        let mut message = sample(crate::model::message::Channel::Voice);
        message.spoken = crate::model::secret::Secret::new(spoken);
        message.code = crate::model::secret::Secret::new(code);
        read_out(&message)
    }

    #[test]
    fn s29_digits_are_said_one_by_one_and_twice() {
        let once = "Your code is 0, 4, 2. Goodbye";
        assert_eq!(said("Your code is 042 Goodbye", "042"), format!("{once} {once}"));
        assert_eq!(
            said("Your code is", "042"),
            "Your code is 0, 4, 2. Your code is 0, 4, 2."
        );
        assert_eq!(said("", "1"), "1. 1.");
        assert_eq!(said("42 and 42", "42"), "4, 2. and 4, 2. 4, 2. and 4, 2.");
    }
}
