//! The examples in the documentation, as tests: a documentation test drops what is a test, before
//! it is compiled.

mod library;
#[cfg(feature = "kernel")]
mod readme;

/// The code of the first block that begins like this; what documentation does not show is left out.
#[track_caller]
fn example(text: &str, fence: &str) -> String {
    let mut lines = text.lines().skip_while(|line| *line != fence).skip(1).peekable();
    assert!(lines.peek().is_some(), "there is no {fence}");
    let code = lines.take_while(|line| *line != "```").filter(|line| !line.starts_with("# "));
    code.flat_map(|line| [line, "\n"]).collect()
}

/// What stands below the comment at the head of a file.
fn below_comment(source: &str) -> &str {
    source.split_once("\n\n").expect("a comment at the head").1
}

#[test]
fn the_example_in_the_readme_is_compiled_and_run() {
    let shown = example(include_str!("../../../../README.md"), "```rust");
    assert_eq!(shown, below_comment(include_str!("readme.rs")));
}

#[test]
fn the_example_of_the_library_is_compiled_and_run() {
    let source = include_str!("../../../src/lib.rs").lines();
    let text: Vec<_> = source
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    assert_eq!(example(&text.join("\n"), "```"), below_comment(include_str!("library.rs")));
}
