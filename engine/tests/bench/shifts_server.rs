//! The little server's other stream: it takes punches and audit entries with the same `domain` code as the real one.

use std::collections::BTreeMap;

use domain::{AuditHead, ChangeContext, ShiftLog, StaffChange, Versioned};
use protocol::{Incarnation, Mutation, MutationId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply;

#[derive(Debug, Default)]
pub(crate) struct ShiftsServer {
    acked: BTreeMap<Incarnation, u64>,
    verdicts: BTreeMap<MutationId, Value>,
    pub(crate) logs: BTreeMap<String, ShiftLog>,
    pub(crate) audit: Option<AuditHead>,
    revs: BTreeMap<String, u64>,
    /// Every mutation that took effect, in order.
    pub(crate) taken: Vec<MutationId>,
    /// What the real one would have raised an alarm about.
    pub(crate) complaints: Vec<String>,
}

#[derive(Deserialize)]
struct Request {
    incarnation: Incarnation,
    cursor: Option<String>,
    mutations: Vec<Mutation>,
}

impl ShiftsServer {
    /// Answers the body of an exchange: status and body.
    pub(crate) fn answer(&mut self, body: &str) -> (u16, String) {
        let request: Request = serde_json::from_str(body).unwrap();
        let acked = self.acked.get(&request.incarnation).copied().unwrap_or(0);
        for (place, mutation) in (acked + 1..).zip(request.mutations.iter().filter(|mutation| mutation.seq > acked)) {
            if mutation.seq != place {
                self.complaints.push(format!("SEQ_GAP: {} after {acked}", mutation.seq));
                return (409, format!("{{\"code\":\"SEQ_GAP\",\"expected\":{place}}}"));
            }
        }
        let (mut verdicts, mut changes) = (Vec::new(), Vec::new());
        for mutation in &request.mutations {
            let known = self.verdicts.get(&mutation.id).cloned();
            let mut verdict = known.unwrap_or_else(|| self.take(mutation, &mut changes));
            self.verdicts.insert(mutation.id, verdict.clone());
            verdict["seq"] = json!(mutation.seq);
            verdicts.push(verdict.to_string());
        }
        let last = request.mutations.last().map_or(acked, |mutation| mutation.seq.max(acked));
        self.acked.insert(request.incarnation, last);
        let cursor = request.cursor.unwrap_or_else(|| "c0".to_owned());
        (200, reply(&verdicts.join(","), &changes.join(","), &cursor))
    }

    fn take(&mut self, mutation: &Mutation, changes: &mut Vec<String>) -> Value {
        let change = <StaffChange as Versioned>::read(mutation.schema, mutation.change.get()).unwrap();
        let (collection, id, record) = match &change {
            StaffChange::Punch(punch) => {
                let id = format!("{}.{}", punch.staff_id, punch.filed_under());
                let log = self.logs.entry(id.clone()).or_insert_with(|| {
                    ShiftLog::new(punch.staff_id.clone(), "loc_quay".parse().unwrap(), punch.filed_under())
                });
                let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
                log.apply(&punch.event, context).unwrap();
                ("shifts", id, serde_json::to_string(log).unwrap())
            }
            StaffChange::Audit(audited) => {
                let head = self.audit.unwrap_or(AuditHead::START);
                let device = mutation.device();
                let next = head.follow(device, [&audited.entry]);
                self.complaints.extend(next.as_ref().err().map(|finding| finding.message.clone()));
                self.audit = Some(next.unwrap_or(AuditHead { number: audited.entry.number, hash: audited.entry.hash }));
                ("audit", device.to_string(), serde_json::to_string(&self.audit).unwrap())
            }
            StaffChange::Drawer(_) | StaffChange::EightySix(_) => unreachable!("no test makes these yet"),
        };
        self.taken.push(mutation.id);
        let rev = self.revs.entry(format!("{collection}/{id}")).or_default();
        *rev += 1;
        // Records to the byte as they are written: a change begins with its type.
        changes.push(format!(
            r#"{{"collection":"{collection}","id":"{id}","rev":{rev},"changed_seq":1,"own_seq":{},"record":{record}}}"#,
            mutation.seq
        ));
        json!({ "id": mutation.id, "seq": 0, "outcome": "applied", "rev": *rev, "findings": [] })
    }
}
