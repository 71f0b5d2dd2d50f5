//! One exchange, seen from the device: what to send, and what an answer means.
//!
//! Reading an answer changes nothing. Only a verdict settles a mutation; every other answer leaves the queue as it is. An
//! answer that is not the server's own (a captive portal's page, a cut body, an unknown code) is no answer.

use domain::Timestamp;
use protocol::{
    Collection, DeltaEntry, EXCHANGE_BODY_BYTES_MAX, Echo, ErrorCode, Incarnation, Mutation, MutationId, PROTOCOL,
    Skipped,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::config::EngineConfig;
use crate::connection_monitor::{Failure, PauseReason};
use crate::io::HttpAnswer;
use crate::local_db::{Decision, LocalDb, NotedFinding, ParkedMutation, ShiftsChange, StoreChange};
use crate::mutation_queue::{MutationQueue, QueuedMutation, StreamChange};

/// How long an exchange may take before it counts as failed, in milliseconds. Its answer is still welcome later.
pub const EXCHANGE_TIMEOUT_MS: u64 = 30_000;
/// Bytes of mutations put into one body: room is left for the envelope.
const MUTATIONS_BYTES_MAX: usize = EXCHANGE_BODY_BYTES_MAX - 16 * 1024;

/// The next exchange, and what will be known of it when its answer comes.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) path: &'static str,
    pub(crate) body: String,
    pub(crate) asked: Asked,
}

/// The streams of a device: each has its own numbers and its own kinds of change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stream {
    /// What is done with orders.
    #[default]
    Orders,
    /// What staff do apart from orders.
    Shifts,
}

impl Stream {
    const fn path(self) -> &'static str {
        match self {
            Self::Orders => "/sync/orders",
            Self::Shifts => "/sync/shifts",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(crate) const fn is_orders(&self) -> bool {
        matches!(self, Self::Orders)
    }
}

/// What was asked, to be known again when the answer comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Asked {
    /// An exchange of the stream.
    Stream(StreamAsked),
    /// That a decision be taken.
    Decision(MutationId),
}

impl Asked {
    /// The exchange of the stream, where it was one.
    pub(crate) const fn stream(&self) -> Option<&StreamAsked> {
        match self {
            Self::Stream(asked) => Some(asked),
            Self::Decision(_) => None,
        }
    }
}

/// What an exchange of the stream asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StreamAsked {
    /// In which stream.
    pub(crate) stream: Stream,
    /// What the request was named.
    pub(crate) echo: Echo,
    /// From where on.
    pub(crate) cursor: Option<String>,
    /// The mutations that it carried, in order, marks included.
    pub(crate) offered: Vec<(u64, MutationId)>,
    /// Those of them that are no marks.
    pub(crate) themselves: Vec<(u64, MutationId)>,
}

/// The request, borrowed from the queue.
#[derive(Serialize)]
struct Request<'a> {
    protocol: u16,
    app_version: &'a str,
    incarnation: Incarnation,
    cursor: Option<&'a str>,
    limit: u32,
    echo: Echo,
    mutations: Vec<Offering<'a>>,
}

/// A mutation, or the mark in the place of one that no request passes with.
#[derive(Serialize)]
#[serde(untagged)]
enum Offering<'a> {
    Mutation(&'a Mutation),
    Skipped(Skipped),
}

/// Which mutations an exchange carries: the first pending ones after a number, at most so many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) after: u64,
    pub(crate) mutations_max: usize,
}

/// The next exchange of a stream; `None` before the device was enrolled.
pub(crate) fn question(
    db: &LocalDb,
    config: &EngineConfig,
    stream: Stream,
    load: Load,
    echo: Echo,
) -> Option<Question> {
    let session = db.session()?;
    let (named, mutations) = match stream {
        Stream::Orders => offered(db.queue(), load),
        Stream::Shifts => offered(db.shifts(), load),
    };
    let asked = StreamAsked {
        stream,
        echo,
        cursor: db.cursor().map(str::to_owned),
        offered: named.iter().map(|(name, _)| *name).collect(),
        themselves: named.iter().filter(|(_, itself)| *itself).map(|(name, _)| *name).collect(),
    };
    let request = Request {
        protocol: PROTOCOL,
        app_version: &config.app_version,
        incarnation: session.incarnation,
        cursor: db.cursor(),
        limit: config.delta_entries_max,
        echo,
        mutations,
    };
    let body = serde_json::to_string(&request).ok()?;
    Some(Question { path: stream.path(), body, asked: Asked::Stream(asked) })
}

