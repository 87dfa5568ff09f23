//! Code and comments of a Rust file, told apart without parsing it.
//!
//! Both views have the shape of the source: what belongs elsewhere is blanked, so lines and
//! columns stay. Invariants: 1. both views have as many lines as the source; 2. no character is
//! in both; 3. the inside of a string or character literal is in neither.

/// The two views of a source text.
#[derive(Debug, PartialEq, Eq)]
pub struct Views {
    /// The program, literals emptied.
    pub code: String,
    /// Comments of every kind, doc comments included.
    pub comments: String,
}

/// Splits a source text into its views.
pub fn views(source: &str) -> Views {
    let chars: Vec<char> = source.chars().collect();
    let mut views = Views { code: String::new(), comments: String::new() };
    let mut at = 0;
    while at < chars.len() {
        let (kind, end) = token(&chars, at);
        for &c in &chars[at..end] {
            let blank = if c == '\n' { '\n' } else { ' ' };
            views.code.push(if kind == Kind::Code { c } else { blank });
            views.comments.push(if kind == Kind::Comment { c } else { blank });
        }
        at = end;
    }
    views
}

/// The words of one line: runs of letters, digits and underscores.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// The kind of what begins at `at`, and where it ends. A word is one token, so that the `r` of
/// `for` opens no raw string.
fn token(chars: &[char], at: usize) -> (Kind, usize) {
    let next = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    match (chars[at], next(1)) {
        ('/', '/') => (Kind::Comment, find(chars, at, |c| c == '\n')),
        ('/', '*') => (Kind::Comment, block_comment_end(chars, at)),
        ('"', _) => (Kind::Literal, string_end(chars, at + 1, '"')),
        ('\'', '\\') => (Kind::Literal, string_end(chars, at + 1, '\'')),
        ('\'', _) if next(2) == '\'' => (Kind::Literal, at + 3),
        (c, _) if is_word(c) => {
            let end = find(chars, at, |c| !is_word(c));
            let prefix: String = chars[at..end].iter().collect();
            match raw_string_end(chars, end) {
                Some(end) if matches!(&*prefix, "r" | "br" | "cr") => (Kind::Literal, end),
                _ => (Kind::Code, end),
            }
        }
        _ => (Kind::Code, at + 1),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    chars[from..].iter().position(|&c| wanted(c)).map_or(chars.len(), |ahead| from + ahead)
}

fn string_end(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn block_comment_end(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

/// The end of `"…"` or `#"…"#` that begins at `at`, if one does.
fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let open = find(chars, at, |c| c != '#');
    let hashes = open - at;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |quote: usize| {
        chars[quote] == '"'
            && chars[quote + 1..].iter().take_while(|&&c| c == '#').count() >= hashes
    };
    let quote = (open + 1..chars.len()).find(|&quote| closes(quote));
    Some(quote.map_or(chars.len(), |quote| quote + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_words(source: &str) -> Vec<String> {
        words(&views(source).code).map(str::to_owned).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        assert_eq!(code_words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(code_words(r#"a("b \" c", 'd', '\'', b"e") f"#), ["a", "b", "f"]);
        assert_eq!(code_words(r##"a r#"b "c" d"# e br"f\" g"##), ["a", "e", "g"]);
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        assert_eq!(
            code_words("fn f<'a>(x: &'a str) for r#in"),
            words_of("fn f a x a str for r in")
        );
    }

    #[test]
    fn an_unclosed_literal_ends_with_the_file() {
        assert_eq!(code_words("a \"b"), ["a"]);
        assert_eq!(code_words("a r#\"b\""), ["a"]);
        assert_eq!(code_words("a /* b"), ["a"]);
        assert_eq!(code_words("a \"b\\"), ["a"]);
    }

    #[test]
    fn both_views_keep_the_shape_and_share_nothing() {
        let source = "let x = \"one\ntwo\"; // three\n/* four\n */ five\n";
        let Views { code, comments } = views(source);
        assert_eq!(code.lines().count(), source.lines().count());
        assert_eq!(comments.lines().count(), source.lines().count());
        assert!(comments.contains("// three") && !code.contains("three"));
        let both = code.chars().zip(comments.chars()).filter(|(a, b)| !a.is_whitespace() && a == b);
        assert_eq!(both.count(), 0);
    }

    fn words_of(text: &str) -> Vec<&str> {
        text.split(' ').collect()
    }
}
