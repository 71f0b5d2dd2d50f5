//! How whole a location's day is: what a device that is behind still has, as far as its own close tells, and all of it in words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::breakdown::{Figure, Sign};
use super::device_close::DeviceClose;
use super::figures::DayFigures;
use super::location_close::MissingDevice;
use crate::ids::DeviceId;
use crate::money::{Currency, Money, MoneyError};
use crate::time::Timestamp;
use crate::zone::Zone;

/// What a device's own close says of its day beyond what the server holds of it. Below zero where others have since changed
/// what the device had opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outstanding {
    /// Finished orders and open checks.
    pub tickets: i64,
    /// What they come to, in minor units of the location's currency.
    pub total_minor: Money,
}

impl Outstanding {
    /// What a close says beyond `held`, the figures that the server holds of the same device and day.
    ///
    /// # Errors
    /// When an amount or a count leaves the range of money.
    pub fn of(close: &DeviceClose, held: &DayFigures) -> Result<Self, MoneyError> {
        let tickets = |figures: &DayFigures| figures.orders_closed.joined(&figures.open_checks, Sign::Plus);
        Ok(Self {
            tickets: tickets(&close.figures)?.joined(&tickets(held)?, Sign::Minus)?,
            total_minor: close.figures.total_minor.minus(held.total_minor)?,
        })
    }
}

/// What a report of a location's day is read with.
#[derive(Debug, Clone, Copy)]
pub struct DayWords<'a> {
    /// What people call the devices; one without a name is called by its id.
    pub names: &'a BTreeMap<DeviceId, String>,
    /// What each of them still has, where its own close told.
    pub outstanding: &'a BTreeMap<DeviceId, Outstanding>,
    /// The clock of the place.
    pub zone: &'a Zone,
    /// The currency of the amounts.
    pub currency: &'a Currency,
    /// When the report is read.
    pub now: Timestamp,
}

impl DayWords<'_> {
    /// How whole the day is, of which `devices` are registered and `missing` are behind, as it stands at the head of a report:
    /// `sales from 5 of 6 devices`, then each that is missing, `Till C: dev_c missing since 21:14, owes 14 mutations; 4 tickets,
    /// 61.10 USD`.
    #[must_use]
    pub fn sentences(&self, devices: usize, missing: &[MissingDevice]) -> Vec<String> {
        let whole = devices.saturating_sub(missing.len());
        let first = match devices {
            1 => format!("sales from {whole} of 1 device"),
            _ => format!("sales from {whole} of {devices} devices"),
        };
        std::iter::once(first).chain(missing.iter().map(|device| self.about(device))).collect()
    }

    fn about(&self, device: &MissingDevice) -> String {
        let sentence = device.sentence(self.zone, self.now);
        let sentence = match self.names.get(&device.device_id) {
            Some(name) => format!("{name}: {sentence}"),
            None => sentence,
        };
        // Less than nothing is what others changed, and tells nothing of what is still to come.
        let outstanding = self.outstanding.get(&device.device_id).filter(|outstanding| outstanding.tickets > 0);
        match outstanding {
            Some(Outstanding { tickets: 1, total_minor }) => {
                format!("{sentence}; 1 ticket, {}", self.currency.show(*total_minor))
            }
            Some(Outstanding { tickets, total_minor }) => {
                format!("{sentence}; {tickets} tickets, {}", self.currency.show(*total_minor))
            }
            None => sentence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_days::{at, date, device, money, new_york, usd};
    use super::super::{DeviceClose, Owed};
    use super::*;
    use crate::schema::Versioned as _;

    fn close(orders_closed: i64, open_checks: i64, total: i64) -> DeviceClose {
        DeviceClose {
            schema: DeviceClose::SCHEMA,
            location_id: "loc_quay".parse().unwrap(),
            device_id: device("dev_c"),
            business_date: date("2026-10-31"),
            closed_by: "stf_odell".parse().unwrap(),
            closed_at: at("2026-11-01T03:55:00Z"),
            last_seqs: BTreeMap::new(),
            currency: usd(),
            figures: DayFigures { orders_closed, open_checks, total_minor: money(total), ..DayFigures::default() },
            open_checks: Vec::new(),
        }
    }

    fn missing(owes: Owed) -> MissingDevice {
        let missing_since = Some(at("2026-11-01T01:14:00Z"));
        MissingDevice { device_id: device("dev_c"), missing_since, owes }
    }

    fn words(outstanding: Option<Outstanding>, missing: &[MissingDevice]) -> Vec<String> {
        let names = [(device("dev_c"), "Till C".to_owned())].into();
        let outstanding = outstanding.map(|outstanding| (device("dev_c"), outstanding)).into_iter().collect();
        let (zone, currency, now) = (new_york(), usd(), at("2026-11-01T02:00:00Z"));
        let words = DayWords { names: &names, outstanding: &outstanding, zone: &zone, currency: &currency, now };
        words.sentences(6, missing)
    }

    #[test]
    fn what_a_close_says_beyond_what_is_held_is_owed_in_tickets_and_money() {
        let held = DayFigures { orders_closed: 7, open_checks: 1, total_minor: money(20_000), ..DayFigures::default() };
        let owed = Outstanding::of(&close(10, 2, 26_110), &held).unwrap();
        assert_eq!(owed, Outstanding { tickets: 4, total_minor: money(6_110) });
        assert_eq!(
            words(Some(owed), &[missing(Owed::Mutations(14))]),
            ["sales from 5 of 6 devices", "Till C: dev_c missing since 21:14, owes 14 mutations; 4 tickets, 61.10 USD"]
        );
        let one = Outstanding { tickets: 1, ..owed };
        assert!(words(Some(one), &[missing(Owed::Mutations(1))])[1].ends_with("owes 1 mutation; 1 ticket, 61.10 USD"));
    }

    #[test]
    fn of_a_device_without_a_close_nobody_says_what_it_has_and_a_whole_day_names_nobody() {
        assert_eq!(words(None, &[]), ["sales from 6 of 6 devices"]);
        let told = words(None, &[missing(Owed::DeviceClose)]);
        assert_eq!(told[1], "Till C: dev_c missing since 21:14, owes the close of its day");
        let less = Outstanding { tickets: -1, total_minor: money(-500) };
        assert!(!words(Some(less), &[missing(Owed::Mutations(3))])[1].contains("ticket"));
    }
}
