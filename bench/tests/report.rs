//! The report, in little: who is in it, and whether its ratios follow from its values.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use bench::report::contender::Kind;
use bench::report::contenders;
use bench::report::row::{self, Figure};
use bench::report::workload::Workload;
use serde_json::Value;

fn report(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_report"));
    command.args(arguments).output().expect("the report starts")
}

fn rows(arguments: &[&str]) -> Vec<Value> {
    let output = report(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON is text");
    lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no {field} in {row}"))
}

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("no {field} in {row}"))
}

#[test]
fn every_contender_is_in_every_workload_that_it_does() {
    let mut missing: BTreeSet<(String, String)> = BTreeSet::new();
    for contender in contenders(1_000) {
        for workload in Workload::all().iter().filter(|w| contender.does(**w)) {
            missing.insert((workload.name(), contender.name()));
        }
    }
    let named = ["fork", "get_hit", "overwrite", "build", "seek", "scan", "diff_fork", "mem_entry"];
    for workload in named {
        let ours = (workload.to_owned(), "bootfork".to_owned());
        assert!(missing.contains(&ours), "the store does not do {workload}");
    }

    let rows = rows(&["--json", "--n", "1k", "--seconds", "2"]);
    for row in &rows {
        assert_eq!(number(row, "n").to_string(), "1000");
        assert!(number(row, "value") > 0.0, "{row}");
        assert!(!text(row, "unit").is_empty());
        let cell = (text(row, "workload").to_owned(), text(row, "contender").to_owned());
        assert!(missing.remove(&cell), "twice, or not expected: {row}");
    }
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1) {
        missing.retain(|(workload, _)| workload != "threads_2" && workload != "threads_scaling");
    }
    assert!(missing.is_empty(), "{missing:?}");
    ratios_follow(&rows);
}

/// The best peer has the ratio 1, and no peer a better one; a ratio is a quotient of values.
fn ratios_follow(rows: &[Value]) {
    for row in rows {
        let ratio = number(row, "ratio_to_best_peer");
        let beside = |other: &&Value| other["workload"] == row["workload"];
        let best = rows.iter().filter(beside).find(|o| o["contender"] == row["best_peer"]);
        let best = best.unwrap_or_else(|| panic!("the best peer is no row: {row}"));
        let mut quotient = number(row, "value") / number(best, "value");
        if text(row, "unit") == "forks/s" || text(row, "unit") == "x" {
            quotient = 1.0 / quotient;
        }
        assert!((ratio / quotient - 1.0).abs() < 1e-9, "{row}");
        assert!(!text(row, "best_peer").starts_with("bootfork"), "{row}");
        assert!(text(row, "contender").starts_with("bootfork") || ratio >= 1.0, "{row}");
        assert!(number(row, "ratio_to_best_persistent_peer") <= ratio, "{row}");
    }
}

#[test]
fn only_what_is_asked_for_is_measured() {
    let rows = rows(&["--json", "--n", "500,1k", "--only", "mem_entry,fork", "--seconds", "1"]);
    let cell = |row| (text(row, "workload"), number(row, "n"));
    let measured: Vec<_> = rows.iter().map(cell).collect();
    assert!(measured.iter().all(|(workload, _)| ["fork", "mem_entry"].contains(workload)));
    assert!(measured.contains(&("fork", 500.0)) && measured.contains(&("mem_entry", 1_000.0)));
}

#[test]
fn without_a_peer_there_is_no_ratio() {
    let alone = Figure {
        workload: Workload::Fork,
        n: 10_000_000,
        contender: "bootfork".to_owned(),
        kind: Kind::Ours,
        value: 10.0,
    };
    let rows = row::rows(&[alone]);
    assert!(rows[0].best_peer.is_none() && rows[0].ratio_to_best_peer.is_none());
    assert!(contenders(10_000_000).iter().all(|contender| contender.kind() == Kind::Ours));
}

#[test]
fn tables_name_the_best_peer() {
    let output = report(&["--n", "1k", "--only", "get_hit,fork", "--seconds", "1"]);
    let text = String::from_utf8(output.stdout).expect("tables are text");
    let line = |name: &str| text.lines().find(|line| line.trim_start().starts_with(name));
    let fork = line("fork ").expect("a line for forks");
    assert!(fork.contains("bootfork"), "{fork}");
    assert!(["ahead", "level", "BEHIND"].iter().any(|mark| fork.contains(mark)), "{fork}");
    assert!(line("imbl.OrdMap ").is_some(), "{text}");
}

#[test]
fn wrong_options_are_explained() {
    let refused = |arguments: &[&str]| {
        let output = report(arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("an explanation is text")
    };
    assert!(refused(&["--n", "many"]).contains("a size is a number, such as 500, 10k or 1M"));
    assert!(refused(&["--n", "7"]).contains("sizes go from 100 to 20M"));
    let unknown = refused(&["--only", "forks"]);
    assert!(unknown.contains("invalid value 'forks'") && unknown.contains("'fork'"), "{unknown}");
    assert!(refused(&["--quick", "--seconds", "5"]).contains("cannot be used with"));
}
