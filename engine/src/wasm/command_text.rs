//! Commands as JSON text, told apart by their `type`, which stands first.

use domain::{
    AuditKind, AuditSubject, ConflictId, DrawerCommand, DrawerId, Label, MutationId, OrderCommand, ResolutionChoice,
    ShiftCommand, StaffId,
};
use serde::Deserialize;

use crate::command::{Command, RefusalCode};
use crate::export::Export;

/// Commands about what the server could not take as it was.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum InboxText {
    ResolveConflict {
        conflict_id: ConflictId,
        choice: ResolutionChoice,
    },
    RetryParked {
        mutation_id: MutationId,
        #[serde(default)]
        instead: Option<Box<OrderCommand>>,
    },
    DiscardParked {
        mutation_id: MutationId,
        approved_by: StaffId,
        reason: Label,
    },
}

impl From<InboxText> for Command {
    fn from(text: InboxText) -> Self {
        match text {
            InboxText::ResolveConflict { conflict_id, choice } => Self::Resolve { conflict_id, choice },
            InboxText::RetryParked { mutation_id, instead } => Self::Retry { mutation_id, instead },
            InboxText::DiscardParked { mutation_id, approved_by, reason } => {
                Self::Discard { mutation_id, approved_by, reason }
            }
        }
    }
}

/// Does something to a drawer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DrawerText {
    drawer_id: DrawerId,
    act: DrawerCommand,
}

/// Writes into the audit chain what happened beside all records.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditText {
    kind: AuditKind,
    /// About whom; about the device where absent.
    #[serde(default)]
    staff_id: Option<StaffId>,
}

/// Takes over what another device could not deliver.
#[derive(Debug, Deserialize)]
struct ImportText {
    export: Export,
}

/// Reads one command, or several about orders as an array.
///
/// # Errors
/// `IMPORT_INVALID` for an export that is none, `COMMAND_INVALID` for everything else.
pub(super) fn read(json: &str) -> Result<Command, (RefusalCode, serde_json::Error)> {
    let invalid = |error| (RefusalCode::CommandInvalid, error);
    if json.starts_with('[') {
        return serde_json::from_str(json).map(Command::Orders).map_err(invalid);
    }
    match kind_of(json) {
        "import_unsynced" => serde_json::from_str(json)
            .map(|ImportText { export }| Command::Import { export: Box::new(export) })
            .map_err(|error| (RefusalCode::ImportInvalid, error)),
        "resolve_conflict" | "retry_parked" | "discard_parked" => {
            serde_json::from_str::<InboxText>(json).map(Command::from).map_err(invalid)
        }
        "drawer" => serde_json::from_str(json)
            .map(|DrawerText { drawer_id, act }| Command::Drawer { drawer_id, act })
            .map_err(invalid),
        "audit" => serde_json::from_str(json)
            .map(|AuditText { kind, staff_id }| Command::Audit {
                kind,
                subject: staff_id.map_or(AuditSubject::Device, AuditSubject::Staff),
            })
            .map_err(invalid),
        "clock_in" | "break_start" | "break_end" | "clock_out" | "amend" | "acknowledge" => {
            serde_json::from_str::<ShiftCommand>(json).map(Command::Punch).map_err(invalid)
        }
        _ => serde_json::from_str::<OrderCommand>(json).map(Command::from).map_err(invalid),
    }
}

/// The type that the text begins with; nothing where it begins otherwise, which the reader of orders then says.
fn kind_of(json: &str) -> &str {
    json.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}
