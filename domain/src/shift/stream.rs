//! What travels in the stream `shifts`: everything that staff do apart from orders.

use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use super::ShiftRules;
use super::punch::ShiftChange;
use crate::audit::AuditEntry;
use crate::drawer::DrawerChange;
use crate::ids::{DrawerSessionId, StaffId};
use crate::menu::EightySixChange;
use crate::schema::{Upcaster, Versioned};
use crate::staff::Scope;
use crate::tagged::{Tagged, read_tagged};
use crate::time::BusinessDate;

/// One mutation of the stream `shifts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StaffChange {
    /// Somebody punched, or a punch was amended.
    Punch(PunchOf),
    /// Something happened in a cash drawer.
    Drawer(DrawerEvent),
    /// The kitchen has run out of an item, or has it again.
    EightySix(EightySixChange),
    /// The device wrote an entry of its audit.
    Audit(Audited),
}

/// A punch and whose hours it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PunchOf {
    /// Whose hours.
    pub staff_id: StaffId,
    /// The punch, the amendment or the acknowledgement.
    pub event: ShiftChange,
}

/// An event in a drawer and the session it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrawerEvent {
    /// The session.
    pub session_id: DrawerSessionId,
    /// The event.
    pub event: DrawerChange,
}

/// The next entry of the device's audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Audited {
    /// The entry.
    pub entry: AuditEntry,
}

impl StaffChange {
    /// Every change type this version knows, as it stands on the wire.
    pub const TYPES: [&'static str; 4] = ["punch", "drawer", "eighty_six", "audit"];

    /// The right that the change takes of somebody; `None` where everybody may. Nobody punches for somebody else without the
    /// right to amend.
    #[must_use]
    pub fn scope(&self, actor: &StaffId) -> Option<Scope> {
        match self {
            Self::Punch(PunchOf { staff_id, event }) => Some(match event {
                ShiftChange::Amend(_) => Scope::ShiftAmend,
                ShiftChange::ClockIn(_)
                | ShiftChange::BreakStart(_)
                | ShiftChange::BreakEnd(_)
                | ShiftChange::ClockOut(_)
                | ShiftChange::Acknowledge(_)
                    if staff_id == actor =>
                {
                    Scope::ShiftSelf
                }
                ShiftChange::ClockIn(_)
                | ShiftChange::BreakStart(_)
                | ShiftChange::BreakEnd(_)
                | ShiftChange::ClockOut(_)
                | ShiftChange::Acknowledge(_) => Scope::ShiftAmend,
            }),
            Self::Drawer(DrawerEvent { event, .. }) => match event {
                DrawerChange::NoSale(_) => Some(Scope::DrawerNoSale),
                // The refund itself is a change of the order; here its cash left the drawer.
                DrawerChange::SaleCash(_) | DrawerChange::RefundCash(_) => Some(Scope::PaymentCash),
                DrawerChange::Open(_)
                | DrawerChange::PaidIn(_)
                | DrawerChange::PaidOut(_)
                | DrawerChange::Drop(_)
                | DrawerChange::Count(_)
                | DrawerChange::Close(_) => Some(Scope::DrawerCount),
            },
            Self::EightySix(_) => Some(Scope::MenuEightySix),
            // The device writes it, whoever is signed in.
            Self::Audit(_) => None,
        }
    }
}

impl PunchOf {
    /// The day whose log files the punch: that of its own clock, so that the device and the server agree without asking.
    #[must_use]
    pub fn filed_under(&self) -> BusinessDate {
        let time = self.event.time();
        BusinessDate::of(time.corrected, time.reading.offset_min, ShiftRules::CUT_OVER_HOUR)
    }
}

impl Tagged for StaffChange {
    const NAME: &'static str = "a change of the shifts stream";
    const TYPES: &'static [&'static str] = &Self::TYPES;

    fn read<'de, Fields: MapAccess<'de>>(
        name: &str,
        fields: MapAccessDeserializer<Fields>,
    ) -> Option<Result<Self, Fields::Error>> {
        Some(match name {
            "punch" => PunchOf::deserialize(fields).map(Self::Punch),
            "drawer" => DrawerEvent::deserialize(fields).map(Self::Drawer),
            "eighty_six" => EightySixChange::deserialize(fields).map(Self::EightySix),
            "audit" => Audited::deserialize(fields).map(Self::Audit),
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for StaffChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_tagged(deserializer)
    }
}

impl Versioned for StaffChange {
    const NAME: &'static str = "staff change";
    const UPCASTERS: &'static [Upcaster] = &[];
    const TAGGED: bool = true;
    const HOLDS_TAGGED: bool = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shift::test_shifts;

    fn read(text: &str) -> StaffChange {
        <StaffChange as Versioned>::read(1, text).unwrap()
    }

    #[test]
    fn every_type_reads_back_as_it_was_written() {
        for (name, text) in StaffChange::TYPES.into_iter().zip(test_shifts::stream_texts()) {
            let change = read(&text);
            let written = serde_json::to_string(&change).unwrap();
            assert!(written.starts_with(&format!("{{\"type\":\"{name}\"")), "{written}");
            assert_eq!(read(&written), change);
        }
    }

    #[test]
    fn nobody_punches_for_somebody_else_without_the_right_to_amend() {
        let [punch, ..] = test_shifts::stream_texts();
        let scope = |actor: &str| read(&punch).scope(&actor.parse().unwrap());
        assert_eq!(scope("stf_ines"), Some(Scope::ShiftSelf));
        assert_eq!(scope("stf_mara"), Some(Scope::ShiftAmend));
    }
}
