//! What a restaurant's records are, how they change, how they merge, what they add up to.
//!
//! The device's engine and the server run this same code. Three laws above all: nothing with money or food is dropped;
//! an automatic choice that discards a person's input leaves a [`Finding`]; applying a change is a pure function of the
//! record, the change and its stamp. Nothing here reads a clock, a random number, a file or a socket.

mod field;
mod finding;
mod ids;
mod limits;
mod menu;
mod money;
mod order;
mod register;
mod rejection;
mod schema;
mod stamp;
mod tagged;
mod ticket;
mod time;

pub use field::{Field, FieldValue};
pub use finding::{Finding, FindingCode, FindingWeight};
pub use ids::{
    AdjustmentId, CheckId, ConflictId, DeviceId, DiscountId, DrawerEventId, DrawerId, DrawerSessionId, FireId, GrantId,
    IdError, ItemId, LineId, LocationId, ModifierGroupId, MutationId, OptionId, OrderId, PaymentId, PunchId, RefundId,
    StaffId, TEXT_ID_BYTES_MAX, TableId, TaxId, TenantId, TextId, TipId, Uid, kind,
};
pub use limits::{
    LINES_MAX, Label, LabelError, MODIFIERS_MAX, ORDER_FACTS_MAX, Quantity, QuantityError, STRING_BYTES_MAX,
};
pub use menu::{LineChoice, Menu, MenuItem, ModifierGroup, ModifierOption, PricedLine, Tax};
pub use money::{
    AMOUNT_MINOR_MAX, Currency, CurrencyCode, CurrencyError, CurrencyExponent, Money, MoneyError, Rate, RateError,
};
pub use order::{
    AddAdjustment, AddLine, AddNote, AddPayment, AddRefund, AddTip, AdjustTip, Adjustment, AdjustmentKind,
    AdjustmentScope, AdjustmentSize, Bump, ChangeContext, Check, CheckTotals, Close, CompLine, Desk, Epoch, Fire,
    FireEvent, FiredLine, KitchenState, KitchenTicket, KitchenTicketId, KitchenTicketKind, Line, LineTotals,
    MarkPayment, MergeChecks, Modifier, MoveTable, Moved, Open, Order, OrderChange, OrderCommand, OrderCommandKind,
    OrderStatus, OrderType, Payment, PaymentMark, PaymentState, PaymentStatus, PaymentType, PriceOverride, Refund,
    RemoveAdjustment, Reopen, SetGuests, SetModifiers, SetOrderType, SetQty, SplitCheck, StatusRank, TaxMode,
    TaxSnapshot, TaxTotal, TipAdjustment, TipEntry, Totals, TransferServer, VoidLine, VoidOrder, VoidPayment, Weight,
    WeightError, apply,
};
pub use register::{Act, Register};
pub use rejection::{Allowed, Rejection, RejectionCode};
pub use schema::{Record, SchemaError, Upcaster, Versioned};
pub use stamp::{HybridClock, Stamp, StampError};
pub use ticket::{TicketNo, TicketNoError};
pub use time::{BusinessDate, BusinessDateError, Timestamp, TimestampError};
