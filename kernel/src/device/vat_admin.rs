//! The vatAdmin device: the kernel's own, through which the vatAdmin vat creates, upgrades,
//! meters and ends vats (KERNEL.md sections 11.1 to 11.3).

use serde_json::{Map, Value as Json};

use crate::capdata::CapData;
use crate::decimal::Amount;
use crate::device::DeviceSyscalls;
use crate::device::session::{DeviceSession, FAILED};
use crate::event::Event;
use crate::fault::{Fault, KernelError, Outcome};
use crate::id::{MeterId, VatId};
use crate::keeper::{Meter, Queue, Remaining, Strength};
use crate::slot::{Kref, Vref};
use crate::smallcaps::{NoJson, Value};
use crate::source::{Bundle, VatSource};
use crate::trace::Termination;

/// Answers one call. The arguments are in krefs, since most of them end in events.
pub(crate) fn invoke(
    session: &mut DeviceSession<'_>,
    target: &Vref,
    method: &str,
    arguments: &CapData,
) -> Outcome<Result<CapData<Vref>, String>> {
    let refused = Ok(Err(FAILED.to_owned()));
    let Ok(Value::Array(values)) = Value::decode(arguments) else { return refused };
    let mut call = Call { session, slots: &arguments.slots };
    let answer = if target.as_str() == "d+0" {
        call.root(method, &values)
    } else {
        call.bundle_cap(target, method)
    };
    match answer {
        Ok(data) => Ok(Ok(data)),
        Err(Refusal::Arguments) => refused,
        Err(Refusal::Fault(fault)) => Err(fault),
    }
}

/// Why a method gave no answer.
enum Refusal {
    /// The arguments are of no use: the vat gets an error.
    Arguments,
    /// The kernel cannot go on.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Refusal {
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}

type Answer<T = CapData<Vref>> = Result<T, Refusal>;

struct Call<'a, 'k> {
    session: &'a mut DeviceSession<'k>,
    slots: &'a [Kref],
}

fn plain(value: &Value) -> CapData<Vref> {
    value.encode(&[])
}

fn text(value: Option<&Value>) -> Answer<&str> {
    match value {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(Refusal::Arguments),
    }
}

fn vat_id(value: Option<&Value>) -> Answer<VatId> {
    text(value)?.parse().map_err(|_| Refusal::Arguments)
}

fn meter_id(value: Option<&Value>) -> Answer<MeterId> {
    text(value)?.parse().map_err(|_| Refusal::Arguments)
}

fn amount(value: Option<&Value>) -> Answer<Amount> {
    match value {
        Some(Value::BigInt(digits)) => Amount::parse(digits).ok_or(Refusal::Arguments),
        _ => Err(Refusal::Arguments),
    }
}

