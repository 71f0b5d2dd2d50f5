//! The changes after a cursor.

use domain::{BusinessDate, DeviceId, LocationId, Timestamp};
use protocol::{DeltaEntry, ErrorCode, Incarnation};
use serde_json::value::RawValue;

use super::record::Record;
use super::{DAY_MILLIS, Location, Model, Refusal, refuse};

const ENTRIES_MAX: u32 = 500;
const PAGE_BYTES: usize = 1 << 20;
const SNAPSHOT_DAYS: i64 = 35;

/// How far a device has read.
pub(super) struct Cursor {
    /// The life of the sequence and the number in it; nothing at the very start.
    place: Option<(String, u64)>,
    /// Where a snapshot began.
    since: Option<BusinessDate>,
}

pub(super) struct Page {
    pub(super) changes: Vec<DeltaEntry>,
    pub(super) cursor: String,
    pub(super) has_more: bool,
}

impl Cursor {
    pub(super) fn read(text: Option<&str>, location_id: &LocationId) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self { place: None, since: None }) };
        let rest = text.strip_prefix(&format!("1.{location_id}.")).unwrap_or_default();
        let mut parts = rest.split('.');
        let (epoch, seq, since) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let seq = seq.and_then(|seq| seq.parse().ok());
        let day = since.map(|day| BusinessDate::try_from(day.to_owned())).transpose();
        let (Some(seq), Ok(since)) = (seq, day) else { return refuse(ErrorCode::CursorExpired) };
        // Every place has one spelling.
        if written(location_id, epoch, seq, since) != text {
            return refuse(ErrorCode::CursorExpired);
        }
        Ok(Self { place: Some((epoch.to_owned(), seq)), since })
    }

    /// The number to read after, where the location still honours it.
    pub(super) fn after(&self, location: &Location) -> Result<u64, Refusal> {
        let Some((epoch, seq)) = &self.place else { return Ok(0) };
        let floor = if self.since.is_some() { 0 } else { location.floor };
        if *epoch == location.epoch && (floor..=location.head).contains(seq) {
            Ok(*seq)
        } else {
            refuse(ErrorCode::CursorExpired)
        }
    }
}

fn written(location_id: &LocationId, epoch: &str, seq: u64, since: Option<BusinessDate>) -> String {
    let since = since.map_or_else(String::new, |since| format!(".{since}"));
    format!("1.{location_id}.{epoch}.{seq}{since}")
}

impl Location {
    /// The cursor after a number.
    pub(super) fn cursor(&self, location_id: &LocationId, seq: u64) -> String {
        written(location_id, &self.epoch, seq, None)
    }
}

impl Model {
    pub(super) fn location(&self, location_id: &LocationId) -> Result<&Location, Refusal> {
        self.locations.get(location_id).ok_or(Refusal { code: ErrorCode::NotFound, expected: None })
    }

    pub(super) fn page(
        &self,
        now: Timestamp,
        device: &DeviceId,
        cursor: &Cursor,
        limit: u32,
        incarnation: Option<&Incarnation>,
    ) -> Result<Page, Refusal> {
        let Some(caller) = self.devices.get(device) else { return refuse(ErrorCode::Internal) };
        let location = self.location(&caller.location_id)?;
        let after = cursor.after(location)?;
        let since = match cursor {
            Cursor { place: None, .. } => Some(BusinessDate::of(now.after(-SNAPSHOT_DAYS * DAY_MILLIS), 0, 0)),
            Cursor { since, .. } => *since,
        };
        let seen = |record: &Record| {
            let filed_later = |day| since.is_none_or(|since| day >= since);
            record.changed_seq > after
                && record.only_device.as_ref().is_none_or(|only| only == device)
                && record.filed_under().is_none_or(filed_later)
        };
        let mut found: Vec<_> = location.records.iter().filter(|(_, record)| seen(record)).collect();
        found.sort_by_key(|(_, record)| record.changed_seq);
        let wanted = usize::try_from(limit.clamp(1, ENTRIES_MAX)).unwrap_or(usize::MAX);
        let source = incarnation.map(|incarnation| format!("{device}/{incarnation}"));
        let (mut changes, mut bytes, mut reached) = (Vec::new(), 0, after);
        for ((collection, id), record) in found {
            if changes.len() >= wanted || bytes >= PAGE_BYTES {
                break;
            }
            let text = record.text();
            bytes += record.weight(&text);
            reached = record.changed_seq;
            changes.push(DeltaEntry {
                collection: *collection,
                id: id.clone(),
                rev: record.rev,
                changed_seq: record.changed_seq,
                own_seq: source.as_ref().and_then(|source| record.sources.get(source)).copied().unwrap_or(0),
                record: RawValue::from_string(text).ok(),
            });
        }
        // A page that was not cut has read up to the head, whatever stands there for others.
        let cut = changes.len() >= wanted || bytes >= PAGE_BYTES;
        let has_more = cut && reached < location.head;
        let cursor = if has_more {
            written(&caller.location_id, &location.epoch, reached, since)
        } else {
            location.cursor(&caller.location_id, location.head)
        };
        Ok(Page { changes, cursor, has_more })
    }
}
