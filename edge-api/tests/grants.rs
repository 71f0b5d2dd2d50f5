//! Grants as a device receives them: what is renewed, when, under which key, and what it costs.
#![cfg(test)]

mod restaurant;

use std::cell::Cell;

use domain::{ACTIVE_MAX, Grant, Role};
use edge_api::{ApiConfig, ApiRequest, ApiResponse, DatabaseError, SealingKey, SigningKeys, Statement, SyncApi};
use pollster::block_on;
use protocol::{Collection, EnrolmentGrant, ExchangeReply, GrantSheet, PinKdf, StaffSummary};
use restaurant::*;
use serde_json::{Value, json};

struct House {
    server: Server,
    tenant: Tenant,
    device: Device,
}

impl House {
    fn new() -> Self {
        let server = Server::new();
        let (tenant, device) = server.open("ten_a", "loc_a");
        let house = Self { server, tenant, device };
        let mara = json!({ "staff_id": "stf_mara", "display": "Mara", "role": "server", "pin": "7294" });
        let _: StaffSummary = house.server.post(&house.tenant.token, "/admin/staff", &mara);
        house
    }

    /// Asks the same store through a server with other secrets.
    fn under(&self, signing_keys: &str, sealing_key: Option<&str>, request: ApiRequest) -> ApiResponse {
        let config = ApiConfig {
            operator_token: OPERATOR.to_owned(),
            signing_keys: SigningKeys::parse(signing_keys).unwrap(),
            pin_sealing_key: sealing_key.and_then(SealingKey::from_hex),
            ..ApiConfig::default()
        };
        let store = Interleaved::new(self.server.api.database(), |_| Ok(()));
        block_on(SyncApi::new(store, config).handle(self.server.moment(), request))
    }

    fn patch(&self, body: &Value) -> ApiResponse {
        self.server.ask(patch(body).bearer(&self.tenant.token))
    }

    fn issued(&self) -> u64 {
        self.server.number("SELECT count(*) AS n FROM grants")
    }
}

fn patch(body: &Value) -> ApiRequest {
    patch_at("/admin/staff/stf_mara", body)
}

fn patch_at(path: &str, body: &Value) -> ApiRequest {
    ApiRequest { method: "PATCH".to_owned(), ..ApiRequest::post(path, body.to_string()) }
}

/// Whether a batch writes a device's new grants.
fn renews(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| statement.sql.starts_with("INSERT INTO grants"))
}

fn exchange(device: &Device) -> ApiRequest {
    let body = json!({ "protocol": 1, "app_version": "1.4.0", "incarnation": INCARNATION, "cursor": null,
        "limit": EVERYTHING, "mutations": [] });
    ApiRequest::post("/sync/orders", body.to_string()).bearer(&device.token)
}

fn sheet_in(reply: &ExchangeReply) -> Option<GrantSheet> {
    let entry = reply.changes.iter().find(|entry| entry.collection == Collection::Grants)?;
    Some(serde_json::from_str(entry.record.as_ref()?.get()).unwrap())
}

fn key(kid: &str, byte: &str) -> String {
    format!("{kid}:{}", byte.repeat(32))
}

#[test]
fn a_refusal_never_repeats_what_stood_in_place_of_a_pin() {
    let house = House::new();
    let create = |pin: &Value| {
        let body = json!({ "display": "X", "role": "server", "pin": pin }).to_string();
        house.server.ask(ApiRequest::post("/admin/staff", body).bearer(&house.tenant.token))
    };
    let odd = [json!(80_573_920), json!(8057.3920), json!(["80573920"]), json!({ "digits": "80573920" }), json!(true)];
    for pin in odd.iter().chain(&[json!("805739201"), json!("8057392o"), json!("12345678")]) {
        for answer in [create(pin), house.patch(&json!({ "pin": pin }))] {
            assert_eq!(answer.status, 422, "{pin}");
            let seen = format!("{answer:?}{}", answer.body);
            for digits in ["80573920", "8057.392", "8057392o", "12345678"] {
                assert!(!seen.contains(digits), "{pin}: {}", answer.body);
            }
        }
    }
}

