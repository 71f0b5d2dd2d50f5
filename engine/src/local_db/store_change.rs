//! What one commit can say. A journal entry is a list of these, and replaying the journal rebuilds the store.

use domain::OrderId;
use protocol::{Collection, Incarnation, Mutation, MutationId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::command::Enrolment;

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
    /// A mutation was made. Its effect is shown by folding it over the confirmed record.
    MutationQueued {
        /// As it travels.
        mutation: Mutation,
    },
    /// The server applied a mutation.
    MutationSettled {
        /// Which.
        seq: u64,
    },
    /// The server refused a mutation; it is kept with its reason for a person.
    MutationParked {
        /// Which.
        seq: u64,
        /// The reason.
        code: String,
        /// The reason in a sentence.
        message: String,
    },
    /// The server noticed something.
    FindingNoted {
        /// The mutation it was noticed at.
        mutation_id: MutationId,
        /// The record it is about.
        record_id: OrderId,
        /// What.
        code: String,
        /// The same in a sentence.
        message: String,
    },
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
    },
}