/// What a queue has to send, and each one's number and id with whether it is sent itself.
type Names = Vec<((u64, MutationId), bool)>;

fn offered<Change: StreamChange>(queue: &MutationQueue<Change>, load: Load) -> (Names, Vec<Offering<'_>>) {
    let run = queue.run(load.after, load.mutations_max, MUTATIONS_BYTES_MAX);
    let name = |queued: &QueuedMutation<Change>| ((queued.mutation.seq, queued.mutation.id), queued.skipped.is_none());
    run.into_iter().map(|queued| (name(queued), Offering::of(queued))).unzip()
}

/// That a decision be taken.
pub(crate) fn decision_question(decision: &Decision) -> Option<Question> {
    let body = serde_json::to_string(&decision.ask).ok()?;
    Some(Question { path: "/sync/conflict/resolve", body, asked: Asked::Decision(decision.ask.id) })
}

impl<'a> Offering<'a> {
    fn of<Change: StreamChange>(queued: &'a QueuedMutation<Change>) -> Self {
        let Mutation { id, seq, .. } = &queued.mutation;
        match &queued.skipped {
            None => Self::Mutation(&queued.mutation),
            Some(code) => Self::Skipped(Skipped { id: *id, seq: *seq, skipped: code.clone() }),
        }
    }
}

/// What an answer means.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The server's reply.
    Reply(Box<Reply>),
    /// The cursor is no longer honoured: read everything again underneath the pending mutations.
    CursorExpired,
    /// Fewer mutations at once might pass.
    SendLess(Failure),
    /// Nothing is sent until someone acts.
    Pause(PauseReason, String),
    /// Try again later.
    Later(Failure),
}

/// What an answer means for a decision.
#[derive(Debug)]
pub(crate) enum DecisionAnswer {
    /// It stands; the conflict says so in the changes.
    Taken,
    /// It does not, and asking again will not help.
    Refused { code: String, message: String },
    /// Nothing is sent until someone acts.
    Pause(PauseReason, String),
    /// Try again later.
    Later(Failure),
}

/// Reads the answer to a decision.
pub(crate) fn read_decision_answer(answer: &HttpAnswer) -> DecisionAnswer {
    #[derive(Deserialize)]
    struct Decided {
        #[serde(rename = "resolution")]
        _resolution: serde::de::IgnoredAny,
    }
    if answer.status == 200 {
        let decided = is_json(answer) && serde_json::from_str::<Decided>(&answer.body).is_ok();
        return if decided { DecisionAnswer::Taken } else { DecisionAnswer::Later(no_answer("REPLY_UNREADABLE")) };
    }
    let problem: Option<Problem> = is_json(answer).then(|| serde_json::from_str(&answer.body).ok()).flatten();
    match (read_answer(answer), problem) {
        (Answer::Pause(PauseReason::Forbidden, code), Some(problem)) if code == ErrorCode::Forbidden.as_str() => {
            DecisionAnswer::Refused { code, message: problem.detail }
        }
        (Answer::Pause(reason, code), _) => DecisionAnswer::Pause(reason, code),
        (Answer::SendLess(_), Some(Problem { code, detail })) => DecisionAnswer::Refused { code, message: detail },
        (Answer::Later(_), Some(Problem { code, detail }))
            if FINAL_FOR_DECISIONS.iter().any(|known| known.as_str() == code) =>
        {
            DecisionAnswer::Refused { code, message: detail }
        }
        (Answer::SendLess(failure) | Answer::Later(failure), _) => DecisionAnswer::Later(failure),
        (Answer::Reply(_) | Answer::CursorExpired, _) => DecisionAnswer::Later(no_answer("REPLY_UNREADABLE")),
    }
}

/// Problems that no repeat of a decision mends.
const FINAL_FOR_DECISIONS: [ErrorCode; 3] =
    [ErrorCode::AlreadyResolved, ErrorCode::ReleaseRefused, ErrorCode::NotFound];

