//! What the tenant's admin does meanwhile, and who decides conflicts.

use domain::Conflict;
use serde_json::{Value, json};

use super::people::{STAFF, uid};
use super::{Evening, LOCATIONS, Step, TENANT, Then, any};
use crate::asking::Request;

impl Evening {
    /// Which fields a rule decides about, and how much may be given away.
    pub(super) fn rules(&mut self) -> Step {
        let rule =
            |evening: &mut Self| any(&mut evening.dice, &["server_wins", "client_wins", "last_write_wins", "manual"]);
        let rules = json!({ "orders.table_id": rule(self), "orders.guests": rule(self), "orders.note": rule(self) });
        let policy = json!({ "conflict_rules": rules, "self_approval": self.dice.bool(),
            "staff_limits": { "discount_rate_max_ppm": any(&mut self.dice, &[100_000, 200_000]),
                "shift_lead_comp_max_minor": any(&mut self.dice, &[1_000, 5_000]) } });
        let (path, body) = (format!("/admin/tenants/{TENANT}"), json!({ "policy": policy }));
        self.step("rules set", Request::patch(path, &self.admin_token.clone(), &body), Then::Nothing)
    }

    pub(super) fn employ(&mut self, person: usize) -> Step {
        let (staff_id, role) = STAFF[person];
        let body = json!({ "staff_id": staff_id, "display": staff_id, "role": role });
        self.step("somebody employed", Request::post("/admin/staff", &self.admin_token.clone(), &body), Then::Nothing)
    }

    pub(super) fn change_staff(&mut self) -> Step {
        let staff_id = if self.one_in(8) { "stf_nobody" } else { any(&mut self.dice, &STAFF).0 };
        let body = match self.dice.u8(0..6) {
            0 | 1 => json!({ "status": "revoked" }),
            2 => json!({ "status": "active" }),
            3 => json!({ "role": any(&mut self.dice, &STAFF).1 }),
            4 => json!({ "display": format!("{staff_id} {}", self.dice.u8(..)) }),
            _ => json!({}),
        };
        let request = Request::patch(format!("/admin/staff/{staff_id}"), &self.admin_token.clone(), &body);
        self.step("staff changed", request, Then::Nothing)
    }

    /// Suspends, resumes or, seldom, revokes a device.
    pub(super) fn set_status(&mut self) -> Step {
        let till = self.any_till();
        let what = match self.dice.u8(0..12) {
            0 => "revoke",
            1..=3 => "suspend",
            _ => "resume",
        };
        if what == "revoke" {
            self.plan.push_back(super::Plan::Code(self.tills[till].location));
        }
        let id = if self.one_in(12) { "dev_nobody".to_owned() } else { self.tills[till].id.to_string() };
        let request = Request::post(format!("/admin/devices/{id}/{what}"), &self.admin_token.clone(), &json!({}));
        let kind = match what {
            "revoke" => "device revoked",
            "suspend" => "device suspended",
            _ => "device resumed",
        };
        self.step(kind, request, Then::Nothing)
    }

    pub(super) fn list_conflicts(&mut self) -> Step {
        let till = self.any_till();
        let status = any(&mut self.dice, &["", "status=open", "status=resolved", "status=lost"]);
        let known = self.dice.choice(self.tills[till].conflicts.keys()).cloned();
        let after = known.filter(|_| self.dice.bool()).map_or_else(String::new, |after| format!("&after={after}"));
        let place = any(&mut self.dice, &["", "", "&location_id=loc_quay", "&location_id=loc_mill"]);
        let request = Request::get(format!("/sync/conflicts?{status}{after}{place}"), &self.tills[till].token);
        self.step("conflicts listed", request, Then::Nothing)
    }

    /// Somebody decides a conflict: mostly as it stands, or one that was decided, or with nonsense.
    pub(super) fn decide(&mut self) -> Step {
        let again = self.dice.choice(self.decisions.iter()).cloned();
        if let Some(request) = again.filter(|_| self.dice.u8(0..6) == 0) {
            return self.step("a decision again", request, Then::Nothing);
        }
        let till = self.any_till();
        let known = self.tills[till].conflicts.values();
        let held: Vec<_> = known.clone().filter(|conflict| conflict.field.as_str() == "change").collect();
        let held = self.dice.choice(held).filter(|_| self.dice.bool());
        let conflict = held.or_else(|| self.dice.choice(known)).cloned();
        let (conflict_id, version) = match &conflict {
            Some(Conflict { id, version, .. }) => (*id, *version),
            None => (uid(self.now_ms, &mut self.dice), 1),
        };
        let version = if self.one_in(10) { version + 1 } else { version };
        let mut body = json!({ "id": uid::<()>(self.now_ms, &mut self.dice), "conflict_id": conflict_id,
            "expected_version": version });
        let merged = match conflict.as_ref().map(|conflict| conflict.field.as_str()) {
            Some("guests") => "7",
            _ => any(&mut self.dice, &["\"tbl_9\"", "\"by the door\"", "{"]),
        };
        match self.dice.u8(0..12) {
            0..=3 => body["choice"] = json!("keep_local"),
            4..=6 => body["choice"] = json!("keep_server"),
            7..=8 => body["choice"] = json!({ "merged": merged }),
            9 => body["rule"] = json!("server_wins"),
            10 => body["rule"] = json!(any(&mut self.dice, &["client_wins", "manual"])),
            _ => {}
        }
        let by_admin = self.dice.u8(0..3) == 0;
        if by_admin || self.one_in(6) {
            body["location_id"] = json!(LOCATIONS[self.tills[till].location]);
        }
        if self.one_in(15) {
            body["location_id"] = json!(any(&mut self.dice, &LOCATIONS));
        }
        let staff_id = any(&mut self.dice, &["stf_odell", "stf_owner", "stf_odell", "stf_mara"]);
        if self.dice.u8(0..10) > 0 {
            let grant_id = self.grant_of(till, staff_id).map_or(Value::Null, Value::from);
            body["actor"] = json!({ "staff_id": staff_id, "grant_id": grant_id });
        }
        let token = if by_admin { self.admin_token.clone() } else { self.tills[till].token.clone() };
        let request = Request::post("/sync/conflict/resolve", &token, &body);
        self.decisions.push(request.clone());
        self.step("a decision", request, Then::Nothing)
    }
}
