//! From punches to timecards: every punch in its order, and what it means there.

use std::collections::{BTreeMap, BTreeSet};

use super::log::double_in;
use super::punch::{Amend, Punch, PunchKind, ShiftChange};
use super::rules::{BreakPolicy, ShiftRules};
use super::timecard::{
    LONG_SHIFT_MS, OriginalPunch, SetAside, SetAsideReason, Timecard, TimecardAmendment, TimecardBreak, TimecardPunch,
};
use crate::finding::{Finding, FindingCode};
use crate::ids::{PunchId, StaffId};
use crate::stamp::Stamp;
use crate::time::Timestamp;
use crate::time_confidence::TimeConfidence;

/// The wall clock as entered is shown unless it is wrong by this much, in milliseconds; a punch this far ahead of the
/// moment of looking lies in the future.
const CLOCK_TOLERANCE_MS: i64 = 60_000;

type Amendments<'a> = BTreeMap<(PunchId, PunchKind), Vec<(&'a Punch, &'a Amend)>>;

/// A punch in its place.
#[derive(Clone)]
struct Placed<'a> {
    shown: TimecardPunch,
    /// Where it stands among the others.
    order: (Timestamp, &'a Stamp),
    punch: &'a Punch,
}

/// Everybody's punches are read one person at a time; this is one person's.
pub(super) struct Timeline<'a> {
    placed: Vec<Placed<'a>>,
    /// Clock-outs that amendments add, by the punch they name: they end that punch's shift, wherever they fall.
    added_outs: BTreeMap<PunchId, Placed<'a>>,
    waiting: Vec<PunchId>,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(punches: &BTreeMap<PunchId, &'a Punch>) -> Self {
        let (mut amendments, mut acknowledged, mut waiting) = (Amendments::new(), BTreeSet::new(), Vec::new());
        for (id, punch) in punches {
            match &punch.change {
                ShiftChange::Amend(amend) => {
                    if punches.get(&amend.target).is_none_or(|target| target.change.punch_kind().is_none()) {
                        waiting.push(*id);
                    } else {
                        amendments.entry((amend.target, amend.proposes.kind)).or_default().push((punch, amend));
                    }
                }
                ShiftChange::Acknowledge(acknowledge) => {
                    let known = punches.get(&acknowledge.target).map(|target| &target.change);
                    if !matches!(known, Some(ShiftChange::Amend(_))) {
                        waiting.push(*id);
                    }
                    acknowledged.insert(acknowledge.target);
                }
                ShiftChange::ClockIn(_)
                | ShiftChange::BreakStart(_)
                | ShiftChange::BreakEnd(_)
                | ShiftChange::ClockOut(_) => {}
            }
        }
        for list in amendments.values_mut() {
            list.sort_by_key(|(punch, amend)| (&punch.stamp, amend.punch_id));
        }
        let shown = |list: &[(&Punch, &Amend)]| -> Vec<TimecardAmendment> {
            list.iter().map(|(punch, amend)| amendment(punch, amend, acknowledged.contains(&amend.punch_id))).collect()
        };
        let (mut placed, mut added_outs) = (Vec::new(), BTreeMap::new());
        for (id, punch) in punches {
            let Some(kind) = punch.change.punch_kind() else { continue };
            let list = amendments.remove(&(*id, kind)).unwrap_or_default();
            placed.push(original(*id, kind, punch, shown(&list)));
        }
        keep_each_devices_order(&mut placed);
        for ((target, kind), list) in &amendments {
            let Some(((punch, amend), amendments)) = list.last().zip(Some(shown(list))) else { continue };
            let at = amend.proposes.at;
            let (punch_id, kind) = (amend.punch_id, *kind);
            let shown = TimecardPunch { punch_id, kind, at, counted: at, original: None, amendments };
            let added = Placed { shown, order: (at, &punch.stamp), punch };
            if kind == PunchKind::ClockOut {
                added_outs.insert(*target, added);
            } else {
                placed.push(added);
            }
        }
        placed.sort_by(|one, other| (one.order, one.shown.punch_id).cmp(&(other.order, other.shown.punch_id)));
        Self { placed, added_outs, waiting }
    }

    /// Events that name a punch which is not there.
    pub(super) fn waiting(&self) -> &[PunchId] {
        &self.waiting
    }

    /// Reads the punches in their order.
    pub(super) fn into_cards(mut self, staff: &StaffId, rules: &ShiftRules, now: Timestamp) -> Vec<Timecard> {
        let mut reading = Reading { staff, rules, now, open: None, cards: Vec::new(), replaced: false };
        for placed in std::mem::take(&mut self.placed) {
            let added_out = self.added_outs.remove(&placed.shown.punch_id);
            reading.take(placed, added_out);
        }
        reading.finish()
    }
}

