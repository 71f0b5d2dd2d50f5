//! What an app can ask for, and how it is refused.

use domain::{
    Allowed, AuditKind, AuditSubject, BusinessDate, ConflictId, DeviceId, DrawerCommand, DrawerId, Label, LocationId,
    MutationId, OrderCommand, OrderId, Rejection, RejectionCode, ResolutionChoice, ShiftCommand, StaffId, TenantId,
};
use serde::{Deserialize, Serialize};

use crate::export::Export;

/// Something an app asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin to work with the store: the first command of every run.
    Start {
        /// What the device was given at enrolment; may be left out when the store knows it.
        enrolment: Option<Enrolment>,
    },
    /// Do something with an order.
    Order(Box<OrderCommand>),
    /// Do several things with an order in one commit, all or none. Where the first opens one, the others are about it.
    Orders(Vec<OrderCommand>),
    /// Come on the clock, go on a break, leave; whoever is signed in.
    Punch(ShiftCommand),
    /// Do something to a cash drawer.
    Drawer {
        /// Which.
        drawer_id: DrawerId,
        /// What.
        act: DrawerCommand,
    },
    /// Write into the audit chain what happened beside all records, such as a wrong PIN.
    Audit {
        /// What.
        kind: AuditKind,
        /// What it is about.
        subject: AuditSubject,
    },
    /// Take finished days into memory.
    LoadDays {
        /// Which; every one that is on disk, where absent.
        date: Option<BusinessDate>,
    },
    /// Decide a conflict, and carry the decision out in the same commit.
    Resolve {
        /// Which.
        conflict_id: ConflictId,
        /// The value or the way that is to stand.
        choice: ResolutionChoice,
    },
    /// Offer a refused mutation again, under a new id.
    Retry {
        /// Which.
        mutation_id: MutationId,
        /// What is right instead of it, about the same order: the refused one stays on record as corrected.
        instead: Option<Box<OrderCommand>>,
    },
    /// Give a refused mutation up.
    Discard {
        /// Which.
        mutation_id: MutationId,
        /// Who approves it: somebody else than whoever made it, with a manager's rights.
        approved_by: StaffId,
        /// Why.
        reason: Label,
    },
    /// Deliver what another device could not: its mutations, from an export.
    Import {
        /// As it was exported there.
        export: Box<Export>,
    },
}

impl Command {
    /// The orders that must be known before the command can be judged.
    pub(crate) fn order_ids(&self) -> Vec<OrderId> {
        let of = |command: &OrderCommand| command.order_id().ok().flatten();
        match self {
            Self::Order(command) => of(command).into_iter().collect(),
            Self::Orders(commands) => commands.iter().filter_map(of).collect(),
            Self::Import { export } => export.mutations.iter().map(|mutation| mutation.order_id()).collect(),
            Self::Start { .. }
            | Self::LoadDays { .. }
            | Self::Punch(_)
            | Self::Drawer { .. }
            | Self::Audit { .. }
            | Self::Resolve { .. }
            | Self::Retry { .. }
            | Self::Discard { .. } => Vec::new(),
        }
    }
}

impl From<OrderCommand> for Command {
    fn from(command: OrderCommand) -> Self {
        Self::Order(Box::new(command))
    }
}

/// What a device was given at enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The location.
    pub location_id: LocationId,
    /// The device.
    pub device_id: DeviceId,
    /// The letters of its tickets.
    pub device_prefix: String,
    /// Its credential.
    pub device_token: String,
}

/// A refused command. Nothing was changed or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The same in a sentence for a person.
    pub message: String,
    /// The field of the command at fault, where it is one.
    pub field: Option<String>,
    /// What that field may hold, where it is a number or a text's length.
    pub allowed: Option<Allowed>,
}

impl Refusal {
    /// A refusal with its sentence.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, allowed: None }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, field, message, allowed } = rejection;
        Self { code: RefusalCode::Law(code), message, field: Some(field), allowed }
    }
}

/// The closed list of reasons to refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// A law of the records.
    Law(RejectionCode),
    /// The command does not have the form its type demands.
    CommandInvalid,
    /// The device was never enrolled.
    NotEnrolled,
    /// The store belongs to another device.
    StoreOfOtherDevice,
    /// Nobody is known to work this device.
    NotSignedIn,
    /// The PIN is another one.
    PinWrong,
    /// Too many PINs were wrong: whoever it is waits.
    PinLocked,
    /// Far too many were wrong: a manager must let them try again.
    PinBlocked,
    /// Nobody of that name can sign in on this device.
    StaffUnknown,
    /// The store refused the write; nothing was saved.
    StorageFailed,
    /// There is no space left; nothing was saved.
    StorageFull,
    /// Another tab writes the store now; nothing was saved here.
    StoreTakenOver,
    /// This device knows no such conflict.
    ConflictUnknown,
    /// This device keeps no such refused mutation.
    ParkedUnknown,
    /// Somebody has to decide on the server first.
    DecisionAwaited,
    /// It takes the approval of somebody with a manager's rights who did not make it.
    ApprovalMissing,
    /// What is to be imported is not an export for this location.
    ImportInvalid,
    /// Finished orders of the day are on disk and not in memory.
    DayNotLoaded,
}

impl RefusalCode {
    /// The code as apps see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Law(code) => code.as_str(),
            Self::CommandInvalid => "COMMAND_INVALID",
            Self::NotEnrolled => "NOT_ENROLLED",
            Self::StoreOfOtherDevice => "STORE_OF_OTHER_DEVICE",
            Self::NotSignedIn => "NOT_SIGNED_IN",
            Self::PinWrong => "PIN_WRONG",
            Self::PinLocked => "PIN_LOCKED",
            Self::PinBlocked => "PIN_BLOCKED",
            Self::StaffUnknown => "STAFF_UNKNOWN",
            Self::StorageFailed => "STORAGE_FAILED",
            Self::StorageFull => "STORAGE_FULL",
            Self::StoreTakenOver => "STORE_TAKEN_OVER",
            Self::ConflictUnknown => "CONFLICT_UNKNOWN",
            Self::ParkedUnknown => "PARKED_UNKNOWN",
            Self::DecisionAwaited => "DECISION_AWAITED",
            Self::ApprovalMissing => "APPROVAL_MISSING",
            Self::ImportInvalid => "IMPORT_INVALID",
            Self::DayNotLoaded => "DAY_NOT_LOADED",
        }
    }
}
