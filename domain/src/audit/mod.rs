//! The audit: what somebody did that a manager may want to ask about, in a chain that shows any tampering.
//!
//! Each device writes its own chain, from its first start. An entry carries its number, the hash of the entry before and its
//! own hash over everything it says, so an entry that was altered, removed, put in or moved no longer fits. Whoever holds
//! the device could still write a new chain from some point on; therefore the server keeps the last head it saw, and a chain
//! that does not lead through it is broken. The law: a chain only grows.
//!
//! An entry has no free text: it names what it is about by an id, so neither a PIN nor a token can end up in it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::finding::{Finding, FindingCode};
use crate::ids::{
    ConflictId, DeviceId, DrawerEventId, DrawerId, LineId, MutationId, OrderId, PaymentId, PunchId, RefundId, StaffId,
};
use crate::schema::{Upcaster, Versioned};
use crate::time::Timestamp;

/// What the hash begins with: no other hash of this project can be taken for one of an entry of this form.
const DOMAIN: &[u8] = b"auraconnect audit 1";

/// What was done. A closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// Somebody signed in.
    SignIn,
    /// Somebody tried to sign in with a wrong PIN.
    SignInFailed,
    /// Too many wrong PINs: nobody could sign in as that person for a while.
    LockOut,
    /// A manager approved what somebody else did.
    Approval,
    /// A line was taken back.
    Void,
    /// A line was given away.
    Comp,
    /// Money was given back.
    Refund,
    /// A discount was given.
    Discount,
    /// A price was set by hand.
    PriceOverride,
    /// A drawer was opened without a sale.
    NoSale,
    /// A closed order was opened again.
    Reopen,
    /// A punch was amended.
    Amend,
    /// The device's clock was set.
    ClockChange,
    /// The device lost its connection.
    OfflineStart,
    /// The device found it again.
    OfflineEnd,
    /// Records were taken off the device.
    Export,
    /// A conflict was decided.
    ConflictDecision,
    /// Somebody whose rights had been taken away tried to act.
    RevokedAttempt,
}

impl AuditKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::SignIn,
        Self::SignInFailed,
        Self::LockOut,
        Self::Approval,
        Self::Void,
        Self::Comp,
        Self::Refund,
        Self::Discount,
        Self::PriceOverride,
        Self::NoSale,
        Self::Reopen,
        Self::Amend,
        Self::ClockChange,
        Self::OfflineStart,
        Self::OfflineEnd,
        Self::Export,
        Self::ConflictDecision,
        Self::RevokedAttempt,
    ];

    /// The kind as it stands on the wire and in the hash.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::LockOut => "lock_out",
            Self::Approval => "approval",
            Self::Void => "void",
            Self::Comp => "comp",
            Self::Refund => "refund",
            Self::Discount => "discount",
            Self::PriceOverride => "price_override",
            Self::NoSale => "no_sale",
            Self::Reopen => "reopen",
            Self::Amend => "amend",
            Self::ClockChange => "clock_change",
            Self::OfflineStart => "offline_start",
            Self::OfflineEnd => "offline_end",
            Self::Export => "export",
            Self::ConflictDecision => "conflict_decision",
            Self::RevokedAttempt => "revoked_attempt",
        }
    }
}

/// What an entry is about. An id, never a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditSubject {
    /// The device itself.
    Device,
    /// A person.
    Staff(StaffId),
    /// An order.
    Order(OrderId),
    /// A line.
    Line(LineId),
    /// A payment.
    Payment(PaymentId),
    /// A refund.
    Refund(RefundId),
    /// A punch.
    Punch(PunchId),
    /// A drawer.
    Drawer(DrawerId),
    /// Something that happened in a drawer.
    DrawerEvent(DrawerEventId),
    /// A change on its way to the server.
    Mutation(MutationId),
    /// A conflict.
    Conflict(ConflictId),
}

impl AuditSubject {
    fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Device => ("device", String::new()),
            Self::Staff(id) => ("staff", id.to_string()),
            Self::Order(id) => ("order", id.to_string()),
            Self::Line(id) => ("line", id.to_string()),
            Self::Payment(id) => ("payment", id.to_string()),
            Self::Refund(id) => ("refund", id.to_string()),
            Self::Punch(id) => ("punch", id.to_string()),
            Self::Drawer(id) => ("drawer", id.to_string()),
            Self::DrawerEvent(id) => ("drawer_event", id.to_string()),
            Self::Mutation(id) => ("mutation", id.to_string()),
            Self::Conflict(id) => ("conflict", id.to_string()),
        }
    }
}

/// What is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFact {
    /// When, as well as the device knows.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// Who did it; nothing where nobody was signed in.
    pub staff_id: Option<StaffId>,
    /// What it is about.
    pub subject: AuditSubject,
}

