//! The checkers: each knows one law and the truth it is measured by.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BusinessDate, ChangeContext, Order, OrderChange, OrderId, StatusRank, Versioned, apply};
use engine::{DamageKind, OrderFilter, OrderView, Status, SyncManager};
use protocol::{Mutation, MutationId, Outcome, Skipped, Verdict};

use crate::ledger::DiskLedger;
use crate::server::Server;
use crate::shifts_ledger::ShiftsLedger;
use crate::till::{Fact, Till};

/// A broken law: which checker noticed, and what it saw.
pub(crate) type Broken = (&'static str, String);

/// One row of the server's journal.
pub(crate) struct Operation {
    pub(crate) device: String,
    pub(crate) stream: String,
    pub(crate) incarnation: String,
    pub(crate) seq: u64,
    pub(crate) id: MutationId,
    /// Nothing where the device could not send it and said so in its place.
    pub(crate) mutation: Option<Mutation>,
    pub(crate) verdict: Verdict,
}

/// The server's journal in the order it was written.
pub(crate) fn operations(server: &Server) -> Result<Vec<Operation>, Broken> {
    let sql = "SELECT device_id, stream, incarnation, seq, mutation_id, body, verdict FROM operations ORDER BY rowid";
    let unreadable = |error: String| ("ledger", error);
    let operation = |row: edge_api::Row| {
        let text = |column: &str| row.text(column).map(str::to_owned).map_err(|error| error.to_string());
        let body = text("body")?;
        let mutation = match serde_json::from_str::<Skipped>(&body) {
            Ok(_) => None,
            Err(_) => Some(serde_json::from_str(&body).map_err(|error| error.to_string())?),
        };
        Ok(Operation {
            device: text("device_id")?,
            stream: text("stream")?,
            incarnation: text("incarnation")?,
            seq: row.integer("seq").map_err(|error| error.to_string())?,
            id: text("mutation_id")?.parse().map_err(|_| "an id cannot be read".to_owned())?,
            mutation,
            verdict: serde_json::from_str(&text("verdict")?).map_err(|error| error.to_string())?,
        })
    };
    server.rows(sql).into_iter().map(operation).collect::<Result<_, String>>().map_err(unreadable)
}

/// *view*: what a person was told is saved is still seen, unless it stands with a finished day that nobody has opened.
pub(crate) fn saved_is_seen(till: &Till) -> Result<(), Broken> {
    let Some(engine) = &till.engine else { return Ok(()) };
    let on_disk = !status(engine).storage.days_on_disk.is_empty();
    seen_in("view", till, engine, on_disk || till.dated_far_back)
}

/// *durable*: what a person was told is saved is on the disk.
pub(crate) fn saved_is_durable(till: &Till, durable: &SyncManager) -> Result<(), Broken> {
    let damage = status(durable).storage.damage;
    if let Some(damage) = damage.iter().find(|damage| damage.kind != DamageKind::TornTail) {
        return Err(("durable", format!("{}: {damage:?} without a fault", till.enrolment.device_id)));
    }
    seen_in("durable", till, durable, till.dated_far_back)
}

fn seen_in(checker: &'static str, till: &Till, engine: &SyncManager, may_be_unread: bool) -> Result<(), Broken> {
    let mut seen: BTreeMap<OrderId, Option<OrderView>> = BTreeMap::new();
    for fact in &till.saved {
        let Some(order_id) = order_of(fact).filter(|order_id| !till.set_apart.contains(order_id)) else { continue };
        let order = seen.entry(order_id).or_insert_with(|| engine.order(order_id));
        let holds = order.as_ref().map_or(may_be_unread, |order| holds(order, fact));
        if !holds {
            return Err((checker, format!("{}: {fact:?} was saved and is not seen", till.enrolment.device_id)));
        }
    }
    Ok(())
}

fn order_of(fact: &Fact) -> Option<OrderId> {
    match fact {
        Fact::Started | Fact::Punched => None,
        Fact::Opened(order_id)
        | Fact::Line(order_id, _)
        | Fact::Quantity(order_id, _)
        | Fact::Void(order_id, _)
        | Fact::Payment(order_id, ..)
        | Fact::Comp(order_id, _)
        | Fact::Refund(order_id, ..)
        | Fact::Changed(order_id)
        | Fact::Closed(order_id) => Some(*order_id),
    }
}

fn holds(order: &OrderView, fact: &Fact) -> bool {
    match fact {
        Fact::Started | Fact::Punched | Fact::Opened(_) | Fact::Changed(_) => true,
        Fact::Line(_, line_id) | Fact::Quantity(_, line_id) => order.lines.iter().any(|line| line.line_id == *line_id),
        Fact::Void(_, line_id) => order.lines.iter().any(|line| line.line_id == *line_id && line.voided),
        Fact::Comp(_, line_id) => order.lines.iter().any(|line| line.line_id == *line_id && line.comped),
        Fact::Refund(_, refund_id, amount) => {
            order.refunds.iter().any(|refund| refund.refund_id == *refund_id && refund.amount_minor == *amount)
        }
        Fact::Payment(_, payment_id, amount) => {
            order.payments.iter().any(|payment| payment.payment_id == *payment_id && payment.amount_minor == *amount)
        }
        Fact::Closed(_) => order.status == StatusRank::Closed,
    }
}

/// *no silent loss*: every mutation a disk holds is pending there or decided by the server; none is settled that the server
/// does not know, and the engine's own count agrees with its disk.
pub(crate) fn nothing_is_lost(till: &Till, operations: &[Operation]) -> Result<(), Broken> {
    let (device, ledger) = (&till.enrolment.device_id, till.disk.ledger());
    if let Some(seq) = ledger.foreign.first() {
        return Err(("durable", format!("{device}: mutation {seq} was decided, but this disk never held it")));
    }
    let known: BTreeMap<_, _> = operations.iter().map(|operation| (operation.id, &operation.verdict)).collect();
    for (id, mutation) in &ledger.made {
        let verdict = known.get(id);
        let applied = verdict.is_some_and(|verdict| matches!(verdict.outcome, Outcome::Applied { .. }));
        let seq = mutation.seq;
        if ledger.settled.contains_key(id) && !applied {
            return Err((
                "no_silent_loss",
                format!("{device}: mutation {seq} left the queue, but the server never applied it"),
            ));
        }
        if ledger.parked.contains(id) && (applied || verdict.is_none()) {
            return Err((
                "no_silent_loss",
                format!("{device}: mutation {seq} was parked without the server's refusal"),
            ));
        }
    }
    no_shift_is_lost(&ledger.shifts, &known)?;
    let pending = ledger.pending() + ledger.shifts.pending();
    let depth = till.engine.as_ref().map_or(pending, |engine| status(engine).queue_depth);
    if depth != pending {
        let message = format!("{device}: {depth} mutations wait in memory, {pending} on disk");
        return Err(("no_silent_loss", message));
    }
    Ok(())
}

/// The same of what staff do.
fn no_shift_is_lost(ledger: &ShiftsLedger, known: &BTreeMap<MutationId, &Verdict>) -> Result<(), Broken> {
    if let Some(seq) = ledger.foreign.first() {
        return Err(("durable", format!("number {seq} of the shifts was decided or left out, and is not held here")));
    }
    let outcome = |id: &MutationId| known.get(id).map(|verdict| &verdict.outcome);
    for id in &ledger.settled {
        if !matches!(outcome(id), Some(Outcome::Applied { .. })) {
            return Err(("no_silent_loss", format!("{id} of the shifts is settled, but the server never applied it")));
        }
    }
    for id in &ledger.parked {
        if matches!(outcome(id), None | Some(Outcome::Applied { .. })) {
            return Err(("no_silent_loss", format!("{id} of the shifts was parked without the server's refusal")));
        }
    }
    Ok(())
}

/// How an engine stands.
pub(crate) fn status(engine: &SyncManager) -> Status {
    let now = engine::Moment { wall: domain::Timestamp::nearest(0), mono_ms: 0, offset_min: 0, entropy: [0; 32] };
    engine.status(&now)
}

/// *once* and *order*: the server's journal holds each mutation once, whole streams without holes, in each device's order.
/// Where a stream was begun anew, a number may stand for what the journal already holds from the life before.
pub(crate) fn once_and_in_order(operations: &[Operation], ledgers: &[&DiskLedger]) -> Result<(), Broken> {
    let orders = ledgers.iter().flat_map(|ledger| &ledger.lives).map(|(life, ids)| (("orders", life.as_str()), ids));
    let shifts = ledgers.iter().flat_map(|ledger| &ledger.shifts.lives);
    let lives: BTreeMap<_, _> = orders.chain(shifts.map(|(life, ids)| (("shifts", life.as_str()), ids))).collect();
    let mut ids = BTreeSet::new();
    let mut last: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for operation in operations {
        let last = last.entry((&operation.device, &operation.stream, &operation.incarnation)).or_default();
        let life = lives.get(&(operation.stream.as_str(), operation.incarnation.as_str()));
        let decided_before = |seq: u64| life.and_then(|life| life.get(&seq)).is_some_and(|id| ids.contains(id));
        if operation.seq <= *last || !(*last + 1..operation.seq).all(decided_before) {
            let message = format!("{}: {} follows {last} in the journal", operation.device, operation.seq);
            return Err(("order", message));
        }
        *last = operation.seq;
        if !ids.insert(operation.id) {
            return Err(("once", format!("mutation {} stands twice in the journal", operation.id)));
        }
    }
    Ok(())
}

/// The orders that the journal's applied mutations come to, each applied once, in the journal's order: the truth that the
/// server's records are measured by.
pub(crate) fn fold(operations: &[Operation]) -> Result<BTreeMap<OrderId, Order>, Broken> {
    let mut orders: BTreeMap<OrderId, Option<Order>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.stream == "orders") {
        let (Outcome::Applied { .. }, Some(mutation)) = (&operation.verdict.outcome, &operation.mutation) else {
            continue;
        };
        let order = orders.entry(mutation.order_id()).or_default();
        let change = change_of(mutation)?;
        let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        apply(order, mutation.order_id(), &change, context).map_err(|rejection| ("once", rejection.message))?;
    }
    Ok(orders.into_iter().filter_map(|(order_id, order)| Some((order_id, order?))).collect())
}

