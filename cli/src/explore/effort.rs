//! How an exploration spends its budget, and how far its timelines go.

use std::time::Duration;

use bootfork_explorer::policy::{Adaptive, Compat04, Exhaustive, Policy, Replay};
use bootfork_explorer::{Explorer, Limits, World, policy};
use clap::builder::PossibleValuesParser;
use clap::value_parser;
use thiserror::Error;

/// How the budget is spent, and when an exploration ends.
#[derive(clap::Args, Debug)]
pub(crate) struct Effort {
    /// How the budget is spent
    #[arg(long, default_value = policy::NAMES[0])]
    #[arg(value_parser = PossibleValuesParser::new(policy::NAMES))]
    policy: String,
    /// Timelines to fork for each root seed
    #[arg(long, default_value_t = 20_000)]
    budget: u64,
    /// Draws to make for each root seed; no limit by default
    #[arg(long)]
    draws: Option<u64>,
    /// Seconds to spend on each root seed; what is found then depends on the machine
    #[arg(long)]
    seconds: Option<u32>,
    /// Moments to keep for each root seed, in MiB. Others are given up, and the way to them is gone
    /// again when needed; `exhaustive` ends where a level of states does not fit
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// Forks that lead to a timeline, at most; for `exhaustive`, steps
    #[arg(long)]
    depth: Option<u32>,
    /// Timelines that each mark has to itself until all have spent theirs, for `adaptive` (seven
    /// eighths of `--budget` by default: say how many where `--draws` or `--seconds` are what ends
    /// it), or is given at each split, for `compat04` (600)
    #[arg(long, value_name = "TIMELINES", value_parser = value_parser!(u64).range(1..))]
    per_mark: Option<u64>,
    /// Spend the whole budget of each root seed, and look for more after its first bug
    #[arg(long, conflicts_with = "stop_at_first_bug")]
    spend_budget: bool,
    /// End each root seed at its first bug: the default, said aloud
    #[arg(long)]
    stop_at_first_bug: bool,
    /// Let each root seed know what those before it found, and look for something else
    #[arg(long)]
    warm: bool,
    /// End a warm exploration once so many root seeds in a row have reached nothing new
    #[arg(long, value_name = "SEEDS", value_parser = value_parser!(u64).range(1..))]
    stop_when_stable: Option<u64>,
}

/// Why an exploration cannot be had.
#[derive(Debug, Error)]
pub(crate) enum EffortError {
    #[error("--{option} means nothing to `{policy}`; it is for {of}")]
    MeansNothing { option: &'static str, policy: String, of: &'static str },
}

impl Effort {
    /// Timelines to fork for each root seed.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    pub(crate) fn stops_at_bug(&self) -> bool {
        !self.spend_budget
    }

    /// Whether each option means something to the policy.
    pub(crate) fn check(&self) -> Result<(), EffortError> {
        let policy = &*self.policy;
        let nothing =
            |option, of| Err(EffortError::MeansNothing { option, policy: policy.to_owned(), of });
        if self.per_mark.is_some() && !["adaptive", "compat04"].contains(&policy) {
            return nothing("per-mark", "adaptive and compat04");
        }
        if self.depth.is_some() && policy == "brute" {
            return nothing("depth", "policies that fork from more than the start");
        }
        Ok(())
    }

    /// Has an explorer explore so, timelines within these limits.
    pub(crate) fn apply<W: World>(&self, explorer: Explorer<W>, limits: Limits) -> Explorer<W> {
        let depth = self.depth.filter(|_| self.policy != "exhaustive").unwrap_or(limits.depth);
        let limits = Limits { depth, ..limits };
        let mut explorer = explorer.boxed_policy(self.policy()).budget(self.budget).limits(limits);
        if let Some(draws) = self.draws {
            explorer = explorer.draw_budget(draws);
        }
        if let Some(seconds) = self.seconds {
            explorer = explorer.time_limit(Duration::from_secs(seconds.into()));
        }
        if let Some(mebibytes) = self.memory {
            explorer = explorer.memory(mebibytes as usize * 1024 * 1024);
        }
        if self.warm {
            explorer = explorer.warm();
        }
        if let Some(seeds) = self.stop_when_stable {
            explorer = explorer.stop_when_stable(seeds);
        }
        if self.spend_budget { explorer } else { explorer.stop_at_first_bug() }
    }

    fn policy<W: World>(&self) -> Box<dyn Policy<W>> {
        match (&*self.policy, self.depth) {
            ("adaptive", _) => Box::new(Adaptive { per_mark: self.per_mark }),
            ("compat04", depth) => {
                let usual = Compat04::default();
                let per_mark = self.per_mark.unwrap_or(usual.per_mark);
                Box::new(Compat04 { depth: depth.unwrap_or(usual.depth), per_mark, ..usual })
            }
            ("exhaustive", Some(depth)) => Box::new(Exhaustive { depth: depth.into() }),
            ("replay", Some(length)) => Box::new(Replay { length, ..Replay::default() }),
            (name, _) => policy::by_name(name).expect("a name of the list"),
        }
    }
}