/// A reply, read leniently: a verdict of an unknown form is not a verdict, and its mutation stays pending.
#[derive(Debug, Deserialize)]
pub(crate) struct Reply {
    pub(crate) server_time: Timestamp,
    #[serde(default)]
    pub(crate) server_version: Option<String>,
    #[serde(default)]
    echo: Option<Echo>,
    verdicts: Vec<Box<RawValue>>,
    changes: Vec<DeltaEntry>,
    cursor: String,
    pub(crate) has_more: bool,
}

/// A verdict as a device reads it. Codes are plain texts here: what only a newer server has a name for is kept under that name,
/// and does not keep the mutation in the queue.
#[derive(Debug, Deserialize)]
struct ReadVerdict {
    id: MutationId,
    seq: u64,
    #[serde(flatten)]
    outcome: ReadOutcome,
    #[serde(default)]
    findings: Vec<ReadFinding>,
}

/// The outcomes that there are; one of another name is none, and settles nothing.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum ReadOutcome {
    Applied {
        rev: u64,
    },
    Decided {
        rev: u64,
    },
    Conflict {
        conflict_id: String,
    },
    Held {
        reason: String,
    },
    Rejected {
        code: String,
        message: String,
        #[serde(default)]
        field: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
struct ReadFinding {
    code: String,
    message: String,
    field: Option<String>,
    kept: Option<String>,
    lost: Option<String>,
}

#[derive(Deserialize)]
struct ProblemCode {
    code: String,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    detail: String,
}

fn is_json(answer: &HttpAnswer) -> bool {
    answer.content_type.as_deref().is_some_and(|media_type| {
        media_type.starts_with("application/json") || media_type.starts_with("application/problem+json")
    })
}

/// Reads an answer.
pub(crate) fn read_answer(answer: &HttpAnswer) -> Answer {
    let json = is_json(answer);
    if answer.status == 200 {
        let reply = json.then(|| serde_json::from_str(&answer.body).ok()).flatten();
        return reply.map_or_else(|| Answer::Later(no_answer("REPLY_UNREADABLE")), Answer::Reply);
    }
    // Without a problem of ours in the body, something on the way answered, not the server.
    let problem: Option<ProblemCode> = json.then(|| serde_json::from_str(&answer.body).ok()).flatten();
    let Some(ProblemCode { code }) = problem else {
        return Answer::Later(Failure { retry_after_s: answer.retry_after_s, ..no_answer("NO_ANSWER") });
    };
    let known = ErrorCode::ALL.into_iter().find(|known| known.as_str() == code);
    let failure = Failure { code: code.clone(), answered: true, retry_after_s: answer.retry_after_s };
    match known {
        Some(ErrorCode::CursorExpired) => Answer::CursorExpired,
        Some(ErrorCode::Unauthorized) => Answer::Pause(PauseReason::Unauthorized, code),
        Some(ErrorCode::Forbidden | ErrorCode::DeviceRevoked | ErrorCode::DeviceSuspended) => {
            Answer::Pause(PauseReason::Forbidden, code)
        }
        Some(ErrorCode::SeqGap | ErrorCode::SeqReuse) => Answer::Pause(PauseReason::Sequence, code),
        Some(
            ErrorCode::MalformedBody
            | ErrorCode::InvalidRequest
            | ErrorCode::BodyTooLarge
            | ErrorCode::TooManyMutations,
        ) => Answer::SendLess(failure),
        Some(
            ErrorCode::UnsupportedMediaType
            | ErrorCode::ProtocolUnsupported
            | ErrorCode::UpgradeRequired
            | ErrorCode::EnrolmentCodeInvalid
            | ErrorCode::MenuBaseStale
            | ErrorCode::PinWeak
            | ErrorCode::NotConfigured
            | ErrorCode::AlreadyResolved
            | ErrorCode::ReleaseRefused
            | ErrorCode::AlreadyExists
            | ErrorCode::TooManyStaff
            | ErrorCode::NotFound
            | ErrorCode::MethodNotAllowed
            | ErrorCode::TooManyRequests
            | ErrorCode::Busy
            | ErrorCode::Internal,
        )
        | None => Answer::Later(failure),
    }
}

impl Reply {
    /// The largest number of the change sequence in it; 0 where it holds no change.
    pub(crate) fn reached(&self) -> u64 {
        self.changes.iter().map(|entry| entry.changed_seq).max().unwrap_or(0)
    }

    /// Whether it answers what was asked: a proxy may hand over the reply to another request, or another device's. A server that
    /// does not say the request's name again is known by its verdicts, one for each mutation.
    pub(crate) fn answers(&self, asked: &StreamAsked) -> bool {
        #[derive(Deserialize)]
        struct Named {
            id: MutationId,
            seq: u64,
        }
        let named = self.verdicts.iter().filter_map(|raw| serde_json::from_str::<Named>(raw.get()).ok());
        let named = named.map(|Named { id, seq }| (seq, id));
        match self.echo {
            Some(echo) => echo == asked.echo,
            None => named.eq(asked.offered.iter().copied()),
        }
    }

    /// The changes that make this reply durable. `continues` tells whether it was asked from where the device now stands;
    /// a late reply that was not may still settle and confirm, but never moves the cursor.
    pub(crate) fn store_changes(self, db: &LocalDb, stream: Stream, continues: bool) -> Vec<StoreChange> {
        let mut changes = Vec::new();
        for verdict in self.verdicts.iter().filter_map(|raw| serde_json::from_str::<ReadVerdict>(raw.get()).ok()) {
            settle(db, stream, verdict, &mut changes);
        }
        for entry in self.changes {
            changes.push(StoreChange::RecordConfirmed {
                collection: entry.collection,
                id: entry.id,
                rev: entry.rev,
                // Other collections' numbers are those of the other stream.
                own_seq: if entry.collection == Collection::Orders { entry.own_seq } else { 0 },
                record: entry.record,
            });
        }
        if continues && db.cursor() != Some(&self.cursor) {
            changes.push(StoreChange::cursor_moved(Some(self.cursor)));
        }
        changes
    }
}

/// What becomes of a mutation: it is part of this version of its record, or it is kept for a person.
type Ruling = Result<u64, Kept>;

/// Why a mutation is kept for a person.
struct Kept {
    code: String,
    message: String,
    field: Option<String>,
}

impl ReadOutcome {
    fn ruling(self) -> Ruling {
        let keep = |code: &str, message: String| Err(Kept { code: code.to_owned(), message, field: None });
        match self {
            Self::Applied { rev } | Self::Decided { rev } => Ok(rev),
            Self::Rejected { code, message, field } => Err(Kept { code, message, field }),
            Self::Conflict { conflict_id } => {
                keep(ParkedMutation::CONFLICT, format!("conflict {conflict_id} is to be decided"))
            }
            Self::Held { reason } => keep(ParkedMutation::HELD, reason),
        }
    }
}

/// What a verdict changes in its stream. On the mark in a mutation's place it may be the mutation's own: where that had arrived after
/// all, as with a lost reply, it is no longer kept for a person.
fn settle(db: &LocalDb, stream: Stream, verdict: ReadVerdict, changes: &mut Vec<StoreChange>) {
    let ReadVerdict { id: mutation_id, seq, outcome, findings } = verdict;
    let Some((record_id, marked)) = db.waiting(stream, seq, mutation_id) else { return };
    let ruling = outcome.ruling();
    if marked && ruling.is_ok() {
        changes.push(StoreChange::ParkedRemoved { mutation_id });
    }
    changes.push(match stream {
        Stream::Orders => match ruling {
            Ok(rev) => StoreChange::MutationSettled { seq, rev },
            Err(_) if marked => StoreChange::MutationDropped { seq },
            Err(Kept { code, message, field }) => StoreChange::MutationParked { seq, code, message, field },
        },
        Stream::Shifts => StoreChange::Shifts(match ruling {
            Ok(rev) => ShiftsChange::Settled { seq, rev },
            Err(_) if marked => ShiftsChange::Dropped { seq },
            Err(Kept { code, message, field }) => ShiftsChange::Parked { seq, code, message, field },
        }),
    });
    for ReadFinding { code, message, field, kept, lost } in findings.into_iter().filter(|_| !marked) {
        let finding = NotedFinding { mutation_id, record_id, code, message, field, kept, lost };
        changes.push(StoreChange::FindingNoted(finding));
    }
}

fn no_answer(code: &str) -> Failure {
    Failure { code: code.to_owned(), answered: false, retry_after_s: None }
}

#[cfg(test)]
mod tests;
