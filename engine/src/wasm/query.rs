//! Reads of the working set, by name.

use domain::{BusinessDate, OrderId};
use serde::{Deserialize, Serialize};

use crate::command::{Refusal, RefusalCode};
use crate::io::Moment;
use crate::report_view::ReportAsk;
use crate::sync_manager::SyncManager;
use crate::views::OrderFilter;

/// What can be read.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(crate) enum Query {
    /// One order, or `null`.
    Order { order_id: OrderId },
    /// Orders, oldest first.
    Orders { filter: OrderFilter },
    /// The menu, or `null`.
    Menu,
    /// Conflicts in plain words.
    Conflicts,
    /// What became of every change this device made to an order.
    Journey { order_id: OrderId },
    /// Everybody's shifts.
    Timecards,
    /// Who is on the clock.
    OnTheClock,
    /// Cash drawers.
    Drawers,
    /// Everybody who works here.
    Staff,
    /// Whoever has signed in, or `null`.
    SignedIn,
    /// The status.
    Status,
    /// The credential to listen with for live pokes, or `null` while there is nothing to listen for.
    LiveToken,
    /// The hash over everything confirmed.
    ConfirmedHash,
    /// A provisional report of one business day, or `null` before the device knows its location and currency.
    Report {
        #[serde(default)]
        ask: ReportAsk,
    },
    /// What closing this device's day would write down now.
    DeviceClose {
        #[serde(default)]
        business_date: Option<BusinessDate>,
    },
}

/// Answers a query as JSON.
pub(crate) fn answer(manager: &SyncManager, now: &Moment, json: &str) -> Result<String, Refusal> {
    match serde_json::from_str(json).map_err(meaningless)? {
        Query::Order { order_id } => text(&manager.order(order_id)),
        Query::Orders { filter } => text(&manager.orders(&filter)),
        Query::Menu => text(&manager.menu()),
        Query::Conflicts => text(&manager.conflicts()),
        Query::Journey { order_id } => text(&manager.journey(order_id)),
        Query::Timecards => text(&manager.timecards(now)),
        Query::OnTheClock => text(&manager.on_the_clock(now)),
        Query::Drawers => text(&manager.drawers()),
        Query::Staff => text(&manager.staff_list()),
        Query::SignedIn => text(&manager.signed_in(now)),
        Query::Status => text(&manager.status(now)),
        Query::LiveToken => text(&manager.live_token()),
        Query::ConfirmedHash => text(&manager.confirmed_hash()),
        Query::Report { ask } => text(&manager.report(&ask, now)?),
        Query::DeviceClose { business_date } => text(&manager.device_close(business_date, now)?),
    }
}

fn text(view: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(view).map_err(meaningless)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
fn meaningless(error: serde_json::Error) -> Refusal {
    Refusal::new(RefusalCode::CommandInvalid, error.to_string())
}
