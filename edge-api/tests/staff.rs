//! Staff: who works for a tenant, the grants under which they act, and what the server makes of what they did.
#![cfg(test)]

mod restaurant;

use domain::{Conflict, Role, StaffRoster};
use edge_api::ApiRequest;
use protocol::{Collection, ExchangeReply, GrantSheet, SheetGrant, StaffList, StaffSummary};
use restaurant::*;
use serde_json::{Value, json};

struct House {
    server: Server,
    tenant: Tenant,
    device: Device,
}

impl House {
    /// A restaurant with a server and a manager, and a device that holds their grants.
    fn new() -> Self {
        let server = Server::new();
        let (tenant, device) = server.open("ten_a", "loc_a");
        let house = Self { server, tenant, device };
        house.employ("stf_mara", "server", "7294");
        house.employ("stf_odell", "manager", "729418");
        house
    }

    fn employ(&self, staff_id: &str, role: &str, pin: &str) -> StaffSummary {
        let body = json!({ "staff_id": staff_id, "display": staff_id, "role": role, "pin": pin });
        self.server.post(&self.tenant.token, "/admin/staff", &body)
    }

    fn patch(&self, staff_id: &str, body: &Value) -> edge_api::ApiResponse {
        self.patch_at(&format!("/admin/staff/{staff_id}"), body)
    }

    fn patch_at(&self, path: &str, body: &Value) -> edge_api::ApiResponse {
        let request = ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post(path, body.to_string()) };
        self.server.ask(request.bearer(&self.tenant.token))
    }

    /// How many hours grants live from now on, and the rights of managers in them.
    fn policy(&self, grant_hours: u32, managerial_hours: u32, self_approval: bool) {
        let lives = json!({ "grant_ms": grant_hours * 3_600_000, "managerial_ms": managerial_hours * 3_600_000,
            "reboot_allowance_ms": 0 });
        let policy = json!({ "policy": { "grants": lives, "self_approval": self_approval } });
        let answer = self.patch_at("/admin/tenants/ten_a", &policy);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn sheet(&self) -> GrantSheet {
        sheet_in(&self.server.exchange(&self.device, None, &[])).unwrap()
    }

    fn grant_id(&self, staff_id: &str) -> String {
        grant_of(&self.sheet(), staff_id).grant_id.to_string()
    }

    /// A mutation of the first order by somebody under a grant of theirs.
    fn acts(&self, seq: u64, staff_id: &str, grant_id: Option<&str>, change: &Value) -> Value {
        let mut mutation = self.device.mutation(seq, 1, change);
        mutation["schema"] = json!(2);
        mutation["actor"] = json!({ "staff_id": staff_id, "grant_id": grant_id });
        mutation
    }

    /// An order with a line that the kitchen knows of, paid in cash.
    fn sold(&self, staff_id: &str, grant_id: Option<&str>) -> ExchangeReply {
        let fire = json!({ "type": "fire", "fire_id": "01a19456-9e38-7000-9000-0000000000f1",
            "lines": [{ "line_id": line_id(2), "qty": 2 }] });
        let pay = json!({ "type": "add_payment", "payment_id": PAYMENT, "payment_type": "cash",
            "amount_minor": 2900, "tip_minor": 0 });
        let mut batch = [
            self.device.open(1, 1),
            self.device.add_line(2, 1),
            self.acts(3, "", None, &fire),
            self.acts(4, "", None, &pay),
        ];
        for mutation in &mut batch {
            mutation["actor"] = json!({ "staff_id": staff_id, "grant_id": grant_id });
        }
        self.server.exchange(&self.device, None, &batch)
    }
}

const PAYMENT: &str = "01a19456-9e38-7000-9000-0000000000a1";

fn sheet_in(reply: &ExchangeReply) -> Option<GrantSheet> {
    let entry = reply.changes.iter().find(|entry| entry.collection == Collection::Grants)?;
    Some(serde_json::from_str(entry.record.as_ref()?.get()).unwrap())
}

fn grant_of<'a>(sheet: &'a GrantSheet, staff_id: &str) -> &'a SheetGrant {
    sheet.grants.iter().find(|grant| grant.staff_id.as_str() == staff_id).unwrap()
}

fn refund() -> Value {
    json!({ "type": "add_refund", "refund_id": "01a19456-9e38-7000-9000-0000000000b1", "payment_id": PAYMENT,
        "payment_type": "cash", "amount_minor": 1000, "reason": "cold" })
}

