//! The assertions as tests, in the XML of `JUnit` that build servers read.

use std::io::{self, Write};

use bootfork_explorer::{AssertionRecord, Bug, Exploration, Gap, Kind, SeedRecord};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::record::states_are;
use super::report::saw;
use super::worlds::Chosen;

/// Each assertion is a test: a broken property fails, and one that was never reached or never held
/// is skipped. The suite's time is that from beginning to end, `seconds`: root seeds are explored
/// side by side.
pub(crate) fn write(
    file: impl Write,
    chosen: &Chosen,
    exploration: &Exploration,
    seconds: f64,
) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(file, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let Exploration { assertions, never_reached, bugs, .. } = exploration;
    // A panic breaks no assertion, and is a test of its own.
    let panics: Vec<&Bug> = bugs.iter().filter(|bug| bug.kind.is_none()).collect();
    let sum = |of: fn(&SeedRecord) -> u64| exploration.seeds.iter().map(of).sum::<u64>();
    let properties = [
        ("policy", exploration.policy.clone()),
        ("root seeds", exploration.seeds.len().to_string()),
        ("timelines", sum(|seed| seed.timelines).to_string()),
        ("timelines cut off", sum(|seed| seed.cut).to_string()),
        ("draws", sum(|seed| seed.draws).to_string()),
        (
            exploration.seeds.first().map_or("states", states_are),
            sum(|seed| seed.states).to_string(),
        ),
    ];
    let tests = assertions.len() + never_reached.len() + panics.len();
    let unheld = assertions.iter().filter(|a| !a.passed && !a.kind.is_property()).count();
    let suite = writer
        .create_element("testsuite")
        .with_attribute(("name", &*chosen.world))
        .with_attribute(("tests", &*tests.to_string()))
        .with_attribute(("failures", &*bugs.len().to_string()))
        .with_attribute(("skipped", &*(unheld + never_reached.len()).to_string()))
        .with_attribute(("time", &*format!("{seconds:.3}")));
    suite.write_inner_content(|writer| {
        write_properties(writer, &properties)?;
        for assertion in assertions {
            write_assertion(writer, chosen, assertion, bugs)?;
        }
        for Gap { message, kind, place } in never_reached {
            let reason = format!("never reached: {place}");
            let skipped = Some(("skipped", &*reason, ""));
            write_test(writer, chosen, (message, Some(*kind)), skipped, None)?;
        }
        for bug in panics {
            write_failure(writer, chosen, bug, None)?;
        }
        Ok(())
    })?;
    writeln!(writer.into_inner())
}

/// What the suite came to, over all root seeds.
fn write_properties<W: Write>(
    writer: &mut Writer<W>,
    properties: &[(&str, String)],
) -> io::Result<()> {
    let write_each = |writer: &mut Writer<W>| {
        properties.iter().try_for_each(|(name, value)| {
            let property = writer.create_element("property").with_attribute(("name", *name));
            property.with_attribute(("value", &**value)).write_empty().map(drop)
        })
    };
    writer.create_element("properties").write_inner_content(write_each).map(drop)
}

fn write_assertion<W: Write>(
    writer: &mut Writer<W>,
    chosen: &Chosen,
    assertion: &AssertionRecord,
    bugs: &[Bug],
) -> io::Result<()> {
    let AssertionRecord { message, kind, passed, hits, misses, .. } = assertion;
    let mut said = format!("held {hits} times, did not {misses}");
    let saw = saw(assertion);
    if !saw.is_empty() {
        said = format!("{said}; {saw}");
    }
    let is_of = |bug: &&Bug| bug.kind == Some(*kind) && bug.property == *message;
    if let Some(bug) = bugs.iter().find(is_of) {
        return write_failure(writer, chosen, bug, Some(&said));
    }
    let skipped = (!passed).then_some(("skipped", "never held", ""));
    write_test(writer, chosen, (message, Some(*kind)), skipped, Some(&said))
}

fn write_failure<W: Write>(
    writer: &mut Writer<W>,
    chosen: &Chosen,
    bug: &Bug,
    said: Option<&str>,
) -> io::Result<()> {
    let command = chosen.replay_command(bug);
    let outcome = Some(("failure", &*bug.details, &*command));
    write_test(writer, chosen, (&bug.property, bug.kind), outcome, said)
}

/// A test by its property, with an element, its message and its text for what it came to, unless
/// it passed, and what is said beside.
fn write_test<W: Write>(
    writer: &mut Writer<W>,
    chosen: &Chosen,
    (property, kind): (&str, Option<Kind>),
    outcome: Option<(&str, &str, &str)>,
    said: Option<&str>,
) -> io::Result<()> {
    let kind = kind.map_or_else(|| "panic".to_owned(), |kind| kind.to_string());
    let class = format!("{}.{kind}", chosen.world);
    let test = writer.create_element("testcase");
    let test = test.with_attribute(("classname", &*class)).with_attribute(("name", property));
    let write_content = |writer: &mut Writer<W>| {
        if let Some((element, message, body)) = outcome {
            let outcome = writer.create_element(element).with_attribute(("message", message));
            outcome.write_text_content(BytesText::new(body))?;
        }
        if let Some(said) = said {
            writer.create_element("system-out").write_text_content(BytesText::new(said))?;
        }
        Ok(())
    };
    test.write_inner_content(write_content).map(drop)
}
