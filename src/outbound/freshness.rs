//! How long a document stays fresh by its headers, within our bounds. RFC 9111.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};

/// How long a document is fresh of which its origin says nothing.
const DEFAULT: Duration = Duration::from_mins(5);
/// The longest a document is fresh.
const LONGEST: Duration = Duration::from_hours(24);
/// The shortest, whatever the origin says, so that nobody can make us hammer it; a failure is remembered as long.
pub(super) const SHORTEST: Duration = Duration::from_secs(10);

/// How long an answer with these headers is fresh.
pub(super) fn lifetime(headers: &HeaderMap) -> Duration {
    let Some(max_age) = max_age(headers) else {
        return DEFAULT;
    };
    // RFC 9111 §4.2.3: what it has aged on its way counts.
    let age = headers
        .get(AGE)
        .and_then(|value| delta_seconds(value.to_str().ok()?))
        .unwrap_or(0);
    Duration::from_secs(max_age.saturating_sub(age)).clamp(SHORTEST, LONGEST)
}

/// The seconds of `max-age`; 0 where the answer must not be kept or reused (RFC 9111 §5.2.2.4, §5.2.2.5).
fn max_age(headers: &HeaderMap) -> Option<u64> {
    let mut shortest = None;
    for line in headers.get_all(CACHE_CONTROL) {
        for directive in line.to_str().unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => 0,
                // RFC 9111 §4.2.1: invalid freshness information means stale, and the more restrictive of two wins.
                "max-age" => delta_seconds(value.trim().trim_matches('"')).unwrap_or(0),
                _ => continue,
            };
            shortest = Some(shortest.map_or(seconds, |known: u64| known.min(seconds)));
        }
    }
    shortest
}

/// RFC 9111 §1.2.2: a number of seconds; one too large to hold is the largest.
fn delta_seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn seconds(lines: &[(HeaderName, &'static str)]) -> u64 {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        lifetime(&headers).as_secs()
    }

    #[test]
    fn headers_decide_within_the_bounds() {
        let table: &[(&[&'static str], u64)] = &[
            (&[], 300),
            (&["public"], 300),
            (&["max-age=60"], 60),
            (&["Public, MAX-AGE=\"60\""], 60),
            (&["max-age=3"], 10),
            (&["max-age=0, must-revalidate"], 10),
            (&["max-age=99999999999999999999999"], 86_400),
            (&["max-age=-5"], 10),
            (&["max-age"], 10),
            (&["max-age=60, max-age=600"], 60),
            (&["no-store"], 10),
            (&["max-age=600", "no-cache"], 10),
            (&["no-cache=\"set-cookie\", max-age=600"], 10),
            (&["s-maxage=600"], 300),
        ];
        for (values, expected) in table {
            let lines: Vec<_> = values.iter().map(|value| (CACHE_CONTROL, *value)).collect();
            assert_eq!(seconds(&lines), *expected, "{values:?}");
        }
        assert_eq!(seconds(&[(CACHE_CONTROL, "max-age=600"), (AGE, "500")]), 100);
        assert_eq!(seconds(&[(CACHE_CONTROL, "max-age=600"), (AGE, "9000")]), 10);
        assert_eq!(seconds(&[(CACHE_CONTROL, "max-age=600"), (AGE, "soon")]), 600);
    }
}
