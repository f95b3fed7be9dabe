//! Pictures that pages show, told from their first bytes and never from what somebody claims of them.

use std::fmt;

/// A picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    format: Format,
}

/// The formats of pictures that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// Scalable Vector Graphics, which may hold script: whoever serves one serves it with a policy that runs nothing.
    Svg,
}

impl Picture {
    /// The picture that these bytes are, if they are one.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let format = format_of(&bytes)?;
        Some(Self { bytes, format })
    }

    /// The picture as it is sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.format {
            Format::Png => "image/png",
            Format::Jpeg => "image/jpeg",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
            Format::Svg => "image/svg+xml",
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes", self.media_type(), self.bytes.len())
    }
}

fn format_of(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        _ => is_svg(bytes).then_some(Format::Svg),
    }
}

/// Whether a text is an SVG document: `svg` is its root, after what may stand before one. A document type of its own, which
/// may declare entities without end, is not taken.
fn is_svg(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")
        } else if let Some(instruction) = rest.strip_prefix("<?xml") {
            instruction.split_once("?>")
        } else if let Some(doctype) = rest.strip_prefix("<!DOCTYPE svg") {
            doctype.split_once('>').filter(|(within, _)| !within.contains('['))
        } else {
            let root = rest.strip_prefix("<svg");
            return root
                .is_some_and(|root| root.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/'));
        };
        match after {
            Some((_, after)) => rest = after.trim_start(),
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media_type(bytes: &[u8]) -> Option<&'static str> {
        Picture::read(bytes.to_vec()).map(|picture| picture.media_type())
    }

    #[test]
    fn first_bytes_tell_the_format() {
        let pictures: [(&[u8], &str); 10] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"RIFF....WEBPVP8 ", "image/webp"),
            (b"GIF87a..", "image/gif"),
            (b"GIF89a..", "image/gif"),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml"),
            (b"\xef\xbb\xbf \n<svg>", "image/svg+xml"),
            (b"<?xml version=\"1.0\"?>\n<!-- a > b --><svg\n>", "image/svg+xml"),
            (
                b"<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/g/svg11.dtd\"><svg/>",
                "image/svg+xml",
            ),
            (b"<?xml-stylesheet href=\"a.css\"?><svg/>", "image/svg+xml"),
        ];
        for (bytes, expected) in pictures {
            assert_eq!(media_type(bytes), Some(expected), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_no_picture_is_not_taken_for_one() {
        let others: [&[u8]; 14] = [
            b"",
            b"\x89PNG",
            b"GIF88a",
            b"RIFF....WAVE",
            b"<html><svg></svg></html>",
            b"<!DOCTYPE html><svg/>",
            b"<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg>&a;</svg>",
            b"<!-- <svg>",
            b"<?xml <svg>",
            b"<svgx/>",
            b"<svg",
            b"<script>alert(1)</script>",
            b"<svg>\xff</svg>",
            b"{\"svg\":1}",
        ];
        for bytes in others {
            assert_eq!(media_type(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