fn refunds(server: &Server) -> u64 {
    server.number("SELECT count(*) AS n FROM records, json_each(record, '$.refunds') WHERE collection = 'orders'")
}

#[test]
fn every_change_of_the_staff_reaches_every_location_as_a_roster() {
    let house = House::new();
    house.server.location(&house.tenant, "loc_b");
    let elsewhere = house.server.enrol(&house.tenant, "loc_b");
    let roster = |device: &Device| -> StaffRoster {
        let reply = house.server.exchange(device, None, &[]);
        let entry = reply.changes.iter().find(|entry| entry.collection == Collection::Staff).unwrap();
        serde_json::from_str(entry.record.as_ref().unwrap().get()).unwrap()
    };
    assert_eq!(
        (roster(&elsewhere).roster_version, roster(&elsewhere).staff.len()),
        (2, 2),
        "a new location has it too"
    );
    let raised: StaffSummary = read(&house.patch("stf_mara", &json!({ "role": "shift_lead", "pin": "8305" })));
    assert_eq!((raised.member.role, raised.member.cred_epoch, raised.has_pin), (Role::ShiftLead, 2, true));
    for device in [&house.device, &elsewhere] {
        assert_eq!(roster(device).roster_version, 3);
        assert_eq!(roster(device).staff[0], raised.member);
    }
    assert_eq!(house.patch("stf_mara", &json!({})).status, 200);
    assert_eq!(roster(&elsewhere).roster_version, 3, "nothing was changed");
    let listed: StaffList = read(&house.server.ask(ApiRequest::get("/admin/staff").bearer(&house.tenant.token)));
    assert_eq!(listed.staff.len(), 2);
}

#[test]
fn what_is_said_of_somebody_must_make_sense() {
    let house = House::new();
    let create = |body: &Value| {
        code(&house.server.ask(ApiRequest::post("/admin/staff", body.to_string()).bearer(&house.tenant.token)))
    };
    let body = |role: &str, pin: &str| json!({ "display": "X", "role": role, "pin": pin });
    assert_eq!(create(&json!({ "staff_id": "stf_mara", "display": "X", "role": "server" })), "ALREADY_EXISTS");
    assert_eq!(create(&body("server", "1234")), "PIN_WEAK");
    assert_eq!(create(&body("manager", "7294")), "PIN_WEAK");
    assert_eq!(create(&body("emperor", "729418")), "INVALID_REQUEST");
    assert_eq!(create(&json!({ "display": "X", "role": "server", "cred_epoch": 9 })), "INVALID_REQUEST");
    assert_eq!(code(&house.patch("stf_nobody", &json!({ "display": "X" }))), "NOT_FOUND");
    let device = ApiRequest::post("/admin/staff", body("server", "7294").to_string()).bearer(&house.device.token);
    assert_eq!(code(&house.server.ask(device)), "FORBIDDEN");
}

#[test]
fn a_device_holds_a_grant_of_everybody_who_may_act_and_no_other_device_is_sent_it() {
    let house = House::new();
    let sheet = house.sheet();
    assert_eq!((sheet.device_id.as_str(), sheet.grants.len(), sheet.keys.len()), (house.device.id.as_str(), 2, 1));
    assert!(sheet.grants.iter().all(|grant| grant.token.starts_with("v4.public.") && grant.verifier.is_some()));
    let other = house.server.enrol(&house.tenant, "loc_a");
    let reply = house.server.exchange(&other, None, &[]);
    let sheets = reply.changes.iter().filter(|entry| entry.collection == Collection::Grants).count();
    assert_eq!((sheets, sheet_in(&reply).unwrap().device_id.as_str()), (1, other.id.as_str()));
    assert_ne!(grant_of(&sheet, "stf_mara").grant_id, grant_of(&sheet_in(&reply).unwrap(), "stf_mara").grant_id);
    house.patch("stf_mara", &json!({ "status": "revoked" }));
    assert_eq!(house.sheet().grants.len(), 1, "whoever was revoked is given none");
}

