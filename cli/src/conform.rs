//! `bootfork conform`: replays recordings of the real kernel and says where ours differs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bootfork_conform::{BUNDLED, Compared, ReadError, Recording, conform};
use serde::Serialize;

/// Folders of recordings to replay.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Folders of recordings, or folders of such folders; the bundled recordings if none is named
    folders: Vec<PathBuf>,
    /// Print one JSON object a scenario, then one with the summary
    #[arg(long)]
    json: bool,
}

/// One scenario's line.
#[derive(Serialize)]
struct Outcome {
    scenario: String,
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

const HEADINGS: [&str; 7] =
    ["init writes", "cranks", "deliveries", "syscalls", "host calls", "keys", "transcripts"];

pub(crate) fn run(options: &Options) -> ExitCode {
    let mut outcomes = Vec::new();
    if !options.json {
        print!("{:<18}", "scenario");
        for heading in HEADINGS {
            print!(" {heading:>11}");
        }
        println!();
    }
    for (name, recording) in recordings(&options.folders) {
        let outcome = judge(name, recording);
        if options.json {
            print_json(&outcome);
        } else {
            print_line(&outcome);
        }
        outcomes.push(outcome);
    }
    summarize(&outcomes, options.json)
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

fn judge(name: String, recording: Result<Recording, ReadError>) -> Outcome {
    let (scenario, compared, error) = match recording {
        Err(error) => (name, Compared::default(), Some(error.to_string())),
        Ok(recording) => {
            let verdict = conform(&recording);
            let error = verdict.difference.map(|difference| difference.to_string());
            (recording.name().to_owned(), verdict.compared, error)
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
    let passed = error.is_none();
    Outcome {
        scenario,
        passed,
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

fn print_line(outcome: &Outcome) {
    let counts = [
        outcome.initial_writes,
        outcome.cranks,
        outcome.deliveries,
        outcome.syscalls,
        outcome.host_calls,
        outcome.keys,
        outcome.transcript_entries,
    ];
    print!("{:<18}", outcome.scenario);
    for count in counts {
        print!(" {count:>11}");
    }
    match &outcome.error {
        None => println!("  passed"),
        Some(error) => println!("  FAILED\n  {}", shorten(error)),
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

fn print_json(value: &impl Serialize) {
    println!("{}", serde_json::to_string(value).expect("plain records have a JSON form"));
}

fn summarize(outcomes: &[Outcome], json: bool) -> ExitCode {
    #[derive(Serialize)]
    struct Line {
        summary: Summary,
    }
    #[derive(Serialize)]
    struct Summary {
        passed: usize,
        failed: usize,
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    let failed = outcomes.len() - passed;
    if json {
        print_json(&Line { summary: Summary { passed, failed } });
    } else {
        println!("{passed} passed, {failed} failed");
    }
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
