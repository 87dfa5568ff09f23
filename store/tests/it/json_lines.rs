//! Text in and out.

use std::error::Error;

use bootfork_store::{ImportError, ImportProblem, Store};

/// As the real kernel's fixtures have them.
const LINES: &str = r#"["acceptanceQueue","[1,5]"]
["acceptanceQueue.1","{\"type\":\"startVat\",\"vatID\":\"v1\",\"vatParameters\":{\"slots\":[]}}"]
["crankNumber","0"]
["v1.vs.vc.1.|nextOrdinal","grüße \u0000 \\ /"]
"#;

fn import(text: &[u8]) -> Result<Store, ImportError> {
    Store::import(text)
}

#[test]
fn lines_come_back_as_they_went_out() {
    let store = import(LINES.as_bytes()).unwrap();
    assert_eq!(store.len(), 4);
    assert_eq!(store.get("acceptanceQueue"), Some(&b"[1,5]"[..]));
    let mut text = Vec::new();
    store.export(&mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), LINES);
}

#[test]
fn an_empty_text_is_an_empty_store() {
    assert!(import(b"").unwrap().is_empty());
    let mut text = Vec::new();
    Store::new().export(&mut text).unwrap();
    assert!(text.is_empty());
}

#[test]
fn what_is_not_an_entry_is_named_with_its_line() {
    let bad: [&[u8]; 7] = [
        b"",
        b"{}",
        b"[\"a\"]",
        b"[\"a\",1]",
        b"[\"a\",\"1\",\"2\"]",
        b"[\"a\",\"\\ud800\"]",
        b"[",
    ];
    for line in bad {
        let text = [b"[\"a\",\"1\"]\n", line, b"\n"].concat();
        let error = import(&text).unwrap_err();
        assert_eq!(error.line, 2, "{error}");
        assert!(matches!(error.problem, ImportProblem::NotAnEntry(_)), "{error:?}");
        assert_eq!(error.to_string(), "line 2: not a JSON array [\"key\",\"value\"]");
    }
}

#[test]
fn a_repeated_key_is_refused_at_its_second_line() {
    let error = import(b"[\"b\",\"\"]\n[\"a\",\"1\"]\n[\"b\",\"\"]\n[\"a\",\"1\"]\n").unwrap_err();
    assert_eq!(error.to_string(), "line 3: the key \"b\" comes a second time");
}

#[test]
fn bytes_that_are_not_text_are_an_error_both_ways() {
    let error = import(b"[\"a\",\"1\"]\n[\"\xff\",\"1\"]\n").unwrap_err();
    assert!(matches!(error, ImportError { line: 2, problem: ImportProblem::Read(_), .. }));

    let mut store = Store::new();
    store.set("key", [0xff]);
    let error = store.export(&mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "the value of \"key\" is not UTF-8");
    store.set([b'a', 0xff], "");
    let error = store.export(&mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "the key \"a\u{fffd}\" is not UTF-8");
}

#[test]
fn an_error_of_a_reader_or_writer_is_the_source_of_ours() {
    let import = import(b"[\"a\",\"1\"]\n{").unwrap_err();
    assert!(import.source().expect("the parser's").to_string().contains("invalid type"));
    let export = Store::from([("a", "1")]).export(&mut [0_u8; 3][..]).unwrap_err();
    assert!(export.source().expect("the writer's").to_string().contains("whole buffer"));
}
