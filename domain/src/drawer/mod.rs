//! Cash drawers: what should be in one, what somebody counted, and the difference.
//!
//! A session runs from the opening of a drawer to its closing. Everything in between is an event that is never changed or
//! taken away, so two tills on one drawer may report in any order and the session comes out the same. Three laws: what is
//! expected is always derived from the events; what was counted is what a person typed; and whoever counts does not learn
//! what is expected before they have counted.

mod change;
mod command;
mod session;
#[cfg(test)]
mod tests;
mod view;

pub use change::{
    CashDrop, CashMove, CashRefund, CashSale, DRAWER_AMOUNT_MINOR_MAX, DrawerChange, DrawerClose, DrawerCount,
    DrawerOpen, DrawerRef, NoSale,
};
pub use command::DrawerCommand;
pub use session::{DRAWER_EVENTS_MAX, DrawerEntry, DrawerSession};
pub use view::{DrawerAct, DrawerCash, DrawerView, drawer_views, open_session};
