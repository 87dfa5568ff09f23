//! Programs: what can be done to versions of a map, at random.

use proptest::prelude::*;

use super::version::{Bytes, Version};
use crate::node::Shape;

#[derive(Clone, Debug)]
pub(super) enum Op {
    Set(Bytes, u8),
    Remove(Bytes),
    RemovePrefix(Bytes),
    /// Puts a fork of the present version on the list, and stays with the original.
    Fork,
    /// Goes on with another version on the list.
    Switch(usize),
    /// Makes the present version a fork of another one.
    Rollback(usize),
    /// Looks for the difference from another version, and for equality.
    Compare(usize),
    NextKey(Bytes),
    Range(Bytes, Bytes),
    Freeze,
}

/// A defect of the map that a run acts out, to show that it is noticed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Defect {
    /// A removed key is there again.
    Remove,
    /// Freezing loses the last entry.
    Freeze,
    /// A write reaches the version that was forked from, too.
    Write,
}

/// So many steps go by between two full comparisons of the present version; what a single step
/// says of itself is compared each time.
const STEPS_BETWEEN: usize = 4;

/// Runs a program on the map and on its twins, and compares them.
pub(super) fn run<S: Shape>(program: &[Op], defect: Option<Defect>) {
    let mut versions = vec![Version::<S>::new()];
    let mut now = 0;
    for (step, op) in (1..).zip(program) {
        let count = versions.len();
        match op {
            Op::Set(key, value) => versions[now].set(key, *value),
            Op::Remove(key) => versions[now].remove(key),
            Op::RemovePrefix(prefix) => versions[now].remove_prefix(prefix),
            Op::Fork => versions.push(versions[now].clone()),
            Op::Switch(to) => now = to % count,
            Op::Rollback(to) => versions[now] = versions[to % count].clone(),
            Op::Compare(to) => versions[now].assert_told_from(&versions[to % count]),
            Op::NextKey(after) => versions[now].assert_next_key(after),
            Op::Range(from, to) if from <= to => versions[now].assert_range(from, to),
            Op::Range(..) => {}
            Op::Freeze => versions[now].map.freeze(),
        }
        if let Some(defect) = defect {
            act_out(defect, op, &mut versions, now);
        }
        if step % STEPS_BETWEEN == 0 {
            versions[now].assert_agrees();
        }
    }
    // Nothing that was done to one version shows in another.
    for (at, version) in versions.iter().enumerate() {
        version.assert_agrees();
        version.assert_told_from(&versions[(at + 1) % versions.len()]);
    }
}

fn act_out<S: Shape>(defect: Defect, op: &Op, versions: &mut [Version<S>], now: usize) {
    match (defect, op) {
        (Defect::Remove, Op::Remove(key)) => _ = versions[now].map.set(key, b"again"),
        (Defect::Freeze, Op::Freeze) => {
            if let Some((last, _)) = versions[now].model.last_key_value() {
                versions[now].map.remove(last);
            }
        }
        (Defect::Write, Op::Set(key, _)) if now > 0 => {
            _ = versions[now - 1].map.set(key, b"through");
        }
        _ => {}
    }
}

/// The program with as many steps left out as can be without a pass.
pub(super) fn reduce(mut program: Vec<Op>, fails: impl Fn(&[Op]) -> bool) -> Vec<Op> {
    let mut length = program.len().next_power_of_two();
    while length > 0 {
        let mut at = 0;
        while at < program.len() {
            let end = program.len().min(at + length);
            let rest = [&program[..at], &program[end..]].concat();
            if fails(&rest) {
                program = rest;
            } else {
                at = end;
            }
        }
        length /= 2;
    }
    program
}

fn any_key() -> impl Strategy<Value = Bytes> {
    // Few enough keys that programs meet the same one again, some the prefix of others.
    prop_oneof![
        4 => (0..40_u8).prop_map(|n| format!("k{n}").into_bytes()),
        1 => prop::collection::vec(prop_oneof![Just(0), Just(1), Just(255)], 0..4),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        24 => (any_key(), 0..6_u8).prop_map(|(key, value)| Op::Set(key, value)),
        12 => any_key().prop_map(Op::Remove),
        1 => any_key().prop_map(Op::RemovePrefix),
        2 => Just(Op::Fork),
        2 => Just(Op::Freeze),
        3 => (0..8_usize).prop_map(Op::Switch),
        1 => (0..8_usize).prop_map(Op::Rollback),
        2 => (0..8_usize).prop_map(Op::Compare),
        3 => any_key().prop_map(Op::NextKey),
        2 => (any_key(), any_key()).prop_map(|(from, to)| Op::Range(from, to)),
    ]
}

/// Programs of so many steps.
pub(super) fn programs(steps: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(any_op(), steps)
}
