//! Adding and removing keys.

use super::{Inner, InnerInfo, Keys, Link};
use crate::node::Shape;
use crate::region::{Region, Run};

/// So many children a node may have however long its separators are.
pub(super) const LONG_CHILDREN: usize = 4;

/// A part split off to the right of a node, with the separator between the two.
struct Split {
    separator: Vec<u8>,
    right: Link,
}

impl Split {
    /// The keys from `keys[0]` on.
    fn leaf(keys: Keys) -> Self {
        Self { separator: keys.get(0).to_vec(), right: Link::Leaf(keys) }
    }

    /// A run of the region; nothing if it is empty.
    fn run(region: &Region, run: Run) -> Option<Self> {
        let first = region.first(run).entry()?;
        Some(Self { separator: first.key().to_vec(), right: Link::Run(run) })
    }
}

/// Adds a key that is not there.
pub(crate) fn insert<S: Shape>(root: &mut Option<Link>, region: Option<&Region>, key: &[u8]) {
    match root {
        None => *root = Some(Link::Leaf(Keys::new([key].into_iter()))),
        Some(link) => {
            let splits = insert_below::<S>(link, region, key);
            grow::<S>(link, &splits);
        }
    }
}

/// Puts nodes above a root that was split.
fn grow<S: Shape>(root: &mut Link, splits: &[Split]) {
    if splits.is_empty() {
        return;
    }
    let separators = Keys::new(splits.iter().map(|split| &split.separator[..]));
    let rights = splits.iter().map(|split| split.right.clone());
    let links = std::iter::once(root.clone()).chain(rights).collect();
    let mut above = Inner::new(InnerInfo { separators }, links);
    let splits = split_inner::<S>(&mut above);
    *root = Link::Inner(above);
    grow::<S>(root, &splits);
}

fn insert_below<S: Shape>(link: &mut Link, region: Option<&Region>, key: &[u8]) -> Vec<Split> {
    match link {
        Link::Leaf(keys) => {
            let at = keys.search(key).expect_err("the key is not in the index");
            *keys = keys.with(at, key);
            let last = at + 1 == keys.len();
            split_leaf::<S>(keys, last)
        }
        Link::Run(run) => {
            let region = region.expect("a run lies in the region of its root (F1)");
            let Run { low, high } = *run;
            let at = region.seek::<S>(*run, key, true).at();
            let own = Keys::new([key].into_iter());
            let behind = Split::run(region, Run { low: at, high });
            if at == low {
                *link = Link::Leaf(own);
                return Vec::from_iter(behind);
            }
            *run = Run { low, high: at };
            std::iter::once(Split::leaf(own)).chain(behind).collect()
        }
        Link::Inner(inner) => {
            let at = lead_into_leaf::<S>(inner, region, key);
            let (_, links) = inner.make_mut();
            let splits = insert_below::<S>(&mut links[at], region, key);
            add_links::<S>(inner, at, splits)
        }
    }
}

/// The parts to the right of a leaf that is too large, because of its `last` key or another.
fn split_leaf<S: Shape>(keys: &mut Keys, last: bool) -> Vec<Split> {
    let len = keys.len();
    let middle = if len > S::ORDER_KEYS {
        // Keys often come in ascending order: then the left part will not be touched again.
        if last { len * 3 / 4 } else { len / 2 }
    } else if len > 1 && keys.bytes() > S::ORDER_BYTES {
        keys.half_of_the_bytes()
    } else {
        return Vec::new();
    };
    let mut right = Keys::new(keys.iter().skip(middle));
    *keys = Keys::new(keys.iter().take(middle));
    let mut splits = split_leaf::<S>(keys, false);
    let more = split_leaf::<S>(&mut right, last);
    splits.push(Split::leaf(right));
    splits.extend(more);
    splits
}

/// Which link a new key is to go to. If it would come behind all of a run it goes to the leaf
/// behind that, of which it becomes the first key: else keys in descending order would each get a
/// leaf.
fn lead_into_leaf<S: Shape>(inner: &mut Inner, region: Option<&Region>, key: &[u8]) -> usize {
    let at = link_for(&inner.info().separators, key);
    let (Some(region), [Link::Run(run), Link::Leaf(_), ..]) = (region, &inner.items()[at..]) else {
        return at;
    };
    if region.seek::<S>(*run, key, true).at() < run.high {
        return at;
    }
    let (info, _) = inner.make_mut();
    info.separators = info.separators.without(at).with(at, key);
    at + 1
}

/// Adds what link `at` was split into; the parts into which this makes the node itself split.
fn add_links<S: Shape>(inner: &mut Inner, at: usize, splits: Vec<Split>) -> Vec<Split> {
    for (nth, Split { separator, right }) in splits.into_iter().enumerate() {
        let (info, _) = inner.make_mut();
        info.separators = info.separators.with(at + nth, &separator);
        inner.insert(at + nth + 1, right);
    }
    split_inner::<S>(inner)
}

/// The parts to the right of a node that has become too large.
fn split_inner<S: Shape>(inner: &mut Inner) -> Vec<Split> {
    let (len, bytes) = (inner.items().len(), inner.info().separators.bytes());
    if len <= S::ORDER_CHILDREN && (len <= LONG_CHILDREN || bytes <= S::ORDER_BYTES) {
        return Vec::new();
    }
    let (separator, mut right) = halve(inner);
    let mut splits = split_inner::<S>(inner);
    let more = split_inner::<S>(&mut right);
    splits.push(Split { separator, right: Link::Inner(right) });
    splits.extend(more);
    splits
}

