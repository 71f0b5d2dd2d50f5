//! A bounded slice of `npm run differential`: the server on SQLite and the model answer alike, whatever is asked.
#![cfg(test)]

use std::thread;

use differential::{Tally, run};
use domain::{FindingCode, RejectionCode};
use protocol::ErrorCode;

/// Mutations of one evening, and how many evenings; together some five thousand.
const MUTATIONS: u64 = 420;
const EVENINGS: u64 = 12;

/// Everything that may happen in an evening.
const REQUESTS: [&str; 32] = [
    "a body again",
    "a decision",
    "a decision again",
    "a gap",
    "a hole",
    "a malformed body",
    "a mutation in the other stream",
    "a new life",
    "a number of something else",
    "a strange or an old cursor",
    "a wrong credential",
    "an id twice in a body",
    "an id under another number",
    "another device's mutation",
    "carried for another device",
    "conflicts listed",
    "device resumed",
    "device revoked",
    "device suspended",
    "devices listed",
    "everything read anew",
    "exchange",
    "exchange whose reply is lost",
    "inbox",
    "other content under an id",
    "pull",
    "rules set",
    "set up",
    "somebody employed",
    "staff changed",
    "tombstones removed",
    "upkeep",
];

const VERDICTS: [&str; 7] =
    ["applied", "applied (again)", "held", "held (again)", "rejected", "rejected (again)", "decided (again)"];

/// The refusals that an exchange, a pull and a decision can end with; those of one server alone, without a race or a lost
/// store.
const REFUSALS: [ErrorCode; 17] = [
    ErrorCode::MalformedBody,
    ErrorCode::InvalidRequest,
    ErrorCode::BodyTooLarge,
    ErrorCode::TooManyMutations,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::ProtocolUnsupported,
    ErrorCode::Unauthorized,
    ErrorCode::Forbidden,
    ErrorCode::DeviceRevoked,
    ErrorCode::DeviceSuspended,
    ErrorCode::SeqGap,
    ErrorCode::SeqReuse,
    ErrorCode::AlreadyResolved,
    ErrorCode::ReleaseRefused,
    ErrorCode::AlreadyExists,
    ErrorCode::CursorExpired,
    ErrorCode::NotFound,
];

/// The laws of the server's own and of who may do what; the others are the domain's.
const REJECTIONS: [RejectionCode; 9] = [
    RejectionCode::ChangeInvalid,
    RejectionCode::ChangeUnknown,
    RejectionCode::OrderUnknown,
    RejectionCode::ImmutableChanged,
    RejectionCode::LimitExceeded,
    RejectionCode::Skipped,
    RejectionCode::ApprovalRequired,
    RejectionCode::ApprovalInvalid,
    RejectionCode::GrantForeign,
];

/// What is noticed by the server itself, or becomes a conflict.
const FINDINGS: [FindingCode; 11] = [
    FindingCode::ClockAhead,
    FindingCode::TicketNoReused,
    FindingCode::ChainBreak,
    FindingCode::ActorRevoked,
    FindingCode::GrantNotValid,
    FindingCode::FieldConflict,
    FindingCode::NoteReplaced,
    FindingCode::LateLine,
    FindingCode::Overpaid,
    FindingCode::DoubleIn,
    FindingCode::DrawerDoubleOpen,
];

const COLLECTIONS: [&str; 11] = [
    "orders",
    "menu",
    "location",
    "shifts",
    "drawers",
    "eighty_six",
    "audit",
    "staff",
    "grants",
    "conflicts",
    "notices",
];

#[test]
fn the_server_and_the_model_answer_alike_and_every_path_was_taken() {
    let evenings: Vec<_> = (1..=EVENINGS).map(|seed| thread::spawn(move || run(seed, MUTATIONS))).collect();
    let (mut tally, mut mutations) = (Tally::default(), 0);
    for evening in evenings {
        match evening.join().expect("an evening that ends") {
            Ok(part) => {
                mutations += part.mutations;
                tally.add(&part.tally);
            }
            Err(difference) => panic!("{difference}"),
        }
    }
    assert!(mutations >= MUTATIONS * EVENINGS);
    let named = |group, names: &[&str]| names.iter().map(move |name| (group, (*name).to_owned())).collect::<Vec<_>>();
    let rejections = REJECTIONS.map(|code| ("rejections", name_of(code))).to_vec();
    let expected = [
        named("requests", &REQUESTS),
        named("verdicts", &VERDICTS),
        named("refusals", &REFUSALS.map(ErrorCode::as_str)),
        rejections,
        named("findings", &FINDINGS.map(FindingCode::as_str)),
        named("changes", &COLLECTIONS),
        named("made", &["skipped"]),
        named("pages", &["with more behind them", "that end by their bytes"]),
    ];
    let missing: Vec<_> = expected.iter().flatten().filter(|(group, name)| tally.of(group, name) == 0).collect();
    assert!(missing.is_empty(), "never met: {missing:?}\n{tally}");
}

fn name_of(code: RejectionCode) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
