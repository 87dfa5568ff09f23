//! The rules of [`xtask`], applied to this repository. Each test also fails when it found nothing
//! to judge, so that a moved folder cannot switch a rule off.

use std::sync::LazyLock;

use xtask::manifests::{Manifest, Workspace};
use xtask::tree::{self, File};
use xtask::{Complaints, documents, manifests, sources, texts};

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| tree::files(&tree::root()));

/// Applies a rule to the files chosen, at least one.
#[track_caller]
fn judge(chosen: impl Fn(&File) -> bool, rule: impl Fn(&File) -> Complaints) {
    let files: Vec<&File> = FILES.iter().filter(|file| chosen(file)).collect();
    assert!(!files.is_empty(), "no file to judge");
    expect_none(files.into_iter().flat_map(rule));
}

#[track_caller]
fn expect_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Complaints = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

fn is_rust(file: &File) -> bool {
    file.is("rs")
}

fn text(path: &str) -> String {
    let file = FILES.iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("{path} is missing")).text()
}

fn workspace() -> Workspace {
    Workspace::parse(&text("Cargo.toml")).expect("the root manifest is TOML")
}

fn members() -> Vec<Manifest> {
    let read = |folder: String| {
        let parsed = Manifest::parse(&folder, &text(&format!("{folder}/Cargo.toml")));
        parsed.unwrap_or_else(|err| panic!("{folder}: {err}"))
    };
    let members: Vec<Manifest> = workspace().members().into_iter().map(read).collect();
    assert!(!members.is_empty(), "no manifest to judge");
    members
}

#[test]
fn every_package_is_in_the_table_of_arrows() {
    expect_none(manifests::check_known(&members()));
}

#[test]
fn dependencies_point_one_way() {
    let workspace = workspace();
    expect_none(members().iter().flat_map(|m| manifests::check_arrows(m, &workspace)));
}

#[test]
fn criterion_is_for_bench_and_no_rival_is_shipped() {
    let workspace = workspace();
    expect_none(members().iter().flat_map(|m| manifests::check_foreign(m, &workspace)));
}

#[test]
fn every_package_inherits_from_the_workspace() {
    expect_none(members().iter().flat_map(manifests::check_inherits));
}

#[test]
fn files_and_lines_are_short() {
    judge(is_rust, |file| sources::check_size(&file.path, &file.text()));
}

#[test]
fn unsafe_stays_at_home_and_gives_its_reason() {
    judge(is_rust, |file| sources::check_unsafe(&file.path, &file.text()));
}

/// The store lifts the workspace's lint for one module, and `loom-tests/` compiles sources of
/// crates judged here.
#[test]
fn every_other_crate_forbids_unsafe() {
    let is_root = |file: &File| {
        let root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
        root && !file.path.starts_with("store/") && !file.path.starts_with("loom-tests/")
    };
    judge(is_root, |file| sources::check_forbids_unsafe(&file.path, &file.text()));
}

#[test]
fn nothing_is_left_for_later() {
    judge(is_rust, |file| sources::check_leftovers(&file.path, &file.text()));
    let is_at_the_top = |file: &File| file.is("md") && !file.path.contains('/');
    judge(is_at_the_top, |file| documents::check_leftovers(&file.path, &file.text()));
}

#[test]
fn the_kernel_names_nothing_but_its_inputs() {
    let is_kernel = |file: &File| file.path.starts_with("kernel/src/") && is_rust(file);
    judge(is_kernel, |file| sources::check_deterministic(&file.path, &file.text()));
}

#[test]
fn text_files_are_clean() {
    let strict = |file: &File| ["rs", "md", "toml"].iter().any(|extension| file.is(extension));
    judge(|_| true, |file| texts::check(&file.path, &file.bytes, strict(file)));
}

#[test]
fn settings_are_toml() {
    judge(
        |file| file.is("toml"),
        |file| {
            let parsed = file.text().parse::<toml::Table>();
            parsed.err().map(|err| format!("{}: {err}", file.path)).into_iter().collect()
        },
    );
}

#[test]
fn the_readme_opens_with_two_commands() {
    expect_none(documents::check_commands(&text("README.md")));
}

#[test]
fn the_code_map_is_complete() {
    let exists = |folder: &str| tree::root().join(folder).exists();
    let members = workspace().members();
    assert!(!members.is_empty(), "no member to look for");
    expect_none(documents::check_code_map(&text("ARCHITECTURE.md"), &members, exists));
}

#[test]
fn the_changelog_opens_with_the_present_version() {
    expect_none(documents::check_changelog(&text("CHANGELOG.md"), workspace().version()));
}

#[test]
#[should_panic(expected = "no file to judge")]
fn a_rule_with_nothing_to_judge_fails() {
    judge(|_| false, |_| Vec::new());
}
