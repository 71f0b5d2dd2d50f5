//! The fields of an order that two people may set without seeing each other: what stands, and how a decision is carried out.

use super::{AddNote, MoveTable, Order, OrderChange, SetGuests, SetOrderType, TransferServer};
use crate::ids::LineId;
use crate::register::Register;
use crate::stamp::Stamp;

/// What stands in a field, and the stamp of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldStanding {
    /// The value as JSON text.
    pub value: String,
    /// When it was written, and on which device.
    pub stamp: Stamp,
}

impl Order {
    /// What stands in a field, by its path: `table_id`, `server_id`, `guests`, `order_type`, `note` or `lines.{id}.note`.
    /// `None` for every other path, and for a note that nobody wrote.
    #[must_use]
    pub fn field_standing(&self, path: &str) -> Option<FieldStanding> {
        match path {
            "table_id" => standing(&self.table_id),
            "server_id" => standing(&self.server_id),
            "guests" => standing(&self.guests),
            "order_type" => standing(&self.order_type),
            "note" => standing(self.note.as_ref()?),
            _ => standing(self.lines.get(&noted_line(path)?)?.note.as_ref()?),
        }
    }
}

impl OrderChange {
    /// The path of the field that the change sets, and the value as JSON text; `None` where it sets none of those that two
    /// people may set without seeing each other.
    #[must_use]
    pub fn field_set(&self) -> Option<(String, String)> {
        let (path, value) = match self {
            Self::MoveTable(change) => ("table_id".to_owned(), serde_json::to_string(&change.table_id)),
            Self::TransferServer(change) => ("server_id".to_owned(), serde_json::to_string(&change.server_id)),
            Self::SetGuests(change) => ("guests".to_owned(), serde_json::to_string(&change.guests)),
            Self::SetOrderType(change) => ("order_type".to_owned(), serde_json::to_string(&change.order_type)),
            Self::AddNote(change) => {
                let path = change.line_id.map_or_else(|| "note".to_owned(), |line_id| format!("lines.{line_id}.note"));
                (path, serde_json::to_string(&change.note))
            }
            Self::Open(_)
            | Self::AddLine(_)
            | Self::SetQty(_)
            | Self::SetModifiers(_)
            | Self::VoidLine(_)
            | Self::CompLine(_)
            | Self::Fire(_)
            | Self::Bump(_)
            | Self::SplitCheck(_)
            | Self::MergeChecks(_)
            | Self::AddAdjustment(_)
            | Self::RemoveAdjustment(_)
            | Self::AddPayment(_)
            | Self::MarkPayment(_)
            | Self::VoidPayment(_)
            | Self::AddRefund(_)
            | Self::AddTip(_)
            | Self::AdjustTip(_)
            | Self::Close(_)
            | Self::VoidOrder(_)
            | Self::Reopen(_) => return None,
        };
        Some((path, value.ok()?))
    }

    /// The change that makes a decided value, JSON text, stand in a field of an order. `None` where the field is none that
    /// can be set so, or the text is no value of it.
    #[must_use]
    pub fn deciding(order: &Order, path: &str, value: &str) -> Option<Self> {
        let seen = order.field_standing(path).map(|standing| standing.stamp);
        Some(match path {
            "table_id" => Self::MoveTable(MoveTable { table_id: serde_json::from_str(value).ok()?, seen: seen? }),
            "server_id" => {
                Self::TransferServer(TransferServer { server_id: serde_json::from_str(value).ok()?, seen: seen? })
            }
            "guests" => Self::SetGuests(SetGuests { guests: serde_json::from_str(value).ok()?, seen: seen? }),
            "order_type" => {
                Self::SetOrderType(SetOrderType { order_type: serde_json::from_str(value).ok()?, seen: seen? })
            }
            "note" => Self::AddNote(AddNote { line_id: None, note: serde_json::from_str(value).ok()?, seen }),
            _ => {
                let line_id = noted_line(path).filter(|line_id| order.lines.contains_key(line_id))?;
                Self::AddNote(AddNote { line_id: Some(line_id), note: serde_json::from_str(value).ok()?, seen })
            }
        })
    }
}

fn standing<Value: serde::Serialize>(register: &Register<Value>) -> Option<FieldStanding> {
    let value = serde_json::to_string(&register.value).ok()?;
    Some(FieldStanding { value, stamp: register.stamp.clone() })
}

/// The line of a path `lines.{id}.note`.
fn noted_line(path: &str) -> Option<LineId> {
    path.strip_prefix("lines.")?.strip_suffix(".note")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::test_orders::{change_by, line_id, opened, plain_line};

    fn order() -> Order {
        let mut order = opened();
        change_by(&mut order, "dev_b", 1, &OrderChange::AddLine(plain_line(line_id(1), 1000, 1))).unwrap();
        order.unwrap()
    }

    #[test]
    fn a_decided_value_stands_in_its_field_afterwards() {
        let note = format!("lines.{}.note", line_id(1));
        for (path, value) in [
            ("table_id", "\"t9\""),
            ("table_id", "null"),
            ("server_id", "\"stf_ines\""),
            ("guests", "5"),
            ("order_type", "\"takeaway\""),
            ("note", "\"by the window\""),
            (note.as_str(), "\"no onions\""),
        ] {
            let mut order = Some(order());
            let change = OrderChange::deciding(order.as_ref().unwrap(), path, value).unwrap();
            assert_eq!(change.field_set(), Some((path.to_owned(), value.to_owned())));
            assert_eq!(change_by(&mut order, "dev_b", 2, &change), Ok(Vec::new()), "{path}");
            assert_eq!(order.unwrap().field_standing(path).unwrap().value, value);
        }
    }

    #[test]
    fn what_is_no_value_of_a_field_or_no_such_field_decides_nothing() {
        let missing = format!("lines.{}.note", line_id(2));
        for (path, value) in [
            ("table_id", "{"),
            ("guests", "0"),
            ("status", "\"closed\""),
            (missing.as_str(), "\"x\""),
            ("lines..note", "1"),
        ] {
            assert_eq!(OrderChange::deciding(&order(), path, value), None, "{path} {value}");
            assert!(path == "table_id" || path == "guests" || order().field_standing(path).is_none());
        }
    }
}
