//! A kernel that is restored at any moment goes on as the one that never was; one whose memory was
//! tampered with is refused or is a kernel.

#![no_main]

use std::sync::{Arc, LazyLock};

use bootfork_kernel::{
    Call, Controller, IMAGE_KIND, IMAGE_VERSION, NativeWorker, ResolutionPolicy, Value,
};
use bootfork_ledger::{LedgerConfig, boot, worker};
use bootfork_store::image::Image;
use libfuzzer_sys::fuzz_target;

static BOOTED: LazyLock<Controller<NativeWorker>> = LazyLock::new(|| {
    let config = LedgerConfig { accounts: 4, ..LedgerConfig::default() };
    boot(&config).expect("the ledger boots")
});

const VATS: [&str; 3] = ["bootstrap", "issuer", "trader1"];
const METHODS: [&str; 4] = ["balance", "transfer", "mint", "x"];

fuzz_target!(|input: &[u8]| {
    let mut original = BOOTED.fork();
    let mut restored = BOOTED.fork();
    for step in input {
        match step & 3 {
            0 => {
                restored = restore(&original);
                assert_eq!(identity(&restored), identity(&original));
            }
            1 => {
                let call = Call::new(METHODS[usize::from(step >> 2) % METHODS.len()])
                    .arg(Value::BigInt((step >> 4).to_string()));
                let vat = VATS[usize::from(step >> 5) % VATS.len()];
                for kernel in [&mut original, &mut restored] {
                    let policy = Some(ResolutionPolicy::Ignore);
                    let _ = kernel.queue_to_vat_root(vat, call.encode(), policy);
                }
            }
            _ => assert_eq!(original.step(), restored.step()),
        }
        assert_eq!(original.activityhash(), restored.activityhash());
    }
    assert_eq!(identity(&restored), identity(&original));
    tamper(input);
});

fn restore(kernel: &Controller<NativeWorker>) -> Controller<NativeWorker> {
    let bytes = kernel.image().to_bytes().expect("in memory");
    let image = Image::from_bytes(&bytes).expect("what was written is sound");
    Controller::restore(&image, Arc::new(worker())).expect("a kernel's image")
}

fn identity(kernel: &Controller<NativeWorker>) -> bootfork_store::image::ImageId {
    kernel.image().id().expect("in memory")
}

/// Changes the text of what a kernel has in memory.
fn tamper(input: &[u8]) {
    let image = Image::from_bytes(&BOOTED.image().to_bytes().expect("in memory")).expect("sound");
    let mut memory = image.bytes("memory").expect("a kernel's image").to_vec();
    for change in input.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % memory.len();
        memory[at] = change[2];
    }
    let stores = ["kv", "transcripts", "bundles"];
    let changed = stores.iter().fold(
        Image::builder(IMAGE_KIND, IMAGE_VERSION).bytes("memory", memory),
        |changed, part| changed.store(part, &image.store(part).expect("there")),
    );
    let changed = Image::from_bytes(&changed.to_bytes().expect("in memory")).expect("sound");
    if let Ok(mut kernel) = Controller::restore(&changed, Arc::new(worker())) {
        let _ = kernel.run_policy(&mut bootfork_kernel::RunLimit::cranks(10));
    }
}
