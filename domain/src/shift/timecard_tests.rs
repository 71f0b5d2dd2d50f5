use proptest::prelude::*;

use super::test_shifts::*;
use super::*;
use crate::FindingCode;
use crate::rejection::RejectionCode;
use crate::time_confidence::TimeConfidence;

const EVENING_AFTER: &str = "2026-11-02T16:00:00Z";

fn of_fixture(staff: &str) -> Vec<Timecard> {
    let logs = fixture();
    let all = timecards(&logs, &rules(), at(EVENING_AFTER));
    all.into_iter().find(|person| person.staff_id.as_str() == staff).unwrap().cards
}

#[test]
fn a_shift_across_the_autumn_clock_change_pays_the_hours_that_passed() {
    let [card] = of_fixture("stf_mara").try_into().unwrap();
    assert_eq!(card.paid_minutes, Some(538));
    assert_eq!(card.business_date.to_string(), "2026-10-31");
    assert_eq!(card.start.unwrap().at, at("2026-10-31T22:02:10Z"));
    assert_eq!(card.end.unwrap().at, at("2026-11-01T07:31:10Z"));
    assert_eq!(card.breaks[0].ms, Some(31 * 60_000));
    assert_eq!(card.declared_cash_tips_minor.map(crate::Money::minor), Some(4150));
    assert!(card.findings.is_empty() && !card.needs_review);
}

#[test]
fn two_clock_ins_and_an_amended_end_are_one_timecard_with_the_second_punch_listed() {
    let [card] = of_fixture("stf_ines").try_into().unwrap();
    assert_eq!(card.start.as_ref().unwrap().at, at("2026-11-01T15:58:04Z"));
    assert_eq!(card.ended_at, Some(at("2026-11-01T22:05:00Z")));
    assert_eq!(codes(&card), [FindingCode::DoubleIn]);
    let [aside] = card.set_aside.as_slice() else { panic!("one punch counts for nothing") };
    assert_eq!((aside.reason, aside.punch.at), (SetAsideReason::SecondIn, at("2026-11-01T16:00:41Z")));
    let end = card.end.unwrap();
    assert_eq!(end.original, None, "nobody punched it");
    assert!(end.amendments[0].acknowledged);
    assert_eq!(end.amendments[0].by.as_str(), "stf_odell");
}

#[test]
fn a_punch_after_a_restart_without_sync_is_unverified() {
    let [card] = of_fixture("stf_tomas").try_into().unwrap();
    assert_eq!(codes(&card), [FindingCode::UnverifiedTime]);
    assert_eq!(card.paid_minutes, None, "the shift still runs");
}

#[test]
fn who_is_on_the_clock_follows_the_punches() {
    let logs = fixture();
    let present = |moment: &str| -> Vec<String> {
        let present = on_the_clock(&logs, &rules(), at(moment));
        present.iter().map(|person| format!("{} {}", person.staff_id, person.on_break.is_some())).collect()
    };
    assert_eq!(present("2026-10-31T22:00:00Z"), Vec::<String>::new());
    assert_eq!(present("2026-11-01T01:00:00Z"), ["stf_mara false"]);
    assert_eq!(present("2026-11-01T01:45:00Z"), ["stf_mara true"]);
    assert_eq!(present("2026-11-01T07:00:00Z"), ["stf_mara false"]);
    assert_eq!(present("2026-11-01T18:00:00Z"), ["stf_ines false"]);
    assert_eq!(present(EVENING_AFTER), ["stf_tomas false"]);
}

#[test]
fn a_shift_nobody_ended_ends_with_its_day_in_the_view_only() {
    let events = [clock_in(1, "2026-10-31T22:00:00Z", "dev_b")];
    let [card] = cards(&events, "2026-11-01T08:59:59Z").try_into().unwrap();
    assert_eq!((card.auto, card.ended_at, card.paid_ms), (false, None, None));
    let [card] = cards(&events, "2026-11-01T09:00:00Z").try_into().unwrap();
    assert_eq!((card.auto, card.needs_review), (true, true));
    assert_eq!(card.ended_at, Some(at("2026-11-01T09:00:00Z")));
    assert_eq!(codes(&card), [FindingCode::OpenAtDayClose]);
    assert_eq!(card.end, None);
    assert_eq!(log_of(&events).punches.len(), 1);
}

