//! `POST /sync/menu`: somebody edits a location's menu. A whole menu replaces the version it was edited from and no other; an
//! edit of single fields meets what others changed since, field by field.

use domain::{LocationId, Menu, MenuDelta, MenuRefused, Record as _, Scope, TenantId, Versioned};
use protocol::{Collection, MenuPush, MenuPushed};

use super::body::{invalid, limited, parsed};
use super::conflicts::place_of;
use super::{Answer, ApiRequest, not_found, ok};
use crate::credential::Caller;
use crate::database::{Database, DatabaseError, Row, Statement, to_json};
use crate::delta_tracker::{ATTEMPTS_MAX, check_right};
use crate::live::Tidings;
use crate::moment::Moment;
use crate::publication::{Publication, moved};
use crate::refusal::Refusal;

/// Which statement of [`Current::replaced`] returns the heads that moved: the first after the guard's two.
const HEADS: usize = 2;

pub(super) async fn push(
    database: &impl Database,
    moment: &Moment,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let push: MenuPush = parsed(&limited(request)?)?;
    let (tenant_id, location_id) = place_of(caller, push.location_id.as_ref())?;
    if let Caller::Device(device) = caller {
        check_right(database, device, push.actor.as_ref(), Scope::MenuPush, moment.now).await?;
    }
    let edit = Edit::of(&push)?;
    for _ in 0..ATTEMPTS_MAX {
        let current = Current::read(database, tenant_id, location_id).await?;
        let menu = edit.onto(&current)?;
        match database.batch(current.replaced(tenant_id, location_id, &menu)?).await {
            Ok(found) => {
                let heads = found.get(HEADS).map_or(Ok(Vec::new()), |rows| moved(tenant_id, rows))?;
                let pushed = ok(&MenuPushed { menu_version: menu.menu_version })?;
                return Ok(pushed.telling(Tidings { moved: heads, ..Tidings::default() }));
            }
            Err(DatabaseError::GuardFailed) => {}
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
        }
    }
    Err(Refusal::busy())
}

/// What is pushed.
enum Edit<'a> {
    Whole { base_version: u32, menu: &'a Menu },
    Fields(&'a MenuDelta),
}

impl<'a> Edit<'a> {
    fn of(push: &'a MenuPush) -> Result<Self, Refusal> {
        match (&push.menu, push.base_version, &push.delta) {
            (Some(menu), Some(base_version), None) => {
                if menu.menu_version <= base_version {
                    return Err(invalid("menu_version must be larger than base_version"));
                }
                menu.check()
                    .map_err(|rejection| invalid(format!("menu.{}: {}", rejection.field, rejection.message)))?;
                Ok(Self::Whole { base_version, menu })
            }
            (None, None, Some(delta)) if delta.schema() == <MenuDelta as Versioned>::SCHEMA => Ok(Self::Fields(delta)),
            (None, None, Some(_)) => Err(invalid("this server does not know that form of a menu delta")),
            (_, _, _) => Err(invalid("either menu and base_version, or delta alone must be pushed")),
        }
    }

    /// The menu with the edit.
    fn onto(&self, current: &Current) -> Result<Menu, Refusal> {
        match (self, &current.menu) {
            (Self::Whole { base_version, menu }, _) => {
                let version = current.version();
                if *base_version != version {
                    let detail = format!("the current menu is version {version}, edit that one");
                    return Err(Refusal::menu_base_stale(detail, vec!["base_version".to_owned()]));
                }
                Ok((*menu).clone())
            }
            (Self::Fields(delta), Some(menu)) => menu.apply_delta(delta).map_err(|refused| match &refused {
                MenuRefused::Stale { fields } => Refusal::menu_base_stale(refused.to_string(), fields.clone()),
                MenuRefused::Invalid(rejection) => invalid(format!("{}: {}", rejection.field, rejection.message)),
            }),
            (Self::Fields(_), None) => Err(not_found("this location has no menu yet; push a whole one")),
        }
    }
}

/// The location's menu as it stands.
struct Current {
    rev: u64,
    menu: Option<Menu>,
}

impl Current {
    async fn read(database: &impl Database, tenant_id: &TenantId, location_id: &LocationId) -> Result<Self, Refusal> {
        let read = Statement::new(
            "SELECT coalesce(r.rev, 0) AS rev, r.record FROM locations l LEFT JOIN records r
               ON r.tenant_id = l.tenant_id AND r.location_id = l.location_id
               AND r.collection = ?3 AND r.record_id = l.location_id
             WHERE l.tenant_id = ?1 AND l.location_id = ?2",
            [tenant_id.as_str().into(), location_id.as_str().into(), Collection::Menu.as_str().into()],
        );
        let found = database.read(vec![read]).await?;
        let row = found.first().and_then(|rows| rows.first()).ok_or_else(|| not_found("there is no such location"))?;
        Ok(Self::of(row)?)
    }

    fn of(row: &Row) -> Result<Self, DatabaseError> {
        let menu = row.optional_text("record")?.map(Menu::from_json).transpose();
        Ok(Self { rev: row.integer("rev")?, menu: menu.map_err(|error| DatabaseError::Failed(error.to_string()))? })
    }

    fn version(&self) -> u32 {
        self.menu.as_ref().map_or(0, |menu| menu.menu_version)
    }

    /// The guard names the version that was read; whoever pushed meanwhile makes it fail.
    fn replaced(
        &self,
        tenant_id: &TenantId,
        location_id: &LocationId,
        menu: &Menu,
    ) -> Result<Vec<Statement>, DatabaseError> {
        let record = to_json(menu)?;
        let publication = Publication {
            tenant_id,
            location_id: Some(location_id),
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
                    location_id.as_str().into(),
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
