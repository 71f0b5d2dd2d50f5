//! Conflicts: made by the server, sent to every device of the location, decided once, and carried out.
#![cfg(test)]

mod restaurant;

use domain::{Conflict, ConflictStatus, FindingCode};
use edge_api::{ApiRequest, ApiResponse};
use protocol::{ConflictPage, DeltaEntry, ExchangeReply};
use restaurant::*;
use serde_json::{Value, json};

struct Floor {
    server: Server,
    tenant: Tenant,
    a: Device,
    b: Device,
}

impl Floor {
    /// Two tills know of one order at no table.
    fn new() -> Self {
        let server = Server::new();
        let (tenant, a) = server.open("ten_a", "loc_a");
        let b = server.enrol(&tenant, "loc_a");
        server.exchange(&a, None, &[a.open(1, 1)]);
        Self { server, tenant, a, b }
    }

    fn policy(&self, policy: &Value) {
        let sql = format!("UPDATE tenants SET policy = '{policy}'");
        self.server.rows(sql.leak());
    }

    /// Both move the order without having seen each other: till A to table 7 first, then till B to table 12.
    fn moved_twice(&self) -> ExchangeReply {
        let seen = format!("{NOW_HEX}-0001-{}", self.a.id);
        let to = |table: &str| json!({ "type": "move_table", "table_id": table, "seen": seen });
        let mut first = self.a.mutation(2, 1, &to("t7"));
        first["schema"] = json!(2);
        let mut second = self.b.mutation_at(1, 1, "01a194569eb5", &to("t12"));
        second["schema"] = json!(2);
        self.server.exchange(&self.a, None, &[first]);
        self.server.exchange(&self.b, None, &[second])
    }

    fn decision(&self, conflict: &Conflict, number: u8, choice: &Value) -> Value {
        json!({ "id": format!("01a19456-9e38-7000-9000-0000000000{number:02x}"), "conflict_id": conflict.id,
            "location_id": "loc_a", "expected_version": conflict.version, "choice": choice })
    }

    fn table(&self) -> String {
        let row = &self
            .server
            .rows("SELECT json_extract(record, '$.table_id.value') AS t FROM records WHERE collection = 'orders'")[0]
            [0];
        row.text("t").unwrap().to_owned()
    }

    fn listed(&self, status: &str) -> ConflictPage {
        let request = ApiRequest::get(&format!("/sync/conflicts?status={status}")).bearer(&self.b.token);
        read(&self.server.ask(request))
    }
}

fn conflicts_in(changes: &[DeltaEntry]) -> Vec<Conflict> {
    let conflicts = changes.iter().filter(|entry| entry.collection == protocol::Collection::Conflicts);
    conflicts.map(|entry| serde_json::from_str(entry.record.as_ref().unwrap().get()).unwrap()).collect()
}

#[test]
fn two_who_set_a_field_without_seeing_each_other_make_a_conflict_with_both_values() {
    let floor = Floor::new();
    let reply = floor.moved_twice();
    assert_eq!(
        (outcome(&reply.verdicts[0]), finding_codes(&reply.verdicts[0])),
        ("applied 3".into(), vec!["FIELD_CONFLICT"])
    );
    let [conflict] = &conflicts_in(&reply.changes)[..] else { panic!("{:?}", reply.changes) };
    assert_eq!(reply.verdicts[0].findings[0].conflict_id, Some(conflict.id));
    assert_eq!((conflict.code, conflict.field.as_str()), (FindingCode::FieldConflict, "table_id"));
    assert_eq!((conflict.local.value.as_str(), conflict.server.value.as_str()), ("\"t12\"", "\"t7\""));
    assert_eq!(conflict.local.device.as_ref().unwrap().as_str(), floor.b.id);
    assert_eq!(conflict.server.device.as_ref().unwrap().as_str(), floor.a.id);
    assert_eq!(floor.listed("open").conflicts, std::slice::from_ref(conflict));
    assert_eq!(floor.listed("resolved").conflicts, []);
    let other = floor.server.exchange(&floor.a, None, &[]);
    assert_eq!(conflicts_in(&other.changes), std::slice::from_ref(conflict), "every device of the location is sent it");
}

