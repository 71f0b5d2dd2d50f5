//! What an app sees of cash drawers.

use domain::{
    CurrencyCode, DeviceId, DrawerAct, DrawerCash, DrawerId, DrawerSessionId, DrawerView, Money, StaffId, Timestamp,
};
use serde::Serialize;

use crate::shift_views::ShiftFindingView;

/// A drawer from its opening to its closing. What should be in it is not told before it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/drawers.ts")]
pub struct DrawerSessionView {
    pub session_id: DrawerSessionId,
    pub drawer_id: DrawerId,
    pub currency: CurrencyCode,
    pub opened: Option<DrawerActView>,
    pub closed: Option<DrawerActView>,
    pub float_minor: Option<Money>,
    pub no_sales: usize,
    pub counted_minor: Option<Money>,
    pub expected_minor: Option<Money>,
    pub over_short_minor: Option<Money>,
    pub cash: Option<DrawerCashView>,
    pub findings: Vec<ShiftFindingView>,
}

/// Who did something to a drawer, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/drawers.ts")]
pub struct DrawerActView {
    pub staff_id: StaffId,
    pub at: Timestamp,
    pub device_id: DeviceId,
}

/// The sums of a session's cash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/drawers.ts")]
pub struct DrawerCashView {
    pub sales_minor: Money,
    pub refunds_minor: Money,
    pub paid_in_minor: Money,
    pub paid_out_minor: Money,
    pub drops_minor: Money,
}

impl From<DrawerView> for DrawerSessionView {
    fn from(view: DrawerView) -> Self {
        let finding = |finding: domain::Finding| ShiftFindingView { code: finding.code, message: finding.message };
        Self {
            session_id: view.session_id,
            drawer_id: view.drawer.drawer_id,
            currency: view.drawer.currency,
            opened: view.opened.map(DrawerActView::from),
            closed: view.closed.map(DrawerActView::from),
            float_minor: view.float_minor,
            no_sales: view.no_sales,
            counted_minor: view.counted_minor,
            expected_minor: view.expected_minor,
            over_short_minor: view.over_short_minor,
            cash: view.cash.map(DrawerCashView::from),
            findings: view.findings.into_iter().map(finding).collect(),
        }
    }
}

impl From<DrawerAct> for DrawerActView {
    fn from(DrawerAct { event_id: _, by, at, device_id }: DrawerAct) -> Self {
        Self { staff_id: by, at, device_id }
    }
}

impl From<DrawerCash> for DrawerCashView {
    fn from(cash: DrawerCash) -> Self {
        let DrawerCash { sales_minor, refunds_minor, paid_in_minor, paid_out_minor, drops_minor } = cash;
        Self { sales_minor, refunds_minor, paid_in_minor, paid_out_minor, drops_minor }
    }
}