#[test]
fn somebody_who_works_past_the_end_of_the_day_is_on_the_clock_until_they_leave() {
    let night = [clock_in(1, "2026-11-02T03:00:00Z", "dev_b")];
    let log = log_of(&night);
    let present = |moment| on_the_clock([&log], &rules(), at(moment)).len();
    assert_eq!((present("2026-11-02T10:00:00Z"), present("2026-11-02T19:00:00.001Z")), (1, 0));
    let [night, morning] = [night[0].clone(), clock_out(2, "2026-11-02T11:00:00Z", "dev_b")];
    let [card] = cards(&[night, morning], "2026-11-03T00:00:00Z").try_into().unwrap();
    assert_eq!(
        (card.paid_minutes, card.auto, card.business_date.to_string().as_str()),
        (Some(480), false, "2026-11-01")
    );
    assert!(card.findings.is_empty());
}

#[test]
fn a_forgotten_clock_out_does_not_swallow_the_next_day() {
    let events = [
        clock_in(1, "2026-11-01T18:00:00Z", "dev_b"),
        clock_in(2, "2026-11-02T15:00:00Z", "dev_c"),
        clock_out(3, "2026-11-02T23:00:00Z", "dev_b"),
    ];
    let [first, second] = cards(&events, "2026-11-03T00:00:00Z").try_into().unwrap();
    assert_eq!((first.auto, codes(&first)), (true, vec![FindingCode::OpenAtDayClose]));
    assert_eq!((second.paid_minutes, second.findings), (Some(480), vec![]));
}

#[test]
fn a_clock_out_without_a_clock_in_is_kept_and_flagged() {
    let [card] = cards(&[clock_out(1, "2026-11-01T18:00:00Z", "dev_b")], EVENING_AFTER).try_into().unwrap();
    assert_eq!((card.start, card.paid_ms), (None, None));
    assert_eq!(
        codes(&cards(&[clock_out(1, "2026-11-01T18:00:00Z", "dev_b")], EVENING_AFTER)[0]),
        [FindingCode::OutWithoutIn]
    );
}

#[test]
fn a_forgotten_clock_in_can_be_added_beside_the_clock_out() {
    let events = [
        clock_out(1, "2026-11-01T18:00:00Z", "dev_b"),
        amend(2, 1, PunchKind::ClockIn, "2026-11-01T14:00:00Z", "2026-11-02T15:00:00Z", "dev_b"),
    ];
    let [card] = cards(&events, EVENING_AFTER).try_into().unwrap();
    assert_eq!((card.paid_minutes, card.findings), (Some(240), vec![]));
}

#[test]
fn of_two_ends_that_amendments_add_the_later_counts_and_the_other_is_listed() {
    let events = [
        clock_in(1, "2026-11-01T14:00:00Z", "dev_b"),
        clock_in(2, "2026-11-01T14:05:00Z", "dev_c"),
        amend(3, 1, PunchKind::ClockOut, "2026-11-01T17:00:00Z", "2026-11-02T15:01:00Z", "dev_b"),
        amend(4, 2, PunchKind::ClockOut, "2026-11-01T18:00:00Z", "2026-11-02T15:00:00Z", "dev_c"),
    ];
    let [card] = cards(&events, EVENING_AFTER).try_into().unwrap();
    assert_eq!(card.ended_at, Some(at("2026-11-01T17:00:00Z")));
    assert!(card.set_aside.iter().any(|aside| aside.punch.punch_id == punch_id(4)));
}

