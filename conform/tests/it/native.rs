//! The timer and the bridge in our own code, where the recorded ones were.

use std::path::{Path, PathBuf};

use bootfork_conform::{Recording, conform};
use bootfork_kernel::{Bridge, Value};

fn recording(name: &str) -> Recording {
    let home: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect();
    Recording::read(Path::new(&home)).expect("a recording")
}

/// What the recorded host answered: `["answer", N, …]` to the Nth call. Each run is made twice
/// here, crank by crank and in one go, so N comes from the call and not from a count.
fn recorded_host() -> Bridge {
    Bridge::calling(|arguments| {
        let number = if arguments == [Value::text("last")] { 2.0 } else { 1.0 };
        let answer = [Value::text("answer"), Value::Number(number)];
        Ok(Value::Array(answer.into_iter().chain(arguments.iter().cloned()).collect()))
    })
}

#[test]
fn a_native_timer_and_bridge_do_as_the_original_ones() {
    let recording = recording("devices");
    let as_recorded = conform(&recording);
    assert_eq!(as_recorded.difference, None);
    let native = conform(&recording.with_native_devices(recorded_host()));
    assert_eq!(native.difference, None);
    assert_eq!(native.compared, as_recorded.compared);
    assert_eq!((native.compared.cranks, native.compared.initial_writes), (145, 169));
}

#[test]
fn a_host_that_answers_otherwise_is_found() {
    let deaf = conform(&recording("devices").with_native_devices(Bridge::deaf()));
    let found = deaf.difference.expect("a difference").to_string();
    assert!(found.contains("device.invoke failed"), "{found}");
}

#[test]
fn a_native_bridge_fails_as_the_original_one() {
    let host = Bridge::calling(|arguments| match arguments {
        [Value::Text(text)] if text == "bad" => Err("the host refuses".into()),
        _ => Ok(Value::Array(arguments.to_vec())),
    });
    let verdict = conform(&recording("device-error").with_native_devices(host));
    assert_eq!(verdict.difference, None);
    assert_eq!(verdict.compared.cranks, 39);
}
