//! Figures, and what becomes of them beside each other.

use serde::Serialize;

use super::contender::Kind;
use super::workload::Workload;

/// One contender's figure for one workload at one size.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The workload.
    pub workload: Workload,
    /// Entries in the base.
    pub n: usize,
    /// The contender.
    pub contender: String,
    /// What it is to the report.
    pub kind: Kind,
    /// In the workload's unit.
    pub value: f64,
}

/// A figure beside the best of the peers.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The workload's name.
    pub workload: String,
    /// Entries in the base.
    pub n: usize,
    /// The contender; the store's begin with `bootfork`.
    pub contender: String,
    /// In `unit`.
    pub value: f64,
    /// The unit of `value`.
    pub unit: &'static str,
    /// The peer with the best value, ordinary maps among them; `None` if no peer took part.
    pub best_peer: Option<String>,
    /// How many times worse than the best peer: below 1 is better, for rates too.
    pub ratio_to_best_peer: Option<f64>,
    /// The persistent map with the best value.
    pub best_persistent_peer: Option<String>,
    /// As `ratio_to_best_peer`, against that one.
    pub ratio_to_best_persistent_peer: Option<f64>,
}

/// Sets every figure beside the best of its workload and size.
pub fn rows(figures: &[Figure]) -> Vec<Row> {
    figures.iter().map(|figure| row(figure, figures)).collect()
}

fn row(figure: &Figure, figures: &[Figure]) -> Row {
    let workload = figure.workload;
    let best = |kinds: &[Kind]| {
        let beside = figures.iter().filter(|f| (f.workload, f.n) == (workload, figure.n));
        let peers = beside.filter(|f| kinds.contains(&f.kind));
        peers.min_by(|a, b| workload.ratio(a.value, 1.0).total_cmp(&workload.ratio(b.value, 1.0)))
    };
    let ratio = |peer: &Figure| workload.ratio(figure.value, peer.value);
    let of_all = best(&[Kind::Persistent, Kind::Copied]);
    let persistent = best(&[Kind::Persistent]);
    Row {
        workload: workload.name(),
        n: figure.n,
        contender: figure.contender.clone(),
        value: figure.value,
        unit: workload.unit(),
        best_peer: of_all.map(|peer| peer.contender.clone()),
        ratio_to_best_peer: of_all.map(ratio),
        best_persistent_peer: persistent.map(|peer| peer.contender.clone()),
        ratio_to_best_persistent_peer: persistent.map(ratio),
    }
}
