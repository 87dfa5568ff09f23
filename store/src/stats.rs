//! What a store occupies.

/// Counts of entries, nodes and bytes, as [`Store::stats`](crate::Store::stats) gives them.
///
/// A node is a block of memory: an entry, a node of the trie or of the order index, the root, or a
/// whole frozen region. It is *shared* if some other store, snapshot or savepoint has it as well,
/// else *owned*. Bytes are those asked of the allocator.
///
/// ```
/// use bootfork_store::Store;
///
/// let base: Store = (0..1000).map(|i| (format!("key{i}"), "value")).collect();
/// let mut fork = base.fork();
/// fork.set("key7", "changed");
/// let stats = fork.stats();
/// assert_eq!(stats.entries, 1000);
/// assert!(stats.owned_nodes < 10 && stats.owned_bytes < stats.shared_bytes / 10);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Entries, owned or shared.
    pub entries: usize,
    /// Nodes that go when this store goes.
    pub owned_nodes: usize,
    /// Their bytes.
    pub owned_bytes: usize,
    /// Nodes that others have as well.
    pub shared_nodes: usize,
    /// Their bytes.
    pub shared_bytes: usize,
}
