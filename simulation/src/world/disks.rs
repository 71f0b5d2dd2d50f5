//! Disks: they take their time, fail, or lose the app at the worst moment.

use engine::{Input, WriteBatch};

use super::{Event, WRITE_MS_MAX, World};
use crate::checkers::{self, Broken};
use crate::faults::Fault;

impl World {
    pub(super) fn write(&mut self, till: usize, batch: WriteBatch) -> Result<(), Broken> {
        if self.happens(Fault::KilledBeforeWrite) {
            self.kill(till);
            return Ok(());
        }
        if let Some(mut dice) = self.strikes(Fault::TornWrite) {
            self.tills[till].disk.tear(&batch, &mut dice);
            self.kill(till);
            return Ok(());
        }
        if let Some(mut dice) = self.strikes(Fault::WrittenInPart) {
            let parts = dice.usize(0..batch.put.len() + batch.create.len() + batch.delete.len());
            self.tills[till].disk.write_part(&batch, parts);
            self.kill(till);
            return Ok(());
        }
        if self.happens(Fault::KilledAfterWrite) {
            self.durably(till, &batch)?;
            self.kill(till);
            return Ok(());
        }
        let succeeded = if self.happens(Fault::CommitFull) {
            Err("STORAGE_FULL")
        } else if self.happens(Fault::CommitBroken) {
            Err("STORAGE_FAILED")
        } else {
            Ok(())
        };
        let life = self.tills[till].life;
        self.tills[till].writing = Some(batch);
        let delay = self.dice.u64(0..=WRITE_MS_MAX);
        self.after(delay, Event::Written { till, life, succeeded });
        Ok(())
    }

    fn durably(&mut self, till: usize, batch: &WriteBatch) -> Result<(), Broken> {
        if !self.tills[till].disk.write(batch) {
            return Err(("durable", format!("till {till} would overwrite what it has written")));
        }
        let set_apart = self.tills[till].disk.ledger().set_apart.clone();
        for other in &mut self.tills {
            other.set_apart.extend(&set_apart);
        }
        Ok(())
    }

    pub(super) fn written(
        &mut self,
        till: usize,
        life: u32,
        succeeded: Result<(), &'static str>,
    ) -> Result<(), Broken> {
        if !self.is_alive(till, life) {
            return Ok(());
        }
        let Some(batch) = self.tills[till].writing.take() else { return Ok(()) };
        if let Err(code) = succeeded {
            let reason = "the disk fails".to_owned();
            return self.feed(till, Input::CommitFailed { code: code.to_owned(), reason });
        }
        self.durably(till, &batch)?;
        self.watch.wrote(till, self.tills[till].disk.ledger())?;
        self.feed(till, Input::CommitSucceeded)?;
        checkers::saved_is_seen(&self.tills[till])
    }

    pub(super) fn read(&mut self, till: usize, life: u32, failed: bool) -> Result<(), Broken> {
        if !self.is_alive(till, life) {
            return Ok(());
        }
        let Some(keys) = self.tills[till].reading.take() else { return Ok(()) };
        if failed {
            return self.feed(till, Input::ReadFailed { reason: "the disk does not answer".to_owned() });
        }
        let values = keys.iter().map(|key| self.tills[till].disk.read(key)).collect();
        self.feed(till, Input::ReadSucceeded { values })
    }
}
