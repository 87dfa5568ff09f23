//! What came of a comparison.

use crate::compare::Difference;

/// How much of a recording was compared and found equal.
///
/// ```
/// use bootfork_conform::{Recording, conform};
///
/// let compared = conform(&Recording::bundled("fork-a")?).compared;
/// assert_eq!(compared.initial_writes, 0);
/// assert!(compared.cranks > 0 && compared.deliveries > 0 && compared.keys > 0);
/// # Ok::<(), bootfork_conform::ReadError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Writes of the kernel's initialization; 0 for a fork, whose base was initialized.
    pub initial_writes: u64,
    /// Cranks: event, hashes and changed keys.
    pub cranks: u64,
    /// Deliveries, in kernel form and in vat form.
    pub deliveries: u64,
    /// Syscalls with their results, in both forms.
    pub syscalls: u64,
    /// Host calls with their results and changed keys.
    pub host_calls: u64,
    /// Keys of the final table.
    pub keys: u64,
    /// Entries of the final transcripts.
    pub transcript_entries: u64,
}

/// What came of a comparison.
///
/// ```
/// use bootfork_conform::{Recording, conform};
///
/// let verdict = conform(&Recording::bundled("hello")?);
/// match verdict.difference {
///     None => assert_eq!(verdict.compared.cranks, 27),
///     Some(difference) => panic!("{difference}"),
/// }
/// # Ok::<(), bootfork_conform::ReadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What was equal.
    pub compared: Compared,
    /// The first thing that was not.
    pub difference: Option<Difference>,
}
