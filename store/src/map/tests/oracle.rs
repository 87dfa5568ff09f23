//! Random programs, run on the map and on three other maps at once.
//!
//! The gate runs 4,096 programs of 256 steps for each of three hashes with tiny nodes, and fewer
//! for other shapes; `BOOTFORK_ORACLE_PROGRAMS=N` runs N of each. The programs are the same in
//! every run, and more of them begin with the same ones. A failure prints a program cut down to
//! what still fails, as a list that can be pasted into a call of [`run`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::program::{Defect, Op, programs, reduce, run};
use super::{Colliding, Constant, Leafless, Tiny, setting};
use crate::node::Shape;
use crate::store::Standard;

const PROGRAMS: usize = 4096;
const STEPS: usize = 256;

/// The first so many programs.
fn first_programs(count: usize) -> impl Iterator<Item = Vec<Op>> {
    let mut runner = TestRunner::deterministic();
    let programs = programs(STEPS);
    std::iter::repeat_with(move || programs.new_tree(&mut runner).expect("a program").current())
        .take(count)
}

fn fails<S: Shape>(program: &[Op], defect: Option<Defect>) -> bool {
    catch_unwind(AssertUnwindSafe(|| run::<S>(program, defect))).is_err()
}

fn agrees<S: Shape>(programs: usize) {
    let programs = setting("BOOTFORK_ORACLE_PROGRAMS").unwrap_or(programs);
    for (nth, program) in first_programs(programs).enumerate() {
        if fails::<S>(&program, None) {
            let least = reduce(program, |program| fails::<S>(program, None));
            panic!("program {nth} fails, and still does when cut down to {least:?}");
        }
    }
}

#[test]
fn agrees_with_tiny_nodes() {
    agrees::<Tiny>(PROGRAMS);
}

#[test]
fn agrees_with_colliding_hashes() {
    agrees::<Colliding>(PROGRAMS);
}

#[test]
fn agrees_with_one_hash_for_all_keys() {
    agrees::<Constant>(PROGRAMS);
}

#[test]
fn agrees_in_its_own_shape() {
    agrees::<Standard>(PROGRAMS / 8);
}

#[test]
fn agrees_without_leaves() {
    agrees::<Leafless>(PROGRAMS / 8);
}

/// Canary: were the comparison blind, or seldom made, all of the above would prove nothing.
#[test]
fn a_defective_map_is_caught_and_the_program_cut_down() {
    for (defect, least) in [(Defect::Remove, 2), (Defect::Freeze, 2), (Defect::Write, 3)] {
        let caught: Vec<_> =
            first_programs(16).filter(|program| fails::<Tiny>(program, Some(defect))).collect();
        assert!(caught.len() >= 15, "{defect:?} is caught by {} of 16 programs", caught.len());
        let cut = reduce(caught[0].clone(), |program| fails::<Tiny>(program, Some(defect)));
        assert!(!fails::<Tiny>(&cut, None), "{cut:?} fails by itself");
        assert!(cut.len() <= least, "{defect:?} takes {least} steps, not {cut:?}");
    }
}
