//! Rules for Rust files.

use crate::Complaints;
use crate::lex::{Views, views, words};

/// The only place where shipped code may write `unsafe`.
pub const UNSAFE_HOME: &str = "store/src/raw/";
/// Parts of tests and benches that may: they replace the allocator by one that counts, or refuses,
/// or measure what it costs to look at nothing.
const ALSO: [&str; 4] = [
    "store/tests/counting/mod.rs",
    "harness/tests/exhaustion/allocator.rs",
    "bench/src/bin/boot.rs",
    "bench/src/bin/report.rs",
];
/// The most lines of one file.
pub const LINES_MAX: usize = 600;
/// The most characters of one line.
pub const COLUMNS_MAX: usize = 100;

/// Words that put something off.
pub const REMINDERS: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// How far above an `unsafe` its reason may stand.
const SAFETY_LINES_MAX: usize = 10;
/// Modules of the standard library that would let a kernel see more than its inputs.
const NONDETERMINISTIC_MODULES: [&str; 6] = ["time", "env", "thread", "fs", "net", "process"];
/// Types whose iteration order differs from run to run.
const NONDETERMINISTIC_TYPES: [&str; 3] = ["HashMap", "HashSet", "RandomState"];

/// A file is at most [`LINES_MAX`] lines of [`COLUMNS_MAX`] characters.
pub fn check_size(path: &str, text: &str) -> Complaints {
    let lines = text.lines().count();
    let too_long =
        (lines > LINES_MAX).then(|| format!("{path}: {lines} lines, {LINES_MAX} at most"));
    let too_wide = (1..).zip(text.lines()).filter_map(|(number, line)| {
        let columns = line.chars().count();
        (columns > COLUMNS_MAX)
            .then(|| format!("{path}:{number}: {columns} columns, {COLUMNS_MAX} at most"))
    });
    too_long.into_iter().chain(too_wide).collect()
}

/// `unsafe` is written only below [`UNSAFE_HOME`] and in few other files, each time with its reason
/// in a comment above.
pub fn check_unsafe(path: &str, text: &str) -> Complaints {
    let Views { code, comments } = views(text);
    let comments: Vec<&str> = comments.lines().collect();
    let mut complaints = Vec::new();
    for (index, line) in code.lines().enumerate() {
        if !words(line).any(|word| word == "unsafe") {
            continue;
        }
        let number = index + 1;
        let above = &comments[index.saturating_sub(SAFETY_LINES_MAX)..=index];
        if !path.starts_with(UNSAFE_HOME) && !ALSO.contains(&path) {
            complaints.push(format!("{path}:{number}: unsafe outside {UNSAFE_HOME}"));
        } else if !above.iter().any(|line| line.contains("SAFETY") || line.contains("# Safety")) {
            complaints.push(format!("{path}:{number}: unsafe without a SAFETY comment above"));
        }
    }
    complaints
}

/// The root of a crate forbids `unsafe`; a root without any code has nothing to forbid.
pub fn check_forbids_unsafe(path: &str, text: &str) -> Complaints {
    let code: String = views(text).code.split_whitespace().collect();
    if code.is_empty() || code.contains("#![forbid(unsafe_code)]") {
        return Vec::new();
    }
    vec![format!("{path}: no #![forbid(unsafe_code)]")]
}

/// Nothing is left for later: no reminders, no holes in the program, no test switched off.
pub fn check_leftovers(path: &str, text: &str) -> Complaints {
    let Views { code, comments } = views(text);
    let mut complaints = Vec::new();
    for (number, (code, comment)) in (1..).zip(code.lines().zip(comments.lines())) {
        let reminder = words(comment).find(|word| REMINDERS.contains(word));
        let code: String = code.split_whitespace().collect();
        let hole =
            ["todo!", "unimplemented!", "#[ignore"].into_iter().find(|hole| code.contains(hole));
        for found in reminder.into_iter().chain(hole) {
            complaints.push(format!("{path}:{number}: {found}"));
        }
    }
    complaints
}

/// A deterministic crate names no clock, environment, thread, file, and no map of random order.
pub fn check_deterministic(path: &str, text: &str) -> Complaints {
    let code = views(text).code;
    let types =
        words(&code).filter(|word| NONDETERMINISTIC_TYPES.contains(word)).map(str::to_owned);
    let modules = std_modules(&code)
        .into_iter()
        .filter(|module| NONDETERMINISTIC_MODULES.contains(&module.as_str()))
        .map(|module| format!("std::{module}"));
    modules.chain(types).map(|found| format!("{path}: {found} in deterministic code")).collect()
}

