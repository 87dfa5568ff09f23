//! The rows for people to read.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::contender::Kind;
use super::row::Figure;
use super::workload::Workload;

/// Within so much of each other two figures are called level.
const LEVEL: f64 = 1.05;

/// So many workloads stand beside each other at most.
const COLUMNS: usize = 11;

/// For each size how the store compares, then what each contender needed.
#[derive(Debug)]
pub struct Tables<'a>(pub &'a [Figure]);

impl fmt::Display for Tables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sizes: Vec<usize> = self.0.iter().map(|figure| figure.n).collect();
        sizes.dedup();
        for n in sizes {
            let figures: Vec<&Figure> = self.0.iter().filter(|figure| figure.n == n).collect();
            writeln!(f, "\nn = {}: the store and the best of the others", short(n))?;
            writeln!(f, "{}", comparison(&figures))?;
            writeln!(f, "\nn = {}: all figures, times in ns", short(n))?;
            let measured = |w: &&Workload| figures.iter().any(|figure| figure.workload == **w);
            let measured: Vec<&Workload> = Workload::all().iter().filter(measured).collect();
            for workloads in measured.chunks(COLUMNS) {
                writeln!(f, "{}", everyone(&figures, workloads))?;
            }
        }
        Ok(())
    }
}

/// A line for each workload and each way of using the store.
fn comparison(figures: &[&Figure]) -> Table {
    let mut table = table(&[
        "workload",
        "contender",
        "value",
        "unit",
        "best peer",
        "its value",
        "ratio",
        "",
        "best persistent",
        "its value",
        "ratio",
    ]);
    for workload in Workload::all() {
        let beside: Vec<&Figure> =
            figures.iter().copied().filter(|f| f.workload == *workload).collect();
        let mut name = workload.name();
        for ours in beside.iter().filter(|f| f.kind == Kind::Ours) {
            let mut line = vec![
                std::mem::take(&mut name),
                ours.contender.clone(),
                number(ours.value),
                workload.unit().to_owned(),
            ];
            let ratio = |peer: &Figure| workload.ratio(ours.value, peer.value);
            let best = best(&beside, |kind| kind != Kind::Ours);
            line.extend(best.map_or_else(Default::default, |p| beside_peer(p, ratio(p))));
            line.push(best.map_or("", |peer| mark(ratio(peer))).to_owned());
            let persistent = self::best(&beside, |kind| kind == Kind::Persistent);
            line.extend(persistent.map_or_else(Default::default, |p| beside_peer(p, ratio(p))));
            table.add_row(line);
        }
    }
    table
}

/// A line for each contender.
fn everyone(figures: &[&Figure], workloads: &[&Workload]) -> Table {
    let names: Vec<String> = workloads.iter().map(|w| w.name()).collect();
    let mut head = vec!["contender"];
    head.extend(names.iter().map(String::as_str));
    let mut table = table(&head);
    let mut contenders: Vec<&str> = Vec::new();
    for figure in figures {
        if !contenders.contains(&&*figure.contender) {
            contenders.push(&figure.contender);
        }
    }
    for contender in contenders {
        let value = |workload: &&Workload| {
            let mut of_both =
                figures.iter().filter(|f| f.workload == **workload && f.contender == contender);
            of_both.next().map_or_else(|| "-".to_owned(), |figure| number(figure.value))
        };
        let mut line = vec![contender.to_owned()];
        line.extend(workloads.iter().map(value));
        table.add_row(line);
    }
    table
}

fn best<'a>(beside: &[&'a Figure], among: impl Fn(Kind) -> bool) -> Option<&'a Figure> {
    let peers = beside.iter().copied().filter(|figure| among(figure.kind));
    let cost = |figure: &Figure| figure.workload.ratio(figure.value, 1.0);
    peers.min_by(|left, right| cost(left).total_cmp(&cost(right)))
}

fn beside_peer(peer: &Figure, ratio: f64) -> [String; 3] {
    [peer.contender.clone(), number(peer.value), format!("{ratio:.2}")]
}

fn mark(ratio: f64) -> &'static str {
    if ratio > LEVEL {
        "BEHIND"
    } else if ratio * LEVEL < 1.0 {
        "ahead"
    } else {
        "level"
    }
}

/// Numbers to the right, words to the left.
fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(head);
    for (column, title) in table.column_iter_mut().zip(head) {
        let words = ["workload", "contender", "unit", "best peer", "", "best persistent"];
        if !words.contains(title) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Three digits or more.
fn number(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0..10.0 => format!("{value:.2}"),
        10.0..1e2 => format!("{value:.1}"),
        1e2..1e5 => format!("{value:.0}"),
        1e5..1e8 => format!("{:.0}k", value / 1e3),
        _ => format!("{:.0}M", value / 1e6),
    }
}

/// A size as the command line takes it.
fn short(n: usize) -> String {
    match n {
        _ if n.is_multiple_of(1_000_000) => format!("{}M", n / 1_000_000),
        _ if n.is_multiple_of(1_000) => format!("{}k", n / 1_000),
        _ => n.to_string(),
    }
}
