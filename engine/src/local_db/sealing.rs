//! How a value is stored: framed, numbered, checksummed, compressed and sealed.
//!
//! `"AURA" | format u8 | kind u8 | flags u8 | key id u32 | number u64 | fence u32 | previous checksum u32 | length of what is
//! sealed u32 | nonce 24 bytes | sealed content | tag 16 bytes | checksum u32`, integers little-endian. The content is sealed with XChaCha20-Poly1305; what
//! is bound to it is the tenant, the device, the key it is stored under and everything before the nonce. A value that was
//! moved, exchanged or altered does not open; the checksum outside tells damage from a key that does not fit.

use chacha20poly1305::{AeadInOut, Key, KeyInit, Tag, XChaCha20Poly1305, XNonce};

use super::keyring::Keyring;

/// The form that is written now. Form 1, the journal in the clear, is still read.
pub(crate) const FORMAT: u8 = 2;

pub(crate) const MAGIC: &[u8; 4] = b"AURA";
const HEADER_BYTES: usize = 4 + 1 + 1 + 1 + 4 + 8 + 4 + 4 + 4;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const COMPRESSED: u8 = 1;
/// Content below this many bytes is not worth compressing.
const COMPRESSION_BYTES_MIN: usize = 192;
/// No honest value is larger once it is decompressed.
const CONTENT_BYTES_MAX: usize = 64 << 20;

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One commit.
    Journal = 1,
    /// A part of a checkpoint.
    Chunk = 2,
    /// What a checkpoint consists of.
    Manifest = 3,
}

/// What a value says of itself in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// Its number among its kind.
    pub(crate) number: u64,
    /// The life of the writer: grows each time a store is opened for writing.
    pub(crate) fence: u32,
    /// The checksum of the journal entry before it; 0 for other kinds.
    pub(crate) previous_checksum: u32,
}

/// A value read back.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) header: Header,
    pub(crate) key_id: u32,
    pub(crate) content: Vec<u8>,
}

/// Why a value could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its bytes are not what was written.
    Damaged,
    /// Its end is missing.
    CutShort,
    /// A newer version wrote it.
    FormatUnknown,
    /// The key that sealed it is not there.
    KeyMissing,
    /// Whole, but not sealed for this place in this store.
    Foreign,
}

/// Seals and opens the values of one store.
#[derive(Debug, Clone)]
pub(crate) struct Sealer {
    pub(crate) keyring: Keyring,
    identity: String,
}

impl Sealer {
    /// For the store of this device.
    pub(crate) fn new(keyring: Keyring, tenant_id: &str, device_id: &str) -> Self {
        Self { keyring, identity: format!("aura|{tenant_id}|{device_id}|") }
    }

    /// The bytes to store under `key`. `nonce` must never come twice. `None` where there is no key to seal with.
    pub(crate) fn seal(&self, key: &str, header: Header, content: &[u8], nonce: &[u8; NONCE_BYTES]) -> Option<Vec<u8>> {
        let sealing_key = self.keyring.current()?;
        let compressed = (content.len() >= COMPRESSION_BYTES_MIN)
            .then(|| lz4_flex::block::compress_prepend_size(content))
            .filter(|compressed| compressed.len() < content.len());
        let flags = if compressed.is_some() { COMPRESSED } else { 0 };
        let content = compressed.as_deref().unwrap_or(content);

        let mut value = Vec::with_capacity(HEADER_BYTES + NONCE_BYTES + content.len() + TAG_BYTES + 4);
        value.extend_from_slice(MAGIC);
        value.extend_from_slice(&[FORMAT, header.kind as u8, flags]);
        value.extend_from_slice(&sealing_key.id.to_le_bytes());
        value.extend_from_slice(&header.number.to_le_bytes());
        value.extend_from_slice(&header.fence.to_le_bytes());
        value.extend_from_slice(&header.previous_checksum.to_le_bytes());
        let length = u32::try_from(content.len() + TAG_BYTES).ok()?;
        value.extend_from_slice(&length.to_le_bytes());
        let bound = self.bound_to(key, &value);
        value.extend_from_slice(nonce);
        let content_at = value.len();
        value.extend_from_slice(content);
        let cipher = XChaCha20Poly1305::new(&Key::from(sealing_key.bytes));
        let tag =
            cipher.encrypt_inout_detached(&XNonce::from(*nonce), &bound, value.get_mut(content_at..)?.into()).ok()?;
        value.extend_from_slice(&tag);
        value.extend_from_slice(&crc32fast::hash(&value).to_le_bytes());
        Some(value)
    }

