//! A device tells that its own day was closed. What it says is kept as it is: it is evidence of what is still to come, and moves
//! no figures.

use domain::{DeviceClose, Versioned as _};
use protocol::{DeviceDayClose, SEQ_MAX};

use super::super::body::{invalid, limited, parsed};
use super::super::{Answer, ApiRequest};
use super::closed_answer;
use crate::credential::DeviceCaller;
use crate::database::{Database, DatabaseError, Param, Statement, to_json};
use crate::delta_tracker::Stream;
use crate::moment::Moment;
use crate::refusal::Refusal;

/// Keeps a device's close, unless the same life of its store has told of the day before; answers the one that stands.
pub(in super::super) async fn receive(
    database: &impl Database,
    moment: &Moment,
    device: &DeviceCaller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let told: DeviceDayClose = parsed(&limited(request)?)?;
    check(device, &told.close)?;
    let business_date = told.close.business_date.to_string();
    let key = [Param::from(device.tenant_id.as_str()), device.device_id.as_str().into(), business_date.into()];
    let content = [told.incarnation.to_string().into(), moment.now.to_string().into(), to_json(&told)?.into()];
    let statements = vec![
        Statement::new(
            "INSERT INTO device_closes (tenant_id, device_id, business_date, incarnation, received_at, document)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tenant_id, device_id, business_date) DO UPDATE SET
               incarnation = excluded.incarnation, received_at = excluded.received_at, document = excluded.document
             WHERE device_closes.incarnation <> excluded.incarnation",
            key.clone().into_iter().chain(content).collect::<Vec<_>>(),
        ),
        Statement::new(
            "SELECT document FROM device_closes WHERE tenant_id = ?1 AND device_id = ?2 AND business_date = ?3",
            key,
        ),
    ];
    let found = database.batch(statements).await?;
    let row = found.get(1).and_then(|rows| rows.first());
    let row = row.ok_or_else(|| DatabaseError::Failed("the close of a device was not kept".to_owned()))?;
    Ok(closed_answer(row.text("document")?.to_owned()))
}

/// Whose close it is comes from the credential alone; what the body says of it must agree.
fn check(device: &DeviceCaller, close: &DeviceClose) -> Result<(), Refusal> {
    if close.schema != DeviceClose::SCHEMA {
        return Err(invalid(format!("the form of a close is {}", DeviceClose::SCHEMA)));
    }
    if close.device_id != device.device_id || close.location_id != device.location_id {
        return Err(invalid("a device closes its own day, at its own location"));
    }
    let known = [Stream::Orders, Stream::Shifts].map(Stream::as_str);
    let unknown = close.last_seqs.iter().find(|(stream, seq)| !known.contains(&stream.as_str()) || **seq > SEQ_MAX);
    match unknown {
        Some((stream, _)) => Err(invalid(format!("last_seqs holds no number of a stream {stream}"))),
        None => Ok(()),
    }
}