#[test]
fn an_exchange_that_renews_nothing_costs_what_it_costs_without_staff() {
    let cost = |house: &House| {
        let counted = Interleaved::new(house.server.api.database(), |_| Ok(()));
        let counted = Server::on(counted);
        counted.exchange(&house.device, None, &[]);
        (counted.api.database().batches.get(), counted.api.database().statements.get())
    };
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let nobody = cost(&House { server, tenant, device });
    let house = House::new();
    let renewing = cost(&house);
    assert!(renewing.0 > nobody.0, "the first exchange makes the grants");
    assert_eq!(cost(&house), nobody);
}

#[test]
fn a_renewal_that_fails_leaves_the_exchange_as_it_is_and_is_tried_again() {
    let house = House::new();
    let broken = Server::on(Interleaved::new(house.server.api.database(), |statements| {
        if renews(statements) { Err(DatabaseError::Failed("full".to_owned())) } else { Ok(()) }
    }));
    let reply = broken.exchange(&house.device, None, &[house.device.open(1, 1)]);
    assert_eq!((outcome(&reply.verdicts[0]), sheet_in(&reply).is_none()), ("applied 1".to_owned(), true));
    assert!(sheet_in(&house.server.exchange(&house.device, None, &[])).is_some());
}

#[test]
fn why_a_renewal_failed_is_in_the_log_and_nowhere_else() {
    let house = House::new();
    let failing = |statements: &[Statement]| {
        if renews(statements) { Err(DatabaseError::Failed("no such table: secrets".to_owned())) } else { Ok(()) }
    };
    let broken = Server::on(Interleaved::new(house.server.api.database(), failing));
    let said = Some("grants were not renewed: the store failed: no such table: secrets".to_owned());
    let pull = ApiRequest::get("/sync/changes").bearer(&house.device.token);
    for request in [exchange(&house.device), pull] {
        let answer = broken.ask(request);
        assert_eq!((answer.status, &answer.trace.cause), (200, &said), "{}", answer.body);
        assert!(!answer.body.contains("secrets"));
    }
    let refused = broken.exchange_raw(&house.device, INCARNATION, None, &[house.device.open(9, 1)]);
    assert_eq!((code(&refused), &refused.trace.cause), ("SEQ_GAP", &said), "a refusal does not hide it");
    let raced = Server::on(Interleaved::new(house.server.api.database(), |statements| {
        if renews(statements) { Err(DatabaseError::GuardFailed) } else { Ok(()) }
    }));
    assert_eq!(raced.ask(exchange(&house.device)).trace.cause, None, "to lose a race is no failure");
    assert_eq!(house.server.ask(exchange(&house.device)).trace.cause, None);
}

#[test]
fn of_two_requests_that_renew_at_once_one_does() {
    let house = House::new();
    let first = Cell::new(true);
    let slow = Server::on(Interleaved::new(house.server.api.database(), |statements| {
        if renews(statements) && first.replace(false) {
            house.server.exchange(&house.device, None, &[]);
        }
        Ok(())
    }));
    let sheet = sheet_in(&slow.exchange(&house.device, None, &[])).unwrap();
    assert_eq!((house.issued(), sheet.grants.len()), (1, 1));
    let stored = house.server.rows("SELECT grant_id FROM grants");
    assert_eq!(stored[0][0].text("grant_id").unwrap(), sheet.grants[0].grant_id.to_string());
}

