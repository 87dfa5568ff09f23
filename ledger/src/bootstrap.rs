//! The bootstrap vat: introduces the traders, then has purses minted for them.
//!
//! | key | value |
//! |---|---|
//! | `issuer`, `trader.N` | the roots |
//! | `traders` | how many traders there are |
//! | `keep.VREF` | marks these objects |
//! | `introducing` | how many traders have not answered yet, and the result promise |
//! | `opening` | a job: purses to go, traders served, amount, result promise |
//! | `pending.VREF` | what a promise is waited for: `introduce`, `mint` or `accept PURSE` |

use bootfork_kernel::{Resolution, Syscalls, Value, Vat, VatDelivery, VatError, Vref};

use super::error::Refusal;
use super::message::{
    Answer, Fault, call, drop_unkept, fulfilled_object, keep, number, number_value, object,
    object_value, reject, serve, settle,
};
use super::promises;

/// The bootstrap vat's code.
pub(super) struct Bootstrap;

/// What the names of the trader vats begin with; a number follows.
pub(super) const TRADER: &str = "trader";

const INTRODUCING: &str = "introducing";
const OPENING: &str = "opening";

impl Vat for Bootstrap {
    fn deliver(
        &mut self,
        delivery: &VatDelivery,
        kernel: &mut dyn Syscalls,
    ) -> Result<(), VatError> {
        match delivery {
            VatDelivery::Message(_, message) => {
                let slots = &message.methargs.slots;
                let result = message.result_promise();
                serve(kernel, message, |kernel, method, arguments| match (method, arguments) {
                    ("bootstrap", [Value::Record(vats), _]) => {
                        introduce(kernel, vats, slots, result)
                    }
                    ("open", [accounts, amount]) => {
                        open(kernel, number(accounts)?, number(amount)?, result)
                    }
                    _ => Err(Refusal::NotUnderstood.into()),
                })?;
                drop_unkept(kernel, slots)
            }
            VatDelivery::Notify(resolutions) => {
                resolutions.iter().try_for_each(|resolution| go_on(kernel, resolution))
            }
            _ => Ok(()),
        }
    }
}

/// Remembers the roots, and makes every trader known to every other.
fn introduce(
    kernel: &mut dyn Syscalls,
    vats: &[(String, Value)],
    slots: &[Vref],
    result: Option<&Vref>,
) -> Result<Answer, Fault> {
    if kernel.vatstore_get("issuer")?.is_some() {
        return Err(Refusal::Busy.into());
    }
    let issuer = vats.iter().find(|(name, _)| name == "issuer").map(|(_, value)| value);
    let issuer = object(issuer.ok_or(Refusal::NotUnderstood)?, slots)?;
    let mut traders = Vec::new();
    for (name, value) in vats {
        let number = name.strip_prefix(TRADER).and_then(|number| number.parse::<u64>().ok());
        if let Some(number) = number {
            traders.push((number, object(value, slots)?.clone()));
        }
    }
    traders.sort();
    let roots: Vec<Vref> = traders.into_iter().map(|(_, root)| root).collect();

    kernel.vatstore_set("issuer", issuer.as_str())?;
    keep(kernel, issuer)?;
    kernel.vatstore_set("traders", roots.len().to_string())?;
    kernel.vatstore_set(INTRODUCING, format!("{} {}", roots.len(), text(result)))?;
    for (number, root) in roots.iter().enumerate() {
        kernel.vatstore_set(&format!("trader.{number}"), root.as_str())?;
        keep(kernel, root)?;
    }
    for root in &roots {
        let all = (0..roots.len()).map(|slot| object_value(slot, "root")).collect();
        let methargs = call("introduce", vec![Value::Array(all)], &roots);
        promises::send(kernel, root, methargs, "introduce")?;
    }
    Ok(if roots.is_empty() { Answer::DONE } else { Answer::Later })
}

/// Purses that are still to be made.
struct Job {
    to_go: u64,
    served: u64,
    amount: u64,
    result: String,
}

impl Job {
    fn load(kernel: &mut dyn Syscalls) -> Result<Option<Self>, VatError> {
        let Some(text) = kernel.vatstore_get(OPENING)? else { return Ok(None) };
        let wrong = || VatError::from(format!("{OPENING} is no job: {text}"));
        let mut parts = text.splitn(4, ' ');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or_else(wrong);
        let (to_go, served, amount) = (number()?, number()?, number()?);
        let result = parts.next().unwrap_or_default().to_owned();
        Ok(Some(Self { to_go, served, amount, result }))
    }

