//! How far a device has read its location's change sequence.
//!
//! Opaque to devices. It names the location and the epoch, so that a cursor of another location, or of a sequence that was
//! started afresh, is noticed instead of read as a number that happens to fit.

use domain::{BusinessDate, LocationId};
use protocol::ErrorCode;

use crate::refusal::Refusal;

/// Where a location's change sequence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    /// Names the life of the sequence.
    pub(crate) epoch: String,
    /// Tombstones up to here were removed, so whoever has read less may have missed one.
    pub(crate) floor: u64,
}

/// A place in a location's change sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Before everything.
    Start,
    /// After the change with this number.
    After { epoch: String, seq: u64 },
    /// The same, on the way through a snapshot of what is undecided or was filed on this day or later.
    Within { epoch: String, seq: u64, since: BusinessDate },
}

impl Cursor {
    /// Reads a cursor as a device sends it; none and an empty one ask for a snapshot.
    pub(crate) fn read(text: Option<&str>, location_id: &LocationId) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self::Start) };
        Self::parse(text, location_id).ok_or_else(expired)
    }

    /// The number to read after, provided that the sequence still honours the cursor.
    pub(crate) fn honoured_by(&self, head: &Head) -> Result<u64, Refusal> {
        match self {
            Self::Start => Ok(0),
            Self::After { epoch, seq } if *epoch == head.epoch && (head.floor..=head.seq).contains(seq) => Ok(*seq),
            // What was removed under a snapshot was never part of it.
            Self::Within { epoch, seq, .. } if *epoch == head.epoch && *seq <= head.seq => Ok(*seq),
            Self::After { .. } | Self::Within { .. } => Err(expired()),
        }
    }

    /// The number to read after, not yet checked against the sequence.
    pub(crate) const fn seq(&self) -> u64 {
        match self {
            Self::Start => 0,
            Self::After { seq, .. } | Self::Within { seq, .. } => *seq,
        }
    }

    /// The text for a device.
    pub(crate) fn text(&self, location_id: &LocationId) -> String {
        match self {
            Self::Start => String::new(),
            Self::After { epoch, seq } => format!("1.{location_id}.{epoch}.{seq}"),
            Self::Within { epoch, seq, since } => format!("1.{location_id}.{epoch}.{seq}.{since}"),
        }
    }

    fn parse(text: &str, location_id: &LocationId) -> Option<Self> {
        let rest = text.strip_prefix("1.")?.strip_prefix(location_id.as_str())?.strip_prefix('.')?;
        let (epoch, place) = rest.split_once('.')?;
        let epoch = epoch.to_owned();
        let cursor = match place.split_once('.') {
            None => Self::After { epoch, seq: place.parse().ok()? },
            Some((seq, since)) => {
                Self::Within { epoch, seq: seq.parse().ok()?, since: since.to_owned().try_into().ok()? }
            }
        };
        // One form only: `+7` and `007` would be second spellings of one place.
        (cursor.text(location_id) == text).then_some(cursor)
    }
}

fn expired() -> Refusal {
    Refusal::new(ErrorCode::CursorExpired, "this cursor is not honoured; read again from the start")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_honoured_only_by_its_own_location_and_epoch_and_between_the_floor_and_the_head() {
        let location: LocationId = "loc.quay.2".parse().unwrap();
        let head = Head { seq: 7, epoch: "beef".to_owned(), floor: 3 };
        let honoured = |text: &str| Cursor::read(Some(text), &location).and_then(|cursor| cursor.honoured_by(&head));
        let after = |seq| Cursor::After { epoch: "beef".to_owned(), seq }.text(&location);
        let since: BusinessDate = "2026-10-01".to_owned().try_into().unwrap();
        let within = |seq| Cursor::Within { epoch: "beef".to_owned(), seq, since }.text(&location);
        assert_eq!([honoured(&after(3)), honoured(&after(7)), honoured(&within(1))], [Ok(3), Ok(7), Ok(1)]);
        assert_eq!(honoured(""), Ok(0));
        for bad in [
            after(2).as_str(),
            within(8).as_str(),
            "1.loc.quay.2.beef.8",
            "1.loc.quay.2.dead.7",
            "1.loc.quay.beef.7",
            "2.loc.quay.2.beef.7",
            "1.loc.quay.2.beef.+7",
            "1.loc.quay.2.beef.07",
            "1.loc.quay.2.beef",
            "1.loc.quay.2.beef.7.",
            "1.loc.quay.2.beef.7.2026-13-01",
            "7",
            "1.loc.quay.2.beef.99999999999999999999999",
        ] {
            assert_eq!(honoured(bad).map_err(|refusal| refusal.code), Err(ErrorCode::CursorExpired), "{bad}");
        }
    }
}
