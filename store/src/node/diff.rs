//! Comparing two tries without walking what they share.

use std::cmp::Ordering;

use super::{EntryRef, for_each};
use crate::raw::{Child, View};

/// Whether two subtrees at the same place have the same entries.
///
/// Equal contents have equal shapes, so any difference of shape is the answer. O(what is not
/// shared).
pub(crate) fn equal(left: &Child, right: &Child) -> bool {
    if left.same(right) {
        return true;
    }
    match (left.view(), right.view()) {
        (View::Entry(left), View::Entry(right)) => equal_entries(left, right),
        (View::Leaf(left), View::Leaf(right)) => {
            let (left, right) = (left.items(), right.items());
            left.len() == right.len()
                && left.iter().zip(right).all(|(l, r)| equal_entries(l.borrow(), r.borrow()))
        }
        (View::Branch(left), View::Branch(right)) => {
            let (left_info, right_info) = (left.info(), right.info());
            left_info.bitmap == right_info.bitmap
                && left_info.total == right_info.total
                && left.items().iter().zip(right.items()).all(|(left, right)| equal(left, right))
        }
        _ => false,
    }
}

fn equal_entries(left: EntryRef<'_>, right: EntryRef<'_>) -> bool {
    left.same(right) || (left.rank() == right.rank() && left.value() == right.value())
}

/// Calls `report` with the entry on either side for each key that differs, in order of hash.
pub(crate) fn changes<'a>(
    left: Option<&'a Child>,
    right: Option<&'a Child>,
    report: &mut impl FnMut(Option<EntryRef<'a>>, Option<EntryRef<'a>>),
) {
    match (left, right) {
        (None, None) => {}
        (Some(left), None) => for_each(left, &mut |entry| report(Some(entry), None)),
        (None, Some(right)) => for_each(right, &mut |entry| report(None, Some(entry))),
        (Some(left), Some(right)) if left.same(right) => {}
        (Some(left), Some(right)) => match (left.view(), right.view()) {
            (View::Branch(left), View::Branch(right)) => {
                let (left_info, right_info) = (left.info(), right.info());
                let mut bits = left_info.bitmap | right_info.bitmap;
                while bits != 0 {
                    let bit = bits & bits.wrapping_neg();
                    bits &= !bit;
                    let child = |bitmap, children: &'a [Child], at: usize| {
                        (bitmap & bit != 0).then(|| &children[at])
                    };
                    let left_at = left_info.position(bit);
                    let right_at = right_info.position(bit);
                    changes(
                        child(left_info.bitmap, left.items(), left_at),
                        child(right_info.bitmap, right.items(), right_at),
                        report,
                    );
                }
            }
            // One side is small: all but a few entries of the other are changes anyway.
            _ => merge(&collect(left), &collect(right), report),
        },
    }
}

fn collect(child: &Child) -> Vec<EntryRef<'_>> {
    let mut entries = Vec::new();
    for_each(child, &mut |entry| entries.push(entry));
    entries
}

fn merge<'a>(
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
            (Some(l), Some(r)) => l.rank().cmp(&r.rank()),
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
