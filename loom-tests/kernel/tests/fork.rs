//! Forks of one booted kernel that run on different threads.
//!
//! The world is the smallest ledger: one vat. It is booted in every interleaving, before the
//! threads begin, since loom's atomics live no longer than that. Each step of a crank that touches
//! a shared block of the store is a point where loom may switch threads, hundreds in one delivery.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

extern crate loom_kernel as bootfork_kernel;

#[path = "../../store/tests/explore/mod.rs"]
mod explore;

#[path = "../../../ledger/src/lib.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "models need a part of the API")]
mod ledger;

use bootfork_kernel::{
    Call, Config, Controller, Delivered, DeliveryContext, DeliveryStatus, Divergence, NativeWorker,
    Syscalls, Value, VatDelivery, VatError, VatId, VatSource, VatWorker,
};
use explore::{explore, run};
use ledger::LedgerConfig;
use loom::thread;

/// Not frozen: forks of a frozen base copy paths without counting, and have next to nothing to
/// interleave.
fn base() -> Controller<NativeWorker> {
    let config = LedgerConfig { accounts: 0, ..LedgerConfig::smallest() };
    let mut base = Controller::boot(&config.kernel(), ledger::worker()).expect("it boots");
    base.run().expect("the kernel goes on");
    base
}

/// A fork that is about to deliver a message to its issuer.
fn about_to_deliver<W: VatWorker>(base: &Controller<W>, call: &Call) -> Controller<W> {
    let mut fork = base.fork();
    fork.queue_to_vat_root("issuer", call.encode(), None).expect("a static vat");
    assert_eq!(fork.step(), Ok(true), "the message is routed");
    fork
}

/// Has two controllers do something at the same time.
fn both<W: VatWorker + 'static>(
    mut left: Controller<W>,
    mut right: Controller<W>,
    act: fn(&mut Controller<W>),
) -> [Controller<W>; 2] {
    let left = thread::spawn(move || {
        act(&mut left);
        left
    });
    act(&mut right);
    [left.join().expect("it does not panic"), right]
}

fn step<W: VatWorker>(controller: &mut Controller<W>) {
    assert_eq!(controller.step(), Ok(true), "there is something to deliver");
}

fn stored<'a, W: VatWorker>(controller: &'a Controller<W>, key: &str) -> Option<&'a str> {
    let value = controller.kv().get(format!("v1.vs.{key}"))?;
    Some(std::str::from_utf8(value).expect("a text"))
}

/// One preemption: two do not end in five minutes. The model below has them with smaller cranks.
#[test]
fn two_forks_open_an_account_each_and_see_their_own_only() {
    explore(|| {
        let base = base();
        let open = |amount: &str| Call::new("open").arg(Value::BigInt(amount.into()));
        let (left, right) =
            (about_to_deliver(&base, &open("5")), about_to_deliver(&base, &open("7")));
        let [left, right] = both(left, right, step);
        let minted = [&base, &left, &right].map(|controller| stored(controller, "minted"));
        assert_eq!(minted, [None, Some("5"), Some("7")]);
        assert_ne!(left.activityhash(), right.activityhash());
    });
}

/// One fork delivers what the other has not even routed yet; each must come to what it comes to
/// alone.
#[test]
fn two_forks_do_a_crank_each_and_end_as_they_do_alone() {
    let boot = || {
        let config = Config::new("issuer").vat("issuer", "issuer").reap_interval(None);
        let mut right = Controller::boot(&config, ledger::worker()).expect("one vat");
        step(&mut right);
        let mut left = right.fork();
        step(&mut left);
        [left, right]
    };
    // In a model of its own: every run of a model must do the same.
    let alone = Arc::new(OnceLock::new());
    let once = alone.clone();
    run(Some(0), move || {
        let hashes = boot().map(|mut fork| {
            step(&mut fork);
            fork.activityhash().expect("a kernel has one").to_owned()
        });
        once.set(hashes).expect("one thread, one interleaving");
    });
    explore(move || {
        let [left, right] = boot();
        let base = right.fork();
        let done = both(left, right, step);
        let hashes = done.each_ref().map(|fork| fork.activityhash().expect("a kernel has one"));
        assert_eq!(alone.get().map(|alone| alone.each_ref().map(String::as_str)), Some(hashes));
        assert_eq!(done.map(|fork| fork.cranks()), [base.cranks() + 2, base.cranks() + 1]);
        assert_eq!(base.cranks(), 1, "the base did not change");
    });
}

#[test]
fn two_forks_do_the_same_and_agree() {
    explore(|| {
        let base = base();
        let before = base.activityhash().expect("a kernel has one").to_owned();
        let [left, right] = both(base.fork(), base.fork(), |controller| {
            controller.pin_vat_root("issuer").expect("a static vat");
        });
        assert_eq!(left.kv(), right.kv());
        assert_ne!(left.activityhash(), Ok(before.as_str()));
        assert_eq!(base.activityhash(), Ok(before.as_str()));
    });
}

/// The canary: a worker that remembers something outside of the state, against its contract. What
/// one fork delivers shows in the other when a thread is interrupted in its delivery.
#[test]
#[should_panic(expected = "a fork sees the other")]
fn forks_that_share_a_cell_see_each_other() {
    run(Some(1), || {
        let config = Config::new("issuer").vat("issuer", "planted").reap_interval(None);
        let mut base = Controller::boot(&config, Planted::default()).expect("one vat");
        base.run().expect("the kernel goes on");
        let (left, right) = (
            about_to_deliver(&base, &Call::new("short")),
            about_to_deliver(&base, &Call::new("somewhat longer")),
        );
        let [left, right] = both(left, right, step);
        let seen = [&left, &right].map(|controller| stored(controller, "length"));
        assert_eq!(seen, [Some("13"), Some("23")], "a fork sees the other");
    });
}

/// Stores the length of each message, by way of a cell that all forks share.
#[derive(Debug, Default)]
struct Planted {
    length: loom::sync::atomic::AtomicUsize,
}

impl VatWorker for Planted {
    type State = ();

    fn create(&self, _: VatId, _: &VatSource) -> Result<(), VatError> {
        Ok(())
    }

    fn deliver(
        &self,
        (): &(),
        _: &DeliveryContext,
        delivery: &VatDelivery,
        syscalls: &mut dyn Syscalls,
    ) -> Result<Delivered<()>, Box<Divergence>> {
        if let VatDelivery::Message(_, message) = delivery {
            self.length.store(message.methargs.body.len(), Ordering::SeqCst);
            let length = self.length.load(Ordering::SeqCst).to_string();
            syscalls.vatstore_set("length", length).expect("a legal syscall");
        }
        Ok(Delivered { status: DeliveryStatus::Ok, computrons: None, next: None })
    }
}
