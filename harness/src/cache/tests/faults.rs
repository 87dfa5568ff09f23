//! Whatever fails, hangs or is cut off: there is a state, and nothing wrong is left behind.

use std::collections::BTreeMap;
use std::fs::File;
use std::thread;

use super::super::binary;
use super::disks::{Done, Fail, disk};
use super::*;

/// What is done to a healthy disk while somebody gets a state.
fn operations(prepare: &dyn Fn(&Path)) -> Vec<Done> {
    let (healthy, folder) = (disk(Fail::Never), tempfile::tempdir().expect("a folder"));
    prepare(folder.path());
    User::on(folder.path(), healthy).get("a");
    healthy.done()
}

/// Has each operation fail in turn, alone and with all that follow, in a folder that was prepared.
/// The check is told which it is, and whether anything is written from there on.
fn fail_everywhere(prepare: &dyn Fn(&Path), check: &dyn Fn(&User, &Done, bool, Fail)) {
    let operations = operations(prepare);
    for (number, done) in operations.iter().enumerate() {
        let writes = operations[number..].iter().any(Done::changes);
        for fail in [Fail::At(number), Fail::From(number)] {
            let folder = tempfile::tempdir().expect("a folder");
            prepare(folder.path());
            let user = User::on(folder.path(), disk(fail));
            user.get("a");
            check(&user, done, writes, fail);
            check_all_visible(folder.path());
            let next = User::of(folder.path());
            next.get("a");
            assert!(next.booted() <= 1, "{fail:?}");
            assert_eq!(check_all_visible(folder.path()), 2);
        }
    }
}

fn warned(user: &User) -> bool {
    user.heard().iter().any(|text| text.starts_with("warning: "))
}

#[test]
fn whichever_operation_fails_there_is_a_state_and_the_cache_is_sound() {
    let kinds = operations(&|_| {});
    let count = |kind: &Done| kinds.iter().filter(|done| *done == kind).count();
    assert!(kinds.iter().filter(|done| done.changes()).count() > 10, "{kinds:?}");
    assert!(count(&Done::Got) >= 4 && count(&Done::Folder) >= 3, "{kinds:?}");
    fail_everywhere(&|_| {}, &|user, done, writes, fail| {
        assert_eq!(user.booted(), 1, "{fail:?}");
        // What is read when all is written tells only what may be deleted.
        let is_needed = *done != Done::Looked && writes;
        assert!(warned(user) || !is_needed, "{fail:?}: {done:?}");
    });
}

#[test]
fn whatever_cannot_be_read_of_an_entry_there_is_a_state_and_a_warning() {
    fail_everywhere(&|folder| User::of(folder).get("a"), &|user, done, _, fail| {
        let booted = user.booted();
        assert!(booted <= 1, "{fail:?}");
        if *done == Done::Got {
            assert!(warned(user), "{fail:?}");
            assert_eq!(booted, u32::from(matches!(fail, Fail::From(_))), "{fail:?}: read again");
        }
    });
}

#[test]
fn whatever_fails_the_test_binary_has_its_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    let hash = |fail, folder: &Path| {
        let disk = disk(fail);
        let hash = binary::content(&User::on(folder, disk).cache()).expect("a hash");
        (hash, disk.done().len())
    };
    let (expected, first) = hash(Fail::Never, folder.path());
    let (_, again) = hash(Fail::Never, folder.path());
    assert!(first > again && again > 0, "{first} operations, and {again} to remember");
    for number in 0..first {
        for fail in [Fail::At(number), Fail::From(number), Fail::Full, Fail::ReadOnly] {
            let folder = tempfile::tempdir().expect("a folder");
            for fail in [fail, fail, Fail::Never] {
                assert_eq!(hash(fail, folder.path()).0, expected, "{fail:?}");
            }
        }
    }
}

/// As by somebody who prunes, or cleans up.
#[test]
fn what_is_deleted_meanwhile_is_missed_without_a_warning() {
    let prepare = |folder: &Path| User::of(folder).get("a");
    let mut reasons = Vec::new();
    for number in 0..operations(&prepare).len() {
        for part in ["boots", "objects"] {
            let folder = tempfile::tempdir().expect("a folder");
            prepare(folder.path());
            let deleted = PathBuf::leak(folder.path().join(part));
            let user = User::on(folder.path(), disk(Fail::Deleted(number, deleted)));
            user.get("a");
            reasons.extend(user.heard());
            User::of(folder.path()).get("a");
            assert_eq!(check_all_visible(folder.path()), 2);
        }
    }
    reasons.sort();
    reasons.dedup();
    let expected = ["its state was deleted", "there is no entry yet"];
    assert_eq!(reasons, expected.map(|reason| format!(r#"booting "world": {reason}"#)));
}

#[test]
fn a_full_disk_leaves_no_file_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut user = User::on(folder.path(), disk(Fail::Full));
    user.spare = elsewhere.path().to_owned();
    user.get("a");
    user.get("b");
    assert_eq!(user.booted(), 2);
    assert!(user.heard().iter().any(|text| text.contains("not kept for other processes")));
    let left = files(folder.path());
    assert!(left.iter().all(|file| file.extension().is_some_and(|e| e == "lock")), "{left:?}");
}

#[test]
fn a_read_only_disk_is_read_from() {
    let folder = tempfile::tempdir().expect("a folder");
    User::of(folder.path()).get("a");
    let refusing = disk(Fail::ReadOnly);
    let user = User::on(folder.path(), refusing);
    user.get("a");
    assert_eq!((user.booted(), user.heard()), (0, vec![]));
    assert!(!refusing.done().iter().any(Done::changes), "{:?}", refusing.done());
    user.get("b");
    assert_eq!(user.booted(), 1);
}

#[test]
fn a_cache_that_cannot_be_there_is_done_without() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "in the way").expect("it is written");
    let user = User::of(&folder.path().join("file"));
    user.get("a");
    assert_eq!(user.booted(), 1);
    assert!(user.heard().iter().any(|text| text.contains("booting in this process")));
}