#[test]
fn nobody_is_given_a_grant_by_a_roster_or_a_policy_that_changed_while_it_was_made() {
    let lives = json!({ "grant_ms": 21_600_000, "managerial_ms": 7_200_000, "reboot_allowance_ms": 0 });
    let changes = [
        ("/admin/staff/stf_mara", json!({ "status": "revoked" }), None),
        ("/admin/staff/stf_mara", json!({ "role": "manager", "pin": "830572" }), Some((Role::Manager, 2, 72))),
        ("/admin/tenants/ten_a", json!({ "policy": { "grants": lives } }), Some((Role::Server, 1, 6))),
    ];
    for (path, change, granted) in changes {
        let house = House::new();
        let first = Cell::new(true);
        let slow = Server::on(Interleaved::new(house.server.api.database(), |statements| {
            if renews(statements) && first.replace(false) {
                let answer = house.server.ask(patch_at(path, &change).bearer(&house.tenant.token));
                assert_eq!(answer.status, 200, "{}", answer.body);
            }
            Ok(())
        }));
        let answered = slow.exchange(&house.device, None, &[house.device.open(1, 1)]);
        assert_eq!((outcome(&answered.verdicts[0]).as_str(), sheet_in(&answered)), ("applied 1", None), "{change}");
        assert_eq!(house.issued(), 0, "{change}");
        let sheet = sheet_in(&slow.exchange(&house.device, None, &[])).expect("the next request makes it");
        let claims = house.server.rows("SELECT claims FROM grants").remove(0);
        assert_eq!(sheet.grants.len(), claims.len(), "{change}");
        let issued = claims.first().map(|row| row.json::<Grant>("claims").unwrap());
        let hours = |grant: &Grant| grant.expires_at.since(grant.issued_at) / 3_600_000;
        assert_eq!(issued.map(|grant| (grant.role, grant.cred_epoch, hours(&grant))), granted, "{change}");
    }
}

#[test]
fn a_new_signing_key_makes_new_grants_and_the_old_one_stays_published() {
    let house = House::new();
    let under = |keys: &str| -> GrantSheet {
        sheet_in(&read(&house.under(keys, Some(&"ab".repeat(32)), exchange(&house.device)))).unwrap()
    };
    let (old, new) = (key("k1", "11"), key("k2", "22"));
    let before = under(&old);
    assert_eq!(under(&old), before, "nothing was due");
    let after = under(&format!("{new},{old}"));
    assert_ne!(after.grants[0].token, before.grants[0].token);
    let kids: Vec<_> = after.keys.iter().map(|key| key.kid.as_str()).collect();
    assert_eq!((kids, after.keys[1].clone()), (vec!["k2", "k1"], before.keys[0].clone()));
    assert_eq!(under(&format!("{new},{old}")), after);
}

#[test]
fn a_server_without_secrets_signs_nothing_takes_no_pin_and_does_everything_else() {
    let house = House::new();
    let reply: ExchangeReply = read(&house.under("", None, exchange(&house.device)));
    assert!(sheet_in(&reply).is_none() && reply.changes.iter().any(|entry| entry.collection == Collection::Staff));
    let admin = |body: &Value| patch(body).bearer(&house.tenant.token);
    assert_eq!(code(&house.under("", None, admin(&json!({ "pin": "8305" })))), "NOT_CONFIGURED");
    let renamed: StaffSummary = read(&house.under("", None, admin(&json!({ "display": "Mara V." }))));
    assert!(renamed.has_pin, "what is sealed stays sealed");
    let without_seal: ExchangeReply = read(&house.under(&key("k1", "11"), None, exchange(&house.device)));
    assert_eq!(sheet_in(&without_seal).unwrap().grants[0].verifier, None);
}

#[test]
fn a_device_is_sent_the_verifier_that_its_engine_can_derive() {
    let house = House::new();
    let kdf = |platform: &str| {
        let body = json!({ "code": house.server.code(&house.tenant, "loc_a"), "name": "Till", "platform": platform,
            "app_version": "1.4.0" });
        let grant: EnrolmentGrant = house.server.post("", "/devices/enrol", &body);
        let device = Device { id: grant.device_id.to_string(), prefix: grant.device_prefix, token: grant.device_token };
        let sheet = sheet_in(&house.server.exchange(&device, None, &[])).unwrap();
        assert_eq!(sheet.keys, grant.server_keys, "enrolment names the keys that sign");
        sheet.grants[0].verifier.clone().unwrap().kdf
    };
    for platform in ["ios", "Android"] {
        assert_eq!(kdf(platform), PinKdf::Pbkdf2Sha256 { rounds: 10_000 }, "{platform}");
    }
    assert_eq!(kdf("web"), PinKdf::Argon2id { memory_kib: 19_456, passes: 2 });
}

