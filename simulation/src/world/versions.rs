//! Other versions: replies of a newer and of an older server, and an app that is newer than the server.

use domain::Timestamp;
use engine::Enrolment;
use protocol::{DeltaEntry, ExchangeReply, Outcome};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::World;
use crate::checkers::{Broken, Operation};
use crate::faults::Fault;
use crate::server::Server;

impl World {
    /// The body of a reply as a server of another version would write it. A verdict that cannot be read leaves its mutation
    /// pending, and the next reply has it in the form that can.
    pub(super) fn of_another_version(&mut self, body: String) -> String {
        let forms = [
            Fault::UnknownOutcome,
            Fault::UnknownFinding,
            Fault::UnknownCollection,
            Fault::UnknownFields,
            Fault::OlderReply,
        ];
        if !forms.iter().any(|form| self.mischief.borrow().is_on(*form)) {
            return body;
        }
        let Ok(reply) = serde_json::from_str::<ExchangeReply>(&body) else { return body };
        let mut verdicts: Vec<Value> =
            reply.verdicts.iter().map(|verdict| serde_json::to_value(verdict).unwrap_or_default()).collect();
        if let Some(verdict) = verdicts.first_mut()
            && self.happens(Fault::UnknownOutcome)
        {
            verdict["outcome"] = json!("weighed");
        }
        if let Some(verdict) = verdicts.last_mut()
            && self.happens(Fault::UnknownFinding)
        {
            verdict["findings"] = json!([{ "code": "SPILLED_SALT", "message": "bad luck" }]);
        }
        let mut entries: Vec<String> = reply.changes.iter().map(whole).collect();
        let mut named = reply.echo;
        if self.happens(Fault::OlderReply) {
            // Where something on the way swaps replies, one that names no request cannot be told from another's.
            let swapped = [Fault::StaleReply, Fault::StrangersReply];
            named = named.filter(|_| swapped.iter().any(|fault| self.mischief.borrow().is_on(*fault)));
            entries = reply.changes.iter().map(without_what_came_later).collect();
            for verdict in verdicts.iter_mut().filter_map(Value::as_object_mut) {
                verdict.remove("replayed");
                verdict.remove("findings");
            }
        }
        if self.happens(Fault::UnknownCollection) {
            let changed_seq = reply.changes.last().map_or(1, |entry| entry.changed_seq);
            let entry = json!({
                "collection": "loyalty", "id": "loy_1", "rev": 1, "changed_seq": changed_seq, "own_seq": 0,
                "record": { "points": 7 },
            });
            entries.push(entry.to_string());
        }
        let mut envelope = json!({
            "protocol": reply.protocol, "server_time": reply.server_time, "acked_seq": reply.acked_seq,
            "cursor": reply.cursor, "has_more": reply.has_more,
        });
        if let Some(echo) = named {
            envelope["echo"] = json!(echo);
        }
        if self.happens(Fault::UnknownFields) {
            envelope["region"] = json!("eu");
            for verdict in &mut verdicts {
                verdict["weight"] = json!(0.5);
            }
            for entry in &mut entries {
                // An object that ends: one more field goes before its brace.
                entry.truncate(entry.len() - 1);
                entry.push_str(r#","shard":{"of":[3]}}"#);
            }
        }
        // Records stay to the byte what the server wrote.
        let mut text = envelope.to_string();
        text.truncate(text.len() - 1);
        format!(r#"{text},"verdicts":{},"changes":[{}]}}"#, Value::Array(verdicts), entries.join(","))
    }
}

fn whole(entry: &DeltaEntry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// An entry as it was before it told how much of the device's own stream is part of it.
fn without_what_came_later(entry: &DeltaEntry) -> String {
    let collection = entry.collection.as_str();
    let null: Option<Box<RawValue>> = to_raw_value(&Value::Null).ok();
    let record = entry.record.as_ref().or(null.as_ref()).map_or("null", |record| record.get());
    format!(
        r#"{{"collection":"{collection}","id":{},"rev":{},"changed_seq":{},"record":{record}}}"#,
        Value::from(entry.id.as_str()),
        entry.rev,
        entry.changed_seq,
    )
}

/// A device whose app is newer than the server: what it brings is kept, and has no effect.
#[derive(Debug)]
pub(super) struct NewerApp {
    enrolment: Enrolment,
    brought: u64,
}

const NEWS_INCARNATION: &str = "01890000-0000-7000-8000-00000000aaaa";

impl NewerApp {
    pub(super) fn new(server: &Server, now: Timestamp) -> Self {
        Self { enrolment: server.enrol(now), brought: 0 }
    }

    /// Brings one more change of a type that no server knows yet: its verdict is a refusal with the code that says so.
    pub(super) fn bring_news(&mut self, server: &Server, now: Timestamp) -> Result<(), Broken> {
        self.brought += 1;
        let id = format!("01890000-0000-7000-8000-{:012x}", self.brought);
        let stamp = format!("{:012x}-0000-{}", now.millis(), self.enrolment.device_id);
        let body = json!({
            "protocol": 1, "app_version": "9.0.0", "incarnation": NEWS_INCARNATION, "cursor": null, "limit": 1,
            "mutations": [{
                "id": id, "seq": self.brought, "record_id": id, "schema": 1, "stamp": stamp,
                "recorded": { "wall": now, "mono_ms": 1, "boot_id": "b", "offset_min": -240, "server_offset_ms": null },
                "actor": { "staff_id": "stf_mara", "grant_id": null }, "approval": null, "offline": false,
                "change": { "type": "season_line", "salt_g": 3 }, "mood": "new",
            }],
        });
        let reply = server.exchange(now, &self.enrolment, &body);
        let verdict = |field: &str| reply.pointer(&format!("/verdicts/0/{field}")).and_then(Value::as_str);
        if (verdict("outcome"), verdict("code")) != (Some("rejected"), Some("CHANGE_UNKNOWN")) {
            return Err(("versions", format!("a change of a newer app was not refused as unknown: {reply}")));
        }
        Ok(())
    }

    /// Everything it brought stands in the journal as refused; tells how much that is.
    pub(super) fn is_kept(&self, operations: &[Operation]) -> Result<usize, Broken> {
        let device = self.enrolment.device_id.to_string();
        let own = operations.iter().filter(|operation| operation.device == device);
        let refused = own.filter(|operation| matches!(operation.verdict.outcome, Outcome::Rejected { .. })).count();
        if u64::try_from(refused).ok() != Some(self.brought) {
            return Err(("versions", format!("{} changes of a newer app came, {refused} are kept", self.brought)));
        }
        Ok(refused)
    }
}
