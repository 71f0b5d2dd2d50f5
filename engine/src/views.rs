//! What an app sees of records: names in camelCase, amounts in minor units, times in RFC 3339, totals computed.

use domain::{
    Adjustment, AdjustmentId, AdjustmentKind, AdjustmentScope, AdjustmentSize, BusinessDate, CheckId, CheckTotals,
    CurrencyCode, CurrencyExponent, DiscountScope, ItemId, KitchenState, Label, Line, LineId, LineTotals, Menu,
    ModifierGroupId, MoneyError, OptionId, Order, OrderId, OrderType, Payment, PaymentId, PaymentState, PaymentStatus,
    PaymentType, Refund, RefundId, SoldBy, StaffId, StatusRank, TableId, TaxId, TicketNo, Timestamp, Totals,
};
use serde::{Deserialize, Serialize};

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderFilter {
    /// Only those that stand so.
    #[serde(default)]
    pub status: Option<StatusRank>,
    /// Only those at this table.
    #[serde(default)]
    pub table_id: Option<TableId>,
}

/// An order as this device sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct OrderView {
    pub order_id: OrderId,
    pub ticket_no: TicketNo,
    pub business_date: BusinessDate,
    pub table_id: Option<TableId>,
    pub guests: u16,
    pub order_type: OrderType,
    pub server_id: StaffId,
    pub note: Option<Label>,
    pub status: StatusRank,
    pub payment_state: PaymentState,
    pub currency: CurrencyCode,
    pub currency_exponent: CurrencyExponent,
    pub opened_at: Timestamp,
    pub opened_by: StaffId,
    pub closed_at: Option<Timestamp>,
    pub lines: Vec<LineView>,
    pub checks: Vec<CheckView>,
    pub adjustments: Vec<AdjustmentView>,
    pub payments: Vec<PaymentView>,
    pub refunds: Vec<RefundView>,
    pub totals: TotalsView,
    pub pending_mutations: usize,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct LineView {
    pub line_id: LineId,
    pub item_id: ItemId,
    pub name: String,
    pub qty: u16,
    pub fired_qty: u32,
    pub kitchen: KitchenState,
    pub weight_milli: Option<u32>,
    pub check_id: CheckId,
    pub unit_price_minor: i64,
    pub modifiers: Vec<ModifierView>,
    pub seat: Option<u8>,
    pub note: Option<String>,
    pub gross_minor: i64,
    pub discount_minor: i64,
    pub net_minor: i64,
    pub service_minor: i64,
    pub tax_minor: i64,
    pub voided: bool,
    pub void_reason: Option<Label>,
    pub comped: bool,
    pub comp_reason: Option<Label>,
}

/// One of an order's checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct CheckView {
    pub check_id: CheckId,
    pub name: Option<Label>,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub balance_minor: i64,
}

/// A discount or service charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct AdjustmentView {
    pub adjustment_id: AdjustmentId,
    pub kind: AdjustmentKind,
    pub name: Label,
    pub line_id: Option<LineId>,
    pub rate_ppm: Option<u32>,
    pub amount_minor: Option<i64>,
    pub by: StaffId,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct RefundView {
    pub refund_id: RefundId,
    pub payment_id: Option<PaymentId>,
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    pub amount_minor: i64,
    pub reason: Option<Label>,
    pub at: Timestamp,
    pub by: StaffId,
}

/// A chosen modifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct ModifierView {
    pub option_id: OptionId,
    pub name: String,
    pub price_minor: i64,
}

/// A recorded payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct PaymentView {
    pub payment_id: PaymentId,
    #[serde(rename = "type")]
    pub payment_type: PaymentType,
    pub amount_minor: i64,
    pub tendered_minor: Option<i64>,
    pub change_minor: i64,
    pub tip_minor: i64,
    pub status: PaymentStatus,
    pub check_id: CheckId,
    pub at: Timestamp,
    pub by: StaffId,
}

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct TotalsView {
    pub gross_minor: i64,
    pub voids_minor: i64,
    pub comps_minor: i64,
    pub discounts_minor: i64,
    pub net_minor: i64,
    pub service_minor: i64,
    pub taxes: Vec<TaxView>,
    pub tax_minor: i64,
    pub included_tax_minor: i64,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub refunded_minor: i64,
    pub tips_minor: i64,
    pub balance_minor: i64,
}

/// One tax of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct TaxView {
    pub tax_id: TaxId,
    pub rate_ppm: u32,
    pub base_minor: i64,
    pub tax_minor: i64,
}

