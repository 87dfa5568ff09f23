//! Vats that vatAdmin makes, upgrades and hears of, at the edges.

use bootfork_kernel::{
    Allowance, Call, CapData, CleanupBudget, Config, Controller, KernelError, RunLimit, RunUtils,
    Syscalls, ToQuiescence, Vat, VatDelivery, VatError, VatId, Write,
};
use serde_json::{Value, json};

use crate::script::{self, Kernel, get, kernel, queue, script};

/// The messages of that method that vatAdmin got, from its transcript.
fn told(kernel: &Kernel, method: &str) -> Vec<String> {
    let entries = kernel.tables().transcripts.entries(VatId(2));
    entries.filter(|entry| entry.contains(method)).map(str::to_owned).collect()
}

/// Vats `main` and `vatAdmin`, and the bundle `empty`, which has no code.
fn with_admin() -> Kernel {
    let config = Config::new("main").vat("main", "script").vat("vatAdmin", "script");
    let config = config.device("vatAdmin", "device").named_bundle("empty", "empty");
    let mut kernel = Controller::boot(&config, script::worker()).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    kernel
}

/// A call of the vatAdmin device, for `main`.
fn call(method: &str, arguments: &str) -> Value {
    let data = json!({ "body": format!("#{arguments}"), "slots": [] });
    json!([["callNow", "d-70", method, data]])
}

