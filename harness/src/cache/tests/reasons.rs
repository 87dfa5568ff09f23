//! What is said of a boot that has to run: the input that changed, next to the right entry.

use super::*;

/// What is said when a state with these facts is asked for.
fn asked(user: &User, pairs: &[(&str, &str)]) -> Vec<String> {
    let mut facts = Fingerprint::default();
    for (name, value) in pairs {
        facts.add(*name, *value);
    }
    let tell = |text: &str| user.told.borrow_mut().push(text.to_owned());
    let wanted = Wanted {
        boot: "world",
        facts,
        form: Form::of::<State>(),
        settings: &user.settings,
        cache: user.cache(),
        tell: &tell,
    };
    wanted.obtain(|| Ok(vec![1])).expect("there is a state");
    user.heard()
}

#[test]
fn a_boot_of_a_family_is_compared_with_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let user = User::of(folder.path());
    let at = |parameter: &str, config: &str| {
        asked(&user, &[("parameter of world", parameter), ("config", config)])
    };
    assert_eq!(at("2", "a"), [r#"booting "world": there is no entry yet"#]);
    at("3", "a");
    assert_eq!(at("2", "b"), [r#"booting "world": config changed: a → b"#]);
    assert_eq!(at("3", "b"), [r#"booting "world": config changed: a → b"#]);
}