fn change_of(mutation: &Mutation) -> Result<OrderChange, Broken> {
    OrderChange::read(mutation.schema, mutation.change.get()).map_err(|error| ("once", error.to_string()))
}

/// *once*, seen from the records: what the server shows is what its journal comes to, no more and no less. Stamps may
/// differ where a clock was ahead; money and facts may not.
pub(crate) fn records_are_the_journal(server: &Server, truth: &BTreeMap<OrderId, Order>) -> Result<(), Broken> {
    let rows = server.rows("SELECT record FROM records WHERE collection = 'orders' ORDER BY record_id");
    let mut shown = BTreeMap::new();
    for row in rows {
        let order: Order = row.json("record").map_err(|error| ("once", error.to_string()))?;
        shown.insert(order.order_id, order);
    }
    if shown.len() != truth.len() {
        return Err(("once", format!("the server shows {} orders, its journal makes {}", shown.len(), truth.len())));
    }
    for (order_id, truth) in truth {
        let Some(shown) = shown.get(order_id) else {
            return Err(("once", format!("the server does not show {order_id}")));
        };
        let quantities = |order: &Order| order.lines.iter().map(|(id, line)| (*id, line.qty())).collect::<Vec<_>>();
        let same = quantities(shown) == quantities(truth)
            && shown.payments.keys().eq(truth.payments.keys())
            && shown.status() == truth.status()
            && sums(shown) == sums(truth);
        if !same {
            return Err(("once", format!("the server shows {} otherwise than its journal makes it", truth.ticket_no)));
        }
    }
    Ok(())
}