/// One entry of a device's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// The device whose chain it is.
    pub device_id: DeviceId,
    /// Its place in the chain: from 1, without holes.
    pub number: u64,
    /// The hash of the entry before.
    pub previous: AuditHash,
    /// When, as well as the device knows.
    pub at: Timestamp,
    /// What.
    pub kind: AuditKind,
    /// Who did it; nothing where nobody was signed in.
    pub staff_id: Option<StaffId>,
    /// What it is about.
    pub subject: AuditSubject,
    /// The hash of all of the above.
    pub hash: AuditHash,
}

impl Versioned for AuditEntry {
    const NAME: &'static str = "audit entry";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl AuditEntry {
    /// The hash of what the entry says: every part with its length before it, so that no two entries have the same bytes.
    fn hashed(&self) -> AuditHash {
        let (subject_kind, subject_id) = self.subject.parts();
        let (number, at) = (self.number.to_be_bytes(), self.at.millis().to_be_bytes());
        let (device, staff) = (self.device_id.as_str(), self.staff_id.as_ref().map_or("", StaffId::as_str));
        let parts: [&[u8]; 9] = [
            DOMAIN,
            device.as_bytes(),
            &number,
            &self.previous.0,
            &at,
            self.kind.as_str().as_bytes(),
            // An id is never empty, so nobody is unlike anybody.
            staff.as_bytes(),
            subject_kind.as_bytes(),
            subject_id.as_bytes(),
        ];
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        AuditHash(hasher.finalize().into())
    }
}

/// A SHA-256 hash. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuditHash([u8; 32]);

impl fmt::Display for AuditHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl TryFrom<String> for AuditHash {
    type Error = AuditHashError;

    fn try_from(text: String) -> Result<Self, AuditHashError> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(AuditHashError);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low).ok_or(AuditHashError)?;
        }
        Ok(Self(bytes))
    }
}

/// The value of a lower-case hexadecimal digit: one text for each hash.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl From<AuditHash> for String {
    fn from(hash: AuditHash) -> Self {
        hash.to_string()
    }
}

/// Not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash must be 64 lower-case hexadecimal digits")]
pub struct AuditHashError;

/// How far a chain reaches. Whoever knows it notices when the chain is cut shorter or written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// The number of the last entry; 0 where there is none.
    pub number: u64,
    /// The hash of the last entry; zeros where there is none.
    pub hash: AuditHash,
}

impl Versioned for AuditHead {
    const NAME: &'static str = "audit head";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl AuditHead {
    /// The head of a chain without entries.
    pub const START: Self = Self { number: 0, hash: AuditHash([0; 32]) };

    /// Writes the next entry and moves on to it.
    #[must_use]
    pub fn append(&mut self, device_id: &DeviceId, fact: AuditFact) -> AuditEntry {
        let mut entry = AuditEntry {
            device_id: device_id.clone(),
            number: self.number.saturating_add(1),
            previous: self.hash,
            at: fact.at,
            kind: fact.kind,
            staff_id: fact.staff_id,
            subject: fact.subject,
            hash: self.hash,
        };
        entry.hash = entry.hashed();
        *self = Self { number: entry.number, hash: entry.hash };
        entry
    }

    /// Follows entries that come after this head to the head they lead to.
    ///
    /// # Errors
    /// `CHAIN_BREAK`, with the number of the first entry that does not follow.
    pub fn follow<'a>(
        mut self,
        device_id: &DeviceId,
        entries: impl IntoIterator<Item = &'a AuditEntry>,
    ) -> Result<Self, Finding> {
        for entry in entries {
            let next = self.number.saturating_add(1);
            let follows = entry.device_id == *device_id
                && entry.number == next
                && entry.previous == self.hash
                && entry.hash == entry.hashed();
            if !follows {
                return Err(broken(device_id, next, "is missing, altered or out of its place"));
            }
            self = Self { number: entry.number, hash: entry.hash };
        }
        Ok(self)
    }
}

/// Checks a device's whole chain, and that it leads through a head known from before.
///
/// # Errors
/// `CHAIN_BREAK`, with the number of the first entry that is missing, altered or out of its place.
pub fn verify_audit(device_id: &DeviceId, chain: &[AuditEntry], known: AuditHead) -> Result<AuditHead, Finding> {
    let head = AuditHead::START.follow(device_id, chain)?;
    let through = if known.number == 0 {
        Some(AuditHead::START.hash)
    } else {
        chain.iter().find(|entry| entry.number == known.number).map(|entry| entry.hash)
    };
    match through {
        Some(hash) if hash == known.hash => Ok(head),
        Some(_) => Err(broken(device_id, known.number, "was written anew")),
        None => Err(broken(device_id, head.number.saturating_add(1), "is missing: the chain was cut")),
    }
}

fn broken(device_id: &DeviceId, number: u64, what: &str) -> Finding {
    Finding::new(FindingCode::ChainBreak, format!("entry {number} of the audit of {device_id} {what}"))
}

#[cfg(test)]
mod tests;
