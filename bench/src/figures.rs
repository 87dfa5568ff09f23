//! Figures for people to read.

use std::time::Duration;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

/// A table as Markdown has them: words in the first column, figures in the others.
pub fn new_table(header: &[String]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A time in the unit that suits it.
pub fn duration(time: Duration) -> String {
    match time.as_secs_f64() * 1e9 {
        nanos if nanos < 1e4 => format!("{nanos:.0} ns"),
        nanos if nanos < 1e6 => format!("{:.1} µs", nanos / 1e3),
        nanos if nanos < 1e9 => format!("{:.1} ms", nanos / 1e6),
        nanos => format!("{:.2} s", nanos / 1e9),
    }
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// The median time of some work, done so many times; what it makes is dropped by another clock. As
/// many times before are not counted: memory that a process is given for the first time is slow,
/// most of all in a virtual machine whose host has to find it, too.
///
/// # Panics
/// If it is done no times.
pub fn timed<T>(rounds: u32, mut work: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let begin = std::time::Instant::now();
        let done = work();
        let time = begin.elapsed();
        drop(done);
        time
    };
    let times = (0..2 * rounds).map(time).skip(rounds as usize);
    median(times.collect()).expect("it is done")
}
