use proptest::prelude::*;

use super::*;
use crate::ids::{DrawerEventId, OrderId, PaymentId, RefundId};
use crate::money::Money;
use crate::order::ChangeContext;
use crate::rejection::{Allowed, Rejection, RejectionCode};
use crate::stamp::Stamp;
use crate::time::Timestamp;
use crate::{Finding, FindingCode};

const START: &str = "2026-10-31T20:00:00Z";

fn drawer() -> DrawerRef {
    DrawerRef { drawer_id: "drw_bar".parse().unwrap(), currency: "USD".to_owned().try_into().unwrap() }
}

fn money(minor: i64) -> Money {
    minor.try_into().unwrap()
}

fn moment(minute: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap().after(minute * 60_000)
}

fn event_id(number: u8) -> DrawerEventId {
    DrawerEventId::new(moment(i64::from(number)), [number; 10])
}

fn session(number: u8) -> DrawerSession {
    DrawerSession::new(crate::ids::DrawerSessionId::new(moment(0), [number; 10]), drawer())
}

#[derive(Debug, Clone)]
struct Sent {
    minute: i64,
    device: &'static str,
    change: DrawerChange,
}

impl Sent {
    fn stamp(&self) -> Stamp {
        format!("{:012x}-0000-{}", moment(self.minute).millis(), self.device).parse().unwrap()
    }

    fn apply(&self, session: &mut DrawerSession) -> Result<Vec<Finding>, Rejection> {
        let (stamp, staff) = (self.stamp(), "stf_mara".parse().unwrap());
        let at = moment(self.minute);
        session.apply(&self.change, ChangeContext::new(&stamp, &staff, at))
    }
}

fn sent(number: u8, minute: i64, device: &'static str, what: &str, minor: i64) -> Sent {
    let (event_id, drawer, amount_minor) = (event_id(number), drawer(), money(minor));
    let order_id = OrderId::new(moment(0), [1; 10]);
    let reason = || "ice".to_owned().try_into().unwrap();
    let change = match what {
        "open" => DrawerChange::Open(DrawerOpen { event_id, drawer, float_minor: amount_minor }),
        "sale" => {
            let payment_id = PaymentId::new(moment(0), [number; 10]);
            DrawerChange::SaleCash(CashSale { event_id, drawer, order_id, payment_id, amount_minor })
        }
        "refund" => {
            let refund_id = RefundId::new(moment(0), [number; 10]);
            DrawerChange::RefundCash(CashRefund { event_id, drawer, order_id, refund_id, amount_minor })
        }
        "in" => DrawerChange::PaidIn(CashMove { event_id, drawer, amount_minor, reason: reason() }),
        "out" => DrawerChange::PaidOut(CashMove { event_id, drawer, amount_minor, reason: reason() }),
        "drop" => DrawerChange::Drop(CashDrop { event_id, drawer, amount_minor }),
        "no_sale" => DrawerChange::NoSale(NoSale { event_id, drawer, reason: reason() }),
        "count" => DrawerChange::Count(DrawerCount { event_id, drawer, counted_minor: amount_minor }),
        "close" => {
            let expected_minor = amount_minor;
            DrawerChange::Close(DrawerClose { event_id, drawer, expected_minor, counted_minor: amount_minor })
        }
        other => panic!("{other}"),
    };
    Sent { minute, device, change }
}

fn of(events: &[Sent]) -> DrawerSession {
    let mut session = session(1);
    for event in events {
        event.apply(&mut session).unwrap();
    }
    session
}

fn evening() -> Vec<Sent> {
    vec![
        sent(1, 0, "dev_b", "open", 20_000),
        sent(2, 1, "dev_b", "sale", 4_466),
        sent(3, 2, "dev_c", "sale", 1_000),
        sent(4, 3, "dev_b", "refund", 466),
        sent(5, 4, "dev_b", "in", 5_000),
        sent(6, 5, "dev_c", "out", 1_500),
        sent(7, 6, "dev_b", "drop", 10_000),
        sent(8, 7, "dev_b", "no_sale", 0),
    ]
}

