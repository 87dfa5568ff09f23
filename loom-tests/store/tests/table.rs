//! Holds `loom-tests/README.md` to the models that there are.

use std::collections::BTreeSet;
use std::path::Path;

const README: &str = include_str!("../../README.md");

/// The cells of the rows that begin with a name in backticks, up to a heading.
fn rows(part: &str) -> impl Iterator<Item = Vec<&str>> {
    part.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`')).collect()
    })
}

fn section(heading: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("\n## {heading}\n")).expect("the section is there");
    rest.split("\n## ").next().expect("a split has a first part")
}

/// The names of the tests of the packages here, but for those of this file.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("table.rs") {
            let text = std::fs::read_to_string(path).unwrap();
            found.extend(text.split("\n#[test]\n").skip(1).map(|test| {
                let (_, name) = test.split_once("fn ").expect("a test is a function");
                name[..name.find('(').expect("of no arguments")].to_owned()
            }));
        }
    }
}

#[test]
fn every_test_is_in_a_table_and_every_row_is_a_test() {
    let mut found = BTreeSet::new();
    tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut found);
    let (_, tables) = README.split_once("\n## Loom: the store\n").expect("the tables are there");
    let named: BTreeSet<String> = rows(tables).map(|cells| cells[0].to_owned()).collect();
    assert_eq!(named, found);
    let models = ["Loom: the store", "Loom: the kernel", "Loom: the harness"];
    let models: usize = models.map(|heading| rows(section(heading)).count()).iter().sum();
    assert!(models > 20 && rows(section("Canaries")).count() > 5, "the tables were read");
}

#[test]
fn the_store_has_the_models_and_interleavings_that_are_said() {
    let mut models = BTreeSet::new();
    let mut interleavings = 0;
    for cells in rows(section("Loom: the store")).filter(|cells| ["3", "none"].contains(&cells[2]))
    {
        assert!(models.insert(cells[0]), "{} counts once", cells[0]);
        interleavings += cells[3].replace(',', "").parse::<usize>().unwrap();
    }
    let all: BTreeSet<&str> = rows(section("Loom: the store")).map(|cells| cells[0]).collect();
    assert_eq!(models, all, "each has bound 3 or none");
    assert!(models.len() >= 10 && interleavings >= 50_000);
    let thousands = format!("{},{:03}", interleavings / 1000, interleavings % 1000);
    let said = format!("{} models, {thousands} interleavings", models.len());
    assert!(README.contains(&said), "README.md should say: {said}");
}
