//! What happened (inputs) and what to do (outputs). The list is the documentation of the loop.

use domain::{Grant, OrderId, StaffId, Timestamp};
use sha2::{Digest, Sha256};

use crate::command::{Command, Refusal};
use crate::local_db::StoreKey;
use crate::sign_in::Giver;
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
    /// Fresh random bytes from the host, used once: ids, jitter and nonces are made from them.
    pub entropy: [u8; 32],
}

impl Moment {
    /// A nonce for what is sealed at this moment under this key: twenty-four bytes that never come twice.
    pub(crate) fn nonce(&self, key: &str) -> [u8; 24] {
        let mut hash = Sha256::new();
        hash.update(b"nonce");
        hash.update(self.entropy);
        hash.update(key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk::<24>().copied().unwrap_or_default()
    }
}

/// Where and by whom a command was given, when it comes from another tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAt {
    /// The moment there.
    pub moment: Moment,
    /// Who gave it.
    pub giver: Giver,
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
        /// Where and by whom it was given, where that was in another tab. The ids of what it makes come from there, so a
        /// command that is given twice takes effect once.
        context: Option<Box<GivenAt>>,
    },
    /// Another person works this device now, without having signed in. Where a tenant employs staff, such a person may do
    /// nothing.
    StaffChanged(StaffId),
    /// Somebody has signed in: their PIN has opened this grant, and its signature was checked.
    SignedIn(Box<Grant>),
    /// Nobody works this device any more.
    SignedOut,
    /// The last [`Output::Commit`] is durable.
    CommitSucceeded,
    /// The last [`Output::Commit`] did not happen.
    CommitFailed {
        /// The store's code: `STORAGE_FULL`, `KEY_EXISTS` (another writer has the store), or another.
        code: String,
        /// What the store said.
        reason: String,
    },
    /// The values that the last [`Output::Read`] asked for, in its order.
    ReadSucceeded {
        /// `None` where there is no value.
        values: Vec<Option<Vec<u8>>>,
    },
    /// The last [`Output::Read`] came to nothing.
    ReadFailed {
        /// What the store said.
        reason: String,
    },
    /// The tab that writes the store has committed this; only a follower is told.
    CommitObserved {
        /// The key of the journal's entry.
        key: String,
        /// Its value.
        value: Vec<u8>,
    },
    /// The host has kept a new key for the store: it seals from now on.
    KeyAdded(StoreKey),
    /// The host believes there is a connection.
    WentOnline,
    /// The host believes there is none.
    WentOffline,
    /// The app is seen again, or the device has woken up.
    CameForward,
    /// The app is seen no longer: the host may stop it.
    WentBack,
    /// Somebody wants an exchange now.
    SyncRequested,
    /// The server says, beside any exchange, that the location's change sequence has reached this number. A hint only.
    Poked {
        /// The number.
        head: u64,
    },
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
    /// Read these keys; then say [`Input::ReadSucceeded`] or [`Input::ReadFailed`]. Never more than one is out, and never
    /// beside a commit.
    Read(Vec<String>),
    /// Keep the keys with these ids and forget the others: nothing is sealed with them any more.
    KeepKeys(Vec<u32>),
    /// Remember, outside of the store, that its journal has reached this number: an older store was rolled back.
    Remember(u64),
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

/// One write, all or nothing. Where a store can do that for one key only, it must put in this order and delete last: nothing
/// here needs more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteBatch {
    /// Keys that must not exist yet, with their values. Where one does, nothing is written: another writer has the store.
    pub create: Vec<(String, Vec<u8>)>,
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
    /// A conflict came, was decided, or is on its way to being so.
    ConflictsChanged,
    /// The menu is another one.
    MenuChanged,
    /// Punches, drawers, the 86 list or the audit look different now.
    ShiftsChanged,
    /// The status is another one.
    StatusChanged,
    /// Something in the store cannot be read; the status says what.
    StorageDamaged,
    /// A follower has missed a commit: it must read the store again.
    FellBehind,
}
