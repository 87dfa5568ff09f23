//! `bootfork conform`: replays recordings of the real kernel and says where ours differs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bootfork_conform::{BUNDLED, Compared, ReadError, Recording, conform, restore_at_every_crank};
use serde::Serialize;

/// Folders of recordings to replay.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Folders of recordings, or folders of such folders; the bundled recordings if none is named
    folders: Vec<PathBuf>,
    /// Also restore the kernel from an image before every crank, and compare it with the one that
    /// never was
    #[arg(long)]
    images: bool,
    /// Print one JSON object a scenario, then one with the summary
    #[arg(long)]
    json: bool,
}

/// One scenario's line.
#[derive(Serialize)]
struct Outcome {
    scenario: String,
    kind: Kind,
    passed: bool,
    initial_writes: u64,
    cranks: u64,
    deliveries: u64,
    syscalls: u64,
    host_calls: u64,
    keys: u64,
    transcript_entries: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Everything is as recorded.
    Passed,
    /// Something is not; the counts say how far all was equal.
    Differs,
    /// The recording could not be read, so nothing was compared.
    Unreadable,
}

/// Of so many restored kernels one does the rest of the recording.
const LED_TO_THE_END: u64 = 20;

/// The width of the column of names.
const NAME_WIDTH: usize = 18;

const HEADINGS: [&str; 7] =
    ["init writes", "cranks", "deliveries", "syscalls", "host calls", "keys", "transcripts"];

/// `true` if there was something to replay and all of it passed.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let (mut passed, mut failed) = (0, 0);
    if !options.json {
        write!(out, "{:<NAME_WIDTH$}", "scenario")?;
        for heading in HEADINGS {
            write!(out, " {heading:>11}")?;
        }
        writeln!(out)?;
    }
    for (name, recording) in recordings(&options.folders) {
        let outcome = judge(name, recording, options.images);
        if options.json {
            print_json(out, &outcome)?;
        } else {
            print_line(out, &outcome)?;
        }
        *if outcome.passed { &mut passed } else { &mut failed } += 1;
    }
    summarize(out, Summary { passed, failed }, options.json)?;
    Ok(failed == 0 && passed > 0)
}

/// Every recording that the folders name, read or not.
fn recordings(
    folders: &[PathBuf],
) -> Box<dyn Iterator<Item = (String, Result<Recording, ReadError>)> + '_> {
    if folders.is_empty() {
        let bundled = |name: &&str| ((*name).to_owned(), Recording::bundled(name));
        return Box::new(BUNDLED.iter().map(bundled));
    }
    let read = |folder: PathBuf| (folder.display().to_string(), Recording::read(&folder));
    Box::new(folders.iter().flat_map(|folder| expand(folder)).map(read))
}

/// A folder that is no recording itself stands for the recordings in it, sorted by name.
fn expand(folder: &Path) -> Vec<PathBuf> {
    let is_recording = |folder: &Path| folder.join("config.json").exists();
    let inner = || -> Option<Vec<PathBuf>> {
        let entries = std::fs::read_dir(folder).ok()?;
        let mut inner: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inner.retain(|folder| is_recording(folder));
        inner.sort();
        (!inner.is_empty()).then_some(inner)
    };
    if is_recording(folder) {
        vec![folder.to_owned()]
    } else {
        inner().unwrap_or_else(|| vec![folder.to_owned()])
    }
}

fn judge(name: String, recording: Result<Recording, ReadError>, images: bool) -> Outcome {
    let (scenario, kind, compared, error) = match recording {
        Err(error) => (name, Kind::Unreadable, Compared::default(), Some(error.to_string())),
        Ok(recording) => {
            let mut verdict = conform(&recording);
            if images && verdict.difference.is_none() {
                verdict.difference = restore_at_every_crank(&recording, LED_TO_THE_END).err();
            }
            let error = verdict.difference.map(|difference| difference.to_string());
            let kind = if error.is_none() { Kind::Passed } else { Kind::Differs };
            (recording.name().to_owned(), kind, verdict.compared, error)
        }
    };
    let Compared {
        initial_writes,
        cranks,
        deliveries,
        syscalls,
        host_calls,
        keys,
        transcript_entries,
    } = compared;
    Outcome {
        scenario,
        kind,
        passed: kind == Kind::Passed,
        initial_writes,
        cranks,
        deliveries,
        syscalls,
        host_calls,
        keys,
        transcript_entries,
        error,
    }
}

fn print_line(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let counts = [
        outcome.initial_writes,
        outcome.cranks,
        outcome.deliveries,
        outcome.syscalls,
        outcome.host_calls,
        outcome.keys,
        outcome.transcript_entries,
    ];
    // A name that the column cannot hold gets a line of its own.
    let mut name = outcome.scenario.as_str();
    if name.chars().count() > NAME_WIDTH {
        writeln!(out, "{name}")?;
        name = "";
    }
    write!(out, "{name:<NAME_WIDTH$}")?;
    for count in counts {
        write!(out, " {count:>11}")?;
    }
    match &outcome.error {
        None => writeln!(out, "  passed"),
        Some(error) => writeln!(out, "  FAILED\n  {}", shorten(error)),
    }
}

/// Bodies can be long; the first difference is near the front.
fn shorten(text: &str) -> String {
    const WIDTH: usize = 400;
    let line = |line: &str| {
        let end = line.char_indices().nth(WIDTH).map(|(end, _)| end);
        end.map_or(line.to_owned(), |end| format!("{}…", &line[..end]))
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n  ")
}

fn print_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Summary {
    passed: usize,
    failed: usize,
}

fn summarize(out: &mut impl Write, summary: Summary, json: bool) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line {
        summary: Summary,
    }
    if json {
        print_json(out, &Line { summary })
    } else {
        writeln!(out, "{} passed, {} failed", summary.passed, summary.failed)
    }
}