#[test]
fn grants_are_renewed_when_they_are_due_and_not_before() {
    let house = House::new();
    let cursor = house.server.exchange(&house.device, None, &[]).cursor;
    let issued = || house.server.number("SELECT count(*) AS n FROM grants");
    let pulled = |hours: i64| {
        house.server.pass(hours * 3_600_000);
        sheet_in(&house.server.pull(&house.device, &cursor, 100)).is_some()
    };
    assert_eq!((pulled(0), pulled(11), issued()), (false, false, 2));
    assert_eq!((pulled(1), issued()), (true, 4));
    house.patch("stf_mara", &json!({ "display": "Mara" }));
    assert_eq!((pulled(0), issued()), (true, 6), "a new roster makes new grants");
}

#[test]
fn grants_are_renewed_by_the_shortest_life_among_them() {
    let house = House::new();
    let minutes_until_renewed = |grant_hours: u32, managerial_hours: u32| {
        house.policy(grant_hours, managerial_hours, false);
        let cursor = house.server.exchange(&house.device, None, &[]).cursor;
        let renewed = |minutes: &u32| {
            house.server.pass(if *minutes == 0 { 0 } else { 60_000 });
            sheet_in(&house.server.pull(&house.device, &cursor, 100)).is_some()
        };
        (0..=24 * 60).find(renewed)
    };
    assert_eq!(minutes_until_renewed(6, 2), Some(60), "half of a manager's rights");
    assert_eq!(minutes_until_renewed(3, 24), Some(90), "a whole grant ends sooner than a manager's rights would");
    assert_eq!(minutes_until_renewed(72, 24), Some(12 * 60));
    assert_eq!(minutes_until_renewed(0, 0), Some(1), "not at every request");
    house.patch("stf_odell", &json!({ "status": "revoked" }));
    assert_eq!(minutes_until_renewed(6, 2), Some(180), "nobody is left whose rights end sooner");
    assert_eq!(minutes_until_renewed(72, 24), Some(12 * 60), "and twice a day at the least");
}

#[test]
fn grants_of_another_life_are_made_anew_and_those_of_the_same_are_not() {
    let house = House::new();
    house.policy(72, 24, false);
    let before = house.sheet();
    house.policy(72, 24, true);
    assert_eq!(house.sheet(), before);
    house.policy(6, 2, true);
    let hours = |sheet: &GrantSheet| {
        let now = domain::Timestamp::from_millis(house.server.now.get()).unwrap();
        sheet.grants.iter().map(|grant| grant.expires_at.since(now) / 3_600_000).collect::<Vec<_>>()
    };
    assert_eq!((hours(&before), hours(&house.sheet())), (vec![72, 72], vec![6, 6]));
}

#[test]
fn a_suspended_device_is_given_no_grants() {
    let house = House::new();
    let path = format!("/admin/devices/{}/suspend", house.device.id);
    let _: Value = house.server.post(&house.tenant.token, &path, &json!({}));
    house.server.exchange(&house.device, None, &[]);
    assert_eq!(house.server.number("SELECT count(*) AS n FROM grants"), 0);
}

#[test]
fn a_pin_is_nowhere_once_it_was_taken() {
    let house = House::new();
    let answer = house.server.ask(
        ApiRequest::post("/admin/staff", json!({ "display": "Ines", "role": "server", "pin": "80573920" }).to_string())
            .bearer(&house.tenant.token),
    );
    let sheet = format!("{:?}", house.server.exchange(&house.device, None, &[]));
    let mut seen = format!("{answer:?}{}{sheet}", answer.body);
    for table in ["tenants", "locations", "devices", "staff", "grants", "records", "operations"] {
        seen += &format!("{:?}", house.server.rows(format!("SELECT * FROM {table}").leak()));
    }
    assert!(!seen.contains("80573920") && !seen.contains("729418"), "a PIN was kept");
    let sheet = house.sheet();
    let verifier = grant_of(&sheet, "stf_odell").verifier.as_ref().unwrap();
    let stored = format!("{:?}", house.server.rows("SELECT record FROM records WHERE collection = 'grants'"));
    assert!(!stored.contains(&verifier.hash) && !stored.contains(&verifier.salt), "a hash lies open in the store");
}

