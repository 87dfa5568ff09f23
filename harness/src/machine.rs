//! State machine tests whose every case starts from a fork.

use std::fmt;
use std::marker::PhantomData;

use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::boot::Boot;

/// A test of `proptest-state-machine` that starts from a boot: each case from a fork of its own,
/// also while proptest looks for a smaller failing case.
///
/// ```
/// use bootfork::{Boot, ForkedMachine, FromFork};
/// use proptest::prelude::*;
/// use proptest_state_machine::{ReferenceStateMachine, prop_state_machine};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
///
/// /// What a world should do: its length.
/// struct Length;
///
/// impl ReferenceStateMachine for Length {
///     type State = usize;
///     type Transition = u8;
///
///     fn init_state() -> BoxedStrategy<usize> {
///         Just(3).boxed()
///     }
///
///     fn transitions(_: &usize) -> BoxedStrategy<u8> {
///         any::<u8>().boxed()
///     }
///
///     fn apply(length: usize, _: &u8) -> usize {
///         length + 1
///     }
/// }
///
/// struct Growth;
///
/// impl ForkedMachine for Growth {
///     type State = Vec<u8>;
///     type Reference = Length;
///
///     fn boot() -> &'static Boot<Vec<u8>> {
///         &WORLD
///     }
///
///     fn apply(world: &mut Vec<u8>, _: &usize, number: u8) {
///         world.push(number);
///     }
///
///     fn check(world: &Vec<u8>, length: &usize) {
///         assert_eq!(world.len(), *length);
///     }
/// }
///
/// prop_state_machine! {
///     // In a suite: #[test]
///     fn worlds_grow(sequential 1..20 => FromFork<Growth>);
/// }
/// worlds_grow();
/// ```
pub trait ForkedMachine {
    /// The state that is tested.
    type State: Clone + fmt::Debug + 'static;
    /// What it should do.
    type Reference: ReferenceStateMachine;

    /// What every case starts from.
    fn boot() -> &'static Boot<Self::State>;

    /// Does a transition, which the reference has done already.
    fn apply(
        state: &mut Self::State,
        reference: &<Self::Reference as ReferenceStateMachine>::State,
        transition: <Self::Reference as ReferenceStateMachine>::Transition,
    );

    /// Looks at both after each transition, and panics if they do not agree.
    fn check(state: &Self::State, reference: &<Self::Reference as ReferenceStateMachine>::State) {
        let _ = (state, reference);
    }
}

/// A [`ForkedMachine`] as proptest takes it.
pub struct FromFork<M>(PhantomData<M>);

impl<M> fmt::Debug for FromFork<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFork")
    }
}

impl<M: ForkedMachine> StateMachineTest for FromFork<M> {
    type SystemUnderTest = M::State;
    type Reference = M::Reference;

    /// # Panics
    /// If the boot fails.
    fn init_test(_: &<M::Reference as ReferenceStateMachine>::State) -> M::State {
        M::boot().fork().unwrap_or_else(|error| panic!("{error}"))
    }

    fn apply(
        mut state: M::State,
        reference: &<M::Reference as ReferenceStateMachine>::State,
        transition: <M::Reference as ReferenceStateMachine>::Transition,
    ) -> M::State {
        M::apply(&mut state, reference, transition);
        state
    }

    fn check_invariants(
        state: &M::State,
        reference: &<M::Reference as ReferenceStateMachine>::State,
    ) {
        M::check(state, reference);
    }
}
