//! What a person may overwrite: table, server, guests, order type, notes. Each change names the stamp of the value that the
//! person saw; whoever had not seen what they replaced is told, and so is whoever was replaced.

use serde::{Deserialize, Serialize};

use super::{ChangeContext, line_mut, shown, write};
use crate::finding::{Finding, FindingCode};
use crate::ids::{LineId, StaffId, TableId};
use crate::limits::{Label, Quantity};
use crate::order::{Order, OrderType};
use crate::register::Written;
use crate::rejection::Rejection;
use crate::stamp::Stamp;

/// A note was written, on a line or on the whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// The line; absent for the order's own note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<LineId>,
    /// The note; `null` takes it away.
    pub note: Option<Label>,
    /// The stamp of the note that the person saw; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Stamp>,
}

/// The guests moved to another table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveTable {
    /// The table; `null` where there is none.
    pub table_id: Option<TableId>,
    /// The stamp of the value that the person saw.
    pub seen: Stamp,
}

/// Somebody else looks after the guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferServer {
    /// Who.
    pub server_id: StaffId,
    /// The stamp of the value that the person saw.
    pub seen: Stamp,
}

/// The number of guests was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetGuests {
    /// How many.
    pub guests: Quantity,
    /// The stamp of the value that the person saw.
    pub seen: Stamp,
}

/// Where and how the guests eat was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetOrderType {
    /// Where and how.
    pub order_type: OrderType,
    /// The stamp of the value that the person saw.
    pub seen: Stamp,
}

impl AddNote {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        let ticket_no = order.ticket_no.to_string();
        let (register, field, whose) = match self.line_id {
            None => (&mut order.note, "note".to_owned(), ticket_no),
            Some(line_id) => {
                let line = line_mut(order, line_id)?;
                (&mut line.note, format!("lines.{line_id}.note"), line.name.as_str().to_owned())
            }
        };
        let Written::Concurrent { lost } = write(register, self.note.clone(), context.stamp, self.seen.as_ref()) else {
            return Ok(Vec::new());
        };
        let kept = shown(register.as_ref().and_then(|note| note.value.as_ref()));
        let lost = shown(lost.as_ref());
        let message = format!("{whose}: two people wrote its note: \"{kept}\" shows, \"{lost}\" does not");
        Ok(vec![Finding::new(FindingCode::NoteReplaced, message).between(field, kept, lost)])
    }
}

impl MoveTable {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Vec<Finding> {
        let written = order.table_id.write(self.table_id.clone(), context.stamp, Some(&self.seen));
        conflict(order, "table_id", written, shown(order.table_id.value.as_ref()), |lost| shown(lost.as_ref()))
    }
}

impl TransferServer {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Vec<Finding> {
        let written = order.server_id.write(self.server_id.clone(), context.stamp, Some(&self.seen));
        conflict(order, "server_id", written, order.server_id.value.to_string(), |lost| lost.to_string())
    }
}

impl SetGuests {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Vec<Finding> {
        let written = order.guests.write(self.guests, context.stamp, Some(&self.seen));
        conflict(order, "guests", written, order.guests.value.get().to_string(), |lost| lost.get().to_string())
    }
}

impl SetOrderType {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Vec<Finding> {
        let written = order.order_type.write(self.order_type, context.stamp, Some(&self.seen));
        let kept = order.order_type.value.as_str().to_owned();
        conflict(order, "order_type", written, kept, |lost| lost.as_str().to_owned())
    }
}

fn conflict<Value>(
    order: &Order,
    field: &str,
    written: Written<Value>,
    kept: String,
    show: impl FnOnce(Value) -> String,
) -> Vec<Finding> {
    let Written::Concurrent { lost } = written else { return Vec::new() };
    let lost = show(lost);
    let message = format!("{}: two people set {field}: {kept} stands, {lost} does not", order.ticket_no);
    vec![Finding::new(FindingCode::FieldConflict, message).between(field, kept, lost)]
}
