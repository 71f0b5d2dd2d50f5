//! The events of a shift as a device makes and sends them.

use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::{PunchId, StaffId, TextId};
use crate::limits::Label;
use crate::money::Money;
use crate::schema::{Upcaster, Versioned};
use crate::stamp::Stamp;
use crate::tagged::{Tagged, read_tagged};
use crate::time::Timestamp;
use crate::time_confidence::TimeEvidence;

/// Marks ids of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {}
/// Marks ids of kinds of breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakTypeKind {}

/// What somebody works as in a shift: `server`, `line_cook`.
pub type JobId = TextId<JobKind>;
/// A kind of break of the tenant's list: `meal_unpaid`.
pub type BreakTypeId = TextId<BreakTypeKind>;

/// One event of somebody's working day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ShiftChange {
    /// They came on the clock.
    ClockIn(ClockIn),
    /// They went on a break.
    BreakStart(BreakStart),
    /// They came back from a break.
    BreakEnd(BreakEnd),
    /// They left.
    ClockOut(ClockOut),
    /// Somebody corrected what the clock shows.
    Amend(Amend),
    /// They agreed to a correction of their hours.
    Acknowledge(Acknowledge),
}

impl ShiftChange {
    /// Every change type this version knows, as it stands on the wire.
    pub const TYPES: [&'static str; 6] = ["clock_in", "break_start", "break_end", "clock_out", "amend", "acknowledge"];

    /// The change's type as it stands on the wire.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ClockIn(_) => "clock_in",
            Self::BreakStart(_) => "break_start",
            Self::BreakEnd(_) => "break_end",
            Self::ClockOut(_) => "clock_out",
            Self::Amend(_) => "amend",
            Self::Acknowledge(_) => "acknowledge",
        }
    }
}

impl Tagged for ShiftChange {
    const NAME: &'static str = "a shift change";
    const TYPES: &'static [&'static str] = &Self::TYPES;

    fn read<'de, Fields: MapAccess<'de>>(
        name: &str,
        fields: MapAccessDeserializer<Fields>,
    ) -> Option<Result<Self, Fields::Error>> {
        Some(match name {
            "clock_in" => ClockIn::deserialize(fields).map(Self::ClockIn),
            "break_start" => BreakStart::deserialize(fields).map(Self::BreakStart),
            "break_end" => BreakEnd::deserialize(fields).map(Self::BreakEnd),
            "clock_out" => ClockOut::deserialize(fields).map(Self::ClockOut),
            "amend" => Amend::deserialize(fields).map(Self::Amend),
            "acknowledge" => Acknowledge::deserialize(fields).map(Self::Acknowledge),
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for ShiftChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_tagged(deserializer)
    }
}

impl Versioned for ShiftChange {
    const NAME: &'static str = "shift change";
    const UPCASTERS: &'static [Upcaster] = &[];
    const TAGGED: bool = true;
}

impl ShiftChange {
    /// The event's identity.
    #[must_use]
    pub const fn punch_id(&self) -> PunchId {
        match self {
            Self::ClockIn(event) => event.punch_id,
            Self::BreakStart(event) => event.punch_id,
            Self::BreakEnd(event) => event.punch_id,
            Self::ClockOut(event) => event.punch_id,
            Self::Amend(event) => event.punch_id,
            Self::Acknowledge(event) => event.punch_id,
        }
    }

    /// When it was made.
    #[must_use]
    pub const fn time(&self) -> &TimeEvidence {
        match self {
            Self::ClockIn(event) => &event.time,
            Self::BreakStart(event) => &event.time,
            Self::BreakEnd(event) => &event.time,
            Self::ClockOut(event) => &event.time,
            Self::Amend(event) => &event.time,
            Self::Acknowledge(event) => &event.time,
        }
    }

    /// Which punch it is; nothing for amendments and acknowledgements, which are about a punch.
    #[must_use]
    pub const fn punch_kind(&self) -> Option<PunchKind> {
        match self {
            Self::ClockIn(_) => Some(PunchKind::ClockIn),
            Self::BreakStart(_) => Some(PunchKind::BreakStart),
            Self::BreakEnd(_) => Some(PunchKind::BreakEnd),
            Self::ClockOut(_) => Some(PunchKind::ClockOut),
            Self::Amend(_) | Self::Acknowledge(_) => None,
        }
    }
}

/// Somebody came on the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClockIn {
    /// Identity.
    pub punch_id: PunchId,
    /// When.
    pub time: TimeEvidence,
    /// What they work as.
    pub job: JobId,
}

/// Somebody went on a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BreakStart {
    /// Identity.
    pub punch_id: PunchId,
    /// When.
    pub time: TimeEvidence,
    /// Which break; the tenant's policy says whether it is paid.
    pub break_type: BreakTypeId,
}

/// Somebody came back from a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BreakEnd {
    /// Identity.
    pub punch_id: PunchId,
    /// When.
    pub time: TimeEvidence,
}

/// Somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClockOut {
    /// Identity.
    pub punch_id: PunchId,
    /// When.
    pub time: TimeEvidence,
    /// Cash tips they say they took home, zero or more.
    pub declared_cash_tips_minor: Money,
    /// What they say about a break they were due and did not take, where they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_attestation: Option<BreakAttestation>,
}

/// What somebody says about a break they were due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BreakAttestation {
    /// They took it, and did not punch.
    Taken,
    /// They did without it of their own will.
    Waived,
    /// Work did not let them.
    Prevented,
}

/// A correction. It changes no event: it stands beside the one it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// Identity.
    pub punch_id: PunchId,
    /// When it was written.
    pub time: TimeEvidence,
    /// The punch it is about.
    pub target: PunchId,
    /// What should stand.
    pub proposes: Proposal,
    /// Why.
    pub reason: Label,
    /// Whether the person whose hours they are agreed on the spot.
    pub employee_ack: bool,
}

/// What an amendment wants to stand. Of the same kind as its target it moves the target; of another kind it adds a punch
/// that was forgotten in the target's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Which punch.
    pub kind: PunchKind,
    /// The right time.
    pub at: Timestamp,
    /// The job of an added clock-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// The kind of an added break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_type: Option<BreakTypeId>,
}

/// Somebody agreed to an amendment of their hours after it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Identity.
    pub punch_id: PunchId,
    /// When.
    pub time: TimeEvidence,
    /// The amendment.
    pub target: PunchId,
}

/// The four punches of a working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PunchKind {
    /// Coming on the clock.
    ClockIn,
    /// Going on a break.
    BreakStart,
    /// Coming back from it.
    BreakEnd,
    /// Leaving.
    ClockOut,
}

/// An event as a log keeps it: what was sent, by whom and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Punch {
    /// Who made it; a manager in the case of most amendments.
    pub by: StaffId,
    /// Its place among all changes; names the device.
    pub stamp: Stamp,
    /// The event.
    pub change: ShiftChange,
}
