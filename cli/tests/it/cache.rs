//! `bootfork cache`, on a cache that this test has filled.

use std::fs;
use std::path::{Path, PathBuf};

use bootfork::{Boot, Input};

use crate::{bootfork, command, printed};

static OLD: Boot<Vec<u8>> =
    Boot::new("cli-world", || Ok(vec![1, 2, 3])).cached().inputs(&[Input::value("schema", "1")]);
static NEW: Boot<Vec<u8>> =
    Boot::new("cli-world", || Ok(vec![1, 2, 4])).cached().inputs(&[Input::value("schema", "2")]);

/// The cache in the target folder that this binary is in.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bootfork")
}

fn cache(arguments: &[&str]) -> (bool, String) {
    let folder = folder();
    let dir = folder.to_str().expect("a path that is text");
    let output = bootfork(&[&["cache", "--dir", dir], arguments].concat());
    (output.status.success(), printed(&output))
}

#[test]
fn entries_are_listed_explained_keyed_compared_and_pruned() {
    // Entries of another format, which another version of this has left.
    fs::remove_dir_all(folder().join("boots/cli-world")).ok();
    OLD.get().expect("it boots");
    let (_, key) = cache(&["key"]);
    assert!(key.starts_with("bootfork-") && key.lines().count() == 1, "{key}");
    NEW.get().expect("it boots");

    let (_, listed) = cache(&["list"]);
    let lines: Vec<_> = listed.lines().filter(|line| line.starts_with("cli-world ")).collect();
    assert_eq!(lines.len(), 2, "{listed}");

    let (_, why) = cache(&["why", "cli-world"]);
    assert!(why.contains("schema = 1\n") && why.contains("schema = 2\n"), "{why}");
    assert!(!cache(&["why", "no-such-boot"]).1.contains("cli-world"));

    let ids = lines.iter().map(|line| line.split_whitespace().nth(3).expect("a state"));
    let find = |id: &str| {
        let objects = folder().join("objects").read_dir().expect("a folder");
        let mut paths = objects.map(|entry| entry.expect("an entry").path());
        let named = |path: &PathBuf| path.to_string_lossy().contains(&format!("objects/{id}"));
        paths.find(named).expect("the state is there").to_str().expect("text").to_owned()
    };
    let ids: Vec<_> = ids.map(find).collect();
    let (same, told) = cache(&["diff", &ids[0], &ids[1]]);
    assert!(
        !same && told.contains("bytes byte 2: ") && told.ends_with("1 differences\n"),
        "{told}"
    );
    assert!(cache(&["diff", &ids[0], &ids[0]]).0);

    let (_, pruned) = cache(&["prune", "--max-mib", "100000"]);
    assert!(pruned.starts_with("0 entries, "), "{pruned}");
}

/// Even whoever may read everything cannot read a link to itself.
#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_told_of_by_whoever_prunes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache-unreadable");
    fs::remove_dir_all(&folder).ok();
    let boots = folder.join("boots/world");
    fs::create_dir_all(&boots).expect("a folder");
    let prune = || {
        let dir = folder.to_str().expect("a path that is text");
        let output = bootfork(&["cache", "--dir", dir, "prune"]);
        (output.status.success(), printed(&output))
    };
    let nothing = "0 entries, 0 files, 0 KiB deleted\n";
    assert_eq!(prune(), (true, nothing.to_owned()));
    std::os::unix::fs::symlink("own.entry", boots.join("own.entry")).expect("a link");
    let (succeeded, told) = prune();
    assert!(!succeeded && told.starts_with(nothing) && told.contains("cannot be seen"), "{told}");
}

/// The process that warned is gone, and its output with it.
#[test]
fn warnings_are_told_afterwards() {
    static FIRST: Boot<Vec<u8>> = Boot::new("cli-damaged", || Ok(vec![1])).cached().inputs(&[]);
    static SECOND: Boot<Vec<u8>> = Boot::new("cli-damaged", || Ok(vec![1])).cached().inputs(&[]);
    FIRST.get().expect("it boots");
    for entry in fs::read_dir(folder().join("boots/cli-damaged")).expect("a folder") {
        let file = entry.expect("an entry").path();
        fs::remove_file(&file).expect("it can be deleted");
        if file.extension().is_some_and(|extension| extension == "entry") {
            fs::write(file, "rubbish").expect("it is written");
        }
    }
    let (_, why) = cache(&["why", "cli-damaged"]);
    assert!(why.starts_with(r#"no entry of "cli-damaged" in "#), "{why}");
    SECOND.get().expect("it boots again");
    let (_, why) = cache(&["why", "cli-damaged"]);
    assert!(why.contains(" ago: its entry could not be used\n"), "{why}");
    let warning = why.lines().find(|line| line.contains(" ago, warning: "));
    let warning = warning.unwrap_or_else(|| panic!("no warning in {why}"));
    assert!(warning.contains("its entry is of no use (") && warning.ends_with("booting anew"));
}

#[test]
fn what_is_no_image_is_told_by_name() {
    let output = bootfork(&["cache", "diff", "Cargo.toml", "no-such-file"]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("Cargo.toml: not an image"), "{told}");
}

/// A folder of one name would be another one in each package.
#[test]
fn a_relative_folder_in_the_environment_is_refused() {
    let of_variable = |value: &str| {
        let mut command = command();
        command.args(["cache", "list"]).env("BOOTFORK_DIR", value).output().expect("it runs")
    };
    let refused = of_variable("target/bootfork");
    assert!(!refused.status.success() && refused.stdout.is_empty());
    let told = String::from_utf8_lossy(&refused.stderr);
    let expected = "bootfork: BOOTFORK_DIR is target/bootfork: set it to an absolute path";
    assert!(told.starts_with(expected), "{told}");
    assert!(of_variable("").status.success(), "an empty one is none");
}
