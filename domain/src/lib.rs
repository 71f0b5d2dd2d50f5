//! What a restaurant's records are, how they change, how they merge, what they add up to.
//!
//! The device's engine and the server run this same code. Three laws above all: nothing with money, food or hours is dropped;
//! an automatic choice that discards a person's input leaves a [`Finding`] that names both values; applying a change is a pure
//! function of the record, the change and its stamp. Nothing here reads a clock, a random number, a file or a socket.
//!
//! # The manual in brief
//!
//! **An order** ([`Order`]) is what a party at a table asked for, had and paid. It is opened under a ticket number
//! ([`TicketNo`]), which is a label and never a key. Its **lines** ([`Line`]) keep the price of the moment they were added;
//! once told to the kitchen (*fired*, [`FireEvent`]) a line is frozen, and a change is a void and a new line. *Void*: never made
//! or served. *Comp*: served and given away. *Discount*: a lower price ([`Adjustment`]). *Refund*: money back after payment, a
//! record of its own ([`Refund`]). *Service charge*: house money on top, taxable. *Tip*: staff money, in no total. A party that
//! pays apart has several **checks** ([`Check`]) inside one order. A manager's reopening begins a new epoch ([`Epoch`]).
//!
//! **What it comes to** is never stored: [`Totals`] is the one calculation, on both sides, with one rounding
//! ([`Money`], half-even; shares by largest remainder).
//!
//! **A person asks** with a command ([`OrderCommand`], [`ShiftCommand`], [`DrawerCommand`]): it is refused with a
//! [`Rejection`] that names code, field and range, or becomes **a change** ([`OrderChange`], [`ShiftChange`],
//! [`DrawerChange`]): one fact, which [`apply`] takes on the device at once and on the server for good.
//!
//! **The menu** ([`Menu`]) is the server's; edits are merged field by field ([`MenuDelta`]), the 86 list ([`EightySix`]) may be
//! set at any till, and a line sold at an older price is honoured and flagged ([`price_standing`]).
//!
//! **Hours** are punches, kept as they were made ([`Punch`]); a [`Timecard`] is a view of them, with what is odd about it. How
//! far a device's time can be trusted is [`TimeConfidence`]; the restaurant's own clock is its [`Zone`], and a day begins at its
//! cut-over hour ([`BusinessDate`]).
//!
//! **Staff** hold rights ([`Scope`]) by role ([`Role`]) through signed grants ([`Grant`]); a manager lends a right for one
//! mutation ([`Approval`]); [`Authority`] says what becomes of a change by who made it.
//!
//! **Cash** is a drawer's sessions ([`DrawerSession`]), counted blind. **The audit chain** ([`AuditEntry`]) holds what must not be
//! denied. **A conflict** ([`Conflict`]) is two values that somebody must choose between; the first choice wins.
//!
//! **Which came later** is told by a [`Stamp`]; a field that may be overwritten is a [`Register`]; what every form of a text
//! there ever was reads as today is [`Versioned`].

mod audit;
mod conflict;
mod drawer;
mod field;
mod finding;
mod ids;
#[cfg(feature = "schema")]
mod json_schema;
mod limits;
mod menu;
mod money;
mod order;
mod register;
mod rejection;
mod report;
mod schema;
mod shift;
mod staff;
mod stamp;
mod tagged;
mod ticket;
mod time;
mod time_confidence;
mod zone;

