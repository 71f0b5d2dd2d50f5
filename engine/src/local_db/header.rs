//! The store's own name tag: whose it is, and under which prefix its values stand. In the clear, because it must be read
//! before anything can be opened; kept twice, because everything hangs on it.

use domain::{DeviceId, TenantId};
use serde::{Deserialize, Serialize};

use super::sealing::{FORMAT, Fault, MAGIC, checked};

/// Where the name tag stands, and its copy.
pub(crate) const HEADER_KEYS: [&str; 2] = ["store", "store-copy"];
const KIND: u8 = 0;

/// Whose store it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoreHeader {
    pub(crate) tenant_id: TenantId,
    pub(crate) device_id: DeviceId,
    /// Grows when a store whose keys are lost is put aside: the values of the new one stand under another prefix.
    pub(crate) epoch: u32,
}

impl StoreHeader {
    /// What stands before the keys of an epoch. The first has no prefix.
    pub(crate) fn prefix_of(epoch: u32) -> String {
        if epoch == 0 { String::new() } else { format!("epoch-{epoch}/") }
    }

    /// The bytes to store.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut value = MAGIC.to_vec();
        value.extend_from_slice(&[FORMAT, KIND]);
        value.extend_from_slice(&serde_json::to_vec(self)?);
        let checksum = crc32fast::hash(&value);
        value.extend_from_slice(&checksum.to_le_bytes());
        Ok(value)
    }

    /// Reads it back.
    pub(crate) fn decode(value: &[u8]) -> Result<Self, Fault> {
        let framed = checked(value)?;
        let (magic, rest) = framed.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        let ([format, kind], content) = rest.split_first_chunk::<2>().ok_or(Fault::Damaged)?;
        if magic != MAGIC || *kind != KIND {
            return Err(Fault::Damaged);
        }
        if *format > FORMAT {
            return Err(Fault::FormatUnknown);
        }
        let text = std::str::from_utf8(content).map_err(|_| Fault::Damaged)?;
        serde_json::from_str(text).map_err(|_| Fault::Damaged)
    }
}
