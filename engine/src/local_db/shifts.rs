//! The stream `shifts` on the device: what waits of punches, drawers, the 86 list and the audit chain, and what is seen of them.

use std::collections::BTreeMap;

use domain::{AuditHead, BreakPolicy, ChangeContext, OrderId, Record, ShiftLog, ShiftRules, StaffChange, Zone};
use protocol::{Collection, Mutation, MutationId};
use serde::{Deserialize, Serialize};

use super::LocalDb;
use super::kept_records::KeptRecords;
use super::working_set::{ParkedMutation, Touched, WorkingSet};
use crate::exchange::Stream;
use crate::mutation_queue::{MutationQueue, QueuedMutation, StreamChange};

/// Names a record of the stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ShiftsKey(String);

impl ShiftsKey {
    pub(super) fn of(collection: Collection, id: &str) -> Self {
        match collection {
            // A location has one list, and its changes do not name it.
            Collection::EightySix => Self(collection.as_str().to_owned()),
            Collection::Shifts
            | Collection::Drawers
            | Collection::Audit
            | Collection::Orders
            | Collection::Menu
            | Collection::Location
            | Collection::Staff
            | Collection::Grants
            | Collection::Conflicts
            | Collection::Notices
            | Collection::Unknown => Self(format!("{}/{id}", collection.as_str())),
        }
    }
}

impl StreamChange for StaffChange {
    type Key = ShiftsKey;

    fn record_key(mutation: &Mutation, change: Option<&Self>) -> ShiftsKey {
        match change {
            Some(Self::Punch(punch)) => {
                ShiftsKey::of(Collection::Shifts, &format!("{}.{}", punch.staff_id, punch.filed_under()))
            }
            Some(Self::Drawer(event)) => ShiftsKey::of(Collection::Drawers, &event.session_id.to_string()),
            Some(Self::EightySix(_)) => ShiftsKey::of(Collection::EightySix, ""),
            Some(Self::Audit(_)) => ShiftsKey::of(Collection::Audit, mutation.device().as_str()),
            None => ShiftsKey::of(Collection::Unknown, &mutation.record_id.to_string()),
        }
    }
}

