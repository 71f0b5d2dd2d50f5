//! How a device joins a location: an admin makes a one-time code, the device spends it.
//!
//! Spending the code, counting the device and storing it happen in one guarded batch, so that one code gives one device
//! however many ask at once. A ticket prefix follows from the count of devices ever enrolled and is never given twice.

use domain::{DeviceId, LocationId, TenantId, TicketNo, Timestamp};
use protocol::{CreateEnrolmentCode, EnrolDevice, EnrolmentCode, EnrolmentGrant, ErrorCode};

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiConfig, ApiRequest, created, not_found};
use crate::attempts::{Attempts, Trial, guesser};
use crate::credential::new_token;
use crate::database::{Database, DatabaseError, Statement};
use crate::delta_tracker::ATTEMPTS_MAX;
use crate::directory::{Databases, hint};
use crate::moment::{Moment, sha256_hex};
use crate::refusal::Refusal;

/// How long a code is good for, in milliseconds.
const CODE_LIFE_MILLIS: i64 = 10 * 60 * 1_000;

pub(super) async fn create_code(
    database: &impl Database,
    moment: &Moment,
    tenant_id: &TenantId,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: CreateEnrolmentCode = parsed(&limited(request)?)?;
    let code = format!("{tenant_id}.{}", moment.random_hex("enrolment code", 32));
    let expires_at = moment.now.after(CODE_LIFE_MILLIS);
    let insert = Statement::new(
        "INSERT INTO enrolment_codes (tenant_id, code_hash, location_id, expires_at)
         SELECT tenant_id, ?3, location_id, ?4 FROM locations WHERE tenant_id = ?1 AND location_id = ?2
         RETURNING location_id",
        [
            tenant_id.as_str().into(),
            wish.location_id.as_str().into(),
            sha256_hex(&code).into(),
            expires_at.to_string().into(),
        ],
    );
    let found = database.batch(vec![insert]).await?;
    if found.first().is_none_or(Vec::is_empty) {
        return Err(not_found("there is no such location"));
    }
    created(&EnrolmentCode { code, expires_at })
}

pub(super) async fn enrol(
    databases: &Databases<impl Database>,
    config: &ApiConfig,
    moment: &Moment,
    request: &ApiRequest,
) -> Result<Answer, Refusal> {
    let wish: EnrolDevice = parsed(&limited(request)?)?;
    let database = databases.of_credential(moment, &wish.code).await?;
    let code_hash = sha256_hex(&wish.code);
    let guesser = guesser(request.client_address.as_deref().unwrap_or_default());
    // A code that names nobody was made before there were hints; whoever guesses at those guesses at no tenant.
    let named = hint(&wish.code);
    let attempts = named.as_ref().map(|tenant_id| Attempts {
        trial: Trial::EnrolmentCode,
        tenant_id,
        subject: &guesser,
        now: moment.now,
    });
    for _ in 0..ATTEMPTS_MAX {
        let place = place_of(database, moment, &code_hash, attempts.as_ref()).await?;
        let device_prefix =
            prefix(place.devices_enrolled).ok_or_else(|| invalid("this location is out of prefixes"))?;
        let device_id = made_device_id(moment)?;
        let (device_token, token_hash) = new_token(moment, "dvc", &place.tenant_id);
        let params = [
            place.tenant_id.as_str().into(),
            place.location_id.as_str().into(),
            device_id.as_str().into(),
            wish.name.as_str().into(),
            wish.platform.as_str().into(),
            wish.app_version.as_str().into(),
            device_prefix.as_str().into(),
            token_hash.into(),
            moment.now.to_string().into(),
        ];
        let insert = Statement::new(
            "INSERT INTO devices
               (tenant_id, location_id, device_id, name, platform, app_version, prefix, token_hash, status, enrolled_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'active', ?9)",
            params,
        );
        let mut statements = place.spend(moment, &code_hash);
        statements.push(insert);
        match database.batch(statements).await {
            Ok(_) => {
                return created(&EnrolmentGrant {
                    tenant_id: place.tenant_id,
                    location_id: place.location_id,
                    device_id,
                    device_prefix,
                    device_token,
                    server_time: moment.now,
                    server_keys: config.signing_keys.published(),
                });
            }
            Err(DatabaseError::GuardFailed) => {}
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
        }
    }
    Err(Refusal::busy())
}

