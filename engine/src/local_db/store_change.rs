//! What one commit can say. A journal entry is a list of these, and so is a chunk of a checkpoint: replaying them rebuilds
//! the store. Saying the same twice changes nothing, because a checkpoint and the journal behind it may overlap.

use domain::{BusinessDate, HybridClock, Label, OrderId, StaffId, Timestamp};
use protocol::{Collection, Incarnation, Mutation, MutationId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::decisions::Decision;
use super::shifts::ShiftsChange;
use crate::command::Enrolment;
use crate::exchange::Stream;

/// One durable change of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreChange {
    /// The store began to belong to a device.
    SessionStarted {
        /// Who and where it is.
        enrolment: Enrolment,
        /// This life of the store.
        incarnation: Incarnation,
    },
    /// The server and this device do not agree on the numbers of the stream, as after damage: a new life of the store
    /// begins, and what is in the queue is offered again under new numbers and the same ids.
    StreamRestarted {
        /// The new life.
        incarnation: Incarnation,
        /// What was in the queue, in the order in which it is offered again: reading the journal once more, over a checkpoint that
        /// shows some of it already, gives the same numbers. Absent in what older versions wrote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<Vec<MutationId>>,
        /// The same of the stream `shifts`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shifts: Option<Vec<MutationId>>,
    },
    /// Something of the stream `shifts`.
    Shifts(ShiftsChange),
    /// A mutation was made. Its effect is shown by folding it over the confirmed record.
    MutationQueued {
        /// As it travels.
        mutation: Mutation,
    },
    /// The server applied a mutation.
    MutationSettled {
        /// Which.
        seq: u64,
        /// The version of its record that holds it; in what older versions wrote it is not said.
        #[serde(default = "rev_unknown")]
        rev: u64,
    },
    /// The server refused a mutation; it is kept with its reason for a person.
    MutationParked {
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
    MutationSkipped {
        /// Which.
        seq: u64,
        /// The code of the refusal.
        code: String,
        /// The reason in a sentence, with which it is kept for a person; only in checkpoints it is absent, as the kept one stands
        /// there by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A kept mutation is kept no longer: it has arrived after all, or a person has dealt with it.
    ParkedRemoved {
        /// Which.
        mutation_id: MutationId,
    },
    /// A person gave a kept mutation up; it stays on record.
    ParkedDiscarded(Box<Discarded>),
    /// Somebody decided a conflict here.
    DecisionQueued {
        /// What.
        decision: Decision,
    },
    /// The server did not take a decision.
    DecisionRefused {
        /// Which.
        id: MutationId,
        /// The reason.
        code: String,
        /// The reason in a sentence.
        message: String,
    },
    /// The server noticed something.
    FindingNoted(NotedFinding),
    /// A record as the server has it.
    RecordConfirmed {
        /// Which collection.
        collection: Collection,
        /// Which record.
        id: String,
        /// Its version.
        rev: u64,
        /// Up to where this store's own stream is part of it.
        own_seq: u64,
        /// The record; `None` is a tombstone.
        record: Option<Box<RawValue>>,
    },
    /// How far the location's changes are read; `None` starts again underneath the pending mutations.
    CursorMoved {
        /// The new cursor.
        cursor: Option<String>,
        /// Which collections its reader keeps: one that passed some over has to read again.
        #[serde(default)]
        reads: u16,
        /// Who talked with whom, where that is another pair than before: what neither of the last two understood may pass now. It
        /// stands here, because an older version reads past a field that it does not know, and not past a change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        versions: Option<Versions>,
    },
    /// Only in checkpoints: a mutation that was parked, whole.
    MutationKept {
        /// As it would have travelled.
        mutation: Mutation,
        /// Where.
        #[serde(default, skip_serializing_if = "Stream::is_orders")]
        stream: Stream,
        /// The reason.
        code: String,
        /// The reason in a sentence.
        message: String,
        /// The field of the change at fault, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
    /// The server has taken note that a mutation was skipped; in checkpoints also: the effect of a settled one has arrived, or it
    /// was parked.
    MutationDropped {
        /// Which.
        seq: u64,
    },
    /// Only in checkpoints: an order is no longer worked on; it stands with those of its day.
    RecordFiled {
        /// Which order.
        id: OrderId,
        /// Up to which version.
        rev: u64,
    },
    /// Only in checkpoints: where the counters stood.
    CountersReached {
        /// The clock.
        clock: HybridClock,
        /// The number of the last mutation made.
        last_seq: u64,
        /// The highest ticket of each business date.
        tickets: Vec<(BusinessDate, u32)>,
        /// The last mutations made, so that a command given twice takes effect once.
        made: Vec<(MutationId, OrderId)>,
    },
}

/// Later than every version: only the stream's numbers tell that such a one has arrived.
const fn rev_unknown() -> u64 {
    u64::MAX
}

/// The generation of what is kept of a location's changes; grows when collections come to it that were passed over before.
pub(crate) const READS: u16 = 1;

impl StoreChange {
    /// The location's changes are read up to here.
    pub(crate) const fn cursor_moved(cursor: Option<String>) -> Self {
        Self::CursorMoved { cursor, reads: READS, versions: None }
    }

    /// The same for a reader to whom the numbers of the stream say nothing.
    pub(crate) fn without_own_seq(mut self) -> Self {
        if let Self::RecordConfirmed { own_seq, .. } = &mut self {
            *own_seq = 0;
        }
        self
    }
}

/// Who talks with whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    pub(crate) server: String,
    pub(crate) app: String,
}

/// A refused mutation that was given up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Discarded {
    /// As it would have travelled.
    pub(crate) mutation: Mutation,
    /// Why it was refused.
    pub(crate) code: String,
    /// Who gave it up.
    pub(crate) by: StaffId,
    /// Who approved it.
    pub(crate) approved_by: StaffId,
    /// Why it was given up.
    pub(crate) reason: Label,
    /// When.
    pub(crate) at: Timestamp,
}

/// Something the server noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotedFinding {
    /// The mutation it was noticed at.
    pub(crate) mutation_id: MutationId,
    /// The record it is about.
    pub(crate) record_id: OrderId,
    /// What.
    pub(crate) code: String,
    /// The same in a sentence.
    pub(crate) message: String,
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The value that stands, where two met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<String>,
    /// The value that gave way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lost: Option<String>,
}
