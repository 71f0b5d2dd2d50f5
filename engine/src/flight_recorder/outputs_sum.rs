//! A checksum over outputs, without what a replay cannot have: the credential, and bytes that were sealed with a key.

use std::fmt;

use crc32fast::Hasher;

use crate::command::Refusal;
use crate::io::{Event, ExchangeRequestOut, Output};

/// A checksum over everything that these outputs say. `said` is one over the content of what is to be written.
pub(super) fn outputs_sum(outputs: &[Output], said: u32) -> u32 {
    let mut sum = Sum(Hasher::new());
    for output in outputs {
        // Writing to a checksum does not fail; a view that has no JSON would have none for its caller either.
        sum.add(output).ok();
    }
    sum.0.update(&said.to_le_bytes());
    sum.0.finalize()
}

struct Sum(Hasher);

impl Sum {
    fn add(&mut self, output: &Output) -> fmt::Result {
        use fmt::Write;
        match output {
            Output::Commit(batch) => {
                let created = batch.create.iter().map(|(key, _)| ("create", key));
                let put = batch.put.iter().map(|(key, _)| ("put", key));
                let deleted = batch.delete.iter().map(|key| ("delete", key));
                for (what, key) in created.chain(put).chain(deleted) {
                    write!(self, "{what} {key} ")?;
                }
                Ok(())
            }
            Output::Exchange(ExchangeRequestOut { id, path, token: _, body }) => {
                write!(self, "exchange {id} {path} ")?;
                self.write_str(body)
            }
            Output::Resolve { id, outcome: Ok(order) } => {
                // What the order says beyond this stands in the commit, which is summed whole: an order as text is the dearest thing
                // that a slow machine makes, and the caller is told it once already.
                let bill = order.as_ref().map(|order| (order.order_id, order.totals.balance_minor));
                write!(self, "resolve {id} {bill:?} ")
            }
            Output::Resolve { id, outcome: Err(Refusal { code, message, field, allowed: _ }) } => {
                write!(self, "refuse {id} {} {message} {field:?} ", code.as_str())
            }
            Output::Read(keys) => write!(self, "read {keys:?} "),
            Output::KeepKeys(ids) => write!(self, "keep {ids:?} "),
            Output::Remember(number) => write!(self, "remember {number} "),
            Output::Notify(event) => self.add_event(event),
            Output::WakeAt(mono_ms) => write!(self, "wake {mono_ms} "),
        }
    }

    fn add_event(&mut self, event: &Event) -> fmt::Result {
        use fmt::Write;
        match event {
            Event::OrdersChanged(ids) => {
                self.0.update(b"orders ");
                ids.iter().for_each(|id| self.0.update(id.as_bytes()));
                Ok(())
            }
            Event::ConflictsChanged => self.write_str("conflicts "),
            Event::MenuChanged => self.write_str("menu "),
            Event::ShiftsChanged => self.write_str("shifts "),
            Event::StatusChanged => self.write_str("status "),
            Event::StorageDamaged => self.write_str("damaged "),
            Event::FellBehind => self.write_str("behind "),
        }
    }
}

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
