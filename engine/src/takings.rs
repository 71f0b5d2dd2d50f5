//! What a change says was taken, for the money that only this device knows of.

use domain::OrderChange;

/// What the change adds to the takings, in minor units: payments and tips, less what was given back.
pub(crate) fn takings(change: &OrderChange) -> i64 {
    match change {
        OrderChange::AddPayment(payment) => payment.amount_minor.minor().saturating_add(payment.tip_minor.minor()),
        OrderChange::AddTip(tip) => tip.tip_minor.minor(),
        OrderChange::AdjustTip(tip) => tip.by_minor.minor(),
        OrderChange::AddRefund(refund) => refund.amount_minor.minor().saturating_neg(),
        OrderChange::Open(_)
        | OrderChange::AddLine(_)
        | OrderChange::SetQty(_)
        | OrderChange::SetModifiers(_)
        | OrderChange::VoidLine(_)
        | OrderChange::CompLine(_)
        | OrderChange::Fire(_)
        | OrderChange::Bump(_)
        | OrderChange::AddNote(_)
        | OrderChange::MoveTable(_)
        | OrderChange::TransferServer(_)
        | OrderChange::SetGuests(_)
        | OrderChange::SetOrderType(_)
        | OrderChange::SplitCheck(_)
        | OrderChange::MergeChecks(_)
        | OrderChange::AddAdjustment(_)
        | OrderChange::RemoveAdjustment(_)
        | OrderChange::MarkPayment(_)
        | OrderChange::VoidPayment(_)
        | OrderChange::Close(_)
        | OrderChange::VoidOrder(_)
        | OrderChange::Reopen(_) => 0,
    }
}