#[test]
fn breaks_that_are_open_double_or_never_began_are_flagged() {
    let shift = |middle: &[test_shifts::Sent]| {
        let mut events = vec![clock_in(1, "2026-11-01T14:00:00Z", "dev_b")];
        events.extend_from_slice(middle);
        events.push(clock_out(9, "2026-11-01T18:00:00Z", "dev_b"));
        cards(&events, EVENING_AFTER).pop().unwrap()
    };
    let open = shift(&[break_start(2, "2026-11-01T17:30:00Z", "dev_b")]);
    assert_eq!((codes(&open), open.paid_minutes), (vec![FindingCode::BreakOpen], Some(210)));
    let never = shift(&[break_end(2, "2026-11-01T17:30:00Z", "dev_b")]);
    assert_eq!((codes(&never), never.set_aside.len()), (vec![FindingCode::BreakOpen], 1));
    let double = shift(&[
        break_start(2, "2026-11-01T17:00:00Z", "dev_b"),
        break_start(3, "2026-11-01T17:10:00Z", "dev_c"),
        break_end(4, "2026-11-01T17:30:00Z", "dev_b"),
    ]);
    assert_eq!((codes(&double), double.paid_minutes), (vec![FindingCode::BreakOpen], Some(210)));
    let [lone] = cards(&[break_end(2, "2026-11-01T17:30:00Z", "dev_b")], EVENING_AFTER).try_into().unwrap();
    assert!(lone.needs_review && lone.set_aside.len() == 1);
}

#[test]
fn an_unpaid_break_too_short_to_be_one_is_paid() {
    let events = |end| {
        [
            clock_in(1, "2026-11-01T14:00:00Z", "dev_b"),
            break_start(2, "2026-11-01T16:00:00Z", "dev_b"),
            break_end(3, end, "dev_b"),
            clock_out(4, "2026-11-01T18:00:00Z", "dev_b"),
        ]
    };
    assert_eq!(cards(&events("2026-11-01T16:19:59.999Z"), EVENING_AFTER)[0].paid_minutes, Some(240));
    assert_eq!(cards(&events("2026-11-01T16:20:00Z"), EVENING_AFTER)[0].paid_minutes, Some(220));
}

#[test]
fn a_missed_break_is_flagged_with_what_was_said_about_it() {
    let mut rules = rules();
    rules.breaks.required = Some(RequiredBreak { after_minutes: 300, attest: true });
    let codes_of = |events: &[test_shifts::Sent]| {
        let log = log_of(events);
        codes(&timecards([&log], &rules, at(EVENING_AFTER))[0].cards[0])
    };
    let start = clock_in(1, "2026-11-01T14:00:00Z", "dev_b");
    let pause = [break_start(2, "2026-11-01T19:00:00Z", "dev_b"), break_end(3, "2026-11-01T19:30:00Z", "dev_b")];
    let late = [break_start(2, "2026-11-01T19:00:01Z", "dev_b"), break_end(3, "2026-11-01T19:30:00Z", "dev_b")];
    let five_hours = clock_out(4, "2026-11-01T19:00:00Z", "dev_b");
    let long = clock_out(4, "2026-11-01T21:00:00Z", "dev_b");
    assert_eq!(codes_of(&[start.clone(), five_hours]), []);
    assert_eq!(codes_of(&[start.clone(), long.clone()]), [FindingCode::MissedBreak]);
    assert_eq!(codes_of(&[vec![start.clone()], pause.to_vec(), vec![long.clone()]].concat()), []);
    assert_eq!(codes_of(&[vec![start], late.to_vec(), vec![long]].concat()), [FindingCode::MissedBreak]);
}

#[test]
fn a_long_shift_and_a_punch_in_the_future_are_flagged_at_their_bounds() {
    let shift = |end| [clock_in(1, "2026-11-01T10:00:00Z", "dev_b"), clock_out(2, end, "dev_b")];
    assert_eq!(codes(&cards(&shift("2026-11-02T02:00:00Z"), EVENING_AFTER)[0]), []);
    assert_eq!(codes(&cards(&shift("2026-11-02T02:00:00.001Z"), EVENING_AFTER)[0]), [FindingCode::LongShift]);
    let end = shift("2026-11-01T12:01:00Z");
    assert_eq!(codes(&cards(&end, "2026-11-01T12:00:00Z")[0]), []);
    assert_eq!(codes(&cards(&end, "2026-11-01T11:59:59.999Z")[0]), [FindingCode::Future]);
}

#[test]
fn an_amended_end_beyond_the_next_clock_in_overlaps() {
    let events = [
        clock_in(1, "2026-11-01T18:00:00Z", "dev_b"),
        clock_in(2, "2026-11-02T13:00:00Z", "dev_b"),
        clock_out(3, "2026-11-02T15:00:00Z", "dev_b"),
        amend(4, 1, PunchKind::ClockOut, "2026-11-02T13:30:00Z", "2026-11-02T15:30:00Z", "dev_b"),
    ];
    let [first, second] = cards(&events, EVENING_AFTER).try_into().unwrap();
    assert!(codes(&first).contains(&FindingCode::Overlap) && codes(&second).contains(&FindingCode::Overlap));
}

