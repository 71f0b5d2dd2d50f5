//! Shifts: who worked when, and what of it is paid.
//!
//! People punch: in, out, and around their breaks. A punch is kept for ever as it was made. Two tills that cannot see each
//! other may both take one, so a log of punches is a set, and whatever order they arrive in, it is the same set. A timecard
//! is a view of that set: it says which punch began a shift and which ended it, what was wrong, and what the wage counts.
//! Correcting a timecard is one more event that names what it corrects, and the original is always shown beside it.
//!
//! Three laws: no punch is dropped, and one that counts for nothing is listed with its reason; nothing is invented, so a
//! shift that nobody ended ends in the view only; a duration is never negative.

mod command;
#[cfg(test)]
mod command_tests;
mod log;
mod on_clock;
mod punch;
mod rules;
mod stream;
#[cfg(test)]
mod test_shifts;
mod timecard;
#[cfg(test)]
mod timecard_tests;
mod timeline;

pub use command::ShiftCommand;
pub use log::{PUNCHES_MAX, ShiftLog};
pub use on_clock::{OnBreak, OnTheClock, on_the_clock};
pub use punch::{
    Acknowledge, Amend, BreakAttestation, BreakEnd, BreakStart, BreakTypeId, BreakTypeKind, ClockIn, ClockOut, JobId,
    JobKind, Proposal, Punch, PunchKind, ShiftChange,
};
pub use rules::{BreakPolicy, BreakType, RequiredBreak, ShiftRules};
pub use stream::{Audited, DrawerEvent, PunchOf, StaffChange};
pub use timecard::{
    OriginalPunch, SetAside, SetAsideReason, StaffTimecards, Timecard, TimecardAmendment, TimecardBreak, TimecardPunch,
    timecards,
};
