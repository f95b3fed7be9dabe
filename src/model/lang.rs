//! The languages of pages and mails.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that pages and mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// English, for whoever asks for nothing that we have.
    #[default]
    En,
    /// German.
    De,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The language's tag (BCP 47).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language's name, in itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The language of a tag such as `de`, `de-AT` or `de_AT`, whatever its case (RFC 4647 §3.4: what follows the first
    /// part is left off until we have the language).
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|lang| lang.as_str().eq_ignore_ascii_case(primary))
    }

    /// The first of these tags, most wanted first, that names a language we have.
    #[must_use]
    pub fn first_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        tags.into_iter().find_map(Self::of_tag)
    }

    /// The language of an `Accept-Language` header (RFC 9110 §12.5.4): the one with the greatest weight, and of several
    /// the first. `*` asks for nothing in particular.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Self::of_tag) else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q=").map(thousandths))
                .unwrap_or(Some(1000));
            let Some(weight) = weight.filter(|weight| *weight > 0) else {
                continue;
            };
            if best.is_none_or(|(best, _)| weight > best) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }
}

/// A weight from `0` to `1` with at most three decimals, in thousandths (RFC 9110 §12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{decimals:0<3}")
        .parse()
        .ok()
        .filter(|value| *value <= 1000)
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_language_whatever_its_region() {
        for (tag, lang) in [
            ("de", Some(Lang::De)),
            ("de-AT", Some(Lang::De)),
            ("DE_ch", Some(Lang::De)),
            ("en-GB", Some(Lang::En)),
            ("fr", None),
            ("deu", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(Lang::of_tag(tag), lang, "{tag}");
        }
        assert_eq!(Lang::first_of(["fr", "de-AT", "en"]), Some(Lang::De));
    }

    #[test]
    fn a_header_is_weighed() {
        for (header, lang) in [
            ("de", Some(Lang::De)),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Some(Lang::En)),
            ("en;q=0.3, de;q=0.301", Some(Lang::De)),
            ("de;q=0, en;q=0.1", Some(Lang::En)),
            ("de;q=0", None),
            ("en;q=0.5,de;q=0.5", Some(Lang::En)),
            ("de;q=2, en;q=0.1", Some(Lang::En)),
            ("de;q=1.001, fr", None),
            ("*", None),
            ("", None),
            (";;;,,=q", None),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header}");
        }
    }
}
