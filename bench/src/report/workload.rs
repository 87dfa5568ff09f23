//! What is measured.

use std::fmt;

use clap::ValueEnum;

/// One question put to every contender that can answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Fork and drop.
    Fork,
    /// Fork, overwrite 10 keys chosen at random, drop.
    #[value(name = "fork_write_10")]
    ForkWrite10,
    /// The same, but the fork is kept and the next one is made from it.
    #[value(name = "fork_write_10_kept")]
    ForkWrite10Kept,
    /// As `fork_write_10`, all keys among the same 64.
    #[value(name = "fork_write_10_hot")]
    ForkWrite10Hot,
    /// The value of a key.
    #[value(name = "get_hit")]
    GetHit,
    /// The value of a key that is not there.
    #[value(name = "get_miss")]
    GetMiss,
    /// The least key after a key.
    Seek,
    /// 100 entries in key order, from a key on; the time is that of one entry.
    Scan,
    /// Equality of two forks with the same 10 keys overwritten, each by itself: they are equal.
    #[value(name = "eq_fork")]
    EqFork,
    /// The differences of two forks with 10 keys overwritten each, 20 in all.
    #[value(name = "diff_fork")]
    DiffFork,
    /// Fork, overwrite 10 keys, drop: how many a second on one thread.
    #[value(name = "threads_1")]
    Threads1,
    /// The same on two threads that fork one base.
    #[value(name = "threads_2")]
    Threads2,
    /// The second of these divided by the first.
    #[value(name = "threads_scaling")]
    ThreadsScaling,
    /// What a living fork with 10 overwritten keys occupies.
    #[value(name = "mem_fork_10")]
    MemFork10,
    /// The same without what the allocator adds to each request.
    #[value(name = "mem_fork_10_requested")]
    MemFork10Requested,
    /// What a map occupies, divided by its entries.
    #[value(name = "mem_entry")]
    MemEntry,
    /// Filling a map; the time is that of one entry.
    Build,
    /// The same from bytes, of which a map that does not take them as they are has to make keys
    /// and values of its own first.
    #[value(name = "build_from_bytes")]
    BuildFromBytes,
    /// Overwriting in a map that nothing shares.
    Overwrite,
    /// The same with bytes, of which a map that does not take them as they are has to make a value
    /// first.
    #[value(name = "overwrite_from_bytes")]
    OverwriteFromBytes,
}

impl Workload {
    /// All of them. The last two change the base, so nothing else may come after them.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name on the command line and in JSON.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The unit of its values.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Scan | Self::Build | Self::BuildFromBytes => "ns/entry",
            Self::Threads1 | Self::Threads2 => "forks/s",
            Self::ThreadsScaling => "x",
            Self::MemEntry => "B/entry",
            Self::MemFork10 | Self::MemFork10Requested => "B/fork",
            _ => "ns",
        }
    }

    /// Whether the greater value is the better one.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Threads1 | Self::Threads2 | Self::ThreadsScaling)
    }

    /// Whether it is answered by filling a map, without a base to begin with.
    pub fn is_filling(self) -> bool {
        matches!(self, Self::Build | Self::BuildFromBytes | Self::MemEntry)
    }

    /// How many times worse `value` is than `other`: 0.5 is twice as good.
    pub fn ratio(self, value: f64, other: f64) -> f64 {
        if self.is_rate() { other / value } else { value / other }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}