fn original<'a>(
    punch_id: PunchId,
    kind: PunchKind,
    punch: &'a Punch,
    amendments: Vec<TimecardAmendment>,
) -> Placed<'a> {
    let time = punch.change.time();
    let entered = time.reading.wall;
    let wrong = entered.since(time.corrected).abs() >= CLOCK_TOLERANCE_MS;
    let amended = amendments.last().map(|amendment| amendment.at);
    let at = amended.unwrap_or(if wrong { time.corrected } else { entered });
    let counted = amended.unwrap_or(time.corrected);
    let original = OriginalPunch {
        reading: time.reading.clone(),
        corrected: time.corrected,
        confidence: time.confidence,
        device_id: punch.stamp.device().clone(),
        by: punch.by.clone(),
    };
    let shown = TimecardPunch { punch_id, kind, at, counted, original: Some(original), amendments };
    Placed { shown, order: (counted, &punch.stamp), punch }
}

fn amendment(punch: &Punch, amend: &Amend, acknowledged_later: bool) -> TimecardAmendment {
    TimecardAmendment {
        punch_id: amend.punch_id,
        at: amend.proposes.at,
        reason: amend.reason.clone(),
        by: punch.by.clone(),
        acknowledged: amend.employee_ack || acknowledged_later,
    }
}

/// A device knows the order of its own punches whatever its clock did: none stands after one that it took later. Only a
/// clock that ran ahead before a sync makes a difference here.
fn keep_each_devices_order(placed: &mut [Placed<'_>]) {
    placed.sort_by(|one, other| one.punch.stamp.cmp(&other.punch.stamp));
    let mut earliest_later = BTreeMap::new();
    for placed in placed.iter_mut().rev().filter(|placed| placed.shown.amendments.is_empty()) {
        let device = placed.punch.stamp.device();
        let earliest =
            earliest_later.get(device).map_or(placed.order.0, |later: &Timestamp| placed.order.0.min(*later));
        placed.order.0 = earliest;
        earliest_later.insert(device, earliest);
    }
}

/// A shift while its punches are read.
struct Draft<'a> {
    card: Timecard,
    opened_by: Option<&'a Punch>,
    added_out: Option<Placed<'a>>,
}

/// Where the reading of the punches stands.
struct Reading<'a, 'r> {
    staff: &'r StaffId,
    rules: &'r ShiftRules,
    now: Timestamp,
    open: Option<Draft<'a>>,
    cards: Vec<Timecard>,
    /// Whether the last shift was ended by an amendment, so that the next clock-out is the one it replaced.
    replaced: bool,
}

