//! States of tests that fail, as far as one process shows it; see `tests/runs` for the rest.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use bootfork::image::{Image, ImageBuilder, Trust};
use bootfork::{Boot, State, TestFork, differences};

static WORLD: Boot<Vec<u8>> = Boot::new("kept-world", || Ok(vec![1, 2, 3])).cached();

/// Where the state of a test is kept; the cache is in the target folder.
fn kept(test: &str) -> PathBuf {
    let binary = std::env::current_exe().expect("this binary");
    let target = binary.ancestors().find(|folder| folder.join("bootfork").is_dir());
    target.expect("a target folder").join("bootfork/kept").join(format!("kept-{test}"))
}

fn changes(test: &str) -> Vec<String> {
    let open = |name: &str| Image::open(kept(test).join(name), Trust::Full).expect("an image");
    let found = differences(&open("kept-world.boot.image"), &open("kept-world.image"));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_panic_keeps_the_state() {
    let panicked = catch_unwind(|| {
        let mut world = TestFork::new(&WORLD, "", true);
        world[1] = b'x';
        panic!("as it has to");
    });
    assert!(panicked.is_err());
    assert_eq!(changes("a_panic_keeps_the_state"), [r"bytes byte 1: \x02\x03 → x\x03"]);
}

#[test]
fn an_error_keeps_the_state_and_success_does_not() {
    let mut world = TestFork::new(&WORLD, "", true);
    world.push(b'y');
    world.end(&Ok::<(), ()>(()));
    let folder = kept("an_error_keeps_the_state_and_success_does_not");
    std::fs::remove_dir_all(&folder).ok();
    drop(world);
    assert!(!folder.exists());

    let mut world = TestFork::new(&WORLD, "", true);
    world.push(b'y');
    world.end(&Err::<(), ()>(()));
    let found = changes("an_error_keeps_the_state_and_success_does_not");
    assert_eq!(found, ["bytes byte 3: nothing → y"]);
}

#[test]
fn what_is_to_panic_keeps_nothing() {
    let panicked = catch_unwind(|| {
        let _world = TestFork::new(&WORLD, "", false);
        panic!("as it has to");
    });
    assert!(panicked.is_err() && !kept("what_is_to_panic_keeps_nothing").exists());
}

/// A state that cannot be written once a test has broken it.
#[derive(Clone)]
struct Brittle(bool);

impl State for Brittle {
    const KIND: &str = "brittle";

    fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        assert!(!state.0, "broken");
        Ok(Image::builder(Self::KIND, Self::VERSION))
    }

    fn from_image(_: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(false))
    }
}

static BRITTLE: Boot<Brittle> = Boot::new("brittle", || Ok(Brittle(false))).cached();

#[test]
fn a_state_that_panics_when_it_is_written_ends_no_process() {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut state = TestFork::new(&BRITTLE, "", true);
        state.0 = true;
        panic!("the test's own");
    }));
    let panic = panicked.expect_err("it panics");
    assert_eq!(panic.downcast_ref(), Some(&"the test's own"));
}
