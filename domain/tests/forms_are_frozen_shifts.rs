//! What was stored or sent once stays readable: one text of every form of shifts, drawers, the audit and clocks.
//!
//! A text here never changes. A new form of a type gets a new number, an upcaster and a text of its own beside the old.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use domain::{
    AuditEntry, AuditHead, AuditKind, DrawerChange, DrawerSession, DrawerView, Record, ShiftChange, ShiftLog,
    ShiftRules, TimeAnchor, Versioned, verify_audit,
};

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).trim_end().to_owned()
}

fn lines(name: &str) -> Vec<String> {
    golden(name).lines().map(str::to_owned).collect()
}

fn reads_and_writes_the_same<T: Versioned>(text: &str) -> T {
    assert_eq!(T::SCHEMA, 1, "{} has a newer form: keep these texts and add some of the new one", T::NAME);
    let read = T::read(1, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    read
}

#[test]
fn every_shift_change_reads_and_writes_the_same() {
    let changes: Vec<_> = lines("shift_change.1.jsonl").iter().map(|line| reads_and_writes_the_same(line)).collect();
    for name in ShiftChange::TYPES {
        assert!(changes.iter().any(|change: &ShiftChange| change.type_name() == name), "{name} has no text");
    }
}

#[test]
fn every_drawer_change_reads_and_writes_the_same() {
    let changes: Vec<_> = lines("drawer_change.1.jsonl").iter().map(|line| reads_and_writes_the_same(line)).collect();
    for name in DrawerChange::TYPES {
        assert!(changes.iter().any(|change: &DrawerChange| change.type_name() == name), "{name} has no text");
    }
}

#[test]
fn a_shift_log_reads_and_writes_the_same() {
    let text = golden("shift_log.1.json");
    assert_eq!(ShiftLog::from_json(&text).unwrap(), reads_and_writes_the_same(&text));
}

#[test]
fn a_drawer_session_reads_and_writes_the_same_and_comes_to_the_same() {
    let text = golden("drawer_session.1.json");
    let session: DrawerSession = reads_and_writes_the_same(&text);
    assert_eq!(DrawerSession::from_json(&text).as_ref(), Ok(&session));
    assert_eq!(DrawerView::of(&session).expected_minor.map(domain::Money::minor), Some(18_500));
}

#[test]
fn the_audit_reads_and_writes_the_same_and_its_hashes_stay_what_they_were() {
    let chain: Vec<AuditEntry> =
        lines("audit_entry.1.jsonl").iter().map(|line| reads_and_writes_the_same(line)).collect();
    let head: AuditHead = reads_and_writes_the_same(&golden("audit_head.1.json"));
    assert_eq!(verify_audit(&chain[0].device_id, &chain, head), Ok(head));
    for kind in AuditKind::ALL {
        assert!(chain.iter().any(|entry| entry.kind == kind), "{} has no text", kind.as_str());
    }
}

#[test]
fn rules_and_anchors_read_and_write_the_same() {
    let _: ShiftRules = reads_and_writes_the_same(&golden("shift_rules.1.json"));
    let _: TimeAnchor = reads_and_writes_the_same(&golden("time_anchor.1.json"));
}

#[test]
fn a_field_nobody_knows_is_refused_and_not_forgotten() {
    fn refuses<T: Versioned>(text: &str) {
        let text = format!("{},\"zz_new\":1}}", text.strip_suffix('}').unwrap());
        assert!(T::read(1, &text).is_err(), "{} took {text}", T::NAME);
    }
    lines("shift_change.1.jsonl").iter().for_each(|line| refuses::<ShiftChange>(line));
    lines("drawer_change.1.jsonl").iter().for_each(|line| refuses::<DrawerChange>(line));
    lines("audit_entry.1.jsonl").iter().for_each(|line| refuses::<AuditEntry>(line));
    refuses::<ShiftLog>(&golden("shift_log.1.json"));
    refuses::<DrawerSession>(&golden("drawer_session.1.json"));
    refuses::<ShiftRules>(&golden("shift_rules.1.json"));
    refuses::<TimeAnchor>(&golden("time_anchor.1.json"));
}