#[test]
fn whoever_comes_back_needs_a_new_pin() {
    let house = House::new();
    house.patch(&json!({ "status": "revoked" }));
    let back: StaffSummary = read(&house.patch(&json!({ "status": "active" })));
    assert_eq!((back.member.cred_epoch, back.member.revoked_at, back.has_pin), (2, None, false));
    let sheet = sheet_in(&house.server.exchange(&house.device, None, &[])).unwrap();
    assert_eq!(sheet.grants[0].verifier, None);
}

/// The longest id that there may be, which ends with a number.
fn longest_id(prefix: &str, number: usize) -> String {
    format!("{prefix}_{number:0width$}", width = domain::TEXT_ID_BYTES_MAX - prefix.len() - 1)
}

/// Brings a tenant to so many people, all of them copies of somebody.
fn crowd(server: &Server, staff_id: &str, people: usize) {
    let sql = format!(
        "INSERT INTO staff (tenant_id, staff_id, member, verifiers)
         WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {people})
         SELECT tenant_id, printf('stf_%060d', i), json_set(member, '$.staff_id', printf('stf_%060d', i)), verifiers
         FROM staff, n WHERE staff_id = '{staff_id}'"
    );
    server.rows(sql.leak());
}

/// Everybody has every right, a PIN and the longest id. All grants of a device stand in one record, and D1 takes 2 MB.
#[test]
fn as_many_people_as_may_act_are_given_grants_whatever_their_ids() {
    let server = Server::new();
    let (tenant, device) = server.open(&longest_id("ten", 1), &longest_id("loc", 1));
    let somebody = longest_id("stf", 1);
    let body = json!({ "staff_id": somebody, "display": "Mara", "role": "admin", "pin": "729418" });
    let _: StaffSummary = server.post(&tenant.token, "/admin/staff", &body);
    crowd(&server, &somebody, ACTIVE_MAX);
    let answer = server.ask(exchange(&device));
    assert_eq!(answer.trace.cause, None);
    let sheet = sheet_in(&read(&answer)).expect("grants");
    assert_eq!((sheet.grants.len(), server.number("SELECT count(*) AS n FROM grants")), (ACTIVE_MAX, 900));
}

#[test]
fn nobody_more_may_act_than_can_be_given_grants() {
    let house = House::new();
    crowd(&house.server, "stf_mara", ACTIVE_MAX);
    let body = json!({ "staff_id": "stf_ines", "display": "Ines", "role": "server" }).to_string();
    let ines = || house.server.ask(ApiRequest::post("/admin/staff", body.clone()).bearer(&house.tenant.token));
    assert_eq!(code(&ines()), "TOO_MANY_STAFF");
    assert_eq!(house.server.number("SELECT count(*) AS n FROM staff"), 900, "nothing was written");
    let status = |body: &Value| house.patch(body).status;
    assert_eq!(status(&json!({ "display": "Mara V." })), 200, "who is there may be renamed");
    assert_eq!((status(&json!({ "status": "revoked" })), ines().status), (200, 201), "and makes room by leaving");
    assert_eq!(code(&house.patch(&json!({ "status": "active" }))), "TOO_MANY_STAFF", "there is none to come back to");
    house.server.rows("UPDATE staff SET member = json_remove(json_set(member, '$.status', 'active'), '$.revoked_at')");
    assert_eq!(house.server.number("SELECT count(*) AS n FROM staff"), 901);
    let before_there_was_a_limit = [json!({ "display": "Mara" }), json!({ "status": "revoked" })];
    assert_eq!(before_there_was_a_limit.map(|body| status(&body)), [200, 200]);
}

#[test]
fn a_roster_that_no_record_can_hold_is_refused_by_name() {
    let house = House::new();
    crowd(&house.server, "stf_mara", 600);
    house.server.rows("UPDATE staff SET member = json_set(member, '$.display', printf('%.*c', 4096, 'x'))");
    assert_eq!(code(&house.patch(&json!({ "display": "Mara" }))), "TOO_MANY_STAFF");
    house.server.rows("UPDATE staff SET member = json_set(member, '$.display', 'x')");
    assert_eq!(house.patch(&json!({ "display": "Mara" })).status, 200);
}