impl OrderView {
    /// The view of an order with so many mutations not settled yet.
    ///
    /// # Errors
    /// When the order comes to more than an amount may be; no change that leads there is ever applied.
    pub fn new(order: &Order, pending_mutations: usize) -> Result<Self, MoneyError> {
        let totals = order.totals()?;
        let lines = order.lines_in_order().into_iter();
        let lines = lines.map(|line| line_view(order, line, totals.lines.get(&line.line_id)));
        let mut payments: Vec<&Payment> = order.payments.values().collect();
        payments.sort_unstable_by(|a, b| (&a.stamp, a.payment_id).cmp(&(&b.stamp, b.payment_id)));
        Ok(Self {
            order_id: order.order_id,
            ticket_no: order.ticket_no.clone(),
            business_date: order.business_date,
            table_id: order.table_id.value.clone(),
            guests: order.guests.value.get(),
            order_type: order.order_type.value,
            server_id: order.server_id.value.clone(),
            note: order.note.as_ref().and_then(|note| note.value.clone()),
            status: order.status().rank,
            payment_state: totals.payment_state(),
            currency: order.currency.code.clone(),
            currency_exponent: order.currency.exponent,
            opened_at: order.opened_at,
            opened_by: order.opened_by.clone(),
            closed_at: order.closed_at(),
            lines: lines.collect(),
            checks: order.check_totals_within(&totals)?.iter().map(|check| check_view(order, check)).collect(),
            adjustments: order.adjustments_in_force().into_iter().map(adjustment_view).collect(),
            payments: payments.into_iter().map(|payment| payment_view(order, payment)).collect::<Result<_, _>>()?,
            refunds: order.refunds.values().map(refund_view).collect(),
            totals: totals_view(totals),
            pending_mutations,
        })
    }
}

fn totals_view(totals: Totals) -> TotalsView {
    let tax_view = |tax: domain::TaxTotal| TaxView {
        tax_id: tax.tax_id,
        rate_ppm: tax.rate.ppm(),
        base_minor: tax.base.minor(),
        tax_minor: tax.tax.minor(),
    };
    TotalsView {
        gross_minor: totals.gross.minor(),
        voids_minor: totals.voids.minor(),
        comps_minor: totals.comps.minor(),
        discounts_minor: totals.discounts.minor(),
        net_minor: totals.net.minor(),
        service_minor: totals.service.minor(),
        taxes: totals.taxes.into_iter().map(tax_view).collect(),
        tax_minor: totals.tax.minor(),
        included_tax_minor: totals.included_tax.minor(),
        total_minor: totals.total.minor(),
        paid_minor: totals.paid.minor(),
        refunded_minor: totals.refunded.minor(),
        tips_minor: totals.tips.minor(),
        balance_minor: totals.balance.minor(),
    }
}

fn line_view(order: &Order, line: &Line, totals: Option<&LineTotals>) -> LineView {
    let totals = totals.copied().unwrap_or_default();
    LineView {
        line_id: line.line_id,
        item_id: line.item_id.clone(),
        name: line.name.as_str().to_owned(),
        qty: line.qty(),
        fired_qty: order.fired_qty(line.line_id),
        kitchen: line.kitchen,
        weight_milli: line.weight_milli.map(u32::from),
        check_id: order.check_of_line(line),
        unit_price_minor: line.unit_price_minor.minor(),
        modifiers: line
            .modifiers
            .iter()
            .map(|modifier| ModifierView {
                option_id: modifier.option_id.clone(),
                name: modifier.name.as_str().to_owned(),
                price_minor: modifier.price_minor.minor(),
            })
            .collect(),
        seat: line.seat,
        note: line.note_text().map(|note| note.as_str().to_owned()),
        gross_minor: totals.gross.minor(),
        discount_minor: totals.discount.minor(),
        net_minor: totals.net.minor(),
        service_minor: totals.service.minor(),
        tax_minor: totals.tax.minor(),
        voided: line.void.is_some(),
        void_reason: line.void.as_ref().and_then(|void| void.reason.clone()),
        comped: line.comp.is_some(),
        comp_reason: line.comp.as_ref().and_then(|comp| comp.reason.clone()),
    }
}

fn check_view(order: &Order, check: &CheckTotals) -> CheckView {
    CheckView {
        check_id: check.check_id,
        name: order.checks.get(&check.check_id).and_then(|check| check.name.clone()),
        total_minor: check.total.minor(),
        paid_minor: check.paid.minor(),
        balance_minor: check.balance.minor(),
    }
}

