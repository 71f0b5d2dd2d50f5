//! A record that the server itself makes takes its place in the change sequences of the locations that are to see it:
//! menus, settings, rosters, grants.
//!
//! The place is counted inside the transaction, so it needs no guard: whoever writes next counts on from it.

use domain::{DeviceId, LocationId, TenantId};
use protocol::Collection;

use crate::database::{DatabaseError, Param, Row, Rows, Statement};
use crate::live::Moved;

/// A record to be published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Publication<'a> {
    pub(crate) tenant_id: &'a TenantId,
    /// One location, or every location of the tenant.
    pub(crate) location_id: Option<&'a LocationId>,
    pub(crate) collection: Collection,
    /// The record's id; where there is none the record is the location's only one and bears its id.
    pub(crate) record_id: Option<&'a str>,
    /// Its JSON.
    pub(crate) record: &'a str,
    /// The only device that is sent it; every device of the location where there is none.
    pub(crate) only_device: Option<&'a DeviceId>,
}

impl Publication<'_> {
    /// Two statements: the first moves the heads and returns `location_id` and `head` of each, the second writes the record
    /// at each of these heads as its next version.
    pub(crate) fn statements(&self) -> [Statement; 2] {
        let tenant_id = || Param::from(self.tenant_id.as_str());
        let location_id = || optional(self.location_id.map(LocationId::as_str));
        let record_bytes = u64::try_from(self.record.len()).unwrap_or(u64::MAX);
        [
            Statement::new(
                "UPDATE locations SET head = head + 1 WHERE tenant_id = ?1 AND location_id = coalesce(?2, location_id)
                 RETURNING location_id, head",
                [tenant_id(), location_id()],
            ),
            Statement::new(
                "INSERT INTO records (
                   tenant_id, location_id, collection,
                   record_id, rev, changed_seq, record_bytes, sources, only_device, record
                 )
                 SELECT tenant_id, location_id, ?3,
                   coalesce(?4, location_id), 1, head, CAST(?5 AS INTEGER), '{}', ?6, ?7
                 FROM locations WHERE tenant_id = ?1 AND location_id = coalesce(?2, location_id)
                 ON CONFLICT (tenant_id, location_id, collection, record_id) DO UPDATE SET
                   rev = records.rev + 1, changed_seq = excluded.changed_seq, record_bytes = excluded.record_bytes,
                   only_device = excluded.only_device, record = excluded.record",
                [
                    tenant_id(),
                    location_id(),
                    self.collection.as_str().into(),
                    optional(self.record_id),
                    record_bytes.into(),
                    optional(self.only_device.map(DeviceId::as_str)),
                    self.record.into(),
                ],
            ),
        ]
    }
}

/// Which locations a publication moved, from the rows of its first statement.
pub(crate) fn moved(tenant_id: &TenantId, rows: &Rows) -> Result<Vec<Moved>, DatabaseError> {
    let moved = |row: &Row| {
        let location_id = row.parsed("location_id")?;
        Ok(Moved { tenant_id: tenant_id.clone(), location_id, head: row.integer("head")? })
    };
    rows.iter().map(moved).collect()
}

fn optional(text: Option<&str>) -> Param {
    text.map_or(Param::Null, Param::from)
}
