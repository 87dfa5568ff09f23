//! Recipes are texts, of any length, and make their timelines again.

use bootfork_explorer::{Explorer, Recipe, RecipeError, Segment, worlds::Maze};

#[test]
fn recipes_are_read_as_they_are_written() {
    let segments: Vec<_> = (0..1_000).map(|n| Segment { draws: n, seed: u64::MAX - n }).collect();
    let recipe = Recipe::from(segments.clone());
    let read: Recipe = recipe.to_string().parse().expect("a recipe");
    assert_eq!(read.segments(), segments);
    assert_eq!(" ".parse(), Ok(Recipe::default()));
    assert_eq!(" 1@2 ->  3@4 ".parse::<Recipe>().map(|r| r.to_string()), Ok("1@2 -> 3@4".into()));
}

#[test]
fn what_is_no_recipe_is_refused_with_the_reason() {
    let number = |text: &str| RecipeError::BadNumber(text.to_owned());
    for (text, error) in [
        ("5", RecipeError::NoSeparator("5".to_owned())),
        ("1@2->3@4", number("2->3@4")),
        ("-1@2", number("-1")),
        ("+1@2", number("+1")),
        ("1@0x2", number("0x2")),
        ("1@", number("")),
        ("1@18446744073709551616", number("18446744073709551616")),
    ] {
        assert_eq!(text.parse::<Recipe>(), Err(error), "{text}");
    }
}

#[test]
fn a_recipe_replays_and_a_changed_one_does_not() {
    let explorer = Explorer::new(Maze::default()).seeds(5, 1).budget(20_000).stop_at_first_bug();
    let bug = explorer.run().bugs.remove(0);
    assert!(bug.verified);
    let text = bug.recipe.to_string();
    let replayed = explorer.replay(bug.root_seed, &text.parse().expect("its own text"));
    assert_eq!(replayed.broken, [&*bug.property]);
    assert_eq!((replayed.draws, replayed.state_key), (bug.draws, bug.state_key));

    let mut segments = bug.recipe.segments().to_vec();
    segments.last_mut().expect("it was forked").seed ^= 1;
    assert!(explorer.replay(bug.root_seed, &segments.into()).broken.is_empty());
}

#[test]
fn one_who_knows_the_root_seed_only_has_another_timeline() {
    let explorer = Explorer::new(Maze::default());
    let root = explorer.replay(5, &Recipe::default());
    assert!(root.broken.is_empty());
    assert_ne!(root.draws, explorer.replay(6, &Recipe::default()).draws);
}