#[test]
fn an_amendment_stands_beside_its_original_and_the_latest_counts() {
    let events = [
        clock_in(1, "2026-11-01T14:00:00Z", "dev_b"),
        clock_out(2, "2026-11-01T18:00:00Z", "dev_b"),
        amend(3, 2, PunchKind::ClockOut, "2026-11-01T18:30:00Z", "2026-11-02T15:00:00Z", "dev_b"),
        amend(4, 2, PunchKind::ClockOut, "2026-11-01T18:15:00Z", "2026-11-02T15:01:00Z", "dev_c"),
    ];
    let [card] = cards(&events, EVENING_AFTER).try_into().unwrap();
    assert_eq!((card.paid_minutes, codes(&card)), (Some(255), vec![FindingCode::AmendedTwice]));
    let end = card.end.unwrap();
    assert_eq!(end.original.unwrap().corrected, at("2026-11-01T18:00:00Z"));
    assert_eq!(end.amendments.len(), 2);
}

#[test]
fn the_latest_amendment_is_the_one_with_the_later_stamp_whatever_its_id() {
    let events = [
        clock_in(1, "2026-11-01T14:00:00Z", "dev_b"),
        clock_out(2, "2026-11-01T18:00:00Z", "dev_b"),
        amend(3, 2, PunchKind::ClockOut, "2026-11-01T18:15:00Z", "2026-11-02T15:01:00Z", "dev_b"),
        amend(4, 2, PunchKind::ClockOut, "2026-11-01T18:30:00Z", "2026-11-02T15:00:00Z", "dev_c"),
    ];
    assert_eq!(cards(&events, EVENING_AFTER)[0].ended_at, Some(at("2026-11-01T18:15:00Z")));
    let mut log = log_of(&events[..3]);
    let found = events[3].apply(&mut log).unwrap();
    assert_eq!(found[0].kept.as_deref(), Some("2026-11-01T18:15:00.000Z"));
}

#[test]
fn of_a_punch_and_its_copy_with_a_clamped_stamp_the_same_stays_whichever_comes_first() {
    let made = clock_in(1, "2026-11-01T14:00:00Z", "dev_b");
    let clamped = Sent { stamp: made.stamp.clamped_to(at("2026-11-01T13:00:00Z"), 1).unwrap(), ..made.clone() };
    assert_eq!(log_of([&made, &clamped]), log_of([&clamped, &made]));
}

#[test]
fn a_clock_out_that_an_amendment_replaces_is_listed_and_not_a_second_one() {
    for amended in ["2026-11-01T17:00:00Z", "2026-11-01T19:00:00Z"] {
        let events = [
            clock_in(1, "2026-11-01T14:00:00Z", "dev_b"),
            clock_out(2, "2026-11-01T18:00:00Z", "dev_b"),
            amend(3, 1, PunchKind::ClockOut, amended, "2026-11-02T15:00:00Z", "dev_b"),
        ];
        let [card] = cards(&events, EVENING_AFTER).try_into().unwrap();
        assert_eq!((card.ended_at, codes(&card)), (Some(at(amended)), vec![]));
        assert_eq!(card.set_aside[0].reason, SetAsideReason::Replaced);
    }
}

#[test]
fn an_acknowledgement_may_come_later_and_an_amendment_before_its_punch() {
    let amendment = amend(2, 1, PunchKind::ClockOut, "2026-11-01T18:00:00Z", "2026-11-02T15:00:00Z", "dev_b");
    let log = log_of([&amendment]);
    assert_eq!(timecards([&log], &rules(), at(EVENING_AFTER))[0].waiting, [punch_id(2)]);
    let (id, time) = (punch_id(3), verified("2026-11-02T15:30:00Z", "dev_c"));
    let agreed = ShiftChange::Acknowledge(Acknowledge { punch_id: id, time, target: punch_id(2) });
    let events = [amendment, Sent::new(agreed, "dev_c"), clock_in(1, "2026-11-01T14:00:00Z", "dev_b")];
    let [card] = cards(&events, EVENING_AFTER).try_into().unwrap();
    assert!(card.end.unwrap().amendments[0].acknowledged);
}

