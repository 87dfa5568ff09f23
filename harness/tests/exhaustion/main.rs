//! A process that is refused memory while it opens, writes or caches an image leaves a sound cache.

mod allocator;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bootfork::Boot;
use bootfork::cache::{Cache, Entry};
use bootfork::image::{Image, Trust};
use bootfork::store::Store;

/// Tells a process of this binary which allocation it is refused.
const REFUSED: &str = "BOOTFORK_TEST_REFUSED";
/// How many allocations are refused in turn, from the first to the last, if not as many as this
/// says.
const REFUSALS: usize = 28;
const REFUSALS_SET: &str = "BOOTFORK_REFUSALS";

static STATE: Boot<Store> = Boot::new("exhausted", || Ok(allocator::uncounted(state))).cached();

/// Enough that entries are divided by their hashes.
fn state() -> Store {
    (0..5_000).map(|n| (format!("ko{n}"), "1,1")).collect()
}

/// The life of a process that is refused memory. Among all tests it has nothing to do.
#[test]
fn one_who_is_refused_memory() {
    let Ok(number) = env::var(REFUSED) else { return };
    let folder = PathBuf::from(env::var_os("BOOTFORK_DIR").expect("a folder"));
    allocator::refuse(number.parse().expect("a number"));
    let store = STATE.fork().expect("an error is no failed allocation");
    let file = folder.join("own.image");
    Image::builder("own", 1).store("kv", &store).write(&file).expect("room on the disk");
    let opened = Image::open(&file, Trust::Full).and_then(|image| image.store("kv"));
    assert!(allocator::uncounted(|| opened.expect("sound") == state()));
    println!("{} allocations", allocator::asked());
}

/// Starts such a process and waits for its end.
fn run(folder: &Path, refused: usize) -> Output {
    Command::new(env::current_exe().expect("this binary"))
        .args(["--exact", "one_who_is_refused_memory", "--nocapture", "--test-threads=1"])
        .env(REFUSED, refused.to_string())
        .env("BOOTFORK_DIR", folder)
        .env_remove("BOOTFORK_MODE")
        .stderr(Stdio::null())
        .output()
        .expect("it starts")
}

/// How many allocations count in a process that is refused none.
fn allocations(folder: &Path) -> usize {
    let output = run(folder, usize::MAX);
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).expect("text");
    let line = told.lines().find_map(|line| line.strip_suffix(" allocations"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).expect("it tells")
}

/// Every file that has its name is what its name says; how many there are.
fn check(folder: &Path) -> usize {
    let is = |file: &Path, extension: &str| file.extension() == Some(OsStr::new(extension));
    let files = files(folder);
    let entries = files.iter().filter(|file| is(file, "entry")).count();
    let cache = Cache::at(folder);
    assert_eq!(cache.entries().len(), entries);
    let has_state = |entry: &Entry| cache.state_bytes(entry).is_some();
    assert!(cache.entries().iter().all(has_state), "the state comes before its entry");
    for file in files.iter().filter(|file| is(file, "image")) {
        let image =
            Image::open(file, Trust::Full).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if file.parent().is_some_and(|folder| folder.ends_with("objects")) {
            assert_eq!(file.file_stem(), Some(OsStr::new(&image.id().to_string())));
        }
    }
    entries
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Refuses allocations all over the life of a process that finds this in its cache. Most of those
/// processes die of it.
fn refuse_everywhere(prepare: impl Fn(&Path)) {
    let begin = tempfile::tempdir().expect("a folder");
    prepare(begin.path());
    let count = allocations(begin.path());
    assert!(count > REFUSALS, "{count} allocations");
    let set = env::var(REFUSALS_SET).ok().map(|set| set.parse().expect("a number of refusals"));
    let refusals = set.unwrap_or(REFUSALS).clamp(REFUSALS, count);
    let mut died = 0;
    for number in 0..refusals {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path());
        let before = check(folder.path());
        let output = run(folder.path(), number * count / refusals);
        died += usize::from(!output.status.success());
        let after = check(folder.path());
        assert!(before <= after && after <= 1);
        if number % 4 == 0 {
            allocations(folder.path());
            assert_eq!(check(folder.path()), 1, "whoever comes next finds it in order");
        }
    }
    println!("{died} of {refusals} died, of {count} allocations");
    assert!(died > refusals / 2, "{died} died");
}

#[test]
fn whichever_allocation_fails_the_cache_is_sound() {
    refuse_everywhere(|_| {});
    let full = tempfile::tempdir().expect("a folder");
    allocations(full.path());
    refuse_everywhere(|folder| copy(full.path(), folder));
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let place = to.join(file.strip_prefix(from).expect("below it"));
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        fs::copy(&file, &place).expect("room on the disk");
    }
}