impl Call<'_, '_> {
    fn root(&mut self, method: &str, values: &[Value]) -> Answer {
        let argument = |index: usize| values.get(index);
        match method {
            "createByBundle" => {
                let bundle = argument(0).unwrap_or(&Value::Undefined);
                self.create(&|| bundle_source(bundle), argument(1))
            }
            "createByBundleID" => {
                let id = text(argument(0))?;
                if !self.session.keeper.has_bundle(id) {
                    return Err(Refusal::Arguments);
                }
                self.create(&|| Ok(VatSource::BundleId(id.to_owned())), argument(1))
            }
            "upgradeVat" => self.upgrade(values),
            "terminateWithFailure" => {
                let [vat, reason] = values else { return Err(Refusal::Arguments) };
                let vat = vat_id(Some(vat))?;
                let reason = reason.encode(self.slots);
                let termination = Termination { vat, reject: true, info: reason };
                self.session.keeper.terminate(&termination)?;
                Ok(plain(&Value::Undefined))
            }
            "changeOptions" => {
                let ([vat, Value::Record(options)], []) = (values, self.slots) else {
                    return Err(Refusal::Arguments);
                };
                let vat = vat_id(Some(vat))?;
                let options = defined_options(options)?;
                self.enqueue(&Event::ChangeVatOptions { vat, options })?;
                Ok(plain(&Value::Undefined))
            }
            "getBundleCap" => {
                let bundle = text(argument(0))?.to_owned();
                if !self.session.keeper.has_bundle(&bundle) {
                    return if is_bundle_id(&bundle) {
                        Ok(plain(&Value::Undefined))
                    } else {
                        Err(Refusal::Arguments)
                    };
                }
                Ok(self.bundle_node(&bundle))
            }
            "getNamedBundleCap" => {
                let bundle = self.named_bundle(argument(0))?;
                Ok(self.bundle_node(&bundle))
            }
            "getBundleIDByName" => Ok(plain(&Value::Text(self.named_bundle(argument(0))?))),
            "createMeter" => {
                let remaining = Remaining::Limited(amount(argument(0))?);
                let threshold = amount(argument(1))?;
                let meter = self.session.keeper.create_meter(&Meter { remaining, threshold })?;
                Ok(plain(&Value::text(meter.to_string())))
            }
            "createUnlimitedMeter" => {
                let meter = Meter { remaining: Remaining::Unlimited, threshold: Amount::ZERO };
                let meter = self.session.keeper.create_meter(&meter)?;
                Ok(plain(&Value::text(meter.to_string())))
            }
            "addMeterRemaining" => {
                let (meter, delta) = (meter_id(argument(0))?, amount(argument(1))?);
                if let Remaining::Limited(remaining) = self.meter(meter)?.remaining {
                    self.session.keeper.set_meter_remaining(meter, &remaining.plus(&delta));
                }
                Ok(plain(&Value::Undefined))
            }
            "setMeterThreshold" => {
                let (meter, threshold) = (meter_id(argument(0))?, amount(argument(1))?);
                self.meter(meter)?;
                self.session.keeper.set_meter_threshold(meter, &threshold);
                Ok(plain(&Value::Undefined))
            }
            "getMeter" => {
                let Meter { remaining, threshold } = self.meter(meter_id(argument(0))?)?;
                let remaining = match remaining {
                    Remaining::Unlimited => Value::text(remaining.to_string()),
                    Remaining::Limited(amount) => Value::BigInt(amount.to_string()),
                };
                Ok(plain(&Value::Record(vec![
                    ("remaining".into(), remaining),
                    ("threshold".into(), Value::BigInt(threshold.to_string())),
                ])))
            }
            _ => Err(Refusal::Arguments),
        }
    }

    fn meter(&self, meter: MeterId) -> Answer<Meter> {
        self.session.keeper.meter(meter)?.ok_or(Refusal::Arguments)
    }

    fn named_bundle(&self, name: Option<&Value>) -> Answer<String> {
        self.session.keeper.named_bundle(text(name)?)?.ok_or(Refusal::Arguments)
    }

    fn enqueue(&mut self, event: &Event) -> Result<(), KernelError> {
        self.session.keeper.enqueue(Queue::Acceptance, event)
    }

    /// Re-encodes parameters in krefs, and counts the references that the event will hold.
    fn parameters(&mut self, value: Option<&Value>) -> Result<CapData, KernelError> {
        let parameters = value.unwrap_or(&Value::Undefined).encode(self.slots);
        for slot in &parameters.slots {
            self.session.keeper.increment(*slot, Strength::Full)?;
        }
        Ok(parameters)
    }

