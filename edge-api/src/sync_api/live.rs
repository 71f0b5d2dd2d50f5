//! `GET /sync/live`: a device's seat among those that are poked when their location's head moves.

use protocol::{DeviceStatus, ErrorCode};

use super::body::invalid;
use super::{Answer, ApiRequest};
use crate::credential::{DeviceCaller, suspended};
use crate::database::{Database, DatabaseError, Statement};
use crate::live::{LIVE_PROTOCOL, LiveOpening, LiveSeat, Tidings};
use crate::refusal::Refusal;

/// How a device names its token where it cannot set a header: browsers let a page choose subprotocols only.
const TOKEN_PREFIX: &str = "bearer.";

/// The credential of a request to listen: the header's, else the one among the offered subprotocols.
pub(super) fn authorization(request: &ApiRequest) -> Option<String> {
    let offered = || offers(request).find_map(|offer| offer.strip_prefix(TOKEN_PREFIX));
    request.authorization.clone().or_else(|| offered().map(|token| format!("Bearer {token}")))
}

pub(super) async fn sit_down(
    database: &impl Database,
    device: DeviceCaller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    if device.status == DeviceStatus::Suspended {
        return Err(suspended());
    }
    if !request.upgrade.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case("websocket")) {
        return Err(Refusal::new(ErrorCode::UpgradeRequired, "this path speaks WebSocket only"));
    }
    let offers_protocol = offers(request).any(|offer| offer == LIVE_PROTOCOL);
    if !offers_protocol && offers(request).next().is_some() {
        return Err(invalid(format!("of the offered subprotocols one must be {LIVE_PROTOCOL}")));
    }
    let DeviceCaller { tenant_id, location_id, device_id, .. } = device;
    let read = Statement::new(
        "SELECT head FROM locations WHERE tenant_id = ?1 AND location_id = ?2",
        [tenant_id.as_str().into(), location_id.as_str().into()],
    );
    let found = database.read(vec![read]).await?;
    let row = found.first().and_then(|rows| rows.first());
    let head = row.ok_or_else(|| DatabaseError::Failed("the device's location is missing".to_owned()))?;
    let head = head.integer("head")?;
    let seat = LiveSeat { tenant_id, location_id, device_id };
    let tidings = Tidings { opening: Some(LiveOpening { seat, head, offers_protocol }), ..Tidings::default() };
    Ok(Answer { status: 101, body: String::new(), tidings })
}

/// The subprotocols that a request offers.
fn offers(request: &ApiRequest) -> impl Iterator<Item = &str> {
    let list = request.websocket_protocols.as_deref().unwrap_or("");
    list.split(',').map(str::trim).filter(|offer| !offer.is_empty())
}
