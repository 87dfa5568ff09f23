//! Comparing two tries without walking what they share.

use std::cmp::Ordering;

use super::{BranchRef, EntryRef, Shape, for_each};
use crate::raw::{ChildRef, Children, View};

/// Whether two subtrees at the same place have the same entries.
///
/// Equal contents have equal shapes, so any difference of shape is the answer. O(what is not
/// shared).
pub(crate) fn equal(left: ChildRef<'_>, right: ChildRef<'_>) -> bool {
    if left.same(right) {
        return true;
    }
    match (left.view(), right.view()) {
        (View::Entry(left), View::Entry(right)) => equal_entries(left, right),
        (View::Leaf(left), View::Leaf(right)) => equal_children(left.children, right.children),
        (View::Branch(left), View::Branch(right)) => {
            left.info.bitmap == right.info.bitmap
                && left.info.total == right.info.total
                && equal_children(left.children, right.children)
        }
        _ => false,
    }
}

fn equal_children(left: Children<'_>, right: Children<'_>) -> bool {
    left.len() == right.len() && left.iter().zip(right.iter()).all(|(l, r)| equal(l, r))
}

fn equal_entries(left: EntryRef<'_>, right: EntryRef<'_>) -> bool {
    left.same(right) || (left.rank() == right.rank() && left.value() == right.value())
}

/// Calls `report` with the entry on either side for each key that differs, in order of
/// rank.
pub(crate) fn changes<'a, S: Shape>(
    left: Option<ChildRef<'a>>,
    right: Option<ChildRef<'a>>,
    report: &mut impl FnMut(Option<EntryRef<'a>>, Option<EntryRef<'a>>),
) {
    match (left, right) {
        (None, None) => {}
        (Some(left), None) => for_each(left, &mut |entry| report(Some(entry), None)),
        (None, Some(right)) => for_each(right, &mut |entry| report(None, Some(entry))),
        (Some(left), Some(right)) if left.same(right) => {}
        (Some(left), Some(right)) => match (left.view(), right.view()) {
            (View::Branch(left), View::Branch(right)) => {
                let mut bits = left.info.bitmap | right.info.bitmap;
                while bits != 0 {
                    let bit = bits & bits.wrapping_neg();
                    bits &= !bit;
                    let child = |branch: BranchRef<'a>| {
                        let there = branch.info.bitmap & bit != 0;
                        there.then(|| branch.children.at(branch.info.position(bit)))
                    };
                    changes::<S>(child(left), child(right), report);
                }
            }
            // One side is small: all but a few entries of the other are changes anyway.
            _ => merge::<S>(&collect(left), &collect(right), report),
        },
    }
}

fn collect(child: ChildRef<'_>) -> Vec<EntryRef<'_>> {
    let mut entries = Vec::new();
    for_each(child, &mut |entry| entries.push(entry));
    entries
}

fn merge<'a, S: Shape>(
    mut left: &[EntryRef<'a>],
    mut right: &[EntryRef<'a>],
    report: &mut impl FnMut(Option<EntryRef<'a>>, Option<EntryRef<'a>>),
) {
    loop {
        let order = match (left.first(), right.first()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(l), Some(r)) if l.same(*r) => Ordering::Equal,
            (Some(l), Some(r)) => l.rank().cmp::<S>(r.rank()),
        };
        match order {
            Ordering::Less => report(Some(left[0]), None),
            Ordering::Greater => report(None, Some(right[0])),
            Ordering::Equal if equal_entries(left[0], right[0]) => {}
            Ordering::Equal => report(Some(left[0]), Some(right[0])),
        }
        left = &left[usize::from(order.is_le())..];
        right = &right[usize::from(order.is_ge())..];
    }
}
