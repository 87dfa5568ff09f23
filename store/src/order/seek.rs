//! Finding the next key.

use super::edit::link_for;
use super::{Keys, Link};

/// A place in the index: the leaf and position of the next key to give, perhaps just behind its last.
pub(crate) struct Cursor<'a> {
    root: Option<&'a Link>,
    next: Option<(&'a Keys, usize)>,
}

impl<'a> Cursor<'a> {
    /// At the first key above `key`, or at it if `inclusive`. O(log n).
    pub(crate) fn new(root: Option<&'a Link>, key: &[u8], inclusive: bool) -> Self {
        Self { root, next: root.and_then(|root| seek(root, key, inclusive)) }
    }

    /// Gives no more keys.
    pub(crate) fn stop(&mut self) {
        self.next = None;
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (mut keys, mut at) = self.next?;
        if at == keys.len() {
            // A new search at the end of a leaf costs O(log n) once in dozens of keys, and no stack.
            self.next = seek(self.root?, keys.get(at - 1), false);
            (keys, at) = self.next?;
        }
        self.next = Some((keys, at + 1));
        Some(keys.get(at))
    }
}

fn seek<'a>(link: &'a Link, key: &[u8], inclusive: bool) -> Option<(&'a Keys, usize)> {
    match link {
        Link::Leaf(keys) => {
            let at = match keys.search(key) {
                Ok(at) => at + usize::from(!inclusive),
                Err(at) => at,
            };
            (at < keys.len()).then_some((keys, at))
        }
        Link::Inner(inner) => {
            let at = link_for(&inner.info().separators, key);
            let links = inner.items();
            seek(&links[at], key, inclusive).or_else(|| links.get(at + 1).map(first))
        }
    }
}

fn first(mut link: &Link) -> (&Keys, usize) {
    loop {
        match link {
            Link::Leaf(keys) => return (keys, 0),
            Link::Inner(inner) => link = &inner.items()[0],
        }
    }
}
