//! What the operator and the tenant's admin do, and the grants that devices are given.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{DeviceId, Grant, StaffId, StaffMember, StaffRoster, StaffStatus, Versioned as _};
use protocol::{
    Collection, CreateEnrolmentCode, CreateLocation, CreateStaff, CreateTenant, DeviceNotice, DeviceStatus,
    DeviceSummary, EnrolDevice, EnrolmentCode, EnrolmentGrant, ErrorCode, GrantSheet, LocationSettings, MenuPush,
    MenuPushed, PatchStaff, PatchTenant, ServerKey, SheetGrant, StaffSummary, StreamSummary, TenantCreated,
    TenantSummary,
};

use super::{Device, Location, Model, Refusal, answer, json, read, refuse};
use crate::asking::{Answer, Ask, Request};

/// The name and the public half of the key that grants are signed with.
const KEY: [&str; 2] = ["k1", "d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"];
const SIGNATURE_BYTES: usize = 64;
/// The shortest and the longest time after which grants are made anew.
const RENEWED_AFTER_MILLIS: [i64; 2] = [60_000, 12 * 3_600_000];
const CODE_MILLIS: i64 = 10 * 60_000;
/// The zone of every location of an evening, and its rule.
const ZONE_RULE: &str = "EST5EDT,M3.2.0,M11.1.0";

impl Model {
    pub(super) fn create_tenant(&mut self, ask: &Ask, request: &Request) -> Result<Answer, Refusal> {
        let wish: CreateTenant = read(request)?;
        let Some(tenant_id) = wish.tenant_id else { return refuse(ErrorCode::InvalidRequest) };
        self.admin_token = format!("adm_{tenant_id}.{}", ask.digits("adm", 64));
        self.tenant_id = Some(tenant_id.clone());
        self.name = wish.name.as_str().to_owned();
        Ok(answer(201, &TenantCreated { tenant_id, admin_token: self.admin_token.clone() }))
    }

    pub(super) fn create_location(&mut self, ask: &Ask, request: &Request) -> Result<Answer, Refusal> {
        let wish: CreateLocation = read(request)?;
        let Some(location_id) = wish.location_id else { return refuse(ErrorCode::InvalidRequest) };
        let settings = LocationSettings {
            location_id: location_id.clone(),
            name: wish.name,
            zone: wish.zone,
            zone_rule: Some(ZONE_RULE.to_owned()),
            currency: wish.currency,
            currency_exponent: wish.currency_exponent,
            cut_over_hour: wish.cut_over_hour,
            policy: None,
        };
        let mut location = Location {
            epoch: ask.digits("epoch", 8),
            head: 0,
            floor: 0,
            settings: settings.clone(),
            devices_enrolled: 0,
            records: BTreeMap::new(),
            tickets: BTreeMap::new(),
        };
        location.publish((Collection::Location, location_id.to_string()), json(&settings), None);
        self.locations.insert(location_id, location);
        Ok(answer(201, &settings))
    }

    /// Takes a whole menu; an evening has one.
    pub(super) fn replace_menu(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let MenuPush { location_id: Some(location_id), menu: Some(menu), .. } = read(request)? else {
            return refuse(ErrorCode::InvalidRequest);
        };
        let Some(location) = self.locations.get_mut(&location_id) else { return refuse(ErrorCode::NotFound) };
        location.publish((Collection::Menu, location_id.to_string()), json(&menu), None);
        Ok(answer(200, &MenuPushed { menu_version: menu.menu_version }))
    }

    /// Every location is told of the tenant's rules and limits.
    pub(super) fn set_policy(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let PatchTenant { policy: Some(policy), .. } = read(request)? else { return refuse(ErrorCode::InvalidRequest) };
        if !self.is_policy_given || self.policy.grants != policy.grants {
            self.devices.values_mut().for_each(|device| device.sheet = None);
        }
        (self.is_policy_given, self.policy) = (true, policy.clone());
        for (location_id, location) in &mut self.locations {
            location.settings.policy = Some(policy.clone());
            let settings = json(&location.settings);
            location.publish((Collection::Location, location_id.to_string()), settings, None);
        }
        let Some(tenant_id) = self.tenant_id.clone() else { return refuse(ErrorCode::NotFound) };
        Ok(answer(200, &TenantSummary { tenant_id, name: self.name.clone(), policy }))
    }

    pub(super) fn create_code(&mut self, ask: &Ask, request: &Request) -> Result<Answer, Refusal> {
        let CreateEnrolmentCode { location_id } = read(request)?;
        let (Some(tenant_id), true) = (&self.tenant_id, self.locations.contains_key(&location_id)) else {
            return refuse(ErrorCode::NotFound);
        };
        let code = format!("{tenant_id}.{}", ask.digits("enrolment code", 32));
        self.codes.insert(code.clone(), location_id);
        Ok(answer(201, &EnrolmentCode { code, expires_at: ask.now.after(CODE_MILLIS) }))
    }

