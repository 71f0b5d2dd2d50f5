//! `GET /sync/conflicts` and `POST /sync/conflict/resolve`.

use domain::{Conflict, ConflictId, LocationId, Scope};
use protocol::{CONFLICTS_PAGE_MAX, Collection, ConflictFilter, ConflictPage, ResolveConflict};

use super::body::{invalid, limited, parsed};
use super::exchange::query_value;
use super::{Answer, ApiRequest, ok};
use crate::credential::Caller;
use crate::database::{Database, DatabaseError, Param, Row, Statement};
use crate::delta_tracker::{Decider, Place, check_right};
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) async fn list(database: &impl Database, caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    let asked = query_value(&request.query, "location_id").map(str::parse::<LocationId>).transpose();
    let asked = asked.map_err(|_| invalid("location_id is no id"))?;
    let filter = match query_value(&request.query, "status").unwrap_or("open") {
        "open" => ConflictFilter::Open,
        "resolved" => ConflictFilter::Resolved,
        _ => return Err(invalid("status must be open or resolved")),
    };
    let after = query_value(&request.query, "after").map(str::parse::<ConflictId>).transpose();
    let after = after.map_err(|_| invalid("after must be the id of a conflict"))?;
    let (tenant_id, location_id) = place_of(caller, asked.as_ref())?;
    let params: [Param; 5] = [
        tenant_id.as_str().into(),
        location_id.as_str().into(),
        Collection::Conflicts.as_str().into(),
        after.map_or_else(String::new, |after| after.to_string()).into(),
        u64::from(CONFLICTS_PAGE_MAX).into(),
    ];
    let sql = match filter {
        ConflictFilter::Open => OPEN,
        ConflictFilter::Resolved => RESOLVED,
    };
    let found = database.read(vec![Statement::new(sql, params)]).await?;
    let rows = found.first().map(Vec::as_slice).unwrap_or_default();
    let conflicts = rows.iter().map(conflict_of).collect::<Result<Vec<_>, _>>()?;
    let full = u32::try_from(conflicts.len()).unwrap_or(u32::MAX) >= CONFLICTS_PAGE_MAX;
    let next = conflicts.last().filter(|_| full).map(|conflict| conflict.id);
    ok(&ConflictPage { conflicts, next })
}

/// Ids begin with the moment of their making, so their order is the order of the conflicts.
const OPEN: &str = "SELECT record FROM records
     WHERE tenant_id = ?1 AND location_id = ?2 AND awaits = 1 AND collection = ?3 AND record_id > ?4
     ORDER BY record_id LIMIT CAST(?5 AS INTEGER)";

const RESOLVED: &str = "SELECT record FROM records
     WHERE tenant_id = ?1 AND location_id = ?2 AND awaits = 0 AND collection = ?3 AND record_id > ?4
       AND record IS NOT NULL
     ORDER BY record_id LIMIT CAST(?5 AS INTEGER)";

pub(super) async fn resolve(
    database: &impl Database,
    moment: &Moment,
    caller: &Caller,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let ask: ResolveConflict = parsed(&limited(request)?)?;
    let (tenant_id, location_id) = place_of(caller, ask.location_id.as_ref())?;
    if let Caller::Device(device) = caller {
        check_right(database, device, ask.actor.as_ref(), Scope::ConflictResolve, moment.now).await?;
    }
    let by = ask.actor.as_ref().map(|actor| &actor.staff_id).filter(|_| matches!(caller, Caller::Device(_)));
    let place = Place { tenant_id, location_id };
    let (conflict, moved) = Decider { database, place, by, now: moment.now }.resolve(&ask).await?;
    Ok(ok(&conflict)?.telling(Tidings { moved: moved.into_iter().collect(), ..Tidings::default() }))
}

/// A device speaks of its own location, and an admin names one.
pub(super) fn place_of<'a>(
    caller: &'a Caller,
    asked: Option<&'a LocationId>,
) -> Result<(&'a domain::TenantId, &'a LocationId), Refusal> {
    match caller {
        Caller::Device(device) => match asked {
            Some(other) if *other != device.location_id => Err(super::not_found("there is no such location")),
            Some(_) | None => Ok((&device.tenant_id, &device.location_id)),
        },
        Caller::Admin(tenant_id) => {
            Ok((tenant_id, asked.ok_or_else(|| invalid("location_id must say which location is meant"))?))
        }
        Caller::Anyone | Caller::Operator => Err(crate::credential::forbidden()),
    }
}

fn conflict_of(row: &Row) -> Result<Conflict, DatabaseError> {
    row.json("record")
}
