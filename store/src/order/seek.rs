//! Finding the next key.

use std::marker::PhantomData;

use super::edit::link_for;
use super::{Keys, Link};
use crate::node::{EntryRef, Shape};
use crate::region::{Place, Region};

/// A place in the index: before the next key to give, or behind the last of a leaf or a run.
pub(crate) struct Cursor<'a, S> {
    root: Option<&'a Link>,
    region: Option<&'a Region>,
    next: Option<Next<'a>>,
    shape: PhantomData<S>,
}

#[derive(Clone, Copy)]
enum Next<'a> {
    InLeaf(&'a Keys, usize),
    /// With the key before.
    InRun(Place<'a>, &'a [u8]),
}

/// A key that a cursor has come to.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Key(&'a [u8]),
    /// The entry that the region has for the key; it may have another one by now.
    Frozen(EntryRef<'a>),
}

impl<'a> Found<'a> {
    pub(crate) fn key(self) -> &'a [u8] {
        match self {
            Self::Key(key) => key,
            Self::Frozen(entry) => entry.key(),
        }
    }
}

impl<S> Clone for Cursor<'_, S> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, S: Shape> Cursor<'a, S> {
    /// At the first key above `key`, or at it if `inclusive`. O(log n).
    pub(crate) fn new(
        root: Option<&'a Link>,
        region: Option<&'a Region>,
        key: &[u8],
        inclusive: bool,
    ) -> Self {
        let next = root.and_then(|root| seek::<S>(root, region, key, inclusive));
        Self { root, region, next, shape: PhantomData }
    }

    /// Gives no more keys.
    pub(crate) fn stop(&mut self) {
        self.next = None;
    }
}

impl<'a, S: Shape> Iterator for Cursor<'a, S> {
    type Item = Found<'a>;

    #[inline]
    fn next(&mut self) -> Option<Found<'a>> {
        let (next, found) = match self.next? {
            Next::InLeaf(keys, at) if at < keys.len() => {
                (Next::InLeaf(keys, at + 1), Found::Key(keys.get(at)))
            }
            Next::InRun(mut place, _) if let Some(entry) = place.entry() => {
                place.advance(entry);
                (Next::InRun(place, entry.key()), Found::Frozen(entry))
            }
            // A new search behind a leaf costs O(log n) once in dozens of keys, and no stack.
            Next::InLeaf(keys, at) => return self.search_behind(keys.get(at - 1)),
            Next::InRun(_, last) => return self.search_behind(last),
        };
        self.next = Some(next);
        Some(found)
    }
}

impl<'a, S: Shape> Cursor<'a, S> {
    fn search_behind(&mut self, key: &[u8]) -> Option<Found<'a>> {
        self.next = seek::<S>(self.root?, self.region, key, false);
        self.next.is_some().then(|| self.next()).flatten()
    }
}

/// Before the first key of the subtree that is above `key`, or at it if `inclusive`.
fn seek<'a, S: Shape>(
    link: &'a Link,
    region: Option<&'a Region>,
    key: &[u8],
    inclusive: bool,
) -> Option<Next<'a>> {
    match link {
        Link::Leaf(keys) => {
            let at = match keys.search(key) {
                Ok(at) => at + usize::from(!inclusive),
                Err(at) => at,
            };
            (at < keys.len()).then_some(Next::InLeaf(keys, at))
        }
        Link::Run(run) => {
            let place = region?.seek::<S>(*run, key, inclusive);
            // The key before is asked for behind the run only, when one was given.
            place.entry().map(|_| Next::InRun(place, b""))
        }
        Link::Inner(inner) => {
            let at = link_for(&inner.info().separators, key);
            let links = inner.items();
            let below = seek::<S>(&links[at], region, key, inclusive);
            below.or_else(|| seek::<S>(links.get(at + 1)?, region, key, inclusive))
        }
    }
}
