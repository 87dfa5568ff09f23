//! The devices of a random kernel: the kernel's own and one that does anything; how they are
//! called.

use std::sync::Arc;

use bootfork_kernel::{
    CapData, Config, Device, DeviceCall, DeviceSyscalls, Endowments, KernelError, Timer, Vref,
};
use serde::{Deserialize, Serialize};

use super::vat::RandomVat;
use super::worker::{BUNDLES, REFUSED};

/// What kind of device node a vat takes a reference for, by the interface that comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Node {
    Timer,
    VatAdmin,
    /// A bundle that vatAdmin knows.
    Bundle,
    Test,
}

type Call = (&'static str, CapData<Vref>);

pub(super) fn with_devices(config: Config) -> Config {
    let config = config.device("timer", "timer").device("vatAdmin", "device");
    let named = config.device("test", "test").named_bundle("code", "plain");
    BUNDLES.iter().fold(named, |config, bundle| config.named_bundle(*bundle, *bundle))
}

pub(super) fn endowments() -> Endowments {
    Endowments::default().with("timer", Arc::new(Timer)).with("test", Arc::new(TestDevice))
}

impl Node {
    const ALL: [Self; 4] = [Self::Timer, Self::VatAdmin, Self::Bundle, Self::Test];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Timer => "timer",
            Self::VatAdmin => "vatAdmin",
            Self::Bundle => "device node",
            Self::Test => "test",
        }
    }

    /// What a body says that this slot is: by its interface, or in the bootstrap message by the
    /// name of the record's member.
    pub(super) fn named_in(body: &str, slot: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|node| {
            let name = node.name();
            body.contains(&format!("${slot}.Alleged: {name}"))
                || body.contains(&format!("\"{name}\":\"${slot}.Alleged: device\""))
        })
    }

    /// A call that may be of use.
    pub(super) fn call(self, vat: &mut RandomVat) -> Call {
        match self {
            Self::Timer => call_timer(vat),
            Self::VatAdmin => call_vat_admin(vat),
            Self::Bundle => {
                let method = vat.random.pick(&["getBundleID", "getBundle", "burn"]).copied();
                (method.expect("some"), CapData::new("#[]", []))
            }
            Self::Test => {
                let method = vat.random.pick(&["echo", "keep", "node", "tell", "burn"]).copied();
                let (body, slots) =
                    ("#[\"$0.Alleged: thing\",\"$1\"]", [vat.object(), vat.object()]);
                (method.expect("some"), CapData::new(body, slots))
            }
        }
    }
}

fn call_timer(vat: &mut RandomVat) -> Call {
    let (time, index) = (vat.random.below(80), vat.random.below(3));
    let handler = "\"$0.Alleged: handler\"";
    let (method, arguments) = match vat.random.below(7) {
        0 => ("getLastPolled", String::new()),
        1 | 2 => ("setWakeup", format!("\"+{time}\",{handler}")),
        3 => ("removeWakeup", handler.to_owned()),
        4 => ("makeRepeater", format!("\"+{time}\",\"+{}\"", index + 1)),
        5 => ("schedule", format!("{index},{handler}")),
        _ => ("deleteRepeater", index.to_string()),
    };
    let slots: Vec<_> = arguments.contains('$').then(|| vat.object()).into_iter().collect();
    (method, CapData::new(format!("#[{arguments}]"), slots))
}

