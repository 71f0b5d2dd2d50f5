//! What each choice takes beside the decision.

use std::collections::BTreeSet;

use domain::{
    AddRefund, FindingCode, Label, LineId, Money, Order, OrderChange, PaymentId, PaymentStatus, PaymentType,
    ResolutionChoice, VoidLine,
};

use super::{Case, Way};

/// The ways to decide about what is not the value of a field.
pub(super) fn ways(case: &Case<'_>) -> Vec<Way> {
    let Some(order) = case.order else { return seen() };
    match (case.conflict.code, case.local_change()) {
        (FindingCode::LateLine, Some(OrderChange::AddLine(late))) => late_lines(order, &BTreeSet::from([late.line_id])),
        (FindingCode::LateLine, Some(OrderChange::Close(close))) => {
            late_lines(order, &unseen_lines(case, order, close.total_minor))
        }
        (FindingCode::CloseVoid, _) => closed_and_voided(order),
        (FindingCode::Overpaid, change) => {
            let payment = match change {
                Some(OrderChange::AddPayment(payment)) => Some((payment.payment_id, payment.payment_type)),
                Some(_) | None => None,
            };
            overpaid(case, order, payment)
        }
        (_, _) => seen(),
    }
}

/// There is nothing to choose: somebody has looked.
fn seen() -> Vec<Way> {
    vec![Way {
        choice: ResolutionChoice::KeepServer,
        label: "Seen: leave it as it stands".to_owned(),
        remedies: Vec::new(),
    }]
}

fn late_lines(order: &Order, late: &BTreeSet<LineId>) -> Vec<Way> {
    let lines: Vec<_> = late.iter().filter_map(|id| order.lines.get(id)).filter(|line| line.void.is_none()).collect();
    if lines.is_empty() {
        return seen();
    }
    let names: Vec<String> = lines.iter().map(|line| format!("{} × {}", line.qty(), line.name.as_str())).collect();
    let names = names.join(", ");
    let void = |line_id: LineId| -> Option<OrderChange> {
        Some(OrderChange::VoidLine(VoidLine { line_id, reason: reason("ordered after the bill was closed")? }))
    };
    let due = order.totals().ok().map(|totals| totals.balance).filter(|due| *due > Money::ZERO);
    let due = due.map_or_else(String::new, |due| format!(": {} is due", order.currency.show(due)));
    vec![
        Way { choice: ResolutionChoice::KeepLocal, label: format!("Keep {names}{due}"), remedies: Vec::new() },
        Way {
            choice: ResolutionChoice::KeepServer,
            label: format!("Take {names} off the bill"),
            remedies: lines.iter().filter_map(|line| void(line.line_id)).collect(),
        },
    ]
}

/// The lines that a closing till had not seen: the newest ones of other tills, so many that without them the bill comes to what
/// that till took it to come to. None where no number of them explains it.
fn unseen_lines(case: &Case<'_>, order: &Order, claimed: Option<Money>) -> BTreeSet<LineId> {
    let (Some(claimed), closer) = (claimed, case.conflict.local.device.as_ref()) else { return BTreeSet::new() };
    let mut others: Vec<_> =
        order.lines.values().filter(|line| line.void.is_none() && Some(line.added.device()) != closer).collect();
    others.sort_unstable_by(|a, b| b.added.cmp(&a.added));
    let (mut without, mut unseen) = (order.clone(), BTreeSet::new());
    for line in others {
        without.lines.remove(&line.line_id);
        unseen.insert(line.line_id);
        if without.totals().is_ok_and(|totals| totals.total == claimed) {
            return unseen;
        }
    }
    BTreeSet::new()
}

fn closed_and_voided(order: &Order) -> Vec<Way> {
    let paid = order.totals().map(|totals| totals.paid).unwrap_or(Money::ZERO);
    let lines = order.lines.values().filter(|line| line.void.is_none());
    let voids = lines.filter_map(|line| {
        let reason = reason("the order was given up on another till")?;
        Some(OrderChange::VoidLine(VoidLine { line_id: line.line_id, reason }))
    });
    let refunds = order.payments.values().filter(|payment| counts(payment.status())).filter_map(|payment| {
        refund(payment.payment_id, payment.payment_id.cast(), payment.payment_type, payment.amount_minor)
    });
    vec![
        Way {
            choice: ResolutionChoice::KeepLocal,
            label: "It was served and paid: leave it closed".to_owned(),
            remedies: Vec::new(),
        },
        Way {
            choice: ResolutionChoice::KeepServer,
            label: format!("It was given up: take everything off and give back {}", order.currency.show(paid)),
            remedies: voids.chain(refunds).collect(),
        },
    ]
}

fn overpaid(case: &Case<'_>, order: &Order, payment: Option<(PaymentId, PaymentType)>) -> Vec<Way> {
    let balance = order.totals().map(|totals| totals.balance).unwrap_or(Money::ZERO);
    let over = Money::ZERO.minus(balance).unwrap_or(Money::ZERO);
    let (Some((payment_id, payment_type)), true) = (payment, over > Money::ZERO) else { return seen() };
    let paid = order.payments.get(&payment_id).map_or(Money::ZERO, |payment| payment.amount_minor);
    let back = over.min(paid);
    let refund = refund(payment_id, case.conflict.id.cast(), payment_type, back);
    vec![
        Way {
            choice: ResolutionChoice::KeepServer,
            label: format!("Give back {}", order.currency.show(back)),
            remedies: refund.into_iter().collect(),
        },
        Way {
            choice: ResolutionChoice::KeepLocal,
            label: "Both payments were meant: keep them".to_owned(),
            remedies: Vec::new(),
        },
    ]
}

fn refund(
    payment_id: PaymentId,
    refund_id: domain::RefundId,
    payment_type: PaymentType,
    amount_minor: Money,
) -> Option<OrderChange> {
    let reason = reason("paid by mistake, on two tills")?;
    Some(OrderChange::AddRefund(AddRefund {
        refund_id,
        payment_id: Some(payment_id),
        payment_type,
        amount_minor,
        reason,
        drawer_session_id: None,
    }))
}

const fn counts(status: PaymentStatus) -> bool {
    matches!(status, PaymentStatus::Recorded | PaymentStatus::Captured)
}

fn reason(text: &str) -> Option<Label> {
    Label::try_from(text.to_owned()).ok()
}