    pub(super) fn enrol(&mut self, ask: &Ask, request: &Request) -> Result<Answer, Refusal> {
        let wish: EnrolDevice = read(request)?;
        let place = self.codes.remove(&wish.code);
        let place = place.and_then(|location_id| self.locations.get_mut(&location_id).zip(Some(location_id)));
        let Some((location, location_id)) = place else { return refuse(ErrorCode::EnrolmentCodeInvalid) };
        let prefix = char::from(b'A'.saturating_add(u8::try_from(location.devices_enrolled).unwrap_or(u8::MAX)));
        location.devices_enrolled += 1;
        let (Some(tenant_id), Ok(device_id)) =
            (self.tenant_id.clone(), format!("dev_{}", ask.digits("device", 16)).parse::<DeviceId>())
        else {
            return refuse(ErrorCode::Internal);
        };
        let device = Device {
            location_id: location_id.clone(),
            token: format!("dvc_{tenant_id}.{}", ask.digits("dvc", 64)),
            name: wish.name.as_str().to_owned(),
            platform: wish.platform.as_str().to_owned(),
            prefix: prefix.to_string(),
            app_version: wish.app_version.as_str().to_owned(),
            status: DeviceStatus::Active,
            last_seen_at: None,
            reused_at: None,
            sheet: None,
        };
        let grant = EnrolmentGrant {
            tenant_id,
            location_id,
            device_id: device_id.clone(),
            device_prefix: device.prefix.clone(),
            device_token: device.token.clone(),
            server_time: ask.now,
            server_keys: keys(),
        };
        self.devices.insert(device_id, device);
        Ok(answer(201, &grant))
    }

    pub(super) fn list_devices(&self) -> Result<Answer, Refusal> {
        Ok(answer(200, &self.devices.iter().map(|(id, device)| self.summary(id, device)).collect::<Vec<_>>()))
    }

    /// What was revoked stays so.
    pub(super) fn set_status(&mut self, device_id: &str, what: &str) -> Result<Answer, Refusal> {
        let found = self.devices.iter_mut().find(|(id, _)| id.as_str() == device_id);
        let Some((id, device)) = found else { return refuse(ErrorCode::NotFound) };
        if device.status != DeviceStatus::Revoked {
            device.status = match what {
                "suspend" => DeviceStatus::Suspended,
                "revoke" => DeviceStatus::Revoked,
                _ => DeviceStatus::Active,
            };
        } else if what == "resume" {
            return refuse(ErrorCode::DeviceRevoked);
        }
        let (id, device) = (id.clone(), device.clone());
        if what == "resume" {
            self.notify(&id);
        }
        Ok(answer(200, &self.summary(&id, &device)))
    }

    /// Tells a device what was done with it; one that was revoked reads nothing any more.
    pub(super) fn notify(&mut self, device_id: &DeviceId) {
        let told = self.devices.get(device_id).filter(|device| device.status != DeviceStatus::Revoked);
        let Some(Device { location_id, name, prefix, status, reused_at, .. }) = told.cloned() else { return };
        let notice =
            DeviceNotice { schema: 1, device_id: device_id.clone(), name, device_prefix: prefix, status, reused_at };
        if let Some(location) = self.locations.get_mut(&location_id) {
            location.publish((Collection::Notices, device_id.to_string()), json(&notice), Some(device_id.clone()));
        }
    }

    fn summary(&self, id: &DeviceId, device: &Device) -> DeviceSummary {
        let of_device = self.streams.iter().filter(|((owner, _, _), _)| owner == id);
        let streams = of_device.map(|((_, stream, incarnation), stands)| StreamSummary {
            stream: (*stream).to_owned(),
            incarnation: incarnation.to_string(),
            acked_seq: stands.acked_seq,
        });
        DeviceSummary {
            device_id: id.clone(),
            location_id: device.location_id.clone(),
            name: device.name.clone(),
            device_prefix: device.prefix.clone(),
            platform: device.platform.clone(),
            app_version: device.app_version.clone(),
            status: device.status,
            last_seen_at: device.last_seen_at,
            reused_at: device.reused_at,
            streams: streams.collect(),
        }
    }

    pub(super) fn employ(&mut self, request: &Request) -> Result<Answer, Refusal> {
        let wish: CreateStaff = read(request)?;
        let Some(staff_id) = wish.staff_id else { return refuse(ErrorCode::InvalidRequest) };
        if self.staff.contains_key(&staff_id) {
            return refuse(ErrorCode::AlreadyExists);
        }
        let (display, role, status) = (wish.display, wish.role, StaffStatus::Active);
        let member = StaffMember { staff_id, display, role, status, revoked_at: None, cred_epoch: 1 };
        self.put_member(member.clone());
        Ok(answer(201, &StaffSummary { member, has_pin: false }))
    }

