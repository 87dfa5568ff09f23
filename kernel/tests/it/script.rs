//! A vat that makes exactly the syscalls that a message lists, legal or not.

use bootfork_kernel::{
    CapData, Config, Controller, Handle, KernelError, NativeWorker, ResolutionPolicy, Syscalls,
    Vat, VatDelivery, VatError, VatSyscall, Vref,
};
use serde_json::Value;

struct Script;

impl Vat for Script {
    fn deliver(
        &mut self,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        let VatDelivery::Message(_, message) = delivery else { return Ok(()) };
        let call = message.methargs.body.strip_prefix('#').unwrap_or_default();
        let call: Value = serde_json::from_str(call).map_err(|error| error.to_string())?;
        match call[0].as_str() {
            Some("script") => {
                for syscall in call[1].as_array().into_iter().flatten() {
                    kernel.syscall(VatSyscall::from_json(syscall.clone()));
                }
                Ok(())
            }
            Some("throw") => Err("the script throws".into()),
            Some("store") => {
                kernel.vatstore_set("written", "before the throw")?;
                kernel.send(Vref::root(), message.methargs.clone(), Some(Vref::new("p+77")))?;
                Err("the script throws late".into())
            }
            Some("panic") => {
                kernel.vatstore_set("written", "before the panic")?;
                panic!("the script panics");
            }
            Some("reject") => match message.result_promise() {
                Some(result) => {
                    kernel.resolve(result.clone(), true, CapData::new("#\"refused\"", []))
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

pub(crate) type Kernel = Controller<NativeWorker>;

/// A kernel of these vats, all scripts, run to quiescence. The first one is the bootstrap vat.
pub(crate) fn kernel(vats: &[&str]) -> Kernel {
    let config = vats.iter().fold(Config::new(vats[0]), |config, vat| config.vat(*vat, "script"));
    let mut kernel = Controller::boot(&config, worker()).expect("a good configuration");
    kernel.run().expect("scripts that do nothing");
    for vat in vats {
        kernel.pin_vat_root(vat).expect("a root");
    }
    kernel
}

pub(crate) fn worker() -> NativeWorker {
    NativeWorker::new().with("script", || Box::new(Script))
}

/// Queues a message to a vat's root.
pub(crate) fn queue(kernel: &mut Kernel, vat: &str, body: &str, slots: &[Handle]) -> Handle {
    let methargs = CapData::new(body, slots.iter().cloned());
    let result = kernel.queue_to_vat_root(vat, methargs, Some(ResolutionPolicy::Ignore));
    result.expect("a vat of that name").expect("a result was asked for")
}

/// Has a vat make these syscalls, and runs to quiescence.
pub(crate) fn script(kernel: &mut Kernel, vat: &str, syscalls: &Value) -> Result<u64, KernelError> {
    queue(kernel, vat, &format!("#[\"script\",{syscalls}]"), &[]);
    kernel.run()
}

/// The value of a key, as text.
pub(crate) fn get(kernel: &Kernel, key: &str) -> Option<String> {
    kernel.kv().get(key).map(|value| String::from_utf8_lossy(value).into_owned())
}