#[test]
fn what_a_revoked_person_sold_is_kept_and_flagged_and_their_refund_waits_until_somebody_releases_it() {
    let house = House::new();
    let grant = house.grant_id("stf_odell");
    house.patch("stf_odell", &json!({ "status": "revoked" }));
    house.server.rows(
        "UPDATE staff SET member = json_set(member, '$.revoked_at', '2026-10-31T23:00:00.000Z')
        WHERE staff_id = 'stf_odell'",
    );
    let sold = house.sold("stf_odell", Some(&grant));
    assert!(sold.verdicts.iter().all(|verdict| outcome(verdict).starts_with("applied") && finding_codes(verdict).contains(&"ACTOR_REVOKED")));
    let reply = house.server.exchange(
        &house.device,
        Some(&sold.cursor),
        &[house.acts(5, "stf_odell", Some(&grant), &refund())],
    );
    let held = serde_json::to_value(&reply.verdicts[0]).unwrap();
    assert_eq!((held["outcome"].as_str(), refunds(&house.server)), (Some("held"), 0), "{held}");
    let entry = reply.changes.iter().find(|entry| entry.collection == Collection::Conflicts).unwrap();
    let conflict: Conflict = serde_json::from_str(entry.record.as_ref().unwrap().get()).unwrap();
    assert_eq!(held["findings"][0]["conflict_id"], json!(conflict.id));
    let decide = |number: u8, choice: &str| {
        house.server.resolve(
            &house.tenant.token,
            &json!({ "id": format!("01a19456-9e38-7000-9000-0000000000{number:02x}"),
            "conflict_id": conflict.id, "location_id": "loc_a", "expected_version": 1, "choice": choice }),
        )
    };
    assert_eq!(decide(1, "keep_local").status, 200);
    assert_eq!(refunds(&house.server), 1, "released, it counts");
    assert_eq!(code(&decide(2, "keep_server")), "ALREADY_RESOLVED");
    let replay = house.server.exchange(&house.device, None, &[house.acts(5, "stf_odell", Some(&grant), &refund())]);
    assert_eq!(serde_json::to_value(&replay.verdicts[0]).unwrap()["outcome"], "held", "the first verdict stands");
    assert_eq!(refunds(&house.server), 1);
}

#[test]
fn a_held_change_that_is_left_or_breaks_a_law_by_now_has_no_effect() {
    let house = House::new();
    house.sold("stf_mara", None);
    let reply = house.server.exchange(&house.device, None, &[house.acts(5, "stf_odell", None, &refund())]);
    let held = serde_json::to_value(&reply.verdicts[0]).unwrap();
    assert_eq!(held["outcome"], "held", "a manager who shows no grant");
    let ask = |choice: &str| {
        json!({ "id": "01a19456-9e38-7000-9000-000000000001", "conflict_id": held["findings"][0]["conflict_id"],
        "location_id": "loc_a", "expected_version": 1, "choice": choice })
    };
    let order = "UPDATE records SET record = json_set(record, '$.currency.code', 'EUR', '$.payments', json('{}')) WHERE collection = 'orders'";
    house.server.rows(order);
    assert_eq!(code(&house.server.resolve(&house.tenant.token, &ask("keep_local"))), "RELEASE_REFUSED");
    assert_eq!(house.server.resolve(&house.tenant.token, &ask("keep_server")).status, 200, "it was still open");
    assert_eq!(refunds(&house.server), 0);
}

#[test]
fn a_held_change_that_the_journal_has_forgotten_cannot_be_released_and_can_be_put_away() {
    let house = House::new();
    house.sold("stf_mara", None);
    let reply = house.server.exchange(&house.device, None, &[house.acts(5, "stf_odell", None, &refund())]);
    let held = serde_json::to_value(&reply.verdicts[0]).unwrap();
    house.server.pass(401 * 24 * 3_600_000);
    pollster::block_on(house.server.api.upkeep(house.server.moment()));
    let decide = |choice: &str| {
        let ask = json!({ "id": "01a19456-9e38-7000-9000-000000000001", "expected_version": 1, "choice": choice,
            "conflict_id": held["findings"][0]["conflict_id"], "location_id": "loc_a" });
        house.server.resolve(&house.tenant.token, &ask)
    };
    assert_eq!(code(&decide("keep_local")), "RELEASE_REFUSED");
    assert_eq!((decide("keep_server").status, refunds(&house.server)), (200, 0), "it was still open");
}