#[test]
fn the_wall_clock_is_shown_until_it_is_wrong_by_a_minute() {
    let shown = |wrong_ms| {
        let mut punch = clock_in(1, "2026-11-01T14:00:00Z", "dev_b");
        if let ShiftChange::ClockIn(event) = &mut punch.change {
            event.time.corrected = event.time.corrected.after(wrong_ms);
        }
        cards(&[punch], EVENING_AFTER)[0].start.as_ref().unwrap().at
    };
    assert_eq!(shown(59_999), at("2026-11-01T14:00:00Z"));
    assert_eq!(shown(60_000), at("2026-11-01T14:01:00Z"));
    assert_eq!(shown(-60_000), at("2026-11-01T13:59:00Z"));
}

#[test]
fn one_run_of_the_device_counts_a_shift_whatever_its_wall_clock_did() {
    let start = clock_in(1, "2026-11-01T14:00:00Z", "dev_b");
    let mut end = clock_out(2, "2026-11-01T18:00:00Z", "dev_b");
    let ShiftChange::ClockOut(out) = &mut end.change else { panic!("a clock-out") };
    out.time.reading.mono_ms += 3_600_000;
    assert_eq!(cards(&[start.clone(), end.clone()], EVENING_AFTER)[0].paid_minutes, Some(300));
    let ShiftChange::ClockOut(out) = &mut end.change else { panic!("a clock-out") };
    out.time.reading.boot_id = "another".to_owned().try_into().unwrap();
    assert_eq!(cards(&[start, end], EVENING_AFTER)[0].paid_minutes, Some(240));
}

#[test]
fn a_clock_that_ran_ahead_before_a_sync_does_not_reverse_a_devices_own_punches() {
    let mut start = clock_in(1, "2026-11-02T14:00:00Z", "dev_b");
    start.stamp = "01a193fc06d0-0000-dev_b".parse().unwrap();
    let ShiftChange::ClockIn(event) = &mut start.change else { panic!("a clock-in") };
    event.time.confidence = TimeConfidence::Unverified;
    event.time.reading.boot_id = "another".to_owned().try_into().unwrap();
    let mut end = clock_out(2, "2026-11-01T18:00:00Z", "dev_b");
    end.stamp = "01a193fc06d0-0001-dev_b".parse().unwrap();
    let [card] = cards(&[start, end], EVENING_AFTER).try_into().unwrap();
    assert_eq!((card.paid_ms, codes(&card)), (Some(0), vec![FindingCode::UnverifiedTime]));
}

#[test]
fn an_id_that_comes_again_is_a_repeat_or_a_refused_change_of_what_was_set() {
    let mut log = log_of(&[clock_in(1, "2026-11-01T14:00:00Z", "dev_b")]);
    let before = log.clone();
    assert_eq!(clock_in(1, "2026-11-01T14:00:00Z", "dev_b").apply(&mut log), Ok(vec![]));
    let others = [
        clock_in(1, "2026-11-01T14:00:01Z", "dev_b"),
        clock_in(1, "2026-11-01T14:00:00Z", "dev_c"),
        clock_out(1, "2026-11-01T14:00:00Z", "dev_b"),
        Sent { by: "stf_mara".parse().unwrap(), ..clock_in(1, "2026-11-01T14:00:00Z", "dev_b") },
    ];
    for other in others {
        assert_eq!(other.apply(&mut log).unwrap_err().code, RejectionCode::ImmutableChanged);
    }
    assert_eq!(log, before);
}

#[test]
fn negative_tips_and_a_log_beyond_its_limit_are_refused() {
    let mut log = log("stf_ines");
    let mut out = clock_out(1, "2026-11-01T18:00:00Z", "dev_b");
    let ShiftChange::ClockOut(event) = &mut out.change else { panic!("a clock-out") };
    event.declared_cash_tips_minor = crate::Money::try_from(-1_i64).unwrap();
    assert_eq!(out.apply(&mut log).unwrap_err().code, RejectionCode::ChangeInvalid);
    for number in 0..PUNCHES_MAX {
        break_end(u8::try_from(number).unwrap(), "2026-11-01T18:00:00Z", "dev_b").apply(&mut log).unwrap();
    }
    let beyond = break_end(255, "2026-11-01T18:00:00Z", "dev_b");
    assert_eq!(beyond.apply(&mut log).unwrap_err().code, RejectionCode::LimitExceeded);
    assert_eq!(break_end(0, "2026-11-01T18:00:00Z", "dev_b").apply(&mut log), Ok(vec![]));
}