fn with(more: &[Sent]) -> Vec<Sent> {
    [&evening()[..], more].concat()
}

fn codes(view: &DrawerView) -> Vec<FindingCode> {
    view.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn expected_is_the_float_and_every_movement_since() {
    let view = DrawerView::of(&of(&with(&[sent(9, 8, "dev_b", "count", 18_400)])));
    assert_eq!(view.expected_minor, Some(money(18_500)));
    assert_eq!((view.counted_minor, view.over_short_minor), (Some(money(18_400)), Some(money(-100))));
    assert_eq!((view.no_sales, view.float_minor), (1, Some(money(20_000))));
    assert!(view.findings.is_empty());
}

#[test]
fn whoever_counts_learns_what_is_expected_only_afterwards() {
    let before = serde_json::to_value(DrawerView::of(&of(&evening()))).unwrap();
    for hidden in ["expected_minor", "over_short_minor", "counted_minor", "cash"] {
        assert_eq!(before[hidden], serde_json::Value::Null, "{hidden}");
    }
    let text = before.to_string();
    assert!(!text.contains("18500") && !text.contains("5466") && !text.contains("4466"), "{text}");
    let after = DrawerView::of(&of(&with(&[sent(9, 8, "dev_b", "count", 0)])));
    assert_eq!(after.over_short_minor, Some(money(-18_500)));
}

#[test]
fn of_two_counts_the_last_one_in_the_open_drawer_stands_and_both_are_named() {
    let counts = [
        sent(9, 8, "dev_b", "count", 18_400),
        sent(10, 9, "dev_b", "count", 18_500),
        sent(11, 10, "dev_b", "close", 18_500),
        sent(12, 11, "dev_c", "count", 1),
    ];
    let view = DrawerView::of(&of(&with(&counts[..3])));
    assert_eq!((view.counted_minor, codes(&view)), (Some(money(18_500)), vec![FindingCode::DrawerCountedTwice]));
    assert_eq!(view.findings[0].lost.as_deref(), Some("18400"));
    let view = DrawerView::of(&of(&with(&counts)));
    assert_eq!(view.counted_minor, Some(money(18_500)), "a closed drawer is not counted again");
    assert_eq!(codes(&view), [FindingCode::DrawerNotOpen, FindingCode::DrawerCountedTwice]);
}

#[test]
fn cash_that_turns_up_after_the_closing_counts_and_is_flagged() {
    let mut late = of(&with(&[sent(9, 8, "dev_b", "count", 18_500), sent(10, 9, "dev_b", "close", 18_500)]));
    assert!(DrawerView::of(&late).findings.is_empty());
    let found = sent(11, 10, "dev_c", "sale", 700).apply(&mut late).unwrap();
    let found: Vec<_> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(found, [FindingCode::DrawerNotOpen, FindingCode::TotalMismatch]);
    let view = DrawerView::of(&late);
    assert_eq!((view.expected_minor, view.over_short_minor), (Some(money(19_200)), Some(money(-700))));
    let found = sent(12, 6, "dev_c", "sale", 300).apply(&mut late).unwrap();
    assert_eq!(found[0].code, FindingCode::TotalMismatch, "made before the closing, it only changes the figure");
    assert_eq!(found.len(), 1);
}

#[test]
fn a_second_opening_on_another_device_is_kept_and_flagged() {
    let open = |number, minute, device, close: Option<i64>| {
        let mut session = session(number);
        sent(number, minute, device, "open", 100).apply(&mut session).unwrap();
        if let Some(minute) = close {
            sent(number + 100, minute, device, "close", 100).apply(&mut session).unwrap();
        }
        session
    };
    let flagged = |sessions: [DrawerSession; 2]| -> Vec<usize> {
        drawer_views(&sessions).iter().map(|view| view.findings.len()).collect()
    };
    let (first, second) = (open(1, 0, "dev_b", Some(60)), open(2, 30, "dev_c", None));
    assert_eq!(flagged([first.clone(), second.clone()]), [0, 1]);
    assert_eq!(flagged([second.clone(), first.clone()]), [0, 1]);
    assert_eq!(codes(&drawer_views([&first, &second])[1]), [FindingCode::DrawerDoubleOpen]);
    assert_eq!(flagged([open(1, 0, "dev_b", Some(30)), open(2, 31, "dev_c", None)]), [0, 0]);
    let mut elsewhere = second.clone();
    elsewhere.drawer.drawer_id = "drw_terrace".parse().unwrap();
    assert_eq!(flagged([first.clone(), elsewhere]), [0, 0]);
    assert_eq!(open_session([&first, &second], &drawer().drawer_id), Some(&second));
}

#[test]
fn an_id_that_comes_again_is_a_repeat_or_a_refused_change_of_what_was_set() {
    let mut session = of(&evening());
    let before = session.clone();
    assert_eq!(evening()[1].apply(&mut session), Ok(vec![]));
    for other in [sent(2, 1, "dev_b", "sale", 4_467), sent(2, 1, "dev_c", "sale", 4_466)] {
        assert_eq!(other.apply(&mut session).unwrap_err().code, RejectionCode::ImmutableChanged);
    }
    assert_eq!(session, before);
}

#[test]
fn of_an_event_and_its_copy_with_a_clamped_stamp_the_same_stays_whichever_comes_first() {
    let (made, clamped) = (sent(2, 5, "dev_b", "sale", 4_466), sent(2, 1, "dev_b", "sale", 4_466));
    assert_eq!(of(&[made.clone(), clamped.clone()]), of(&[clamped, made]));
}

#[test]
fn another_currency_another_drawer_and_a_wrong_amount_are_refused() {
    let mut session = session(1);
    let mut refused = |change: DrawerChange| {
        let event = Sent { minute: 0, device: "dev_b", change };
        event.apply(&mut session).unwrap_err().code
    };
    let drop =
        |drawer, minor| DrawerChange::Drop(CashDrop { event_id: event_id(1), drawer, amount_minor: money(minor) });
    let euros = DrawerRef { currency: "EUR".to_owned().try_into().unwrap(), ..drawer() };
    let other = DrawerRef { drawer_id: "drw_terrace".parse().unwrap(), ..drawer() };
    assert_eq!(refused(drop(euros, 1)), RejectionCode::ForeignCurrency);
    assert_eq!(refused(drop(other, 1)), RejectionCode::ImmutableChanged);
    assert_eq!(refused(drop(drawer(), 0)), RejectionCode::ChangeInvalid);
    assert_eq!(refused(drop(drawer(), DRAWER_AMOUNT_MINOR_MAX + 1)), RejectionCode::LimitExceeded);
    assert!(session.entries.is_empty());
}

#[test]
fn a_drawer_full_of_the_largest_amounts_still_adds_up() {
    let whole = DRAWER_AMOUNT_MINOR_MAX.checked_mul(i64::try_from(DRAWER_EVENTS_MAX).unwrap()).unwrap();
    assert!(Money::try_from(whole).is_ok());
}

fn planned(command: DrawerCommand, session: Option<&DrawerSession>) -> Result<DrawerChange, Rejection> {
    command.plan(event_id(99), &drawer().currency, drawer(), session)
}

#[test]
fn commands_follow_the_state_of_the_drawer() {
    let open = of(&evening());
    let counted = of(&with(&[sent(9, 8, "dev_b", "count", 18_400)]));
    let closed = of(&with(&[sent(9, 8, "dev_b", "count", 18_400), sent(10, 9, "dev_b", "close", 18_500)]));
    let code = |command, session| planned(command, session).map_err(|rejection| rejection.code);
    let begin = || DrawerCommand::Open { float_minor: Money::ZERO };
    let drop = || DrawerCommand::Drop { amount_minor: money(1) };
    assert!(code(begin(), None).is_ok() && code(begin(), Some(&closed)).is_ok());
    assert_eq!(code(begin(), Some(&open)), Err(RejectionCode::DrawerState));
    assert!(code(drop(), Some(&open)).is_ok());
    assert_eq!(code(drop(), None), Err(RejectionCode::DrawerState));
    assert_eq!(code(drop(), Some(&closed)), Err(RejectionCode::DrawerState));
    assert_eq!(code(DrawerCommand::Close, Some(&open)), Err(RejectionCode::DrawerState), "count first");
    let Ok(DrawerChange::Close(close)) = planned(DrawerCommand::Close, Some(&counted)) else { panic!("a closing") };
    assert_eq!((close.expected_minor, close.counted_minor), (money(18_500), money(18_400)));
}

#[test]
fn commands_with_a_wrong_amount_reason_or_currency_are_refused_with_what_is_allowed() {
    let open = of(&evening());
    for (command, min) in [
        (DrawerCommand::Drop { amount_minor: Money::ZERO }, 1),
        (DrawerCommand::PaidIn { amount_minor: money(-1), reason: "change".to_owned() }, 1),
        (DrawerCommand::Count { counted_minor: money(-1) }, 0),
    ] {
        let rejection = planned(command, Some(&open)).unwrap_err();
        assert_eq!(rejection.code, RejectionCode::FieldInvalid);
        assert_eq!(rejection.allowed, Some(Allowed { min, max: DRAWER_AMOUNT_MINOR_MAX }));
    }
    for command in [
        DrawerCommand::NoSale { reason: " ".to_owned() },
        DrawerCommand::PaidOut { amount_minor: money(1), reason: String::new() },
    ] {
        assert_eq!(planned(command, Some(&open)).unwrap_err().field, "reason");
    }
    let euros = "EUR".to_owned().try_into().unwrap();
    let drop = DrawerCommand::Drop { amount_minor: money(1) };
    let refused = drop.plan(event_id(99), &euros, drawer(), Some(&open)).unwrap_err();
    assert_eq!(refused.code, RejectionCode::ForeignCurrency);
}

fn any_events() -> impl Strategy<Value = Vec<Sent>> {
    let kinds = ["open", "sale", "refund", "in", "out", "drop", "no_sale", "count", "close"];
    prop::collection::vec((0..kinds.len(), 0_i64..60, 0_usize..3, 1_i64..100_000), 1..16).prop_map(move |rows| {
        let rows = rows.into_iter().zip(0_u8..);
        rows.map(|((what, minute, device, minor), number)| {
            sent(number, minute, ["dev_a", "dev_b", "dev_c"][device], kinds[what], minor)
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn whatever_order_three_devices_events_arrive_in_the_session_and_what_it_expects_are_the_same(
        (events, shuffled) in any_events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        repeats in 0_usize..16,
    ) {
        let (one, repeated) = (of(&events), [&shuffled[..], &shuffled[..repeats.min(shuffled.len())]].concat());
        let other = of(&repeated);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.expected(), other.expected());
        prop_assert_eq!(DrawerView::of(&one), DrawerView::of(&other));
    }

    #[test]
    fn nothing_is_expected_on_any_screen_before_a_count_or_a_closing(events in any_events()) {
        let reveals = |event: &Sent| matches!(event.change, DrawerChange::Count(_) | DrawerChange::Close(_));
        let blind: Vec<_> = events.into_iter().filter(|event| !reveals(event)).collect();
        let view = DrawerView::of(&of(&blind));
        prop_assert_eq!((view.expected_minor, view.over_short_minor, view.cash), (None, None, None));
    }
}
