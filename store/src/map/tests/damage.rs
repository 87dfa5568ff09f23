//! The checker sees what it is there to see.

use super::{Leafless, Map, Tiny};
use crate::digest::Digest;
use crate::node::{self, Branch, Counted, Entry, Leaf, LeafInfo, Shape, build};
use crate::order::{self, Inner, InnerInfo, Keys, Link};
use crate::raw::{Child, LentView};
use crate::region::{Item, Region, Run};

/// More links to a node of the order index than are allowed in `Tiny`.
struct Wide;

impl Shape for Wide {
    const BITS: u32 = 1;
    const LEAF: usize = 2;
    const ORDER_KEYS: usize = 2;
    const ORDER_CHILDREN: usize = 16;
}

/// Keys 0 to 49, of which the first twenty lie in a region.
fn sound() -> Map<Tiny> {
    let mut map = Map::from_entries((0..20_u8).map(|n| ([n], [n])));
    (20..50).for_each(|n| _ = map.set(&[n], &[n]));
    map
}

/// The invariant that a damaged map is reported for.
fn reported(damage: impl FnOnce(&mut Map<Tiny>)) -> &'static str {
    let mut map = sound();
    map.assert_sound();
    damage(&mut map);
    map.check().expect_err("damage is reported").invariant()
}

#[test]
fn damage_is_reported_by_the_number_of_what_it_breaks() {
    assert_eq!(reported(|map| map.root_mut().len += 1), "M1");
    assert_eq!(reported(|map| map.root_mut().digest += Digest::of_entry(b"", b"")), "M2");
    assert_eq!(reported(|map| remove_from_order(map, 7)), "O6");
    assert_eq!(reported(|map| remove_from_order(map, 27)), "O6");
    let out_of_order: [&[u8]; 2] = [&[2], &[1]];
    let leaf = || Link::Leaf(Keys::new(out_of_order.into_iter()));
    assert_eq!(reported(|map| map.root_mut().order = Some(leaf())), "O1");
    let run = |low, high| Some(Link::Run(Run { low, high }));
    assert_eq!(reported(|map| map.root_mut().order = run(3, 3)), "O7");
    assert_eq!(reported(|map| map.root_mut().order = run(0, u32::MAX)), "F1");
    // Words without their region, and beside another one.
    assert_eq!(reported(|map| map.root_mut().region = None), "F1");
    let other = sound().root().region.clone();
    assert_eq!(reported(|map| map.root_mut().region = other), "F1");
    // Built as if it lay one level deeper.
    assert_eq!(reported(|map| rebuild(map, 1, <Tiny as Shape>::hash)), "N6");
    // Built for the last level, where everything is one leaf.
    assert_eq!(reported(|map| rebuild(map, Tiny::DEPTH, <Tiny as Shape>::hash)), "N2");
    assert_eq!(reported(|map| rebuild(map, 0, |key| u64::from(key[0]) << 50)), "N9");
}

/// Damages the root of a trie that is a branch.
fn in_branch(map: &mut Map<Tiny>, damage: impl FnOnce(&mut Branch)) {
    let Some(trie) = &mut map.root_mut().trie else { panic!("entries") };
    let LentView::Branch(mut branch) = trie.lend() else { panic!("many entries") };
    damage(&mut branch);
}

/// Two entries, sorted as in a leaf.
fn two_entries() -> Vec<Child> {
    let mut entries = [b"a", b"b"].map(|key| Entry::entry(Tiny::hash(key), key, b""));
    entries.sort_by_key(|entry| entry.borrow().hash());
    entries.map(Child::from).into()
}

/// A leaf of these entries with the tags of those.
fn leaf(entries: Vec<Child>, tagged: &[Child]) -> Child {
    let tags = LeafInfo::of(tagged.iter().map(|entry| entry.borrow().entry().hash()));
    Leaf::new(tags, entries).into()
}

#[test]
fn damage_to_the_trie_is_reported() {
    let trie = |trie: Child| reported(|map| map.root_mut().trie = Some(trie));
    let entries = two_entries();
    let [first, second] = [&entries[0], &entries[1]];
    assert_eq!(trie(leaf(vec![first.clone()], &entries[..1])), "N1");
    let hashed = entries.iter().map(|entry| (entry.borrow().entry().hash(), entry.clone()));
    let branch = build::<Leafless, _>(&mut Counted, &mut hashed.collect(), 0).expect("two entries");
    assert_eq!(trie(branch), "N3");
    let turned = vec![second.clone(), first.clone()];
    assert_eq!(trie(leaf(turned.clone(), &turned)), "N7");
    assert_eq!(trie(leaf(vec![first.clone(); 2], &[first.clone(), first.clone()])), "N7");
    assert_eq!(trie(leaf(entries.clone(), &turned)), "N8");
    assert_eq!(trie(leaf(entries.clone(), &entries[..1])), "N8");
    let below = leaf(entries.clone(), &entries);
    assert_eq!(trie(leaf(vec![first.clone(), below], &entries)), "N10");
    assert_eq!(reported(|map| in_branch(map, |root| root.make_mut().0.bitmap |= 1 << 4)), "N4");
    assert_eq!(reported(|map| in_branch(map, |root| drop(root.remove(0)))), "N4");
    let one_more = |root: &mut Branch| {
        let entry = Entry::entry(0, b"new", b"");
        node::insert::<Tiny>(&mut root.make_mut().1[0], 1, entry);
    };
    assert_eq!(reported(|map| in_branch(map, one_more)), "N5");
}

