//! Rules for the documents at the top: they agree with the workspace and with each other.

use crate::Complaints;
use crate::lex::words;
use crate::sources::REMINDERS;

/// The heading of the README's first section.
pub const COMMANDS_HEADING: &str = "Two commands";
/// The heading over the table of folders in ARCHITECTURE.md.
pub const MAP_HEADING: &str = "Code map";

/// The commands of the README: the lines of the `sh` block in its first section, if that section
/// is the one headed [`COMMANDS_HEADING`].
pub fn commands(readme: &str) -> Vec<String> {
    let after = readme.split_once("\n## ").map_or("", |(_, after)| after);
    let section = after.split("\n## ").next().unwrap_or_default();
    let Some(body) = section.strip_prefix(COMMANDS_HEADING) else {
        return Vec::new();
    };
    let block = body.split_once("\n```sh\n").and_then(|(_, rest)| rest.split_once("\n```"));
    let lines = block.map_or("", |(lines, _)| lines).lines();
    lines.filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// The README's first section gives two commands: one that runs the program, one that tests it.
pub fn check_commands(readme: &str) -> Complaints {
    let commands = commands(readme);
    match commands.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [run, test] if run.starts_with("cargo run") && test.starts_with("cargo test") => Vec::new(),
        _ => vec![format!(
            "README.md: the `sh` block under `## {COMMANDS_HEADING}`, its first section, \
             must be one `cargo run` and one `cargo test`, not {commands:?}"
        )],
    }
}

/// The folders named in the first column of the table under [`MAP_HEADING`].
pub fn code_map(architecture: &str) -> Vec<String> {
    let is_heading = |line: &&str| line.starts_with('#');
    let is_map =
        |line: &&str| is_heading(line) && line.trim_start_matches('#').trim() == MAP_HEADING;
    let map = architecture.lines().skip_while(|line| !is_map(line)).skip(1);
    let rows = map.take_while(|line| !is_heading(line)).filter(|line| line.starts_with('|'));
    let first_cells = rows.filter_map(|row| row.split('|').nth(1));
    let quoted = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.map(|folder| folder.trim_end_matches('/').to_owned()).collect()
}

/// Every member of the workspace is in the code map, and nothing is there that does not exist.
pub fn check_code_map(
    architecture: &str,
    members: &[String],
    exists: impl Fn(&str) -> bool,
) -> Complaints {
    let map = code_map(architecture);
    let missing = members.iter().filter(|member| !map.contains(member));
    let missing =
        missing.map(|member| format!("ARCHITECTURE.md: `{member}/` is not in the code map"));
    let gone = map.iter().filter(|folder| !exists(folder));
    let gone =
        gone.map(|folder| format!("ARCHITECTURE.md: the code map names `{folder}`, not there"));
    missing.chain(gone).collect()
}

/// The version in the changelog's top entry is the workspace's.
pub fn check_changelog(changelog: &str, version: Option<&str>) -> Complaints {
    let top = changelog.lines().find_map(|line| line.strip_prefix("## ["));
    let top = top.and_then(|rest| rest.split_once(']')).map(|(version, _)| version);
    if top.is_some() && top == version {
        return Vec::new();
    }
    vec![format!("CHANGELOG.md: the top entry is {top:?}, the workspace is {version:?}")]
}

/// Nothing is left for later: no reminders, and no line that is one word in capitals, which stands
/// where text is to come. What stands between fences is quoted, and may be in capitals.
pub fn check_leftovers(path: &str, text: &str) -> Complaints {
    let mut complaints = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        let reminder = words(line).find(|word| REMINDERS.contains(word));
        let placeholder = (!fenced && is_placeholder(line.trim())).then(|| line.trim());
        let found = reminder.or(placeholder);
        complaints.extend(found.map(|found| format!("{path}:{number}: {found}")));
    }
    complaints
}

fn is_placeholder(line: &str) -> bool {
    let capitals = line.chars().filter(char::is_ascii_uppercase).count();
    capitals > 1 && line.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# a\n\nPitch.\n\n## Two commands\n\n```sh\ncargo run\ncargo test\n```\n\n\
        ## Then\n\n```sh\ncargo bench\n```\n";
    const MAP: &str = "# a\n\n| `not/` | . |\n\n## Code map\n\n| folder | what |\n|---|---|\n\
        | `store/` | bytes, see `kernel/` |\n| `loom-tests/store/` | . |\n\n\
        ## Next\n\n| `b/` | . |\n";

    #[test]
    fn the_commands_are_read() {
        assert_eq!(commands(README), ["cargo run", "cargo test"]);
        assert_eq!(check_commands(README), [""; 0]);
    }

    #[test]
    fn other_than_two_commands_are_complained_of() {
        let bad = |from: &str, to: &str| check_commands(&README.replace(from, to)).len();
        assert_eq!(bad("cargo run\n", ""), 1);
        assert_eq!(bad("cargo run\n", "cargo build\ncargo run\n"), 1);
        assert_eq!(bad("cargo run\ncargo test", "cargo test\ncargo run"), 1);
        assert_eq!(bad("```sh\ncargo run", "```\ncargo run"), 1);
        assert_eq!(bad("## Two commands", "## Why\n\n## Two commands"), 1);
        assert_eq!(bad(README, ""), 1);
    }

    #[test]
    fn the_code_map_is_read() {
        assert_eq!(code_map(MAP), ["store", "loom-tests/store"]);
    }

    #[test]
    fn missing_and_vanished_folders_are_complained_of() {
        let members = ["store".to_owned(), "loom-tests/store".to_owned()];
        assert_eq!(check_code_map(MAP, &members, |_| true), [""; 0]);
        let more = ["kernel".to_owned()];
        let expected = ["ARCHITECTURE.md: `kernel/` is not in the code map"];
        assert_eq!(check_code_map(MAP, &more, |_| true), expected);
        let expected = ["ARCHITECTURE.md: the code map names `store`, not there"];
        assert_eq!(check_code_map(MAP, &members, |folder| folder != "store"), expected);
    }

    #[test]
    fn placeholders_and_reminders_are_complained_of() {
        let text = "# A\n\nFIGURES\n\n  TO_COME \n\nTODO: say more.\n(XXX)\n";
        let expected = ["a.md:3: FIGURES", "a.md:5: TO_COME", "a.md:7: TODO", "a.md:8: XXX"];
        assert_eq!(check_leftovers("a.md", text), expected);
        assert_eq!(check_leftovers("a.md", "```\nGET\nFIXME\n```\nSOON\n").len(), 2);
        let good = "# API\n\nThe MIT.\nI\n\n```text\nGET\n```\n---\nA todo list.\n";
        assert_eq!(check_leftovers("a.md", good), [""; 0]);
    }

    #[test]
    fn another_version_is_complained_of() {
        let changelog = "# Changelog\n\n## [0.2.0] - unreleased\n\n## [0.1.0]\n";
        assert_eq!(check_changelog(changelog, Some("0.2.0")), [""; 0]);
        let expected = "CHANGELOG.md: the top entry is Some(\"0.2.0\"), \
            the workspace is Some(\"0.1.0\")";
        assert_eq!(check_changelog(changelog, Some("0.1.0")), [expected]);
        assert_eq!(check_changelog("# Changelog\n", Some("0.1.0")).len(), 1);
        assert_eq!(check_changelog("# Changelog\n", None).len(), 1);
    }
}