#[test]
fn the_first_decision_stands_is_carried_out_and_reaches_everybody() {
    let floor = Floor::new();
    let reply = floor.moved_twice();
    let conflict = &conflicts_in(&reply.changes)[0];
    assert_eq!(floor.table(), "t12", "the later one stands until somebody decides");
    let keep_server = floor.decision(conflict, 1, &json!("keep_server"));
    let decided: Conflict = read(&floor.server.resolve(&floor.tenant.token, &keep_server));
    assert_eq!((decided.status, decided.version), (ConflictStatus::Resolved, 2));
    assert_eq!(floor.table(), "t7");
    let after = floor.server.pull(&floor.b, &reply.cursor, EVERYTHING);
    assert_eq!(after.changes.len(), 2, "the order and the conflict");
    assert_eq!(conflicts_in(&after.changes), std::slice::from_ref(&decided));
    let second = floor.server.resolve(&floor.b.token, &floor.decision(conflict, 2, &json!("keep_local")));
    assert_eq!(code(&second), "ALREADY_RESOLVED");
    assert_eq!(read::<Conflict>(&floor.server.resolve(&floor.tenant.token, &keep_server)), decided, "the same again");
    let quiet = floor.server.pull(&floor.b, &after.cursor, EVERYTHING);
    assert_eq!((quiet.changes.len(), floor.table().as_str()), (0, "t7"), "neither of them wrote anything");
    assert_eq!((floor.listed("open").conflicts.len(), floor.listed("resolved").conflicts.len()), (0, 1));
}

#[test]
fn a_third_value_may_be_decided_and_what_is_no_value_may_not() {
    let floor = Floor::new();
    let conflict = &conflicts_in(&floor.moved_twice().changes)[0];
    let decide = |choice: &Value| floor.server.resolve(&floor.b.token, &floor.decision(conflict, 1, choice));
    assert_eq!(code(&decide(&json!({ "merged": "{" }))), "INVALID_REQUEST");
    assert_eq!(code(&decide(&json!({ "merged": "17" }))), "INVALID_REQUEST");
    assert_eq!(decide(&json!({ "merged": "\"t9\"" })).status, 200);
    assert_eq!(floor.table(), "t9");
}

#[test]
fn a_rule_decides_by_hand_or_by_itself_where_the_tenant_has_set_it() {
    let floor = Floor::new();
    let conflict = &conflicts_in(&floor.moved_twice().changes)[0];
    let mut by_rule = floor.decision(conflict, 1, &Value::Null);
    by_rule.as_object_mut().unwrap().remove("choice");
    assert_eq!(code(&floor.server.resolve(&floor.b.token, &by_rule)), "INVALID_REQUEST", "neither choice nor rule");
    by_rule["rule"] = json!("manual");
    assert_eq!(code(&floor.server.resolve(&floor.b.token, &by_rule)), "INVALID_REQUEST");
    by_rule["rule"] = json!("server_wins");
    assert_eq!(floor.server.resolve(&floor.b.token, &by_rule).status, 200);
    assert_eq!(floor.table(), "t7");

    let floor = Floor::new();
    floor.policy(&json!({ "conflict_rules": { "orders.table_id": "server_wins" } }));
    let reply = floor.moved_twice();
    let conflict = &conflicts_in(&reply.changes)[0];
    assert_eq!((conflict.status, floor.table().as_str()), (ConflictStatus::Resolved, "t7"));
    assert_eq!(outcome(&reply.verdicts[0]), "applied 3");
    let replay = floor.server.exchange(&floor.b, Some(&reply.cursor), &[]);
    assert_eq!(replay.changes.len(), 0);
}

