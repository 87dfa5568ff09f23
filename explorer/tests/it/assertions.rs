//! What each kind of assertion counts, discovers and reports.

use bootfork_explorer::{
    AssertionRecord, Context, Exploration, Explorer, Kind, Number, Replay, Value, Watermark,
    assert_always, assert_always_greater_than, assert_always_greater_than_or_equal_to,
    assert_always_less_than, assert_always_less_than_or_equal_to, assert_always_or_unreachable,
    assert_always_some, assert_eventually, assert_reachable, assert_sometimes,
    assert_sometimes_all, assert_sometimes_each, assert_sometimes_greater_than,
    assert_sometimes_greater_than_or_equal_to, assert_sometimes_less_than,
    assert_sometimes_less_than_or_equal_to, assert_unreachable,
};

/// Explores a closure, expecting the assertions of this module alone.
fn explore(run: impl Fn(&mut Context) + Send + Sync + 'static) -> Exploration {
    Explorer::new(Replay::new(run)).budget(500).catalogue(module_path!()).run()
}

#[track_caller]
fn record<'a>(exploration: &'a Exploration, message: &str) -> &'a AssertionRecord {
    let found = exploration.assertions.iter().find(|record| record.message == message);
    found.unwrap_or_else(|| panic!("`{message}` was not evaluated"))
}

#[test]
fn properties_that_break_are_bugs_once_each_and_never_panics() {
    let exploration = explore(|ctx| {
        let bad = ctx.chance(0.5);
        assert_always!(!bad, "a", "details");
        assert_always_or_unreachable!(!bad, "b");
        assert_always_greater_than!(i32::from(!bad), 0, "c");
        assert_always_some!({ never: false, good: !bad }, "d");
        if bad {
            assert_unreachable!("e");
        }
        assert_always!(true, "sound");
    });
    let mut bugs: Vec<_> = exploration.bugs.iter().map(|bug| bug.property.as_str()).collect();
    bugs.sort_unstable();
    assert_eq!(bugs, ["a", "b", "c", "d", "e"]);
    assert!(exploration.bugs.iter().all(|bug| bug.verified));
    let details = exploration.bugs.iter().find(|bug| bug.property == "a").map(|bug| &*bug.details);
    assert_eq!(details, Some("\"details\""));
    assert!(record(&exploration, "sound").passed && !record(&exploration, "a").passed);
}

#[test]
fn what_is_owed_at_a_timelines_end_is_a_bug() {
    let exploration = explore(|ctx| {
        let answered = ctx.chance(0.9);
        assert_eventually!(false, "answered in the end");
        assert_eventually!(answered, "answered in the end");
        assert_eventually!(false, "answered at last");
        assert_eventually!(true, "answered at last");
    });
    let bugs: Vec<_> = exploration.bugs.iter().map(|bug| (bug.kind, &*bug.property)).collect();
    assert_eq!(bugs, [(Some(Kind::Eventually), "answered in the end")]);
    assert!(exploration.bugs[0].verified);
}

#[test]
fn marks_discover_what_they_say() {
    let exploration = explore(|ctx| {
        assert_sometimes!(ctx.chance(0.5), "sometimes");
        assert_reachable!("reached");
        let (a, b) = (ctx.chance(0.5), ctx.chance(0.5));
        assert_sometimes_all!({ a: a, b: b }, "both");
        let value = ctx.below(10);
        assert_sometimes_each!("value", [("value", value)]);
        assert_sometimes_each!("parity", [("parity", value % 2)], quality = [value]);
        assert_sometimes_greater_than!(value, 100, "great");
        assert_sometimes_less_than!(value, 5, "small");
    });
    assert!(exploration.bugs.is_empty());
    for passed in ["sometimes", "reached", "both", "value", "parity", "small"] {
        assert!(record(&exploration, passed).passed, "{passed}");
    }
    let great = record(&exploration, "great");
    assert!(!great.passed && great.hits == 0 && great.misses > 0, "a gap, and no bug");
    assert_eq!(record(&exploration, "value").buckets, 10);
    assert_eq!(record(&exploration, "parity").buckets, 2);
}

#[test]
fn assertions_that_no_timeline_reaches_are_reported() {
    let exploration = explore(|ctx| {
        if ctx.below(2) > 5 {
            assert_reachable!("beyond");
            assert_sometimes!(true, "beyond, sometimes");
            assert_always_or_unreachable!(true, "beyond, or not");
        }
    });
    let gaps: Vec<_> = exploration.never_reached.iter().map(|gap| &*gap.message).collect();
    assert!(gaps.contains(&"beyond") && gaps.contains(&"beyond, sometimes"), "{gaps:?}");
    assert!(!gaps.contains(&"beyond, or not"), "which need not be reached");
    let place = &exploration.never_reached[0].place;
    assert!(place.contains("assertions.rs:"), "{place}");
}

#[test]
fn outside_of_an_exploration_assertions_do_nothing() {
    assert_always!(false, "nobody looks", unreachable_details());
    assert_unreachable!("nobody looks here either");
}

fn unreachable_details() -> String {
    panic!("details are for failures within an exploration")
}

