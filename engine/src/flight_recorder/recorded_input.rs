//! An input as the ring keeps it, and as a recording shows it. Neither form has a place for a credential or a key.
//!
//! The ring keeps small inputs as the text that a recording will have, so that they take no more room than that; what a server
//! answered and what was read stays as it came, because it may be large and most of it is never asked for.

use domain::{
    AuditKind, AuditSubject, BusinessDate, ConflictId, DrawerCommand, DrawerId, Grant, Label, MutationId, OrderCommand,
    ResolutionChoice, ShiftCommand, StaffId, Timestamp,
};
use protocol::Collection;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::command::Command;
use crate::export::Export;
use crate::io::{CommandId, ExchangeId, GivenAt, HttpAnswer, Input, Moment};
use crate::local_db::{LocalDb, NamedEnrolment, StoredValue, holds_secrets, stand_in_record, throwaway_key};
use crate::sign_in::{Giver, KeptSheet};

/// An input in the ring.
#[derive(Debug)]
pub(super) enum Kept {
    /// As a recording shows it.
    Text(Box<RawValue>),
    Answer {
        id: ExchangeId,
        answer: HttpAnswer,
    },
    Read(Vec<(String, Option<Vec<u8>>)>),
    /// It has no text: a replay cannot go on here.
    Lost,
}

