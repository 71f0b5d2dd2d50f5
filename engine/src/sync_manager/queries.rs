//! What is read of the engine: orders, the menu, how it stands, what it could not deliver. Nothing here changes anything.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Conflict, ConflictStatus, MutationId, Order, OrderId, ShiftLog, StaffId, Timestamp, drawer_views, on_the_clock,
    timecards,
};
use protocol::Mutation;

use super::{SyncManager, Writes};
use crate::command::RefusalCode;
use crate::conflict_resolver::{Case, ConflictView, DecisionStatus, ResolutionView, wire_name};
use crate::connection_monitor::Connection;
use crate::drawer_views::DrawerSessionView;
use crate::export::{EXPORT_FORMAT, Export};
use crate::io::Moment;
use crate::journeys::{Journey, JourneyState, change_type};
use crate::local_db::{Damage, DamageKind};
use crate::shift_views::{OnClockView, TimecardView};
use crate::status::{FindingView, ParkedView, Status, StorageState, StorageStatus, UnsyncedOrder};
use crate::takings::takings;
use crate::views::{MenuView, OrderFilter, OrderView};

impl SyncManager {
    /// The order as this device sees it.
    #[must_use]
    pub fn order(&self, order_id: OrderId) -> Option<OrderView> {
        let pending = self.db.queue().of_record(&order_id).filter(|queued| queued.settled.is_none()).count();
        self.db.visible(order_id).and_then(|order| OrderView::new(order, pending).ok())
    }

    /// Orders as this device sees them, oldest first.
    #[must_use]
    pub fn orders(&self, filter: &OrderFilter) -> Vec<OrderView> {
        let wanted = |order: &&Order| {
            filter.status.is_none_or(|status| order.status().rank == status)
                && filter.table_id.as_ref().is_none_or(|table| order.table_id.value.as_ref() == Some(table))
        };
        let mut orders: Vec<&Order> = self.db.visible_orders().filter(wanted).collect();
        orders.sort_unstable_by_key(|order| (order.opened_at, order.order_id));
        orders.into_iter().filter_map(|order| self.order(order.order_id)).collect()
    }

    /// Everybody's punches as this device sees them, by person and business date.
    #[must_use]
    pub fn shift_logs(&self) -> Vec<ShiftLog> {
        self.db.shift_logs()
    }

    /// Everybody's shifts as this device sees them now.
    #[must_use]
    pub fn timecards(&self, now: &Moment) -> Vec<TimecardView> {
        let logs = self.db.shift_logs();
        TimecardView::of_all(timecards(&logs, &self.db.shift_rules(), self.corrected(now)))
    }

    /// Every drawer session that this device knows, the newest last.
    #[must_use]
    pub fn drawers(&self) -> Vec<DrawerSessionView> {
        drawer_views(&self.db.drawer_sessions()).into_iter().map(DrawerSessionView::from).collect()
    }

    /// Who is on the clock as far as this device knows.
    #[must_use]
    pub fn on_the_clock(&self, now: &Moment) -> Vec<OnClockView> {
        let logs = self.db.shift_logs();
        on_the_clock(&logs, &self.db.shift_rules(), self.corrected(now)).into_iter().map(OnClockView::from).collect()
    }

    /// The time by the server's clock, as far as this device knows it.
    fn corrected(&self, now: &Moment) -> Timestamp {
        now.wall.after(self.server_offset_ms.unwrap_or(0))
    }

