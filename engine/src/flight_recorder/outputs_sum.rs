//! A checksum over outputs, without what a replay cannot have: the credential, and bytes that were sealed with a key.

use std::fmt;
use std::io;

use crc32fast::Hasher;

use crate::io::{ExchangeRequestOut, Output};

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
                write!(self, "resolve {id} ")?;
                serde_json::to_writer(self, order).map_err(|_| fmt::Error)
            }
            Output::Resolve { id, outcome: Err(refusal) } => write!(self, "refuse {id} {refusal:?} "),
            Output::Read(keys) => write!(self, "read {keys:?} "),
            Output::KeepKeys(ids) => write!(self, "keep {ids:?} "),
            Output::Remember(number) => write!(self, "remember {number} "),
            Output::Notify(event) => write!(self, "notify {event:?} "),
            Output::WakeAt(mono_ms) => write!(self, "wake {mono_ms} "),
        }
    }
}

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
