//! The mailbox device: numbered messages to and from other machines, each kept until it is
//! acknowledged (`SPEC-NOTES.md`, Devices).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::capdata::CapData;
use crate::device::session::FAILED;
use crate::device::{Device, DeviceCall, DeviceSyscalls, inbound, timer};
use crate::fault::KernelError;
use crate::slot::Vref;
use crate::smallcaps::Value;

/// The greatest number of a message: what JavaScript counts to.
const LAST_NUMBER: u64 = (1 << 53) - 1;

/// The mailbox. A vat puts messages to other machines, its peers, into the [outbox](Self::outbox),
/// and the host carries them; what peers answer comes [in](Self::deliver_inbound) to the handler
/// that the vat has registered. Peers send a message again until it is acknowledged: the handler
/// tells by the numbers what it has seen, the device does not.
///
/// The handler is in the device's state. The outbox is in the table too, so that it is forked with
/// the vats that filled it and undone with an aborted crank; but no hash covers it, since hosts of
/// the real kernel keep it themselves. The device holds no authority, and a boot may use it.
///
/// ```
/// use std::sync::Arc;
///
/// use bootfork_kernel::{
///     CapData, Config, Controller, Endowments, KernelError, Mailbox, NativeWorker, Syscalls, Vat,
///     VatDelivery, VatError, VatSyscall,
/// };
///
/// /// Writes to bob as soon as it is given the device.
/// struct Alice;
///
/// impl Vat for Alice {
///     fn deliver(&mut self, told: &VatDelivery, to: &mut dyn Syscalls) -> Result<(), VatError> {
///         let VatDelivery::Message(_, message) = told else { return Ok(()) };
///         let Some(mailbox) = message.methargs.slots.last() else { return Ok(()) };
///         let letter = CapData::new(r##"#["bob",1,"hello"]"##, []);
///         to.syscall(VatSyscall::CallNow(mailbox.clone(), "add".into(), letter));
///         Ok(())
///     }
/// }
///
/// let config = Config::new("alice").vat("alice", "alice").device("mailbox", "mailbox-bundle");
/// let worker = NativeWorker::new().with("alice", || Box::new(Alice));
/// let devices = Endowments::tripwires().with("mailbox", Arc::new(Mailbox));
/// let mut booted = Controller::boot_with(&config, worker, devices)?;
/// booted.run()?;
///
/// let mut fork = booted.fork();
/// let outbox = fork.device_input("mailbox", Mailbox::outbox)?.expect("a mailbox's");
/// assert_eq!(outbox["bob"].outbox, [(1, "hello".to_owned())]);
/// # Ok::<(), KernelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Mailbox;

/// What the mailbox holds for one peer. As JSON it is what the real kernel's hosts export.
///
/// ```
/// use bootfork_kernel::PeerMailbox;
///
/// let peer = PeerMailbox { inbound_ack: 3, outbox: vec![(7, "hello".into())] };
/// let json = serde_json::to_string(&peer)?;
/// assert_eq!(json, r#"{"inboundAck":3,"outbox":[[7,"hello"]]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerMailbox {
    /// The number of the last message from the peer that the vat has acknowledged.
    pub inbound_ack: u64,
    /// Messages to the peer that are not removed yet, in the order of their numbers.
    pub outbox: Vec<(u64, String)>,
}

impl PeerMailbox {
    fn position(&self, number: u64) -> Result<usize, usize> {
        self.outbox.binary_search_by_key(&number, |(number, _)| *number)
    }

    fn add(&mut self, number: u64, body: &str) {
        match self.position(number) {
            Ok(found) => body.clone_into(&mut self.outbox[found].1),
            Err(place) => self.outbox.insert(place, (number, body.to_owned())),
        }
    }

    fn remove(&mut self, number: u64) {
        if let Ok(found) = self.position(number) {
            self.outbox.remove(found);
        }
    }
}

impl Mailbox {
    /// What is there for the host to carry, by peer; every peer that the vat ever named is in it.
    ///
    /// # Errors
    /// A text if the table holds something else.
    pub fn outbox(
        kernel: &mut dyn DeviceSyscalls,
    ) -> Result<BTreeMap<String, PeerMailbox>, String> {
        let Some(data) = kernel.host_data() else { return Ok(BTreeMap::new()) };
        serde_json::from_str(&data).map_err(|error| format!("the outbox is damaged: {error}"))
    }

    /// Sends the handler `deliverInboundMessages` with the peer's messages and their numbers, if
    /// there are any, and then `deliverInboundAck` with the number of the last message that the
    /// peer has processed. Whether they are news is for the handler to tell.
    ///
    /// # Errors
    /// A text, and nothing is sent: if no handler is registered, or for a number above 2^53 - 1.
    pub fn deliver_inbound(
        kernel: &mut dyn DeviceSyscalls,
        peer: &str,
        messages: &[(u64, String)],
        ack: u64,
    ) -> Result<(), String> {
        let handler = inbound::handler(kernel).ok_or("no inbound handler is registered")?;
        let ack = number_value(ack)?;
        let numbered = messages.iter().map(|(number, body)| {
            Ok(Value::Array(vec![number_value(*number)?, Value::text(body)]))
        });
        let numbered = numbered.collect::<Result<Vec<_>, String>>()?;
        if !numbered.is_empty() {
            let arguments = vec![Value::text(peer), Value::Array(numbered)];
            inbound::tell(kernel, &handler, "deliverInboundMessages", arguments)?;
        }
        inbound::tell(kernel, &handler, "deliverInboundAck", vec![Value::text(peer), ack])
    }
}

impl Device for Mailbox {
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
    if call.method == "registerInboundHandler" {
        return inbound::register(call, &arguments, kernel);
    }
    let [Value::Text(peer), number, rest @ ..] = arguments.as_slice() else { return None };
    let number = message_number(number)?;
    let mut peers = Mailbox::outbox(kernel).ok()?;
    let mailbox = peers.entry(peer.clone()).or_default();
    match (call.method.as_str(), rest) {
        ("add", [Value::Text(body), ..]) => mailbox.add(number, body),
        ("remove", _) => mailbox.remove(number),
        ("ackInbound", _) => mailbox.inbound_ack = number,
        _ => return None,
    }
    kernel.set_host_data(&serde_json::to_string(&peers).expect("texts and numbers have a JSON"));
    Some(Value::Undefined)
}

fn message_number(value: &Value) -> Option<u64> {
    let number = u64::try_from(timer::natural(value)?).ok()?;
    (number <= LAST_NUMBER).then_some(number)
}

#[expect(clippy::cast_precision_loss, reason = "up to 2^53 none is lost")]
fn number_value(number: u64) -> Result<Value, String> {
    if number > LAST_NUMBER {
        return Err(format!("{number} is no number of a message"));
    }
    Ok(Value::Number(number as f64))
}
