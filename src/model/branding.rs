//! What an organisation, a profile or a client shows of itself on pages and in mails. CLAUSES.md S34.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::picture::{Format, Picture};

/// The largest logo in bytes.
const LARGEST_LOGO: usize = 32 * 1024;

/// What an organisation, a profile or a client shows of itself; what it leaves out is as wider settings say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// The name above pages and in mails.
    pub name: Option<String>,
    /// A picture beside it.
    pub logo: Option<Arc<Logo>>,
    /// The colour of buttons and links.
    pub accent: Accent,
    /// A sentence or two above what a page asks for.
    pub message: Option<String>,
}

/// The colour of buttons and links in both schemes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Accent {
    /// On light pages.
    pub light: Option<Colour>,
    /// On dark pages.
    pub dark: Option<Colour>,
}

impl Branding {
    /// This over what is wider: member by member, the narrower one wins.
    #[must_use]
    pub fn over(&self, wider: Self) -> Self {
        Self {
            name: self.name.clone().or(wider.name),
            logo: self.logo.clone().or(wider.logo),
            accent: Accent {
                light: self.accent.light.or(wider.accent.light),
                dark: self.accent.dark.or(wider.accent.dark),
            },
            message: self.message.clone().or(wider.message),
        }
    }
}

/// A picture that we keep and serve ourselves, so that no page asks anybody else for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Logo(Picture);

impl Logo {
    /// The picture.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Its media type, told from its first bytes.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        self.0.media_type()
    }
}

impl TryFrom<String> for Logo {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| "not a picture in base64; addresses are not fetched")?;
        if bytes.len() > LARGEST_LOGO {
            return Err("is larger than 32 kB");
        }
        // Formats that hold no script.
        Picture::read(bytes)
            .filter(|picture| matches!(picture.format(), Format::Png | Format::Jpeg | Format::Webp))
            .map(Self)
            .ok_or("not a PNG, JPEG or WebP picture")
    }
}

impl From<Logo> for String {
    fn from(logo: Logo) -> Self {
        STANDARD.encode(logo.bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Branding, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    #[test]
    fn s34_what_would_break_out_is_no_branding() {
        for wrong in [
            json!({ "accent": { "light": "red;}</style><script>" } }),
            json!({ "accent": { "light": "#0b5d57;background:url(//evil.example)" } }),
            json!({ "accent": { "dark": "expression(1)" } }),
            json!({ "accent": "#0b5d57" }),
            json!({ "logo": "https://evil.example/logo.png" }),
            json!({ "logo": "javascript:alert(1)" }),
            json!({ "logo": "data:image/png;base64,AAAA" }),
            json!({ "logo": STANDARD.encode("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>") }),
            json!({ "logo": STANDARD.encode("GIF89a") }),
            json!({ "logo": "" }),
            json!({ "logo": STANDARD.encode([&b"\x89PNG\r\n\x1a\n"[..], &vec![0; LARGEST_LOGO]].concat()) }),
            json!({ "css": "body{}" }),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn s34_branding_is_written_as_it_is_read() {
        let given = json!({
            "name": "Example \"Works\" </style>",
            "logo": PNG,
            "accent": { "light": "#0b5d57", "dark": null },
            "message": "Your badge number is your username.",
        });
        let branding = read(given.clone()).unwrap();
        assert_eq!(branding.logo.as_ref().unwrap().media_type(), "image/png");
        assert_eq!(serde_json::to_value(&branding).unwrap(), given);
        assert_eq!(read(json!({})).unwrap(), Branding::default());
    }

    #[test]
    fn s34_the_narrower_one_wins_member_by_member() {
        let wide = read(json!({ "name": "Wide", "message": "Wide.", "accent": { "light": "#0b5d57" } })).unwrap();
        let narrow = read(json!({ "name": "Narrow", "accent": { "dark": "#5cc8bd" } })).unwrap();
        let both = narrow.over(wide.clone());
        let words = (both.name.as_deref(), both.message.as_deref());
        assert_eq!(words, (Some("Narrow"), Some("Wide.")));
        assert!(both.accent.light.is_some() && both.accent.dark.is_some());
        assert_eq!(Branding::default().over(wide.clone()), wide);
    }
}
