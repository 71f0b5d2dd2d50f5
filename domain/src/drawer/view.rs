//! What people see of a drawer: nothing about what it should hold before somebody has counted it.

use serde::Serialize;

use super::change::{DrawerChange, DrawerRef};
use super::session::{DrawerEntry, DrawerSession};
use crate::finding::{Finding, FindingCode};
use crate::ids::{DeviceId, DrawerEventId, DrawerId, DrawerSessionId, StaffId};
use crate::money::Money;
use crate::stamp::Stamp;
use crate::time::Timestamp;

/// A session as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawerView {
    /// The session.
    pub session_id: DrawerSessionId,
    /// The drawer and its currency.
    pub drawer: DrawerRef,
    /// Its opening; nothing while that is still on its way.
    pub opened: Option<DrawerAct>,
    /// Its closing; nothing while it is open.
    pub closed: Option<DrawerAct>,
    /// The change it started with.
    pub float_minor: Option<Money>,
    /// How often it was opened without a sale.
    pub no_sales: usize,
    /// What was counted, as it was typed.
    pub counted_minor: Option<Money>,
    /// What should be in it; nothing before it was counted.
    pub expected_minor: Option<Money>,
    /// What is too much (or, below zero, too little); nothing before it was counted.
    pub over_short_minor: Option<Money>,
    /// What made the expected amount; nothing before it was counted.
    pub cash: Option<DrawerCash>,
    /// What somebody may want to know.
    pub findings: Vec<Finding>,
}

/// Who did something to a drawer, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawerAct {
    /// The event.
    pub event_id: DrawerEventId,
    /// Who.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// On which device.
    pub device_id: DeviceId,
}

/// The sums of a session's cash, each zero or more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DrawerCash {
    /// From guests.
    pub sales_minor: Money,
    /// Back to guests.
    pub refunds_minor: Money,
    /// Put in.
    pub paid_in_minor: Money,
    /// Taken out to pay for something.
    pub paid_out_minor: Money,
    /// Taken to the safe.
    pub drops_minor: Money,
}

/// Reads the sessions of a location and flags those of one drawer that ran at the same time. In the order of their openings.
#[must_use]
pub fn drawer_views<'a>(sessions: impl IntoIterator<Item = &'a DrawerSession>) -> Vec<DrawerView> {
    let mut spans: Vec<_> = sessions.into_iter().map(|session| (Span::of(session), DrawerView::of(session))).collect();
    spans.sort_by(|(one, _), (other, _)| one.cmp(other));
    let spans_only: Vec<_> = spans.iter().map(|(span, _)| *span).collect();
    for (position, (span, view)) in spans.iter_mut().enumerate() {
        let earlier = spans_only.iter().take(position).find(|earlier| earlier.still_open_at(span));
        if let (Some(Span { entry: Some(first), .. }), Some(second)) = (earlier, span.entry) {
            view.findings.push(double_open(&view.drawer.drawer_id, first, second));
        }
    }
    spans.into_iter().map(|(_, view)| view).collect()
}

/// The session that is open on a drawer, as far as this device knows; of several the one opened first.
#[must_use]
pub fn open_session<'a>(
    sessions: impl IntoIterator<Item = &'a DrawerSession>,
    drawer: &DrawerId,
) -> Option<&'a DrawerSession> {
    let open = sessions.into_iter().filter(|session| session.drawer.drawer_id == *drawer && session.is_open());
    open.min_by(|one, other| Span::of(one).cmp(&Span::of(other)))
}

/// From when to when a session ran.
#[derive(Clone, Copy)]
struct Span<'a> {
    drawer: &'a DrawerId,
    session_id: DrawerSessionId,
    entry: Option<&'a DrawerEntry>,
    until: Option<&'a Stamp>,
}

impl<'a> Span<'a> {
    fn of(session: &'a DrawerSession) -> Self {
        let (drawer, session_id) = (&session.drawer.drawer_id, session.session_id);
        Self { drawer, session_id, entry: session.opened(), until: session.closed().map(|entry| &entry.stamp) }
    }

    fn from(&self) -> Option<&'a Stamp> {
        self.entry.map(|entry| &entry.stamp)
    }

    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.from(), self.session_id).cmp(&(other.from(), other.session_id))
    }

    fn still_open_at(&self, later: &Self) -> bool {
        let runs = self.until.is_none_or(|until| later.from().is_some_and(|from| from < until));
        self.drawer == later.drawer && self.entry.is_some() && later.entry.is_some() && runs
    }
}

