//! What a device is told about itself: a record of the collection `notices`, which no other device is sent.
//!
//! It is read from the device's row inside the transaction that changes the row, so it says what stands there.

use domain::{DeviceId, TenantId};
use protocol::Collection;

use crate::database::{Param, Statement};

/// Two statements, as a [`Publication`](crate::publication::Publication) has them: the first moves the head of the device's
/// location and returns `location_id` and `head`, the second writes the notice there. They do nothing for a device that was
/// revoked, which reads nothing any more, and for one that does not exist.
pub(crate) fn statements(tenant_id: &TenantId, device_id: &DeviceId) -> [Statement; 2] {
    let device = || [Param::from(tenant_id.as_str()), device_id.as_str().into()];
    let [tenant, id] = device();
    [
        Statement::new(
            "UPDATE locations SET head = head + 1
             WHERE tenant_id = ?1 AND location_id = (
               SELECT location_id FROM devices WHERE tenant_id = ?1 AND device_id = ?2 AND status <> 'revoked'
             )
             RETURNING location_id, head",
            device(),
        ),
        Statement::new(
            "INSERT INTO records (
               tenant_id, location_id, collection,
               record_id, rev, changed_seq, record_bytes, sources, only_device, record
             )
             SELECT tenant_id, location_id, ?3, device_id, 1, head, length(CAST(notice AS BLOB)), '{}', device_id, notice
             FROM (
               SELECT d.tenant_id, d.location_id, d.device_id, l.head, json_object(
                 'schema', 1, 'device_id', d.device_id, 'name', d.name, 'device_prefix', d.prefix,
                 'status', d.status, 'reused_at', d.reused_at
               ) AS notice
               FROM devices d JOIN locations l ON l.tenant_id = d.tenant_id AND l.location_id = d.location_id
               WHERE d.tenant_id = ?1 AND d.device_id = ?2 AND d.status <> 'revoked'
             )
             WHERE true
             ON CONFLICT (tenant_id, location_id, collection, record_id) DO UPDATE SET
               rev = records.rev + 1, changed_seq = excluded.changed_seq, record_bytes = excluded.record_bytes,
               record = excluded.record",
            [tenant, id, Collection::Notices.as_str().into()],
        ),
    ]
}
