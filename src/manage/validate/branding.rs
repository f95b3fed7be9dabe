//! What branding may say: words on one line, and colours that can be read. CLAUSES.md S34, WCAG 2.2 §1.4.3.

use super::{Check, wrong};
use crate::model::branding::Branding;
use crate::model::colour::{Colour, READABLE};
use crate::model::unseen::is_unseen;

/// The longest name in characters.
const LONGEST_NAME: usize = 60;
/// The longest message in characters.
const LONGEST_MESSAGE: usize = 300;

/// Checks the branding of an object.
pub(super) fn check(place: &str, branding: &Branding) -> Check {
    let words = [
        ("branding.name", &branding.name, LONGEST_NAME),
        ("branding.message", &branding.message, LONGEST_MESSAGE),
    ];
    for (key, words, longest) in words {
        if let Some(problem) = words.as_ref().and_then(|words| odd_words(words, longest)) {
            return Err(wrong(place, key, problem));
        }
    }
    let accent = &branding.accent;
    let accents = [
        ("branding.accent.light", accent.light, LIGHT),
        ("branding.accent.dark", accent.dark, DARK),
    ];
    for (key, accent, scheme) in accents {
        if let Some(problem) = accent.and_then(|accent| scheme.problem(accent)) {
            return Err(wrong(place, key, problem));
        }
    }
    Ok(())
}

/// What is wrong with words that must be plain. What would turn the direction of the text around them is wrong too.
fn odd_words(words: &str, longest: usize) -> Option<String> {
    if words.trim().is_empty() || words.trim() != words {
        Some("must be words, without space at either end; remove it to have none".to_owned())
    } else if words.chars().any(is_unseen) {
        Some("must be on one line, without control or invisible characters".to_owned())
    } else if words.chars().count() > longest {
        Some(format!("must have at most {longest} characters"))
    } else {
        None
    }
}

/// What an accent stands on in a scheme, as `static/css/site.css` has it. Links are text, so they need as much as text on
/// a button does.
struct Scheme {
    places: [(&'static str, Colour); 3],
}

const LIGHT: Scheme = Scheme {
    places: [
        ("the text on its buttons", Colour::new(0xff, 0xff, 0xff)),
        ("the light card", Colour::new(0xff, 0xff, 0xff)),
        ("the light page", Colour::new(0xf6, 0xf5, 0xf1)),
    ],
};

const DARK: Scheme = Scheme {
    places: [
        ("the text on its buttons", Colour::new(0x06, 0x20, 0x1e)),
        ("the dark card", Colour::new(0x1d, 0x21, 0x25)),
        ("the dark page", Colour::new(0x14, 0x17, 0x1a)),
    ],
};

impl Scheme {
    /// What an accent is told from the least, where that is too little, with the contrast there is.
    fn breach(&self, accent: Colour) -> Option<(&'static str, Colour, f64)> {
        let measured = self.places.iter();
        let measured = measured.map(|(place, colour)| (*place, *colour, accent.contrast(*colour)));
        let worst = measured.min_by(|(.., a), (.., b)| a.total_cmp(b));
        worst.filter(|(.., contrast)| *contrast < READABLE)
    }

    fn problem(&self, accent: Colour) -> Option<String> {
        let (place, colour, contrast) = self.breach(accent)?;
        // Never rounded up to what would do.
        let shown = (contrast * 100.0).floor() / 100.0;
        let shade = accent.nearest(|shade| self.breach(shade).is_none());
        let remedy = shade.map_or_else(String::new, |shade| format!("; the nearest good shade is {shade}"));
        Some(format!(
            "{accent} has a contrast of {shown:.2}:1 with {place} ({colour}) and needs {READABLE}:1{remedy}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(value: Value) -> Option<String> {
        let branding: Branding = serde_json::from_value(value).unwrap();
        check("organisation", &branding).err().map(|error| error.to_string())
    }

    #[test]
    fn s34_an_accent_that_cannot_be_read_is_refused_with_the_figure_and_a_shade() {
        let light = refused(json!({ "accent": { "light": "#ff8800" } })).unwrap();
        assert!(
            light.starts_with("organisation.branding.accent.light: #ff8800 has a contrast of 2."),
            "{light}"
        );
        assert!(
            light.contains(":1 with the light page (#f6f5f1) and needs 4.5:1"),
            "{light}"
        );
        let shade = light.split("the nearest good shade is ").nth(1).unwrap();
        assert_eq!(refused(json!({ "accent": { "light": shade } })), None, "{shade}");
        // Good on white is not yet good on the page around the card.
        let grey = refused(json!({ "accent": { "light": "#767676" } })).unwrap();
        assert!(
            grey.contains("contrast of 4.1") && grey.contains("the light page"),
            "{grey}"
        );
        let dark = refused(json!({ "accent": { "dark": "#0b5d57" } })).unwrap();
        let shade = dark.split("the nearest good shade is ").nth(1).unwrap();
        assert_eq!(refused(json!({ "accent": { "dark": shade } })), None, "{shade}");
    }

    #[test]
    fn s34_our_own_accents_are_good_and_the_schemes_are_those_of_the_stylesheet() {
        assert_eq!(
            refused(json!({ "accent": { "light": "#0b5d57", "dark": "#5cc8bd" } })),
            None
        );
        let css = include_str!("../../../static/css/site.css");
        let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
        for (part, scheme) in [(light, LIGHT), (dark, DARK)] {
            for (token, (_, colour)) in ["on-accent", "surface", "ground"].iter().zip(scheme.places) {
                assert!(
                    part.contains(&format!("--{token}: {colour};")),
                    "{token} is not {colour}"
                );
            }
        }
    }

    #[test]
    fn s34_words_are_plain_and_short() {
        for wrong in [
            json!({ "name": "" }),
            json!({ "name": " Works" }),
            json!({ "name": "Example\r\nBcc: all@example.com" }),
            json!({ "name": "\u{202e}elpmaxE" }),
            json!({ "name": "x".repeat(LONGEST_NAME + 1) }),
            json!({ "message": "one\ntwo" }),
            json!({ "message": "x".repeat(LONGEST_MESSAGE + 1) }),
        ] {
            assert!(refused(wrong.clone()).is_some(), "{wrong}");
        }
        let marked = json!({ "name": "</style><script>\"'&", "message": "javascript:alert(1)" });
        assert_eq!(refused(marked), None, "pages escape what they show");
    }
}
