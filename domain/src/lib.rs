//! What a restaurant's records are, how they change, how they merge, what they add up to.
//!
//! The device's engine and the server run this same code. Three laws above all: nothing with money or food is dropped;
//! an automatic choice that discards a person's input leaves a [`Finding`]; applying a change is a pure function of the
//! record, the change and its stamp. Nothing here reads a clock, a random number, a file or a socket.

mod audit;
mod drawer;
mod finding;
mod ids;
mod limits;
mod menu;
mod money;
mod order;
mod order_change;
mod register;
mod rejection;
mod schema;
mod shift;
mod stamp;
mod tagged;
#[cfg(test)]
mod test_orders;
mod ticket;
mod time;
mod time_confidence;
mod totals;
mod zone;

pub use audit::{AuditEntry, AuditFact, AuditHash, AuditHashError, AuditHead, AuditKind, AuditSubject, verify_audit};
pub use drawer::{
    CashDrop, CashMove, CashRefund, CashSale, DRAWER_AMOUNT_MINOR_MAX, DRAWER_EVENTS_MAX, DrawerAct, DrawerCash,
    DrawerChange, DrawerClose, DrawerCommand, DrawerCount, DrawerEntry, DrawerOpen, DrawerRef, DrawerSession,
    DrawerView, NoSale, drawer_views, open_session,
};
pub use finding::{Finding, FindingCode, FindingWeight};
pub use ids::{
    AdjustmentId, CheckId, ConflictId, DeviceId, DiscountId, DrawerEventId, DrawerId, DrawerSessionId, FireId, GrantId,
    IdError, ItemId, LineId, LocationId, ModifierGroupId, MutationId, OptionId, OrderId, PaymentId, PunchId, RefundId,
    StaffId, TEXT_ID_BYTES_MAX, TableId, TaxId, TenantId, TextId, TipId, Uid, kind,
};
pub use limits::{LINES_MAX, Label, LabelError, MODIFIERS_MAX, Quantity, QuantityError, STRING_BYTES_MAX};
pub use menu::{LineChoice, Menu, MenuItem, ModifierGroup, ModifierOption, PricedLine, Tax};
pub use money::{
    AMOUNT_MINOR_MAX, Currency, CurrencyCode, CurrencyError, CurrencyExponent, Money, MoneyError, Rate, RateError,
};
pub use order::{
    Adjustment, AdjustmentSize, Closing, Comp, Line, LineVoid, Modifier, Order, OrderStatus, OrderType, Payment,
    PaymentState, PaymentType, StatusRank, TaxMode, TaxSnapshot,
};
pub use order_change::{ChangeContext, OrderChange, apply};
pub use register::{Act, Register};
pub use rejection::{Allowed, Rejection, RejectionCode};
pub use schema::{Record, SchemaError, Upcaster, Versioned};
pub use shift::{
    Acknowledge, Amend, BreakAttestation, BreakEnd, BreakPolicy, BreakStart, BreakType, BreakTypeId, BreakTypeKind,
    ClockIn, ClockOut, JobId, JobKind, OnBreak, OnTheClock, OriginalPunch, PUNCHES_MAX, Proposal, Punch, PunchKind,
    RequiredBreak, SetAside, SetAsideReason, ShiftChange, ShiftCommand, ShiftLog, ShiftRules, StaffTimecards, Timecard,
    TimecardAmendment, TimecardBreak, TimecardPunch, on_the_clock, timecards,
};
pub use stamp::{HybridClock, Stamp, StampError};
pub use ticket::{TicketNo, TicketNoError};
pub use time::{BusinessDate, BusinessDateError, Timestamp, TimestampError};
pub use time_confidence::{BootId, BootIdError, ClockJump, ClockReading, TimeAnchor, TimeConfidence, TimeEvidence};
pub use totals::{LineTotals, TaxTotal, Totals};
pub use zone::{Zone, ZoneError, ZoneName};