/// Damages the root of an order index that is an inner node.
fn in_order(map: &mut Map<Tiny>, damage: impl FnOnce(&mut Inner)) {
    let Some(Link::Inner(inner)) = &mut map.root_mut().order else { panic!("many keys") };
    damage(inner);
}

#[test]
fn damage_to_the_order_index_is_reported() {
    let order = |link| reported(|map| map.root_mut().order = link);
    let keys = |keys: &[u8]| Keys::new(keys.chunks(1));
    assert_eq!(order(Some(Link::Leaf(keys(&[])))), "O1");
    assert_eq!(order(Some(Link::Leaf(keys(&[1, 1])))), "O1");
    assert_eq!(order(Some(Link::Leaf(keys(&[1, 2, 3])))), "O2");
    let mut wide = None;
    (0..20_u8).for_each(|key| order::insert::<Wide>(&mut wide, None, &[key]));
    assert_eq!(order(wide), "O3");
    assert_eq!(reported(|map| in_order(map, |root| drop(root.remove(0)))), "O3");
    assert_eq!(reported(|map| in_order(map, |root| root.make_mut().1.swap(0, 1))), "O4");
    // Its first link is one node lower than the others.
    let lower = |root: &mut Inner| {
        let (_, links) = root.make_mut();
        let Link::Inner(first) = &links[0] else { panic!("a tall index") };
        links[0] = first.items()[0].clone();
    };
    assert_eq!(reported(|map| in_order(map, lower)), "O5");
    // A leaf, and a run, that reach over the separators beside them.
    let spread = |low: u8, high: u8| {
        move |map: &mut Map<Tiny>| {
            in_order(map, |root| {
                let mut link = &mut root.make_mut().1[1];
                while let Link::Inner(inner) = link {
                    link = &mut inner.make_mut().1[0];
                }
                *link = Link::Leaf(keys(&[low, high]));
            });
        }
    };
    assert_eq!(reported(spread(0, 40)), "O4");
    assert_eq!(reported(spread(30, 255)), "O4");
    // A leaf, and a run, that have the separator behind them.
    let reaching = |map: &mut Map<Tiny>, link: Link, key: u8| {
        let info = InnerInfo::of(keys(&[key]));
        let links = vec![link, Link::Leaf(keys(&[key, key + 1]))];
        map.root_mut().order = Some(Link::Inner(Inner::new(info, links)));
    };
    assert_eq!(reported(|map| reaching(map, Link::Leaf(keys(&[1, 5])), 5)), "O4");
    let run = Link::Run(sound().root().region.as_ref().expect("some lie in it").run());
    assert_eq!(reported(|map| reaching(map, run, 19)), "O4");
}

/// Entries that do not lie in the order of their keys, or whose hash is not that of the key.
#[test]
fn damage_to_a_region_is_reported() {
    let region = |keys: &[u8], hash: fn(&[u8]) -> u64| {
        let items = keys.chunks(1).map(|key| Item { hash: hash(key), key, value: b"" });
        let region = Region::new::<Tiny>(keys.len(), items).expect("few entries");
        region.check::<Tiny>().map_err(|violation| violation.invariant())
    };
    assert_eq!(region(&[1, 2, 3], Tiny::hash), Ok(()));
    assert_eq!(region(&[1, 3, 2], Tiny::hash), Err("F2"));
    assert_eq!(region(&[1, 2, 2], Tiny::hash), Err("F2"));
    assert_eq!(region(&[1, 2, 3], |key| Tiny::hash(key) ^ 1), Err("N9"));
}

/// Were a word followed before the test that it points into the region, this would read freed
/// memory, which a sanitizer reports.
#[test]
fn a_word_without_its_region_is_reported_and_not_followed() {
    for others in [1, 9] {
        let mut map: Map<Tiny> = Map::from_entries((0..=others).map(|n| ([n], [n])));
        map.set(&[0], b"counted");
        map.root_mut().region = None;
        assert_eq!(map.check().expect_err("damage is reported").invariant(), "F1");
    }
}

fn remove_from_order(map: &mut Map<Tiny>, key: u8) {
    let root = map.root_mut();
    order::remove::<Tiny>(&mut root.order, root.region.as_deref(), &[key]);
}

/// Builds the trie again for another depth or with another hash.
fn rebuild(map: &mut Map<Tiny>, depth: u32, hash: impl Fn(&[u8]) -> u64) {
    let mut entries: Vec<(u64, Child)> =
        (0..50_u8).map(|n| (hash(&[n]), Entry::entry(hash(&[n]), &[n], &[n]).into())).collect();
    entries
        .sort_by(|(_, a), (_, b)| a.borrow().entry().rank().cmp::<Tiny>(b.borrow().entry().rank()));
    map.root_mut().trie = build::<Tiny, _>(&mut Counted, &mut entries, depth);
}
