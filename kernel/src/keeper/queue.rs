//! The run queue and the acceptance queue (KERNEL.md section 4).

use crate::event::Event;
use crate::fault::{KernelError, corrupt};
use crate::id::parse_number;
use crate::keeper::Keeper;
use crate::schema;
use crate::stats::Gauge;
use crate::text::text;

/// One of the kernel's two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Where every event enters.
    Acceptance,
    /// What is delivered next.
    Run,
}

impl Queue {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptanceQueue",
            Self::Run => "runQueue",
        }
    }

    fn gauge(self) -> Gauge {
        match self {
            Self::Acceptance => Gauge::AcceptanceQueueLength,
            Self::Run => Gauge::RunQueueLength,
        }
    }
}

impl Keeper {
    fn queue_bounds(&self, queue: Queue) -> Result<(u64, u64), KernelError> {
        let key = schema::queue(queue.name());
        let bounds = self.required(&key)?.strip_prefix('[').and_then(|text| {
            let (head, tail) = text.strip_suffix(']')?.split_once(',')?;
            Some((parse_number(head)?, parse_number(tail)?))
        });
        let in_order = bounds.filter(|(head, tail)| head <= tail);
        in_order.ok_or_else(|| corrupt(&key, "[head,tail], head <= tail"))
    }

    fn set_queue_bounds(&mut self, queue: Queue, head: u64, tail: u64) {
        self.set(&schema::queue(queue.name()), &text!["[", head, ",", tail, "]"]);
    }

    pub(crate) fn enqueue(&mut self, queue: Queue, event: &Event) -> Result<(), KernelError> {
        let (head, tail) = self.queue_bounds(queue)?;
        self.set_json(&schema::queue_item(queue.name(), tail), event);
        self.set_queue_bounds(queue, head, tail + 1);
        self.up(queue.gauge());
        Ok(())
    }

    /// Takes the event at the head, if there is one.
    pub(crate) fn dequeue(&mut self, queue: Queue) -> Result<Option<Event>, KernelError> {
        let (head, tail) = self.queue_bounds(queue)?;
        if head == tail {
            return Ok(None);
        }
        let key = schema::queue_item(queue.name(), head);
        let event = Event::from_json(self.required(&key)?);
        let event = event.map_err(|error| corrupt(&key, format!("JSON of its kind ({error})")))?;
        self.delete(&key);
        self.set_queue_bounds(queue, head + 1, tail);
        self.down(queue.gauge());
        Ok(Some(event))
    }
}
