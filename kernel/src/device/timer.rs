//! The timer device: wakes vats when its host says how late it is (KERNEL.md section 11.3).

use crate::capdata::CapData;
use crate::device::session::FAILED;
use crate::device::{Device, DeviceCall, DeviceSyscalls};
use crate::fault::KernelError;
use crate::slot::Vref;
use crate::smallcaps::Value;

/// The timer. It has no clock: time is what the host [polls](Self::poll) it with. All that it
/// knows is in the device's state, so every fork has its own time.
///
/// ```
/// use std::sync::Arc;
///
/// use bootfork_kernel::{Config, Controller, Endowments, NativeWorker, Timer};
/// # use bootfork_kernel::{Syscalls, Vat, VatDelivery, VatError};
/// # struct Idle;
/// # impl Vat for Idle {
/// #     fn deliver(&mut self, _: &VatDelivery, _: &mut dyn Syscalls) -> Result<(), VatError> {
/// #         Ok(())
/// #     }
/// # }
/// let config = Config::new("main").vat("main", "idle").device("timer", "timer-bundle");
/// let worker = NativeWorker::new().with("idle", || Box::new(Idle));
/// let endowments = Endowments::default().with("timer", Arc::new(Timer));
/// let mut controller = Controller::boot_with(&config, worker, endowments)?;
/// controller.run()?;
///
/// let woken = controller.device_input("timer", |kernel| Timer::poll(kernel, 5))?;
/// assert_eq!(woken, Ok(false));
/// let earlier = controller.device_input("timer", |kernel| Timer::poll(kernel, 4))?;
/// assert!(earlier.is_err(), "time is monotonic");
/// # Ok::<(), bootfork_kernel::KernelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer;

impl Timer {
    /// Tells the timer how late it is. Whoever asked to be woken by then is sent `wake`; the
    /// answer is whether there was anybody.
    ///
    /// # Errors
    /// A text if it was later before, or if a repeater has no interval.
    pub fn poll(kernel: &mut dyn DeviceSyscalls, now: u64) -> Result<bool, String> {
        let mut schedule = Schedule::load(kernel).ok_or("the timer's state is damaged")?;
        let now = i128::from(now);
        if now < schedule.last_polled {
            let last = schedule.last_polled;
            return Err(format!("time is monotonic: {now} cannot be less than {last}"));
        }
        schedule.last_polled = now;
        schedule.save(kernel);
        let due = schedule.deadlines.partition_point(|deadline| deadline.time <= now);
        let due: Vec<_> = schedule.deadlines.drain(..due).collect();
        for Deadline { time, handlers } in &due {
            for handler in handlers {
                let call = Value::Array(vec![Value::text("wake"), Value::Array(vec![big(*time)])]);
                kernel.send_only(&handler.slot, &call.encode(&[]))?;
                let repeater = handler.index.filter(|index| schedule.repeater(*index).is_some());
                if let Some(index) = repeater {
                    let next = schedule.next_time(index).ok_or("a repeater has no interval")?;
                    schedule.add(next, handler.clone());
                }
            }
        }
        if !due.is_empty() {
            schedule.save(kernel);
        }
        Ok(!due.is_empty())
    }
}

impl Device for Timer {
    fn invoke(
        &self,
        call: &DeviceCall,
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<Result<CapData<Vref>, String>, KernelError> {
        let answer = answer(call, kernel).map(|value| value.encode(&[]));
        Ok(answer.ok_or_else(|| FAILED.to_owned()))
    }
}

/// `None` for whatever the original's code throws at.
fn answer(call: &DeviceCall, kernel: &mut dyn DeviceSyscalls) -> Option<Value> {
    let Ok(Value::Array(arguments)) = Value::decode(&call.arguments) else { return None };
    let argument = |index: usize| arguments.get(index);
    let handler = |index: usize| Handler::of(argument(index)?, &call.arguments.slots);
    let mut schedule = Schedule::load(kernel)?;
    let answer = match call.method.as_str() {
        "getLastPolled" => return Some(big(schedule.last_polled)),
        "setWakeup" => {
            let time = natural(argument(0)?)?;
            schedule.add(time, handler(1)?);
            big(time)
        }
        "removeWakeup" => {
            let times = schedule.remove(&handler(0)?.slot);
            Value::Array(times.into_iter().map(big).collect())
        }
        "makeRepeater" => {
            let (start, interval) = (natural(argument(0)?)?, natural(argument(1)?)?);
            schedule.repeaters.push(Some(Repeater { start, interval }));
            schedule.next_repeater += 1;
            index_value(schedule.next_repeater - 1)
        }
        "deleteRepeater" => {
            let index = index(argument(0)?)?;
            *schedule.repeaters.get_mut(index)? = None;
            index_value(index)
        }
        "schedule" => {
            let index = index(argument(0)?)?;
            let time = schedule.next_time(index)?;
            schedule.add(time, Handler { index: Some(index), ..handler(1)? });
            big(time)
        }
        _ => return None,
    };
    schedule.save(kernel);
    Some(answer)
}

/// The state of the device, as its code sees it.
#[derive(Default)]
struct Schedule {
    last_polled: i128,
    next_repeater: usize,
    repeaters: Vec<Option<Repeater>>,
    /// In order of time.
    deadlines: Vec<Deadline>,
}

#[derive(Clone, Copy)]
struct Repeater {
    start: i128,
    interval: i128,
}

struct Deadline {
    time: i128,
    handlers: Vec<Handler>,
}

#[derive(Clone)]
struct Handler {
    slot: Vref,
    iface: Option<String>,
    /// Of the repeater, for one that is woken again and again.
    index: Option<usize>,
}

impl Handler {
    fn of(value: &Value, slots: &[Vref]) -> Option<Self> {
        let Value::Object { slot, iface } = value else { return None };
        Some(Self { slot: slots.get(*slot)?.clone(), iface: iface.clone(), index: None })
    }
}

impl Schedule {
    fn load(kernel: &mut dyn DeviceSyscalls) -> Option<Self> {
        let Some(state) = kernel.state() else { return Some(Self::default()) };
        let value = Value::decode(&state).ok()?;
        let repeater = |value: &Value| match value {
            Value::Undefined => Some(None),
            value => {
                let start = natural(member(value, "startTime")?)?;
                let interval = natural(member(value, "interval")?)?;
                Some(Some(Repeater { start, interval }))
            }
        };
        let handler = |value: &Value| {
            let handler = Handler::of(member(value, "handler")?, &state.slots)?;
            let index = match member(value, "index") {
                Some(value) => Some(index(value)?),
                None => None,
            };
            Some(Handler { index, ..handler })
        };
        let deadline = |value: &Value| {
            let handlers = items(member(value, "handlers")?)?.iter().map(handler);
            let time = natural(member(value, "time")?)?;
            Some(Deadline { time, handlers: handlers.collect::<Option<_>>()? })
        };
        let list = |name: &str| items(member(&value, name)?);
        Some(Self {
            last_polled: natural(member(&value, "lastPolled")?)?,
            next_repeater: index(member(&value, "nextRepeater")?)?,
            repeaters: list("repeaters")?.iter().map(repeater).collect::<Option<_>>()?,
            deadlines: list("deadlines")?.iter().map(deadline).collect::<Option<_>>()?,
        })
    }