/// Where a code leads.
struct Place {
    tenant_id: TenantId,
    location_id: LocationId,
    devices_enrolled: u64,
}

impl Place {
    /// Guards that the code is unspent and the count unmoved, then moves both.
    fn spend(&self, moment: &Moment, code_hash: &str) -> Vec<Statement> {
        let (tenant_id, location_id) = (self.tenant_id.as_str(), self.location_id.as_str());
        vec![
            Statement::new(
                "INSERT INTO assert_ok (x)
                 SELECT coalesce((
                   SELECT c.used_at IS NULL AND l.devices_enrolled = CAST(?4 AS INTEGER)
                   FROM enrolment_codes c JOIN locations l ON l.tenant_id = c.tenant_id AND l.location_id = c.location_id
                   WHERE c.tenant_id = ?1 AND c.location_id = ?2 AND c.code_hash = ?3
                 ), 0)",
                [tenant_id.into(), location_id.into(), code_hash.into(), self.devices_enrolled.into()],
            ),
            Statement::new("DELETE FROM assert_ok", []),
            Statement::new(
                "UPDATE enrolment_codes SET used_at = ?3 WHERE tenant_id = ?1 AND code_hash = ?2",
                [tenant_id.into(), code_hash.into(), moment.now.to_string().into()],
            ),
            Statement::new(
                "UPDATE locations SET devices_enrolled = devices_enrolled + 1 WHERE tenant_id = ?1 AND location_id = ?2",
                [tenant_id.into(), location_id.into()],
            ),
        ]
    }
}

/// Where a code leads. One that leads nowhere is counted in the transaction that finds it so; once there were too many, no
/// code is looked at, not even a good one.
async fn place_of(
    database: &impl Database,
    moment: &Moment,
    code_hash: &str,
    attempts: Option<&Attempts<'_>>,
) -> Result<Place, Refusal> {
    let read = Statement::new(
        "SELECT c.tenant_id, c.location_id, c.expires_at, c.used_at, l.devices_enrolled
         FROM enrolment_codes c JOIN locations l ON l.tenant_id = c.tenant_id AND l.location_id = c.location_id
         WHERE c.code_hash = ?1",
        [code_hash.into()],
    );
    let found = match attempts {
        Some(attempts) => database.batch(vec![attempts.full(), attempts.counted(Some(code_hash)), read]).await?,
        None => database.read(vec![read]).await?,
    };
    if let (Some(attempts), Some(full)) = (attempts, found.first()) {
        attempts.refusal(full)?.map_or(Ok(()), Err)?;
    }
    let spent = || Refusal::new(ErrorCode::EnrolmentCodeInvalid, "the enrolment code is unknown, used or expired");
    let row = found.last().and_then(|rows| rows.first()).ok_or_else(spent)?;
    let expires_at: Timestamp = row.parsed("expires_at")?;
    if row.optional_text("used_at")?.is_some() || moment.now >= expires_at {
        return Err(spent());
    }
    Ok(Place {
        tenant_id: row.parsed("tenant_id")?,
        location_id: row.parsed("location_id")?,
        devices_enrolled: row.integer("devices_enrolled")?,
    })
}

fn made_device_id(moment: &Moment) -> Result<DeviceId, DatabaseError> {
    let id = format!("dev_{}", moment.random_hex("device", 16)).parse();
    id.map_err(|_| DatabaseError::Failed("an id made by the server is malformed".to_owned()))
}

/// The letters of the device with this number, from 0: A, B, …, Z, AA, AB, …
fn prefix(number: u64) -> Option<String> {
    let (mut letters, mut rest) = (Vec::new(), number);
    loop {
        letters.insert(0, b'A'.saturating_add(u8::try_from(rest % 26).ok()?));
        rest = match (rest / 26).checked_sub(1) {
            Some(rest) => rest,
            None => break,
        };
    }
    let prefix = String::from_utf8(letters).ok()?;
    (prefix.len() <= TicketNo::PREFIX_LETTERS_MAX).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn prefixes_count_like_the_columns_of_a_sheet_and_end_at_four_letters() {
        let of = |number| prefix(number).unwrap();
        assert_eq!(
            [of(0), of(1), of(25), of(26), of(51), of(52), of(701), of(702)],
            ["A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
        assert_eq!((of(475_253).as_str(), prefix(475_254)), ("ZZZZ", None));
        assert_eq!((0..5_000).map(of).collect::<BTreeSet<_>>().len(), 5_000);
    }
}