fn adjustment_view(adjustment: &Adjustment) -> AdjustmentView {
    let (rate_ppm, amount_minor) = rate_or_amount(adjustment.size);
    AdjustmentView {
        adjustment_id: adjustment.adjustment_id,
        kind: adjustment.kind,
        name: adjustment.name.clone(),
        line_id: match adjustment.scope {
            AdjustmentScope::Order => None,
            AdjustmentScope::Line(line_id) => Some(line_id),
        },
        rate_ppm,
        amount_minor,
        by: adjustment.given.by.clone(),
    }
}

fn payment_view(order: &Order, payment: &Payment) -> Result<PaymentView, MoneyError> {
    Ok(PaymentView {
        payment_id: payment.payment_id,
        payment_type: payment.payment_type,
        amount_minor: payment.amount_minor.minor(),
        tendered_minor: payment.tendered_minor.map(domain::Money::minor),
        change_minor: payment.change().minor(),
        tip_minor: payment.tip()?.minor(),
        status: payment.status(),
        check_id: order.check_of_payment(payment),
        at: payment.at,
        by: payment.by.clone(),
    })
}

fn refund_view(refund: &Refund) -> RefundView {
    RefundView {
        refund_id: refund.refund_id,
        payment_id: refund.payment_id,
        payment_type: refund.payment_type,
        amount_minor: refund.amount_minor.minor(),
        reason: refund.given.reason.clone(),
        at: refund.given.at,
        by: refund.given.by.clone(),
    }
}

/// The menu as an app sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/types.ts")]
pub struct MenuView<'a> {
    pub menu_version: u32,
    pub currency: &'a CurrencyCode,
    pub currency_exponent: CurrencyExponent,
    items: Vec<ItemView<'a>>,
    modifier_groups: Vec<GroupView<'a>>,
    discounts: Vec<ListedView<'a>>,
    service_charges: Vec<ListedView<'a>>,
}

/// A discount or service charge of the menu's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedView<'a> {
    id: &'a str,
    name: &'a str,
    rate_ppm: Option<u32>,
    amount_minor: Option<i64>,
    /// Whether it is given on one line and not on the whole order.
    of_line: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemView<'a> {
    id: &'a ItemId,
    name: &'a str,
    category: &'a str,
    price_minor: i64,
    modifier_groups: &'a [ModifierGroupId],
    available: bool,
    sold_by: SoldBy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupView<'a> {
    id: &'a ModifierGroupId,
    name: &'a str,
    min: u8,
    max: u8,
    options: Vec<OptionView<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionView<'a> {
    id: &'a OptionId,
    name: &'a str,
    price_minor: i64,
}

impl<'a> MenuView<'a> {
    /// The view of a menu.
    #[must_use]
    pub fn new(menu: &'a Menu) -> Self {
        let items = menu.items.iter().map(|item| ItemView {
            id: &item.id,
            name: item.name.as_str(),
            category: item.category.as_str(),
            price_minor: item.price_minor.minor(),
            modifier_groups: &item.modifier_groups,
            available: item.available,
            sold_by: item.sold_by,
        });
        let groups = menu.modifier_groups.iter().map(|group| GroupView {
            id: &group.id,
            name: group.name.as_str(),
            min: group.min,
            max: group.max,
            options: group
                .options
                .iter()
                .map(|option| OptionView {
                    id: &option.id,
                    name: option.name.as_str(),
                    price_minor: option.price_minor.minor(),
                })
                .collect(),
        });
        Self {
            menu_version: menu.menu_version,
            currency: &menu.currency,
            currency_exponent: menu.currency_exponent,
            items: items.collect(),
            modifier_groups: groups.collect(),
            discounts: menu
                .discounts
                .iter()
                .map(|discount| {
                    let of_line = discount.scope == DiscountScope::Line;
                    ListedView::new(discount.id.as_str(), &discount.name, discount.size, of_line)
                })
                .collect(),
            service_charges: menu
                .service_charges
                .iter()
                .map(|charge| ListedView::new(charge.id.as_str(), &charge.name, charge.size, false))
                .collect(),
        }
    }
}

impl<'a> ListedView<'a> {
    fn new(id: &'a str, name: &'a Label, size: AdjustmentSize, of_line: bool) -> Self {
        let (rate_ppm, amount_minor) = rate_or_amount(size);
        Self { id, name: name.as_str(), rate_ppm, amount_minor, of_line }
    }
}

const fn rate_or_amount(size: AdjustmentSize) -> (Option<u32>, Option<i64>) {
    match size {
        AdjustmentSize::RatePpm(rate) => (Some(rate.ppm()), None),
        AdjustmentSize::AmountMinor(amount) => (None, Some(amount.minor())),
    }
}
