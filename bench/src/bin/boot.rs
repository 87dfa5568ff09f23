//! What a booted state costs, in this process and the next, beside other ways to have a state back:
//! `cargo run --release -p bench --bin boot`, with `--quick` for a glance.
#![allow(unsafe_code)] // To open what nobody has looked at.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bench::boot::{Visit, World};
use bench::decode::{peers, rkyv_bytes};
use bench::figures::{duration, median, new_table, timed};
use bench::inputs::{self, Entry};
use bootfork::image::{Image, Trust, Vouch};
use bootfork::store::Store;
use clap::Parser;
use comfy_table::Table;
use rkyv::Archived;
use rkyv::util::AlignedVec;

/// Boots, cache misses and cache hits of processes, and what an image costs beside its peers.
#[derive(Debug, Parser)]
struct Options {
    /// Few rounds, and nothing large
    #[arg(long)]
    quick: bool,
    /// Be one of the processes
    #[arg(long, hide = true)]
    visit: Option<World>,
}

/// Accounts of the ledgers.
const LEDGERS: [u32; 3] = [100, 1_000, 10_000];
/// Entries of the stores.
const ENTRIES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("boot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some(world) = options.visit {
        serde_json::to_writer(std::io::stdout(), &world.visit()?)?;
        return Ok(());
    }
    let sizes = if options.quick { 1 } else { 3 };
    let rounds = if options.quick { 3 } else { 15 };
    // The disk that target folders are on.
    let scratch = tempfile::tempdir_in(env::current_exe()?.parent().ok_or("no folder")?)?;
    println!("A booted state; medians of {rounds} processes each.\n");
    let worlds = LEDGERS[..sizes].iter().map(|&accounts| World::Ledger(accounts));
    let worlds = worlds.chain(ENTRIES[..sizes].iter().map(|&count| World::Entries(count)));
    println!("{}\n", processes(&worlds.collect::<Vec<_>>(), rounds, scratch.path())?);
    println!("The same entries from a file, and by others from memory; medians of {rounds} times,");
    println!("after as many that are not counted.\n");
    println!("{}", images(&ENTRIES[..sizes], rounds, scratch.path())?);
    Ok(())
}

/// A column for each world, a row for each thing that is paid for.
fn processes(worlds: &[World], rounds: u32, scratch: &Path) -> Result<Table, Box<dyn Error>> {
    let mut rows: [(&str, Vec<String>); 7] = [
        ("boot, without a cache", vec![]),
        ("cache miss: boot, image and entry on the disk", vec![]),
        ("cache hit: the state of another process", vec![]),
        ("cache hit, and a fork of it used once", vec![]),
        ("fork", vec![]),
        ("fork and its first use", vec![]),
        ("memory of a fork that was used, a process's growth", vec![]),
    ];
    for &world in worlds {
        let (mut off, mut miss, mut hit) = (vec![], vec![], vec![]);
        for round in 0..rounds {
            let cache = scratch.join(format!("{world:?}-{round}"));
            for (mode, visits) in [("off", &mut off), ("use", &mut miss), ("use", &mut hit)] {
                visits.push(Visit::of(world, mode, &cache)?);
            }
            fs::remove_dir_all(cache)?;
        }
        assert!(off.iter().chain(&miss).all(|visit| visit.booted));
        assert!(!hit.iter().any(|visit| visit.booted), "the cache is hit");
        let of = |visits: &[Visit], what: fn(&Visit) -> Duration| {
            duration(median(visits.iter().map(what).collect()).unwrap_or_default())
        };
        let mut bytes: Vec<_> = hit.iter().map(|visit| visit.resident_bytes).collect();
        bytes.sort_unstable();
        let cells = [
            of(&off, |visit| visit.have),
            of(&miss, |visit| visit.have),
            of(&hit, |visit| visit.have),
            of(&hit, |visit| visit.first_use),
            of(&hit, |visit| visit.fork),
            of(&hit, |visit| visit.fork_and_use),
            // Entries take less than the memory that opening them has left behind.
            match world {
                World::Ledger(_) => format!("{} B", bytes[bytes.len() / 2]),
                World::Entries(_) => "–".to_owned(),
            },
        ];
        for ((_, row), cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    let name = |world: &World| match world {
        World::Ledger(accounts) => format!("ledger of {accounts}"),
        World::Entries(count) => format!("{count} entries"),
    };
    Ok(table(worlds.iter().map(name), rows))
}

/// A column for each size, a row for each way to have entries back.
fn images(sizes: &[usize], rounds: u32, scratch: &Path) -> Result<Table, Box<dyn Error>> {
    let mut rows: [(&str, Vec<String>); 10] = [
        ("build: collect them", vec![]),
        ("write the image, synced", vec![]),
        ("open, trusted", vec![]),
        ("open, structure checked", vec![]),
        ("open, with BLAKE3 and digest", vec![]),
        ("postcard: decode to a BTreeMap", vec![]),
        ("SQLite: deserialize", vec![]),
        ("rkyv: check, then use in place", vec![]),
        ("rkyv: use in place, trusted", vec![]),
        ("size of the image", vec![]),
    ];
    for &size in sizes {
        let entries = inputs::entries(size);
        let build = || entries.iter().cloned().collect::<Store>();
        let store = build();
        let file = scratch.join("image");
        let builder = Image::builder("bench", 1).store("kv", &store);
        let open = |trust| timed(rounds, || Image::open(&file, trust).expect("sound"));
        // SAFETY: the file is the one that is written below.
        let trusted = Trust::Trusted(unsafe { Vouch::new() });
        let mut times = vec![
            timed(rounds.min(5), build),
            timed(rounds.min(5), || builder.write(&file).expect("room on the disk")),
        ];
        times.extend([trusted, Trust::Structural, Trust::Full].map(open));
        let bytes = rkyv_bytes(&entries);
        times.extend(peers(entries).map(|peer| timed(rounds, || peer.decode())));
        times.push(timed(rounds, || rkyv_trusted(&bytes)));
        let bytes = format!("{} KB", fs::metadata(&file)?.len() / 1_000);
        let cells = times.into_iter().map(duration).chain([bytes]);
        for ((_, row), cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    Ok(table(sizes.iter().map(|size| format!("{size} entries")), rows))
}

/// How many entries there are in bytes that rkyv made, at which nobody looks.
fn rkyv_trusted(bytes: &AlignedVec) -> usize {
    // SAFETY: they are what rkyv has made of such a value.
    unsafe { rkyv::access_unchecked::<Archived<Vec<Entry>>>(black_box(bytes)) }.len()
}

fn table<const N: usize>(
    columns: impl Iterator<Item = String>,
    rows: [(&str, Vec<String>); N],
) -> Table {
    let header: Vec<_> = [String::new()].into_iter().chain(columns).collect();
    let mut table = new_table(&header);
    for (what, cells) in rows {
        table.add_row([what.to_owned()].into_iter().chain(cells));
    }
    table
}