    /// What JSON cannot say is found out last: the parameters are counted by then, and the number
    /// of the vat is taken.
    fn create(
        &mut self,
        source: &dyn Fn() -> Answer<VatSource>,
        options: Option<&Value>,
    ) -> Answer {
        let Some(Value::Record(members)) = options else { return Err(Refusal::Arguments) };
        let parameters = members.iter().find(|(name, _)| name == "vatParameters");
        if let Some((_, meter)) = members.iter().find(|(name, _)| name == "meterID")
            && *meter != Value::Undefined
        {
            meter_id(Some(meter))?;
        }
        let vat_parameters = self.parameters(parameters.map(|(_, value)| value))?;
        let vat = self.session.keeper.allocate_vat_id()?;
        let dynamic_options = defined_options(members)?;
        self.enqueue(&Event::CreateVat {
            vat,
            source: source()?,
            parameters: vat_parameters,
            dynamic_options,
        })?;
        Ok(plain(&Value::text(vat.to_string())))
    }

    fn upgrade(&mut self, values: &[Value]) -> Answer {
        let [vat, bundle_id, parameters, upgrade_message] = values else {
            return Err(Refusal::Arguments);
        };
        let vat = vat_id(Some(vat))?;
        let bundle_id = text(Some(bundle_id))?.to_owned();
        let upgrade_message = text(Some(upgrade_message))?.to_owned();
        let parameters = self.parameters(Some(parameters))?;
        let upgrade_id = self.session.keeper.allocate_upgrade_id()?;
        let answer = plain(&Value::text(&upgrade_id));
        let event = Event::UpgradeVat { vat, upgrade_id, bundle_id, parameters, upgrade_message };
        self.enqueue(&event)?;
        Ok(answer)
    }

    /// The device node that stands for a bundle, made now if there is none.
    fn bundle_node(&mut self, bundle_id: &str) -> CapData<Vref> {
        let by_id = format!("id.{bundle_id}");
        let slot = if let Some(slot) = self.session.vatstore_get(&by_id) {
            slot
        } else {
            let next =
                self.session.vatstore_get("nextDev").and_then(|text| text.parse::<u64>().ok());
            let number = next.unwrap_or(1);
            let slot = format!("d+{number}");
            self.session.vatstore_set("nextDev", &(number + 1).to_string());
            self.session.vatstore_set(&by_id, &slot);
            self.session.vatstore_set(&format!("slot.{slot}"), bundle_id);
            slot
        };
        let node = Value::Object { slot: 0, iface: Some("device node".into()) };
        node.encode(&[Vref::new(slot)])
    }

    fn bundle_cap(&mut self, target: &Vref, method: &str) -> Answer {
        let bundle_id = self.session.vatstore_get(&format!("slot.{target}"));
        let bundle_id = bundle_id.ok_or(Refusal::Arguments)?;
        match method {
            "getBundleID" => Ok(plain(&Value::Text(bundle_id))),
            "getBundle" => {
                let bundle = self.session.keeper.bundle(&bundle_id).ok_or(Refusal::Arguments)?;
                let bundle = CapData::<Vref>::new(format!("#{bundle}"), []);
                Value::decode(&bundle).map(|value| plain(&value)).map_err(|_| Refusal::Arguments)
            }
            _ => Err(Refusal::Arguments),
        }
    }
}

/// Whether a bundle could have this ID.
fn is_bundle_id(text: &str) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("b1-").is_some_and(|hash| hash.len() == 128 && hash.bytes().all(hex))
}

/// A bundle as it came: whatever it is, its shape is looked at when the vat is made.
fn bundle_source(bundle: &Value) -> Answer<VatSource> {
    let json = bundle.stringify().map_err(|NoJson| Refusal::Arguments)?;
    Ok(json.map_or(VatSource::Nowhere, |json| VatSource::Bundle(Bundle::new(&json))))
}

/// The options that JSON has a form for, but for the parameters, in the order in which they came.
fn defined_options(members: &[(String, Value)]) -> Answer<Map<String, Json>> {
    let members = members.iter().filter(|(name, _)| name != "vatParameters").cloned().collect();
    let json = Value::Record(members).stringify().map_err(|NoJson| Refusal::Arguments)?;
    json.and_then(|json| serde_json::from_str(&json).ok()).ok_or(Refusal::Arguments)
}
