//! Kernels behind boots: their form, their check crank by crank, their shadows, their devices.

use std::sync::Arc;
use std::time::SystemTime;

use bootfork::{Boot, KernelState, Vats};
use bootfork_kernel::{
    Call, CapData, Config, Controller, Device, DeviceCall, DeviceSyscalls, Endowments, KernelError,
    NativeWorker, SyscallResult, Syscalls, Value, Vat, VatDelivery, VatError, VatSyscall, Vref,
};
use bootfork_ledger::{Account, Ledger, LedgerConfig};

type Kernel = Controller<NativeWorker>;

struct LedgerVats;

impl Vats for LedgerVats {
    type Worker = NativeWorker;

    fn worker() -> NativeWorker {
        bootfork_ledger::worker()
    }
}

static LEDGER: Boot<Kernel> = Boot::new("ledger", || {
    let config = LedgerConfig { accounts: 8, ..LedgerConfig::default() };
    let mut run = Ok(0);
    let booted = bootfork_ledger::boot_with(&config, |kernel| run = bootfork::run(kernel))?;
    run?;
    Ok(booted)
})
.cached_as::<KernelState<LedgerVats>>();

#[bootfork::test(LEDGER)]
fn a_transfer(kernel: &mut Kernel) {
    let mut ledger = Ledger::new(kernel);
    ledger.transfer(Account(1), Account(2), 10).expect("there is enough");
    assert_eq!(ledger.balance(Account(2)), Ok(1_010));
}

#[test]
fn a_ledger_boots_the_same_everywhere() {
    LEDGER.check_determinism().unwrap();
}

#[test]
fn a_restored_ledger_goes_on_as_the_one_that_was_booted() {
    let mut shadow = LEDGER.shadow().unwrap();
    for (to, amount) in [(2, 10), (3, 20), (4, 5_000)] {
        let name = format!("transfer of {amount}");
        let done = shadow
            .step(&name, |kernel| Ledger::new(kernel).transfer(Account(1), Account(to), amount));
        assert_eq!(done.unwrap().is_ok(), amount < 1_000);
    }
    let queue = |kernel: &mut Kernel| {
        let call = Call::new("nonsense").encode();
        kernel.queue_to_vat_root("issuer", call, None).is_ok()
    };
    assert!(shadow.step("queue", queue).unwrap());
    assert!(shadow.run().unwrap() > 0, "the message takes cranks");
}

/// Looks at the clock when it gets its third message.
struct Watcher;

impl Vat for Watcher {
    fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
        let VatDelivery::Message(..) = told else { return Ok(()) };
        let seen = to.vatstore_get("seen")?.and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
        to.vatstore_set("seen", seen.to_string())?;
        if seen == 3 {
            let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
            to.vatstore_set("time", now.as_millis().to_string())?;
        }
        Ok(())
    }
}

struct WatcherVats;

impl Vats for WatcherVats {
    type Worker = NativeWorker;

    fn worker() -> NativeWorker {
        NativeWorker::new().with("watcher", || Box::new(Watcher))
    }
}

static WATCHER: Boot<Kernel> = Boot::new("watcher", || {
    let config = Config::new("watcher").vat("watcher", "watcher");
    let mut kernel = Controller::boot(&config, WatcherVats::worker())?;
    for _ in 0..5 {
        kernel.queue_to_vat_root("watcher", Call::new("look").encode(), None)?;
        bootfork::run(&mut kernel)?;
    }
    Ok(kernel)
})
.cached_as::<KernelState<WatcherVats>>();

#[test]
fn the_first_crank_and_key_that_differ_are_named() {
    let told = WATCHER.check_determinism().expect_err("it looks at the clock").to_string();
    let kernel = WATCHER.fork().expect("it boots");
    let crank = told.split_once("step: crank ").and_then(|(_, rest)| rest.split_once('\n'));
    let crank: u64 = crank.expect("a crank").0.parse().expect("a number");
    assert!(crank < kernel.cranks(), "{told}");
    assert!(told.contains(".vs.time: "), "{told}");
    assert!(told.contains("likely causes:        the clock"), "{told}");
}

/// A clock outside.
#[derive(Debug)]
struct Clock(u32);

impl Device for Clock {
    fn invoke(
        &self,
        _: &DeviceCall,
        _: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError> {
        Ok(Ok(Value::Number(self.0.into()).encode(&[])))
    }
}

/// Is told of the clock with its first message, and asks it with each later one.
struct Asker;

impl Vat for Asker {
    fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
        let VatDelivery::Message(_, message) = told else { return Ok(()) };
        if let Some(clock) = to.vatstore_get("clock")? {
            let call = VatSyscall::CallNow(Vref::new(clock), "now".into(), CapData::new("#[]", []));
            if let SyscallResult::Data(time) = to.syscall(call) {
                to.vatstore_set("time", time.body)?;
            }
        } else if let Some(clock) = message.methargs.slots.last() {
            to.vatstore_set("clock", clock.as_str().to_owned())?;
        }
        Ok(())
    }
}

struct AskerVats;

impl Vats for AskerVats {
    type Worker = NativeWorker;

    fn worker() -> NativeWorker {
        NativeWorker::new().with("asker", || Box::new(Asker))
    }
}

fn boot_asker() -> Result<Kernel, KernelError> {
    let config = Config::new("asker").vat("asker", "asker").device("clock", "clock-bundle");
    let mut kernel = Controller::boot_with(&config, AskerVats::worker(), Endowments::tripwires())?;
    kernel.run()?;
    Ok(kernel)
}

fn ask(kernel: &mut Kernel) -> Result<u64, KernelError> {
    kernel.queue_to_vat_root("asker", Call::new("ask").encode(), None)?;
    kernel.run()
}

static ASKER: Boot<Kernel> = Boot::new("asker", || Ok(boot_asker()?))
    .cached_as::<KernelState<AskerVats>>()
    .on_fork(|kernel, fork| {
        let time = u32::from(fork.seed() > 0) * 17;
        *kernel = kernel.fork_with(Endowments::default().with("clock", Arc::new(Clock(time))));
    });

#[bootfork::test(ASKER)]
fn devices_are_given_to_forks(kernel: &mut Kernel) {
    ask(kernel).expect("the clock is there");
    let time = kernel.kv().iter().find(|(key, _)| key.ends_with(b".vs.time"));
    assert_eq!(time.expect("it has asked").1, b"#17");
    let mut nested = kernel.fork();
    assert!(ask(&mut nested).is_err(), "a fork of a fork has none, unless it is given one");
}

static HASTY: Boot<Kernel> = Boot::new("hasty asker", || {
    let mut kernel = boot_asker()?;
    ask(&mut kernel)?;
    Ok(kernel)
});

#[test]
fn a_boot_that_reaches_outside_trips() {
    let error = HASTY.fork().expect_err("there is no clock during a boot").to_string();
    assert!(error.contains("clock"), "{error}");
}
