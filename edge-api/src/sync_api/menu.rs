//! `POST /sync/menu`: an admin replaces a location's menu, from the version it was edited from.

use domain::{LocationId, TenantId};
use protocol::{Collection, ErrorCode, MenuPush, MenuPushed};

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiRequest, not_found, ok};
use crate::database::{Database, DatabaseError, Row, Statement, to_json};
use crate::delta_tracker::ATTEMPTS_MAX;
use crate::live::Tidings;
use crate::publication::{Publication, moved};
use crate::refusal::Refusal;

/// Which statement of [`Current::replaced`] returns the heads that moved: the first after the guard's two.
const HEADS: usize = 2;

pub(super) async fn push(
    database: &impl Database,
    tenant_id: &TenantId,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let push: MenuPush = parsed(limited(request)?)?;
    if push.menu.menu_version <= push.base_version {
        return Err(invalid("menu_version must be larger than base_version"));
    }
    push.menu.check().map_err(|rejection| invalid(format!("menu.{}: {}", rejection.field, rejection.message)))?;
    for _ in 0..ATTEMPTS_MAX {
        let current = Current::read(database, tenant_id, &push.location_id).await?;
        if push.base_version != current.menu_version {
            let detail = format!("the current menu is version {}, edit that one", current.menu_version);
            return Err(Refusal::new(ErrorCode::MenuBaseStale, detail));
        }
        match database.batch(current.replaced(tenant_id, &push)?).await {
            Ok(found) => {
                let heads = found.get(HEADS).map_or(Ok(Vec::new()), |rows| moved(tenant_id, rows))?;
                let pushed = ok(&MenuPushed { menu_version: push.menu.menu_version })?;
                return Ok(pushed.telling(Tidings { moved: heads, ..Tidings::default() }));
            }
            Err(DatabaseError::GuardFailed) => {}
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
        }
    }
    Err(Refusal::busy())
}

/// The location's menu as it stands.
struct Current {
    rev: u64,
    menu_version: u32,
}

impl Current {
    async fn read(database: &impl Database, tenant_id: &TenantId, location_id: &LocationId) -> Result<Self, Refusal> {
        let read = Statement::new(
            "SELECT coalesce(r.rev, 0) AS rev, coalesce(json_extract(r.record, '$.menu_version'), 0) AS version
             FROM locations l LEFT JOIN records r
               ON r.tenant_id = l.tenant_id AND r.location_id = l.location_id
               AND r.collection = ?3 AND r.record_id = l.location_id
             WHERE l.tenant_id = ?1 AND l.location_id = ?2",
            [tenant_id.as_str().into(), location_id.as_str().into(), Collection::Menu.as_str().into()],
        );
        let found = database.batch(vec![read]).await?;
        let row = found.first().and_then(|rows| rows.first()).ok_or_else(|| not_found("there is no such location"))?;
        Ok(Self::of(row)?)
    }

    fn of(row: &Row) -> Result<Self, DatabaseError> {
        let menu_version = u32::try_from(row.integer("version")?)
            .map_err(|_| DatabaseError::Failed("a stored menu_version is out of range".to_owned()))?;
        Ok(Self { rev: row.integer("rev")?, menu_version })
    }

    /// The guard names the version that was read; whoever pushed meanwhile makes it fail.
    fn replaced(&self, tenant_id: &TenantId, push: &MenuPush) -> Result<Vec<Statement>, DatabaseError> {
        let record = to_json(&push.menu)?;
        let publication = Publication {
            tenant_id,
            location_id: Some(&push.location_id),
            collection: Collection::Menu,
            record_id: None,
            record: &record,
            only_device: None,
        };
        let mut statements = vec![
            Statement::new(
                "INSERT INTO assert_ok (x)
                 SELECT coalesce((
                   SELECT rev FROM records
                   WHERE tenant_id = ?1 AND location_id = ?2 AND collection = ?3 AND record_id = ?2
                 ), 0) = CAST(?4 AS INTEGER)",
                [
                    tenant_id.as_str().into(),
                    push.location_id.as_str().into(),
                    Collection::Menu.as_str().into(),
                    self.rev.into(),
                ],
            ),
            Statement::new("DELETE FROM assert_ok", []),
        ];
        statements.extend(publication.statements());
        Ok(statements)
    }
}