/// Three root seeds see the same buckets, which are no more for that.
#[test]
fn buckets_are_counted_once_over_all_root_seeds() {
    let world = Replay::new(|ctx: &mut Context| {
        assert_sometimes_each!("side", [("number", ctx.below(6))]);
    });
    let explorer = Explorer::new(world).seeds(1, 3).budget(200);
    let sides = |exploration: &Exploration| {
        assert!(exploration.seeds.iter().all(|seed| seed.states == 6));
        record(exploration, "side").buckets
    };
    assert_eq!(sides(&explorer.run()), 6);
    assert_eq!(sides(&explorer.warm().run()), 6);
}

/// A child does what its parent did before the fork, and that is not counted again.
#[test]
fn what_a_parent_did_is_counted_once() {
    let exploration = explore(|ctx| {
        assert_reachable!("the beginning");
        ctx.u64();
        assert_reachable!("the middle");
        ctx.u64();
    });
    let hits = |message| record(&exploration, message).hits;
    let timelines = exploration.seeds[0].timelines + 1;
    assert!(hits("the beginning") < timelines && hits("the middle") < timelines);
    assert!(hits("the beginning") < hits("the middle"), "those forked in between missed it");
}

/// Each comparison of 2, 3 and 4 with 3: whether it passed, and the value that was kept.
#[test]
fn comparisons_keep_the_value_that_says_most() {
    let exploration = explore(|_| {
        for value in [3, 2, 4] {
            assert_always_greater_than!(value, 3, "always >");
            assert_always_greater_than_or_equal_to!(value, 3, "always >=");
            assert_always_less_than!(value, 3, "always <");
            assert_always_less_than_or_equal_to!(value, 3, "always <=");
            assert_sometimes_greater_than!(value, 3, "sometimes >");
            assert_sometimes_greater_than_or_equal_to!(value, 3, "sometimes >=");
            assert_sometimes_less_than!(value, 3, "sometimes <");
            assert_sometimes_less_than_or_equal_to!(value, 3, "sometimes <=");
            assert_sometimes_less_than!(value, 0, "sometimes < 0");
            assert_always_less_than!(value, 9, "always < 9");
        }
    });
    for (message, passed, watermark) in [
        ("always >", false, "least 2"),
        ("always >=", false, "least 2"),
        ("always <", false, "greatest 4"),
        ("always <=", false, "greatest 4"),
        ("sometimes >", true, "greatest 4"),
        ("sometimes >=", true, "greatest 4"),
        ("sometimes <", true, "least 2"),
        ("sometimes <=", true, "least 2"),
        ("sometimes < 0", false, "least 2"),
        ("always < 9", true, "greatest 4"),
    ] {
        let record = record(&exploration, message);
        assert_eq!(
            (record.passed, record.watermark.map(|kept| kept.to_string())),
            (passed, Some(watermark.to_owned())),
            "{message}"
        );
        assert_eq!(record.frontier, None);
    }
}

#[test]
fn the_most_conditions_that_held_together_are_kept() {
    let exploration = explore(|ctx| {
        let which = ctx.below(3);
        assert_sometimes_all!({ a: which != 0, b: which != 1, c: which != 2 }, "two of three");
        assert_sometimes_all!({ a: false, b: false }, "none of two");
    });
    let frontier = |message| record(&exploration, message).frontier;
    assert_eq!((frontier("two of three"), frontier("none of two")), (Some(2), None));
}

#[test]
fn what_is_no_number_is_neither_great_nor_small() {
    assert!(f64::NAN.rank() < f64::NEG_INFINITY.rank() && !f64::NAN.is_ordered());
    let exploration = explore(|_| {
        for value in [1.5, f64::NAN, -2.5] {
            assert_sometimes_greater_than!(value, 9.0, "great float");
            assert_sometimes_less_than!(value, -9.0, "small float");
        }
    });
    let kept = |message| record(&exploration, message).watermark;
    assert_eq!(kept("great float"), Some(Watermark::Greatest(Value::Float(1.5))));
    assert_eq!(kept("small float"), Some(Watermark::Least(Value::Float(-2.5))));
    assert_eq!(kept("great float").map(|kept| kept.to_string()), Some("greatest 1.5".into()));
}

#[test]
fn what_never_held_in_the_end_has_not_passed() {
    let exploration = explore(|ctx| {
        assert_eventually!(ctx.below(2) > 1, "all is done");
        panic!("before the end");
    });
    let record = record(&exploration, "all is done");
    assert_eq!((record.passed, record.hits, record.misses), (false, 0, 0));
}

/// Two places of the same property are one.
#[test]
fn without_a_catalogue_all_assertions_are_expected_and_each_once() {
    let world = Replay::new(|ctx: &mut Context| {
        if ctx.below(2) > 2 {
            assert_reachable!("the same place twice");
        }
        if ctx.below(2) > 2 {
            assert_reachable!("the same place twice");
        }
    });
    let gaps = Explorer::new(world).budget(10).run().never_reached;
    let twice = gaps.iter().filter(|gap| gap.message == "the same place twice");
    assert_eq!(twice.count(), 1);
    assert!(gaps.iter().any(|gap| gap.message == "beyond"), "that of another test");
    assert!(gaps.is_sorted_by_key(|gap| (gap.message.clone(), gap.kind)));
}