#[test]
fn what_takes_trust_takes_the_right_or_somebody_who_lends_it() {
    let house = House::new();
    let (mara, odell) = (house.grant_id("stf_mara"), house.grant_id("stf_odell"));
    house.sold("stf_mara", Some(&mara));
    let void = json!({ "type": "void_line", "line_id": line_id(2), "reason": "cold" });
    let mut alone = house.acts(5, "stf_mara", Some(&mara), &void);
    let reply = house.server.exchange(&house.device, None, &[alone.clone()]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected APPROVAL_REQUIRED");
    alone["id"] = json!("01a19456-9e38-7000-9000-00000000e001");
    alone["seq"] = json!(6);
    let approval = |mutation: &str, approver: &str, grant: &str| {
        json!({ "approver": approver, "grant_id": grant,
        "scope": "line.void.sent", "mutation_id": mutation, "reason": "cold", "at": "2026-10-31T23:41:07.120Z", "method": "pin" })
    };
    let mut reused = alone.clone();
    reused["approval"] = approval("01a19456-9e38-7000-9000-00000000ffff", "stf_odell", &odell);
    let reply = house.server.exchange(&house.device, None, &[reused]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected APPROVAL_INVALID", "it was lent for another mutation");
    let mut own = alone.clone();
    (own["id"], own["seq"]) = (json!("01a19456-9e38-7000-9000-00000000e002"), json!(7));
    own["approval"] = approval("01a19456-9e38-7000-9000-00000000e002", "stf_mara", &mara);
    let reply = house.server.exchange(&house.device, None, &[own]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected APPROVAL_INVALID", "nobody approves their own");
    let mut approved = alone.clone();
    (approved["id"], approved["seq"]) = (json!("01a19456-9e38-7000-9000-00000000e003"), json!(8));
    approved["approval"] = approval("01a19456-9e38-7000-9000-00000000e003", "stf_odell", &odell);
    let reply = house.server.exchange(&house.device, None, &[approved]);
    assert!(outcome(&reply.verdicts[0]).starts_with("applied"), "{}", outcome(&reply.verdicts[0]));
    assert_eq!(finding_codes(&reply.verdicts[0]), Vec::<&str>::new());
}

#[test]
fn a_grant_that_nobody_issued_or_that_is_anothers_gives_no_right() {
    let house = House::new();
    let (mara, odell) = (house.grant_id("stf_mara"), house.grant_id("stf_odell"));
    let sold = house.sold("stf_mara", Some("01a19456-9e38-7000-9000-0000000fffff"));
    assert!(
        sold.verdicts.iter().all(|verdict| finding_codes(verdict).contains(&"GRANT_NOT_VALID")),
        "sold all the same"
    );
    let elses = house.acts(5, "stf_mara", Some(&odell), &refund());
    let reply = house.server.exchange(&house.device, None, &[elses]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected GRANT_FOREIGN", "a manager's grant in a server's hand");
    let other = house.server.enrol(&house.tenant, "loc_a");
    let mut elsewhere = other.mutation(1, 1, &refund());
    elsewhere["schema"] = json!(2);
    elsewhere["actor"] = json!({ "staff_id": "stf_odell", "grant_id": odell });
    let reply = house.server.exchange(&other, None, &[elsewhere]);
    assert_eq!(outcome(&reply.verdicts[0]), "rejected GRANT_FOREIGN", "another device's grant");
    assert_eq!(refunds(&house.server), 0);
    let menu = json!({ "delta": { "schema": 1, "base_version": 1, "changes": {} }, "actor": { "staff_id": "stf_mara", "grant_id": mara } });
    let push = ApiRequest::post("/sync/menu", menu.to_string()).bearer(&house.device.token);
    assert_eq!(code(&house.server.ask(push)), "FORBIDDEN", "a server does not edit the menu");
}

#[test]
fn two_admins_at_once_lose_nothing() {
    let house = House::new();
    let rival = std::cell::Cell::new(true);
    let interleaved = Server::on(Interleaved::new(house.server.api.database(), |statements| {
        let writes = statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO staff"));
        if writes && rival.replace(false) {
            house.employ("stf_ines", "server", "8305");
        }
        Ok(())
    }));
    let body = json!({ "staff_id": "stf_tomas", "display": "Tomas", "role": "line_cook" });
    let _: StaffSummary = interleaved.post(&house.tenant.token, "/admin/staff", &body);
    assert_eq!(house.server.number("SELECT count(*) AS n FROM staff"), 4);
    let roster = "SELECT json_array_length(record, '$.staff') AS n FROM records WHERE collection = 'staff'";
    assert_eq!(house.server.number(roster), 4);
}
