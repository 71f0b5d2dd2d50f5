//! What a person asks of a drawer, and whether this device lets them. What is refused changes nothing.

use serde::{Deserialize, Serialize};

use super::change::{
    CashDrop, CashMove, CashRefund, CashSale, DrawerChange, DrawerClose, DrawerCount, DrawerOpen, DrawerRef, NoSale,
};
use super::session::{DrawerSession, refuse_amount};
use super::view::DrawerView;
use crate::ids::{DrawerEventId, OrderId, PaymentId, RefundId};
use crate::limits::Label;
use crate::money::{CurrencyCode, Money};
use crate::rejection::{Rejection, RejectionCode};

/// Something a person asks of a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum DrawerCommand {
    /// To begin a session.
    Open {
        /// The change in it.
        float_minor: Money,
    },
    /// To put in what a guest paid.
    SaleCash {
        /// The order.
        order_id: OrderId,
        /// The payment.
        payment_id: PaymentId,
        /// What stays in the drawer.
        amount_minor: Money,
    },
    /// To give a guest cash back.
    RefundCash {
        /// The order.
        order_id: OrderId,
        /// The refund.
        refund_id: RefundId,
        /// How much.
        amount_minor: Money,
    },
    /// To put cash in for another reason.
    PaidIn {
        /// How much.
        amount_minor: Money,
        /// What for.
        reason: String,
    },
    /// To take cash out to pay for something.
    PaidOut {
        /// How much.
        amount_minor: Money,
        /// What for.
        reason: String,
    },
    /// To take cash to the safe.
    Drop {
        /// How much.
        amount_minor: Money,
    },
    /// To open it without a sale.
    NoSale {
        /// Why.
        reason: String,
    },
    /// To say what was counted.
    Count {
        /// What is in it.
        counted_minor: Money,
    },
    /// To end the session with the count that stands.
    Close,
}

impl DrawerCommand {
    /// Turns the command into the change that carries it out. `currency` is that of the amounts the person gave, `session`
    /// the one that this device takes to be open on the drawer.
    ///
    /// # Errors
    /// `DRAWER_STATE` when the drawer is open, is not, or was not counted; `FOREIGN_CURRENCY`; `FIELD_INVALID` for an amount
    /// below what it may be or an empty reason; `LIMIT_EXCEEDED` for an amount beyond what a drawer may hold.
    pub fn plan(
        self,
        event_id: DrawerEventId,
        currency: &CurrencyCode,
        drawer: DrawerRef,
        session: Option<&DrawerSession>,
    ) -> Result<DrawerChange, Rejection> {
        if *currency != drawer.currency {
            let message = format!("This drawer holds {}, not {}.", drawer.currency.as_str(), currency.as_str());
            return Err(Rejection::new(RejectionCode::ForeignCurrency, "currency", message));
        }
        let session = session.filter(|session| session.is_open() && session.drawer.drawer_id == drawer.drawer_id);
        let change = self.into_change(event_id, drawer, session)?;
        refuse_amount(&change, RejectionCode::FieldInvalid)?;
        Ok(change)
    }

    fn into_change(
        self,
        event_id: DrawerEventId,
        drawer: DrawerRef,
        session: Option<&DrawerSession>,
    ) -> Result<DrawerChange, Rejection> {
        if let Self::Open { float_minor } = self {
            return match session {
                Some(_) => Err(state("This drawer is already open.")),
                None => Ok(DrawerChange::Open(DrawerOpen { event_id, drawer, float_minor })),
            };
        }
        let session = session.ok_or_else(|| state("This drawer is not open."))?;
        Ok(match self {
            Self::Open { float_minor } => DrawerChange::Open(DrawerOpen { event_id, drawer, float_minor }),
            Self::SaleCash { order_id, payment_id, amount_minor } => {
                DrawerChange::SaleCash(CashSale { event_id, drawer, order_id, payment_id, amount_minor })
            }
            Self::RefundCash { order_id, refund_id, amount_minor } => {
                DrawerChange::RefundCash(CashRefund { event_id, drawer, order_id, refund_id, amount_minor })
            }
            Self::PaidIn { amount_minor, reason } => {
                DrawerChange::PaidIn(CashMove { event_id, drawer, amount_minor, reason: said(reason)? })
            }
            Self::PaidOut { amount_minor, reason } => {
                DrawerChange::PaidOut(CashMove { event_id, drawer, amount_minor, reason: said(reason)? })
            }
            Self::Drop { amount_minor } => DrawerChange::Drop(CashDrop { event_id, drawer, amount_minor }),
            Self::NoSale { reason } => DrawerChange::NoSale(NoSale { event_id, drawer, reason: said(reason)? }),
            Self::Count { counted_minor } => DrawerChange::Count(DrawerCount { event_id, drawer, counted_minor }),
            Self::Close => {
                let counted = DrawerView::of(session).counted_minor;
                let counted_minor = counted.ok_or_else(|| state("Count the drawer before you close it."))?;
                let expected_minor = session.expected();
                DrawerChange::Close(DrawerClose { event_id, drawer, expected_minor, counted_minor })
            }
        })
    }
}

fn said(reason: String) -> Result<Label, Rejection> {
    let reason = Some(reason).filter(|reason| !reason.trim().is_empty());
    let label = reason.and_then(|reason| Label::try_from(reason).ok());
    label.ok_or_else(|| Rejection::new(RejectionCode::FieldInvalid, "reason", "Say why, in at most 4,096 bytes."))
}

fn state(message: &str) -> Rejection {
    Rejection::new(RejectionCode::DrawerState, "type", message)
}
