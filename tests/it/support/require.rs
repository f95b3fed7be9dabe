//! Parts of the machine that tests use when they are there: `postgres`, `chromium`, `node`, `python`, `apache`. A test whose
//! part is missing is skipped, unless `COUNTERSIGN_TEST_REQUIRE` names the part (separated by commas): then it fails.

const VARIABLE: &str = "COUNTERSIGN_TEST_REQUIRE";

/// Whether this run must not go without `part`.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for test runs, not a setting of the server"
)]
pub(crate) fn required(part: &str) -> bool {
    std::env::var(VARIABLE).is_ok_and(|parts| names(&parts, part))
}

/// Says that a test is skipped for want of `part`, or fails it where the part is required.
pub(crate) fn skip_or_fail(part: &str, why: &str) {
    assert!(!required(part), "{VARIABLE} names {part}, but {why}");
    println!("skipped: {part}: {why}");
}

fn names(parts: &str, part: &str) -> bool {
    parts.split(',').any(|named| named.trim() == part)
}

#[test]
fn parts_are_separated_by_commas() {
    assert!(names("postgres, chromium", "chromium"));
    assert!(!names("postgres,chromium", "postgre"));
    assert!(!names("", "postgres"));
}
