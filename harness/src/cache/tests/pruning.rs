//! A cache lets go of what is too much and of what nobody can use.

use std::fs::File;
use std::time::SystemTime;

use super::super::record;
use super::disks::{Done, Fail, disk};
use super::*;

pub(super) fn make_old(file: &Path, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    File::open(file).and_then(|file| file.set_modified(then)).expect("it can be made old");
}

fn bytes(folder: &Path) -> u64 {
    let objects = files(&folder.join("objects"));
    objects.iter().map(|file| fs::metadata(file).expect("it is there").len()).sum()
}

#[test]
fn the_entry_that_was_used_longest_ago_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    let entry = |config: &str| user.cache().entry_file("world", &facts(config).key());
    for (config, age) in [("a", 9_000), ("b", 8_000), ("c", 7_000)] {
        user.get(config);
        make_old(&entry(config), age);
    }
    for file in files(&folder.path().join("objects")) {
        make_old(&file, 9_000);
    }
    user.get("a");
    let pruned = user.cache().prune(bytes(folder.path()) * 2 / 3 + 10);
    assert_eq!((pruned.entries, pruned.files), (1, 2), "an entry and its state");
    user.booted();
    user.get("a");
    user.get("c");
    assert_eq!(user.booted(), 0);
    user.get("b");
    assert_eq!(user.booted(), 1);
    assert_eq!(check_all_visible(folder.path()), 6);
}

#[test]
fn a_cap_holds_from_boot_to_boot_and_leaves_the_newest() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::of(folder.path());
    user.settings.bytes_max = 1;
    for config in ["a", "b", "c"] {
        for file in files(folder.path()) {
            make_old(&file, 5_000);
        }
        user.get(config);
    }
    assert_eq!(user.cache().entries().len(), 1);
    user.booted();
    user.get("c");
    assert_eq!(user.booted(), 0);
}

#[test]
fn what_nobody_can_use_goes_unless_it_is_in_the_making() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    let rubbish = [
        "boots/world/.x.entry.1-0.tmp",
        "boots/world/damaged.entry",
        "boots/world/left.lock",
        "objects/orphan.image",
    ];
    for name in rubbish {
        fs::write(folder.path().join(name), "rubbish").expect("it is written");
    }
    let there = || rubbish.iter().filter(|name| folder.path().join(name).exists()).count();
    user.cache().prune(u64::MAX);
    assert_eq!(there(), 4, "they may be in the making");
    let held = File::open(folder.path().join("boots/world/left.lock")).expect("a lock");
    held.lock().expect("it is free");
    for name in rubbish {
        make_old(&folder.path().join(name), 5_000);
    }
    let pruned = user.cache().prune(u64::MAX);
    assert_eq!((pruned.files, pruned.entries, there()), (3, 0, 1), "the lock is held");
    drop(held);
    assert_eq!(user.cache().prune(u64::MAX).files, 1, "now it is not");
    user.booted();
    user.get("a");
    assert_eq!(user.booted(), 0, "what is of use stays");
}

#[test]
fn states_of_failed_tests_take_what_room_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    let kept = ["old", "older", "new"].map(|name| folder.path().join(format!("kept/{name}.image")));
    fs::create_dir(folder.path().join("kept")).expect("a folder");
    for (file, age) in kept.iter().zip([5_000, 9_000, 1]) {
        fs::write(file, [0; 1_000]).expect("it is written");
        make_old(file, age);
    }
    let there = || kept.each_ref().map(|file| file.exists());
    let room = bytes(folder.path());
    user.cache().prune(room + 2_500);
    assert_eq!(there(), [true, false, true], "the oldest goes");
    user.cache().prune(room);
    assert_eq!(there(), [false, false, true], "somebody has just been told of the last");
    user.booted();
    user.get("a");
    assert_eq!(user.booted(), 0);
}

/// As when the wrong folder was named.
#[test]
fn files_of_others_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let others =
        ["letter.txt", "old.lock", "objects/ab12", "boots/mine.txt", "kept/diary", "x.image"];
    for name in others {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, "dear").expect("it is written");
        make_old(&file, 400 * 24 * 3_600);
    }
    let pruned = User::of(folder.path()).cache().prune(0);
    assert_eq!(pruned.files, 0);
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
}

/// Has a boot leave its entry, in a folder of its own.
fn get_of(boot: &'static str, user: &User) {
    let wanted = Wanted {
        boot,
        facts: facts("a"),
        form: Form::of::<State>(),
        settings: &user.settings,
        cache: user.cache(),
        tell: &|_| {},
    };
    wanted.obtain(|| Ok(boot.into())).expect("there is a state");
}

