//! A disk that is atomic for one key only: it counts every step, and fails or loses its power at the one it is told to.

use std::collections::BTreeMap;

use engine::WriteBatch;

/// What happens at one step of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The power goes before the step.
    Before,
    /// The power goes in the middle: so many thousandths of a new value are there.
    Torn(usize),
    /// The power goes after the step.
    After,
    /// The step comes to nothing, the write fails, and the engine goes on.
    Fails,
    /// The step is done, the write fails all the same, and the engine goes on.
    FailsAfter,
    /// The step comes to nothing, and the beginning of the new value stays behind.
    FailsTorn,
    /// The write fails at the step, the engine goes on, and so many steps later the power goes.
    FailsThenPower(usize),
}

impl Fault {
    pub(crate) const ALL: [Self; 12] = [
        Self::Before,
        Self::Torn(0),
        Self::Torn(500),
        Self::Torn(999),
        Self::After,
        Self::Fails,
        Self::FailsTorn,
        Self::FailsAfter,
        Self::FailsThenPower(0),
        Self::FailsThenPower(1),
        Self::FailsThenPower(2),
        Self::FailsThenPower(5),
    ];

    const fn tears(self) -> bool {
        matches!(self, Self::Torn(_) | Self::FailsTorn)
    }

    pub(crate) const fn is_crash(self) -> bool {
        matches!(self, Self::Before | Self::Torn(_) | Self::After)
    }
}

/// One step: what a store that knows no transactions does in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Put,
    Create,
    Delete,
}

/// How a write went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Whole,
    KeyExists,
    Failed,
    PowerLost {
        /// Whether what the write is for is on the disk: the entry, the chunk or the manifest.
        decided: bool,
    },
}

/// The disk.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) values: BTreeMap<String, Vec<u8>>,
    /// Every step so far.
    pub(crate) steps: Vec<(Step, String)>,
    /// What is to happen at which step.
    pub(crate) plan: Option<(usize, Fault)>,
    /// Every value that was ever written, with its key.
    pub(crate) written: Vec<(String, Vec<u8>)>,
}

impl Disk {
    pub(crate) fn holding(values: BTreeMap<String, Vec<u8>>) -> Self {
        Self { values, ..Self::default() }
    }

    pub(crate) fn write(&mut self, batch: WriteBatch) -> Written {
        if batch.create.iter().any(|(key, _)| self.values.contains_key(key)) {
            return Written::KeyExists;
        }
        let WriteBatch { put, create, delete } = batch;
        // The last key that is written is the one that the write is for.
        let deciding = (put.len() + create.len()).saturating_sub(1);
        let puts = put.into_iter().map(|(key, value)| (Step::Put, key, Some(value)));
        let creates = create.into_iter().map(|(key, value)| (Step::Create, key, Some(value)));
        let deletes = delete.into_iter().map(|key| (Step::Delete, key, None));
        for (place, (step, key, value)) in puts.chain(creates).chain(deletes).enumerate() {
            let fault = self.plan.filter(|(at, _)| *at == self.steps.len()).map(|(_, fault)| fault);
            self.steps.push((step, key.clone()));
            if let (Some(Fault::FailsThenPower(later)), Some((at, _))) = (fault, self.plan) {
                self.plan = Some((at + later + 1, Fault::Before));
            }
            if let (Some(fault), Some(value)) = (fault.filter(|fault| fault.tears()), &value) {
                let thousandths = if let Fault::Torn(thousandths) = fault { thousandths } else { 500 };
                self.values.insert(key.clone(), value[..value.len() * thousandths / 1000].to_vec());
            }
            match fault {
                Some(Fault::Before | Fault::Torn(_)) => return Written::PowerLost { decided: place > deciding },
                Some(Fault::Fails | Fault::FailsTorn | Fault::FailsThenPower(_)) => return Written::Failed,
                Some(Fault::After | Fault::FailsAfter) | None => {}
            }
            match value {
                Some(value) => {
                    self.written.push((key.clone(), value.clone()));
                    self.values.insert(key, value);
                }
                None => {
                    self.values.remove(&key);
                }
            }
            if fault == Some(Fault::FailsAfter) {
                return Written::Failed;
            }
            if fault == Some(Fault::After) {
                return Written::PowerLost { decided: place >= deciding };
            }
        }
        Written::Whole
    }
}
