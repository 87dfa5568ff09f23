//! What each kind of assertion counts, discovers and reports.

use bootfork_explorer::{
    AssertionRecord, Context, Exploration, Explorer, Kind, Replay, assert_always,
    assert_always_greater_than, assert_always_or_unreachable, assert_always_some,
    assert_eventually, assert_reachable, assert_sometimes, assert_sometimes_all,
    assert_sometimes_each, assert_sometimes_greater_than, assert_sometimes_less_than,
    assert_unreachable,
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
