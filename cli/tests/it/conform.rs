//! `bootfork conform`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::{bootfork, command, printed};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../conform/fixtures");

#[test]
fn the_bundled_recordings_pass() {
    let output = bootfork(&["conform"]);
    assert!(output.status.success());
    assert_eq!(printed(&output).lines().last(), Some("8 passed, 0 failed"));
}

#[test]
fn the_kernel_can_be_led_through_images() {
    let output = bootfork(&["conform", "--images", &format!("{FIXTURES}/fork-a")]);
    assert!(output.status.success());
    assert_eq!(printed(&output).lines().last(), Some("1 passed, 0 failed"));
}

#[test]
fn a_folder_that_cannot_be_read_fails_and_stops_no_other() {
    let (hello, file) = (format!("{FIXTURES}/hello"), format!("{FIXTURES}/hello/config.json"));
    let output = bootfork(&["conform", "no/such/folder", &file, &hello]);
    let printed = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(output.stderr.is_empty());
    let reason = "no such file, plain or .gz; is this the folder of a recording?";
    assert_eq!(printed.matches(reason).count(), 2, "{printed}");
    assert_eq!(printed.lines().last(), Some("1 passed, 2 failed"));
}

#[test]
fn for_machines_there_is_an_object_a_scenario_and_a_summary() {
    let output = bootfork(&["conform", "--json", FIXTURES, "no/such/folder"]);
    let printed = printed(&output);
    let lines: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 10, "{printed}");
    assert!(lines[..8].iter().all(|line| line["passed"] == true && line["cranks"] != 0));
    assert!(lines[..8].iter().all(|line| line["kind"] == "passed"));
    assert_eq!((&lines[8]["passed"], &lines[8]["kind"]), (&false.into(), &"unreadable".into()));
    assert!(lines[8]["error"].as_str().is_some_and(|error| error.contains("no/such/folder")));
    assert_eq!(lines[9], serde_json::json!({ "summary": { "passed": 8, "failed": 1 } }));
}

#[test]
fn what_differs_is_told_from_what_cannot_be_read() {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conform-differs");
    // The one goes on where the other ends.
    for name in ["fork-base", "fork-a"] {
        let folder = copies.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        for file in fs::read_dir(format!("{FIXTURES}/{name}")).expect("a recording") {
            let file = file.expect("a file");
            fs::copy(file.path(), folder.join(file.file_name())).expect("copied");
        }
    }
    let log = copies.join("fork-a/log.jsonl");
    let text = fs::read_to_string(&log).expect("a log");
    let tampered = text.replacen(r#""crankhash":""#, r#""crankhash":"x"#, 1);
    assert_ne!(tampered, text);
    fs::write(log, tampered).expect("written");

    let output = bootfork(&["conform", "--json", &copies.join("fork-a").display().to_string()]);
    let printed = printed(&output);
    let line = printed.lines().next().expect("a line");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&line["passed"], &line["kind"]), (&false.into(), &"differs".into()), "{line}");
}

#[test]
fn a_long_name_stands_on_a_line_of_its_own() {
    let name = "no/such/folder/of/any/recording";
    let output = bootfork(&["conform", name]);
    let printed = printed(&output);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[1], name, "{printed}");
    assert!(lines[2].ends_with("FAILED") && lines[2].starts_with("  "), "{printed}");
    assert_eq!(lines[2].find("FAILED"), Some(lines[0].chars().count() + 2), "{printed}");
}

/// As under `head`: it ends, without a panic.
#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command().arg("conform").stdout(writer).stderr(Stdio::piped()).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
