//! What an app can ask for, and how it is refused.

use domain::{
    DeviceId, ItemId, Label, LineId, LocationId, Money, OptionId, OrderId, OrderType, PaymentId, PaymentType, Quantity,
    Rejection, RejectionCode, TableId, TenantId,
};
use serde::{Deserialize, Serialize};

/// Something an app asks for. Ids that are left out are made by the engine; giving one makes a double tap harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Command {
    /// Begin to work with the store: the first command of every run.
    Start {
        /// What the device was given at enrolment; may be left out when the store knows it.
        #[serde(default)]
        enrolment: Option<Enrolment>,
    },
    /// Open an order.
    OpenOrder {
        /// Its identity.
        #[serde(default)]
        order_id: Option<OrderId>,
        /// The table.
        #[serde(default)]
        table_id: Option<TableId>,
        /// How many guests; 1 when absent.
        #[serde(default)]
        guests: Option<Quantity>,
        /// Dine-in when absent.
        #[serde(default)]
        order_type: Option<OrderType>,
    },
    /// Add a line, priced from the menu.
    AddLine {
        /// The order.
        order_id: OrderId,
        /// The line's identity.
        #[serde(default)]
        line_id: Option<LineId>,
        /// The item.
        item_id: ItemId,
        /// How many; 1 when absent.
        #[serde(default)]
        qty: Option<Quantity>,
        /// The chosen modifiers.
        #[serde(default)]
        option_ids: Vec<OptionId>,
        /// The seat it is for.
        #[serde(default)]
        seat: Option<u8>,
        /// A wish to the kitchen.
        #[serde(default)]
        note: Option<Label>,
    },
    /// Change a line's quantity.
    SetQty {
        /// The order.
        order_id: OrderId,
        /// The line.
        line_id: LineId,
        /// The new quantity.
        qty: Quantity,
    },
    /// Take a line back.
    VoidLine {
        /// The order.
        order_id: OrderId,
        /// The line.
        line_id: LineId,
        /// Why.
        reason: Label,
    },
    /// Record a payment.
    AddPayment {
        /// The order.
        order_id: OrderId,
        /// The payment's identity.
        #[serde(default)]
        payment_id: Option<PaymentId>,
        /// How it was paid.
        payment_type: PaymentType,
        /// What goes towards the bill; at most what is due.
        amount_minor: Money,
        /// Cash handed over; at least the amount.
        #[serde(default)]
        tendered_minor: Option<Money>,
        /// Staff money.
        #[serde(default)]
        tip_minor: Option<Money>,
    },
    /// Finish an order.
    CloseOrder {
        /// The order.
        order_id: OrderId,
    },
}

/// What a device was given at enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The location.
    pub location_id: LocationId,
    /// The device.
    pub device_id: DeviceId,
    /// The letters of its tickets.
    pub device_prefix: String,
    /// Its credential.
    pub device_token: String,
}

/// A refused command. Nothing was changed or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The same in a sentence for a person.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self { code: RefusalCode::Law(rejection.code), message: rejection.message }
    }
}

/// The closed list of reasons to refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// A law of the records.
    Law(RejectionCode),
    /// The command does not have the form its type demands.
    CommandInvalid,
    /// The device was never enrolled.
    NotEnrolled,
    /// The store belongs to another device.
    StoreOfOtherDevice,
    /// Nobody is known to work this device.
    NotSignedIn,
    /// The store refused the write; nothing was saved.
    StorageFailed,
}

impl RefusalCode {
    /// The code as apps see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Law(code) => code.as_str(),
            Self::CommandInvalid => "COMMAND_INVALID",
            Self::NotEnrolled => "NOT_ENROLLED",
            Self::StoreOfOtherDevice => "STORE_OF_OTHER_DEVICE",
            Self::NotSignedIn => "NOT_SIGNED_IN",
            Self::StorageFailed => "STORAGE_FAILED",
        }
    }
}
