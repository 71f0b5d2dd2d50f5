//! Several tabs over one store: one writes, the others follow it, and a command given twice takes effect once.

#![cfg(test)]

mod bench;

use bench::{Bench, add_fries, close, cold_days, finish, note, open, order_id, pay, resolved, seat, small};
use domain::{OrderCommand, OrderCommandKind};
use engine::{Command, Event, GivenAt, Giver, Input, Moment, Output, RefusalCode, StorageState};

/// A tab that follows the one on the bench.
fn follower_of(writer: &Bench) -> Bench {
    let mut follower = writer.copy();
    follower.config.follower = true;
    follower.reopen().unwrap();
    follower.do_all([Command::Start { enrolment: None }]);
    follower
}

/// The commits that the writer has made since it had this many.
fn commits_since(writer: &Bench, written: usize) -> Vec<(String, Vec<u8>)> {
    let new = writer.disk.written[written..].iter();
    new.filter(|(key, _)| key.contains("journal/")).cloned().collect()
}

fn observe(follower: &mut Bench, commits: &[(String, Vec<u8>)]) -> Vec<Output> {
    let commits = commits.iter().cloned();
    commits.flat_map(|(key, value)| follower.feed(Input::CommitObserved { key, value })).collect()
}

fn refusals(outputs: &[Output]) -> Vec<(RefusalCode, Option<String>)> {
    let refusal = |output: &Output| match output {
        Output::Resolve { outcome: Err(refusal), .. } => Some((refusal.code, refusal.field.clone())),
        Output::Resolve { .. }
        | Output::Commit(_)
        | Output::Read(_)
        | Output::KeepKeys(_)
        | Output::Remember(_)
        | Output::Exchange(_)
        | Output::Notify(_)
        | Output::WakeAt(_) => None,
    };
    outputs.iter().filter_map(refusal).collect()
}

/// A command as another tab gives it: the same however often it is given.
fn context(bench: &Bench, tap: u8) -> GivenAt {
    let moment = Moment { entropy: [tap; 32], ..bench.moment() };
    GivenAt { moment, giver: Giver { staff: Some("stf_tom".parse().unwrap()), ..Giver::default() } }
}

/// Without ids of its own: what it makes is named by where and when it was given.
fn anonymous(kind: OrderCommandKind) -> OrderCommand {
    OrderCommand { kind, ..OrderCommand::default() }
}

fn command(command: Command) -> OrderCommand {
    let Command::Order(command) = command else { panic!("one command about one order") };
    *command
}

#[test]
fn a_follower_sees_what_the_writer_sees() {
    let mut writer = small();
    writer.do_all([open(1)]);
    let mut follower = follower_of(&writer);
    let written = writer.disk.written.len();
    writer.do_all([add_fries(1, 1), open(2), seat(2, 4), pay(1, 1, 666), close(1)]);
    writer.sync();
    writer.settle();
    writer.do_all([open(3)]);
    let outputs = observe(&mut follower, &commits_since(&writer, written));
    assert!(!outputs.contains(&Output::Notify(Event::FellBehind)));
    assert!(outputs.contains(&Output::Notify(Event::OrdersChanged(vec![order_id(3)]))));
    assert_eq!(follower.picture(), writer.picture());
    assert_eq!(follower.writing(), None, "a follower writes nothing");
    assert!(!follower.is_exchanging(), "and sends nothing");
}

#[test]
fn a_follower_that_missed_a_commit_says_so_and_shows_nothing_wrong() {
    let mut writer = small();
    let mut follower = follower_of(&writer);
    let written = writer.disk.written.len();
    writer.do_all([open(1), add_fries(1, 1), open(2)]);
    let commits = commits_since(&writer, written);
    observe(&mut follower, &commits[..1]);
    let before = follower.picture();
    let outputs = observe(&mut follower, &commits[2..]);
    assert!(outputs.contains(&Output::Notify(Event::FellBehind)));
    assert_eq!(follower.picture(), before);
    assert!(!follower.manager.has_observed(&commits[2].0));
    // What was missed comes late after all, and once more.
    observe(&mut follower, &commits[1..]);
    observe(&mut follower, &commits);
    assert_eq!(follower.picture(), writer.picture());
}

