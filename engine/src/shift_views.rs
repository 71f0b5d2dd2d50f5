//! What an app sees of punches: who is at work, and everybody's timecards, what was punched beside what was amended.

use domain::{
    BreakAttestation, BreakTypeId, BusinessDate, DeviceId, FindingCode, JobId, Label, Money, OnTheClock, OriginalPunch,
    PunchId, PunchKind, SetAside, SetAsideReason, StaffId, StaffTimecards, TimeConfidence, Timecard, TimecardAmendment,
    TimecardBreak, TimecardPunch, Timestamp,
};
use serde::Serialize;

/// Somebody who is on the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct OnClockView {
    pub staff_id: StaffId,
    pub since: Timestamp,
    pub job: Option<JobId>,
    pub on_break: Option<OnBreakView>,
}

/// The break somebody is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct OnBreakView {
    pub break_type: Option<BreakTypeId>,
    pub since: Timestamp,
}

/// One shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct TimecardView {
    pub staff_id: StaffId,
    pub business_date: BusinessDate,
    pub job: Option<JobId>,
    pub start: Option<PunchView>,
    pub end: Option<PunchView>,
    pub ended_at: Option<Timestamp>,
    pub auto: bool,
    pub breaks: Vec<BreakView>,
    pub set_aside: Vec<SetAsideView>,
    pub declared_cash_tips_minor: Option<Money>,
    pub break_attestation: Option<BreakAttestation>,
    pub paid_minutes: Option<u64>,
    pub findings: Vec<ShiftFindingView>,
    pub needs_review: bool,
}

/// A punch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct PunchView {
    pub punch_id: PunchId,
    pub kind: PunchKind,
    pub at: Timestamp,
    pub original: Option<OriginalView>,
    pub amendments: Vec<AmendmentView>,
}

/// A punch as it was punched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct OriginalView {
    pub at: Timestamp,
    pub clock_showed: Timestamp,
    pub confidence: TimeConfidence,
    pub device_id: DeviceId,
    pub staff_id: StaffId,
}

/// An amendment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct AmendmentView {
    pub punch_id: PunchId,
    pub at: Timestamp,
    pub reason: Label,
    pub staff_id: StaffId,
    pub acknowledged: bool,
}

/// A break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct BreakView {
    pub break_type: Option<BreakTypeId>,
    pub start: PunchView,
    pub end: Option<PunchView>,
    pub minutes: Option<u64>,
    pub paid: bool,
    pub short: bool,
}

/// A punch that counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct SetAsideView {
    pub punch: PunchView,
    pub reason: SetAsideReason,
}

/// What somebody may want to know of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/shifts.ts")]
pub struct ShiftFindingView {
    pub code: FindingCode,
    pub message: String,
}

impl From<OnTheClock> for OnClockView {
    fn from(present: OnTheClock) -> Self {
        let OnTheClock { staff_id, since, job, on_break } = present;
        let on_break = on_break.map(|pause| OnBreakView { break_type: pause.break_type, since: pause.since });
        Self { staff_id, since, job, on_break }
    }
}

impl TimecardView {
    /// Everybody's shifts, each person's earliest first.
    pub(crate) fn of_all(staff: Vec<StaffTimecards>) -> Vec<Self> {
        let of_one = |StaffTimecards { staff_id, cards, .. }: StaffTimecards| {
            cards.into_iter().map(move |card| Self::new(staff_id.clone(), card))
        };
        staff.into_iter().flat_map(of_one).collect()
    }

    fn new(staff_id: StaffId, card: Timecard) -> Self {
        let finding = |finding: domain::Finding| ShiftFindingView { code: finding.code, message: finding.message };
        Self {
            staff_id,
            business_date: card.business_date,
            job: card.job,
            start: card.start.map(PunchView::from),
            end: card.end.map(PunchView::from),
            ended_at: card.ended_at,
            auto: card.auto,
            breaks: card.breaks.into_iter().map(BreakView::from).collect(),
            set_aside: card.set_aside.into_iter().map(SetAsideView::from).collect(),
            declared_cash_tips_minor: card.declared_cash_tips_minor,
            break_attestation: card.break_attestation,
            paid_minutes: card.paid_minutes,
            findings: card.findings.into_iter().map(finding).collect(),
            needs_review: card.needs_review,
        }
    }
}

impl From<TimecardPunch> for PunchView {
    fn from(punch: TimecardPunch) -> Self {
        let TimecardPunch { punch_id, kind, at, counted: _, original, amendments } = punch;
        let amendments = amendments.into_iter().map(AmendmentView::from).collect();
        Self { punch_id, kind, at, original: original.map(OriginalView::from), amendments }
    }
}

impl From<OriginalPunch> for OriginalView {
    fn from(original: OriginalPunch) -> Self {
        let OriginalPunch { reading, corrected, confidence, device_id, by } = original;
        Self { at: corrected, clock_showed: reading.wall, confidence, device_id, staff_id: by }
    }
}

impl From<TimecardAmendment> for AmendmentView {
    fn from(amendment: TimecardAmendment) -> Self {
        let TimecardAmendment { punch_id, at, reason, by, acknowledged } = amendment;
        Self { punch_id, at, reason, staff_id: by, acknowledged }
    }
}

impl From<TimecardBreak> for BreakView {
    fn from(pause: TimecardBreak) -> Self {
        let TimecardBreak { break_type, start, end, ms, paid, short } = pause;
        let minutes = ms.map(|ms| ms / 60_000);
        Self { break_type, start: start.into(), end: end.map(PunchView::from), minutes, paid, short }
    }
}

impl From<SetAside> for SetAsideView {
    fn from(SetAside { punch, reason }: SetAside) -> Self {
        Self { punch: punch.into(), reason }
    }
}
