//! What happened (inputs) and what to do (outputs). The list is the documentation of the loop.

use domain::{OrderId, StaffId, Timestamp};

use crate::command::{Command, Refusal};
use crate::views::OrderView;

/// Everything the core needs to know of the world at one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock. May be wrong; nothing is scheduled by it.
    pub wall: Timestamp,
    /// A clock that never goes back while the engine runs, in milliseconds. Everything is scheduled by it.
    pub mono_ms: u64,
    /// Minutes that local time is ahead of UTC.
    pub offset_min: i16,
    /// Fresh random bytes from the host, used once: ids and jitter are made from them.
    pub entropy: [u8; 32],
}

/// Names a command until its outcome is told.
pub type CommandId = u32;
/// Names an exchange until its answer comes.
pub type ExchangeId = u32;

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A person or the app wants something.
    CommandGiven {
        /// Comes back with the outcome.
        id: CommandId,
        /// What is wanted.
        command: Command,
    },
    /// Another person works this device now.
    StaffChanged(StaffId),
    /// The last [`Output::Commit`] is durable.
    CommitSucceeded,
    /// The last [`Output::Commit`] did not happen.
    CommitFailed {
        /// What the store said.
        reason: String,
    },
    /// The host believes there is a connection.
    WentOnline,
    /// The host believes there is none.
    WentOffline,
    /// Somebody wants an exchange now.
    SyncRequested,
    /// The server, or something in its place, answered.
    ExchangeAnswered {
        /// Which exchange.
        id: ExchangeId,
        /// What came back.
        answer: HttpAnswer,
    },
    /// No answer came.
    ExchangeFailed {
        /// Which exchange.
        id: ExchangeId,
        /// What the transport said.
        reason: String,
    },
    /// The time of [`Output::WakeAt`] has come.
    TimeoutReached,
}

/// An HTTP answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Retry-After` header, where it is a number of seconds.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: String,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Write this, all or nothing, durably; then say [`Input::CommitSucceeded`] or [`Input::CommitFailed`]. Never more than
    /// one is out.
    Commit(WriteBatch),
    /// Send this; then say [`Input::ExchangeAnswered`] or [`Input::ExchangeFailed`].
    Exchange(ExchangeRequestOut),
    /// Tell the caller of a command how it went. Comes only after its effect is durable.
    Resolve {
        /// Which command.
        id: CommandId,
        /// The order as it now stands, where the command is about one.
        outcome: Result<Option<Box<OrderView>>, Refusal>,
    },
    /// Tell listeners.
    Notify(Event),
    /// Say [`Input::TimeoutReached`] when the monotonic clock shows this; replaces the last one.
    WakeAt(u64),
}

/// One atomic write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteBatch {
    /// Keys and their new values.
    pub put: Vec<(String, Vec<u8>)>,
    /// Keys to remove.
    pub delete: Vec<String>,
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRequestOut {
    /// Comes back with the answer.
    pub id: ExchangeId,
    /// The path below the server's URL.
    pub path: &'static str,
    /// The device's credential.
    pub token: String,
    /// The JSON body of a `POST`.
    pub body: String,
}

/// What listeners hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// These orders look different now.
    OrdersChanged(Vec<OrderId>),
    /// The menu is another one.
    MenuChanged,
    /// The status is another one.
    StatusChanged,
}
