//! The invariants of the trie, each tested by its number.

use super::{BranchRef, EntryRef, LeafInfo, LeafRef, Shape, total};
use crate::check::Violation;
use crate::raw::{Child, View};

/// Tests N1 to N9 on a subtree below `prefix`, the first `depth * BITS` bits of a hash.
pub(crate) fn check<S: Shape>(child: &Child, depth: u32, prefix: u64) -> Result<(), Violation> {
    match child.view() {
        View::Entry(entry) => check_entry::<S>(entry, depth, prefix),
        View::Leaf(leaf) => check_leaf::<S>(leaf, depth, prefix),
        View::Branch(branch) => check_branch::<S>(branch, depth, prefix),
    }
}

fn check_entry<S: Shape>(entry: EntryRef<'_>, depth: u32, prefix: u64) -> Result<(), Violation> {
    let (hash, bits) = (entry.hash(), (depth * S::BITS).min(64));
    let below = bits == 0 || hash >> (64 - bits) == prefix;
    Violation::unless(below, "N6", || format!("{:?} is not below {prefix:x}", entry.key()))?;
    Violation::unless(hash == S::hash(entry.key()), "N9", || {
        format!("{:?} does not hash to {hash:x}", entry.key())
    })
}

fn check_leaf<S: Shape>(leaf: LeafRef<'_>, depth: u32, prefix: u64) -> Result<(), Violation> {
    let entries = leaf.items();
    Violation::unless(entries.len() >= 2, "N1", || "a leaf of one entry".into())?;
    Violation::unless(entries.len() <= S::LEAF || depth == S::DEPTH, "N2", || {
        format!("a leaf of {} entries at depth {depth}", entries.len())
    })?;
    for pair in entries.windows(2) {
        let [left, right] = [pair[0].borrow(), pair[1].borrow()];
        Violation::unless(left.rank() < right.rank(), "N7", || {
            format!("{:?} before {:?}", left.key(), right.key())
        })?;
    }
    let tags = leaf.info().tags;
    Violation::unless(tags == LeafInfo::of(entries).tags, "N8", || format!("tags {tags:x}"))?;
    entries.iter().try_for_each(|entry| check_entry::<S>(entry.borrow(), depth, prefix))
}

fn check_branch<S: Shape>(branch: BranchRef<'_>, depth: u32, prefix: u64) -> Result<(), Violation> {
    let (info, children) = (branch.info(), branch.items());
    let sum: usize = children.iter().map(total).sum();
    Violation::unless(sum > S::LEAF && depth < S::DEPTH, "N3", || {
        format!("a branch of {sum} entries at depth {depth}")
    })?;
    let bits = info.bitmap.count_ones() as usize;
    Violation::unless(bits == children.len() && bits > 0, "N4", || {
        format!("{bits} bits for {} children", children.len())
    })?;
    Violation::unless(info.total as usize == sum, "N5", || {
        format!("total {} for {sum} entries", info.total)
    })?;
    let digits = (0..32_u64).filter(|digit| info.bitmap >> digit & 1 == 1);
    for (digit, child) in digits.zip(children) {
        // The last level may have fewer bits left than a digit has; they are its upper ones.
        let spare = ((depth + 1) * S::BITS).saturating_sub(64);
        let prefix = (prefix << (S::BITS - spare)) | (digit >> spare);
        check::<S>(child, depth + 1, prefix)?;
    }
    Ok(())
}
