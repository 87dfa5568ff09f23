//! `#[bootfork::test]`, alone and with the attributes of others.

use std::cell::Cell;

use bootfork::{Arrival, Boot, Family};
use proptest::prelude::*;
use proptest::property_test;
use rstest::{fixture, rstest};

static WORLD: Boot<Vec<u8>> = Boot::new("attribute", || Ok(vec![1, 2, 3])).cached();
static WORLDS: Family<usize, Vec<u8>> = Family::new("worlds", |people| Ok(vec![1; *people]));

#[bootfork::test(WORLD)]
fn a_fork_by_reference(world: &mut Vec<u8>) {
    world.push(4);
    assert_eq!(*world, [1, 2, 3, 4]);
}

#[bootfork::test(WORLD)]
fn a_fork_to_look_at(world: &Vec<u8>) {
    assert_eq!(*world, [1, 2, 3]);
}

#[bootfork::test(WORLD)]
fn a_fork_by_value(mut world: Vec<u8>) {
    world.clear();
    assert!(world.is_empty());
}

#[bootfork::test(WORLD)]
fn a_test_that_returns(world: &mut Vec<u8>) -> Result<(), std::num::ParseIntError> {
    world.push("4".parse()?);
    assert_eq!(*world, [1, 2, 3, 4]);
    Ok(())
}

#[bootfork::test(WORLD, WORLD)]
fn two_forks(one: &mut Vec<u8>, other: &mut Vec<u8>) {
    one.push(4);
    assert_eq!(*other, [1, 2, 3]);
}

#[bootfork::test(WORLDS.at(&5))]
fn a_fork_of_one_of_a_family(world: &mut Vec<u8>) {
    assert_eq!(*world, [1; 5]);
}

#[bootfork::test(WORLD)]
#[should_panic(expected = "one of the world's 3")]
fn a_test_that_is_to_panic(world: &mut Vec<u8>) {
    panic!("one of the world's {}", world.len());
}

#[bootfork::test(WORLD)]
#[tokio::test]
async fn with_tokio(world: &mut Vec<u8>) -> Result<(), tokio::task::JoinError> {
    let answer = tokio::spawn(async { 4 }).await?;
    world.push(answer);
    assert_eq!(*world, [1, 2, 3, 4]);
    Ok(())
}

#[fixture]
fn two() -> u8 {
    2
}

#[bootfork::test(WORLD)]
#[rstest]
#[case(1)]
#[case(4)]
fn with_rstest(world: &mut Vec<u8>, two: u8, #[case] number: u8) {
    world.push(number * two);
    assert_eq!(world.len(), 4);
}

thread_local! {
    static CASES: Cell<u32> = const { Cell::new(0) };
}

#[bootfork::test(WORLD)]
#[property_test]
fn with_proptest(world: &mut Vec<u8>, number: u8) {
    CASES.set(CASES.get() + 1);
    world.push(number);
    prop_assert_eq!(world.len(), 4, "case {} starts from a fork", CASES.get());
}

static SEEDED: Boot<u64> =
    Boot::new("seeded", || Ok(0)).on_fork(|state, fork: &Arrival| *state = fork.seed());

/// By the rule: the names of boot and test, and the number of the fork.
#[test]
fn forks_draw_apart_and_again_as_before() {
    let draw = || [(); 3].map(|()| SEEDED.fork().expect("it boots"));
    let on_a_thread = |name: &str| {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(draw);
        thread.expect("a thread").join().expect("it ends")
    };
    let (one, again, other) = (on_a_thread("a::b"), on_a_thread("a::b"), on_a_thread("a::c"));
    assert_eq!(one, again);
    assert!(one.iter().all(|seed| !other.contains(seed)), "{one:?} {other:?}");
    assert!(one[0] != one[1] && one[1] != one[2] && one[0] != one[2], "{one:?}");
    assert_eq!(SEEDED.fork_seeded(17).expect("it boots"), 17);
}

static FOUNDED: Boot<Vec<u8>> = WORLD.then("founded", |world| {
    world.push(4);
    Ok(())
});
static GROWN: Boot<Vec<u8>> = FOUNDED.then("grown", |world| {
    world.push(5);
    Ok(())
});

#[bootfork::test(GROWN, FOUNDED, WORLD)]
fn generations(grown: &Vec<u8>, founded: &Vec<u8>, world: &Vec<u8>) {
    assert_eq!(*grown, [1, 2, 3, 4, 5]);
    assert_eq!(*founded, [1, 2, 3, 4]);
    assert_eq!(*world, [1, 2, 3]);
}
