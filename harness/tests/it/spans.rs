//! Whoever traces sees what a boot does.

use std::mem;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bootfork::{Boot, Input, Recipe};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Another one in each run of these tests, and the same for all boots in it.
fn this_run() -> String {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| format!("{} {:?}", process::id(), SystemTime::now())).clone()
}

const INPUTS: &[Input] = &[Input::computed("run", this_run)];

/// Two boots that are one to the cache, as in two processes.
static FIRST: Boot<Vec<u8>> = Boot::new("traced", || Ok(vec![1])).cached().inputs(INPUTS);
static SECOND: Boot<Vec<u8>> = Boot::new("traced", || Ok(vec![1])).cached().inputs(INPUTS);

/// Takes down when spans of ours are entered and left.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    /// Each span with its fields.
    spans: Vec<String>,
    /// What was entered and left.
    text: String,
}

impl Spans {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl Visit for Spans {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut taken = self.taken();
        let span = taken.spans.last_mut().expect("a span");
        *span = format!("{span} {field}={value:?}");
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "bootfork"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut taken = self.taken();
        taken.spans.push(span.metadata().name().to_owned());
        let id = Id::from_u64(taken.spans.len() as u64);
        drop(taken);
        span.record(&mut self.clone());
        id
    }

    fn enter(&self, id: &Id) {
        let mut taken = self.taken();
        let number = usize::try_from(id.into_u64()).expect("few");
        let span = taken.spans[number - 1].clone();
        WAITS.fetch_or(span.starts_with("wait "), Relaxed);
        taken.text.extend(["(", &span]);
    }

    fn exit(&self, _: &Id) {
        self.taken().text.push(')');
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
}

#[test]
fn boots_lookups_builds_opens_and_forks_are_spans() {
    let spans = Spans::default();
    let seen = || mem::take(&mut spans.taken().text);
    tracing::subscriber::with_default(spans.clone(), || {
        assert_eq!(FIRST.fork().expect("it boots"), [1]);
        let built = "(boot(lookup)(lookup)(build))(fork)";
        assert_eq!(seen().replace(r#" boot="traced""#, ""), built);
        assert_eq!(FIRST.fork().expect("it is booted"), [1]);
        assert_eq!(seen(), r#"(fork boot="traced")"#);
        assert_eq!(SECOND.fork().expect("it is found"), [1]);
        assert_eq!(seen().replace(r#" boot="traced""#, ""), "(boot(lookup(open)))(fork)");
    });
}

/// Where those who boot at once have come to.
static BOOTS: AtomicBool = AtomicBool::new(false);
static WAITS: AtomicBool = AtomicBool::new(false);

/// Boots until somebody waits for it. That there is an end at all is for when nobody does.
const SLOW: Recipe<Vec<u8>> = || {
    BOOTS.store(true, Relaxed);
    let begin = Instant::now();
    while !WAITS.load(Relaxed) && begin.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(vec![2])
};

static BUILDER: Boot<Vec<u8>> = Boot::new("slow", SLOW).cached().inputs(INPUTS);
static WAITER: Boot<Vec<u8>> = Boot::new("slow", SLOW).cached().inputs(INPUTS);

#[test]
fn to_wait_for_another_is_a_span() {
    let builder = thread::spawn(|| BUILDER.fork().expect("it boots"));
    while !BOOTS.load(Relaxed) && !builder.is_finished() {
        thread::sleep(Duration::from_millis(1));
    }
    let spans = Spans::default();
    tracing::subscriber::with_default(spans.clone(), || {
        assert_eq!(WAITER.fork().expect("it is found"), [2]);
    });
    assert_eq!(builder.join().expect("it boots"), [2]);
    let seen = spans.taken().text.replace(r#" boot="slow""#, "");
    assert!(seen.starts_with("(boot(lookup)(wait"), "{seen}");
}