/// The modules that follow `std::`, alone or in braces.
fn std_modules(code: &str) -> Vec<String> {
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ::", "::");
    let mut modules = Vec::new();
    for after in code.split("std::").skip(1) {
        let (mut depth, mut at_module, mut found) = (0_usize, true, false);
        for piece in after.split_inclusive(['{', '}', ',', ':', ';', ' ']) {
            let word = words(piece).next();
            if let Some(word) = word.filter(|_| at_module) {
                modules.push(word.to_owned());
                (at_module, found) = (false, true);
            }
            match piece.chars().last() {
                Some('{') => depth += 1,
                Some('}') => depth = depth.saturating_sub(1),
                Some(',') if depth == 1 => at_module = true,
                _ => {}
            }
            if depth == 0 && found {
                break;
            }
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_and_wide_lines_are_complained_of() {
        assert_eq!(check_size("a.rs", &"x\n".repeat(LINES_MAX)), [""; 0]);
        assert_eq!(check_size("a.rs", &"x\n".repeat(601)), ["a.rs: 601 lines, 600 at most"]);
        assert_eq!(check_size("a.rs", &"é".repeat(COLUMNS_MAX)), [""; 0]);
        assert_eq!(check_size("a.rs", &"x".repeat(101)), ["a.rs:1: 101 columns, 100 at most"]);
    }

    fn at_home(text: &str) -> Complaints {
        check_unsafe(&format!("{UNSAFE_HOME}a.rs"), text)
    }

    #[test]
    fn unsafe_is_complained_of_away_from_home() {
        let text = "fn f() {\n    // SAFETY: it is not.\n    unsafe { g() }\n}\n";
        let expected = [format!("kernel/src/a.rs:3: unsafe outside {UNSAFE_HOME}")];
        assert_eq!(check_unsafe("kernel/src/a.rs", text), expected);
        assert_eq!(at_home(text), [""; 0]);
    }

    #[test]
    fn unsafe_is_complained_of_without_a_reason() {
        let expected = [format!("{UNSAFE_HOME}a.rs:2: unsafe without a SAFETY comment above")];
        assert_eq!(at_home("\nunsafe { g() }\n"), expected);
        let far = format!("// SAFETY: far.\n{}unsafe {{ g() }}\n", "\n".repeat(SAFETY_LINES_MAX));
        assert_eq!(at_home(&far).len(), 1);
        assert_eq!(at_home("\"SAFETY\"; unsafe { g() }").len(), 1);
    }

    #[test]
    fn the_word_in_prose_and_in_lint_names_is_no_unsafe() {
        let text = "//! No unsafe.\n#![forbid(unsafe_code)]\nlet x = \"unsafe\";\n";
        assert_eq!(check_unsafe("a.rs", text), [""; 0]);
    }

    #[test]
    fn a_root_that_forbids_nothing_is_complained_of() {
        let expected = ["a/src/lib.rs: no #![forbid(unsafe_code)]"];
        assert_eq!(check_forbids_unsafe("a/src/lib.rs", "pub fn f() {}\n"), expected);
        let commented = "// #![forbid(unsafe_code)]\npub fn f() {}\n";
        assert_eq!(check_forbids_unsafe("a/src/lib.rs", commented), expected);
        assert_eq!(
            check_forbids_unsafe("a", "//! Docs.\n#![forbid(unsafe_code)]\nmod b;"),
            [""; 0]
        );
        assert_eq!(check_forbids_unsafe("a", "//! Not written yet.\n"), [""; 0]);
    }

    #[test]
    fn leftovers_are_complained_of() {
        let text = "// TODO: later\nfn f() { todo!() }\n#[ignore = \"slow\"]\n/* FIXME */\n";
        let expected = ["a.rs:1: TODO", "a.rs:2: todo!", "a.rs:3: #[ignore", "a.rs:4: FIXME"];
        assert_eq!(check_leftovers("a.rs", text), expected);
        assert_eq!(check_leftovers("a.rs", "fn f() { unimplemented!() }").len(), 1);
        assert_eq!(check_leftovers("a.rs", "let x = \"TODO todo!\"; // a todo list\n"), [""; 0]);
    }

    #[test]
    fn clocks_threads_files_and_random_maps_are_complained_of() {
        let seen = |text| check_deterministic("k.rs", text).len();
        assert_eq!(
            check_deterministic("k.rs", "use std::time::Instant;"),
            ["k.rs: std::time in deterministic code"]
        );
        assert_eq!(seen("let x = std::env::var(name);"), 1);
        assert_eq!(seen("use std::{collections::{BTreeMap, HashMap}, fs, fmt};"), 2);
        assert_eq!(seen("use std::{\n    fmt,\n    thread,\n};\nfs();"), 1);
        assert_eq!(seen("use std::{fmt::{self, Write}, time};"), 1);
        assert_eq!(seen("use ::std ::thread;"), 1);
        assert_eq!(seen("use std::{fmt, collections::BTreeMap};\nlet time = env!(\"X\");"), 0);
        assert_eq!(seen("// std::time and HashMap\nuse std::fmt;\nfn fs() {}"), 0);
    }
}