/// An order's sums. A line's share of a tax is left out: of equal remainders the earlier line takes the cent, and a clamped
/// stamp may make another line the earlier one.
fn sums(order: &Order) -> Option<[i64; 5]> {
    let totals = order.totals().ok()?;
    Some([totals.gross, totals.net, totals.tax, totals.total, totals.balance].map(domain::Money::minor))
}

/// *money*: what people were told is saved is what the server has, to the cent, and every bill adds up.
pub(crate) fn money_adds_up(
    tills: &[Till],
    ledgers: &[&DiskLedger],
    truth: &BTreeMap<OrderId, Order>,
) -> Result<(), Broken> {
    let mut entered: BTreeMap<domain::PaymentId, i64> = BTreeMap::new();
    let kept_apart = |mutation: &&Mutation| ledgers.iter().any(|ledger| ledger.parked.contains(&mutation.id));
    for mutation in ledgers.iter().flat_map(|ledger| ledger.made.values()).filter(|mutation| !kept_apart(mutation)) {
        if let OrderChange::AddPayment(payment) = change_of(mutation)? {
            entered.insert(payment.payment_id, payment.amount_minor.minor());
        }
    }
    let on_server: BTreeMap<_, _> = truth
        .values()
        .flat_map(|order| order.payments.values().map(|payment| (payment.payment_id, payment.amount_minor.minor())))
        .collect();
    let (entered_sum, server_sum) = (entered.values().sum::<i64>(), on_server.values().sum::<i64>());
    if entered != on_server {
        return Err(("money", format!("{entered_sum} was taken at the tills, the server has {server_sum}")));
    }
    for till in tills {
        for fact in &till.saved {
            if let Fact::Payment(order_id, payment_id, amount) = fact
                && !till.set_apart.contains(order_id)
                && on_server.get(payment_id) != Some(amount)
            {
                return Err(("money", format!("payment {payment_id} of {amount} is not on the server")));
            }
        }
    }
    for order in truth.values() {
        let totals = order.totals().map_err(|error| ("money", error.to_string()))?;
        let adds_up = totals.net.minor() + totals.service.minor() + totals.tax.minor() == totals.total.minor()
            && totals.total.minor() - totals.paid.minor() + totals.refunded.minor() == totals.balance.minor();
        if !adds_up {
            return Err(("money", format!("{} does not add up: {totals:?}", order.ticket_no)));
        }
    }
    Ok(())
}

