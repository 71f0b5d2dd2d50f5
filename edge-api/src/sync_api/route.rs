//! The paths, their methods and who may call them.

use std::str::FromStr;

use domain::{BusinessDate, DeviceId, LocationId, StaffId, TenantId};
use protocol::ErrorCode;

use super::exchange::Routine;
use crate::delta_tracker::Stream;
use crate::refusal::Refusal;

/// Every endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Health,
    OpenApi,
    Routine(Routine),
    ListConflicts,
    ResolveConflict,
    Live,
    CloseDeviceDay,
    PushMenu,
    EnrolDevice,
    CreateTenant,
    CreateLocation,
    CreateStaff,
    ListStaff,
    PatchStaff(StaffId),
    CreateEnrolmentCode,
    ListDevices,
    PatchTenant(TenantId),
    PatchLocation(LocationId),
    ReportDay(LocationId, BusinessDate),
    CloseDay(LocationId, BusinessDate),
    PatchDevice(DeviceId),
    RotateDeviceToken,
    RotateAdminToken,
    ResumeDevice(DeviceId),
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
    AdminOrDevice,
    OperatorOrAdmin,
}

impl Route {
    /// The endpoint of a method and a path.
    pub(super) fn find(method: &str, path: &str) -> Result<Self, Refusal> {
        let (at_path, methods) = (Self::at(path), Self::methods_at(path));
        if methods.is_empty() {
            return Err(Refusal::new(ErrorCode::NotFound, "there is no such path"));
        }
        let found = at_path.into_iter().find(|(known, _)| *known == method);
        found.map(|(_, route)| route).ok_or_else(|| Refusal::method_not_allowed(methods.join(", ")))
    }

