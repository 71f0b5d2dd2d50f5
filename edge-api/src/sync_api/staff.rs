//! Who works for a tenant: made, changed and listed by its admin. Every change is published to every location as a new roster.

use domain::{
    ACTIVE_MAX, LocationId, Rejection, RejectionCode, Role, StaffId, StaffMember, StaffRoster, StaffStatus, TenantId,
    Versioned,
};
use protocol::{Collection, CreateStaff, ErrorCode, PatchStaff, StaffList, StaffSummary};

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiRequest, created, not_found, ok};
use crate::attempts::{Attempts, Trial};
use crate::database::{Database, DatabaseError, PARAM_BYTES_MAX, Param, Row, Statement, to_json};
use crate::delta_tracker::ATTEMPTS_MAX;
use crate::identity::{Owner, Pin, SealingKey, seal};
use crate::live::Tidings;
use crate::moment::Moment;
use crate::publication::{Publication, moved};
use crate::refusal::Refusal;

/// Which statement of a change returns the heads that moved: the first after the guard's two and the tables' own two.
const HEADS: usize = 4;

/// What the tenant's admin may do with its staff.
pub(super) struct StaffDesk<'a, D> {
    pub(super) database: &'a D,
    pub(super) tenant_id: &'a TenantId,
    pub(super) moment: &'a Moment,
    pub(super) sealing_key: Option<&'a SealingKey>,
}

/// The staff as the store has them.
struct Staff {
    roster_version: u64,
    members: Vec<Employed>,
}

/// One person, and what their PIN is checked against, sealed.
#[derive(Clone)]
struct Employed {
    member: StaffMember,
    verifiers: Option<String>,
}

