//! The journal's frames: one commit is one new key, so writing one key atomically is all a store must do.
//!
//! A frame is numbered and carries the checksum of the frame before it, so that a torn, flipped, missing or swapped value
//! is detected and never read as something else:
//! `"AURA" | format u8 | number u64 | previous checksum u32 | payload length u32 | payload | checksum u32`, little-endian.

use super::store_change::StoreChange;

/// Every journal key starts with this.
pub const JOURNAL_PREFIX: &str = "journal/";

const MAGIC: &[u8; 4] = b"AURA";
const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 4 + 1 + 8 + 4 + 4;

/// Where the journal ends: what the next frame is numbered and chained to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct JournalTail {
    /// The number of the last frame.
    pub(crate) number: u64,
    /// Its checksum.
    pub(crate) checksum: u32,
}

/// The key of a frame; keys sort as their numbers do.
pub(crate) fn journal_key(number: u64) -> String {
    format!("{JOURNAL_PREFIX}{number:016x}")
}

/// The number in a frame's key.
pub(crate) fn number_of_key(key: &str) -> Option<u64> {
    let digits = key.strip_prefix(JOURNAL_PREFIX).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

/// Frames the changes of one commit.
pub(crate) fn encode(
    number: u64,
    previous_checksum: u32,
    changes: &[StoreChange],
) -> Result<Vec<u8>, serde_json::Error> {
    let payload = serde_json::to_vec(changes)?;
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEADER_BYTES + payload.len() + 4);
    frame.extend_from_slice(MAGIC);
    frame.push(FORMAT);
    frame.extend_from_slice(&number.to_le_bytes());
    frame.extend_from_slice(&previous_checksum.to_le_bytes());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_le_bytes());
    Ok(frame)
}

/// The checksum that a frame ends with.
pub(crate) fn checksum_of(frame: &[u8]) -> u32 {
    frame.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// A frame read back.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) previous_checksum: u32,
    pub(crate) changes: Vec<StoreChange>,
}

/// Reads a frame; `None` when it is damaged or is not the frame with this number.
pub(crate) fn decode(number: u64, frame: &[u8]) -> Option<Frame> {
    let (framed, checksum) = frame.split_last_chunk::<4>()?;
    if crc32fast::hash(framed) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (magic, rest) = framed.split_first_chunk::<4>()?;
    let (format, rest) = rest.split_first_chunk::<1>()?;
    let (stored_number, rest) = rest.split_first_chunk::<8>()?;
    let (previous_checksum, rest) = rest.split_first_chunk::<4>()?;
    let (length, payload) = rest.split_first_chunk::<4>()?;
    let whole = magic == MAGIC
        && format == &[FORMAT]
        && u64::from_le_bytes(*stored_number) == number
        && usize::try_from(u32::from_le_bytes(*length)).ok() == Some(payload.len());
    if !whole {
        return None;
    }
    // As text: a second JSON reader for bytes would double the generated code.
    let changes = serde_json::from_str(std::str::from_utf8(payload).ok()?).ok()?;
    Some(Frame { previous_checksum: u32::from_le_bytes(*previous_checksum), changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Vec<u8> {
        encode(7, 99, &[StoreChange::CursorMoved { cursor: Some("1.loc_quay.e.5".to_owned()) }]).unwrap()
    }

    #[test]
    fn a_frame_reads_back_what_it_wrote() {
        let read = decode(7, &frame()).unwrap();
        assert_eq!((read.previous_checksum, read.changes.len()), (99, 1));
    }

    #[test]
    fn any_flipped_bit_any_lost_byte_and_any_other_number_is_detected() {
        let whole = frame();
        for position in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[position] ^= 1 << bit;
                assert!(decode(7, &flipped).is_none(), "byte {position} bit {bit}");
            }
            assert!(decode(7, &whole[..position]).is_none(), "cut at {position}");
        }
        assert!(decode(8, &whole).is_none());
    }

    #[test]
    fn keys_sort_as_their_numbers_do() {
        assert!(journal_key(9) < journal_key(10) && journal_key(255) < journal_key(256));
        assert_eq!(number_of_key(&journal_key(300)), Some(300));
        assert_eq!(number_of_key("journal/x"), None);
    }

    #[test]
    fn the_stored_form_is_frozen() {
        assert_eq!(
            String::from_utf8_lossy(&frame()[HEADER_BYTES..frame().len() - 4]),
            r#"[{"cursor_moved":{"cursor":"1.loc_quay.e.5"}}]"#
        );
    }
}