#[test]
fn a_follower_takes_no_commit_that_is_not_the_writers() {
    let mut writer = small();
    let mut follower = follower_of(&writer);
    let written = writer.disk.written.len();
    writer.do_all([open(1)]);
    let (key, mut value) = commits_since(&writer, written).remove(0);
    let middle = value.len() / 2;
    value[middle] ^= 1;
    let outputs = observe(&mut follower, &[(key, value)]);
    assert!(outputs.contains(&Output::Notify(Event::FellBehind)));
    assert!(follower.manager.order(order_id(1)).is_none());
}

#[test]
fn a_follower_whose_days_were_rewritten_meanwhile_has_fallen_behind_and_found_no_damage() {
    let mut writer = cold_days();
    writer.restart();
    let mut follower = follower_of(&writer);
    writer.rotate();
    writer.settle();
    follower.disk.values.clone_from(&writer.disk.values);
    follower.heard.clear();
    follower.do_all([Command::LoadDays { date: None }]);
    assert_eq!(resolved(&follower.heard), [false]);
    assert!(follower.heard.contains(&Output::Notify(Event::FellBehind)));
    assert_eq!(follower.damage(), []);
}

#[test]
fn a_follower_refuses_commands_and_leaves_them_to_the_writer() {
    let mut follower = follower_of(&small());
    let outputs = follower.give(open(1));
    assert_eq!(refusals(&outputs), [(RefusalCode::StoreTakenOver, None)]);
}

#[test]
fn whoever_finds_its_next_key_taken_has_lost_the_store_and_nothing_else() {
    let mut old = small();
    old.do_all([open(1)]);
    let mut new = old.copy();
    new.restart();
    new.do_all([open(2)]);
    old.disk.values.clone_from(&new.disk.values);
    let mut outputs = old.give(open(3));
    outputs.extend(old.give(open(4)));
    outputs.extend(old.feed(Input::CommitSucceeded));
    assert_eq!(refusals(&outputs), vec![(RefusalCode::StoreTakenOver, None); 2]);
    assert_eq!(old.status().storage.state, StorageState::TakenOver);
    assert_eq!(refusals(&old.give(open(5))), [(RefusalCode::StoreTakenOver, None)]);
    let outputs = old.feed(Input::SyncRequested);
    assert!(!outputs.iter().any(|output| matches!(output, Output::Exchange(_))), "it no longer speaks for the store");
    assert_eq!(old.status().paused, Some(engine::PauseReason::TakenOver));
    assert_eq!(old.disk.values, new.disk.values, "it has written nothing");
    new.restart();
    assert_eq!(new.picture().orders.len(), 2);
}

#[test]
fn a_command_given_twice_takes_effect_once() {
    let mut bench = small();
    let tap = context(&bench, 1);
    let give = |bench: &mut Bench| {
        bench.give_with(anonymous(OrderCommandKind::OpenOrder).into(), Some(tap.clone()));
        bench.write_all();
    };
    give(&mut bench);
    let once = bench.picture();
    assert_eq!(once.orders.len(), 1);
    assert!(once.orders[0].contains("stf_tom"), "by who works that tab");
    for after in ["at once", "after a restart", "after settlement", "after a checkpoint and a restart"] {
        match after {
            "after a restart" => bench.restart(),
            "after settlement" => bench.sync(),
            "after a checkpoint and a restart" => {
                bench.do_all([open(1), open(2), open(3)]);
                bench.settle();
                bench.restart();
            }
            _ => {}
        }
        let before = bench.picture();
        bench.heard.clear();
        give(&mut bench);
        assert_eq!(bench.picture(), before, "{after}");
        assert_eq!(resolved(&bench.heard), [true], "{after}: the answer is the order");
    }
}

