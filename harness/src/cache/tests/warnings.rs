//! A warning is there for those who come later, wherever it could be written.

use super::disks::{Fail, disk};
use super::*;

/// What is remembered in the folder, or beside it.
fn remembered(user: &User) -> Vec<String> {
    let warnings = user.cache().warnings();
    assert!(warnings.iter().all(|warning| warning.boot() == "world" && warning.given() > 0));
    warnings.iter().map(|warning| warning.text().to_owned()).collect()
}

#[test]
fn a_damaged_entry_is_told_of_after_it_was_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    assert_eq!(remembered(&user), [""; 0], "to boot at first is nothing to warn of");
    replace(&user.cache().entry_file("world", &facts("a").key()), b"rubbish");
    user.get("a");
    user.get("a");
    let told = remembered(&user);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("its entry is of no use ("), "{told:?}");
    assert!(files(&user.spare).is_empty(), "it lies beside the entry");
    assert_eq!(check_all_visible(folder.path()), 2);
}

#[test]
fn warnings_of_what_cannot_be_written_to_lie_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut full = User::on(&folder.path().join("full"), disk(Fail::Full));
    full.spare = folder.path().join("elsewhere");
    full.get("a");
    let told = remembered(&full);
    assert!(told.len() == 1 && told[0].starts_with("it is not kept for other"), "{told:?}");

    fs::write(folder.path().join("file"), "in the way").expect("it is written");
    let mut no_folder = User::of(&folder.path().join("file"));
    no_folder.spare = folder.path().join("elsewhere too");
    no_folder.get("a");
    let told = remembered(&no_folder);
    assert!(told.len() == 1 && told[0].ends_with("booting in this process"), "{told:?}");
    assert_eq!(files(&no_folder.spare).len(), 1);
    for file in files(&no_folder.spare).into_iter().chain(others(&no_folder.spare)) {
        pruning::make_old(&file, 15 * 24 * 3_600);
    }
    assert_eq!(no_folder.cache().prune(u64::MAX).files, 1, "what else is there is not ours");
}

/// Files in that folder that would be of no use in a cache.
fn others(folder: &Path) -> [PathBuf; 2] {
    ["Cargo.lock", "letter.tmp"].map(|name| {
        fs::write(folder.join(name), "dear").expect("it is written");
        folder.join(name)
    })
}

#[test]
fn a_warning_is_remembered_once_and_the_last_ones_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    let cache = user.cache();
    for number in 0..20 {
        cache.remember("world", &format!("number {number}"));
        cache.remember("world", &format!("number {number}"));
        for file in files(folder.path()) {
            pruning::make_old(&file, 100 - number);
        }
    }
    let mut told = remembered(&user);
    assert_eq!(told.len(), 8, "{told:?}");
    told.sort();
    assert!(told.contains(&"number 19".to_owned()), "{told:?}");
    for file in files(folder.path()) {
        pruning::make_old(&file, 15 * 24 * 3_600);
    }
    assert_eq!(cache.prune(u64::MAX).files, 8, "they have had their day");
    assert_eq!(remembered(&user), [""; 0]);
}

#[test]
#[cfg(unix)]
fn a_cache_that_cannot_be_pruned_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("boots")).expect("a folder");
    // Nobody can read a link to itself.
    std::os::unix::fs::symlink("own.entry", folder.path().join("boots/own.entry")).expect("a link");
    let user = User::of(folder.path());
    user.get("a");
    assert_eq!(remembered(&user), ["part of the cache cannot be seen: nothing is pruned"]);
    user.get("a");
    assert_eq!(user.booted(), 1);
}

#[test]
fn each_boot_has_room_for_its_own_warnings_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::on(folder.path(), disk(Fail::ReadOnly));
    user.spare = folder.path().join("elsewhere");
    let told_of = |boot: &str| {
        let warnings = user.cache().warnings();
        warnings.iter().filter(|warning| warning.boot() == boot).count()
    };
    let remember = |boot: &str| {
        (0..10).for_each(|number| user.cache().remember(boot, &format!("number {number}")));
    };
    remember("world");
    remember("world.of.theirs");
    assert_eq!((told_of("world"), told_of("world.of.theirs")), (8, 8));

    // What is below it was put there by others.
    fs::create_dir(user.spare.join("below")).expect("a folder");
    for file in files(&user.spare) {
        let name = file.file_name().expect("a name");
        fs::copy(&file, user.spare.join("below").join(name)).expect("it is copied");
        pruning::make_old(&file, 15 * 24 * 3_600);
    }
    assert_eq!((told_of("world"), told_of("world.of.theirs")), (8, 8));
    user.cache().remember("world", "the last");
    assert_eq!((told_of("world"), told_of("world.of.theirs")), (1, 0), "they have had their day");
    assert_eq!(files(&user.spare.join("below")).len(), 16);
}

/// As from a folder that everybody may write to.
#[test]
fn a_warning_steers_no_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.cache().remember("world", "\x1b]0;title\x07harmless\r\n");
    assert_eq!(remembered(&user), ["]0;titleharmless"]);
}