/// KERNEL.md section 11.2: the hook takes any bundle ID. The original finds out when it makes the
/// worker, and cannot go on without one.
#[test]
fn an_upgrade_to_what_is_not_installed_or_has_no_code_is_a_panic() {
    let mut booted = with_admin();
    let create = call("createByBundleID", r#"["script",{"name":"lazy"}]"#);
    script(&mut booted, "main", &create).expect("legal");
    for bundle in ["empty", "nowhere"] {
        let mut kernel = booted.fork();
        let upgrade = format!(r##"["v3","{bundle}","#undefined","hollow"]"##);
        let done = script(&mut kernel, "main", &call("upgradeVat", &upgrade));
        let Err(KernelError::Panicked { reason }) = done else { panic!("{bundle}: {done:?}") };
        assert!(reason.contains(bundle), "{reason}");
    }
    let again = call("upgradeVat", r##"["v3","script","#undefined","full"]"##);
    script(&mut booted, "main", &again).expect("legal");
    assert!(told(&booted, "vatUpgradeCallback")[0].contains(r#"\"up1\",true"#));
}

/// The original takes no options that it does not know, and notices when it makes the vat. One
/// that it knows dynamic vats do not get: `enableDisavow`.
#[test]
fn unknown_options_are_a_panic_and_nobody_disavows() {
    let mut kernel = with_admin();
    let known = r#"{"name":"lazy","enableSetup":true,"enableDisavow":true,"reapGCKrefs":7}"#;
    let create = call("createByBundleID", &format!(r#"["script",{known}]"#));
    script(&mut kernel, "main", &create).expect("legal");
    let stored = get(&kernel, "v3.options").expect("a vat");
    assert!(stored.contains(r#""enableSetup":true"#), "{stored}");
    assert!(stored.contains(r#""enableDisavow":false"#), "{stored}");

    let create = call("createByBundleID", r#"["script",{"reapinterval":7}]"#);
    let done = script(&mut kernel, "main", &create);
    assert!(matches!(done, Err(KernelError::Panicked { .. })), "{done:?}");
    assert_eq!(get(&kernel, "vat.dynamicIDs").as_deref(), Some(r#"["v3","v4"]"#));
    assert_eq!(get(&kernel, "v4.options"), None);
}

/// Answers every message with `5c`.
struct Replying;

impl Vat for Replying {
    fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
        let VatDelivery::Message(_, message) = told else { return Ok(()) };
        let result = message.result_promise().expect("a result is asked for");
        to.resolve(result.clone(), false, CapData::new("#\"5c\"", []))
    }
}

/// KERNEL.md section 11.3. A bundle that came along has the code of the installed one that it
/// could be, and the vat keeps it: a restart finds it there.
#[test]
fn a_vat_made_of_a_bundle_runs_its_code_also_after_a_restart() {
    let config = Config::new("main").vat("main", "script").vat("vatAdmin", "script");
    let config = config.device("vatAdmin", "device");
    let worker = script::worker().with("b1-5c", || Box::new(Replying));
    let mut kernel = Controller::boot(&config, worker).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    let bundle = r#"{"moduleFormat":"endoZipBase64","endoZipBase64Sha512":"5c"}"#;
    script(&mut kernel, "main", &call("createByBundle", &format!("[{bundle},{{}}]")))
        .expect("legal");
    assert_eq!(get(&kernel, "v3.source"), Some(format!(r#"{{"bundle":{bundle}}}"#)));
    let mut kernel = kernel.restart().expect("a kernel's tables");
    let root = get(&kernel, "v3.c.o+0").expect("a root").parse().expect("a kref");
    let root = kernel.handle(root);
    let call = Call::new("anything");
    assert_eq!(RunUtils::new(&mut kernel).ask(&root, &call).expect("an answer").body, "#\"5c\"");

    // Nobody has code for one without an ID, which is no more than any unknown code.
    let nameless = r#"[{"moduleFormat":"getExport"},{}]"#;
    script(&mut kernel, "main", &self::call("createByBundle", nameless)).expect("no panic");
    assert!(told(&kernel, "vatTerminated")[0].contains("a bundle without an ID"));
    assert_eq!(kernel.check(), Ok(()));
}

/// The original looks at the shape of a bundle when it makes the vat, and fails there.
#[test]
fn a_vat_made_of_no_bundle_is_a_panic() {
    for no_bundle in [r##""#undefined""##, "null", "7", "\"script\""] {
        let mut kernel = with_admin();
        let create = call("createByBundle", &format!("[{no_bundle},{{}}]"));
        let done = script(&mut kernel, "main", &create);
        assert!(matches!(done, Err(KernelError::Panicked { .. })), "{no_bundle}: {done:?}");
    }
}

/// JSON has no bigints. The original notices when it has counted the parameters and taken a
/// number; the caller is told of an error.
#[test]
fn options_and_bundles_with_bigints_are_device_errors_that_use_up_a_vat_number() {
    for (method, arguments) in [
        ("createByBundle", r#"[{"size":"+5"},{}]"#),
        ("createByBundleID", r#"["script",{"reapInterval":"+5"}]"#),
    ] {
        let mut kernel = with_admin();
        script(&mut kernel, "main", &call(method, arguments)).expect("no panic");
        assert_eq!(get(&kernel, "vat.nextID").as_deref(), Some("4"));
        assert_eq!(get(&kernel, "vat.dynamicIDs").as_deref(), Some("[]"));
    }
}

/// The original's device counts its arguments and looks at the form of an ID.
#[test]
fn arguments_too_many_or_too_few_are_device_errors() {
    let mut kernel = with_admin();
    script(&mut kernel, "main", &call("createByBundleID", r#"["script",{}]"#)).expect("legal");
    let before = (get(&kernel, "v3.options"), get(&kernel, "vat.nextUpgradeID"));
    for (method, arguments) in [
        ("upgradeVat", r#"["v3","script",1,"again",2]"#),
        ("terminateWithFailure", r#"["v3"]"#),
        ("terminateWithFailure", r#"["v3",1,2]"#),
        ("changeOptions", r#"["v3",{"reapInterval":3},1]"#),
        ("getBundleCap", r#"["b1-short"]"#),
    ] {
        script(&mut kernel, "main", &call(method, arguments)).expect("no panic");
        let answer = told_main(&kernel);
        assert!(answer.contains("device.invoke failed"), "{method}{arguments}: {answer}");
    }
    assert_eq!((get(&kernel, "v3.options"), get(&kernel, "vat.nextUpgradeID")), before);
    let unknown = format!(r#"["b1-{}"]"#, "0".repeat(128));
    script(&mut kernel, "main", &call("getBundleCap", &unknown)).expect("no panic");
    assert!(!told_main(&kernel).contains("device.invoke failed"));
}

/// The last delivery to vat main that called a device.
fn told_main(kernel: &Kernel) -> String {
    let entries = kernel.tables().transcripts.entries(VatId(1));
    entries.filter(|entry| entry.contains("callNow")).last().expect("an entry").to_owned()
}

/// Alice leaves with a failure, for a reason that speaks of what only this delivery made.
fn fails_because_of(slot: &str, body: &str) -> (Kernel, Result<u64, KernelError>) {
    let mut kernel = kernel(&["main", "vatAdmin", "alice"]);
    let reason: Value = json!({ "body": body, "slots": [slot] });
    let done = script(&mut kernel, "alice", &json!([["exit", true, reason]]));
    (kernel, done)
}

/// KERNEL.md section 8: increment counts an object that is missing from 0,0. It once failed the
/// run at every attempt.
#[test]
fn the_reason_of_a_failure_may_speak_of_an_object_that_is_undone_with_it() {
    let (kernel, done) = fails_because_of("o+9", r##"#"$0.Alleged: lost""##);
    done.expect("no panic");
    assert!(told(&kernel, "vatTerminated")[0].contains("lost"));
    assert_eq!(kernel.kv().prefix("v3.").count(), 0, "alice is gone");
    let lost = format!("ko{}", get(&kernel, "ko.nextID").expect("a number"));
    assert_eq!(get(&kernel, &format!("{lost}.owner")), None);
    assert_eq!(get(&kernel, &format!("{lost}.refCount")).as_deref(), Some("1,1"), "vatAdmin's");
}

/// KERNEL.md section 8: increment has no promise to count, and section 15: that is an internal
/// error, so the kernel panics. It once failed the run at every attempt.
#[test]
fn the_reason_of_a_failure_that_speaks_of_a_promise_undone_with_it_is_a_panic() {
    let (kernel, done) = fails_because_of("p+9", "#[\"&0\"]");
    assert!(matches!(done, Err(KernelError::Panicked { .. })), "{done:?}");
    let mut again = kernel.restart().expect("a kernel's tables");
    again.run().expect("it goes on without alice");
    assert_eq!(again.kv().prefix("v3.").count(), 0);
    assert_eq!(again.check(), Ok(()));
}

/// The object that got a lost number later: it once failed the run at every attempt.
#[test]
fn an_object_with_a_lost_number_that_is_counted_below_zero_is_a_panic() {
    let (mut kernel, done) = fails_because_of("o+9", r##"#"$0.Alleged: lost""##);
    done.expect("no panic");
    let lost = format!("ko{}", get(&kernel, "ko.nextID").expect("a number"));
    let vat_admins = get(&kernel, &format!("v2.c.{lost}")).expect("it was told");
    let vat_admins = vat_admins.strip_prefix("R ").expect("reachable").to_owned();
    // Main's new object gets the number, and one count for the promise that it is in.
    let result = format!("p-{}", get(&kernel, "v1.p.nextID").expect("a number"));
    let data = json!({ "body": r#"#"$0.Alleged: new""#, "slots": ["o+7"] });
    let resolve = json!([["resolve", [[result, false, data]]]]);
    let promise = queue(&mut kernel, "main", &format!("#[\"script\",{resolve}]"), &[]);
    kernel.run().expect("legal");
    assert_eq!(get(&kernel, "v1.c.o+7").as_ref(), Some(&lost));
    assert_eq!(get(&kernel, &format!("{lost}.refCount")).as_deref(), Some("1,1"));

    script(&mut kernel, "vatAdmin", &json!([["dropImports", [vat_admins]]])).expect("legal");
    kernel.kp_resolution(&promise, false).expect("resolved");
    queue(&mut kernel, "main", "#[\"x\",[]]", &[]);
    let done = kernel.run();
    assert!(matches!(done, Err(KernelError::Panicked { .. })), "{done:?}");
    kernel.restart().expect("a kernel's tables").run().expect("it goes on");
}

/// KERNEL.md section 6: if no worker could be made there is no delivery, and nothing of one is
/// written: undone writes are hashed.
#[test]
fn a_vat_without_code_is_not_told_its_parameters() {
    let mut kernel = with_admin();
    let create = call("createByBundleID", r#"["empty",{"name":"hollow"}]"#);
    queue(&mut kernel, "main", &format!("#[\"script\",{create}]"), &[]);
    let trace = loop {
        let (trace, done) = kernel.step_traced(&mut ToQuiescence);
        done.expect("no panic");
        let trace = trace.expect("the vat is not made yet");
        if trace.terminated.is_some() {
            break trace;
        }
    };
    let wrote = |key: &str| {
        trace.writes.iter().any(|write| match write {
            Write::Set(written, _) => written == key,
            Write::Delete(_) => false,
        })
    };
    assert!(wrote("v3.options"));
    assert!(!wrote("v3.vatParameters"));
}

/// The store of the original has a span for each incarnation of a vat, from its creation on.
/// Cleanup deletes the newest first, and comes again if its allowance ends before they do.
#[test]
fn each_incarnation_is_a_span_also_of_a_vat_without_transcript() {
    for (upgrades, options) in
        [(0, r#"{"useTranscript":false}"#), (2, r#"{"useTranscript":false}"#), (0, "{}"), (2, "{}")]
    {
        let mut kernel = with_admin();
        let create = call("createByBundleID", &format!(r#"["script",{options}]"#));
        script(&mut kernel, "main", &create).expect("legal");
        let upgrade = call("upgradeVat", r##"["v3","script","#undefined","again"]"##);
        for number in 1..=upgrades {
            script(&mut kernel, "main", &upgrade).expect("legal");
            let told = told(&kernel, "vatUpgradeCallback").pop().expect("a callback");
            let new = format!(r##"true,\"#undefined\",{number}]"##);
            assert!(told.contains(&new), "{told}");
            kernel = kernel.restart().expect("a kernel's tables");
        }
        let why = CapData::new("#\"enough\"", []);
        kernel.terminate_vat(VatId(3), why).expect("a vat");
        let one = CleanupBudget { transcripts: Some(Allowance::Of(1)), ..CleanupBudget::UNLIMITED };
        let mut policy = RunLimit::NONE.with_cleanup(Some(one));
        let mut cleanups = Vec::new();
        while let (Some(trace), done) = kernel.step_traced(&mut policy) {
            done.expect("no panic");
            assert_eq!(kernel.check(), Ok(()));
            cleanups.extend(trace.cleanup.map(|work| (work.transcripts, work.complete)));
        }
        let wanted: Vec<_> = (0..=upgrades).map(|done| (1, done == upgrades)).collect();
        assert_eq!(cleanups, wanted, "{upgrades} upgrades, {options}");
        assert!(!kernel.tables().transcripts.vats().contains(&VatId(3)));
    }
}