impl<D: Database> StaffDesk<'_, D> {
    pub(super) async fn list(&self) -> Result<Answer, Refusal> {
        let staff = self.staff().await?;
        ok(&StaffList { staff: staff.members.iter().map(Employed::summary).collect() })
    }

    pub(super) async fn create(&self, request: &ApiRequest) -> Result<Answer, Refusal> {
        let wish: CreateStaff = parsed(&limited(request)?)?;
        let staff_id = match wish.staff_id {
            Some(staff_id) => staff_id,
            None => made_id(self.moment)?,
        };
        let member = StaffMember {
            staff_id,
            display: wish.display,
            role: wish.role,
            status: StaffStatus::Active,
            revoked_at: None,
            cred_epoch: 1,
        };
        let pin = self.pin(wish.pin, member.role)?;
        let verifiers = self.sealed(pin, &member)?;
        let new = Employed { member, verifiers };
        self.change(|members| {
            if members.iter().any(|known| known.member.staff_id == new.member.staff_id) {
                return Err(Refusal::new(ErrorCode::AlreadyExists, "there is somebody with this id"));
            }
            members.push(new.clone());
            Ok(new.clone())
        })
        .await
        .and_then(|(employed, tidings)| Ok(created(&employed.summary())?.telling(tidings)))
    }

    pub(super) async fn patch(&self, staff_id: &StaffId, request: &ApiRequest) -> Result<Answer, Refusal> {
        let wish: PatchStaff = parsed(&limited(request)?)?;
        let before = self.staff().await?.members.into_iter().find(|known| known.member.staff_id == *staff_id);
        let before = before.ok_or_else(|| not_found("there is nobody with this id"))?;
        let mut after = before.clone();
        after.member.display = wish.display.unwrap_or(after.member.display);
        let role = wish.role.unwrap_or(before.member.role);
        match wish.status {
            Some(StaffStatus::Revoked) if before.member.status == StaffStatus::Active => {
                after.member.status = StaffStatus::Revoked;
                after.member.revoked_at = Some(self.moment.now);
            }
            Some(StaffStatus::Active) => (after.member.status, after.member.revoked_at) = (StaffStatus::Active, None),
            Some(StaffStatus::Revoked) | None => {}
        }
        let returns = before.member.status == StaffStatus::Revoked && after.member.status == StaffStatus::Active;
        if role != before.member.role || wish.pin.is_some() || returns {
            after.member.role = role;
            after.member.cred_epoch = after.member.cred_epoch.saturating_add(1);
            // Verifiers are sealed for one epoch: whoever changes role or comes back is given a new PIN.
            let pin = self.pin(wish.pin, role)?;
            if pin.is_some() {
                self.count_reset(staff_id).await?;
            }
            after.verifiers = self.sealed(pin, &after.member)?;
        }
        if after.member == before.member {
            return ok(&before.summary());
        }
        self.change(|members| {
            let known = members.iter_mut().find(|known| known.member.staff_id == *staff_id);
            let known = known.filter(|known| known.member == before.member).ok_or_else(Refusal::busy)?;
            *known = after.clone();
            Ok(after.clone())
        })
        .await
        .and_then(|(employed, tidings)| Ok(ok(&employed.summary())?.telling(tidings)))
    }

    /// A PIN that may be somebody's, and what it will be sealed with.
    fn pin(&self, pin: Option<String>, role: Role) -> Result<Option<(Pin, &SealingKey)>, Refusal> {
        let Some(pin) = pin else { return Ok(None) };
        let pin = Pin::new(pin, role)?;
        let unset = || Refusal::new(ErrorCode::NotConfigured, "PINs take the secret PIN_SEALING_KEY");
        Ok(Some((pin, self.sealing_key.ok_or_else(unset)?)))
    }

    /// Counts a new PIN for somebody before it is hashed, so that it counts also where the change then comes too late.
    async fn count_reset(&self, staff_id: &StaffId) -> Result<(), Refusal> {
        let subject = staff_id.as_str();
        let attempts = Attempts { trial: Trial::PinReset, tenant_id: self.tenant_id, subject, now: self.moment.now };
        let found = self.database.batch(vec![attempts.full(), attempts.counted(None)]).await?;
        found.first().map_or(Ok(None), |full| attempts.refusal(full))?.map_or(Ok(()), Err)
    }

    fn sealed(&self, pin: Option<(Pin, &SealingKey)>, member: &StaffMember) -> Result<Option<String>, Refusal> {
        let Some((pin, sealing_key)) = pin else { return Ok(None) };
        let owner = Owner { tenant_id: self.tenant_id, staff_id: &member.staff_id, cred_epoch: member.cred_epoch };
        Ok(Some(seal(&pin, owner, sealing_key, self.moment)?))
    }

    /// Changes somebody, and publishes the roster that comes of it. Whoever else changed somebody meanwhile makes it start over.
    async fn change(
        &self,
        mut change: impl FnMut(&mut Vec<Employed>) -> Result<Employed, Refusal>,
    ) -> Result<(Employed, Tidings), Refusal> {
        for _ in 0..ATTEMPTS_MAX {
            let mut staff = self.staff().await?;
            let acting = staff.acting();
            let changed = change(&mut staff.members)?;
            // A tenant that has more of them from before goes on renaming and revoking.
            if staff.acting() > ACTIVE_MAX.max(acting) {
                return Err(too_many(format!("at most {ACTIVE_MAX} people may act at a time")));
            }
            match self.database.batch(self.written(&staff, &changed)?).await {
                Ok(found) => {
                    let heads = found.get(HEADS).map_or(Ok(Vec::new()), |rows| moved(self.tenant_id, rows))?;
                    return Ok((changed, Tidings { moved: heads, ..Tidings::default() }));
                }
                Err(DatabaseError::GuardFailed) => {}
                Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
            }
        }
        Err(Refusal::busy())
    }

    async fn staff(&self) -> Result<Staff, Refusal> {
        let tenant_id = || Param::from(self.tenant_id.as_str());
        let statements = vec![
            Statement::new("SELECT roster_version FROM tenants WHERE tenant_id = ?1", [tenant_id()]),
            Statement::new("SELECT member, verifiers FROM staff WHERE tenant_id = ?1 ORDER BY staff_id", [tenant_id()]),
        ];
        let found = self.database.read(statements).await?;
        let [tenants, rows] = found.as_slice() else { return Err(Refusal::busy()) };
        let roster_version = tenants.first().map_or(Ok(0), |row| row.integer("roster_version"))?;
        let members = rows.iter().map(Employed::of).collect::<Result<_, _>>()?;
        Ok(Staff { roster_version, members })
    }

    fn written(&self, staff: &Staff, changed: &Employed) -> Result<Vec<Statement>, Refusal> {
        let tenant_id = || Param::from(self.tenant_id.as_str());
        let mut members: Vec<_> = staff.members.iter().map(|employed| employed.member.clone()).collect();
        members.sort_by(|a, b| a.staff_id.cmp(&b.staff_id));
        let next = staff.roster_version.saturating_add(1);
        let record = roster_record(self.tenant_id, next, members)?;
        let publication = publication(self.tenant_id, &record);
        let mut statements = vec![
            Statement::new(
                "INSERT INTO assert_ok (x)
                 SELECT coalesce((SELECT roster_version = CAST(?2 AS INTEGER) FROM tenants WHERE tenant_id = ?1), 0)",
                [tenant_id(), staff.roster_version.into()],
            ),
            Statement::new("DELETE FROM assert_ok", []),
            Statement::new(
                "INSERT INTO staff (tenant_id, staff_id, member, verifiers) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (tenant_id, staff_id) DO UPDATE SET member = excluded.member, verifiers = excluded.verifiers",
                [
                    tenant_id(),
                    changed.member.staff_id.as_str().into(),
                    to_json(&changed.member)?.into(),
                    changed.verifiers.as_deref().map_or(Param::Null, Param::from),
                ],
            ),
            Statement::new("UPDATE tenants SET roster_version = ?2 WHERE tenant_id = ?1", [tenant_id(), next.into()]),
        ];
        statements.extend(publication.statements());
        Ok(statements)
    }
}

