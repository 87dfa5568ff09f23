//! What the documentation promises, beyond what the oracle tests cover.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use bootfork_store::{
    Batch, BatchSavepoint, Change, Digest, Iter, Published, Savepoint, Snapshot, Stats, Store,
    Violation, WriteSet,
};

fn numbered(count: usize) -> Store {
    (0..count).map(|n| (format!("key{n:06}"), format!("value {n}"))).collect()
}

#[test]
fn all_types_can_be_sent_and_shared() {
    fn assert_shared<T: Send + Sync>() {}
    fn assert_unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    assert_shared::<(Store, Snapshot, Savepoint, Digest, Stats, Violation)>();
    assert_shared::<(Batch, BatchSavepoint, WriteSet)>();
    assert_shared::<(Change<'_>, Iter<'_>)>();
    assert_unwind_safe::<(Store, Snapshot, Savepoint, Batch, WriteSet)>();
}

#[test]
fn a_large_store_answers_as_it_was_filled() {
    let mut one_by_one = Store::new();
    for n in 0..20_000 {
        assert!(one_by_one.set(format!("key{n:06}"), format!("value {n}")));
    }
    one_by_one.check().unwrap();
    let at_once = numbered(20_000);
    at_once.check().unwrap();
    assert_eq!(one_by_one, at_once);
    assert_eq!(at_once.iter().count(), 20_000);
    assert!(at_once.iter().map(|(key, _)| key).is_sorted());
    for n in (0..20_000).rev() {
        assert!(one_by_one.remove(format!("key{n:06}")));
    }
    one_by_one.check().unwrap();
    assert!(one_by_one.is_empty());
    assert_eq!(one_by_one.digest(), Digest::default());
}

