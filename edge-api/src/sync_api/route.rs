//! The paths, their methods and who may call them.

use domain::DeviceId;

use crate::refusal::Refusal;

/// Every endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Health,
    ExchangeOrders,
    PullChanges,
    Live,
    PushMenu,
    EnrolDevice,
    CreateTenant,
    CreateLocation,
    CreateEnrolmentCode,
    ListDevices,
    SuspendDevice(DeviceId),
    RevokeDevice(DeviceId),
}

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Anyone,
    Operator,
    Admin,
    Device,
}

impl Route {
    pub(super) fn find(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').collect();
        Some(match segments.as_slice() {
            ["", "health"] => Self::Health,
            ["", "sync", "orders"] => Self::ExchangeOrders,
            ["", "sync", "changes"] => Self::PullChanges,
            ["", "sync", "live"] => Self::Live,
            ["", "sync", "menu"] => Self::PushMenu,
            ["", "devices", "enrol"] => Self::EnrolDevice,
            ["", "admin", "tenants"] => Self::CreateTenant,
            ["", "admin", "locations"] => Self::CreateLocation,
            ["", "admin", "enrolment-codes"] => Self::CreateEnrolmentCode,
            ["", "admin", "devices"] => Self::ListDevices,
            ["", "admin", "devices", device, "suspend"] => Self::SuspendDevice(device.parse().ok()?),
            ["", "admin", "devices", device, "revoke"] => Self::RevokeDevice(device.parse().ok()?),
            _ => return None,
        })
    }

    pub(super) fn check_method(&self, method: &str) -> Result<(), Refusal> {
        let allowed = match self {
            Self::Health | Self::PullChanges | Self::Live | Self::ListDevices => "GET",
            Self::ExchangeOrders
            | Self::PushMenu
            | Self::EnrolDevice
            | Self::CreateTenant
            | Self::CreateLocation
            | Self::CreateEnrolmentCode
            | Self::SuspendDevice(_)
            | Self::RevokeDevice(_) => "POST",
        };
        if method == allowed { Ok(()) } else { Err(Refusal::method_not_allowed(allowed)) }
    }

    pub(super) const fn audience(&self) -> Audience {
        match self {
            Self::Health | Self::EnrolDevice => Audience::Anyone,
            Self::CreateTenant => Audience::Operator,
            Self::PushMenu
            | Self::CreateLocation
            | Self::CreateEnrolmentCode
            | Self::ListDevices
            | Self::SuspendDevice(_)
            | Self::RevokeDevice(_) => Audience::Admin,
            Self::ExchangeOrders | Self::PullChanges | Self::Live => Audience::Device,
        }
    }

    /// The path's pattern, for the log.
    pub(super) const fn pattern(&self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::ExchangeOrders => "/sync/orders",
            Self::PullChanges => "/sync/changes",
            Self::Live => "/sync/live",
            Self::PushMenu => "/sync/menu",
            Self::EnrolDevice => "/devices/enrol",
            Self::CreateTenant => "/admin/tenants",
            Self::CreateLocation => "/admin/locations",
            Self::CreateEnrolmentCode => "/admin/enrolment-codes",
            Self::ListDevices => "/admin/devices",
            Self::SuspendDevice(_) => "/admin/devices/{id}/suspend",
            Self::RevokeDevice(_) => "/admin/devices/{id}/revoke",
        }
    }
}
