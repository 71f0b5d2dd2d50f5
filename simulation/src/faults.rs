//! What may go wrong: every fault a switch with a name, every class of faults a list of switches.
//!
//! A fault throws dice of its own, made from the seed and its name. So one that is off, one that is added to the list and
//! one that is taken out of it change nothing else in the evening.

mod class;
mod mischief;
mod options;
mod switches;

pub use class::Class;
pub(crate) use mischief::Mischief;
pub use options::{Options, Plan};
pub use switches::Switch;

/// One thing that may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A request is lost on its way; some transports notice, with others only the engine's own time-out does.
    RequestLost,
    /// A reply is lost after the server committed.
    ReplyLost,
    /// A request arrives twice.
    RequestDoubled,
    /// A reply arrives twice.
    ReplyDoubled,
    /// A reply arrives cut short.
    ReplyCut,
    /// No connection comes about: the name is not found, or the certificate is not accepted.
    Unreachable,
    /// A till's network goes away, or comes back; the host says so.
    NetworkGone,
    /// Everybody's way to the server is gone for seconds or minutes and comes back in one instant; hosts may see it.
    CommonOutage,

    /// A message is under way for up to two minutes.
    Delayed,
    /// A request is held up until the till has given up and asked again: the later one arrives first.
    Overtaken,
    /// A till's link carries a few hundred bytes a second, until it is better again.
    SlowLink,

    /// A host says that there is a connection where there is none.
    SaysOnline,
    /// A host says that there is no connection where there is one.
    SaysOffline,
    /// A till gets the reply to an earlier request of its own once more, in place of the one it waits for.
    StaleReply,
    /// A till gets the reply to another till's request.
    StrangersReply,

    /// A captive portal answers, whatever the status, in HTML or in JSON of its own.
    Portal,
    /// The server's own reply comes under another `Content-Type`, or none.
    WrongContentType,
    /// A redirect answers.
    Redirected,

    /// 429 with `Retry-After`.
    TooManyRequestsAfter,
    /// 429 without `Retry-After`.
    TooManyRequests,
    /// 401 in the middle of the queue.
    Unauthorized,
    /// 403 that the server did not mean.
    Forbidden,
    /// The admin suspends a till for some seconds: it may push, but not pull.
    Suspended,
    /// 409 that the server did not mean: the till begins its stream anew.
    SequenceGap,
    /// 500 as a problem of ours.
    ServerError,
    /// 502 in somebody else's words.
    BadGateway,
    /// 503 with `Retry-After`.
    BusyAfter,
    /// 503 without `Retry-After`.
    Busy,
    /// 504 in somebody else's words.
    GatewayTimeout,
    /// A problem with a code that no version knows yet.
    UnknownProblem,
    /// 413 and 422 that the server did not mean, alone or for as long as a bad release is out.
    RefusesBodies,
    /// A mutation at which the server fails each time: every request that holds it is refused.
    Poison,

    /// A Worker dies before a batch is written.
    KilledBeforeBatch,
    /// A Worker dies after a batch was written.
    KilledAfterBatch,
    /// A Worker dies before its answer leaves.
    KilledBeforeAnswer,
    /// An exception after a batch was written: 500.
    BrokenAfterBatch,
    /// An exception in place of a batch: 500.
    BrokenBeforeBatch,
    /// A new release between two requests: other Workers on the same store, and old ones at work on what they have.
    NewRelease,
    /// The store is migrated for some seconds: no statement fits it. A new release follows.
    Migration,
    /// A release that fails at everything, for seconds or minutes, once in an evening.
    BadRelease,

    /// D1 has too many queries waiting: nothing was written.
    Overloaded,
    /// D1's connection is lost before the batch is written.
    ConnectionLost,
    /// D1's connection is lost after the batch was written.
    ConnectionLostAfterBatch,
    /// D1's object is reset, before or after the batch was written.
    ObjectReset,
    /// D1 runs out of memory or time: nothing was written.
    OutOfMemory,
    /// Another request gets its turn between two batches.
    Interleaved,
    /// Two Workers handle one request at once, batch by batch.
    TwoWorkers,

    /// A till's clock is wrong by up to a day from the start.
    ClockSkewed,
    /// A till's clock is set back by up to a day.
    ClockBack,
    /// A till's clock is set forward by up to a day.
    ClockForward,
    /// A till's zone is set to another one.
    ZoneChanged,
    /// The evening is the one on which clocks go forward.
    DstSpring,
    /// The evening is the one on which clocks go back.
    DstAutumn,
    /// The evening passes into 29 February.
    LeapDay,
    /// The evening passes the hour at which the business day changes.
    CutOver,
    /// A till is switched off for minutes, and its monotonic clock begins anew.
    Rebooted,
    /// A till's clock shows 2000, as one does that has lost its battery.
    FarPast,
    /// A till's clock shows 2099.
    FarFuture,
    /// A Worker's clock stands still: what it takes for now is up to a minute old.
    WorkerClockFrozen,

    /// A verdict has an outcome that this version does not know.
    UnknownOutcome,
    /// A verdict has a finding that this version does not know.
    UnknownFinding,
    /// A delta has a record of a collection that this version does not know.
    UnknownCollection,
    /// A reply has fields that this version does not know.
    UnknownFields,
    /// A reply lacks the fields that came later.
    OlderReply,
    /// An app of a newer version brings a change of a type that the server does not know.
    NewerApp,
    /// The server speaks another version of the protocol for some seconds.
    OtherProtocol,

    /// A commit fails for want of space.
    CommitFull,
    /// A commit fails because the disk does.
    CommitBroken,
    /// A read fails.
    ReadFailed,
    /// The app is killed while a value is half written.
    TornWrite,
    /// The app is killed after some keys of a batch were written.
    WrittenInPart,
    /// A till gets a new key for its store.
    NewKey,

    /// The app is killed before its commit is written.
    KilledBeforeWrite,
    /// The app is killed after its commit was written, before it hears of it.
    KilledAfterWrite,
    /// The app is killed between two taps.
    KilledAtTap,
    /// The app is put to sleep for up to ten minutes; its monotonic clock may stand still meanwhile.
    AppFrozen,
    /// A timer comes a moment early.
    TimerEarly,
    /// A timer comes up to five minutes late.
    TimerLate,
}
