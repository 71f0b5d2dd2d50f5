//! `docs/error-codes.md` and the enums that the device and the server share list the same codes.
#![cfg(test)]

use domain::{FindingCode, RejectionCode};
use protocol::ErrorCode;

const DOCUMENT: &str = include_str!("../../docs/error-codes.md");

/// The cells of each row of a section's table, codes without their quotes.
fn rows(section: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = DOCUMENT.split_once(&format!("\n## {section}\n")).unwrap();
    let text = rest.split("\n## ").next().unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()).collect()
}

fn codes(section: &str) -> Vec<&'static str> {
    rows(section).iter().map(|row| row[0]).collect()
}

/// A new rejection does not compile until it is placed here, and then the document must name it too.
const fn after_rejection(code: RejectionCode) -> Option<RejectionCode> {
    match code {
        RejectionCode::ChangeInvalid => Some(RejectionCode::ChangeUnknown),
        RejectionCode::ChangeUnknown => Some(RejectionCode::OrderUnknown),
        RejectionCode::OrderUnknown => Some(RejectionCode::LineUnknown),
        RejectionCode::LineUnknown => Some(RejectionCode::ImmutableChanged),
        RejectionCode::ImmutableChanged => Some(RejectionCode::LimitExceeded),
        RejectionCode::LimitExceeded => Some(RejectionCode::OrderClosed),
        RejectionCode::OrderClosed => Some(RejectionCode::LineVoid),
        RejectionCode::LineVoid => Some(RejectionCode::MenuMissing),
        RejectionCode::MenuMissing => Some(RejectionCode::ItemUnknown),
        RejectionCode::ItemUnknown => Some(RejectionCode::ItemUnavailable),
        RejectionCode::ItemUnavailable => Some(RejectionCode::ModifierChoice),
        RejectionCode::ModifierChoice => Some(RejectionCode::BalanceDue),
        RejectionCode::BalanceDue => Some(RejectionCode::PaymentAmount),
        RejectionCode::PaymentAmount => None,
    }
}

/// The same for findings.
const fn after_finding(code: FindingCode) -> Option<FindingCode> {
    match code {
        FindingCode::LateLine => Some(FindingCode::QtyMerged),
        FindingCode::QtyMerged => Some(FindingCode::Overpaid),
        FindingCode::Overpaid => Some(FindingCode::TicketNoReused),
        FindingCode::TicketNoReused => Some(FindingCode::ClockAhead),
        FindingCode::ClockAhead => Some(FindingCode::LineAlreadyVoid),
        FindingCode::LineAlreadyVoid => None,
    }
}

#[test]
fn every_refusal_is_documented_with_its_status() {
    let documented: Vec<_> = rows("Refused requests").iter().map(|row| (row[0], row[1].to_owned())).collect();
    let known: Vec<_> = ErrorCode::ALL.map(|code| (code.as_str(), code.status().to_string())).to_vec();
    let sorted = |mut list: Vec<(&'static str, String)>| {
        list.sort();
        list
    };
    assert_eq!(sorted(documented), sorted(known));
}

#[test]
fn every_rejection_is_documented() {
    let all = std::iter::successors(Some(RejectionCode::ChangeInvalid), |code| after_rejection(*code));
    assert_eq!(codes("Rejected changes"), all.map(RejectionCode::as_str).collect::<Vec<_>>());
}

#[test]
fn every_finding_is_documented() {
    let all = std::iter::successors(Some(FindingCode::LateLine), |code| after_finding(*code));
    assert_eq!(codes("Findings"), all.map(FindingCode::as_str).collect::<Vec<_>>());
}

#[test]
fn every_row_says_what_it_means_and_what_the_device_does() {
    for section in ["Refused requests", "Rejected changes", "Findings"] {
        for row in rows(section) {
            assert!(row.len() >= 3 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        }
    }
}