#[test]
fn of_equal_keys_the_last_one_collected_holds() {
    let store: Store = [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")].into_iter().collect();
    assert_eq!(store.len(), 2);
    assert_eq!(store.get("a"), Some(&b"4"[..]));
    store.check().unwrap();
}

#[test]
fn writing_the_same_value_shares_everything_still() {
    let base = numbered(100);
    let mut fork = base.fork();
    assert!(!fork.set("key000007", "value 7"));
    assert_eq!(fork.stats().owned_nodes, 0);
    assert_eq!(base.stats().owned_nodes, 0);
    drop(fork);
    assert_eq!(base.stats().shared_nodes, 0);
}

#[test]
fn empty_and_long_keys_and_values_are_entries_like_others() {
    let long = vec![b'x'; 100_000];
    let mut store = Store::new();
    assert!(store.set("", ""));
    assert!(store.set(&long, &long));
    assert_eq!(store.get(""), Some(&b""[..]));
    assert_eq!(store.get(&long), Some(&long[..]));
    assert_eq!(store.next_key(""), Some(&long[..]));
    assert_eq!(store.next_key(&long), None);
    store.check().unwrap();
    assert!(store.remove(""));
    assert!(!store.contains(""));
}

#[test]
fn ranges_take_any_bounds() {
    use std::ops::Bound::{Excluded, Included};
    let store = numbered(200);
    let count = |iter: Iter<'_>| iter.count();
    assert_eq!(count(store.range("key000010".."key000020")), 10);
    assert_eq!(count(store.range("key000010"..="key000020")), 11);
    assert_eq!(count(store.range("key000010"..)), 190);
    assert_eq!(count(store.range(..="key000010")), 11);
    assert_eq!(count(store.range::<&str>(..)), 200);
    assert_eq!(count(store.range::<&str>((Excluded("key000010"), Included("key000012")))), 2);
    assert_eq!(count(store.range("key000020".."key000010")), 0);
    assert_eq!(count(store.prefix("key0001")), 100);
    assert_eq!(count(store.prefix("l")), 0);
    assert_eq!(count(store.prefix("")), 200);
}

#[test]
fn nodes_are_told_apart_by_who_has_them() {
    let nodes = |store: &Store| (store.stats().owned_nodes, store.stats().shared_nodes);
    assert_eq!(nodes(&Store::new()), (1, 0), "the root");
    let mut base = Store::new();
    for key in ["a", "b", "c"] {
        base.set(key, "1");
    }
    assert_eq!(nodes(&base), (6, 0), "the root, a leaf, three entries, a leaf of the order index");
    let mut fork = base.fork();
    assert_eq!(nodes(&fork), (0, 6));
    fork.set("b", "another value, too long to be written in place");
    assert_eq!(nodes(&fork), (3, 3), "the root, the leaf and the entry are its own");
    fork.freeze();
    assert_eq!(nodes(&fork), (2, 0), "the root and the region");
    let mut second = fork.fork();
    second.set("b", "2");
    assert_eq!(nodes(&second), (3, 1), "the region is shared");
}

#[test]
fn stores_are_equal_if_all_entries_are() {
    let store = numbered(100);
    let mut other = store.fork();
    assert!(store == other);
    other.set("key000007", "another");
    assert!(store != other, "a value");
    other.set("key000007", "value 7");
    assert!(store == other);
    other.remove("key000007");
    assert_ne!(store, other, "a key fewer");
    other.set("key", "value 7");
    assert!(store != other, "another key");
    assert!(store != Store::new());
}

#[test]
fn a_batch_is_empty_if_nothing_is_seen_through_it() {
    let mut batch = Batch::new(Store::new());
    assert!(batch.is_empty());
    batch.set("a", "1");
    assert!(!batch.is_empty());
    batch.remove("a");
    assert!(batch.is_empty());
}

#[test]
fn a_batch_contains_what_is_seen_through_it() {
    let mut batch = Batch::new(numbered(2));
    batch.set("new", "value");
    batch.remove("key000001");
    let seen = ["key000000", "key000001", "new", "never"].map(|key| batch.contains(key));
    assert_eq!(seen, [true, false, true, false]);
}

/// What is left may be a part of the region, and still does not lie in one of its own.
#[test]
fn freezing_again_keeps_nothing_but_what_is_left() {
    let mut store = numbered(1000);
    (1..1000).for_each(|n| assert!(store.remove(format!("key{n:06}"))));
    store.freeze();
    assert_eq!(store.get("key000000"), Some(&b"value 0"[..]));
    assert!(store.stats().owned_bytes < 1000, "{:?}", store.stats());
}

#[test]
fn removing_a_prefix_leaves_forks_alone() {
    let base = numbered(300);
    let mut fork = base.fork();
    assert_eq!(fork.remove_prefix("key0001"), 100);
    assert_eq!((base.len(), fork.len()), (300, 200));
    assert_eq!(base.diff(&fork).len(), 100);
    base.check().unwrap();
    fork.check().unwrap();
}

#[test]
fn debug_shows_few_entries_and_counts_many() {
    let few = format!("{:?}", numbered(1));
    assert!(few.contains("key000000") && few.contains("value 0"), "{few}");
    let many = format!("{:?}", numbered(1000));
    assert!(many.contains("len: 1000") && !many.contains("key000000"), "{many}");
}

#[test]
fn a_store_can_be_consumed_while_forks_of_it_live() {
    let store = numbered(300);
    let fork = store.fork();
    let mut entries = store.into_iter();
    let first = entries.next().expect("three hundred");
    assert_eq!(entries.len(), 299);
    let entries: Vec<_> = [first].into_iter().chain(entries).collect();
    assert!(entries.iter().map(|(key, value)| (&key[..], &value[..])).eq(&fork));
    assert_eq!(Store::new().into_iter().next(), None);
}

#[test]
fn keys_and_values_are_those_of_the_entries() {
    let store = numbered(300);
    assert!(store.keys().zip(store.values()).eq(&store));
    assert_eq!(store.first_key_value(), Some((&b"key000000"[..], &b"value 0"[..])));
    assert_eq!(Store::new().first_key_value(), None);
    assert_eq!(&store["key000007"], b"value 7");
    assert_eq!(Store::from([("a", "1"), ("a", "2")]).get("a"), Some(&b"2"[..]));
}

#[test]
#[should_panic(expected = "no key \"missing\"")]
fn indexing_with_a_missing_key_panics_with_its_name() {
    let _ = &numbered(3)["missing"];
}

#[test]
fn equal_stores_have_equal_hashes_whatever_their_history() {
    let states = [numbered(100), numbered(101), numbered(99)];
    let mut other = numbered(101);
    other.remove("key000100");
    let set: std::collections::HashSet<Store> = states.into_iter().chain([other]).collect();
    assert_eq!(set.len(), 3);
}

#[test]
fn stores_of_other_content_have_other_hashes() {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    assert_ne!(hasher.hash_one(numbered(100)), hasher.hash_one(numbered(101)));
}

#[test]
fn a_store_becomes_a_snapshot_and_a_fork_of_it() {
    let snapshot = Snapshot::from(numbered(100));
    assert_eq!(Store::from(snapshot), numbered(100));
}

#[test]
fn what_is_published_last_is_seen() {
    let published = Published::new(numbered(1).snapshot());
    published.publish(numbered(2).snapshot());
    assert_eq!(published.latest().fork(), numbered(2));
}

#[test]
fn a_digest_without_keys_is_that_of_the_rest() {
    let mut batch = Batch::new(numbered(100));
    batch.set("clock", "1");
    batch.remove("key000007");
    let mut rest = batch.base().fork();
    rest.remove("key000007");
    assert_eq!(batch.digest_without(["clock", "missing"]), rest.digest());
    rest.remove("key000008");
    assert_eq!(batch.base().digest_without(["key000007", "key000008"]), rest.digest());
}

#[test]
fn a_write_set_counts_keys_and_not_writes() {
    let (base, mut writes) = (numbered(10), WriteSet::new());
    assert!(writes.is_empty());
    for value in ["1", "2"] {
        writes.set(&base, "key000001", value);
        writes.set(&base, "new", value);
    }
    writes.remove(&base, "key000002");
    assert_eq!((writes.len(), writes.is_empty()), (3, false));
}

#[test]
fn an_emptied_store_lets_go_of_its_region() {
    let mut store = numbered(10_000);
    store.remove_prefix("key");
    assert!(store.is_empty() && store.stats().owned_bytes < 1_000, "{:?}", store.stats());
    store.freeze();
    store.check().unwrap();
}

#[test]
fn keys_in_descending_order_come_to_lie_together_beside_a_region() {
    let filled = |mut store: Store| {
        for n in (0..10_000).rev() {
            store.set(format!("key{n:06}"), "value");
        }
        store.check().unwrap();
        store.stats()
    };
    let counted = filled(Store::new());
    let beside = filled([("a", ""), ("z", "")].into_iter().collect());
    assert!(beside.owned_nodes < counted.owned_nodes + 100, "{beside:?} and {counted:?}");
}

#[test]
fn an_iterator_goes_on_from_where_it_was_cloned() {
    let mut store = numbered(300);
    store.set("key000100+", "not frozen");
    let mut entries = store.iter();
    assert_eq!(entries.by_ref().take(99).count(), 99);
    assert!(entries.clone().eq(store.range("key000099"..)));
    store.clear();
    assert_eq!(store, Store::new());
}

#[test]
fn a_batch_is_extended() {
    let mut batch = Batch::new(numbered(2));
    batch.extend([("key000001", "another"), ("key000002", "new")]);
    batch.commit();
    assert_eq!(batch.len(), 3);
    assert_eq!(batch.get("key000001"), Some(&b"another"[..]));
}
