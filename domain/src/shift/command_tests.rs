use super::test_shifts::*;
use super::*;
use crate::money::{AMOUNT_MINOR_MAX, Money};
use crate::rejection::{Allowed, Rejection, RejectionCode};

const NIGHT: &str = "2026-11-01T20:00:00Z";

fn planned(events: &[Sent], command: ShiftCommand, now: &str) -> Result<ShiftChange, Rejection> {
    planned_by(&rules(), events, command, now)
}

fn planned_by(rules: &ShiftRules, events: &[Sent], command: ShiftCommand, now: &str) -> Result<ShiftChange, Rejection> {
    let log = log_of(events);
    let staff = "stf_ines".parse().unwrap();
    let plan = command.plan(punch_id(99), &staff, verified(now, "dev_b"), &[&log], rules);
    if let Ok(change) = &plan {
        let mut events = events.to_vec();
        events.push(Sent::new(change.clone(), "dev_b"));
        assert_eq!(log_of(&events).punches.len(), log.punches.len() + 1, "what is planned can be applied");
    }
    plan
}

fn refusal(events: &[Sent], command: ShiftCommand) -> (RejectionCode, String, String) {
    let rejection = planned(events, command, NIGHT).unwrap_err();
    (rejection.code, rejection.field, rejection.message)
}

fn come() -> ShiftCommand {
    ShiftCommand::ClockIn { job: "server".parse().unwrap() }
}

fn leave(tips: i64) -> ShiftCommand {
    ShiftCommand::ClockOut { declared_cash_tips_minor: Money::try_from(tips).unwrap(), break_attestation: None }
}

fn pause(id: &str) -> ShiftCommand {
    ShiftCommand::BreakStart { break_type: id.parse().unwrap() }
}

fn correct(target: u8, kind: PunchKind, moment: &str, reason: &str) -> ShiftCommand {
    let proposes = proposal(kind, moment);
    ShiftCommand::Amend {
        staff_id: None,
        target: punch_id(target),
        proposes,
        reason: reason.to_owned(),
        employee_ack: true,
    }
}

fn at_work() -> Vec<Sent> {
    vec![clock_in(1, "2026-11-01T15:58:00Z", "dev_b")]
}

fn on_break() -> Vec<Sent> {
    [at_work(), vec![break_start(2, "2026-11-01T19:00:00Z", "dev_c")]].concat()
}

fn gone() -> Vec<Sent> {
    [at_work(), vec![clock_out(2, "2026-11-01T19:00:00Z", "dev_b")]].concat()
}

#[test]
fn each_command_is_taken_where_it_makes_sense() {
    for (events, command, name) in [
        (vec![], come(), "clock_in"),
        (gone(), come(), "clock_in"),
        (at_work(), pause("meal_unpaid"), "break_start"),
        (on_break(), ShiftCommand::BreakEnd, "break_end"),
        (at_work(), leave(4_150), "clock_out"),
        (gone(), correct(2, PunchKind::ClockOut, "2026-11-01T19:30:00Z", "forgot"), "amend"),
        (at_work(), correct(1, PunchKind::ClockOut, "2026-11-01T19:30:00Z", "forgot"), "amend"),
    ] {
        assert_eq!(planned(&events, command, NIGHT).unwrap().type_name(), name);
    }
}

#[test]
fn nobody_comes_twice_and_the_refusal_says_since_when_by_the_clock_on_the_wall() {
    let said = (RejectionCode::ClockState, "type".to_owned(), "You are already on the clock, since 10:58.".to_owned());
    assert_eq!(refusal(&at_work(), come()), said);
    assert_eq!(refusal(&on_break(), come()), said);
}

#[test]
fn without_a_shift_there_is_no_leaving_and_no_break() {
    for events in [vec![], gone()] {
        for command in [leave(0), pause("meal_unpaid"), ShiftCommand::BreakEnd] {
            assert_eq!(refusal(&events, command).0, RejectionCode::ClockState);
        }
    }
}

#[test]
fn a_break_is_ended_before_anything_else_and_only_when_it_has_begun() {
    let said = "You are on a break since 14:00. End it before you clock out.";
    assert_eq!(refusal(&on_break(), leave(0)), (RejectionCode::ClockState, "type".to_owned(), said.to_owned()));
    assert_eq!(refusal(&on_break(), pause("rest_paid")).0, RejectionCode::ClockState);
    assert_eq!(refusal(&at_work(), ShiftCommand::BreakEnd).0, RejectionCode::ClockState);
}

