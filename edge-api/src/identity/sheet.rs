//! A device's grants: one record that nobody else is sent, made anew when it is due.
//!
//! Whether it is due is known from the look-up of the credential, so an exchange that renews nothing costs nothing. A renewal
//! has a transaction of its own; where it does not come about, the device goes on with the grants it has and the next request
//! tries again.

use domain::{DeviceId, Grant, GrantId, GrantPolicy, StaffMember, StaffStatus, Timestamp};
use protocol::{Collection, DeviceStatus, GrantSheet, ServerKey, SheetGrant, TenantPolicy};
use serde::{Deserialize, Serialize};

use super::signing_keys::SigningKeys;
use super::verifier::{Owner, SealingKey, open};
use crate::credential::DeviceCaller;
use crate::database::{Database, DatabaseError, Row, Statement, to_json};
use crate::moment::Moment;
use crate::publication::Publication;

/// Grants are renewed at half of the time for which all of them give all their rights, at the latest this long after they were
/// made, in milliseconds: a device which syncs twice a day always holds the rights of managers, which end after a day.
const RENEWED_AFTER_MILLIS_MAX: i64 = 12 * 3_600_000;
/// However short a life the policy gives to grants, a device is not sent new ones at every request.
const RENEWED_AFTER_MILLIS_MIN: i64 = 60_000;
/// The form of the record.
const SCHEMA: u16 = 1;

/// What the credential's look-up says of a device's grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetStanding {
    /// The device's kind, as it was enrolled.
    pub(crate) platform: String,
    /// When they are to be renewed; nothing where they were never made.
    due_at: Option<Timestamp>,
    /// The roster and the key that they were made from.
    made_from: (u64, String),
    /// The tenant's roster now; 0 where it has no staff.
    roster_version: u64,
}

impl SheetStanding {
    /// From a row with the columns `platform`, `sheet_due_at`, `sheet_roster`, `sheet_kid` and `roster_version`.
    pub(crate) fn of(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self {
            platform: row.text("platform")?.to_owned(),
            due_at: row.text("sheet_due_at")?.parse().ok(),
            made_from: (row.integer("sheet_roster")?, row.text("sheet_kid")?.to_owned()),
            roster_version: row.integer("roster_version")?,
        })
    }

    fn is_due(&self, now: Timestamp, kid: &str) -> bool {
        let current = self.made_from == (self.roster_version, kid.to_owned());
        self.roster_version > 0 && (!current || self.due_at.is_none_or(|due_at| due_at <= now))
    }
}

/// The record as it is stored: verifiers are sealed in it.
#[derive(Debug, Serialize, Deserialize)]
struct StoredSheet {
    schema: u16,
    device_id: DeviceId,
    keys: Vec<ServerKey>,
    grants: Vec<StoredGrant>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredGrant {
    token: String,
    staff_id: domain::StaffId,
    grant_id: GrantId,
    expires_at: Timestamp,
    cred_epoch: u32,
    sealed: Option<String>,
}

/// What a device's grants are made from.
struct Source<'a> {
    roster_version: u64,
    /// The policy, as its text is stored.
    policy: &'a str,
    kid: &'a str,
}

/// An issued grant on its way into SQL.
#[derive(Serialize)]
struct Issued<'a> {
    grant_id: GrantId,
    expires_at: Timestamp,
    claims: &'a Grant,
}

/// The key with which a device's grants are to be made anew; none where they are not due.
fn due_under<'a>(keys: &'a SigningKeys, device: &DeviceCaller, now: Timestamp) -> Option<&'a str> {
    let active = device.status == DeviceStatus::Active;
    keys.current().filter(|kid| active && device.sheet.is_due(now, kid))
}

/// Whether a device's grants are to be made anew.
pub(crate) fn is_renewal_due(keys: &SigningKeys, device: &DeviceCaller, now: Timestamp) -> bool {
    due_under(keys, device, now).is_some()
}

/// Makes a device's grants anew where they are due. The guard fails where another request was faster, or where somebody's rights
/// or the policy were changed meanwhile.
pub(crate) async fn renew_if_due(
    database: &impl Database,
    keys: &SigningKeys,
    device: &DeviceCaller,
    moment: &Moment,
) -> Result<(), DatabaseError> {
    let Some(kid) = due_under(keys, device, moment.now) else { return Ok(()) };
    let tenant_id = || device.tenant_id.as_str().into();
    let found = database
        .read(vec![
            Statement::new("SELECT policy, roster_version FROM tenants WHERE tenant_id = ?1", [tenant_id()]),
            Statement::new("SELECT member, verifiers FROM staff WHERE tenant_id = ?1 ORDER BY staff_id", [tenant_id()]),
        ])
        .await?;
    let missing = || DatabaseError::Failed("the device's tenant is missing".to_owned());
    let [tenants, staff] = found.as_slice() else { return Err(missing()) };
    let tenant = tenants.first().ok_or_else(missing)?;
    let policy: TenantPolicy = tenant.json("policy")?;
    let roster_version = tenant.integer("roster_version")?;
    let source = Source { roster_version, policy: tenant.text("policy")?, kid };
    let (mut claims, mut stored) = (Vec::new(), Vec::new());
    for row in staff {
        let member: StaffMember = row.json("member")?;
        if member.status == StaffStatus::Active {
            let grant = made(device, &member, &policy, moment);
            let Some(token) = keys.sign(&grant)? else { return Ok(()) };
            stored.push(StoredGrant {
                token,
                staff_id: member.staff_id,
                grant_id: grant.grant_id,
                expires_at: grant.expires_at,
                cred_epoch: grant.cred_epoch,
                sealed: row.optional_text("verifiers")?.map(str::to_owned),
            });
            claims.push(grant);
        }
    }
    let device_id = device.device_id.clone();
    let sheet = StoredSheet { schema: SCHEMA, device_id, keys: keys.published(), grants: stored };
    let record = to_json(&sheet)?;
    database.batch(written(device, &claims, &record, &source, due_at(&claims, policy.grants, moment.now))?).await?;
    Ok(())
}

