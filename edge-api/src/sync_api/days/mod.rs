//! A location's day, for the tenant's admin: the report of everything that is confirmed, and the close.
//!
//! A close is written once; the database refuses a second one, and whoever asks for it is given the first. What arrives later
//! stands beside it.

mod device_close;
mod reading;
mod standing;

use domain::{
    BusinessDate, LateArrivals, LocationClose, LocationCloseAsk, LocationCloseRefused, LocationId, TenantId,
    close_location, late_arrivals_of,
};
use protocol::{CloseDay, ClosedDay, FrontierDay, LocationDay};

use super::body::{invalid, limited, parsed};
use super::{Answer, ApiRequest, ok};
use crate::database::{Database, DatabaseError, PARAM_BYTES_MAX, Param, Statement, to_json};
use crate::identity::SigningKeys;
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

pub(super) use device_close::receive;
use reading::DayRead;
use standing::Standing;

/// Reports and closes one business date of one location.
pub(super) struct DayDesk<'a, D> {
    pub(super) database: &'a D,
    pub(super) signing_keys: &'a SigningKeys,
    pub(super) moment: &'a Moment,
    pub(super) tenant_id: &'a TenantId,
    pub(super) location_id: &'a LocationId,
    pub(super) business_date: BusinessDate,
}

impl<D: Database> DayDesk<'_, D> {
    /// The day as it stands now, as it was closed, and what came late.
    pub(super) async fn report(&self) -> Result<Answer, Refusal> {
        let day = DayRead::of(self).await?;
        let standing = self.standing(&day)?;
        let late = match &day.closed {
            Some(closed) => self.late(&day, &standing, closed)?,
            None => None,
        };
        ok(&LocationDay { standing: standing.told, closed: day.closed, late })
    }

    /// Closes the day, unless it is closed; answers the close that stands.
    pub(super) async fn close(&self, request: &ApiRequest) -> Result<Answer, Refusal> {
        let wish: CloseDay = parsed(&limited(request)?)?;
        if let Some(closed) = reading::closed_text(self).await? {
            return Ok(closed_answer(closed));
        }
        self.check_person(&wish).await?;
        let day = DayRead::of(self).await?;
        if day.zone.business_date(self.moment.now, day.settings.cut_over_hour) < self.business_date {
            return Err(invalid("the day has not begun"));
        }
        let standing = self.standing(&day)?;
        let close = self.closed_by(&wish, &day, &standing)?;
        let document = to_json(&ClosedDay { close, standing: standing.told })?;
        if document.len() > PARAM_BYTES_MAX {
            return Err(too_much());
        }
        match self.database.batch(vec![self.written(&wish, day.head, &document)]).await {
            Ok(_) => Ok(closed_answer(document)),
            Err(DatabaseError::GuardFailed) => {
                let closed = reading::closed_text(self).await?.ok_or_else(Refusal::busy)?;
                Ok(closed_answer(closed))
            }
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => Err(error.into()),
        }
    }

    fn standing(&self, day: &DayRead) -> Result<Standing, Refusal> {
        let place =
            FrontierDay { tenant_id: self.tenant_id, location_id: self.location_id, business_date: self.business_date };
        Standing::of(day, place, self.signing_keys, self.moment.now)
    }

    fn closed_by(&self, wish: &CloseDay, day: &DayRead, standing: &Standing) -> Result<LocationClose, Refusal> {
        let ask = LocationCloseAsk {
            location_id: self.location_id,
            business_date: self.business_date,
            by: &wish.closed_by,
            at: self.moment.now,
            currency: &standing.told.currency,
            without: &wish.without,
        };
        close_location(&ask, &day.standings(), &standing.confirmed, None).map_err(|refused| match refused {
            LocationCloseRefused::DevicesMissing(_) => {
                let behind = standing.told.sentences.join("; ");
                invalid(format!("without must name every device whose day is not whole: {behind}"))
            }
            LocationCloseRefused::Closed { .. } | LocationCloseRefused::Amount(_) => invalid(refused.to_string()),
        })
    }

    fn late(&self, day: &DayRead, standing: &Standing, closed: &ClosedDay) -> Result<Option<LateArrivals>, Refusal> {
        let late = day.late.values().cloned();
        late_arrivals_of(&closed.close, &[], &standing.confirmed, late, self.moment.now).map_err(beyond_money)
    }

    /// Where people work for the tenant, one of them closes the day. A tenant that employs nobody has nobody to look up.
    async fn check_person(&self, wish: &CloseDay) -> Result<(), Refusal> {
        let read = Statement::new(
            "SELECT count(*) AS staff, coalesce(sum(staff_id = ?2), 0) AS known FROM staff WHERE tenant_id = ?1",
            [self.tenant_id.as_str().into(), wish.closed_by.as_str().into()],
        );
        let found = self.database.read(vec![read]).await?;
        let Some(row) = found.first().and_then(|rows| rows.first()) else { return Ok(()) };
        if row.integer("staff")? > 0 && row.integer("known")? == 0 {
            return Err(invalid("closed_by must be somebody who works for the tenant"));
        }
        Ok(())
    }

    fn written(&self, wish: &CloseDay, head: u64, document: &str) -> Statement {
        let params: [Param; 7] = [
            self.tenant_id.as_str().into(),
            self.location_id.as_str().into(),
            self.business_date.to_string().into(),
            head.into(),
            self.moment.now.to_string().into(),
            wish.closed_by.as_str().into(),
            document.into(),
        ];
        Statement::new(
            "INSERT INTO location_closes (
               tenant_id, location_id, business_date, head, closed_at, closed_by, document
             ) VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), ?5, ?6, ?7)",
            params,
        )
    }
}

/// A close as it was written, to the letter.
fn closed_answer(document: String) -> Answer {
    Answer { status: 200, body: document, tidings: Tidings::default() }
}

fn beyond_money(error: domain::MoneyError) -> Refusal {
    invalid(error.to_string())
}

/// More than a report is made of; docs/reports.md says how much that is.
fn too_much() -> Refusal {
    invalid("the day holds more than one report may be made of")
}
