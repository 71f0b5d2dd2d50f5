//! Replaying what a store holds: chunks, then the journal behind them, with everything that can be wrong with either.

use super::super::damage::DamageKind;
use super::super::journal::{self, JournalTail, journal_key, number_of_key};
use super::super::keyring::Keyring;
use super::super::sealing::{Fault, Kind, Sealer, checked, checksum_of};
use super::{GAP_MAX, Opening};

impl Opening {
    pub(super) fn replay_chunk(&mut self, key: String, value: Option<Vec<u8>>) {
        let Some(value) = value else { return self.note(key, DamageKind::Missing) };
        let Some(sealer) = &self.db.disk.sealer else { return };
        let changes = sealer.open(&key, Kind::Chunk, &value).and_then(|opened| {
            self.tally.opened += 1;
            journal::read_changes(&opened.content)
        });
        match changes {
            Ok(changes) => {
                for change in changes {
                    self.db.set.apply_change(change, &mut self.touched);
                }
            }
            Err(fault) => self.note_fault(key, fault, false),
        }
    }

    /// Replays one entry; tells whether the next can be checked against it.
    pub(super) fn replay_entry(
        &mut self,
        prefix: &str,
        key: String,
        value: Option<Vec<u8>>,
        previous: bool,
        may_be_torn: bool,
    ) -> bool {
        let number = number_of_key(prefix, &key).unwrap_or(0);
        let tail = self.db.disk.tail;
        if number.saturating_sub(tail.number) > GAP_MAX {
            // Not the end of this journal: so much is never lost at once.
            self.note(key, DamageKind::OutOfOrder);
            return previous;
        }
        for missing in tail.number.saturating_add(1)..number {
            self.note(journal_key(prefix, missing), DamageKind::Missing);
        }
        let follows = number == tail.number.saturating_add(1);
        let Some(value) = value else {
            self.note(key, DamageKind::Missing);
            self.db.disk.tail.number = number;
            return false;
        };
        // A value that was cut short is known again by all of its bytes: what is chained to it says whether it looked so then.
        let (whole, first) = (checked(&value).is_ok(), tail.number == 0 || tail.checksum == 0);
        let checksum = if whole { checksum_of(&value) } else { crc32fast::hash(&value) };
        self.db.disk.tail = JournalTail { number, checksum };
        let without_key = Sealer::new(Keyring::default(), "", "");
        let sealer = self.db.disk.sealer.as_ref().unwrap_or(&without_key);
        match journal::decode(sealer, &key, number, &value, !self.sealed) {
            Ok(entry) => {
                self.tally.opened += 1;
                self.tally.begins |= number == 1 || (first && entry.previous_checksum == 0);
                self.sealed |= entry.key_id.is_some();
                let disk = &mut self.db.disk;
                disk.entries_bytes += entry.bytes;
                if entry.key_id != disk.keyring.current().map(|key| key.id) {
                    disk.older_key_up_to = number;
                }
                if entry.fence > disk.fence {
                    // A new life began here: what was broken then is where the last one ended, or several that came to
                    // nothing more.
                    disk.fence = entry.fence;
                    if entry.previous_checksum == tail.checksum {
                        self.note_torn(prefix, number);
                    }
                }
                // The entry itself is whole, so what it says is kept.
                if follows && (previous || number == 1) && entry.previous_checksum != tail.checksum {
                    self.note(key, DamageKind::OutOfOrder);
                }
                for change in entry.changes {
                    self.db.set.apply_change(change, &mut self.touched);
                }
                self.db.own_by_session();
                true
            }
            Err(fault) => {
                self.tally.begins |= number == 1;
                if fault == Fault::CutShort {
                    self.cut_short.insert(number);
                }
                self.note_fault(key, fault, may_be_torn);
                if may_be_torn {
                    self.note_torn(prefix, number + 1);
                }
                false
            }
        }
    }

    /// What was cut short just before `number`, where a life of the writer ended, was never acknowledged.
    fn note_torn(&mut self, prefix: &str, number: u64) {
        for cut in (1..number).rev().take_while(|cut| self.cut_short.contains(cut)) {
            self.db.disk.note_torn(&journal_key(prefix, cut));
        }
    }
}

impl Fault {
    /// How it is reported. Only the last entry of a journal may be torn.
    pub(in super::super) const fn kind(self, last_entry: bool) -> DamageKind {
        match self {
            Self::CutShort if last_entry => DamageKind::TornTail,
            Self::CutShort | Self::Damaged => DamageKind::Altered,
            Self::FormatUnknown => DamageKind::FormatUnknown,
            Self::KeyMissing | Self::Foreign => DamageKind::Foreign,
        }
    }
}
