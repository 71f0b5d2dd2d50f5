//! `GET /openapi.json`: every endpoint and the form of everything that is said there, for programs and for people.

use super::Answer;
use crate::live::Tidings;

/// Written from the types by the test `openapi`, which also says when it no longer is what they say.
const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

pub(super) fn document() -> Answer {
    Answer { status: 200, body: DOCUMENT.to_owned(), tidings: Tidings::default() }
}