#[test]
fn an_unknown_break_is_refused_with_those_there_are() {
    let (code, field, message) = refusal(&at_work(), pause("siesta"));
    assert_eq!((code, field.as_str()), (RejectionCode::FieldInvalid, "breakType"));
    assert!(message.contains("meal_unpaid, rest_paid"), "{message}");
}

#[test]
fn negative_tips_are_refused_with_their_range() {
    let rejection = planned(&at_work(), leave(-1), NIGHT).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::FieldInvalid);
    assert_eq!(rejection.allowed, Some(Allowed { min: 0, max: AMOUNT_MINOR_MAX }));
}

#[test]
fn a_correction_names_a_known_punch_and_a_reason() {
    let nothing = correct(7, PunchKind::ClockOut, "2026-11-01T19:30:00Z", "forgot");
    assert_eq!(refusal(&gone(), nothing).0, RejectionCode::PunchUnknown);
    for reason in ["", " \n"] {
        let (code, field, _) = refusal(&gone(), correct(2, PunchKind::ClockOut, "2026-11-01T19:30:00Z", reason));
        assert_eq!((code, field.as_str()), (RejectionCode::FieldInvalid, "reason"));
    }
    let corrected =
        [gone(), vec![amend(3, 2, PunchKind::ClockOut, "2026-11-01T19:10:00Z", "2026-11-01T19:30:00Z", "dev_b")]]
            .concat();
    let of_a_correction = correct(3, PunchKind::ClockOut, "2026-11-01T19:30:00Z", "forgot");
    assert_eq!(refusal(&corrected, of_a_correction).0, RejectionCode::PunchUnknown);
    let agree = |target| ShiftCommand::Acknowledge { target: punch_id(target) };
    assert!(planned(&corrected, agree(3), NIGHT).is_ok());
    assert_eq!(refusal(&corrected, agree(2)).0, RejectionCode::PunchUnknown);
}

#[test]
fn a_corrected_time_lies_neither_in_the_future_nor_out_of_order() {
    for command in [
        correct(2, PunchKind::ClockOut, "2026-11-01T20:00:00.001Z", "forgot"),
        correct(2, PunchKind::ClockOut, "2026-11-01T15:00:00Z", "forgot"),
        correct(1, PunchKind::ClockOut, "2026-11-01T15:00:00Z", "forgot"),
        correct(1, PunchKind::ClockIn, "2026-11-01T19:30:00Z", "forgot"),
        correct(1, PunchKind::BreakEnd, "2026-11-01T17:00:00Z", "forgot"),
        correct(1, PunchKind::BreakStart, "2026-11-01T15:00:00Z", "forgot"),
    ] {
        let (code, field, _) = refusal(&gone(), command.clone());
        assert_eq!((code, field.as_str()), (RejectionCode::TimeOrder, "proposes.at"), "{command:?}");
    }
    assert!(planned(&gone(), correct(1, PunchKind::BreakStart, "2026-11-01T17:00:00Z", "forgot"), NIGHT).is_ok());
}

#[test]
fn yesterdays_forgotten_shift_keeps_nobody_from_todays_and_cannot_be_ended_today() {
    let yesterday = [clock_in(1, "2026-10-31T18:00:00Z", "dev_b")];
    let now = "2026-11-01T15:00:00Z";
    assert!(planned(&yesterday, come(), now).is_ok());
    assert_eq!(planned(&yesterday, leave(0), now).unwrap_err().code, RejectionCode::ClockState);
    // Somebody who works through the night still leaves by themselves.
    assert!(planned(&yesterday, leave(0), "2026-11-01T09:30:00Z").is_ok());
}

#[test]
fn somebody_who_missed_a_break_is_asked_why_where_the_tenant_wants_to_know() {
    let mut rules = rules();
    rules.breaks.required = Some(RequiredBreak { after_minutes: 240, attest: true });
    let refused = planned_by(&rules, &at_work(), leave(0), NIGHT).unwrap_err();
    assert_eq!((refused.code, refused.field.as_str()), (RejectionCode::FieldInvalid, "break_attestation"));
    assert!(planned_by(&rules, &at_work(), leave(0), "2026-11-01T19:58:00Z").is_ok());
    let waived = Some(BreakAttestation::Waived);
    let said = ShiftCommand::ClockOut { declared_cash_tips_minor: Money::ZERO, break_attestation: waived };
    assert!(planned_by(&rules, &at_work(), said, NIGHT).is_ok());
}