fn call_vat_admin(vat: &mut RandomVat) -> Call {
    let RandomVat { random, names, .. } = &mut *vat;
    let own = |letter: char| names.iter().filter(move |name| name.starts_with(letter));
    let (vats, meters): (Vec<_>, Vec<_>) = (own('v').collect(), own('m').collect());
    // A vat of its own, or any: static ones have the low numbers.
    let any = format!("v{}", 1 + random.below(9));
    let known = random.pick(&vats).copied().cloned();
    let id = known.filter(|_| random.chance(800)).unwrap_or(any);
    let meter = random.pick(&meters).map_or("m1".to_owned(), |meter| (*meter).clone());
    let (id, meter) = (format!("\"{id}\""), format!("\"{meter}\""));
    let number = random.below(4) + 1;
    let bundle = random.pick(&BUNDLES).copied().expect("some");
    let parameters = "[\"$0.Alleged: thing\"]";
    let (method, arguments) = match random.below(22) {
        made @ 0..6 => {
            let pipelining = bundle == "pipelining" || random.chance(100);
            let metered = match random.below(8) {
                0 | 1 if !meters.is_empty() => format!(",\"meterID\":{meter}"),
                2 => format!(",\"reapInterval\":{number}"),
                3 => ",\"critical\":true".to_owned(),
                _ => String::new(),
            };
            let options = format!(
                "{{\"enablePipelining\":{pipelining},\"vatParameters\":{parameters}{metered}}}"
            );
            match made {
                0 => ("createByBundle", format!("{},{options}", handed_over(bundle))),
                _ => ("createByBundleID", format!("\"{bundle}\",{options}")),
            }
        }
        6..11 => {
            // Nobody could go on after an upgrade to what has no code: one that fails instead.
            let (bundle, parameters) = match bundle {
                "empty" => ("plain", format!("[\"$0.Alleged: thing\",\"{REFUSED}\"]")),
                bundle => (bundle, parameters.to_owned()),
            };
            ("upgradeVat", format!("{id},\"{bundle}\",{parameters},\"again\""))
        }
        11 | 12 => ("terminateWithFailure", format!("{id},\"$0.Alleged: reason\"")),
        13 => ("changeOptions", format!("{id},{{\"reapInterval\":{number}}}")),
        14 => ("createMeter", format!("\"+{number}00\",\"+50\"")),
        15 => ("createUnlimitedMeter", String::new()),
        16 => ("addMeterRemaining", format!("{meter},\"+{number}\"")),
        17 => ("setMeterThreshold", format!("{meter},\"+{number}\"")),
        18 => ("getMeter", meter),
        19 => ("getBundleCap", format!("\"{bundle}\"")),
        20 => ("getNamedBundleCap", "\"code\"".to_owned()),
        _ => ("getBundleIDByName", "\"code\"".to_owned()),
    };
    let slots: Vec<_> = arguments.contains('$').then(|| vat.object()).into_iter().collect();
    (method, CapData::new(format!("#[{arguments}]"), slots))
}

/// A bundle with the code of an installed one; of the empty one, what is no bundle of a vat.
fn handed_over(bundle: &str) -> String {
    match bundle {
        "empty" => r##"{"moduleFormat":"none","member":["#undefined","%name","$0"]}"##.to_owned(),
        id => format!(r#"{{"moduleFormat":"endoZipBase64","endoZipBase64Sha512":"{id}"}}"#),
    }
}

/// Answers with what it is given, remembers it, passes it on, makes nodes; all in the kernel's
/// table. `forge` names what it does not have.
#[derive(Debug)]
struct TestDevice;

impl Device for TestDevice {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError> {
        let CapData { slots, .. } = &call.arguments;
        Ok(match call.method.as_str() {
            "echo" => Ok(call.arguments.clone()),
            "keep" => {
                let last = kernel.state();
                kernel.set_state(&call.arguments);
                Ok(last.unwrap_or_else(|| CapData::new("#[]", [])))
            }
            "node" => {
                let body = format!("#\"$0.Alleged: {}\"", Node::Test.name());
                Ok(CapData::new(body, [Vref::new(format!("d+{}", call.syscall))]))
            }
            "tell" => match slots.first() {
                Some(target) => {
                    let message = CapData::new("#[\"told\",[\"$0\"]]", slots[1..].to_vec());
                    kernel.send_only(target, &message).map(|()| CapData::new("#1", []))
                }
                None => Err("device.invoke failed: nobody to tell".into()),
            },
            "forge" => Ok(CapData::new("#\"$0\"", [Vref::new("o-9999")])),
            _ => Err("device.invoke failed: no such method".into()),
        })
    }
}
