//! The invariants of the trie, each tested by its number.

use super::{BranchRef, EntryRef, LeafInfo, LeafRef, Shape, total};
use crate::check::Violation;
use crate::raw::{ChildRef, Children, Kind, View};
use crate::region::Region;

/// Tests N1 to N10 and F1 on a trie.
pub(crate) fn check<S: Shape>(
    root: ChildRef<'_>,
    region: Option<&Region>,
) -> Result<(), Violation> {
    check_below::<S>(root, region, &mut Vec::new())
}

/// The same on a subtree below `prefix`, a bit for each level.
fn check_below<S: Shape>(
    child: ChildRef<'_>,
    region: Option<&Region>,
    prefix: &mut Vec<u32>,
) -> Result<(), Violation> {
    let depth = u32::try_from(prefix.len()).expect("few levels");
    check_home(child, region, depth)?;
    match child.view() {
        View::Entry(entry) => check_entry::<S>(entry, prefix),
        View::Leaf(leaf) => {
            check_homes(leaf.children, region, depth)?;
            check_leaf::<S>(leaf, depth)?;
            leaf.children.iter().try_for_each(|entry| check_below::<S>(entry, region, prefix))
        }
        View::Branch(branch) => {
            check_homes(branch.children, region, depth)?;
            check_branch::<S>(branch, depth)?;
            let bits = (0..u32::BITS).map(|digit| 1 << digit);
            let bits = bits.filter(|bit| branch.info.bitmap & bit != 0);
            bits.zip(branch.children.iter()).try_for_each(|(bit, child)| {
                prefix.push(bit);
                check_below::<S>(child, region, prefix)?;
                prefix.pop();
                Ok(())
            })
        }
    }
}

fn check_home(child: ChildRef<'_>, region: Option<&Region>, depth: u32) -> Result<(), Violation> {
    let at_home = !child.is_frozen() || region.is_some_and(|region| region.holds(child));
    Violation::unless(at_home, "F1", || format!("a word at depth {depth} points elsewhere"))
}

/// Before anything is read behind the words of a node.
fn check_homes(
    children: Children<'_>,
    region: Option<&Region>,
    depth: u32,
) -> Result<(), Violation> {
    children.iter().try_for_each(|child| check_home(child, region, depth + 1))
}

fn check_entry<S: Shape>(entry: EntryRef<'_>, prefix: &[u32]) -> Result<(), Violation> {
    let (rank, hash) = (entry.rank(), entry.hash());
    let below = (0..).zip(prefix).all(|(depth, bit)| rank.bit::<S>(depth) == *bit);
    Violation::unless(below, "N6", || format!("{:?} is not below {prefix:x?}", entry.key()))?;
    Violation::unless(hash == S::hash(entry.key()), "N9", || {
        format!("{:?} does not hash to {hash:x}", entry.key())
    })
}

fn check_leaf<S: Shape>(leaf: LeafRef<'_>, depth: u32) -> Result<(), Violation> {
    let entries = leaf.children;
    Violation::unless(entries.len() >= 2, "N1", || "a leaf of one entry".into())?;
    Violation::unless(entries.len() <= S::LEAF || depth == S::DEPTH, "N2", || {
        format!("a leaf of {} entries at depth {depth}", entries.len())
    })?;
    Violation::unless(entries.iter().all(|child| child.kind() == Kind::Entry), "N10", || {
        "a child of a leaf is no entry".into()
    })?;
    let entries = || entries.iter().map(ChildRef::entry);
    for (left, right) in entries().zip(entries().skip(1)) {
        Violation::unless(left.rank().cmp::<S>(right.rank()).is_lt(), "N7", || {
            format!("{:?} before {:?}", left.key(), right.key())
        })?;
    }
    let tags = leaf.info.tags();
    let expected = LeafInfo::of(entries().map(EntryRef::hash)).tags();
    Violation::unless(tags == expected, "N8", || format!("tags {tags:x}"))
}

fn check_branch<S: Shape>(branch: BranchRef<'_>, depth: u32) -> Result<(), Violation> {
    let BranchRef { info, children } = branch;
    let sum: usize = children.iter().map(total).sum();
    Violation::unless(sum > S::LEAF && depth < S::DEPTH, "N3", || {
        format!("a branch of {sum} entries at depth {depth}")
    })?;
    let bits = info.bitmap.count_ones() as usize;
    Violation::unless(bits == children.len(), "N4", || {
        format!("{bits} bits for {} children", children.len())
    })?;
    Violation::unless(info.total as usize == sum, "N5", || {
        format!("total {} for {sum} entries", info.total)
    })
}
