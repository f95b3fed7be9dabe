//! Characters that nobody sees, or that turn the direction of the text around them: in a name they make it look like another
//! (Unicode Technical Report 36 §2).

/// Whether a character has no place in a name that people are shown: control characters, and what Unicode has for the formatting
/// of text (its categories Cf, Zl and Zp, but for the few that show a sign), with letters that are blank.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_text_is_unseen() {
        let unseen = [0x61c, 0xad, 0x180e, 0xfeff, 0x0a, 0x7f];
        let ranges = [0x200b..=0x200f, 0x2028..=0x202e, 0x2060..=0x2069];
        for code in unseen.into_iter().chain(ranges.into_iter().flatten()) {
            let c = char::from_u32(code).unwrap();
            assert!(is_unseen(c), "U+{code:04X}");
        }
    }

    #[test]
    fn names_in_every_script_are_seen() {
        for name in [
            "Zoë Müller-Łukasz",
            "محمد",
            "שרה",
            "महेश",
            "山田 太郎",
            "O’Neill & Söhne (№ 7)",
            "Café ☕️",
        ] {
            assert!(!name.chars().any(is_unseen), "{name}");
        }
    }
}
