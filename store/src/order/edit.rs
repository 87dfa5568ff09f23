//! Adding and removing keys.

use super::{Inner, InnerInfo, Keys, Link};
use crate::node::Shape;

/// A part split off to the right of a node, with the separator between the two.
struct Split {
    separator: Vec<u8>,
    right: Link,
}

/// Adds a key that is not there.
pub(crate) fn insert<S: Shape>(root: &mut Option<Link>, key: &[u8]) {
    let Some(link) = root else {
        *root = Some(Link::Leaf(Keys::new([key].into_iter())));
        return;
    };
    if let Some(Split { separator, right }) = insert_below::<S>(link, key) {
        let separators = Keys::new([&separator[..]].into_iter());
        let links = vec![link.clone(), right];
        *link = Link::Inner(Inner::new(InnerInfo { separators }, links));
    }
}

fn insert_below<S: Shape>(link: &mut Link, key: &[u8]) -> Option<Split> {
    match link {
        Link::Leaf(keys) => {
            let at = keys.search(key).expect_err("the key is not in the index");
            *keys = keys.with(at, key);
            if keys.len() <= S::ORDER_KEYS {
                return None;
            }
            // Keys often come in ascending order: then the left part will not be touched again.
            let len = keys.len();
            let middle = if at + 1 == len { len * 3 / 4 } else { len / 2 };
            let right = Keys::new(keys.iter().skip(middle));
            *keys = Keys::new(keys.iter().take(middle));
            Some(Split { separator: right.get(0).to_vec(), right: Link::Leaf(right) })
        }
        Link::Inner(inner) => {
            let at = link_for(&inner.info().separators, key);
            let (info, links) = inner.make_mut();
            let Split { separator, right } = insert_below::<S>(&mut links[at], key)?;
            info.separators = info.separators.with(at, &separator);
            inner.insert(at + 1, right);
            (inner.items().len() > S::ORDER_CHILDREN).then(|| split_inner(inner))
        }
    }
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
pub(crate) fn remove<S: Shape>(root: &mut Option<Link>, key: &[u8]) {
    let Some(link) = root else { unreachable!("the key is in the index") };
    remove_below::<S>(link, key);
    match link {
        Link::Leaf(keys) if keys.len() == 0 => *root = None,
        Link::Inner(inner) if inner.items().len() == 1 => *link = inner.items()[0].clone(),
        _ => {}
    }
}

fn remove_below<S: Shape>(link: &mut Link, key: &[u8]) {
    match link {
        Link::Leaf(keys) => {
            let at = keys.search(key).expect("the key is in the index");
            *keys = keys.without(at);
        }
        Link::Inner(inner) => {
            let at = link_for(&inner.info().separators, key);
            let (_, links) = inner.make_mut();
            remove_below::<S>(&mut links[at], key);
            if is_small::<S>(&links[at]) {
                join::<S>(inner, at.saturating_sub(1));
            }
        }
    }
}

/// Whether a node should be joined with a neighbour: below a quarter, or too small to stand (O1,
/// O3).
fn is_small<S: Shape>(link: &Link) -> bool {
    match link {
        Link::Leaf(keys) => keys.len() < (S::ORDER_KEYS / 4).max(1),
        Link::Inner(inner) => inner.items().len() < (S::ORDER_CHILDREN / 4).max(2),
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
                let separator = right.get(0).to_vec();
                let left = Keys::new(all.take(len / 2));
                (Link::Leaf(left), Some(Split { separator, right: Link::Leaf(right) }))
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
        _ => unreachable!("neighbours are of one height (O5)"),
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

/// An index of these keys, which are in ascending order, with nodes about three quarters full.
/// O(n).
pub(crate) fn from_sorted<S: Shape>(keys: &[&[u8]]) -> Option<Link> {
    let mut level: Vec<(&[u8], Link)> = even_parts(keys, S::ORDER_KEYS)
        .map(|part| (part[0], Link::Leaf(Keys::new(part.iter().copied()))))
        .collect();
    while level.len() > 1 {
        level = even_parts(&level, S::ORDER_CHILDREN)
            .map(|part| {
                let separators = Keys::new(part[1..].iter().map(|(first, _)| *first));
                let links = part.iter().map(|(_, link)| link.clone()).collect();
                (part[0].0, Link::Inner(Inner::new(InnerInfo { separators }, links)))
            })
            .collect();
    }
    level.pop().map(|(_, link)| link)
}

/// Cuts a slice into parts of nearly equal size, at most (and mostly three quarters of) `most`.
fn even_parts<T>(items: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let parts = if items.len() <= most { 1 } else { items.len().div_ceil(most - most / 4) };
    (0..parts.min(items.len()))
        .map(move |part| &items[items.len() * part / parts..items.len() * (part + 1) / parts])
}