impl Staff {
    /// How many may act.
    fn acting(&self) -> usize {
        self.members.iter().filter(|employed| employed.member.status == StaffStatus::Active).count()
    }
}

impl Employed {
    fn of(row: &Row) -> Result<Self, DatabaseError> {
        Ok(Self { member: row.json("member")?, verifiers: row.optional_text("verifiers")?.map(str::to_owned) })
    }

    fn summary(&self) -> StaffSummary {
        StaffSummary { member: self.member.clone(), has_pin: self.verifiers.is_some() }
    }
}

fn publication<'a>(tenant_id: &'a TenantId, record: &'a str) -> Publication<'a> {
    Publication {
        tenant_id,
        location_id: None,
        collection: Collection::Staff,
        record_id: Some(tenant_id.as_str()),
        record,
        only_device: None,
    }
}

fn roster_record(tenant_id: &TenantId, version: u64, staff: Vec<StaffMember>) -> Result<String, Refusal> {
    let roster = StaffRoster {
        schema: StaffRoster::SCHEMA,
        tenant_id: tenant_id.clone(),
        roster_version: u32::try_from(version).unwrap_or(u32::MAX),
        staff,
    };
    roster.check().map_err(unsound)?;
    let record = to_json(&roster)?;
    if record.len() > PARAM_BYTES_MAX {
        return Err(too_many("their names are too long to stand in one roster"));
    }
    Ok(record)
}

fn unsound(Rejection { code, message, .. }: Rejection) -> Refusal {
    if code == RejectionCode::LimitExceeded { too_many(message) } else { invalid(message) }
}

fn too_many(detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::TooManyStaff, detail)
}

/// Brings the roster to a location that was just made; does nothing where the tenant has no staff.
pub(super) fn roster_for_new_location(tenant_id: &TenantId, location_id: &LocationId) -> [Statement; 2] {
    let params = || [tenant_id.as_str().into(), location_id.as_str().into(), Collection::Staff.as_str().into()];
    [
        Statement::new(
            "INSERT INTO records (
               tenant_id, location_id, collection, record_id, rev, changed_seq, record_bytes, sources, record
             )
             SELECT l.tenant_id, l.location_id, r.collection, r.record_id, 1, l.head + 1, r.record_bytes, '{}', r.record
             FROM locations l JOIN records r ON r.tenant_id = l.tenant_id AND r.collection = ?3
             WHERE l.tenant_id = ?1 AND l.location_id = ?2
             ORDER BY r.rev DESC LIMIT 1",
            params(),
        ),
        Statement::new(
            "UPDATE locations SET head = head + 1
             WHERE tenant_id = ?1 AND location_id = ?2 AND EXISTS (
               SELECT 1 FROM records WHERE tenant_id = ?1 AND location_id = ?2 AND collection = ?3
             )",
            params(),
        ),
    ]
}

fn made_id(moment: &Moment) -> Result<StaffId, DatabaseError> {
    let text = format!("stf_{}", moment.random_hex("staff", 16));
    text.parse().map_err(|_| DatabaseError::Failed("an id made by the server is malformed".to_owned()))
}