    fn save(&self, kernel: &mut dyn DeviceSyscalls) {
        let mut slots: Vec<Vref> = Vec::new();
        let mut handler = |handler: &Handler| {
            let known = slots.iter().position(|slot| *slot == handler.slot);
            let slot = known.unwrap_or_else(|| {
                slots.push(handler.slot.clone());
                slots.len() - 1
            });
            let object = Value::Object { slot, iface: handler.iface.clone() };
            let mut members = vec![("handler", object)];
            members.extend(handler.index.map(|index| ("index", index_value(index))));
            record(members)
        };
        let deadlines = self.deadlines.iter().map(|Deadline { time, handlers }| {
            let handlers = handlers.iter().map(&mut handler).collect();
            record(vec![("handlers", Value::Array(handlers)), ("time", big(*time))])
        });
        let deadlines = Value::Array(deadlines.collect());
        let repeaters = self.repeaters.iter().map(|repeater| match repeater {
            None => Value::Undefined,
            Some(Repeater { start, interval }) => {
                record(vec![("interval", big(*interval)), ("startTime", big(*start))])
            }
        });
        let state = record(vec![
            ("deadlines", deadlines),
            ("lastPolled", big(self.last_polled)),
            ("nextRepeater", index_value(self.next_repeater)),
            ("repeaters", Value::Array(repeaters.collect())),
        ]);
        kernel.set_state(&state.encode(&slots));
    }

    fn add(&mut self, time: i128, handler: Handler) {
        match self.deadlines.binary_search_by_key(&time, |deadline| deadline.time) {
            Ok(found) => self.deadlines[found].handlers.push(handler),
            Err(place) => self.deadlines.insert(place, Deadline { time, handlers: vec![handler] }),
        }
    }

    /// Forgets an object wherever it waits; the answer has a time for each place.
    fn remove(&mut self, slot: &Vref) -> Vec<i128> {
        let mut times = Vec::new();
        self.deadlines.retain_mut(|Deadline { time, handlers }| {
            let before = handlers.len();
            handlers.retain(|handler| handler.slot != *slot);
            times.extend(std::iter::repeat_n(*time, before - handlers.len()));
            !handlers.is_empty()
        });
        times
    }

    fn repeater(&self, index: usize) -> Option<Repeater> {
        *self.repeaters.get(index)?
    }

    /// The next time of a repeater after now. A division truncates, as in the original.
    fn next_time(&self, index: usize) -> Option<i128> {
        let Repeater { start, interval } = self.repeater(index)?;
        let since = self.last_polled.checked_sub(start)?.checked_rem(interval)?;
        self.last_polled.checked_add(interval)?.checked_sub(since)
    }
}

fn record(members: Vec<(&str, Value)>) -> Value {
    Value::Record(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn member<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Record(members) = record else { return None };
    members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

fn items(list: &Value) -> Option<&[Value]> {
    let Value::Array(items) = list else { return None };
    Some(items)
}

fn big(number: i128) -> Value {
    Value::BigInt(number.to_string())
}

/// A bigint or a whole number, not negative.
pub(super) fn natural(value: &Value) -> Option<i128> {
    let number = match value {
        Value::BigInt(digits) => digits.parse().ok()?,
        Value::Number(number) => format!("{number}").parse().ok()?,
        _ => return None,
    };
    (number >= 0).then_some(number)
}

fn index(value: &Value) -> Option<usize> {
    let Value::Number(number) = value else { return None };
    format!("{number}").parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^53 repeaters")]
fn index_value(index: usize) -> Value {
    Value::Number(index as f64)
}
