//! What staff do apart from orders: punches, and the audit chain that says what a manager may ask about.

use domain::{
    Approval, AuditFact, AuditKind, AuditSubject, Audited, ClockReading, OrderId, PunchOf, RecordId, Scope,
    ShiftCommand, ShiftLog, StaffChange, StaffId, TimeEvidence, Versioned,
};
use protocol::Mutation;

use super::rights::as_sent;
use super::{Ids, Stage, not_enrolled, not_signed_in};
use crate::command::Refusal;
use crate::io::Moment;
use crate::local_db::{ShiftsChange, StoreChange};

/// Where the ids of audit entries begin among those that one command makes.
const AUDIT_PLACE: usize = 1 << 16;

impl Stage<'_> {
    /// Checks a punch against what this device knows of the person's shift, and makes the mutation that carries it.
    pub(super) fn punch(
        &mut self,
        moment: &Moment,
        staff: Option<&StaffId>,
        command: ShiftCommand,
    ) -> Result<Option<OrderId>, Refusal> {
        let ids = Ids::new(moment);
        if self.made(ids.mutation()).is_some() {
            return Ok(None);
        }
        let own = self.session.as_ref().ok_or_else(not_enrolled)?.enrolment.device_id.clone();
        let staff = staff.ok_or_else(not_signed_in)?;
        let rules = self.db.shift_rules();
        let reading = self.clock_reading(moment);
        let logs = self.shift_logs.get_or_insert_with(|| self.db.shift_logs());
        let made_here = logs.iter().flat_map(|log| log.punches.values()).filter(|punch| *punch.stamp.device() == own);
        let seen = made_here.map(|punch| punch.change.time().corrected).max();
        let time = TimeEvidence::weigh(reading, rules.zone.name().clone(), self.surroundings.anchor, seen);
        let whose = command.whose(staff).clone();
        let event = command.plan(ids.record(), &whose, time, &logs.iter().collect::<Vec<_>>(), &rules)?;
        let punch_id = event.punch_id();
        let change = StaffChange::Punch(PunchOf { staff_id: whose, event });
        let approval = self.permit(moment, staff, change.scope(staff), ids.mutation())?;
        self.shift_fact(moment, staff, &ids, punch_id.cast(), &change, approval.as_ref())?;
        if change.scope(staff) == Some(Scope::ShiftAmend) {
            self.audit_where_employed(moment, staff, AuditKind::Amend, AuditSubject::Punch(punch_id))?;
        }
        Ok(None)
    }

    /// Writes into this device's audit chain what was just done, in the same commit as what it is about.
    pub(super) fn audit(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        kind: AuditKind,
        subject: AuditSubject,
    ) -> Result<(), Refusal> {
        let device_id = self.session.as_ref().ok_or_else(not_enrolled)?.enrolment.device_id.clone();
        let mut head = self.audit_head.unwrap_or_else(|| self.db.audit_head());
        let fact = AuditFact { at: moment.wall, kind, staff_id: Some(staff.clone()), subject };
        let entry = head.append(&device_id, fact);
        let ids = Ids::of_place(moment, AUDIT_PLACE + self.audits);
        self.shift_fact(moment, staff, &ids, ids.record(), &StaffChange::Audit(Audited { entry }), None)?;
        self.audit_head = Some(head);
        self.audits += 1;
        Ok(())
    }

    pub(super) fn shift_fact(
        &mut self,
        moment: &Moment,
        staff: &StaffId,
        ids: &Ids,
        record_id: RecordId,
        change: &StaffChange,
        approval: Option<&Approval>,
    ) -> Result<(), Refusal> {
        let device_id = self.session.as_ref().ok_or_else(not_enrolled)?.enrolment.device_id.clone();
        let mut clock = self.clock;
        let stamp = clock.tick(moment.wall, &device_id);
        let seq = self.next_shift_seq;
        let mutation = self.mutation(moment, ids, (record_id, seq, StaffChange::SCHEMA), change, stamp, staff)?;
        let mutation = Mutation { approval: as_sent(approval)?, ..mutation };
        match change {
            StaffChange::Punch(punch) => self.show_punch(punch, &mutation),
            StaffChange::Drawer(drawer) => self.show_drawer(drawer, &mutation),
            StaffChange::EightySix(_) | StaffChange::Audit(_) => {}
        }
        self.clock = clock;
        self.next_shift_seq = seq.saturating_add(1);
        self.made.insert(mutation.id, record_id.cast());
        self.changes.push(StoreChange::Shifts(ShiftsChange::Queued { mutation }));
        Ok(())
    }

    /// Shows a punch to those staged after it.
    fn show_punch(&mut self, punch: &PunchOf, mutation: &protocol::Mutation) {
        let (Some(session), Some(logs)) = (&self.session, &mut self.shift_logs) else { return };
        let date = punch.filed_under();
        let place = logs.iter().position(|log| log.staff_id == punch.staff_id && log.business_date == date);
        let place = place.unwrap_or_else(|| {
            logs.push(ShiftLog::new(punch.staff_id.clone(), session.enrolment.location_id.clone(), date));
            logs.len() - 1
        });
        let context = domain::ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        if let Some(log) = logs.get_mut(place) {
            // What the log does not take is for the server to judge.
            log.apply(&punch.event, context).ok();
        }
    }

    /// What this device's clocks show.
    pub(super) fn clock_reading(&self, moment: &Moment) -> ClockReading {
        ClockReading {
            wall: moment.wall,
            mono_ms: moment.mono_ms,
            boot_id: self.surroundings.boot_id.clone(),
            offset_min: moment.offset_min,
            server_offset_ms: self.surroundings.server_offset_ms,
        }
    }
}
