//! Texts as the numbers that JavaScript makes of them.

/// What `BigInt(text)` makes of it, in decimal; `None` if it throws. What is written in another
/// base has to fit into 128 bits.
pub(super) fn big_int(text: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    if let Some(number) = in_another_base(text) {
        return Some(number.to_string());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let decimal = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if !decimal || (unsigned.is_empty() && !text.is_empty()) {
        return None;
    }
    let digits = unsigned.trim_start_matches('0');
    Some(match digits {
        "" => "0".into(),
        digits if text.starts_with('-') => format!("-{digits}"),
        digits => digits.to_owned(),
    })
}

/// What `Number(text)` makes of it, if that is a whole number and not below zero.
pub(super) fn index(text: &str) -> Option<usize> {
    let text = text.trim_matches(is_space);
    if let Some(number) = in_another_base(text) {
        return usize::try_from(number).ok();
    }
    if text.is_empty() {
        return Some(0);
    }
    // The parser knows words for what JavaScript has no index for.
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number: f64 = text.parse().ok().filter(|_| decimal)?;
    whole(number)
}

/// A number that may be an index.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number within the bounds"
)]
pub(super) fn whole(number: f64) -> Option<usize> {
    let safe = 0.0..9_007_199_254_740_992.0;
    (safe.contains(&number) && number.fract() == 0.0).then_some(number as usize)
}

/// The number that `0x`, `0o` or `0b` begin.
fn in_another_base(text: &str) -> Option<u128> {
    let (start, digits) = text.split_at_checked(2)?;
    let base = match start {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => return None,
    };
    let unsigned = !digits.starts_with(['+', '-']);
    u128::from_str_radix(digits, base).ok().filter(|_| unsigned)
}

/// What JavaScript trims: white space and ends of lines.
pub(crate) fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}
