//! The journal: one commit is one new key, so writing one key atomically is all a store must do.
//!
//! Entries are numbered from 1 without holes and each carries the checksum of the one before it, so that a torn, missing or
//! exchanged entry is noticed. Form 1 was written in the clear and is still read:
//! `"AURA" | 1 u8 | number u64 | previous checksum u32 | payload length u32 | payload | checksum u32`.

use super::sealing::{Fault, Header, Kind, MAGIC, Sealer, checked};
use super::store_change::StoreChange;

/// Every journal key starts with this, after the prefix of its epoch.
const JOURNAL_PREFIX: &str = "journal/";
const PLAIN_FORMAT: u8 = 1;

/// Where the journal ends: what the next entry is numbered and chained to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct JournalTail {
    /// The number of the last entry.
    pub(crate) number: u64,
    /// Its checksum.
    pub(crate) checksum: u32,
}

/// The key of an entry; keys sort as their numbers do.
pub(crate) fn journal_key(prefix: &str, number: u64) -> String {
    format!("{prefix}{JOURNAL_PREFIX}{number:016x}")
}

/// The number in an entry's key.
pub(crate) fn number_of_key(prefix: &str, key: &str) -> Option<u64> {
    number_after(key.strip_prefix(prefix)?, JOURNAL_PREFIX)
}

/// No store comes to so many commits or chunks: a key with a higher number was not written by an engine.
const NUMBER_MAX: u64 = 1 << 48;

/// The sixteen hexadecimal digits that follow `name`.
pub(crate) fn number_after(key: &str, name: &str) -> Option<u64> {
    let digits = key.strip_prefix(name).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().filter(|number| *number <= NUMBER_MAX)
}

/// An entry read back.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) previous_checksum: u32,
    pub(crate) fence: u32,
    /// `None` for form 1.
    pub(crate) key_id: Option<u32>,
    pub(crate) changes: Vec<StoreChange>,
    /// Bytes of its content before it was compressed.
    pub(crate) bytes: usize,
}

/// Reads the entry with this number. One in the clear is taken only where nothing sealed came before it: whoever has no key
/// must not be able to add to a store.
pub(crate) fn decode(
    sealer: &Sealer,
    key: &str,
    number: u64,
    value: &[u8],
    may_be_plain: bool,
) -> Result<Entry, Fault> {
    if value.get(4) == Some(&PLAIN_FORMAT) {
        let entry = decode_plain(number, value)?;
        return if may_be_plain { Ok(entry) } else { Err(Fault::Foreign) };
    }
    let opened = sealer.open(key, Kind::Journal, value)?;
    let Header { number: stored, fence, previous_checksum, .. } = opened.header;
    if stored != number {
        return Err(Fault::Foreign);
    }
    let (changes, bytes) = (read_changes(&opened.content)?, opened.content.len());
    Ok(Entry { previous_checksum, fence, key_id: Some(opened.key_id), changes, bytes })
}

fn decode_plain(number: u64, value: &[u8]) -> Result<Entry, Fault> {
    let framed = checked(value).map_err(|_| if is_cut_short(value) { Fault::CutShort } else { Fault::Damaged })?;
    let (magic, rest) = framed.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
    let (_, rest) = rest.split_first_chunk::<1>().ok_or(Fault::Damaged)?;
    let (stored, rest) = rest.split_first_chunk::<8>().ok_or(Fault::Damaged)?;
    let (previous_checksum, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
    let (length, payload) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
    if magic != MAGIC || usize::try_from(u32::from_le_bytes(*length)).ok() != Some(payload.len()) {
        return Err(Fault::Damaged);
    }
    if u64::from_le_bytes(*stored) != number {
        return Err(Fault::Foreign);
    }
    let previous_checksum = u32::from_le_bytes(*previous_checksum);
    let (changes, bytes) = (read_changes(payload)?, payload.len());
    Ok(Entry { previous_checksum, fence: 0, key_id: None, changes, bytes })
}

/// Whether an entry of form 1 that is not whole has fewer bytes than it says.
fn is_cut_short(value: &[u8]) -> bool {
    let Some((length, rest)) = value.get(4 + 1 + 8 + 4..).and_then(|rest| rest.split_first_chunk::<4>()) else {
        return true;
    };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    rest.len() < length.saturating_add(4)
}

/// Reads a list of changes. What a newer version wrote and this one does not know is not damage.
pub(crate) fn read_changes(content: &[u8]) -> Result<Vec<StoreChange>, Fault> {
    // As text: a second JSON reader for bytes would double the generated code.
    let text = std::str::from_utf8(content).map_err(|_| Fault::FormatUnknown)?;
    serde_json::from_str(text).map_err(|_| Fault::FormatUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_numbers_do() {
        assert!(journal_key("", 9) < journal_key("", 10) && journal_key("", 255) < journal_key("", 256));
        assert_eq!(number_of_key("", &journal_key("", 300)), Some(300));
        assert_eq!(number_of_key("epoch-2/", &journal_key("epoch-2/", 300)), Some(300));
        assert_eq!(number_of_key("", "journal/x"), None);
        assert_eq!(number_of_key("", "journal/ffffffffffffffff"), None, "nothing may be reckoned from it");
    }
}