/// The right half of a node, and what separates it from the left one, which stays.
fn halve(inner: &mut Inner) -> (Vec<u8>, Inner) {
    let separators = inner.info().separators.clone();
    let links = inner.items().to_vec();
    let middle = links.len() / 2;
    let part = |from: usize, to: usize| {
        let separators = Keys::new(separators.iter().skip(from).take(to - from - 1));
        Inner::new(InnerInfo { separators }, links[from..to].to_vec())
    };
    let right = part(middle, links.len());
    *inner = part(0, middle);
    (separators.get(middle - 1).to_vec(), right)
}

/// Removes a key that is there.
pub(crate) fn remove<S: Shape>(root: &mut Option<Link>, region: Option<&Region>, key: &[u8]) {
    let Some(link) = root else { unreachable!("the key is in the index") };
    let splits = remove_below::<S>(link, region, key);
    grow::<S>(link, &splits);
    if is_empty(link) {
        *root = None;
    } else if let Link::Inner(inner) = link
        && inner.items().len() == 1
    {
        *link = inner.items()[0].clone();
    }
}

fn is_empty(link: &Link) -> bool {
    match link {
        Link::Leaf(keys) => keys.len() == 0,
        Link::Run(run) => run.is_empty(),
        Link::Inner(inner) => inner.items().is_empty(),
    }
}

fn remove_below<S: Shape>(link: &mut Link, region: Option<&Region>, key: &[u8]) -> Vec<Split> {
    match link {
        Link::Leaf(keys) => {
            let at = keys.search(key).expect("the key is in the index");
            *keys = keys.without(at);
            Vec::new()
        }
        Link::Run(run) => {
            let region = region.expect("a run lies in the region of its root (F1)");
            let (before, behind) = region.cut::<S>(*run, key);
            if before.is_empty() {
                *run = behind;
                return Vec::new();
            }
            *run = before;
            Vec::from_iter(Split::run(region, behind))
        }
        Link::Inner(inner) => {
            let at = link_for(&inner.info().separators, key);
            let (_, links) = inner.make_mut();
            let splits = remove_below::<S>(&mut links[at], region, key);
            if !splits.is_empty() {
                return add_links::<S>(inner, at, splits);
            }
            if is_empty(&links[at]) {
                drop_link(inner, at);
                return Vec::new();
            }
            let Some(left) = small_beside::<S>(inner, at) else { return Vec::new() };
            let splits = join::<S>(inner, left);
            add_links::<S>(inner, left, splits)
        }
    }
}

/// Takes out a link below which nothing is left, with the separator beside it.
fn drop_link(inner: &mut Inner, at: usize) {
    inner.remove(at);
    let (info, _) = inner.make_mut();
    info.separators = info.separators.without(at.saturating_sub(1));
}

/// The left one of two neighbours of one sort, if either is below a quarter, or too small to stand
/// (O3), and one node can be made of both.
fn small_beside<S: Shape>(inner: &Inner, at: usize) -> Option<usize> {
    let links = inner.items();
    let small = match &links[at] {
        Link::Leaf(keys) => keys.len() < S::ORDER_KEYS / 4,
        Link::Inner(below) => below.items().len() < (S::ORDER_CHILDREN / 4).max(2),
        Link::Run(_) => false,
    };
    let beside = |left: usize| match (&links[left], links.get(left + 1)?) {
        (Link::Leaf(left_keys), Link::Leaf(right_keys)) => {
            (left_keys.bytes() + right_keys.bytes() <= S::ORDER_BYTES).then_some(left)
        }
        (Link::Inner(_), Link::Inner(_)) => Some(left),
        _ => None,
    };
    let left = at.checked_sub(1).and_then(beside).or_else(|| beside(at));
    left.filter(|_| small)
}

/// Makes one node of links `at` and `at + 1`; the parts to the right of it if it is too large.
fn join<S: Shape>(inner: &mut Inner, at: usize) -> Vec<Split> {
    let separators = inner.info().separators.clone();
    let (left, right) = (inner.items()[at].clone(), inner.items()[at + 1].clone());
    let (joined, splits) = match (&left, &right) {
        (Link::Leaf(left), Link::Leaf(right)) => {
            let mut all = Keys::new(left.iter().chain(right.iter()));
            let splits = split_leaf::<S>(&mut all, false);
            (Link::Leaf(all), splits)
        }
        (Link::Inner(left), Link::Inner(right)) => {
            let between = std::iter::once(separators.get(at));
            let all = left.info().separators.iter().chain(between);
            let all = Keys::new(all.chain(right.info().separators.iter()));
            let links = [left.items(), right.items()].concat();
            let mut joined = Inner::new(InnerInfo { separators: all }, links);
            let splits = split_inner::<S>(&mut joined);
            (Link::Inner(joined), splits)
        }
        _ => unreachable!("two nodes of one sort"),
    };
    let (info, links) = inner.make_mut();
    links[at] = joined;
    info.separators = separators.without(at);
    inner.remove(at + 1);
    splits
}

/// Which link leads to a key.
pub(super) fn link_for(separators: &Keys, key: &[u8]) -> usize {
    separators.search(key).map_or_else(|at| at, |at| at + 1)
}
