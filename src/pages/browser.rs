//! A browser in words, as far as its user agent string tells (RFC 9110 §10.1.5). Never decides anything.

use super::Text;

/// What a user agent string holds, and whose sign that is; the first that matches, as most claim to be others as well.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// The browser of a user agent string: `Firefox on Linux`.
#[must_use]
pub fn browser(user_agent: &str) -> Text {
    let known = |list: &[(&str, &'static str)]| {
        let sign = list.iter().find(|(sign, _)| user_agent.contains(sign));
        sign.map(|(_, name)| *name)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => Text::new("browser-on").with("browser", browser).with("system", system),
        (Some(name), None) | (None, Some(name)) => Text::verbatim(name),
        (None, None) => Text::new("browser-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_though_they_claim_to_be_others() {
        let on = |browser: &str, system: &str| Text::new("browser-on").with("browser", browser).with("system", system);
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(browser(edge), on("Edge", "Windows"));
        assert_eq!(browser(safari), on("Safari", "iPhone"));
        assert_eq!(browser(firefox), on("Firefox", "Linux"));
        assert_eq!(browser("curl/8.0"), Text::new("browser-unknown"));
        assert_eq!(browser("Something on Linux"), Text::verbatim("Linux"));
    }
}
