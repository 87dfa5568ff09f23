//! What a value that is not what it was usually comes from.

use std::env;
use std::path::Path;
use std::process;
use std::time::SystemTime;

use crate::determinism::{CIRCUMSTANCES, SHIFT, since_1970};
use crate::difference::Difference;

/// What values like these usually come from.
pub(crate) fn likely_causes(difference: &Difference, begin: SystemTime) -> Vec<&'static str> {
    let (Some(left), Some(right)) = (&difference.left, &difference.right) else {
        return vec!["randomness without a fixed seed", "the order of a std map, or of threads"];
    };
    let either = |test: &dyn Fn(&str) -> bool| test(left) || test(right);
    let has_path = |path: &Path| {
        let path = path.to_string_lossy().into_owned();
        either(&|text| !path.is_empty() && path != "/" && text.contains(&path))
    };
    let here = env::current_dir().unwrap_or_default();
    let causes = [
        (sorted(left) == sorted(right), "the order of a std HashMap or HashSet, or of threads"),
        ((has_time(left, begin) && has_time(right, begin)) || is_shifted(left, right), "the clock"),
        (
            has_path(&here) || has_path(&env::temp_dir()),
            "the path of a working or temporary folder",
        ),
        (is_address(left) && is_address(right), "an address in memory"),
        (either(&|text| text.contains("ThreadId")), "the number of a thread"),
        (either(&|text| text == process::id().to_string()), "the number of the process"),
        (
            CIRCUMSTANCES
                .iter()
                .any(|(_, value)| value.len() > 2 && either(&|text| text.contains(value))),
            "the locale or the time zone",
        ),
    ];
    let mut likely: Vec<_> = causes.iter().filter(|(is, _)| *is).map(|(_, cause)| *cause).collect();
    if likely.is_empty() {
        likely.push("randomness without a fixed seed");
        likely.push("the order of a std map, or of threads, in what the value is computed from");
    }
    likely
}

/// The same pieces in another order sort alike.
fn sorted(text: &str) -> Vec<&str> {
    let mut pieces: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    pieces.sort_unstable();
    pieces
}

/// Whether there is a time in it: one of day, or a number within a day of the check, in whatever
/// unit since 1970.
fn has_time(text: &str, begin: SystemTime) -> bool {
    const DAY: u128 = 86_400;
    let now = since_1970(begin).as_nanos();
    let units = [1_000_000_000, 1_000_000, 1_000, 1];
    let is_time = |number: u128| {
        units.into_iter().any(|unit| number.abs_diff(now / unit) <= DAY * 1_000_000_000 / unit)
    };
    let is_of_day = |text: &[u8]| match text {
        [a, b, b':', c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()),
        _ => false,
    };
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    text.as_bytes().windows(5).any(is_of_day)
        || numbers.filter_map(|digits| digits.parse().ok()).any(is_time)
}

/// Whether they are parts of a second, in whatever unit, as far from each other as the two boots.
fn is_shifted(left: &str, right: &str) -> bool {
    let number = |text: &str| text.trim_matches('"').parse::<u32>().ok().map(i64::from);
    let (Some(left), Some(right)) = (number(left), number(right)) else { return false };
    let shift = i64::from(SHIFT.subsec_nanos());
    [1, 1_000, 1_000_000].into_iter().any(|nanos| {
        let second = 1_000_000_000 / nanos;
        let is_part = (0..second).contains(&left) && (0..second).contains(&right);
        let off = (right - left).rem_euclid(second) - shift / nanos;
        is_part && off.abs() < second / 50
    })
}

/// Whether it is as large as addresses are on the usual machines.
fn is_address(text: &str) -> bool {
    let text = text.trim_matches('"');
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    number.is_some_and(|number| (1 << 40..1 << 48).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(left: &str, right: &str) -> Vec<&'static str> {
        let (part, key) = ("json".to_owned(), String::new());
        let (left, right) = (Some(left.to_owned()), Some(right.to_owned()));
        let begin = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        likely_causes(&Difference { part, key, left, right }, begin)
    }

    /// Their difference once was too large to be computed.
    #[test]
    fn numbers_far_apart_are_compared_too() {
        let causes = causes("8000000000000000000", "-8000000000000000000");
        assert_eq!(causes[0], "randomness without a fixed seed");
    }

    #[test]
    fn a_time_is_known_in_any_unit_and_any_text() {
        let clock = ["the clock"];
        assert_eq!(causes("1700000000", "1700000001"), clock);
        assert_eq!(causes("\"at 1700000000123 ms\"", "\"at 1700000001678 ms\""), clock);
        assert_eq!(causes("2023-11-14T22:13:20Z", "2023-11-14T22:13:21Z"), clock);
        assert_eq!(causes("12", "567"), clock, "milliseconds within their second");
        assert_eq!(causes("900000000", "455555599"), clock, "nanoseconds, into the next one");
        assert_ne!(causes("1600000000", "1600000001"), clock);
        assert_ne!(causes("17", "4"), clock);
    }
}