/// When grants that are made now are to be renewed: while all of them still give all their rights.
fn due_at(claims: &[Grant], policy: GrantPolicy, now: Timestamp) -> Timestamp {
    let shortest = claims.iter().map(|grant| i64::from(policy.whole_for_ms(grant.scopes))).min();
    let half = shortest.map_or(RENEWED_AFTER_MILLIS_MAX, |millis| millis / 2);
    now.after(half.clamp(RENEWED_AFTER_MILLIS_MIN, RENEWED_AFTER_MILLIS_MAX))
}

/// The guard names what the grants are made from, and those that the device had: of two requests that renew them one does, and
/// nobody is given a grant by a roster that is no longer the tenant's.
fn written(
    device: &DeviceCaller,
    claims: &[Grant],
    record: &str,
    source: &Source<'_>,
    due_at: Timestamp,
) -> Result<Vec<Statement>, DatabaseError> {
    let (tenant_id, device_id) = (device.tenant_id.as_str(), device.device_id.as_str());
    let issued: Vec<_> = claims
        .iter()
        .map(|claims| Issued { grant_id: claims.grant_id, expires_at: claims.expires_at, claims })
        .collect();
    let due_before = device.sheet.due_at.map_or_else(String::new, |due_at| due_at.to_string());
    let mut statements = vec![
        Statement::new(
            "INSERT INTO assert_ok (x)
             SELECT coalesce((
               SELECT d.sheet_due_at = ?3 AND d.sheet_kid = ?4 AND d.status = 'active'
                 AND t.policy = ?5 AND t.roster_version = CAST(?6 AS INTEGER)
               FROM devices d JOIN tenants t ON t.tenant_id = d.tenant_id
               WHERE d.tenant_id = ?1 AND d.device_id = ?2
             ), 0)",
            [
                tenant_id.into(),
                device_id.into(),
                due_before.into(),
                device.sheet.made_from.1.as_str().into(),
                source.policy.into(),
                source.roster_version.into(),
            ],
        ),
        Statement::new("DELETE FROM assert_ok", []),
        Statement::new(
            "INSERT INTO grants (tenant_id, device_id, grant_id, expires_at, claims)
             SELECT ?1, ?2, json_extract(value, '$.grant_id'), json_extract(value, '$.expires_at'),
               json_extract(value, '$.claims')
             FROM json_each(?3)",
            [tenant_id.into(), device_id.into(), to_json(&issued)?.into()],
        ),
        Statement::new(
            "UPDATE devices SET sheet_due_at = ?3, sheet_roster = ?4, sheet_kid = ?5
             WHERE tenant_id = ?1 AND device_id = ?2",
            [
                tenant_id.into(),
                device_id.into(),
                due_at.to_string().into(),
                source.roster_version.into(),
                source.kid.into(),
            ],
        ),
    ];
    let publication = Publication {
        tenant_id: &device.tenant_id,
        location_id: Some(&device.location_id),
        collection: Collection::Grants,
        record_id: Some(device_id),
        record,
        only_device: Some(&device.device_id),
    };
    statements.extend(publication.statements());
    Ok(statements)
}

fn made(device: &DeviceCaller, member: &StaffMember, policy: &TenantPolicy, moment: &Moment) -> Grant {
    let mut random = [0; 10];
    for (byte, of_purpose) in random.iter_mut().zip(moment.random(&format!("grant {}", member.staff_id))) {
        *byte = of_purpose;
    }
    Grant {
        v: 1,
        tenant_id: device.tenant_id.clone(),
        location_id: device.location_id.clone(),
        device_id: device.device_id.clone(),
        staff_id: member.staff_id.clone(),
        role: member.role,
        scopes: member.role.scopes(),
        cred_epoch: member.cred_epoch,
        issued_at: moment.now,
        not_before: moment.now,
        expires_at: moment.now.after(i64::from(policy.grants.grant_ms)),
        grant_id: GrantId::new(moment.now, random),
    }
}

/// The record as its device is sent it: with verifiers that its engine can derive, opened for this one answer.
pub(crate) fn unsealed(record: &str, device: &DeviceCaller, key: Option<&SealingKey>) -> Result<String, DatabaseError> {
    let StoredSheet { schema, device_id, keys, grants } =
        serde_json::from_str(record).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    let opened = |grant: StoredGrant| {
        let owner = Owner { tenant_id: &device.tenant_id, staff_id: &grant.staff_id, cred_epoch: grant.cred_epoch };
        let sealed = grant.sealed.as_deref().zip(key);
        let verifiers = sealed.and_then(|(sealed, key)| open(sealed, owner, key));
        let verifier = verifiers.map(|verifiers| verifiers.for_platform(&device.sheet.platform));
        SheetGrant {
            token: grant.token,
            staff_id: grant.staff_id,
            grant_id: grant.grant_id,
            expires_at: grant.expires_at,
            verifier,
        }
    };
    to_json(&GrantSheet { schema, device_id, keys, grants: grants.into_iter().map(opened).collect() })
}