impl<'a> Reading<'a, '_> {
    fn take(&mut self, placed: Placed<'a>, added_out: Option<Placed<'a>>) {
        let over = |draft: &Draft<'_>| draft.added_out.as_ref().is_some_and(|out| placed.order.0 > out.shown.counted);
        if self.open.as_ref().is_some_and(over) {
            self.close();
            self.replaced = true;
        }
        let shown = placed.shown;
        match shown.kind {
            PunchKind::ClockIn => self.clock_in(placed.punch, shown),
            PunchKind::BreakStart => break_start(&mut self.draft(&shown).card, placed.punch, shown),
            PunchKind::BreakEnd => break_end(&mut self.draft(&shown).card, shown),
            PunchKind::ClockOut => self.clock_out(placed.punch, shown),
        }
        if let (Some(mut out), Some(draft)) = (added_out, &mut self.open) {
            // Two amendments may each add an end: the later one counts, and the other is listed.
            if let Some(known) = draft.added_out.take() {
                let given_way = if known.order.1 < out.order.1 { known } else { std::mem::replace(&mut out, known) };
                draft.card.set_aside.push(SetAside { punch: given_way.shown, reason: SetAsideReason::Replaced });
            }
            draft.added_out = Some(out);
        }
    }

    /// The shift a punch falls into; one without a beginning where nobody clocked in.
    fn draft(&mut self, punch: &TimecardPunch) -> &mut Draft<'a> {
        self.replaced = false;
        let (rules, at) = (self.rules, punch.at);
        self.open.get_or_insert_with(|| Draft { card: empty_card(rules, at), opened_by: None, added_out: None })
    }

    fn clock_in(&mut self, punch: &'a Punch, shown: TimecardPunch) {
        let date = self.rules.zone.business_date(shown.at, self.rules.cut_over_hour);
        if let Some(draft) = &mut self.open
            && let Some(first) = draft.opened_by
            && draft.card.business_date == date
        {
            draft.card.findings.push(double_in(self.staff, first, punch));
            draft.card.set_aside.push(SetAside { punch: shown, reason: SetAsideReason::SecondIn });
            return;
        }
        self.close();
        let draft = self.draft(&shown);
        draft.opened_by = Some(punch);
        draft.card.job = match &punch.change {
            ShiftChange::ClockIn(event) => Some(event.job.clone()),
            ShiftChange::Amend(event) => event.proposes.job.clone(),
            ShiftChange::BreakStart(_)
            | ShiftChange::BreakEnd(_)
            | ShiftChange::ClockOut(_)
            | ShiftChange::Acknowledge(_) => None,
        };
        draft.card.start = Some(shown);
    }

    fn clock_out(&mut self, punch: &Punch, shown: TimecardPunch) {
        let replaced = self.replaced || self.open.as_ref().is_some_and(|draft| draft.added_out.is_some());
        let card = match &mut self.open {
            Some(draft) if replaced => Some(&mut draft.card),
            None if replaced => self.cards.last_mut(),
            Some(_) | None => None,
        };
        self.replaced = false;
        if let Some(card) = card {
            said_at_the_end(card, punch);
            card.set_aside.push(SetAside { punch: shown, reason: SetAsideReason::Replaced });
            return;
        }
        let draft = self.draft(&shown);
        said_at_the_end(&mut draft.card, punch);
        draft.card.ended_at = Some(shown.at);
        draft.card.end = Some(shown);
        self.close();
    }

    /// Ends the shift that is open, by its clock-out, by the one an amendment adds, or by the end of the business day.
    fn close(&mut self) {
        let Some(Draft { mut card, added_out, .. }) = self.open.take() else { return };
        if let Some(out) = added_out.filter(|_| card.end.is_none()) {
            card.ended_at = Some(out.shown.at);
            card.end = Some(out.shown);
        }
        let day_end = self.rules.zone.day_end(card.business_date, self.rules.cut_over_hour);
        if card.end.is_none() && card.start.is_some() {
            card.auto = true;
            card.ended_at = Some(day_end);
            let message = format!("nobody clocked out; the business day ended at {day_end}");
            card.findings.push(Finding::new(FindingCode::OpenAtDayClose, message));
        }
        self.push(card);
    }

    fn finish(mut self) -> Vec<Timecard> {
        let (zone, cut_over, now) = (&self.rules.zone, self.rules.cut_over_hour, self.now);
        let running = self.open.as_ref().is_some_and(|draft| {
            let ends = draft.card.start.is_none() || draft.added_out.is_some();
            !ends && now < zone.day_end(draft.card.business_date, cut_over)
        });
        if running && let Some(draft) = self.open.take() {
            self.push(draft.card);
        }
        self.close();
        self.cards
    }

    fn push(&mut self, mut card: Timecard) {
        pay(&mut card, &self.rules.breaks);
        look_over(&mut card, &self.rules.breaks, self.now);
        self.cards.push(card);
    }
}

fn empty_card(rules: &ShiftRules, at: Timestamp) -> Timecard {
    Timecard {
        business_date: rules.zone.business_date(at, rules.cut_over_hour),
        job: None,
        start: None,
        end: None,
        ended_at: None,
        auto: false,
        breaks: Vec::new(),
        set_aside: Vec::new(),
        declared_cash_tips_minor: None,
        break_attestation: None,
        paid_ms: None,
        paid_minutes: None,
        findings: Vec::new(),
        needs_review: false,
    }
}

fn said_at_the_end(card: &mut Timecard, punch: &Punch) {
    if let ShiftChange::ClockOut(out) = &punch.change {
        card.declared_cash_tips_minor = Some(out.declared_cash_tips_minor);
        card.break_attestation = out.break_attestation;
    }
}

fn break_start(card: &mut Timecard, punch: &Punch, shown: TimecardPunch) {
    if card.breaks.last().is_some_and(|pause| pause.end.is_none()) {
        let message = format!("went on a break at {} while on one; the first counts", shown.at);
        return out_of_order(card, shown, message);
    }
    let break_type = match &punch.change {
        ShiftChange::BreakStart(event) => Some(event.break_type.clone()),
        ShiftChange::Amend(event) => event.proposes.break_type.clone(),
        ShiftChange::ClockIn(_) | ShiftChange::BreakEnd(_) | ShiftChange::ClockOut(_) | ShiftChange::Acknowledge(_) => {
            None
        }
    };
    card.breaks.push(TimecardBreak { break_type, start: shown, end: None, ms: None, paid: true, short: false });
}

