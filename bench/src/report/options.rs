//! What the command line says.

use std::time::Duration;

use clap::Parser;

use super::workload::Workload;

/// Fewest entries: ten writes must find ten keys and twenty differences twenty.
const SIZE_MIN: usize = 100;
/// Most entries: some 6 GB of memory.
const SIZE_MAX: usize = 20_000_000;

/// Measures the store beside other maps, in one run.
///
/// Takes about ten minutes and 10 GB of memory; nothing else should run meanwhile.
#[derive(Clone, Debug, Parser)]
#[command(name = "report")]
pub struct Options {
    /// Entries in the maps, such as 1k,100k,1M; from 2M on only the store is measured [default:
    /// 1k,10k,100k,1M and, unless quick, 10M]
    #[arg(long, value_name = "SIZES", value_delimiter = ',', value_parser = size)]
    pub n: Vec<usize>,

    /// Only these workloads
    #[arg(long, value_name = "WORKLOADS", value_delimiter = ',', hide_possible_values = true)]
    pub only: Vec<Workload>,

    /// Two minutes instead of ten: shorter rounds, and no 10M
    #[arg(long)]
    pub quick: bool,

    /// How long to measure, about; large maps take what it takes to fill them
    #[arg(long, value_name = "SECONDS", conflicts_with = "quick")]
    pub seconds: Option<u16>,

    /// Print a line of JSON for each figure instead of tables
    #[arg(long)]
    pub json: bool,
}

/// What is measured, and in what time.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Entries in the maps, ascending.
    pub sizes: Vec<usize>,
    /// In the order in which they are measured.
    pub workloads: Vec<Workload>,
    /// How long it may take.
    pub duration: Duration,
}

impl Options {
    /// What follows from the options.
    pub fn plan(&self) -> Plan {
        let usual = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
        // Filling the largest takes half a minute, whatever is measured then.
        let usual = if self.quick { &usual[..4] } else { &usual[..] };
        let mut sizes = if self.n.is_empty() { usual.to_vec() } else { self.n.clone() };
        sizes.sort_unstable();
        sizes.dedup();
        // The scaling is the quotient of the other two.
        let scaling = self.only.contains(&Workload::ThreadsScaling);
        let wanted = |w: &Workload| {
            self.only.is_empty() || self.only.contains(w) || (scaling && w.is_rate())
        };
        let workloads = Workload::all().iter().copied().filter(wanted).collect();
        let seconds = self.seconds.unwrap_or(if self.quick { 80 } else { 580 });
        Plan { sizes, workloads, duration: Duration::from_secs(seconds.into()) }
    }
}

/// A number with an optional `k` or `M` after it.
fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let number: usize =
        digits.parse().map_err(|_| "a size is a number, such as 500, 10k or 1M".to_owned())?;
    let size = number.saturating_mul(unit);
    if (SIZE_MIN..=SIZE_MAX).contains(&size) {
        Ok(size)
    } else {
        Err(format!("sizes go from {SIZE_MIN} to {}M", SIZE_MAX / 1_000_000))
    }
}
