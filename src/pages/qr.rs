//! QR codes as inline SVG. ISO/IEC 18004.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;

use crate::error::Fault;

/// Light modules around the code on every side (ISO/IEC 18004:2015 §6.3.8).
const QUIET_ZONE: i32 = 4;

/// An SVG picture that a template may show unescaped, because only this file makes one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Svg(String);

impl Svg {
    /// The picture's source.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Draws `text` as a QR code. Always dark on white: cameras must read it on a dark page too.
pub fn qr_svg(text: &str) -> Result<Svg, Fault> {
    // The error names lengths only, so a secret in the text stays out of it.
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|error| Fault::from_error("QR code", error))?;
    let side = code.size() + 2 * QUIET_ZONE;
    Ok(Svg(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" width=\"192\" height=\"192\" role=\"img\" \
         aria-label=\"QR code for your authenticator app\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{}\"/></svg>",
        path(&code)
    )))
}

/// One rectangle for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = dark_run(code, x, y);
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += run.max(1);
        }
    }
    path
}

/// How many dark modules follow from here to the right.
fn dark_run(code: &QrCode, x: i32, y: i32) -> i32 {
    (x..code.size())
        .take_while(|&x| code.get_module(x, y))
        .fold(0, |length, _| length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the module at (`x`, `y`), counted with the quiet zone, is covered by one of the path's rectangles.
    fn is_drawn(svg: &Svg, x: i32, y: i32) -> bool {
        let path = svg.as_str().split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        path.split('M').skip(1).any(|run| {
            let (start, rest) = run.split_once('h').unwrap();
            let (left, top) = start.split_once(' ').unwrap();
            let (left, top): (i32, i32) = (left.parse().unwrap(), top.parse().unwrap());
            let length: i32 = rest.split_once('v').unwrap().0.parse().unwrap();
            top == y && (left..left + length).contains(&x)
        })
    }

    #[test]
    fn draws_every_dark_module_and_no_other() {
        let text = "otpauth://totp/Countersign:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Countersign";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let svg = qr_svg(text).unwrap();
        for y in -QUIET_ZONE..code.size() + QUIET_ZONE {
            for x in -QUIET_ZONE..code.size() + QUIET_ZONE {
                assert_eq!(
                    is_drawn(&svg, x + QUIET_ZONE, y + QUIET_ZONE),
                    code.get_module(x, y),
                    "module {x},{y}"
                );
            }
        }
    }

    #[test]
    fn refuses_what_no_code_holds_without_repeating_it() {
        let fault = qr_svg(&"s".repeat(4000)).unwrap_err();
        assert!(!fault.to_string().contains("ssss"));
    }
}
