//! Adding and removing keys.

use super::{Inner, InnerInfo, Keys, Link};
use crate::node::Shape;
use crate::region::{Region, Run};

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
            grow(link, &splits);
        }
    }
}

/// Puts a node above a root that was split.
fn grow(root: &mut Link, splits: &[Split]) {
    if splits.is_empty() {
        return;
    }
    let separators = Keys::new(splits.iter().map(|split| &split.separator[..]));
    let rights = splits.iter().map(|split| split.right.clone());
    let links = std::iter::once(root.clone()).chain(rights).collect();
    *root = Link::Inner(Inner::new(InnerInfo { separators }, links));
}

fn insert_below<S: Shape>(link: &mut Link, region: Option<&Region>, key: &[u8]) -> Vec<Split> {
    match link {
        Link::Leaf(keys) => {
            let at = keys.search(key).expect_err("the key is not in the index");
            *keys = keys.with(at, key);
            if keys.len() <= S::ORDER_KEYS {
                return Vec::new();
            }
            // Keys often come in ascending order: then the left part will not be touched again.
            let len = keys.len();
            let middle = if at + 1 == len { len * 3 / 4 } else { len / 2 };
            let right = Keys::new(keys.iter().skip(middle));
            *keys = Keys::new(keys.iter().take(middle));
            vec![Split::leaf(right)]
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
    let too_many = inner.items().len() > S::ORDER_CHILDREN;
    too_many.then(|| split_inner(inner)).into_iter().collect()
}

fn split_inner(inner: &mut Inner) -> Split {
    let separators = inner.info().separators.clone();
    let links = inner.items().to_vec();
    let middle = links.len() / 2;
    let part = |from: usize, to: usize| {
        let separators = Keys::new(separators.iter().skip(from).take(to - from - 1));
        Inner::new(InnerInfo { separators }, links[from..to].to_vec())
    };
    let right = part(middle, links.len());
    *inner = part(0, middle);
    Split { separator: separators.get(middle - 1).to_vec(), right: Link::Inner(right) }
}

/// Removes a key that is there.
pub(crate) fn remove<S: Shape>(root: &mut Option<Link>, region: Option<&Region>, key: &[u8]) {
    let Some(link) = root else { unreachable!("the key is in the index") };
    let splits = remove_below::<S>(link, region, key);
    grow(link, &splits);
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
            } else {
                join_if_small::<S>(inner, at);
            }
            Vec::new()
        }
    }
}

/// Takes out a link below which nothing is left, with the separator beside it.
fn drop_link(inner: &mut Inner, at: usize) {
    inner.remove(at);
    let (info, _) = inner.make_mut();
    info.separators = info.separators.without(at.saturating_sub(1));
}

/// Joins a node below a quarter, or too small to stand (O3), with a neighbour of its sort.
fn join_if_small<S: Shape>(inner: &mut Inner, at: usize) {
    let links = inner.items();
    let small = match &links[at] {
        Link::Leaf(keys) => keys.len() < S::ORDER_KEYS / 4,
        Link::Inner(below) => below.items().len() < (S::ORDER_CHILDREN / 4).max(2),
        Link::Run(_) => false,
    };
    let beside = |left: usize| match (&links[left], links.get(left + 1)) {
        (Link::Leaf(_), Some(Link::Leaf(_))) | (Link::Inner(_), Some(Link::Inner(_))) => Some(left),
        _ => None,
    };
    let left = at.checked_sub(1).and_then(beside).or_else(|| beside(at));
    if let Some(left) = left.filter(|_| small) {
        join::<S>(inner, left);
    }
}

/// Makes one node of links `at` and `at + 1`, or two equal ones if they are too many for one.
fn join<S: Shape>(inner: &mut Inner, at: usize) {
    let separators = inner.info().separators.clone();
    let (left, right) = (inner.items()[at].clone(), inner.items()[at + 1].clone());
    let (joined, split) = match (&left, &right) {
        (Link::Leaf(left), Link::Leaf(right)) => {
            let all = left.iter().chain(right.iter());
            let len = left.len() + right.len();
            if len <= S::ORDER_KEYS {
                (Link::Leaf(Keys::new(all)), None)
            } else {
                let right = Keys::new(all.clone().skip(len / 2));
                let left = Keys::new(all.take(len / 2));
                (Link::Leaf(left), Some(Split::leaf(right)))
            }
        }
        (Link::Inner(left), Link::Inner(right)) => {
            let between = std::iter::once(separators.get(at));
            let all = left.info().separators.iter().chain(between);
            let all = Keys::new(all.chain(right.info().separators.iter()));
            let links = [left.items(), right.items()].concat();
            let mut joined = Inner::new(InnerInfo { separators: all }, links);
            let too_many = joined.items().len() > S::ORDER_CHILDREN;
            let split = too_many.then(|| split_inner(&mut joined));
            (Link::Inner(joined), split)
        }
        _ => unreachable!("two nodes of one sort"),
    };
    let (info, links) = inner.make_mut();
    links[at] = joined;
    info.separators = separators.without(at);
    if let Some(Split { separator, right }) = split {
        links[at + 1] = right;
        info.separators = info.separators.with(at, &separator);
    } else {
        inner.remove(at + 1);
    }
}

/// Which link leads to a key.
pub(super) fn link_for(separators: &Keys, key: &[u8]) -> usize {
    separators.search(key).map_or_else(|at| at, |at| at + 1)
}