impl DrawerView {
    /// Reads one session by itself.
    #[must_use]
    pub fn of(session: &DrawerSession) -> Self {
        let (opened, closed) = (session.opened(), session.closed());
        let mut view = Self {
            session_id: session.session_id,
            drawer: session.drawer.clone(),
            opened: opened.map(act),
            closed: closed.map(act),
            float_minor: None,
            no_sales: 0,
            counted_minor: None,
            expected_minor: None,
            over_short_minor: None,
            cash: None,
            findings: Vec::new(),
        };
        let mut counts = Vec::new();
        for entry in session.in_order() {
            let outside = opened.is_none_or(|opened| entry.stamp < opened.stamp)
                || closed.is_some_and(|closed| entry.stamp > closed.stamp);
            match (&entry.change, opened) {
                (DrawerChange::Open(_), Some(first)) if first != entry => {
                    view.findings.push(double_open(&session.drawer.drawer_id, first, entry));
                    continue;
                }
                (DrawerChange::Open(event), _) => view.float_minor = Some(event.float_minor),
                (DrawerChange::NoSale(_), _) => view.no_sales += 1,
                (DrawerChange::Count(event), _) => counts.push((!outside, event.counted_minor)),
                (
                    DrawerChange::SaleCash(_)
                    | DrawerChange::RefundCash(_)
                    | DrawerChange::PaidIn(_)
                    | DrawerChange::PaidOut(_)
                    | DrawerChange::Drop(_)
                    | DrawerChange::Close(_),
                    _,
                ) => {}
            }
            if outside {
                let (name, at) = (entry.change.type_name(), entry.at);
                let message = format!("{name} at {at} on {}, when the drawer was not open", entry.stamp.device());
                view.findings.push(Finding::new(FindingCode::DrawerNotOpen, message));
            }
        }
        view.reveal(session, counts);
        view
    }

    /// Once somebody counted, or closed the drawer with a count, the rest may be seen. The last count while the drawer was
    /// open stands.
    fn reveal(&mut self, session: &DrawerSession, mut counts: Vec<(bool, Money)>) {
        let at_closing = match session.closed().map(|entry| &entry.change) {
            Some(DrawerChange::Close(event)) => Some(event),
            Some(_) | None => None,
        };
        counts.sort_by_key(|(inside, _)| *inside);
        let standing = counts.pop().map(|(_, counted)| counted);
        let Some(counted) = standing.or(at_closing.map(|event| event.counted_minor)) else { return };
        if let Some((_, lost)) = counts.last() {
            let (kept, lost) = (counted.minor().to_string(), lost.minor().to_string());
            let message = format!("counted more than once: {kept} stands, {lost} does not");
            let finding = Finding::new(FindingCode::DrawerCountedTwice, message);
            self.findings.push(finding.between("counted_minor", kept, lost));
        }
        let expected = session.expected();
        self.counted_minor = Some(counted);
        self.expected_minor = Some(expected);
        self.over_short_minor = counted.minus(expected).ok();
        self.cash = Some(cash_of(session));
        if let Some(event) = at_closing.filter(|event| event.expected_minor != expected) {
            let (now, then) = (expected.minor().to_string(), event.expected_minor.minor().to_string());
            let message = format!("{then} was expected when the drawer was closed; with all its events it is {now}");
            self.findings.push(Finding::new(FindingCode::TotalMismatch, message).between("expected_minor", now, then));
        }
    }
}

impl DrawerSession {
    /// What should be in the drawer, from its events alone. For closing it; no screen shows it before a count.
    pub(super) fn expected(&self) -> Money {
        let float = match self.opened().map(|entry| &entry.change) {
            Some(DrawerChange::Open(event)) => event.float_minor,
            Some(_) | None => Money::ZERO,
        };
        let cash = cash_of(self);
        let sum = |amounts: [Money; 3]| Money::sum(amounts).unwrap_or_default();
        let (ins, outs) = (
            [float, cash.sales_minor, cash.paid_in_minor],
            [cash.refunds_minor, cash.paid_out_minor, cash.drops_minor],
        );
        sum(ins).minus(sum(outs)).unwrap_or_default()
    }
}

fn cash_of(session: &DrawerSession) -> DrawerCash {
    let mut cash = DrawerCash::default();
    for entry in session.entries.values() {
        match &entry.change {
            DrawerChange::SaleCash(event) => add(&mut cash.sales_minor, event.amount_minor),
            DrawerChange::RefundCash(event) => add(&mut cash.refunds_minor, event.amount_minor),
            DrawerChange::PaidIn(event) => add(&mut cash.paid_in_minor, event.amount_minor),
            DrawerChange::PaidOut(event) => add(&mut cash.paid_out_minor, event.amount_minor),
            DrawerChange::Drop(event) => add(&mut cash.drops_minor, event.amount_minor),
            DrawerChange::Open(_) | DrawerChange::NoSale(_) | DrawerChange::Count(_) | DrawerChange::Close(_) => {}
        }
    }
    cash
}

/// Adds an amount. A session's events are too few and too small to leave the range of money.
fn add(sum: &mut Money, amount: Money) {
    *sum = sum.plus(amount).unwrap_or(*sum);
}

fn act(entry: &DrawerEntry) -> DrawerAct {
    DrawerAct {
        event_id: entry.change.event_id(),
        by: entry.by.clone(),
        at: entry.at,
        device_id: entry.stamp.device().clone(),
    }
}

fn double_open(drawer: &DrawerId, first: &DrawerEntry, second: &DrawerEntry) -> Finding {
    let (kept, lost) = (first.at.to_string(), second.at.to_string());
    let (here, there) = (first.stamp.device(), second.stamp.device());
    let message = format!("drawer {drawer} was opened at {kept} on {here} and again at {lost} on {there}");
    Finding::new(FindingCode::DrawerDoubleOpen, message).between("opened", kept, lost)
}