/// Holds the lock of the one who boots.
fn hold_lock(user: &User, config: &str) -> File {
    let file = user.cache().entry_file("world", &facts(config).key()).with_extension("lock");
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    let lock = File::create(file).expect("a lock");
    lock.lock().expect("it is free");
    lock
}

#[test]
fn who_waits_for_a_builder_that_hangs_boots_by_himself_in_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::of(folder.path());
    let _lock = hold_lock(&user, "a");
    user.settings.patience = Duration::ZERO;
    user.get("a");
    assert_eq!(user.booted(), 1);
    assert!(user.heard().iter().any(|text| text.contains("another process boots it since 0 s")));
    assert_eq!(user.cache().entries().len(), 0, "the entry is the other's to make");
}

#[test]
fn who_waits_gets_the_state_as_soon_as_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let builder = User::of(&folder.path().join("elsewhere"));
    builder.get("a");
    let user = User::of(folder.path());
    let _lock = hold_lock(&user, "a");
    let waiting = thread::spawn(move || {
        user.get("a");
        user.booted()
    });
    let there = folder.path();
    for part in ["objects", "boots/world"] {
        fs::create_dir_all(there.join(part)).expect("a folder");
        for file in files(&there.join("elsewhere").join(part)) {
            let name = file.file_name().expect("a name");
            if is_entry_or_object(&file) {
                fs::rename(&file, there.join(part).join(name)).expect("it is moved");
            }
        }
    }
    assert_eq!(waiting.join().expect("it gets it"), 0, "while the lock is held");
}

/// What a disk may hold after the power was cut: of what was not synced nothing, all, half, or
/// zeros; of names the same, or only the oldest.
#[derive(Clone, Copy, Debug)]
enum Cut {
    LosesAll,
    KeepsAll,
    KeepsNamesOnly,
    KeepsNamesAndHalf,
    KeepsNamesAndZeros,
}

/// The files there are, after these operations and then a power cut.
fn after(done: &[Done], cut: Cut) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::<PathBuf, (Vec<u8>, usize)>::new();
    let mut names = BTreeMap::<PathBuf, PathBuf>::new();
    let mut durable = names.clone();
    for done in done {
        match done {
            Done::Create(path) => {
                contents.insert(path.clone(), (Vec::new(), 0));
                names.insert(path.clone(), path.clone());
            }
            Done::Write(path, bytes) => contents.get_mut(path).expect("created").0.extend(bytes),
            Done::Sync(path) => {
                let (bytes, synced) = contents.get_mut(path).expect("created");
                *synced = bytes.len();
            }
            Done::Rename(from, to) => {
                let content = names.remove(from).expect("created");
                names.insert(to.clone(), content);
            }
            Done::SyncFolder(folder) => {
                durable.retain(|name, _| name.parent() != Some(folder));
                let synced = names.iter().filter(|(name, _)| name.parent() == Some(folder));
                durable.extend(synced.map(|(name, content)| (name.clone(), content.clone())));
            }
            Done::Folder | Done::Other | Done::Got | Done::Looked => {}
        }
    }
    let names = if matches!(cut, Cut::LosesAll) { durable } else { names };
    let content = |path: &PathBuf| {
        let (bytes, synced) = &contents[path];
        let mut left = bytes.clone();
        match cut {
            Cut::KeepsAll => {}
            Cut::LosesAll | Cut::KeepsNamesOnly => left.truncate(*synced),
            Cut::KeepsNamesAndHalf => left.truncate(synced + (bytes.len() - synced) / 2),
            Cut::KeepsNamesAndZeros => left[*synced..].fill(0),
        }
        left
    };
    names.iter().map(|(name, path)| (name.clone(), content(path))).collect()
}

/// Cuts the power after each of the operations, in each way; tells how often something that had its
/// name was not what it said, or nothing was left of what was done to the end.
fn cut_power_everywhere(done: &[Done], folder: &Path) -> usize {
    let mut torn = 0;
    for number in 0..=done.len() {
        for cut in [
            Cut::LosesAll,
            Cut::KeepsAll,
            Cut::KeepsNamesOnly,
            Cut::KeepsNamesAndHalf,
            Cut::KeepsNamesAndZeros,
        ] {
            let disk = tempfile::tempdir().expect("a folder");
            for (file, bytes) in after(&done[..number], cut) {
                let file = disk.path().join(file.strip_prefix(folder).expect("below it"));
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                fs::write(file, bytes).expect("it is written");
            }
            // It does not read what had no name yet.
            let user = User::on(disk.path(), super::disks::disk(Fail::Never));
            let has_entry = user.cache().entry_file("world", &facts("a").key()).exists();
            let is_whole = matches!(user.cache().load("world", &facts("a")), Found::State(..));
            torn += usize::from(has_entry && !is_whole);
            user.get("a");
            torn += usize::from(number == done.len() && user.booted() > 0);
            check_all_visible(disk.path());
        }
    }
    torn
}

#[test]
fn after_a_power_cut_there_is_a_whole_entry_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let healthy = disk(Fail::Never);
    User::on(folder.path(), healthy).get("a");
    let done = healthy.done();
    assert_eq!(cut_power_everywhere(&done, folder.path()), 0);

    // The canary: without syncs there are torn files, and they are seen.
    let is_sync = |done: &Done| matches!(done, Done::Sync(_));
    let careless: Vec<_> = done.into_iter().filter(|done| !is_sync(done)).collect();
    assert!(cut_power_everywhere(&careless, folder.path()) > 0);
}