/// An input as a recording shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordedInput {
    CommandGiven {
        id: CommandId,
        command: RecordedCommand,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<RecordedContext>,
    },
    StaffChanged(StaffId),
    SignedIn(Box<Grant>),
    SignedOut,
    CommitSucceeded,
    CommitFailed {
        code: String,
        reason: String,
    },
    ReadSucceeded(Vec<RecordedRead>),
    ReadFailed {
        reason: String,
    },
    /// Only that there is one.
    KeyAdded {
        id: u32,
    },
    WentOnline,
    WentOffline,
    CameForward,
    WentBack,
    SyncRequested,
    Poked {
        head: u64,
    },
    ExchangeAnswered {
        id: ExchangeId,
        answer: RecordedAnswer,
    },
    ExchangeFailed {
        id: ExchangeId,
        reason: String,
    },
    TimeoutReached,
    Lost,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordedCommand {
    Start {
        enrolment: Option<NamedEnrolment>,
    },
    /// One order command, with the fields that were filled in.
    Order(Box<RawValue>),
    Orders(Vec<Box<RawValue>>),
    LoadDays {
        date: Option<BusinessDate>,
    },
    Resolve {
        conflict_id: ConflictId,
        choice: ResolutionChoice,
    },
    Retry {
        mutation_id: MutationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<Box<OrderCommand>>,
    },
    Punch(ShiftCommand),
    Drawer {
        drawer_id: DrawerId,
        act: DrawerCommand,
    },
    Audit {
        kind: AuditKind,
        subject: AuditSubject,
    },
    Discard {
        mutation_id: MutationId,
        approved_by: StaffId,
        reason: Label,
    },
    Import {
        export: Box<Export>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RecordedContext {
    moment: RecordedMoment,
    giver: Giver,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RecordedMoment {
    wall: Timestamp,
    mono_ms: u64,
    offset_min: i16,
    /// In hexadecimal.
    entropy: String,
}

/// A value that was read, with its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RecordedRead {
    key: String,
    value: StoredValue,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RecordedAnswer {
    status: u16,
    content_type: Option<String>,
    retry_after_s: Option<u32>,
    body: String,
}

impl Kept {
    pub(super) fn of(input: &Input, reading: &[String]) -> Self {
        let recorded = match input {
            Input::ExchangeAnswered { id, answer } => return Self::Answer { id: *id, answer: answer.clone() },
            Input::ReadSucceeded { values } => {
                return Self::Read(reading.iter().cloned().zip(values.iter().cloned()).collect());
            }
            // Only followers are told, and they do not record.
            Input::CommitObserved { .. } => return Self::Lost,
            Input::CommandGiven { id, command, context } => {
                let Some(command) = RecordedCommand::of(command) else { return Self::Lost };
                let context = context
                    .as_deref()
                    .map(|GivenAt { moment, giver }| RecordedContext { moment: moment.into(), giver: giver.clone() });
                RecordedInput::CommandGiven { id: *id, command, context }
            }
            Input::StaffChanged(staff) => RecordedInput::StaffChanged(staff.clone()),
            Input::SignedIn(grant) => RecordedInput::SignedIn(grant.clone()),
            Input::SignedOut => RecordedInput::SignedOut,
            Input::CommitSucceeded => RecordedInput::CommitSucceeded,
            Input::CommitFailed { code, reason } => {
                RecordedInput::CommitFailed { code: code.clone(), reason: reason.clone() }
            }
            Input::ReadFailed { reason } => RecordedInput::ReadFailed { reason: reason.clone() },
            Input::KeyAdded(key) => RecordedInput::KeyAdded { id: key.id },
            Input::WentOnline => RecordedInput::WentOnline,
            Input::WentOffline => RecordedInput::WentOffline,
            Input::CameForward => RecordedInput::CameForward,
            Input::WentBack => RecordedInput::WentBack,
            Input::SyncRequested => RecordedInput::SyncRequested,
            Input::Poked { head } => RecordedInput::Poked { head: *head },
            Input::ExchangeFailed { id, reason } => RecordedInput::ExchangeFailed { id: *id, reason: reason.clone() },
            Input::TimeoutReached => RecordedInput::TimeoutReached,
        };
        to_raw_value(&recorded).map_or(Self::Lost, Self::Text)
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.get().len(),
            Self::Answer { answer, .. } => answer.body.len(),
            Self::Read(values) => {
                values.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
            }
            Self::Lost => 0,
        }
    }

    /// As a recording shows it; `db` opens what was read. The text is not read again here: what is shipped to devices needs no
    /// reader of recordings.
    pub(super) fn text(&self, db: &LocalDb) -> Box<RawValue> {
        let recorded = match self {
            Self::Text(text) => return text.clone(),
            Self::Answer { id, answer } => {
                RecordedInput::ExchangeAnswered { id: *id, answer: RecordedAnswer::of(answer) }
            }
            Self::Read(values) => {
                let read = |(key, value): &(String, Option<Vec<u8>>)| RecordedRead {
                    key: key.clone(),
                    value: db.opened_value(key, value.as_deref()),
                };
                RecordedInput::ReadSucceeded(values.iter().map(read).collect())
            }
            Self::Lost => RecordedInput::Lost,
        };
        to_raw_value(&recorded).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

impl RecordedInput {
    /// The input that it was, as the replayed store takes it; `None` where it was lost.
    pub(super) fn input(self, db: &LocalDb) -> Option<Input> {
        Some(match self {
            Self::CommandGiven { id, command, context } => {
                let context = context.map(|RecordedContext { moment, giver }| {
                    Some(Box::new(GivenAt { moment: moment.moment()?, giver }))
                });
                let context = match context {
                    Some(context) => Some(context?),
                    None => None,
                };
                Input::CommandGiven { id, command: command.command()?, context }
            }
            Self::StaffChanged(staff) => Input::StaffChanged(staff),
            Self::SignedIn(grant) => Input::SignedIn(grant),
            Self::SignedOut => Input::SignedOut,
            Self::CommitSucceeded => Input::CommitSucceeded,
            Self::CommitFailed { code, reason } => Input::CommitFailed { code, reason },
            Self::ReadSucceeded(read) => {
                let values = read.iter().map(|read| db.stored_value(&read.key, &read.value)).collect();
                Input::ReadSucceeded { values }
            }
            Self::ReadFailed { reason } => Input::ReadFailed { reason },
            Self::KeyAdded { id } => Input::KeyAdded(throwaway_key(id)),
            Self::WentOnline => Input::WentOnline,
            Self::WentOffline => Input::WentOffline,
            Self::CameForward => Input::CameForward,
            Self::WentBack => Input::WentBack,
            Self::SyncRequested => Input::SyncRequested,
            Self::Poked { head } => Input::Poked { head },
            Self::ExchangeAnswered { id, answer } => {
                let RecordedAnswer { status, content_type, retry_after_s, body } = answer;
                Input::ExchangeAnswered { id, answer: HttpAnswer { status, content_type, retry_after_s, body } }
            }
            Self::ExchangeFailed { id, reason } => Input::ExchangeFailed { id, reason },
            Self::TimeoutReached => Input::TimeoutReached,
            Self::Lost => return None,
        })
    }
}

impl RecordedCommand {
    fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Start { enrolment } => Self::Start { enrolment: enrolment.as_ref().map(Into::into) },
            Command::Order(command) => Self::Order(to_raw_value(command).ok()?),
            Command::Orders(commands) => {
                Self::Orders(commands.iter().map(to_raw_value).collect::<Result<_, _>>().ok()?)
            }
            Command::LoadDays { date } => Self::LoadDays { date: *date },
            Command::Resolve { conflict_id, choice } => {
                Self::Resolve { conflict_id: *conflict_id, choice: choice.clone() }
            }
            Command::Retry { mutation_id, instead } => {
                Self::Retry { mutation_id: *mutation_id, instead: instead.clone() }
            }
            Command::Discard { mutation_id, approved_by, reason } => {
                Self::Discard { mutation_id: *mutation_id, approved_by: approved_by.clone(), reason: reason.clone() }
            }
            Command::Punch(command) => Self::Punch(command.clone()),
            Command::Drawer { drawer_id, act } => Self::Drawer { drawer_id: drawer_id.clone(), act: act.clone() },
            Command::Audit { kind, subject } => Self::Audit { kind: *kind, subject: subject.clone() },
            Command::Import { export } => Self::Import { export: export.clone() },
        })
    }

    fn command(self) -> Option<Command> {
        let read = |text: Box<RawValue>| serde_json::from_str::<OrderCommand>(text.get()).ok();
        Some(match self {
            Self::Start { enrolment } => Command::Start { enrolment: enrolment.map(Into::into) },
            Self::Order(text) => Command::Order(Box::new(read(text)?)),
            Self::Orders(texts) => Command::Orders(texts.into_iter().map(read).collect::<Option<_>>()?),
            Self::LoadDays { date } => Command::LoadDays { date },
            Self::Resolve { conflict_id, choice } => Command::Resolve { conflict_id, choice },
            Self::Retry { mutation_id, instead } => Command::Retry { mutation_id, instead },
            Self::Discard { mutation_id, approved_by, reason } => Command::Discard { mutation_id, approved_by, reason },
            Self::Punch(command) => Command::Punch(command),
            Self::Drawer { drawer_id, act } => Command::Drawer { drawer_id, act },
            Self::Audit { kind, subject } => Command::Audit { kind, subject },
            Self::Import { export } => Command::Import { export },
        })
    }
}

impl From<&Moment> for RecordedMoment {
    fn from(moment: &Moment) -> Self {
        let entropy = moment.entropy.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { wall: moment.wall, mono_ms: moment.mono_ms, offset_min: moment.offset_min, entropy }
    }
}

impl RecordedMoment {
    pub(super) fn moment(&self) -> Option<Moment> {
        let mut entropy = [0; 32];
        for (place, byte) in entropy.iter_mut().enumerate() {
            *byte = u8::from_str_radix(self.entropy.get(place * 2..place * 2 + 2)?, 16).ok()?;
        }
        Some(Moment { wall: self.wall, mono_ms: self.mono_ms, offset_min: self.offset_min, entropy })
    }
}

/// The part of a reply in which there may be records with secrets.
#[derive(Deserialize)]
struct Records<'a> {
    #[serde(borrow, default)]
    changes: Vec<Record<'a>>,
}

#[derive(Deserialize)]
struct Record<'a> {
    collection: Collection,
    #[serde(borrow, default)]
    record: Option<&'a RawValue>,
}

impl RecordedAnswer {
    /// A body that is not JSON, and so was no answer to the engine, may hold anything, and is left out.
    fn of(answer: &HttpAnswer) -> Self {
        let HttpAnswer { status, content_type, retry_after_s, body } = answer;
        let body = match serde_json::from_str::<Records<'_>>(body) {
            Ok(Records { changes }) => {
                let secret = changes.iter().filter(|record| holds_secrets(record.collection));
                let secrets = secret.filter_map(|record| record.record);
                secrets.fold(body.clone(), |body, record| {
                    let kept_bytes = KeptSheet::kept_bytes(record.get()).unwrap_or(record.get().len());
                    body.replace(record.get(), stand_in_record(kept_bytes).get())
                })
            }
            // Not the form of a reply, and so nothing that the engine takes records from; an answer to a decision may be.
            Err(_) if serde_json::from_str::<IgnoredAny>(body).is_ok() => body.clone(),
            Err(_) => String::new(),
        };
        Self { status: *status, content_type: content_type.clone(), retry_after_s: *retry_after_s, body }
    }
}
