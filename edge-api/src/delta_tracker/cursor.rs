//! How far a device has read its location's change sequence.
//!
//! Opaque to devices. It names the location and the epoch, so that a cursor of another location, or of a sequence that was
//! started afresh, is noticed instead of read as a number that happens to fit.

use domain::LocationId;
use protocol::ErrorCode;

use crate::refusal::Refusal;

/// Where a location's change sequence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    /// Names the life of the sequence.
    pub(crate) epoch: String,
}

/// A place in a location's change sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Before everything.
    Start,
    /// After the change with this number.
    After { epoch: String, seq: u64 },
}

impl Cursor {
    /// Reads a cursor as a device sends it; none and an empty one ask for everything.
    pub(crate) fn read(text: Option<&str>, location_id: &LocationId) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self::Start) };
        Self::parse(text, location_id).ok_or_else(expired)
    }

    /// The number to read after, provided that the sequence still honours it.
    pub(crate) fn honoured_by(&self, head: &Head) -> Result<u64, Refusal> {
        match self {
            Self::Start => Ok(0),
            Self::After { epoch, seq } if *epoch == head.epoch && *seq <= head.seq => Ok(*seq),
            Self::After { .. } => Err(expired()),
        }
    }

    /// The number to read after, not yet checked against the sequence.
    pub(crate) const fn seq(&self) -> u64 {
        match self {
            Self::Start => 0,
            Self::After { seq, .. } => *seq,
        }
    }

    /// The text for a device.
    pub(crate) fn text(location_id: &LocationId, epoch: &str, seq: u64) -> String {
        format!("1.{location_id}.{epoch}.{seq}")
    }

    fn parse(text: &str, location_id: &LocationId) -> Option<Self> {
        let rest = text.strip_prefix("1.")?.strip_prefix(location_id.as_str())?.strip_prefix('.')?;
        let (epoch, number) = rest.split_once('.')?;
        let seq = number.parse().ok()?;
        let cursor = Self::After { epoch: epoch.to_owned(), seq };
        // One form only: `+7` and `007` would be second spellings of one place.
        (Self::text(location_id, epoch, seq) == text).then_some(cursor)
    }
}

fn expired() -> Refusal {
    Refusal::new(ErrorCode::CursorExpired, "this cursor is not honoured; read again from the start")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_honoured_only_by_its_own_location_and_epoch_and_up_to_the_head() {
        let location: LocationId = "loc.quay.2".parse().unwrap();
        let head = Head { seq: 7, epoch: "beef".to_owned() };
        let honoured = |text: &str| Cursor::read(Some(text), &location).and_then(|cursor| cursor.honoured_by(&head));
        assert_eq!(honoured(&Cursor::text(&location, "beef", 7)), Ok(7));
        assert_eq!(honoured(""), Ok(0));
        for bad in [
            "1.loc.quay.2.beef.8",
            "1.loc.quay.2.dead.7",
            "1.loc.quay.beef.7",
            "2.loc.quay.2.beef.7",
            "1.loc.quay.2.beef.+7",
            "1.loc.quay.2.beef.07",
            "1.loc.quay.2.beef",
            "7",
            "1.loc.quay.2.beef.99999999999999999999999",
        ] {
            assert_eq!(honoured(bad).map_err(|refusal| refusal.code), Err(ErrorCode::CursorExpired), "{bad}");
        }
    }
}
