//! Setting up tenants and their locations.

use protocol::{Collection, CreateLocation, CreateTenant, ErrorCode, LocationSettings, TenantCreated};

use super::body::{invalid, limited, parsed};
use super::settings::policy_of;
use super::{Answer, ApiRequest, created, staff};
use crate::credential::new_token;
use crate::database::{Database, DatabaseError, Statement, to_json};
use crate::directory::Databases;
use crate::moment::Moment;
use crate::publication::Publication;
use crate::refusal::Refusal;
use crate::zone_rule::zone_rule;
use domain::TenantId;

/// The hours of a day.
pub(super) const HOUR_MAX: u8 = 23;

pub(super) async fn create_tenant(
    databases: &Databases<impl Database>,
    moment: &Moment,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: CreateTenant = parsed(&limited(request)?)?;
    let tenant_id = match wish.tenant_id {
        Some(tenant_id) => tenant_id,
        None => made_id(&format!("ten_{}", moment.random_hex("tenant", 16)))?,
    };
    let (admin_token, hash) = new_token(moment, "adm", &tenant_id);
    let insert = Statement::new(
        "INSERT INTO tenants (tenant_id, name, admin_token_hash, created_at) VALUES (?1, ?2, ?3, ?4)",
        [tenant_id.as_str().into(), wish.name.as_str().into(), hash.into(), moment.now.to_string().into()],
    );
    // The place comes first: what fails between the two leaves a place without a tenant, which the repeat fills.
    let database = databases.place(moment, &tenant_id, wish.database.as_deref()).await?;
    database.batch(vec![insert]).await.map_err(|error| taken(error, "there is a tenant with this id"))?;
    created(&TenantCreated { tenant_id, admin_token })
}

pub(super) async fn create_location(
    database: &impl Database,
    moment: &Moment,
    tenant_id: &TenantId,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: CreateLocation = parsed(&limited(request)?)?;
    if wish.cut_over_hour > HOUR_MAX {
        return Err(invalid("cut_over_hour must be 0 to 23"));
    }
    let zone_rule =
        zone_rule(wish.zone.as_str()).ok_or_else(|| invalid("zone must be a name like America/New_York"))?;
    let location_id = match wish.location_id {
        Some(location_id) => location_id,
        None => made_id(&format!("loc_{}", moment.random_hex("location", 16)))?,
    };
    let settings = LocationSettings {
        location_id,
        name: wish.name,
        zone: wish.zone,
        zone_rule: Some(zone_rule),
        currency: wish.currency,
        currency_exponent: wish.currency_exponent,
        cut_over_hour: wish.cut_over_hour,
        policy: policy_of(database, tenant_id).await?,
    };
    let statements = first_statements(moment, tenant_id, &settings)?;
    database.batch(statements).await.map_err(|error| taken(error, "there is a location with this id"))?;
    created(&settings)
}

/// The location, and its settings as the first record of its change sequence.
fn first_statements(
    moment: &Moment,
    tenant_id: &TenantId,
    settings: &LocationSettings,
) -> Result<Vec<Statement>, DatabaseError> {
    let record = to_json(settings)?;
    let mut statements = vec![Statement::new(
        "INSERT INTO locations (tenant_id, location_id, settings, head, epoch, devices_enrolled, created_at)
         VALUES (?1, ?2, ?3, 0, ?4, 0, ?5)",
        [
            tenant_id.as_str().into(),
            settings.location_id.as_str().into(),
            record.as_str().into(),
            moment.random_hex("epoch", 8).into(),
            moment.now.to_string().into(),
        ],
    )];
    let publication = Publication {
        tenant_id,
        location_id: Some(&settings.location_id),
        collection: Collection::Location,
        record_id: None,
        record: &record,
        only_device: None,
    };
    statements.extend(publication.statements());
    statements.extend(staff::roster_for_new_location(tenant_id, &settings.location_id));
    Ok(statements)
}

/// An id made by the server: letters, digits and `_` only.
fn made_id<T: std::str::FromStr>(text: &str) -> Result<T, DatabaseError> {
    text.parse().map_err(|_| DatabaseError::Failed("an id made by the server is malformed".to_owned()))
}

fn taken(error: DatabaseError, detail: &str) -> Refusal {
    match error {
        DatabaseError::GuardFailed => Refusal::new(ErrorCode::AlreadyExists, detail),
        DatabaseError::Transient(_) | DatabaseError::Failed(_) => error.into(),
    }
}