    /// The methods that a path answers; none where there is no such path.
    pub(super) fn methods_at(path: &str) -> Vec<&'static str> {
        Self::at(path).iter().map(|(method, _)| *method).collect()
    }

    /// What stands at a path, by method.
    fn at(path: &str) -> Vec<(&'static str, Self)> {
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["", "health"] => vec![("GET", Self::Health)],
            ["", "openapi.json"] => vec![("GET", Self::OpenApi)],
            ["", "sync", "orders"] => vec![("POST", Self::Routine(Routine::Push(Stream::Orders)))],
            ["", "sync", "shifts"] => vec![("POST", Self::Routine(Routine::Push(Stream::Shifts)))],
            ["", "sync", "changes"] => vec![("GET", Self::Routine(Routine::Pull))],
            ["", "sync", "live"] => vec![("GET", Self::Live)],
            ["", "sync", "close"] => vec![("POST", Self::CloseDeviceDay)],
            ["", "sync", "conflicts"] => vec![("GET", Self::ListConflicts)],
            ["", "sync", "conflict", "resolve"] => vec![("POST", Self::ResolveConflict)],
            ["", "sync", "menu"] => vec![("POST", Self::PushMenu)],
            ["", "devices", "enrol"] => vec![("POST", Self::EnrolDevice)],
            ["", "devices", "token"] => vec![("POST", Self::RotateDeviceToken)],
            ["", "admin", "token"] => vec![("POST", Self::RotateAdminToken)],
            ["", "admin", "tenants"] => vec![("POST", Self::CreateTenant)],
            ["", "admin", "tenants", tenant] => of_id(tenant, |id| vec![("PATCH", Self::PatchTenant(id))]),
            ["", "admin", "locations"] => vec![("POST", Self::CreateLocation)],
            ["", "admin", "locations", location] => of_id(location, |id| vec![("PATCH", Self::PatchLocation(id))]),
            ["", "admin", "locations", location, "days", date] => {
                of_day(location, date, |id, date| vec![("GET", Self::ReportDay(id, date))])
            }
            ["", "admin", "locations", location, "days", date, "close"] => {
                of_day(location, date, |id, date| vec![("POST", Self::CloseDay(id, date))])
            }
            ["", "admin", "staff"] => vec![("GET", Self::ListStaff), ("POST", Self::CreateStaff)],
            ["", "admin", "staff", staff] => of_id(staff, |id| vec![("PATCH", Self::PatchStaff(id))]),
            ["", "admin", "enrolment-codes"] => vec![("POST", Self::CreateEnrolmentCode)],
            ["", "admin", "devices"] => vec![("GET", Self::ListDevices)],
            ["", "admin", "devices", device] => of_id(device, |id| vec![("PATCH", Self::PatchDevice(id))]),
            ["", "admin", "devices", device, "resume"] => of_id(device, |id| vec![("POST", Self::ResumeDevice(id))]),
            ["", "admin", "devices", device, "suspend"] => of_id(device, |id| vec![("POST", Self::SuspendDevice(id))]),
            ["", "admin", "devices", device, "revoke"] => of_id(device, |id| vec![("POST", Self::RevokeDevice(id))]),
            _ => Vec::new(),
        }
    }

    pub(super) const fn audience(&self) -> Audience {
        match self {
            Self::Health | Self::OpenApi | Self::EnrolDevice => Audience::Anyone,
            Self::CreateTenant => Audience::Operator,
            Self::PatchTenant(_) => Audience::OperatorOrAdmin,
            Self::ListConflicts | Self::ResolveConflict | Self::PushMenu => Audience::AdminOrDevice,
            Self::CreateLocation
            | Self::CreateStaff
            | Self::ListStaff
            | Self::PatchStaff(_)
            | Self::CreateEnrolmentCode
            | Self::ListDevices
            | Self::PatchLocation(_)
            | Self::ReportDay(..)
            | Self::CloseDay(..)
            | Self::PatchDevice(_)
            | Self::RotateAdminToken
            | Self::ResumeDevice(_)
            | Self::SuspendDevice(_)
            | Self::RevokeDevice(_) => Audience::Admin,
            Self::Routine(_) | Self::Live | Self::CloseDeviceDay | Self::RotateDeviceToken => Audience::Device,
        }
    }

    /// The path's pattern, for the log.
    pub(super) const fn pattern(&self) -> &'static str {
        match self {
            Self::Health => "/health",
            Self::OpenApi => "/openapi.json",
            Self::Routine(Routine::Push(Stream::Orders)) => "/sync/orders",
            Self::Routine(Routine::Push(Stream::Shifts)) => "/sync/shifts",
            Self::Routine(Routine::Pull) => "/sync/changes",
            Self::ListConflicts => "/sync/conflicts",
            Self::ResolveConflict => "/sync/conflict/resolve",
            Self::Live => "/sync/live",
            Self::CloseDeviceDay => "/sync/close",
            Self::PushMenu => "/sync/menu",
            Self::EnrolDevice => "/devices/enrol",
            Self::CreateTenant => "/admin/tenants",
            Self::CreateLocation => "/admin/locations",
            Self::CreateStaff | Self::ListStaff => "/admin/staff",
            Self::PatchStaff(_) => "/admin/staff/{id}",
            Self::CreateEnrolmentCode => "/admin/enrolment-codes",
            Self::ListDevices => "/admin/devices",
            Self::PatchTenant(_) => "/admin/tenants/{id}",
            Self::PatchLocation(_) => "/admin/locations/{id}",
            Self::ReportDay(..) => "/admin/locations/{id}/days/{date}",
            Self::CloseDay(..) => "/admin/locations/{id}/days/{date}/close",
            Self::PatchDevice(_) => "/admin/devices/{id}",
            Self::RotateDeviceToken => "/devices/token",
            Self::RotateAdminToken => "/admin/token",
            Self::ResumeDevice(_) => "/admin/devices/{id}/resume",
            Self::SuspendDevice(_) => "/admin/devices/{id}/suspend",
            Self::RevokeDevice(_) => "/admin/devices/{id}/revoke",
        }
    }
}

/// What stands at a path with an id in it; nothing where the text is none.
fn of_id<Id: FromStr>(text: &str, routes: impl FnOnce(Id) -> Vec<(&'static str, Route)>) -> Vec<(&'static str, Route)> {
    text.parse().map(routes).unwrap_or_default()
}

/// What stands at a path with a location and a date in it; nothing where one of them is none.
fn of_day(
    location: &str,
    date: &str,
    routes: impl FnOnce(LocationId, BusinessDate) -> Vec<(&'static str, Route)>,
) -> Vec<(&'static str, Route)> {
    let Ok(date) = BusinessDate::try_from(date.to_owned()) else { return Vec::new() };
    of_id(location, |location| routes(location, date))
}
