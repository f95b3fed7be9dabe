//! Branding in directory files. CLAUSES.md S34.

use super::{PRUNE, lines};
use crate::manage::testing::{Installation, refusal};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn file() -> String {
    format!(
        r##"
[organisation]
name = "Example Ltd"
[organisation.branding]
name = "Example"
logo = "{PNG}"
accent = {{ light = "#0B5D57" }}

[[profiles]]
name = "staff"
required_acr = "high"
[profiles.branding]
message = "Your badge number is your username."

[[clients]]
client_id = "web-app"
client_secret = "a-secret-of-the-web-app"
redirect_uris = ["https://app.example.com/callback"]
[clients.branding]
name = "Example Shop"
accent = {{ light = "#7a1fa2", dark = "#e1a6f5" }}
"##
    )
}

#[test]
fn s34_branding_is_applied_once_and_exported_as_it_is_taken_back() {
    let first = Installation::of(&file());
    assert_eq!(lines(&first.apply(&file(), PRUNE).unwrap()), Vec::<String>::new());
    let exported = first.export(true);
    assert!(exported.contains(PNG) && exported.contains("#0b5d57"), "{exported}");
    let second = Installation::of(&exported);
    assert_eq!(second.export(true), exported);
    assert_eq!(lines(&second.apply(&file(), PRUNE).unwrap()), Vec::<String>::new());
    let changed = file().replace("Example Shop", "Example Store");
    let report = second.apply(&changed, PRUNE).unwrap();
    assert_eq!(lines(&report), ["Changed clients.web-app [\"branding\"]"]);
}

#[test]
fn s34_a_wrong_member_is_named_with_its_remedy() {
    for (from, to, expected) in [
        (
            "#7a1fa2",
            "#ff8800",
            "clients.web-app.branding.accent.light: #ff8800 has a contrast of 2.",
        ),
        (
            "#e1a6f5",
            "#202020",
            "clients.web-app.branding.accent.dark: #202020 has a contrast of 1.",
        ),
        (
            "#0B5D57",
            "teal",
            "organisation.branding.accent.light: `teal`: not a colour",
        ),
        (PNG, "https://cdn.example/logo.png", "organisation.branding.logo"),
        (PNG, "PHN2Zy8+", "organisation.branding.logo"),
        (
            "Your badge",
            "Your\\nbadge",
            "profiles.staff.branding.message: must be on one line",
        ),
        ("message =", "massage =", "profiles.staff.branding.massage"),
    ] {
        let refused = refusal(Installation::new().apply(&file().replace(from, to), PRUNE));
        assert!(refused.starts_with(expected), "{refused}");
    }
}
