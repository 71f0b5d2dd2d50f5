//! What waits for the store, and what is on its way to it.

use domain::{MutationId, OrderId};

use super::upkeep::Load;
use crate::command::Command;
use crate::exchange::{Reply, Stream};
use crate::io::{CommandId, ExchangeId, Moment};
use crate::local_db::Draft;
use crate::sign_in::Giver;
use crate::staging::Staged;

/// What waits for its turn to be committed.
#[derive(Debug)]
pub(super) enum Waiting {
    Command {
        id: CommandId,
        moment: Moment,
        giver: Giver,
        command: Command,
    },
    Load(Load),
    Reply {
        id: ExchangeId,
        reply: Box<Reply>,
    },
    CursorExpired {
        id: ExchangeId,
    },
    StreamBroken {
        id: ExchangeId,
    },
    /// The server did not take a decision.
    DecisionRefused {
        id: ExchangeId,
        decision: MutationId,
        code: String,
        message: String,
    },
    /// No request passes with this mutation in it.
    Skip {
        id: ExchangeId,
        stream: Stream,
        seq: u64,
        code: String,
    },
}

/// The commit that is out.
#[derive(Debug)]
pub(super) struct PendingCommit {
    /// What was written; `None` where nothing had to be.
    pub(super) draft: Option<Draft>,
    pub(super) staged: Staged,
    pub(super) purpose: Purpose,
}

#[derive(Debug)]
pub(super) enum Purpose {
    Commands(Vec<(CommandId, Option<OrderId>)>),
    Reply { id: ExchangeId, has_more: bool, reached: u64 },
    Upkeep,
}
