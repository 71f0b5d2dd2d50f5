//! The manifest: which chunks make up the checkpoint, and how far of the journal they hold. Writing this one key switches
//! from one checkpoint to the next.

use std::fmt;
use std::str::FromStr;

use domain::{BusinessDate, OrderId};
use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::journal::{JournalTail, number_after};

/// Where the manifest stands, after the prefix of its epoch.
pub(crate) const MANIFEST_KEY: &str = "manifest";
const CHUNK_PREFIX: &str = "chunk/";

/// What a part of the store is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Partition {
    /// Whose store it is, how far it has read, what its clocks and counters showed.
    Session,
    /// The menu and the location's settings.
    MenuCache,
    /// Mutations not settled yet.
    Queue,
    /// What a person must decide or should know.
    Conflicts,
    /// Punches, drawers, audit chains, staff and their grants.
    StaffLogs,
    /// Orders that are worked on: open ones, and those with mutations in the queue.
    OpenOrders,
    /// The finished orders of one business date.
    Orders(BusinessDate),
}

impl fmt::Display for Partition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session => out.write_str("session"),
            Self::MenuCache => out.write_str("menu_cache"),
            Self::Queue => out.write_str("queue"),
            Self::Conflicts => out.write_str("conflicts"),
            Self::StaffLogs => out.write_str("staff_logs_offline"),
            Self::OpenOrders => out.write_str("orders_offline/open"),
            Self::Orders(date) => write!(out, "orders_offline/{date}"),
        }
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> Self {
        partition.to_string()
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        Ok(match text {
            "session" => Self::Session,
            "menu_cache" => Self::MenuCache,
            "queue" => Self::Queue,
            "conflicts" => Self::Conflicts,
            "staff_logs_offline" => Self::StaffLogs,
            "orders_offline/open" => Self::OpenOrders,
            _ => {
                let date = text.strip_prefix("orders_offline/").ok_or(PartitionError)?;
                Self::Orders(BusinessDate::try_from(date.to_owned()).map_err(|_| PartitionError)?)
            }
        })
    }
}

impl TryFrom<String> for Partition {
    type Error = PartitionError;

    fn try_from(text: String) -> Result<Self, PartitionError> {
        text.parse()
    }
}

/// Not a part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a part of the store")]
pub(crate) struct PartitionError;

/// One chunk of the checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkEntry {
    /// Its number; never given twice.
    #[serde(rename = "n")]
    pub(crate) number: u64,
    /// Changes in it.
    #[serde(rename = "c")]
    pub(crate) changes: u32,
    /// The key that sealed it.
    #[serde(rename = "k")]
    pub(crate) key_id: u32,
}

/// The chunks of one part, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) partition: Partition,
    pub(crate) chunks: Vec<ChunkEntry>,
    /// Of a day: the greatest id among its orders. Ids grow with time, so that an order which is only being opened is known
    /// not to be among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<OrderId>,
}

/// The checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Grows with each checkpoint.
    pub(crate) generation: u64,
    /// The last entry of the journal that the chunks hold.
    pub(crate) covered: JournalTail,
    pub(crate) next_chunk: u64,
    /// The last mutation that the chunks know of.
    pub(crate) queue_up_to: u64,
    pub(crate) parts: Vec<Part>,
    /// What could not be read; its bytes are kept.
    pub(crate) damage: Vec<Damage>,
}

impl Manifest {
    /// The chunks of a part.
    pub(crate) fn chunks(&self, partition: Partition) -> &[ChunkEntry] {
        self.parts.iter().find(|part| part.partition == partition).map_or(&[], |part| &part.chunks)
    }

    /// The chunks of a part, to be changed.
    pub(crate) fn chunks_mut(&mut self, partition: Partition) -> &mut Vec<ChunkEntry> {
        &mut self.part_mut(partition).chunks
    }

    /// A part, to be changed.
    pub(crate) fn part_mut(&mut self, partition: Partition) -> &mut Part {
        let place = self.parts.iter().position(|part| part.partition == partition).unwrap_or_else(|| {
            self.parts.push(Part { partition, chunks: Vec::new(), newest: None });
            self.parts.len() - 1
        });
        // The place was found or made just above.
        #[expect(clippy::indexing_slicing, reason = "the place was found or made just above")]
        &mut self.parts[place]
    }

    /// Whether an order may be among the finished ones of a day.
    pub(crate) fn may_hold(&self, date: BusinessDate, order_id: OrderId) -> bool {
        let part = self.parts.iter().find(|part| part.partition == Partition::Orders(date));
        part.is_some_and(|part| part.newest.is_none_or(|newest| order_id <= newest))
    }

    /// Every chunk with its part.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Partition, &ChunkEntry)> {
        self.parts.iter().flat_map(|part| part.chunks.iter().map(|chunk| (part.partition, chunk)))
    }

    /// The business dates that have a part of their own, oldest first.
    pub(crate) fn dates(&self) -> Vec<BusinessDate> {
        let date = |part: &Part| match part.partition {
            Partition::Orders(date) if !part.chunks.is_empty() => Some(date),
            Partition::Orders(_)
            | Partition::Session
            | Partition::MenuCache
            | Partition::Queue
            | Partition::Conflicts
            | Partition::StaffLogs
            | Partition::OpenOrders => None,
        };
        let mut dates: Vec<BusinessDate> = self.parts.iter().filter_map(date).collect();
        dates.sort_unstable();
        dates
    }
}

/// The key of a chunk.
pub(crate) fn chunk_key(prefix: &str, number: u64) -> String {
    format!("{prefix}{CHUNK_PREFIX}{number:016x}")
}

/// The number in a chunk's key.
pub(crate) fn number_of_chunk_key(prefix: &str, key: &str) -> Option<u64> {
    number_after(key.strip_prefix(prefix)?, CHUNK_PREFIX)
}