fn break_end(card: &mut Timecard, shown: TimecardPunch) {
    match card.breaks.last_mut() {
        Some(pause) if pause.end.is_none() => pause.end = Some(shown),
        Some(_) | None => {
            let message = format!("came back at {} from a break that had not begun", shown.at);
            out_of_order(card, shown, message);
        }
    }
}

fn out_of_order(card: &mut Timecard, punch: TimecardPunch, message: String) {
    card.findings.push(Finding::new(FindingCode::BreakOpen, message));
    card.set_aside.push(SetAside { punch, reason: SetAsideReason::BreakOrder });
}

/// Counts what is paid: the time between the two ends less the unpaid breaks, none of it ever below zero.
fn pay(card: &mut Timecard, policy: &BreakPolicy) {
    let until_end = |start: &TimecardPunch| match (&card.end, card.ended_at) {
        (Some(end), _) => Some(start.ms_until(end)),
        (None, Some(ended_at)) => Some(start.ms_until_moment(ended_at)),
        (None, None) => None,
    };
    let gross = card.start.as_ref().and_then(until_end);
    let mut unpaid_ms = 0_u64;
    let lengths: Vec<_> = card
        .breaks
        .iter()
        .map(|pause| pause.end.as_ref().map_or_else(|| until_end(&pause.start), |end| Some(pause.start.ms_until(end))))
        .collect();
    for (pause, ms) in card.breaks.iter_mut().zip(lengths) {
        let kind = pause.break_type.as_ref().and_then(|id| policy.type_of(id));
        pause.ms = ms;
        pause.short = kind.zip(ms).is_some_and(|(kind, ms)| ms < u64::from(kind.min_minutes) * 60_000);
        // In doubt the person is paid: a break that no policy knows, or one too short to be a break.
        pause.paid = kind.is_none_or(|kind| kind.paid) || pause.short;
        if !pause.paid {
            unpaid_ms = unpaid_ms.saturating_add(ms.unwrap_or(0));
        }
    }
    card.paid_ms = gross.map(|gross| gross.saturating_sub(unpaid_ms));
    card.paid_minutes = card.paid_ms.map(|ms| ms / 60_000);
}

fn look_over(card: &mut Timecard, policy: &BreakPolicy, now: Timestamp) {
    let mut found = Vec::new();
    let shift_ms = card.start.as_ref().zip(card.end.as_ref()).map(|(start, end)| start.ms_until(end));
    if let (Some(pause), Some(ended_at)) = (card.breaks.last().filter(|pause| pause.end.is_none()), card.ended_at) {
        let message = format!("the break that began at {} was still open at {ended_at}", pause.start.at);
        found.push(Finding::new(FindingCode::BreakOpen, message));
    }
    match (&card.start, &card.end) {
        (None, None) => found.push(Finding::new(FindingCode::BreakOpen, "a break outside any shift")),
        (None, Some(end)) => {
            let message = format!("clocked out at {} without having clocked in", end.at);
            found.push(Finding::new(FindingCode::OutWithoutIn, message));
        }
        (Some(_), Some(_) | None) => {}
    }
    if let Some(hours) = shift_ms.filter(|ms| *ms > LONG_SHIFT_MS).map(|ms| ms / 3_600_000) {
        found.push(Finding::new(FindingCode::LongShift, format!("a shift of more than {hours} hours")));
    }
    if shift_ms.is_some_and(|ms| policy.misses_break(card, ms)) {
        found.push(Finding::new(FindingCode::MissedBreak, policy.missed_message(card.break_attestation)));
    }
    for punch in card.punches() {
        let unverified = punch.unamended().filter(|original| original.confidence == TimeConfidence::Unverified);
        if let Some(original) = unverified {
            let message = format!("the device {} could not vouch for {}", original.device_id, punch.at);
            found.push(Finding::new(FindingCode::UnverifiedTime, message));
        }
        if punch.counted.since(now) > CLOCK_TOLERANCE_MS {
            found.push(Finding::new(FindingCode::Future, format!("a punch at {} lies in the future", punch.at)));
        }
        if let [.., lost, kept] = punch.amendments.as_slice() {
            let message = format!("amended to {} and to {}; the later amendment counts", lost.at, kept.at);
            let finding = Finding::new(FindingCode::AmendedTwice, message);
            found.push(finding.between("proposes.at", kept.at.to_string(), lost.at.to_string()));
        }
    }
    card.findings.extend(found);
}