#[test]
fn v9_of_two_clock_ins_the_earlier_counts_and_the_second_is_noticed_whichever_arrives_first() {
    let (first, second) = (clock_in(1, "2026-11-01T15:58:00Z", "dev_b"), clock_in(2, "2026-11-01T16:00:00Z", "dev_c"));
    let mut found = Vec::new();
    for pair in [[&first, &second], [&second, &first]] {
        let mut log = log("stf_ines");
        assert_eq!(pair[0].apply(&mut log), Ok(vec![]));
        found.push(pair[1].apply(&mut log).unwrap());
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0][0].code, FindingCode::DoubleIn);
    assert_eq!(found[0][0].kept.as_deref(), Some("2026-11-01T15:58:00.000Z"));
}

/// A day's worth of anything three devices might record about one person, sense or nonsense.
fn any_events() -> impl Strategy<Value = Vec<Sent>> {
    let event = (0_u8..7, 0_i64..2_880, 0_usize..3, 0_u8..20, 0_i64..2_880, any::<bool>());
    prop::collection::vec(event, 1..14).prop_map(|rows| {
        let moment = |minute: i64| at("2026-10-31T10:00:00Z").after(minute * 60_000).to_string();
        let kinds = [PunchKind::ClockIn, PunchKind::BreakStart, PunchKind::BreakEnd, PunchKind::ClockOut];
        let rows = rows.into_iter().zip(0_u8..);
        rows.map(|((what, minute, device, target, amended, verified), number)| {
            let (moment_text, device) = (moment(minute), ["dev_a", "dev_b", "dev_c"][device]);
            let mut sent = match what {
                0 => clock_in(number, &moment_text, device),
                1 => break_start(number, &moment_text, device),
                2 => break_end(number, &moment_text, device),
                3 => clock_out(number, &moment_text, device),
                _ => {
                    let kind = kinds[usize::from(target) % 4];
                    amend(number, target / 4, kind, &moment(amended), &moment_text, device)
                }
            };
            if !verified && let ShiftChange::ClockIn(event) = &mut sent.change {
                event.time.confidence = TimeConfidence::Unverified;
                event.time.reading.boot_id = format!("boot_{number}").try_into().unwrap();
            }
            sent
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn whatever_order_three_devices_punches_arrive_in_the_log_and_its_timecards_are_the_same(
        (events, shuffled) in any_events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        repeats in 0_usize..14,
    ) {
        let (one, other) = (log_of(&events), log_of(shuffled.iter().chain(shuffled.iter().take(repeats))));
        prop_assert_eq!(&one, &other);
        let now = at("2026-11-03T00:00:00Z");
        prop_assert_eq!(timecards([&one], &rules(), now), timecards([&other], &rules(), now));
        // Where a log ends and the next begins makes no difference either.
        let (left, right) = events.split_at(events.len() / 2);
        let halves = [log_of(left), log_of(right)];
        prop_assert_eq!(timecards([&one], &rules(), now), timecards(&halves, &rules(), now));
    }

    #[test]
    fn no_punch_is_dropped_and_no_duration_is_negative(events in any_events()) {
        let log = log_of(&events);
        let [staff] = timecards([&log], &rules(), at("2026-11-03T00:00:00Z")).try_into().unwrap();
        let mut listed: Vec<_> = staff.waiting.clone();
        for card in &staff.cards {
            listed.extend(card.punches().map(|punch| punch.punch_id));
            listed.extend(card.punches().flat_map(|punch| &punch.amendments).map(|amendment| amendment.punch_id));
            // Two days of punches cannot be paid for more than the two days.
            prop_assert!(card.paid_ms.is_none_or(|ms| ms <= 49 * 3_600_000), "{:?}", card.paid_ms);
        }
        listed.sort_unstable();
        listed.dedup();
        prop_assert_eq!(listed, log.punches.keys().copied().collect::<Vec<_>>());
    }
}
