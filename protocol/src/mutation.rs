//! A mutation: one change made on a device.

use domain::{ClockReading, DeviceId, MutationId, OrderId, RecordId, StaffId, Stamp, Uid};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Marks ids of incarnations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncarnationKind {}

/// One life of a device's store. A device whose store is lost, cloned or rolled back starts a new one, and with it new
/// streams.
pub type Incarnation = Uid<IncarnationKind>;

/// One change on its way to the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mutation {
    /// Identity.
    pub id: MutationId,
    /// Its place in the device's stream: from 1, without holes.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = crate::SEQ_MAX)))]
    pub seq: u64,
    /// The record it changes.
    pub record_id: RecordId,
    /// The version of the change's form.
    pub schema: u16,
    /// Its place among all changes of all devices.
    pub stamp: Stamp,
    /// What the device's clocks showed. Kept as evidence; order comes from the stamp.
    pub recorded: ClockReading,
    /// Who made it.
    pub actor: Actor,
    /// A manager's [`Approval`](domain::Approval) of this very mutation, where it took one, kept as it was written: one of a
    /// form that the server does not know is none, and no reason to refuse the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::json_schema::approval"))]
    pub approval: Option<Box<RawValue>>,
    /// Whether the device had no connection when it was made.
    pub offline: bool,
    /// The device that made it, where another one delivers it from an export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_for: Option<DeviceId>,
    /// The change itself, kept as it was written: an unknown type from a newer app keeps its bytes.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::json_schema::change"))]
    pub change: Box<RawValue>,
}

impl Eq for Mutation {}

impl PartialEq for Mutation {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.seq == other.seq && self.body_text() == other.body_text()
    }
}

impl Mutation {
    /// The part of the mutation that may never differ under one id, as one text: not its `seq`, which a new
    /// incarnation or another device that delivers it assigns anew.
    #[must_use]
    pub fn body_text(&self) -> String {
        format!("{}\n{}\n{}\n{}\n{}", self.id, self.record_id, self.schema, self.stamp, self.change.get())
    }

    /// The order that it changes, where it is a mutation of the stream `orders`.
    #[must_use]
    pub const fn order_id(&self) -> OrderId {
        self.record_id.cast()
    }

    /// The device that made it, as its stamp says.
    #[must_use]
    pub const fn device(&self) -> &DeviceId {
        self.stamp.device()
    }
}

/// What stands in the place of a mutation that the device could not send, so that its stream has no hole: every request
/// with the mutation in it was refused, and the device keeps its bytes for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The mutation.
    pub id: MutationId,
    /// Its place in the stream.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = crate::SEQ_MAX)))]
    pub seq: u64,
    /// The code of the refusal.
    #[cfg_attr(feature = "schema", schemars(length(max = crate::SKIPPED_BYTES_MAX)))]
    pub skipped: String,
}

/// Who made a mutation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Actor {
    /// The person.
    pub staff_id: StaffId,
    /// The grant that lets them, where one is held.
    #[serde(default)]
    pub grant_id: Option<String>,
}
