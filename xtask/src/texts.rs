//! Rules for any text file.

use crate::Complaints;

/// UTF-8, a final newline, no carriage returns; and with `strict`, no trailing spaces.
pub fn check(path: &str, bytes: &[u8], strict: bool) -> Complaints {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![format!("{path}: not UTF-8")];
    };
    let mut complaints = Vec::new();
    if !text.is_empty() && !text.ends_with('\n') {
        complaints.push(format!("{path}: no newline at the end"));
    }
    for (number, line) in (1..).zip(text.split('\n')) {
        if line.ends_with('\r') {
            complaints.push(format!("{path}:{number}: a carriage return"));
        } else if strict && line.ends_with([' ', '\t']) {
            complaints.push(format!("{path}:{number}: trailing spaces"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_samples_are_complained_of() {
        assert_eq!(check("a.md", b"\xff\n", true), ["a.md: not UTF-8"]);
        assert_eq!(check("a.md", b"a\nb", true), ["a.md: no newline at the end"]);
        assert_eq!(check("a.md", b"a\n b \n", true), ["a.md:2: trailing spaces"]);
        assert_eq!(check("a.md", b"a\r\n", false), ["a.md:1: a carriage return"]);
    }

    #[test]
    fn good_samples_pass() {
        assert!(check("a.md", b"", true).is_empty());
        assert!(check("a.md", "é\n".as_bytes(), true).is_empty());
        assert!(check("LICENSE", b"a \n", false).is_empty());
    }
}