    /// The menu as last synced.
    #[must_use]
    pub fn menu(&self) -> Option<MenuView<'_>> {
        self.db.menu().map(MenuView::new)
    }

    /// Conflicts in plain words: those that wait for a decision, oldest first, then those decided here and on their way, then
    /// the decided ones, newest first.
    #[must_use]
    pub fn conflicts(&self) -> Vec<ConflictView> {
        let device = self.db.session().map(|session| &session.enrolment.device_id);
        let view = |conflict: &Conflict| {
            let order = self.db.order_of_conflict(conflict.id).and_then(|order_id| self.db.visible(order_id));
            let decision = self.db.decisions().iter().find(|decision| decision.ask.conflict_id == conflict.id);
            let deciding = decision.and_then(|decision| {
                let choice = wire_name(decision.ask.choice.as_ref()?);
                let by = decision.staff().cloned();
                Some(ResolutionView { decision_id: decision.ask.id, choice, by, at: decision.at })
            });
            ConflictView::new(&Case { conflict, order }, device, deciding)
        };
        let views: Vec<ConflictView> = self.db.conflicts().values().map(view).collect();
        let standing = |status: DecisionStatus| views.iter().filter(move |view| view.status == status).cloned();
        standing(DecisionStatus::Open)
            .chain(standing(DecisionStatus::Deciding))
            .chain(standing(DecisionStatus::Resolved).rev())
            .collect()
    }

    /// How the engine stands.
    #[must_use]
    pub fn status(&self, now: &Moment) -> Status {
        let session = self.db.session();
        let unsynced = self.unsynced();
        let from_now = |mono_ms: u64| i64::try_from(mono_ms.saturating_sub(now.mono_ms)).unwrap_or(i64::MAX);
        let parked = self.db.parked().iter().map(|parked| ParkedView {
            mutation_id: parked.mutation.id,
            record_id: parked.mutation.order_id(),
            change_type: change_type(parked.mutation.change.get()),
            code: parked.code.clone(),
            message: parked.message.clone(),
            field: parked.field.clone(),
            staff_id: parked.mutation.actor.staff_id.clone(),
            made_at: parked.mutation.recorded.wall,
            ticket_no: self.db.visible(parked.mutation.order_id()).map(|order| order.ticket_no.clone()),
        });
        let findings = self.db.findings().iter().map(|finding| FindingView {
            code: finding.code.clone(),
            record_id: finding.record_id,
            message: finding.message.clone(),
            field: finding.field.clone(),
            kept: finding.kept.clone(),
            lost: finding.lost.clone(),
        });
        Status {
            device_id: session.map(|session| session.enrolment.device_id.clone()),
            device_prefix: session.map(|session| session.enrolment.device_prefix.clone()),
            connection: self.monitor.connection(),
            paused: self.monitor.paused(),
            queue_depth: self.db.queue().depth() + self.db.shifts().depth(),
            oldest_pending_at: [self.db.queue().oldest_pending_at(), self.db.shifts().oldest_pending_at()]
                .into_iter()
                .flatten()
                .min(),
            last_sync_at: self.last_sync_at,
            next_attempt_at: self.monitor.wake_at().map(|wake_at| now.wall.after(from_now(wake_at))),
            exchanging: self.monitor.in_flight().is_some(),
            last_error_code: self.monitor.last_error().map(str::to_owned),
            cursor: self.db.cursor().map(str::to_owned),
            money_at_risk_minor: unsynced.iter().map(|order| order.takings_minor).sum(),
            unsynced,
            conflicts_open: self.conflicts_open(),
            clock_offset_ms: self.server_offset_ms,
            parked: parked.collect(),
            findings: findings.collect(),
            storage: self.storage_status(),
        }
    }

    /// The orders with changes that the server has not confirmed, those that wait longest first.
    fn unsynced(&self) -> Vec<UnsyncedOrder> {
        let mut orders: Vec<UnsyncedOrder> = Vec::new();
        let mut places: BTreeMap<OrderId, usize> = BTreeMap::new();
        for queued in self.db.queue().pending_mutations() {
            let order_id = queued.mutation.order_id();
            let place = *places.entry(order_id).or_insert_with(|| {
                let order = self.db.visible(order_id);
                orders.push(UnsyncedOrder {
                    order_id,
                    ticket_no: order.map(|order| order.ticket_no.clone()),
                    table_id: order.and_then(|order| order.table_id.value.clone()),
                    changes: 0,
                    takings_minor: 0,
                    oldest_at: queued.mutation.recorded.wall,
                });
                orders.len() - 1
            });
            if let Some(order) = orders.get_mut(place) {
                order.changes += 1;
                let taken = queued.change.as_ref().map_or(0, takings);
                order.takings_minor = order.takings_minor.saturating_add(taken);
            }
        }
        orders
    }

    /// Conflicts that wait for a decision and were not decided here.
    fn conflicts_open(&self) -> usize {
        let decided = |conflict: &&Conflict| {
            conflict.status == ConflictStatus::Resolved
                || self.db.decisions().iter().any(|decision| decision.ask.conflict_id == conflict.id)
        };
        self.db.conflicts().values().filter(|conflict| !decided(conflict)).count()
    }

    /// What became of every change that this device made to an order, oldest first.
    #[must_use]
    pub fn journey(&self, order_id: OrderId) -> Vec<Journey> {
        let mut steps: Vec<Journey> = self.journeys.of_order(order_id).cloned().collect();
        let known: BTreeSet<MutationId> = steps.iter().map(|step| step.mutation_id).collect();
        let unknown = |mutation: &&Mutation| mutation.order_id() == order_id && !known.contains(&mutation.id);
        // Made in an earlier run: the store knows what waits and what was refused.
        let waiting = self.db.queue().pending_mutations().map(|queued| &queued.mutation).filter(unknown);
        steps.extend(waiting.map(Journey::of));
        for parked in self.db.parked().iter().filter(|parked| unknown(&&parked.mutation)) {
            let state = JourneyState::of_parked(&parked.code);
            steps.push(Journey::of(&parked.mutation).refused(state, &parked.code, &parked.message));
        }
        steps.sort_by_key(|step| step.made_at);
        steps
    }

    fn storage_status(&self) -> StorageStatus {
        let damage: Vec<Damage> = self.db.damage().to_vec();
        let state = match (self.writes, self.last_storage_error) {
            (Writes::TakenOver, _) => StorageState::TakenOver,
            (_, Some(RefusalCode::StorageFull)) => StorageState::Full,
            (_, Some(_)) => StorageState::Failing,
            (_, None) if self.db.put_aside() > 0 => StorageState::PutAside,
            (_, None) if damage.iter().any(|damage| damage.kind != DamageKind::TornTail) => StorageState::Damaged,
            (_, None) => StorageState::Ok,
        };
        StorageStatus {
            state,
            damage,
            put_aside: self.db.put_aside(),
            journal_entries: self.db.journal_entries(),
            journal_number: self.db.journal_number(),
            days_on_disk: self.db.days_on_disk(),
            sealed: !self.db.wants_reseal(),
        }
    }

    /// The credential to listen with for live pokes; none while this device does not exchange with the server.
    #[must_use]
    pub fn live_token(&self) -> Option<&str> {
        let exchanges = self.writes == Writes::Allowed
            && self.monitor.paused().is_none()
            && self.monitor.connection() != Connection::Offline;
        self.db.session().filter(|_| exchanges).map(|session| session.enrolment.device_token.as_str())
    }

    /// Who works this device.
    #[must_use]
    pub const fn staff(&self) -> Option<&StaffId> {
        self.config.staff.as_ref()
    }

    /// Whether a follower knows everything up to this entry of the journal.
    #[must_use]
    pub fn has_observed(&self, key: &str) -> bool {
        self.db.has_observed(key)
    }

    /// What is not settled yet, for another device to deliver; `None` before the device was enrolled.
    #[must_use]
    pub fn export(&self, now: &Moment) -> Option<Export> {
        let enrolment = &self.db.session()?.enrolment;
        let pending = self.db.queue().pending_mutations();
        let parked = self.db.parked().iter().map(|parked| &parked.mutation);
        let discarded = self.db.discarded().iter().map(|discarded| &discarded.mutation);
        Some(Export {
            format: EXPORT_FORMAT,
            tenant_id: enrolment.tenant_id.clone(),
            location_id: enrolment.location_id.clone(),
            device_id: enrolment.device_id.clone(),
            exported_at: now.wall,
            // What no request passes with stands among the parked.
            mutations: pending.map(|queued| queued.mutation.clone()).collect(),
            shifts: self.db.shifts().pending_mutations().map(|queued| queued.mutation.clone()).collect(),
            parked: parked.chain(discarded).cloned().collect(),
        })
    }

    /// SHA-256, in hexadecimal, over every order in memory that the server has confirmed to this device.
    #[must_use]
    pub fn confirmed_hash(&self) -> String {
        self.db.confirmed_hash()
    }
}