    fn save(&self, kernel: &mut dyn Syscalls) -> Result<(), VatError> {
        let Self { to_go, served, amount, result } = self;
        kernel.vatstore_set(OPENING, format!("{to_go} {served} {amount} {result}"))
    }

    /// Asks for the next purse, or ends.
    fn next(&self, kernel: &mut dyn Syscalls) -> Result<(), VatError> {
        if self.to_go == 0 {
            kernel.vatstore_delete(OPENING)?;
            let data = number_value(self.served).encode(&[]);
            return settle(kernel, promise(&self.result).as_ref(), false, data);
        }
        let issuer = Vref::new(kernel.vatstore_get("issuer")?.unwrap_or_default());
        let methargs = call("mint", vec![number_value(self.amount)], &[]);
        promises::send(kernel, &issuer, methargs, "mint")
    }
}

/// Begins to have purses minted, one after the other.
fn open(
    kernel: &mut dyn Syscalls,
    accounts: u64,
    amount: u64,
    result: Option<&Vref>,
) -> Result<Answer, Fault> {
    if kernel.vatstore_get("traders")?.is_none_or(|traders| traders == "0") {
        return Err(Refusal::UnknownTrader.into());
    }
    if kernel.vatstore_get(OPENING)?.is_some() {
        return Err(Refusal::Busy.into());
    }
    let job = Job { to_go: accounts, served: 0, amount, result: text(result).to_owned() };
    job.save(kernel)?;
    job.next(kernel)?;
    Ok(Answer::Later)
}

/// Goes on with what waited for this promise.
fn go_on(kernel: &mut dyn Syscalls, resolution: &Resolution) -> Result<(), VatError> {
    let Some(note) = promises::take(kernel, &resolution.promise)? else {
        return drop_unkept(kernel, &resolution.data.slots);
    };
    if note == "introduce" {
        return introduced(kernel, resolution);
    }
    let Some(mut job) = Job::load(kernel)? else { return Ok(()) };
    let purse = note.strip_prefix("accept ").map(Vref::new);
    if resolution.rejected {
        kernel.vatstore_delete(OPENING)?;
        settle(kernel, promise(&job.result).as_ref(), true, resolution.data.clone())?;
        return drop_unkept(kernel, purse.as_slice());
    }
    if let Some(purse) = purse {
        drop_unkept(kernel, &[purse])?;
        job.to_go -= 1;
        job.served += 1;
        job.save(kernel)?;
        return job.next(kernel);
    }
    match fulfilled_object(resolution) {
        Ok(purse) => hand_over(kernel, &job, &purse),
        Err(refusal) => {
            kernel.vatstore_delete(OPENING)?;
            reject(kernel, promise(&job.result).as_ref(), refusal)
        }
    }
}

/// Gives a purse to the trader whose turn it is; it is let go when that trader has it.
fn hand_over(kernel: &mut dyn Syscalls, job: &Job, purse: &Vref) -> Result<(), VatError> {
    let traders = kernel.vatstore_get("traders")?.and_then(|text| text.parse().ok());
    let turn = job.served % traders.filter(|traders| *traders > 0).unwrap_or(1);
    let trader = Vref::new(kernel.vatstore_get(&format!("trader.{turn}"))?.unwrap_or_default());
    let methargs = call("accept", vec![object_value(0, "purse")], std::slice::from_ref(purse));
    promises::send(kernel, &trader, methargs, &format!("accept {purse}"))
}

/// One trader more, or one less, knows the others.
fn introduced(kernel: &mut dyn Syscalls, resolution: &Resolution) -> Result<(), VatError> {
    let Some(waiting) = kernel.vatstore_get(INTRODUCING)? else { return Ok(()) };
    let (left, result) = waiting.split_once(' ').unwrap_or((&waiting, ""));
    let left = left.parse::<u64>().unwrap_or(1) - 1;
    if left > 0 && !resolution.rejected {
        return kernel.vatstore_set(INTRODUCING, format!("{left} {result}"));
    }
    kernel.vatstore_delete(INTRODUCING)?;
    let data =
        if resolution.rejected { resolution.data.clone() } else { Value::Undefined.encode(&[]) };
    settle(kernel, promise(result).as_ref(), resolution.rejected, data)
}

fn text(result: Option<&Vref>) -> &str {
    result.map_or("", Vref::as_str)
}

fn promise(text: &str) -> Option<Vref> {
    Some(Vref::new(text)).filter(|promise| !promise.as_str().is_empty())
}