pub use audit::{AuditEntry, AuditFact, AuditHash, AuditHashError, AuditHead, AuditKind, AuditSubject, verify_audit};
pub use conflict::{
    Conflict, ConflictRule, ConflictRules, ConflictSide, ConflictStatus, HELD_FIELD, HeldChange, Resolution,
    ResolutionChoice, Resolved, ResolvedHow,
};
pub use drawer::{
    CashDrop, CashMove, CashRefund, CashSale, DRAWER_AMOUNT_MINOR_MAX, DRAWER_EVENTS_MAX, DrawerAct, DrawerCash,
    DrawerChange, DrawerClose, DrawerCommand, DrawerCount, DrawerEntry, DrawerOpen, DrawerRef, DrawerSession,
    DrawerView, NoSale, drawer_views, open_session,
};
pub use field::{Field, FieldValue};
pub use finding::{Finding, FindingCode, FindingWeight};
pub use ids::{
    AdjustmentId, CheckId, ConflictId, DeviceId, DiscountId, DrawerEventId, DrawerId, DrawerSessionId, FireId, GrantId,
    IdError, ItemId, LineId, LocationId, ModifierGroupId, MutationId, OptionId, OrderId, PaymentId, PunchId, RecordId,
    RefundId, ServiceChargeId, StaffId, TEXT_ID_BYTES_MAX, TableId, TaxId, TenantId, TextId, TipId, Uid, kind,
};
pub use limits::{
    LINES_MAX, Label, LabelError, MODIFIERS_MAX, ORDER_FACTS_MAX, Quantity, QuantityError, STRING_BYTES_MAX,
};
pub use menu::{
    Availability, DISCOUNTS_MAX, Discount, DiscountChange, DiscountScope, EIGHTY_SIX_MAX, EightySix, EightySixChange,
    FieldChange, GROUP_OPTIONS_MAX, GroupChange, ITEM_GROUPS_MAX, ITEM_TAXES_MAX, ItemChange, LineChoice, ListDelta,
    MENU_ITEMS_MAX, MODIFIER_GROUPS_MAX, Menu, MenuAge, MenuAgePolicy, MenuChanges, MenuDelta, MenuItem, MenuRefused,
    ModifierGroup, ModifierOption, OptionChange, PriceTolerance, PricedLine, SERVICE_CHARGES_MAX, ServiceCharge,
    ServiceChargeChange, SoldBy, SoldPrice, TAXES_MAX, Tax, TaxChange, price_standing,
};
pub use money::{
    AMOUNT_MINOR_MAX, Currency, CurrencyCode, CurrencyError, CurrencyExponent, Money, MoneyError, Rate, RateError,
};
pub use order::{
    AddAdjustment, AddLine, AddNote, AddPayment, AddRefund, AddTip, AdjustTip, Adjustment, AdjustmentKind,
    AdjustmentScope, AdjustmentSize, Bump, ChangeContext, Check, CheckTotals, Close, CompLine, Desk, Epoch,
    FieldStanding, Fire, FireEvent, FiredLine, KitchenState, KitchenTicket, KitchenTicketId, KitchenTicketKind, Line,
    LineTotals, MarkPayment, MergeChecks, Modifier, MoveTable, Moved, Open, Order, OrderChange, OrderCommand,
    OrderCommandKind, OrderStatus, OrderType, Payment, PaymentMark, PaymentState, PaymentStatus, PaymentType,
    PriceOverride, Refund, RemoveAdjustment, Reopen, SetGuests, SetModifiers, SetOrderType, SetQty, SplitCheck,
    StatusRank, TaxMode, TaxSnapshot, TaxTotal, TipAdjustment, TipEntry, Totals, TransferServer, VoidLine, VoidOrder,
    VoidPayment, Weight, WeightError, apply,
};
pub use register::{Act, Register};
pub use rejection::{Allowed, Rejection, RejectionCode};
pub use report::{
    Breakdown, DayFigures, DayKey, DayWords, DeviceClose, DeviceStanding, DrawerBalance, DrawerBalances, Figure,
    ItemFigures, Labour, LateArrivals, LateOrder, LocationClose, LocationCloseAsk, LocationCloseRefused, MissingDevice,
    OpenCheck, Outstanding, Owed, PartialReport, ReportHorizon, ReportScope, ReportSources, Sign, StreamKind,
    StreamName, Tally, TaxFigures, Wages, clock_on, close_location, late_arrivals, late_arrivals_of, missing_devices,
};
pub use schema::{Record, SchemaError, Upcaster, Versioned};
pub use shift::{
    Acknowledge, Amend, Audited, BreakAttestation, BreakEnd, BreakPolicy, BreakStart, BreakType, BreakTypeId,
    BreakTypeKind, ClockIn, ClockOut, DrawerEvent, JobId, JobKind, OnBreak, OnTheClock, OriginalPunch, PUNCHES_MAX,
    Proposal, Punch, PunchKind, PunchOf, RequiredBreak, SetAside, SetAsideReason, ShiftChange, ShiftCommand, ShiftLog,
    ShiftRules, StaffChange, StaffTimecards, Timecard, TimecardAmendment, TimecardBreak, TimecardPunch, on_the_clock,
    timecards,
};
pub use staff::{
    ACTIVE_MAX, Anchored, Approval, ApprovalAsk, ApprovalMethod, Authority, ChangeKind, Grant, GrantBinding,
    GrantHolder, GrantPolicy, GrantStanding, Judgement, PinAttempts, PinRefusal, Role, STAFF_MAX, Scope, ScopeError,
    Scopes, StaffLimits, StaffMember, StaffRoster, StaffStatus, TrustedMoment, Uptime, check_approval, trusted_now,
};
pub use stamp::{HybridClock, Stamp, StampError};
pub use ticket::{TicketNo, TicketNoError};
pub use time::{BusinessDate, BusinessDateError, Timestamp, TimestampError};
pub use time_confidence::{BootId, BootIdError, ClockJump, ClockReading, TimeAnchor, TimeConfidence, TimeEvidence};
pub use zone::{Zone, ZoneError, ZoneName};