    /// Reads the value stored under `key` as one of this kind.
    pub(crate) fn open(&self, key: &str, kind: Kind, value: &[u8]) -> Result<Opened, Fault> {
        let framed = checked(value)?;
        let (magic, rest) = framed.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        let ([format, stored_kind, flags], rest) = rest.split_first_chunk::<3>().ok_or(Fault::Damaged)?;
        if magic != MAGIC {
            return Err(Fault::Damaged);
        }
        if *format > FORMAT {
            return Err(Fault::FormatUnknown);
        }
        // Judged before the rest is: a value of another kind must not look as if a newer version had written it.
        if *format < FORMAT || *stored_kind != kind as u8 {
            return Err(Fault::Foreign);
        }
        if *flags > COMPRESSED {
            return Err(Fault::FormatUnknown);
        }
        let (key_id, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        let (number, rest) = rest.split_first_chunk::<8>().ok_or(Fault::Damaged)?;
        let (fence, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        let (previous_checksum, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        // A length that lies would not open: it is bound to the content.
        let (_, rest) = rest.split_first_chunk::<4>().ok_or(Fault::Damaged)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Fault::Damaged)?;
        let (content, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(Fault::Damaged)?;
        let key_id = u32::from_le_bytes(*key_id);
        let sealing_key = self.keyring.key(key_id).ok_or(Fault::KeyMissing)?;
        let bound = self.bound_to(key, framed.get(..HEADER_BYTES).ok_or(Fault::Damaged)?);
        let mut content = content.to_vec();
        let cipher = XChaCha20Poly1305::new(&Key::from(sealing_key.bytes));
        cipher
            .decrypt_inout_detached(&XNonce::from(*nonce), &bound, content.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| Fault::Foreign)?;
        let content = if *flags == COMPRESSED { decompressed(&content)? } else { content };
        let header = Header {
            kind,
            number: u64::from_le_bytes(*number),
            fence: u32::from_le_bytes(*fence),
            previous_checksum: u32::from_le_bytes(*previous_checksum),
        };
        Ok(Opened { header, key_id, content })
    }

    fn bound_to(&self, key: &str, header: &[u8]) -> Vec<u8> {
        [self.identity.as_bytes(), key.as_bytes(), b"|", header].concat()
    }
}

/// The value without its checksum, where that fits.
pub(crate) fn checked(value: &[u8]) -> Result<&[u8], Fault> {
    let (framed, checksum) = value.split_last_chunk::<4>().ok_or(Fault::CutShort)?;
    if crc32fast::hash(framed) == u32::from_le_bytes(*checksum) {
        Ok(framed)
    } else if is_cut_short(value) {
        Err(Fault::CutShort)
    } else {
        Err(Fault::Damaged)
    }
}

/// Whether a value that is not whole has fewer bytes than it says.
fn is_cut_short(value: &[u8]) -> bool {
    let Some((length, rest)) = value.get(HEADER_BYTES - 4..).and_then(|rest| rest.split_first_chunk::<4>()) else {
        return true;
    };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    rest.len() < length.saturating_add(NONCE_BYTES + 4)
}

/// The checksum that a value ends with.
pub(crate) fn checksum_of(value: &[u8]) -> u32 {
    value.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn decompressed(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let (bytes, compressed) = lz4_flex::block::uncompressed_size(content).map_err(|_| Fault::Damaged)?;
    if bytes > CONTENT_BYTES_MAX {
        return Err(Fault::Damaged);
    }
    lz4_flex::block::decompress(compressed, bytes).map_err(|_| Fault::Damaged)
}
