//! What all tests start from.

use bootfork::{Boot, Input};

pub static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(fixture_suite::boot()?))
    .cached()
    .inputs(&[Input::file("world.toml"), Input::folder("src"), Input::variable("FIXTURE_WORKER")]);

/// A test that changes its world, and would notice another that did.
pub fn spend(world: &mut [u8], person: usize) {
    assert!(world.iter().all(|coins| *coins == 1), "somebody else was here: {world:?}");
    world[person] -= 1;
    world[person - 1] += 1;
    assert_eq!(world.iter().map(|coins| u32::from(*coins)).sum::<u32>(), world.len() as u32);
    let to_fail = std::env::var("FIXTURE_FAILS").ok().and_then(|person| person.parse().ok());
    assert_ne!(to_fail, Some(person), "this one is to fail");
}
