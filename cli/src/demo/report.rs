//! The tables that the main job prints.

use std::io::{self, Write};
use std::time::Duration;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

use super::Kernel;
use super::checks::Check;
use super::measure::Row;

/// `time` is how long the boot took, if that is worth telling.
pub(crate) fn print_base(
    out: &mut impl Write,
    base: &Kernel,
    time: Option<Duration>,
) -> io::Result<()> {
    let cranks = base.cranks().max(1);
    let time = time.map_or_else(String::new, |time| {
        let each = u64::try_from(time.as_nanos() / u128::from(cranks)).unwrap_or(u64::MAX);
        format!(" in {} ({} a crank)", duration(time), duration(Duration::from_nanos(each)))
    });
    let (cranks, keys) = (grouped(base.cranks()), grouped(base.kv().len() as u64));
    writeln!(out, "Booted the native ledger: {cranks} cranks{time}, {keys} keys.\n")
}

pub(crate) fn print_rows(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let mut table = new_table(["a kernel, ready by", "time", "fresh boot is", "own memory"]);
    let boot = rows.first().map_or(Duration::ZERO, |row| row.time);
    for row in rows {
        let ratio = boot.as_secs_f64() / row.time.as_secs_f64().max(1e-9);
        let memory = bytes(row.own_bytes as u64);
        table.add_row([row.what.clone(), duration(row.time), times(ratio), memory]);
    }
    align(&mut table, 1..4);
    writeln!(out, "{table}\n")
}

/// `true` if all passed.
pub(crate) fn print_checks(
    out: &mut impl Write,
    checks: &[Check],
    forks: u32,
    threads: usize,
) -> io::Result<bool> {
    writeln!(
        out,
        "{} forks on {threads} threads, a different operation in each:",
        grouped(forks.into())
    )?;
    let mut table = new_table(["check", "looked at", "", "result"]);
    for check in checks {
        let result = if check.passed() { "passed" } else { "FAILED" };
        table.add_row([check.claim, &grouped(check.count), check.unit, result]);
    }
    align(&mut table, 1..2);
    writeln!(out, "{table}\n")?;
    for check in checks.iter().filter(|check| !check.passed()) {
        writeln!(out, "FAILED: {}", check.claim)?;
        if check.count == 0 {
            writeln!(out, "  nothing was looked at")?;
        }
        for problem in check.problems.iter().take(5) {
            writeln!(out, "  {problem}")?;
        }
    }
    let passed = checks.iter().filter(|check| check.passed()).count();
    writeln!(out, "{passed} checks passed, {} failed", checks.len() - passed)?;
    Ok(passed == checks.len())
}

pub(crate) fn new_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(header);
    table
}

pub(crate) fn align(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn times(ratio: f64) -> String {
    if ratio < 10.0 {
        return format!("{ratio:.1} × this");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded for show")]
    let whole = ratio.round() as u64;
    format!("{} × this", grouped(whole))
}

fn duration(time: Duration) -> String {
    let nanos = time.as_secs_f64() * 1e9;
    match nanos {
        nanos if nanos < 1e3 => format!("{nanos:.0} ns"),
        nanos if nanos < 1e6 => format!("{:.1} µs", nanos / 1e3),
        nanos if nanos < 1e9 => format!("{:.1} ms", nanos / 1e6),
        nanos => format!("{:.2} s", nanos / 1e9),
    }
}

pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..10_000 => format!("{} B", grouped(number)),
        _ => format!("{} KB", grouped(number / 1000)),
    }
}
