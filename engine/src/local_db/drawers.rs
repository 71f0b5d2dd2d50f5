//! Drawers as this device sees them: the sessions that the server has, with the events that wait.

use std::collections::BTreeMap;

use domain::{ChangeContext, DrawerSession, Record, StaffChange};
use protocol::Collection;

use super::LocalDb;
use super::shifts::ShiftsKey;

impl LocalDb {
    /// Every drawer session of the location.
    pub(crate) fn drawer_sessions(&self) -> Vec<DrawerSession> {
        let confirmed = self.set.kept.all().filter(|(collection, ..)| *collection == Collection::Drawers);
        let mut sessions: BTreeMap<ShiftsKey, DrawerSession> = confirmed
            .filter_map(|(collection, id, _, record)| {
                Some((ShiftsKey::of(collection, id), DrawerSession::from_json(record?.get()).ok()?))
            })
            .collect();
        for queued in self.set.shifts.all().filter(|queued| queued.skipped.is_none()) {
            let Some(StaffChange::Drawer(drawer)) = &queued.change else { continue };
            let mutation = &queued.mutation;
            let session = sessions
                .entry(queued.record_key())
                .or_insert_with(|| DrawerSession::new(drawer.session_id, drawer.event.drawer().clone()));
            let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
            // One that does not apply is left to the server's verdict.
            session.apply(&drawer.event, context).ok();
        }
        sessions.into_values().collect()
    }
}
