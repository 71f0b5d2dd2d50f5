//! What sockets are to hear of a request: which locations moved, and whose socket must go. Hints only: whatever a device
//! learns from the server comes in the reply to an exchange.

use domain::{DeviceId, LocationId, TenantId};

/// What the host does about live sockets once a request is answered. Never part of an answer's body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tidings {
    /// Locations whose head the request has moved: their devices are poked.
    pub moved: Vec<Moved>,
    /// A device that may listen no longer: its socket is closed.
    pub silenced: Option<LiveSeat>,
    /// The request asks to listen, and may: its socket belongs here.
    pub opening: Option<LiveOpening>,
}

impl Tidings {
    /// Whether anybody but the one who asked is to hear of it.
    #[must_use]
    pub fn concern_others(&self) -> bool {
        !self.moved.is_empty() || self.silenced.is_some()
    }
}

/// A location's change sequence has moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whose location.
    pub tenant_id: TenantId,
    /// Which one.
    pub location_id: LocationId,
    /// The last number of its change sequence.
    pub head: u64,
}

/// A device's place among those that listen at its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSeat {
    /// Whose device.
    pub tenant_id: TenantId,
    /// Where it listens.
    pub location_id: LocationId,
    /// The device; it has one socket.
    pub device_id: DeviceId,
}

/// A socket to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOpening {
    /// Whose it is.
    pub seat: LiveSeat,
    /// The last number of the location's change sequence: the first thing that the socket hears.
    pub head: u64,
    /// Whether the device offered [`LIVE_PROTOCOL`], which the answer then names.
    pub offers_protocol: bool,
}

/// The WebSocket subprotocol of live pokes.
pub const LIVE_PROTOCOL: &str = "auraconnect.v1";