#[test]
fn no_rule_decides_about_money() {
    let floor = Floor::new();
    floor.policy(&json!({ "conflict_rules": { "orders.record": "client_wins" } }));
    let pay = |device: &Device, seq: u64, number: u8| {
        let change = json!({ "type": "add_payment", "payment_id": format!("01a19456-9e38-7000-9000-0000000001{number:02x}"),
            "payment_type": "cash", "amount_minor": 2900, "tip_minor": 0 });
        let mut mutation = device.mutation(seq, 1, &change);
        mutation["schema"] = json!(2);
        mutation
    };
    floor.server.exchange(&floor.a, None, &[floor.a.add_line(2, 1), pay(&floor.a, 3, 1)]);
    let reply = floor.server.exchange(&floor.b, None, &[pay(&floor.b, 1, 2)]);
    let conflict = &conflicts_in(&reply.changes)[0];
    assert_eq!((conflict.code, conflict.status), (FindingCode::Overpaid, ConflictStatus::Open));
    let decided = floor.server.resolve(&floor.b.token, &floor.decision(conflict, 1, &json!("keep_local")));
    assert_eq!(decided.status, 200, "{}", decided.body);
    let paid = "SELECT count(*) AS n FROM records, json_each(record, '$.payments') WHERE collection = 'orders'";
    assert_eq!(floor.server.number(paid), 2, "both payments stay");
}

/// What fifty are answered who decide one conflict at once, and the conflict as it stands then.
fn fifty_decide(guarded: bool, pick: impl FnMut(usize) -> usize) -> (Vec<ApiResponse>, Vec<Conflict>) {
    let floor = Floor::new();
    let conflict = &conflicts_in(&floor.moved_twice().changes)[0];
    let server = Server::on(TakingTurns { inner: floor.server.api.database(), guarded });
    let asks = (1..=50).map(|number| {
        let choice = json!(["keep_local", "keep_server"][usize::from(number % 2)]);
        let body = floor.decision(conflict, number, &choice).to_string();
        let ask = ApiRequest::post("/sync/conflict/resolve", body).bearer(&floor.b.token);
        server.api.handle(server.moment(), ask)
    });
    (at_once(asks, pick), floor.listed("resolved").conflicts)
}

/// One after the other goes on by one batch: all of them have read before anybody writes.
fn in_turn() -> impl FnMut(usize) -> usize {
    let mut turns = 0..;
    move |under_way| turns.next().unwrap() % under_way
}

/// An order of its own for each seed.
fn by_chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move |under_way| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_009).unwrap() % under_way
    }
}

#[test]
fn of_fifty_who_decide_at_once_one_has_decided() {
    let one_has = |(answers, resolved): (Vec<ApiResponse>, Vec<Conflict>)| {
        let (decided, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((decided.len(), refused.len()), (1, 49));
        assert!(refused.into_iter().all(|answer| code(answer) == "ALREADY_RESOLVED"));
        assert_eq!(resolved, [read::<Conflict>(decided[0])], "what one was told is what stands");
    };
    one_has(fifty_decide(true, in_turn()));
    for seed in 1..=10 {
        one_has(fifty_decide(true, by_chance(seed)));
    }
}

/// Of those who write the same records nothing else stops any; the others meet at the unique key of the change sequence.
#[test]
fn without_the_guard_half_of_the_fifty_would_have_decided() {
    let (answers, _) = fifty_decide(false, in_turn());
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 25);
}

#[test]
fn a_conflict_of_another_tenant_or_location_is_nobodys_here() {
    let floor = Floor::new();
    let conflict = &conflicts_in(&floor.moved_twice().changes)[0];
    let (nosy, device) = floor.server.open("ten_b", "loc_a");
    floor.server.location(&floor.tenant, "loc_b");
    let elsewhere = floor.server.enrol(&floor.tenant, "loc_b");
    let mut ask = floor.decision(conflict, 1, &json!("keep_local"));
    for token in [&nosy.token, &device.token, &elsewhere.token] {
        assert_eq!(code(&floor.server.resolve(token, &ask)), "NOT_FOUND");
    }
    ask.as_object_mut().unwrap().remove("location_id");
    assert_eq!(code(&floor.server.resolve(&elsewhere.token, &ask)), "NOT_FOUND");
    assert_eq!(
        code(&floor.server.resolve(&floor.tenant.token, &ask)),
        "INVALID_REQUEST",
        "an admin names the location"
    );
    assert_eq!(floor.listed("open").conflicts.len(), 1);
}
