//! What is damaged or belongs to others is not used, and a warning says so.

use super::*;

fn files_of(folder: &Path) -> [PathBuf; 2] {
    let mut found: Vec<_> = files(folder).into_iter().filter(|f| is_entry_or_object(f)).collect();
    found.sort();
    found.try_into().expect("an entry and an object")
}

#[test]
fn the_second_one_who_asks_gets_the_state_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    assert_eq!(
        (user.booted(), user.heard()),
        (1, vec![r#"booting "world": there is no entry yet"#.into()])
    );
    user.get("a");
    assert_eq!((user.booted(), user.heard()), (0, vec![]));
    user.get("b");
    assert_eq!(
        (user.booted(), user.heard()),
        (1, vec![r#"booting "world": config changed: a → b"#.into()])
    );
    user.get("a");
    assert_eq!((user.booted(), user.heard()), (0, vec![]));
    assert_eq!(check_all_visible(folder.path()), 4);
}

#[test]
fn every_flipped_bit_and_every_cut_is_a_miss_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    let mut tried = 0;
    for file in files_of(folder.path()) {
        let whole = fs::read(&file).expect("it can be read");
        let flips = (0..whole.len() * 8).map(|bit| {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        });
        let cuts = (0..whole.len()).map(|len| whole[..len].to_vec());
        for damaged in flips.chain(cuts) {
            replace(&file, &damaged);
            let Found::Unusable(reason) = user.cache().load("world", &facts("a")) else {
                panic!("{} was used, or overlooked", file.display());
            };
            assert!(!reason.is_empty());
            tried += 1;
        }
        replace(&file, &whole);
    }
    assert!(tried > 9 * 1_000, "{tried}");
    assert!(matches!(user.cache().load("world", &facts("a")), Found::State(..)));
}

#[test]
fn what_was_damaged_is_made_anew_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    for file in files_of(folder.path()) {
        for damage in [b"".as_slice(), b"nonsense", &[0; 4096]] {
            user.heard();
            replace(&file, damage);
            user.booted();
            user.get("a");
            assert_eq!(user.booted(), 1);
            let heard = user.heard();
            assert!(heard.iter().any(|text| text.starts_with("warning: ")), "{heard:?}");
            user.get("a");
            assert_eq!((user.booted(), user.heard()), (0, vec![]));
        }
        fs::remove_file(&file).expect("it can be deleted");
        user.get("a");
        assert_eq!(user.booted(), 1, "whatever is missing is made again");
    }
}

#[test]
fn entries_and_states_of_others_are_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    user.get("a");
    user.get("b");
    user.booted();
    let cache = user.cache();
    let entry = |config| cache.entry_file("world", &facts(config).key());
    let object = |config| {
        let Found::State(entry, _) = cache.load("world", &facts(config)) else {
            panic!("{config}")
        };
        cache.object_file(&entry.object)
    };
    let (of_a, of_b) = (object("a"), object("b"));
    replace(&of_a, &fs::read(&of_b).expect("it can be read"));
    user.get("a");
    assert_eq!(user.booted(), 1, "a whole state under another's name");
    replace(&entry("a"), &fs::read(entry("b")).expect("it can be read"));
    user.get("a");
    assert_eq!(user.booted(), 1, "a whole entry under another's name");
    replace(&entry("a"), &fs::read(&of_a).expect("it can be read"));
    user.get("a");
    assert_eq!(user.booted(), 1, "a state in place of an entry");
    assert!(user.heard().iter().any(|text| text.contains("entry")));
}

#[test]
fn a_state_of_another_form_is_booted_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    let tell = |_: &str| {};
    let wanted = |form| Wanted {
        boot: "world",
        facts: facts("a"),
        form,
        settings: &user.settings,
        cache: user.cache(),
        tell: &tell,
    };
    let json = wanted(Form::of::<crate::Json>()).obtain(|| Ok(vec![1]));
    assert_eq!(json.expect("it boots"), [1]);
    let bytes = wanted(Form::of::<State>()).obtain(|| Ok(vec![2]));
    assert_eq!(bytes.expect("it boots"), [2]);
}

#[test]
fn verifying_finds_a_state_that_an_input_was_forgotten_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::of(folder.path());
    let tell = |_: &str| {};
    let get = |user: &User, made: &[u8]| {
        let (facts, form, settings) = (facts("a"), Form::of::<State>(), &user.settings);
        let (boot, cache) = ("world", user.cache());
        let wanted = Wanted { boot, facts, form, settings, cache, tell: &tell };
        wanted.obtain(|| Ok(made.to_vec())).map_err(|error| error.to_string())
    };
    assert_eq!(get(&user, b"one"), Ok(b"one".to_vec()));
    assert_eq!(get(&user, b"two"), Ok(b"one".to_vec()), "nobody could know");
    user.settings.mode = Mode::Verify;
    assert_eq!(get(&user, b"one"), Ok(b"one".to_vec()));
    let error = get(&user, b"two").expect_err("it is another state");
    assert!(
        error.contains("first in bytes byte 0: one → two: an input is not declared"),
        "{error}"
    );
    user.settings.mode = Mode::Refresh;
    assert_eq!(get(&user, b"two"), Ok(b"two".to_vec()));
    user.settings.mode = Mode::Use;
    assert_eq!(get(&user, b"three"), Ok(b"two".to_vec()));
}

#[test]
fn a_refresh_boots_once_in_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::of(folder.path());
    user.get("a");
    user.settings.mode = Mode::Refresh;
    for run in ["one", "two"] {
        user.settings.run = Some(run.to_owned());
        user.booted();
        user.get("a");
        user.get("a");
        assert_eq!(user.booted(), 1, "run {run}");
    }
    assert!(user.heard().iter().any(|text| text.ends_with("a refresh was asked for")));
}

#[test]
fn without_a_cache_nothing_touches_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut user = User::of(&folder.path().join("cache"));
    user.settings.mode = Mode::Off;
    user.get("a");
    user.get("a");
    assert_eq!(user.booted(), 2);
    assert!(!folder.path().join("cache").exists());
}