/// What cannot be read is not for that of no use.
#[test]
fn whichever_look_fails_no_good_entry_goes() {
    let prepare = |folder: &Path| {
        let user = User::of(folder);
        get_of("one", &user);
        get_of("another", &user);
        fs::write(folder.join("objects/orphan.image"), "rubbish").expect("it is written");
        for file in files(folder) {
            make_old(&file, 3_600);
        }
        fs::write(folder.join("boots/one/.x.entry.1-0.tmp"), "half").expect("it is written");
    };
    let (healthy, folder) = (disk(Fail::Never), tempfile::tempdir().expect("a folder"));
    prepare(folder.path());
    assert_eq!(User::on(folder.path(), healthy).cache().prune(u64::MAX).files, 1, "the orphan");
    let mut blind = 0;
    for number in 0..healthy.done().len() {
        for fail in [Fail::At(number), Fail::From(number)] {
            let folder = tempfile::tempdir().expect("a folder");
            prepare(folder.path());
            let pruned = User::on(folder.path(), disk(fail)).cache().prune(u64::MAX);
            assert!(!pruned.unreadable || pruned.files == 0, "{fail:?}");
            blind += usize::from(pruned.unreadable && matches!(fail, Fail::At(_)));
            let user = User::of(folder.path());
            assert_eq!(user.cache().entries().len(), 2, "{fail:?}");
            for boot in ["one", "another"] {
                let found = user.cache().load(boot, &facts("a"));
                assert!(matches!(found, Found::State(..)), "{fail:?}: {boot}");
            }
        }
    }
    assert_eq!(blind, 2 + 2 + 2, "the folders of states and entries, two below that, two entries");
}

/// Two who prune at once; and to look at a lock is not to make one.
#[test]
fn a_lock_that_another_has_deleted_is_not_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let lock = PathBuf::leak(folder.path().join("boots/world/left.lock"));
    let prune = |fail| {
        fs::create_dir_all(folder.path().join("boots/world")).expect("a folder");
        fs::write(&*lock, "").expect("it is written");
        make_old(lock, 3_600);
        let disk = disk(fail);
        let files = User::on(folder.path(), disk).cache().prune(u64::MAX).files;
        (files, disk.done())
    };
    let (files, done) = prune(Fail::Never);
    assert_eq!(files, 1);
    let removed = done.iter().position(|done| *done == Done::Other).expect("it is deleted");
    for number in 0..=removed {
        assert_eq!(prune(Fail::Deleted(number, lock)).0, 0, "somebody else did it");
        assert!(!lock.exists());
    }
}

/// An entry as each of these versions may have left it: of another image format, of another
/// definition of hashes, of another form of entries.
fn entries_of_others() -> [Vec<u8>; 3] {
    let image = |version| Image::builder(record::KIND, version).bytes("entry", b"{}").to_bytes();
    let ours = image(record::VERSION).expect("an image");
    // Behind eight bytes that say what it is stand the versions, little-endian.
    let [format, hashes] = [8, 12].map(|at| {
        let mut other = ours.clone();
        other[at] += 1;
        other
    });
    [format, hashes, image(record::VERSION + 1).expect("an image")]
}

#[test]
fn entries_of_another_version_stay_with_whatever_may_be_their_states() {
    const DAY: u64 = 24 * 3_600;
    for other in entries_of_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let user = User::of(folder.path());
        let cache = user.cache();
        let others = ["boots/world/other.entry", "objects/other.image"];
        let others = others.map(|name| folder.path().join(name));
        let there = || others.each_ref().map(|file| file.exists());
        for (config, age) in [("a", 2 * DAY), ("b", DAY)] {
            user.get(config);
            make_old(&cache.entry_file("world", &facts(config).key()), age);
        }
        for (file, bytes) in others.iter().zip([&other, b"a state".as_slice()]) {
            fs::write(file, bytes).expect("it is written");
        }
        for file in files(&folder.path().join("objects")) {
            make_old(&file, 40 * DAY);
        }
        make_old(&others[0], 13 * DAY);
        let pruned = cache.prune(1);
        assert_eq!((pruned.entries, pruned.files, there()), (1, 2, [true, true]), "the cap holds");
        let left_aside = folder.path().join("objects/.left.image.1-0.tmp");
        fs::write(&left_aside, "half").expect("it is written");
        make_old(&left_aside, DAY);
        assert_eq!((cache.prune(1).files, left_aside.exists()), (1, false), "no state of anybody");

        make_old(&others[0], 15 * DAY);
        assert_eq!((cache.prune(1).files, there()), (2, [false, false]), "they had their day");
        user.booted();
        user.get("b");
        assert_eq!(user.booted(), 0);
    }
}

#[test]
fn a_cache_may_be_deleted_at_any_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    for part in ["boots", "objects", "boots/world", ""] {
        user.get("a");
        fs::remove_dir_all(folder.path().join(part)).expect("it can be deleted");
    }
    user.get("a");
    assert_eq!(user.booted(), 5);
}
