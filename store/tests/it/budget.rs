//! Limits on what a fork writes.

use bootfork_store::{Budget, Budgeted, OverBudget, Store};

fn base() -> Store {
    (0..100).map(|n| (format!("key{n:02}"), "value")).collect()
}

#[test]
fn only_what_changes_something_costs() {
    let mut fork = Budgeted::new(base(), Budget::of_bytes(1_000));
    let mut costs = |write: fn(&mut Budgeted) -> Result<bool, OverBudget>| {
        let before = fork.budget().spent();
        write(&mut fork).expect("there is enough");
        fork.budget().spent() - before
    };
    assert_eq!(costs(|fork| fork.set("key07", "VALUE")), 10);
    assert_eq!(costs(|fork| fork.set("key07", "VALUE")), 0);
    assert_eq!(costs(|fork| fork.set("new", "new")), 6);
    assert_eq!(costs(|fork| fork.remove("key07")), 5);
    assert_eq!(costs(|fork| fork.remove("key07")), 0);
    assert_eq!(costs(|fork| fork.set("key07", "VALUE")), 10);
    assert_eq!(fork.budget().spent(), 10 + 6 + 5 + 10);
    assert_eq!(fork.budget().left(), 1_000 - 31);
}

#[test]
fn what_is_spent_by_hand_is_spent() {
    let mut budget = Budget::of_bytes(10);
    budget.spend(4).expect("four of ten");
    assert_eq!((budget.limit(), budget.spent(), budget.left()), (10, 4, 6));
    assert_eq!(budget.spend(7).expect_err("seven of six").budget(), &budget);
    assert_eq!(budget.left(), 6);
}

#[test]
fn the_last_byte_may_be_written_and_none_after_it() {
    let mut fork = Budgeted::new(base(), Budget::of_bytes(20));
    assert_eq!(fork.set("key07", "VALUE"), Ok(false));
    assert_eq!(fork.set("new", "7 bytes"), Ok(true));
    assert_eq!(fork.budget().left(), 0);
    let before = fork.clone().into_store();
    assert_eq!(fork.set("", "x").expect_err("one byte too many").wanted(), 1);
    assert!(fork.remove("new").is_err());
    // What changes nothing needs nothing.
    assert_eq!(fork.set("key07", "VALUE"), Ok(false));
    assert_eq!(fork.remove("missing"), Ok(false));
    assert_eq!(fork.into_store(), before);
}

#[test]
fn a_refused_write_leaves_store_and_budget_as_they_were() {
    let base = base();
    let mut fork = Budgeted::new(base.fork(), Budget::of_bytes(9));
    let error = fork.set("key07", "VALUE").expect_err("ten bytes");
    assert_eq!((error.wanted(), error.budget().left()), (10, 9));
    assert_eq!(fork.stats().owned_nodes, 0, "all is shared still");
    assert_eq!(fork.budget(), &Budget::of_bytes(9));
    assert_eq!(fork.set("key07", "VAL"), Ok(false), "a smaller one goes through");
    assert_eq!(base.get("key07"), Some(&b"value"[..]));
}

#[test]
fn a_clone_goes_on_with_what_is_left_and_apart() {
    let mut parent = Budgeted::new(base(), Budget::of_bytes(20));
    parent.set("key07", "VALUE").expect("ten bytes");
    let mut child = parent.clone();
    assert_eq!(child.set("key08", "VALUE"), Ok(false));
    assert_eq!((parent.budget().left(), child.budget().left()), (10, 0));
}

#[test]
fn a_store_freed_of_its_budget_has_all_entries() {
    let mut fork = Budgeted::new(base(), Budget::of_bytes(20));
    fork.set("new", "value").expect("eight of twenty");
    let store = fork.into_store();
    assert_eq!(store.len(), 101);
    assert_eq!(store.get("new"), Some(b"value".as_slice()));
}