/// One durable change of the stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShiftsChange {
    /// A mutation was made.
    Queued {
        /// As it travels.
        mutation: Mutation,
    },
    /// The server applied a mutation.
    Settled {
        /// Which.
        seq: u64,
        /// The version of its record that holds it.
        rev: u64,
    },
    /// The server refused a mutation; it is kept with its reason for a person.
    Parked {
        /// Which.
        seq: u64,
        /// The reason.
        code: String,
        /// The reason in a sentence.
        message: String,
        /// The field of the change at fault, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
    /// No request passes with a mutation: a mark is sent in its place.
    Skipped {
        /// Which.
        seq: u64,
        /// The code of the refusal.
        code: String,
        /// The reason in a sentence; absent in checkpoints, where the kept one stands by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The server has taken note that a mutation was skipped.
    Dropped {
        /// Which.
        seq: u64,
    },
    /// Only in checkpoints: the number of the last mutation made.
    Reached {
        /// That number.
        last_seq: u64,
    },
}

impl WorkingSet {
    pub(super) fn apply_shifts(&mut self, change: ShiftsChange, touched: &mut Touched) {
        self.unwritten.staff_logs = true;
        touched.shifts = true;
        match change {
            ShiftsChange::Queued { mutation } => {
                self.clock.observe(&mutation.stamp);
                self.remember(mutation.id, mutation.order_id());
                self.shifts.push(QueuedMutation::new(mutation));
            }
            ShiftsChange::Settled { seq, rev } => {
                let key = self.shifts.settle(seq, rev).map(QueuedMutation::record_key);
                if let Some(key) = key {
                    self.forget_arrived_shifts(&key);
                }
            }
            ShiftsChange::Parked { seq, code, message, field } => {
                if let Some(QueuedMutation { mutation, .. }) = self.shifts.remove(seq) {
                    self.keep(ParkedMutation { mutation, stream: Stream::Shifts, code, message, field });
                }
            }
            ShiftsChange::Skipped { seq, code, message } => {
                let Some(mutation) = self.shifts.skip(seq, &code).map(|queued| queued.mutation.clone()) else { return };
                if let Some(message) = message {
                    self.keep(ParkedMutation { mutation, stream: Stream::Shifts, code, message, field: None });
                }
            }
            ShiftsChange::Dropped { seq } => {
                self.shifts.remove(seq);
            }
            ShiftsChange::Reached { last_seq } => self.shifts.continue_after(last_seq),
        }
    }

    /// Drops what is settled and has arrived with its record; of what this version cannot read, nobody waits for the record.
    pub(super) fn forget_arrived_shifts(&mut self, key: &ShiftsKey) {
        let unread = key.0.starts_with(Collection::Unknown.as_str());
        let rev = if unread { u64::MAX } else { self.kept.rev_of(key) };
        self.shifts.forget_arrived(key, rev, 0);
    }
}

impl KeptRecords {
    fn rev_of(&self, key: &ShiftsKey) -> u64 {
        let known = self.all().find(|(collection, id, ..)| ShiftsKey::of(*collection, id) == *key);
        known.map_or(0, |(_, _, rev, _)| rev)
    }
}

impl LocalDb {
    /// What waits in the stream `shifts`.
    pub(crate) const fn shifts(&self) -> &MutationQueue<StaffChange> {
        &self.set.shifts
    }

    /// The rules of the location; those of a place without any until its settings have arrived.
    pub(crate) fn shift_rules(&self) -> ShiftRules {
        let location = self.location();
        let zone = location.and_then(|location| Zone::new(location.zone.as_str(), location.zone_rule.as_deref()?).ok());
        let cut_over_hour = location.map_or(ShiftRules::CUT_OVER_HOUR, |location| location.cut_over_hour);
        ShiftRules { zone: zone.unwrap_or_else(Zone::utc), cut_over_hour, breaks: BreakPolicy::default() }
    }

    /// Everybody's punches as this device sees them, by person and business date.
    pub(crate) fn shift_logs(&self) -> Vec<ShiftLog> {
        let confirmed = self.set.kept.all().filter(|(collection, ..)| *collection == Collection::Shifts);
        let mut logs: BTreeMap<ShiftsKey, ShiftLog> = confirmed
            .filter_map(|(collection, id, _, record)| {
                Some((ShiftsKey::of(collection, id), ShiftLog::from_json(record?.get()).ok()?))
            })
            .collect();
        let Some(session) = self.session() else { return Vec::new() };
        for queued in self.set.shifts.all().filter(|queued| queued.skipped.is_none()) {
            let Some(StaffChange::Punch(punch)) = &queued.change else { continue };
            let mutation = &queued.mutation;
            let log = logs.entry(queued.record_key()).or_insert_with(|| {
                ShiftLog::new(punch.staff_id.clone(), session.enrolment.location_id.clone(), punch.filed_under())
            });
            let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
            // One that does not apply is left to the server's verdict.
            log.apply(&punch.event, context).ok();
        }
        logs.into_values().collect()
    }

    /// The head of this device's audit chain: what the server has of it, and what waits.
    pub(crate) fn audit_head(&self) -> AuditHead {
        let Some(session) = self.session() else { return AuditHead::START };
        let own = session.enrolment.device_id.as_str();
        let known = self.set.kept.all().find(|(collection, id, ..)| *collection == Collection::Audit && *id == own);
        let known = known.and_then(|(.., record)| serde_json::from_str::<AuditHead>(record?.get()).ok());
        let waiting = self.set.shifts.all().filter_map(|queued| match &queued.change {
            Some(StaffChange::Audit(audited)) if audited.entry.device_id.as_str() == own => {
                Some(AuditHead { number: audited.entry.number, hash: audited.entry.hash })
            }
            Some(_) | None => None,
        });
        waiting.chain(known).max_by_key(|head| head.number).unwrap_or(AuditHead::START)
    }

    /// Whether a mutation of the stream waits for its verdict under this number.
    pub(crate) fn waits(&self, stream: Stream, seq: u64, id: MutationId) -> bool {
        self.waiting(stream, seq, id).is_some()
    }

    /// The record of a mutation that waits for its verdict under this number, and whether a mark is sent in its place.
    pub(crate) fn waiting(&self, stream: Stream, seq: u64, id: MutationId) -> Option<(OrderId, bool)> {
        match stream {
            Stream::Orders => self.queue().pending(seq, id).map(QueuedMutation::place),
            Stream::Shifts => self.shifts().pending(seq, id).map(QueuedMutation::place),
        }
    }

    /// How many mutations of the stream wait.
    pub(crate) const fn depth_of(&self, stream: Stream) -> usize {
        match stream {
            Stream::Orders => self.queue().depth(),
            Stream::Shifts => self.shifts().depth(),
        }
    }

    /// Whether anything of the stream waits after this number.
    pub(crate) fn is_pending_after(&self, stream: Stream, after: u64) -> bool {
        match stream {
            Stream::Orders => self.queue().is_pending_after(after),
            Stream::Shifts => self.shifts().is_pending_after(after),
        }
    }

    /// Where the pending mutations end that follow this one without a hole, and the number of the stream's last mutation.
    pub(crate) fn run_of(&self, stream: Stream, first: u64) -> (u64, u64) {
        let before = first.saturating_sub(1);
        let (end, last) = match stream {
            Stream::Orders => (self.queue().end_of_run(before), self.queue().last_seq()),
            Stream::Shifts => (self.shifts().end_of_run(before), self.shifts().last_seq()),
        };
        (end.unwrap_or(first), last)
    }
}
