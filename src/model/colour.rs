//! Colours of pages, and whether they can be read. WCAG 2.2 §1.4.3.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The least contrast of a text with what is behind it.
pub const READABLE: f64 = 4.5;

/// A colour without transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// The colour of these parts of red, green and blue.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// The relative luminance, from 0 for black to 1 for white.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of two colours, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour mixed with so much of another, in parts of 255.
    fn mixed(self, other: Self, part: u8) -> Self {
        let part = u32::from(part);
        let mut mixed = self;
        for (own, other) in mixed.0.iter_mut().zip(other.0) {
            let sum = u32::from(*own) * (255 - part) + u32::from(other) * part;
            *own = u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX);
        }
        mixed
    }

    /// The nearest shade of this colour, darker or lighter, that is good.
    #[must_use]
    pub fn nearest(self, is_good: impl Fn(Self) -> bool) -> Option<Self> {
        let (black, white) = (Self::new(0, 0, 0), Self::new(255, 255, 255));
        let shades = (0..=u8::MAX).flat_map(|part| [self.mixed(black, part), self.mixed(white, part)]);
        shades.into_iter().find(|shade| is_good(*shade))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a colour; write it as #rrggbb, such as #0b5d57")]
pub struct NoColour;

impl FromStr for Colour {
    type Err = NoColour;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('#').ok_or(NoColour)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NoColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| NoColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self::new(red, green, blue))
    }
}

impl TryFrom<String> for Colour {
    type Error = NoColour;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn contrast_is_as_defined() {
        for (a, b, expected) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#777777", "#ffffff", 4.48),
            ("#0b5d57", "#ffffff", 7.73),
        ] {
            let (found, back) = (colour(a).contrast(colour(b)), colour(b).contrast(colour(a)));
            assert!((found - expected).abs() < 0.05, "{a} on {b}: {found}");
            assert!((found - back).abs() < 1e-12);
        }
    }

    #[test]
    fn a_colour_is_six_digits_and_nothing_else() {
        assert_eq!(colour("#0B5d57").to_string(), "#0b5d57");
        for wrong in [
            "",
            "0b5d57",
            "#0b5",
            "#0b5d57ff",
            "#0b5d5g",
            "red",
            "#+b5d57",
            "#é5d57",
            " #0b5d57",
            "#0b5d57;}",
            "var(--x)",
        ] {
            assert_eq!(wrong.parse::<Colour>(), Err(NoColour), "{wrong}");
        }
    }

    #[test]
    fn the_nearest_shade_is_the_first_that_is_good() {
        let is_good = |shade: Colour| shade.contrast(Colour::new(255, 255, 255)) >= READABLE;
        assert_eq!(colour("#0b5d57").nearest(is_good), Some(colour("#0b5d57")));
        let shade = colour("#ff8800").nearest(is_good).unwrap();
        assert!(is_good(shade));
        assert_eq!(colour("#ff8800").nearest(|_| false), None);
        // One part less of black would not do.
        let [red, ..] = shade.0;
        assert!(
            !is_good(colour("#ff8800").mixed(Colour::new(0, 0, 0), 255 - red - 2)),
            "{shade}"
        );
    }
}
