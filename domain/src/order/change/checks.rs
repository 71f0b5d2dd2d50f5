//! Checks: lines split off to a check of their own, checks merged again. Lines and payments move by one change; one that two
//! people move goes where the later of them moved it.

use serde::{Deserialize, Serialize};

use super::{ChangeContext, immutable, invalid, line_mut, payment_mut, write};
use crate::finding::{Finding, FindingCode};
use crate::ids::{CheckId, LineId, PaymentId};
use crate::limits::{LINES_MAX, Label, ORDER_FACTS_MAX};
use crate::order::{Check, Order};
use crate::register::Written;
use crate::rejection::{Rejection, RejectionCode};
use crate::stamp::Stamp;

/// Something that moves to another check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Moved<Id> {
    /// What.
    pub id: Id,
    /// The stamp of its last move that the person saw; absent where it had not moved.
    #[cfg_attr(feature = "schema", schemars(default = "Option::<Stamp>::default"))]
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub seen: Option<Stamp>,
}

/// Lines were split off to a check of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitCheck {
    /// The new check.
    pub check_id: CheckId,
    /// What the guests call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// The lines that go there.
    pub lines: Vec<Moved<LineId>>,
}

/// A check was merged into another: its lines and payments go there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeChecks {
    /// The check that stays.
    pub into: CheckId,
    /// The lines that go there.
    pub lines: Vec<Moved<LineId>>,
    /// The payments that go there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Moved<PaymentId>>,
}

impl SplitCheck {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if self.check_id == order.first_check() {
            return Err(immutable("check_id", "an order's first check has its id already".to_owned()));
        }
        match order.checks.get(&self.check_id) {
            Some(known) if known.opened.stamp != *context.stamp => {
                return Err(immutable("check_id", format!("there is a check {} already", self.check_id)));
            }
            None if order.checks.len() >= ORDER_FACTS_MAX => {
                let message = format!("an order has at most {ORDER_FACTS_MAX} checks");
                return Err(Rejection::new(RejectionCode::LimitExceeded, "check_id", message));
            }
            Some(_) | None => {}
        }
        known(order, &self.lines, &[])?;
        let check = Check { name: self.name.clone(), opened: context.act(None) };
        order.checks.entry(self.check_id).or_insert(check);
        Ok(moved(order, self.check_id, &self.lines, &[], context))
    }
}

impl MergeChecks {
    pub(super) fn apply(&self, order: &mut Order, context: ChangeContext<'_>) -> Result<Vec<Finding>, Rejection> {
        if !order.has_check(self.into) {
            return Err(unknown(self.into));
        }
        known(order, &self.lines, &self.payments)?;
        Ok(moved(order, self.into, &self.lines, &self.payments, context))
    }
}

pub(super) fn unknown(check_id: CheckId) -> Rejection {
    Rejection::new(RejectionCode::CheckUnknown, "check_id", format!("the order has no check {check_id}"))
}

fn known(order: &mut Order, lines: &[Moved<LineId>], payments: &[Moved<PaymentId>]) -> Result<(), Rejection> {
    if lines.len() > LINES_MAX || payments.len() > ORDER_FACTS_MAX {
        return Err(invalid("lines", "at most 300 lines and 100 payments move at once"));
    }
    lines.iter().try_for_each(|moved| line_mut(order, moved.id).map(|_| ()))?;
    payments.iter().try_for_each(|moved| payment_mut(order, moved.id).map(|_| ()))
}

fn moved(
    order: &mut Order,
    to: CheckId,
    lines: &[Moved<LineId>],
    payments: &[Moved<PaymentId>],
    context: ChangeContext<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Moved { id, seen } in lines {
        let Some(line) = order.lines.get_mut(id) else { continue };
        let written = write(&mut line.check_id, to, context.stamp, seen.as_ref());
        let stands = line.check_id.as_ref().map_or(to, |check| check.value);
        findings.extend(twice(line.name.as_str(), &format!("lines.{id}.check_id"), &written, stands));
    }
    for Moved { id, seen } in payments {
        let Some(payment) = order.payments.get_mut(id) else { continue };
        let written = write(&mut payment.check_id, to, context.stamp, seen.as_ref());
        let stands = payment.check_id.as_ref().map_or(to, |check| check.value);
        findings.extend(twice("a payment", &format!("payments.{id}.check_id"), &written, stands));
    }
    findings
}

fn twice(what: &str, field: &str, written: &Written<CheckId>, stands: CheckId) -> Option<Finding> {
    let Written::Concurrent { lost } = written else { return None };
    let message = format!("two people moved {what} to different checks: the later move stands");
    Some(Finding::new(FindingCode::MovedTwice, message).between(field, stands.to_string(), lost.to_string()))
}
