//! `bootfork explore` and `bootfork replay`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{bootfork, command, printed};

fn lines(output: &Output) -> Vec<Value> {
    let printed = printed(output);
    printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A run that ends well, and what it printed for machines.
#[track_caller]
fn explored(arguments: &str) -> Vec<Value> {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = bootfork(&[&["explore"], &arguments[..], &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&output)
}

/// A command as printed, run by a shell as it would be pasted.
fn pasted(command: &str, more: &str) -> Output {
    let command = command.replacen("bootfork", env!("CARGO_BIN_EXE_bootfork"), 1) + more;
    Command::new("sh").args(["-c", &command]).output().expect("a shell")
}

#[test]
fn for_machines_there_is_an_object_a_root_seed_and_a_summary() {
    let lines = explored("planted --seeds 3 --first-seed 40 --budget 500");
    let [seeds @ .., last] = &lines[..] else { panic!("nothing was printed") };
    assert_eq!(seeds.iter().map(|line| &line["seed"]).collect::<Vec<_>>(), [40, 41, 42]);
    for line in seeds {
        assert_eq!(line["found"], true, "{line}");
        for count in ["timelines_to_bug", "draws_to_bug", "timelines", "draws", "states"] {
            assert!(line[count].is_u64(), "{count}: {line}");
        }
        assert!(line["seconds"].is_f64());
        assert_eq!(line["timelines"], line["timelines_to_bug"], "it stops at the first bug");
    }
    let summary = &last["summary"];
    assert_eq!((&summary["seeds"], &summary["found"]), (&3.into(), &3.into()));
    assert_eq!(summary["bugs"].as_array().map(Vec::len), Some(1), "one property, once");
    let mut counts: Vec<_> = seeds.iter().filter_map(|line| line["draws"].as_u64()).collect();
    counts.sort_unstable();
    assert_eq!(summary["draws_to_bug"]["median"], counts[1]);
}

#[test]
fn a_bug_s_command_makes_it_again_in_the_same_state() {
    let lines = explored("ledger --set bug=true --set traders=3 --budget 1000");
    let bug = &lines[0]["bugs"][0];
    assert_eq!(bug["verified"], true, "{bug}");
    let command = bug["replay"].as_str().expect("a command");
    let again = pasted(command, " --json");
    assert!(again.status.success(), "{command}");
    let again = &self::lines(&again)[0];
    assert_eq!(again["state_key"], bug["state_key"]);
    assert!(again["broken"].as_array().is_some_and(|broken| broken.contains(&bug["property"])));
    assert_eq!(pasted(command, " --fail-on-bug").status.code(), Some(1));
}

/// A panic has no kind, and is named by a message that has its place in it. The shell's own quote
/// is in the message too.
#[test]
fn a_panic_s_command_makes_it_again() {
    let careless = "--set bug=true --set panics=true";
    let lines = explored(&format!("ledger {careless} --budget 1000 --spend-budget"));
    let bugs = lines[0]["bugs"].as_array().expect("a list");
    let is_panic = |bug: &&Value| bug["kind"].is_null();
    let bug = bugs.iter().find(is_panic).expect("a panic");
    assert_eq!(bugs.iter().filter(is_panic).count(), 1, "one place, whatever its message says");
    let property = bug["property"].as_str().expect("text");
    assert!(property.starts_with("the teller doesn't know what p+"), "{property}");
    let command = bug["replay"].as_str().expect("a command");
    assert!(command.contains(" --property 'the teller doesn'\\''t"), "{command}");
    assert!(!command.contains("--kind"), "{command}");
    let again = &self::lines(&pasted(command, " --json"))[0];
    assert_eq!(again["broken"], serde_json::json!([property]));
    assert_eq!((&again["draws"], &again["steps"]), (&bug["draws"], &bug["steps"]));
    assert_eq!(pasted(command, " --fail-on-bug").status.code(), Some(1));
    let careful = pasted(&command.replace("bug=true", "bug=false"), " --fail-on-bug");
    assert!(careful.status.success(), "{}", printed(&careful));
}

/// Two kinds of assertion may say the same: the command of a bug names its kind.
#[test]
fn a_property_s_command_names_its_kind() {
    let lines = explored("planted --budget 500");
    let command = lines[0]["bugs"][0]["replay"].as_str().expect("a command");
    assert!(command.ends_with(" --property 'g3 stays shut' --kind always"), "{command}");
    assert_eq!(pasted(command, " --fail-on-bug").status.code(), Some(1));
    let other = command.replace("--kind always", "--kind unreachable");
    assert!(pasted(&other, " --fail-on-bug").status.success());
    let none = pasted(&command.replace("--kind always", "--kind sometimes"), "");
    let kinds = "there are: always, always-or-unreachable, unreachable, eventually";
    assert!(String::from_utf8_lossy(&none.stderr).contains(kinds), "{none:?}");
    // What a message begins with is the program's business.
    let dashed = pasted(&command.replace("'g3 stays", "'--g3 stays"), " --fail-on-bug");
    assert!(dashed.status.success(), "{dashed:?}");
}

#[test]
fn a_replay_of_nothing_in_particular_breaks_nothing() {
    let output = bootfork(&["replay", "planted", "--seed", "1", "--fail-on-bug"]);
    assert!(output.status.success());
    assert!(printed(&output).starts_with("no property is broken\nafter "), "{}", printed(&output));
    let output = bootfork(&["replay", "planted", "--seed", "1", "--recipe", "5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no `@`"));
    let output = bootfork(&["replay", "planted", "--seed", "1", "--recipe-version", "999"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("of version 999"));
}

#[test]
fn the_number_of_threads_changes_nothing_but_the_time() {
    let found = |threads: u8| {
        let threads = format!("maze --seeds 2 --budget 3000 --threads {threads}");
        let mut lines = explored(&threads);
        lines.pop();
        for line in &mut lines {
            line["seconds"] = Value::Null;
        }
        lines
    };
    let alone = found(1);
    assert_eq!(alone, found(2));
    assert_eq!(alone, found(4));
}

#[test]
fn what_was_seen_is_in_each_kind_of_output() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seen.xml");
    let path = file.display().to_string();
    let dungeon = ["explore", "dungeon", "--budget", "900", "--steps", "50"];
    let text = printed(&bootfork(&[&dungeon[..], &["--junit", &path]].concat()));
    for part in
        ["cells discovered", "greatest 5", " buckets", "cut off at a limit of steps or draws"]
    {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let xml = std::fs::read_to_string(&file).expect("a report");
    for part in
        [r#"<property name="timelines cut off" value=""#, "<system-out>held ", "greatest 5<"]
    {
        assert!(xml.contains(part), "no {part:?} in\n{xml}");
    }
    let lines = explored(&dungeon[1..].join(" "));
    assert_eq!(lines[0]["states_are"], "cells discovered");
    assert!(lines[0]["cut"].as_u64() > Some(0), "{}", lines[0]);
    let assertions = lines[1]["summary"]["assertions"].as_array().expect("a list");
    let level = assertions.iter().find(|assertion| assertion["message"] == "dungeon level reached");
    assert_eq!(level.map(|level| &level["watermark"]["greatest"]), Some(&1.into()));

    let all = explored("ledger --policy exhaustive --budget 500 --depth 2 --set accounts=2");
    assert_eq!((&all[0]["states_are"], &all[0]["depth"]), (&"distinct states".into(), &2.into()));
}

/// Where a limit was given, it is part of the command that makes the bug again.
#[test]
fn limits_of_timelines_are_in_the_command_of_a_bug() {
    let lines = explored("maze --steps 400 --timeline-draws 5000 --budget 20000");
    let bug = &lines[0]["bugs"][0];
    let command = bug["replay"].as_str().expect("a command");
    assert!(command.ends_with(" --steps 400 --timeline-draws 5000"), "{command}");
    assert_eq!(pasted(command, " --fail-on-bug").status.code(), Some(1));
    let short = pasted(&command.replace("--steps 400", "--steps 1"), " --fail-on-bug");
    assert!(short.status.success(), "{}", printed(&short));
    let plain = explored("maze --budget 20000");
    assert!(
        !plain[0]["bugs"][0]["replay"].as_str().is_some_and(|command| command.contains("--steps"))
    );
}

#[test]
fn depth_and_energy_bind() {
    let counts = |arguments: &str| {
        let lines = explored(arguments);
        (lines[0]["timelines"].as_u64(), lines[0]["draws"].as_u64())
    };
    let tree = "maze --policy compat04 --spend-budget";
    assert_eq!(counts(tree).0, Some(3_120), "the original's");
    assert!(counts(&format!("{tree} --depth 1")).0 < Some(200));
    assert_ne!(counts(&format!("{tree} --per-mark 70")), counts(tree));
    assert_eq!(counts("energy --budget 8 --per-mark 3").0, Some(8));
    let adaptive = "maze --budget 300 --spend-budget";
    assert_ne!(counts(&format!("{adaptive} --per-mark 5")), counts(adaptive));
    let shallow = explored("maze --budget 300 --depth 0");
    assert_eq!(shallow[0]["timelines"], 300, "all from the beginning");
}

#[test]
fn a_memory_budget_evicts_and_finds_the_same() {
    let found =
        |arguments: &str| explored(&format!("dungeon --budget 2000 --spend-budget {arguments}"));
    for policy in ["adaptive", "compat04"] {
        let all = &found(&format!("--policy {policy}"))[0];
        let few = &found(&format!("--policy {policy} --memory 0"))[0];
        assert_eq!((&all["states"], &all["timelines"]), (&few["states"], &few["timelines"]));
        assert!(all["evicted"] == 0 && few["evicted"].as_u64() > Some(10), "{few}");
    }
}

#[test]
fn a_warm_exploration_ends_when_nothing_new_comes() {
    let lines = explored("planted --seeds 100 --budget 300 --stop-when-stable 2");
    assert!((4..20).contains(&lines.len()), "{} lines", lines.len());
    assert_eq!(lines[lines.len() - 1]["summary"]["seeds"], lines.len() - 1);
}

#[test]
fn as_many_root_seeds_are_explored_as_said() {
    for (said, first, count) in
        [("", 1, 1), ("--seeds 1", 1, 1), ("--seeds 7 --first-seed 5", 5, 7)]
    {
        for threads in [1, 3] {
            let lines = explored(&format!("planted --budget 9 --threads {threads} {said}"));
            let [seeds @ .., last] = &lines[..] else { panic!("nothing was printed") };
            let seeds: Vec<u64> = seeds.iter().filter_map(|line| line["seed"].as_u64()).collect();
            assert_eq!(seeds, (first..first + count).collect::<Vec<_>>());
            let summary = &last["summary"];
            assert_eq!((&summary["seeds"], &summary["first_seed"]), (&count.into(), &first.into()));
        }
    }
}

/// The first line that nobody reads is the last: all of them would take for ever.
#[test]
fn nothing_is_explored_for_nobody() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let endless = ["explore", "planted", "--seeds", "1000000000000", "--threads", "2", "--json"];
    let output = command().args(endless).stdout(writer).stderr(Stdio::piped()).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn root_seeds_whose_time_was_spent_are_counted() {
    let late = explored("planted --seeds 3 --seconds 0");
    assert!(late[..3].iter().all(|line| line["timed_out"] == true), "{late:?}");
    assert_eq!(late[3]["summary"]["timed_out"], 3);
    assert_eq!(explored("planted --seeds 3")[3]["summary"]["timed_out"], 0);
}

#[test]
fn a_budget_is_spent_if_asked() {
    let lines = explored("planted --budget 700 --spend-budget");
    assert_eq!(lines[0]["timelines"], 700, "{}", lines[0]);
    assert!(lines[0]["timelines_to_bug"].as_u64() < Some(700));
    assert_eq!(lines[1]["summary"]["stop_at_first_bug"], false);
}

/// Two things that the host does, any payments, restarts and reaps, with any cranks in between.
#[test]
fn a_small_ledger_is_explored_fully() {
    let small = "ledger --policy exhaustive --spend-budget --budget 100000 --set events=2 \
                 --set accounts=2";
    let lines = explored(small);
    assert_eq!((&lines[0]["exhausted"], &lines[0]["found"]), (&true.into(), &false.into()));
    assert!(lines[0]["states"].as_u64() > Some(1_000), "{}", lines[0]);
    let careless = explored(&format!("{small} --set bug=true"));
    assert_eq!((&careless[0]["exhausted"], &careless[0]["found"]), (&true.into(), &true.into()));
    let bugs = careless[0]["bugs"].as_array().expect("a list");
    assert!(bugs.iter().any(|bug| bug["property"] == "no money is lost"), "{bugs:?}");
}

#[test]
fn for_people_there_are_bugs_assertions_and_gaps() {
    let output = bootfork(&["explore", "planted", "--budget", "500"]);
    let text = printed(&output);
    assert!(output.stderr.is_empty(), "no progress where there is no terminal");
    for part in ["BUG always: g3 stays shut", "  again    bootfork replay planted", "BROKEN"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let last = text.lines().last();
    assert_eq!(last, Some("properties broken: 1; root seeds with a bug: 1 of 1"));

    let output = bootfork(&["explore", "planted", "--budget", "50", "--set", "of=1000000000"]);
    let text = printed(&output);
    assert!(text.contains("never reached:\n  g3 (sometimes)"), "{text}");
    assert!(text.contains("never held"), "{text}");
}

#[test]
fn what_a_kernel_never_reached_is_reported() {
    let gaps = |settings: &str| {
        let lines = explored(&format!("ledger --budget 300 {settings}"));
        let gaps = lines[1]["summary"]["never_reached"].as_array().expect("a list").clone();
        gaps.iter().map(|gap| gap["message"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(gaps(""), [""; 0]);
    assert_eq!(gaps("--set restart=0"), ["restart"]);
    // Only restarts: no message, so no crank, and nothing that is looked at after one.
    let silent = [
        "a result is fulfilled",
        "a result is rejected",
        "every account holds an amount",
        "message",
        "money is in the vault",
        "money is neither made nor destroyed",
        "reap",
    ];
    assert_eq!(gaps("--set restart=1"), silent);
}

#[test]
fn for_build_servers_assertions_are_tests() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explore.xml");
    let path = file.display().to_string();
    let lines = explored(&format!("planted --budget 500 --junit {path} --seeds 3 --threads 3"));
    let xml = std::fs::read_to_string(&file).expect("a report");
    let seconds = lines[3]["summary"]["seconds"].as_f64().expect("a number");
    let time = format!(r#"skipped="0" time="{seconds:.3}""#);
    assert!(xml.contains(&time), "from beginning to end, {time}: {xml}");
    assert!(xml.contains(r#"<testsuite name="planted" tests="4" failures="1""#), "{xml}");
    assert!(xml.contains("bootfork replay planted --seed 1 --recipe &apos;"), "{xml}");
    explored(&format!("planted --budget 5 --set of=1000000000 --junit {path}"));
    let xml = std::fs::read_to_string(&file).expect("a report");
    assert!(xml.contains(r#"failures="0" skipped="2""#), "{xml}");
    assert_eq!(xml.matches("<skipped").count(), 2, "{xml}");

    let nowhere = ["explore", "planted", "--junit", "no/such/folder/report.xml"];
    assert_eq!(bootfork(&nowhere).status.code(), Some(1));
}

#[test]
fn finding_a_bug_is_a_failure_only_if_said_so() {
    let fails = ["explore", "planted", "--budget", "500", "--fail-on-bug"];
    assert_eq!(bootfork(&fails).status.code(), Some(1));
    assert!(bootfork(&fails[..4]).status.success());
    assert!(bootfork(&["explore", "ledger", "--budget", "50", "--fail-on-bug"]).status.success());
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let refused = |arguments: &str, code| {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let output = bootfork(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let worlds = "adaptive-maze, adaptive-dungeon, energy, planted, maze, dungeon, ladder, ledger";
    assert!(refused("explore labyrinth", 2).contains(worlds));
    assert!(refused("replay labyrinth --seed 1", 2).contains(worlds));
    assert!(refused("explore maze --policy magic", 2).contains("adaptive, "));
    let settings = "bootfork: maze: there is no setting `doors` here; there are: p, gates, steps\n";
    assert_eq!(refused("explore maze --set doors=3", 1), settings);
    assert!(refused("explore ledger --set doors=3", 1).contains("accounts, traders, bug"));
    assert!(refused("explore ledger --set traders=9", 1).contains("fewer accounts than traders"));
    assert!(refused("explore maze --set gates=few", 1).contains("`few` is no value for `gates`"));
    assert!(refused("explore maze --set gates", 2).contains("name=value"));
    assert!(refused("explore maze --seeds 0", 2).contains("--seeds"));
    assert!(refused("explore maze --threads 0", 2).contains("1..=1024"));
    assert!(refused("explore maze --threads 1025", 2).contains("1..=1024"));
    assert!(refused("explore maze --stop-when-stable 0", 2).contains("--stop-when-stable"));
    assert!(refused("explore maze --set steps=0", 1).contains("which is one of 1..=4294967295"));
    assert!(refused("explore ledger --set reap=2", 1).contains("which is one of 0.0..=1.0"));
    assert!(refused("explore maze --steps 0", 2).contains("--steps"));
    assert!(refused("explore maze --per-mark 0", 2).contains("--per-mark"));
    let policy =
        "bootfork: --per-mark means nothing to `replay`; it is for adaptive and compat04\n";
    assert_eq!(refused("explore maze --policy replay --per-mark 5", 1), policy);
    assert!(refused("explore maze --policy brute --depth 5", 1).contains("more than the start"));
}