#[test]
fn a_command_given_twice_into_one_commit_takes_effect_once() {
    let mut bench = small();
    bench.give(open(1));
    let tap = context(&bench, 1);
    for _ in 0..2 {
        bench.give_with(anonymous(OrderCommandKind::OpenOrder).into(), Some(tap.clone()));
    }
    bench.write_all();
    assert_eq!(bench.picture().orders.len(), 2);
    assert_eq!(bench.status().queue_depth, 2);
}

#[test]
fn several_commands_in_one_commit_are_all_given_or_none() {
    let mut bench = small();
    let before = bench.picture();
    let unknown_item =
        OrderCommand { item_id: Some(domain::ItemId::into("it_none".parse().unwrap())), ..command(add_fries(1, 1)) };
    let outputs = bench.give(Command::Orders(vec![command(open(1)), unknown_item.clone(), command(add_fries(1, 2))]));
    let [(code, field)] = refusals(&outputs).try_into().unwrap();
    assert!(matches!(code, RefusalCode::Law(_)), "{code:?}");
    assert_eq!(field.as_deref(), Some("1.itemId"), "it says which one");
    assert_eq!((bench.writing(), bench.picture()), (None, before));
    // Also where the group shares its commit with others, on the same order.
    bench.give(open(9));
    bench.give(open(1));
    bench.give(Command::Orders(vec![command(add_fries(1, 1)), unknown_item]));
    bench.give(add_fries(1, 3));
    bench.write_all();
    assert_eq!(bench.manager.order(order_id(1)).unwrap().lines.len(), 1);
    assert_eq!(bench.next_sent().len(), 3);
    bench.restart();
    assert_eq!(bench.manager.order(order_id(1)).unwrap().lines.len(), 1);
}

#[test]
fn a_refused_group_is_not_taken_for_given_when_part_of_it_is_given_again() {
    let mut bench = small();
    bench.give(open(9));
    let tap = context(&bench, 3);
    let unknown_item =
        OrderCommand { item_id: Some(domain::ItemId::into("it_none".parse().unwrap())), ..command(add_fries(1, 1)) };
    bench.heard.clear();
    bench.give_with(Command::Orders(vec![command(open(1)), unknown_item]), Some(tap.clone()));
    bench.give_with(open(1), Some(tap));
    bench.write_all();
    assert_eq!(resolved(&bench.heard), [true, false, true]);
    assert!(bench.manager.order(order_id(1)).is_some(), "what was acknowledged is there");
}

#[test]
fn several_commands_after_one_that_opens_are_about_its_order() {
    let mut bench = small();
    let line = OrderCommand { order_id: None, ..command(add_fries(1, 1)) };
    let group = Command::Orders(vec![anonymous(OrderCommandKind::OpenOrder), line]);
    let tap = context(&bench, 2);
    for _ in 0..2 {
        bench.give_with(group.clone(), Some(tap.clone()));
        bench.write_all();
    }
    assert_eq!(bench.picture().orders.len(), 1);
    assert_eq!(bench.status().queue_depth, 2);
    assert!(bench.picture().orders[0].contains("it_fries"));
}

#[test]
fn a_double_tap_of_several_commands_is_harmless() {
    let mut bench = small();
    let group = || Command::Orders(vec![command(open(1)), command(add_fries(1, 1)), command(add_fries(1, 2))]);
    bench.do_all([group(), group()]);
    bench.give(group());
    bench.give(group());
    bench.write_all();
    assert_eq!(bench.status().queue_depth, 3);
    assert_eq!(bench.manager.order(order_id(1)).unwrap().lines.len(), 2);
    finish(&mut bench, order_id(2));
    bench.do_all([note(2, "paid"), group()]);
    assert_eq!(bench.manager.order(order_id(1)).unwrap().lines.len(), 2);
}
