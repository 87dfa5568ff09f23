//! The comparison's canaries: each alters one thing in a copy of a recording.

use std::fs;
use std::path::PathBuf;

use bootfork_conform::{ReadError, Recording, conform};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// A copy of `fork-a`, and of its base, under a name of its own.
fn copy(name: &str) -> PathBuf {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run of the tests has left.
    drop(fs::remove_dir_all(&home));
    for recording in ["fork-base", "fork-a"] {
        let folder = home.join(recording);
        fs::create_dir_all(&folder).expect("a writable target folder");
        for entry in fs::read_dir(PathBuf::from(FIXTURES).join(recording)).expect("fixtures") {
            let entry = entry.expect("a readable folder");
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
        }
    }
    home.join("fork-a")
}

/// The difference that is found when the first `from` in a file becomes `to`.
fn difference(name: &str, file: &str, from: &str, to: &str) -> String {
    let folder = copy(name);
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(&path, text.replacen(from, to, 1)).expect("writable");
    let recording = Recording::read(&folder).expect("still readable");
    conform(&recording).difference.expect("a difference").to_string()
}

#[test]
fn an_untouched_copy_passes() {
    let recording = Recording::read(&copy("untouched")).expect("readable");
    assert_eq!(conform(&recording).difference, None);
}

#[test]
fn another_initial_write_is_found() {
    let folder = copy("initial").with_file_name("fork-base");
    let passes = conform(&Recording::read(&folder).expect("readable"));
    assert_eq!(passes.difference, None);
    assert!(passes.compared.initial_writes > 100, "{:?}", passes.compared);

    let path = folder.join("ops0.jsonl");
    let text = fs::read_to_string(&path).expect("a text");
    let found = |from: &str, to: &str| {
        assert!(text.contains(from), "no {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("writable");
        let verdict = conform(&Recording::read(&folder).expect("still readable"));
        verdict.difference.expect("a difference").to_string()
    };
    // Another value, two writes in the other order, one write less, another hash.
    let value = found(r#"["s","crankNumber","0"]"#, r#"["s","crankNumber","1"]"#);
    assert!(value.contains("initial write 15"), "{value}");
    let order = found(
        r#"["s","vat.nextID","1"],["s","vat.nextUpgradeID","1"]"#,
        r#"["s","vat.nextUpgradeID","1"],["s","vat.nextID","1"]"#,
    );
    assert!(order.contains("initial write 2"), "{order}");
    let missing = found(r#"["s","version","3"],"#, "");
    assert!(missing.contains("ours:     [\"s\",\"version\",\"3\"]"), "{missing}");
    let hash = text.rfind("\"]]}").expect("the end of the last hash");
    let hash = &text[hash - 6..hash];
    let hash = found(&format!("{hash}\"]]}}"), "000000\"]]}");
    assert!(hash.contains("initial hashes"), "{hash}");
}

#[test]
fn another_crankhash_is_found() {
    let found =
        difference("crankhash", "log.jsonl", "\"crankhash\":\"7e8c80", "\"crankhash\":\"7e8c81");
    assert!(found.contains("line 3 of the log: crankhash"), "{found}");
}

#[test]
fn another_delivery_is_named_with_crank_vat_and_both_sides() {
    let found =
        difference("delivery", "log.jsonl", r#""vd":["message","o+0""#, r#""vd":["message","o+1""#);
    assert!(found.contains("crank 43, v3: delivery differs"), "{found}");
    assert!(found.contains(r#"recorded: ["message","o+1""#), "{found}");
    assert!(found.contains(r#"ours:     ["message","o+0""#), "{found}");
}

#[test]
fn another_syscall_result_is_named() {
    let found = difference("result", "log.jsonl", r#""vsr":["ok",null]"#, r#""vsr":["ok","x"]"#);
    assert!(found.contains("crank 43, v3: the result of syscall 0"), "{found}");
}

#[test]
fn another_value_in_a_delta_is_found() {
    let found = difference(
        "delta",
        "log.jsonl",
        r#"["acceptanceQueue","[16,16]"]"#,
        r#"["acceptanceQueue","[16,15]"]"#,
    );
    assert!(found.contains("keys set, number 0"), "{found}");
}

#[test]
fn another_final_key_is_found() {
    let found =
        difference("final", "stateN.jsonl", r#"["crankNumber","60"]"#, r#"["crankNumber","61"]"#);
    assert!(found.contains("at the end: key crankNumber"), "{found}");
}

#[test]
fn another_transcript_entry_is_found() {
    let from = r#"["message","o+0",{"methargs":{"body":"#;
    let found = difference("transcript", "transcripts.jsonl", from, &from.replace("o+0", "o+9"));
    assert!(found.contains("transcript of v"), "{found}");
}

#[test]
fn transcripts_that_were_not_recorded_are_found() {
    let folder = copy("no-transcripts");
    fs::write(folder.join("transcripts.jsonl"), "").expect("writable");
    let verdict = conform(&Recording::read(&folder).expect("still readable"));
    let found = verdict.difference.expect("a difference").to_string();
    assert!(found.contains("transcript of v1"), "{found}");
}

#[test]
fn a_recording_of_fewer_cranks_than_it_states_is_found() {
    let found = difference("count", "config.json", "\"cranks\": 18", "\"cranks\": 19");
    assert!(found.contains("number of cranks"), "{found}");
}

#[test]
fn files_that_are_missing_or_damaged_are_named() {
    let folder = copy("damaged");
    let broken = |file: &str, text: &str| {
        fs::write(folder.join(file), text).expect("writable");
        Recording::read(&folder).expect_err("unreadable").to_string()
    };
    let log = fs::read_to_string(folder.join("log.jsonl")).expect("a text");
    let error = broken("log.jsonl", &log.replacen("\n{", "\n[", 1));
    assert!(error.contains("log.jsonl, line 2"), "{error}");
    fs::write(folder.join("log.jsonl"), log).expect("writable");

    let error = broken("state0.jsonl", "[\"key\",\"value\"]\n[\"key\"]\n");
    assert!(error.contains("state0.jsonl"), "{error}");

    fs::remove_file(folder.join("state0.jsonl")).expect("removable");
    let error = Recording::read(&folder).expect_err("incomplete");
    assert!(matches!(error, ReadError::Missing { .. }), "{error}");

    let error = Recording::read(&folder.join("config.json")).expect_err("no folder");
    assert!(matches!(error, ReadError::Missing { .. }), "{error}");

    fs::write(folder.join("state0.jsonl.gz"), [0x1f, 0x8b, 8, 0, 1, 2, 3]).expect("writable");
    let error = Recording::read(&folder).expect_err("damaged");
    assert!(matches!(error, ReadError::Unreadable { .. }), "{error}");
}

#[test]
fn a_table_that_breaks_an_invariant_is_refused_by_name() {
    let from = r#"["v1.c.o+0","ko23"]"#;
    let found = difference("half", "state0.jsonl", from, r#"["v1.c.o+0","ko21"]"#);
    assert!(found.contains("kernel start"), "{found}");
    assert!(found.contains("invariant C1"), "{found}");
}

/// README of the recordings: a fork has the bundles that its base has installed.
#[test]
fn a_bundle_that_the_base_installed_is_known_to_the_fork() {
    let fork = copy("installed");
    let install = |folder: &PathBuf, seq: u64| {
        let path = folder.join("log.jsonl");
        let log = fs::read_to_string(&path).expect("a text");
        let call = r#""op":"validateAndInstallBundle","bundleID":"b1-late","result":"b1-late""#;
        let known = r#""delta":{"set":[],"del":[]}"#;
        fs::write(&path, format!("{log}{{\"seq\":{seq},\"ev\":\"host\",{call},{known}}}\n"))
            .expect("writable");
    };
    install(&fork, 41);
    let unknown = conform(&Recording::read(&fork).expect("readable"));
    assert!(unknown.difference.is_some(), "nobody has installed it yet: vatAdmin is told");

    let base = fork.with_file_name("fork-base");
    let packed = base.join("log.jsonl.gz");
    let file = fs::File::open(&packed).expect("a packed log");
    let log = std::io::read_to_string(flate2::read::GzDecoder::new(file)).expect("a text");
    fs::write(base.join("log.jsonl"), log).expect("writable");
    install(&base, 1000);
    let known = conform(&Recording::read(&fork).expect("readable"));
    assert_eq!(known.difference, None);
}