/// *L4*, *poison*: a mutation that no request passes with is stood for by a mark, and nothing else is.
pub(crate) fn poison_is_contained(operations: &[Operation], poisoned: &BTreeSet<MutationId>) -> Result<(), Broken> {
    for operation in operations {
        if operation.mutation.is_none() && !poisoned.contains(&operation.id) {
            return Err(("poison", format!("mutation {} was taken out of the way for nothing", operation.id)));
        }
        if operation.mutation.is_some() && poisoned.contains(&operation.id) {
            return Err(("poison", format!("mutation {} passed after all", operation.id)));
        }
    }
    Ok(())
}

/// *L2*, *convergence*: every till shows the same orders as one that has only ever read the server. That one reads a snapshot,
/// which leaves out what was finished on a business day before `since`; where there may be such orders, tills let go of them
/// too, each at its next checkpoint.
pub(crate) fn everyone_agrees(
    everyone: &[SyncManager],
    reader: &SyncManager,
    since: Option<BusinessDate>,
) -> Result<(), Broken> {
    let old =
        |order: &OrderView| order.status != StatusRank::Open && since.is_some_and(|day| order.business_date < day);
    let shown = |engine: &SyncManager| {
        let mut orders = engine.orders(&OrderFilter::default());
        orders.retain(|order| !old(order));
        orders
    };
    let (hash, orders) = (reader.confirmed_hash(), shown(reader));
    for engine in everyone {
        if since.is_none() && engine.shift_logs() != reader.shift_logs() {
            return Err(("convergence", format!("{:?} shows other punches than the server", status(engine).device_id)));
        }
        if (since.is_none() && engine.confirmed_hash() != hash) || shown(engine) != orders {
            let (device, shown) = (status(engine).device_id, shown(engine));
            let differs = orders.iter().find(|order| !shown.contains(order)).map(|order| order.order_id);
            let (count, others) = (shown.len(), orders.len());
            let message = format!(
                "{device:?} shows {count} orders otherwise than the server's {others}, first of them {differs:?}"
            );
            return Err(("convergence", message));
        }
    }
    Ok(())
}
