//! `docs/error-codes.md` and the enums that the device and the server share list the same codes.
#![cfg(test)]

use domain::{FindingCode, FindingWeight, RejectionCode};
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
    assert_eq!(codes("Rejected changes"), RejectionCode::ALL.map(RejectionCode::as_str));
}

#[test]
fn every_finding_is_documented_with_whether_somebody_should_look() {
    assert_eq!(codes("Findings"), FindingCode::ALL.map(FindingCode::as_str));
    for (row, code) in rows("Findings").iter().zip(FindingCode::ALL) {
        assert_eq!(row[2].contains("should look"), code.weight() == FindingWeight::Review, "{code:?}");
    }
}

#[test]
fn every_row_says_what_it_means_and_what_the_device_does() {
    for section in ["Refused requests", "Rejected changes", "Findings"] {
        for row in rows(section) {
            assert!(row.len() >= 3 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        }
    }
}
