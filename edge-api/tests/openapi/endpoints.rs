//! Every endpoint. A new route gets its entry here, beside its row in `docs/protocol.md`.

use domain::{ConflictId, LocationId, OrderChange, StaffChange};
use protocol::{
    CloseDay, ClosedDay, ConflictFilter, ConflictPage, CreateEnrolmentCode, CreateLocation, CreateStaff, CreateTenant,
    DeviceDayClose, DeviceSummary, EnrolDevice, EnrolmentCode, EnrolmentGrant, ErrorCode, ExchangeReply, Health,
    Incarnation, LocationDay, LocationSettings, MenuPush, MenuPushed, NewToken, PatchDevice, PatchLocation, PatchStaff,
    PatchTenant, ResolveConflict, StaffList, StaffSummary, TenantCreated, TenantSummary,
};
use serde_json::json;

use crate::operation::{Audience, Operation, operation};
use crate::shapes::Shapes;

/// All of them, in the order of the table.
pub(crate) fn all() -> Vec<Operation> {
    [syncing(), conflicts_and_menu(), credentials(), tenant_and_locations(), days(), staff(), devices(), open_to_all()]
        .into_iter()
        .flatten()
        .collect()
}

fn syncing() -> Vec<Operation> {
    let exchange = [
        ErrorCode::SeqGap,
        ErrorCode::SeqReuse,
        ErrorCode::CursorExpired,
        ErrorCode::TooManyMutations,
        ErrorCode::ProtocolUnsupported,
    ];
    vec![
        operation("POST", "/sync/orders", "exchangeOrders", "Mutations of orders up, verdicts and delta down.")
            .for_the(Audience::Device)
            .takes_shape(Box::new(|shapes| shapes.exchange_of::<OrderChange>("Order")))
            .answers::<ExchangeReply>(200, "Every mutation is decided.")
            .refuses(&exchange),
        operation("POST", "/sync/shifts", "exchangeShifts", "The same for what staff do apart from orders.")
            .for_the(Audience::Device)
            .takes_shape(Box::new(|shapes| shapes.exchange_of::<StaffChange>("Staff")))
            .answers::<ExchangeReply>(200, "Every mutation is decided.")
            .refuses(&exchange),
        operation("GET", "/sync/changes", "pullChanges", "The delta alone, in the same form.")
            .for_the(Audience::Device)
            .may_say_any_text("cursor", "How far the reader has read; nothing asks for a snapshot.")
            .may_say::<u32>("limit", "Entries wanted. The server gives 1 to 500.")
            .may_say::<Incarnation>("incarnation", "The life of the device's store, for `own_seq`.")
            .answers::<ExchangeReply>(200, "What changed since the cursor.")
            .refuses(&[ErrorCode::CursorExpired, ErrorCode::DeviceSuspended]),
        operation("GET", "/sync/live", "live", "A WebSocket that says when there is something to pull.")
            .for_the(Audience::Device)
            .answers_without_body(101, "The socket. Its messages say where the location's head is.")
            .refuses(&[
                ErrorCode::InvalidRequest,
                ErrorCode::DeviceSuspended,
                ErrorCode::NotFound,
                ErrorCode::UpgradeRequired,
            ]),
    ]
}

fn conflicts_and_menu() -> Vec<Operation> {
    vec![
        operation("GET", "/sync/conflicts", "listConflicts", "What waits for a decision, or was decided.")
            .for_the(Audience::AdminOrDevice)
            .may_say::<ConflictFilter>("status", "Which of the two; `open` where nothing is said.")
            .may_say::<ConflictId>("after", "The `next` of the page before.")
            .may_say::<LocationId>("location_id", "An admin names the location; a device's is its own.")
            .answers::<ConflictPage>(200, "A page, oldest first.")
            .refuses(&[ErrorCode::NotFound]),
        operation(
            "POST",
            "/sync/conflict/resolve",
            "resolveConflict",
            "Decides a conflict; the first decision stands.",
        )
        .for_the(Audience::AdminOrDevice)
        .takes::<ResolveConflict>()
        .answers::<domain::Conflict>(200, "The conflict with the decision that stands.")
        .refuses(&[ErrorCode::NotFound, ErrorCode::AlreadyResolved, ErrorCode::ReleaseRefused]),
        operation("POST", "/sync/menu", "pushMenu", "Replaces a location's menu, or edits single fields of it.")
            .for_the(Audience::AdminOrDevice)
            .takes::<MenuPush>()
            .answers::<MenuPushed>(200, "The menu stands.")
            .refuses(&[ErrorCode::NotFound, ErrorCode::MenuBaseStale]),
    ]
}

fn credentials() -> Vec<Operation> {
    vec![
        operation("POST", "/devices/enrol", "enrolDevice", "Spends a one-time code on a new device.")
            .takes::<EnrolDevice>()
            .answers::<EnrolmentGrant>(201, "The device and its token, which is told this once.")
            .refuses(&[ErrorCode::EnrolmentCodeInvalid, ErrorCode::TooManyRequests, ErrorCode::Busy]),
        operation("POST", "/devices/token", "rotateDeviceToken", "A new token; the old one is good until it is used.")
            .for_the(Audience::Device)
            .answers::<NewToken>(201, "The new token, which is told this once."),
        operation("POST", "/admin/token", "rotateAdminToken", "A new token; the old one is good until it is used.")
            .for_the(Audience::Admin)
            .answers::<NewToken>(201, "The new token, which is told this once."),
        operation("POST", "/admin/enrolment-codes", "createEnrolmentCode", "A code for one device and ten minutes.")
            .for_the(Audience::Admin)
            .takes::<CreateEnrolmentCode>()
            .answers::<EnrolmentCode>(201, "The code, which is told this once.")
            .refuses(&[ErrorCode::NotFound]),
    ]
}