    pub(super) fn change_staff(&mut self, ask: &Ask, request: &Request, id: &str) -> Result<Answer, Refusal> {
        let wish: PatchStaff = read(request)?;
        let known = id.parse().ok().and_then(|id: StaffId| self.staff.get(&id).cloned());
        let Some(before) = known else { return refuse(ErrorCode::NotFound) };
        let mut after = before.clone();
        after.display = wish.display.unwrap_or(after.display);
        after.role = wish.role.unwrap_or(after.role);
        after.status = wish.status.unwrap_or(after.status);
        let was_revoked = before.status == StaffStatus::Revoked;
        match after.status {
            StaffStatus::Active => after.revoked_at = None,
            StaffStatus::Revoked if !was_revoked => after.revoked_at = Some(ask.now),
            StaffStatus::Revoked => {}
        }
        if after.role != before.role || (was_revoked && after.status == StaffStatus::Active) {
            after.cred_epoch += 1;
        }
        if after != before {
            self.put_member(after.clone());
        }
        Ok(answer(200, &StaffSummary { member: after, has_pin: false }))
    }

    /// Every location is told of a change of the staff.
    fn put_member(&mut self, member: StaffMember) {
        let Some(tenant_id) = self.tenant_id.clone() else { return };
        self.staff.insert(member.staff_id.clone(), member);
        self.roster_version += 1;
        let roster = StaffRoster {
            schema: StaffRoster::SCHEMA,
            tenant_id: tenant_id.clone(),
            roster_version: u32::try_from(self.roster_version).unwrap_or(u32::MAX),
            staff: self.staff.values().cloned().collect(),
        };
        for location in self.locations.values_mut() {
            location.publish((Collection::Staff, tenant_id.to_string()), json(&roster), None);
        }
    }

    /// Gives an active device new grants, where the roster or their policy has moved on, or half of the time is over for which all
    /// of the old ones give all their rights, at the latest after half a day.
    pub(super) fn renew_grants(&mut self, ask: &Ask, device_id: &DeviceId) {
        let Some(device) = self.devices.get_mut(device_id) else { return };
        let is_due = device.sheet.is_none_or(|(due_at, roster)| due_at <= ask.now || roster != self.roster_version);
        let (DeviceStatus::Active, true, Some(tenant_id)) =
            (device.status, is_due && self.roster_version > 0, &self.tenant_id)
        else {
            return;
        };
        let location_id = device.location_id.clone();
        let lasts = i64::from(self.policy.grants.grant_ms);
        let active = self.staff.values().filter(|member| member.status == StaffStatus::Active);
        let made: Vec<_> = active
            .map(|member| Grant {
                v: 1,
                tenant_id: tenant_id.clone(),
                location_id: location_id.clone(),
                device_id: device_id.clone(),
                staff_id: member.staff_id.clone(),
                role: member.role,
                scopes: member.role.scopes(),
                cred_epoch: member.cred_epoch,
                issued_at: ask.now,
                not_before: ask.now,
                expires_at: ask.now.after(lasts),
                grant_id: ask.uid(&format!("grant {}", member.staff_id)),
            })
            .collect();
        let [least, most] = RENEWED_AFTER_MILLIS;
        let whole_for = made.iter().map(|grant| i64::from(self.policy.grants.whole_for_ms(grant.scopes)));
        let after = whole_for.min().map_or(most, |millis| (millis / 2).clamp(least, most));
        device.sheet = Some((ask.now.after(after), self.roster_version));
        let grants = made.iter().map(on_sheet).collect();
        let sheet = GrantSheet { schema: 1, device_id: device_id.clone(), keys: keys(), grants };
        self.grants.extend(made.into_iter().map(|grant| (grant.grant_id, grant)));
        if let Some(location) = self.locations.get_mut(&location_id) {
            location.publish((Collection::Grants, device_id.to_string()), json(&sheet), Some(device_id.clone()));
        }
    }
}

fn keys() -> Vec<ServerKey> {
    let [kid, public_key] = KEY.map(str::to_owned);
    vec![ServerKey { kid, public_key }]
}

/// A grant as a device is sent it, but for the signature: in its place stand zeros.
fn on_sheet(grant: &Grant) -> SheetGrant {
    let mut signed = json(grant).into_bytes();
    signed.extend([0; SIGNATURE_BYTES]);
    let footer = format!("{{\"kid\":\"{}\"}}", KEY[0]);
    let (signed, footer) = (Base64UrlUnpadded::encode_string(&signed), encoded(footer.as_bytes()));
    SheetGrant {
        token: format!("v4.public.{signed}.{footer}"),
        staff_id: grant.staff_id.clone(),
        grant_id: grant.grant_id,
        expires_at: grant.expires_at,
        verifier: None,
    }
}

fn encoded(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// An answer in which every token's signature is zeros, as the model writes them: the claims are what is compared.
pub(crate) fn without_signatures(body: &str) -> String {
    let mut pieces = body.split("\"v4.public.");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let signed = piece.split('.').next().unwrap_or_default();
        let mut bytes = Base64UrlUnpadded::decode_vec(signed).unwrap_or_default();
        let claims = bytes.len().saturating_sub(SIGNATURE_BYTES);
        bytes.iter_mut().skip(claims).for_each(|byte| *byte = 0);
        text.extend(["\"v4.public.", &encoded(&bytes), piece.strip_prefix(signed).unwrap_or_default()]);
    }
    text
}