fn tenant_and_locations() -> Vec<Operation> {
    vec![
        operation("POST", "/admin/tenants", "createTenant", "A new tenant.")
            .for_the(Audience::Operator)
            .takes::<CreateTenant>()
            .answers::<TenantCreated>(201, "The tenant and its admin's token, which is told this once.")
            .refuses(&[ErrorCode::AlreadyExists]),
        operation("PATCH", "/admin/tenants/{id}", "patchTenant", "Changes the tenant's name, rules and limits.")
            .for_the(Audience::OperatorOrAdmin)
            .takes::<PatchTenant>()
            .answers::<TenantSummary>(200, "The tenant as it stands."),
        operation("POST", "/admin/locations", "createLocation", "A new location.")
            .for_the(Audience::Admin)
            .takes::<CreateLocation>()
            .answers::<LocationSettings>(201, "Its settings, as its devices will get them.")
            .refuses(&[ErrorCode::AlreadyExists]),
        operation(
            "PATCH",
            "/admin/locations/{id}",
            "patchLocation",
            "Changes a location's name, zone or cut-over hour.",
        )
        .for_the(Audience::Admin)
        .takes::<PatchLocation>()
        .answers::<LocationSettings>(200, "The settings as they stand."),
    ]
}

fn days() -> Vec<Operation> {
    vec![
        operation(
            "GET",
            "/admin/locations/{id}/days/{date}",
            "reportDay",
            "What a business date of a location came to.",
        )
        .for_the(Audience::Admin)
        .answers::<LocationDay>(200, "The day as it stands, as it was closed, and what came late.")
        .refuses(&[ErrorCode::InvalidRequest]),
        operation(
            "POST",
            "/admin/locations/{id}/days/{date}/close",
            "closeDay",
            "Closes the day; the first close stands.",
        )
        .for_the(Audience::Admin)
        .takes::<CloseDay>()
        .answers::<ClosedDay>(200, "The close that stands."),
        operation("POST", "/sync/close", "closeDeviceDay", "A device tells that its own day was closed.")
            .for_the(Audience::Device)
            .takes::<DeviceDayClose>()
            .answers::<DeviceDayClose>(200, "The device's close that stands."),
    ]
}

fn staff() -> Vec<Operation> {
    vec![
        operation("GET", "/admin/staff", "listStaff", "Everybody who works or worked for the tenant.")
            .for_the(Audience::Admin)
            .answers::<StaffList>(200, "Everybody, by id."),
        operation("POST", "/admin/staff", "createStaff", "Somebody new.")
            .for_the(Audience::Admin)
            .takes::<CreateStaff>()
            .answers::<StaffSummary>(201, "The person.")
            .refuses(&[
                ErrorCode::AlreadyExists,
                ErrorCode::PinWeak,
                ErrorCode::NotConfigured,
                ErrorCode::TooManyStaff,
            ]),
        operation("PATCH", "/admin/staff/{id}", "patchStaff", "Changes somebody's name, role, PIN or standing.")
            .for_the(Audience::Admin)
            .takes::<PatchStaff>()
            .answers::<StaffSummary>(200, "The person as they stand.")
            .refuses(&[ErrorCode::PinWeak, ErrorCode::NotConfigured, ErrorCode::TooManyStaff]),
    ]
}

fn devices() -> Vec<Operation> {
    let changed = |method, path, id, says| {
        let changed = operation(method, path, id, says).for_the(Audience::Admin);
        changed.answers::<DeviceSummary>(200, "The device as it stands.")
    };
    vec![
        operation("GET", "/admin/devices", "listDevices", "Every device of the tenant.")
            .for_the(Audience::Admin)
            .answers::<Vec<DeviceSummary>>(200, "At most 1,000 of them, by id."),
        changed("PATCH", "/admin/devices/{id}", "patchDevice", "Changes a device's name.").takes::<PatchDevice>(),
        changed("POST", "/admin/devices/{id}/suspend", "suspendDevice", "It may push and no longer pull."),
        changed("POST", "/admin/devices/{id}/resume", "resumeDevice", "It may pull again, unless it was revoked."),
        changed("POST", "/admin/devices/{id}/revoke", "revokeDevice", "It may neither push nor pull, for ever."),
    ]
}

fn open_to_all() -> Vec<Operation> {
    vec![
        operation("GET", "/health", "health", "Whether the server is alive and its databases answer.")
            .answers::<Health>(200, "The first database answers.")
            .answers::<Health>(503, "The first database does not answer."),
        operation("GET", "/openapi.json", "openapi", "This document.").answers_shape(
            200,
            "OpenAPI 3.1.",
            Box::new(|_: &mut Shapes| {
                json!({
                    "type": "object",
                    "properties": { "openapi": { "const": "3.1.1" }, "paths": { "type": "object" } },
                    "required": ["openapi", "info", "paths", "components"],
                })
            }),
        ),
    ]
}
