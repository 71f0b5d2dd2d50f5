//! Staff at a till: a PIN opens a grant that is on the device, rights hold before anything is done, and managers lend them.

#![cfg(test)]

mod bench;

use bench::{Bench, DAY_MS, add_fries, close, enrolment, open, order_id, pay, reply};
use domain::{Grant, GrantId, LineId, OrderCommand, OrderCommandKind, PinAttempts, Role, Scope, ShiftCommand, StaffId};
use ed25519_dalek::SigningKey;
use engine::{ApproverGrant, Command, GivenAt, Giver, Input, Refusal, ReportAsk};
use protocol::sign_grant;
use serde_json::{Value, json};

const HOUR_MS: u64 = 3_600_000;

/// What the server knows and a device never does.
struct Head {
    key: SigningKey,
    kid: &'static str,
}

impl Head {
    fn new() -> Self {
        Self { key: SigningKey::from_bytes(&[7; 32]), kid: "k1" }
    }

    fn grant(bench: &Bench, staff: &str, role: Role) -> Grant {
        let now = bench.moment().wall;
        let enrolment = enrolment();
        Grant {
            v: 1,
            tenant_id: enrolment.tenant_id,
            location_id: enrolment.location_id,
            device_id: enrolment.device_id,
            staff_id: staff.parse().unwrap(),
            role,
            scopes: role.scopes(),
            cred_epoch: 1,
            issued_at: now,
            not_before: now,
            expires_at: now.after(72 * 3_600_000),
            grant_id: GrantId::new(now, [u8::try_from(staff.len()).unwrap(); 10]),
        }
    }

    fn token(&self, grant: &Grant) -> String {
        sign_grant(grant, self.kid, &self.key).unwrap()
    }

    /// A grant as the sheet holds it, with few rounds: what takes long is measured elsewhere.
    fn entry(&self, grant: &Grant, pin: &str) -> Value {
        let mut hash = [0; 32];
        pbkdf2::pbkdf2_hmac::<sha2::Sha256>(pin.as_bytes(), &[9; 16], 10, &mut hash);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let kdf = json!({ "name": "pbkdf2_sha256", "rounds": 10 });
        let (token, salt) = (self.token(grant), "09".repeat(16));
        let Grant { staff_id, grant_id, expires_at, .. } = grant;
        let verifier = json!({ "kdf": kdf, "salt": salt, "hash": hash });
        json!({ "token": token, "staff_id": staff_id, "grant_id": grant_id, "expires_at": expires_at, "verifier": verifier })
    }

    fn sheet(&self, rev: u64, entries: &[Value]) -> String {
        let key: String = self.key.verifying_key().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let keys = json!([{ "kid": self.kid, "public_key": key }]);
        let sheet = json!({ "schema": 1, "device_id": "dev_b", "keys": keys, "grants": entries });
        json!({ "collection": "grants", "id": "dev_b", "rev": rev, "changed_seq": 90 + rev, "record": sheet })
            .to_string()
    }
}

fn roster(rev: u64, revoked: Option<&str>) -> String {
    let member = |staff: &str, role: &str| {
        let left = revoked == Some(staff);
        let mut member = json!({ "staff_id": staff, "display": staff, "role": role, "cred_epoch": 1 });
        member["status"] = json!(if left { "revoked" } else { "active" });
        if left {
            member["revoked_at"] = json!("2026-10-31T20:00:00.000Z");
        }
        member
    };
    let roster = json!({
        "schema": 1, "tenant_id": "ten_saltmarsh", "roster_version": rev,
        "staff": [member("stf_mara", "server"), member("stf_odell", "manager"), member("stf_ines", "shift_lead")]
    });
    json!({ "collection": "staff", "id": "ten_saltmarsh", "rev": rev, "changed_seq": 80 + rev, "record": roster })
        .to_string()
}

/// A till whose tenant employs Mara, a server, Odell, a manager, and Ines, a shift lead.
fn staffed() -> Bench {
    let mut bench = Bench::ready();
    let head = Head::new();
    let people = [
        ("stf_mara", Role::Server, "4826"),
        ("stf_odell", Role::Manager, "918273"),
        ("stf_ines", Role::ShiftLead, "7391"),
    ];
    let entries: Vec<Value> =
        people.iter().map(|(staff, role, pin)| head.entry(&Head::grant(&bench, staff, *role), pin)).collect();
    receive(&mut bench, &[roster(1, None), head.sheet(1, &entries)]);
    bench
}

fn receive(bench: &mut Bench, changes: &[String]) {
    bench.feed(Input::SyncRequested);
    let cursor = format!("c{}", bench.now_ms());
    bench.answer(200, "application/json", &reply("", &changes.join(","), &cursor));
}

fn staff(id: &str) -> StaffId {
    id.parse().unwrap()
}

/// Gives a PIN as the host does.
fn unlock(bench: &Bench, id: &str, pin: &str) -> Result<Grant, Refusal> {
    bench.manager.unlock(&staff(id), pin, &bench.moment()).map(|(_, grant)| grant)
}

fn sign_in(bench: &mut Bench, id: &str, pin: &str) {
    let grant = unlock(bench, id, pin).unwrap();
    bench.feed(Input::SignedIn(Box::new(grant)));
}

/// Mara has opened an order, put fries on it and told the kitchen.
fn with_fired_fries() -> Bench {
    let mut bench = staffed();
    sign_in(&mut bench, "stf_mara", "4826");
    let fire = OrderCommand::new(OrderCommandKind::Fire, order_id(1));
    bench.do_all([open(1), add_fries(1, 1), fire.into()]);
    assert_eq!(refused(&mut bench, add_fries(1, 2)), None);
    bench
}

fn void_fries() -> Command {
    let mut command = OrderCommand::new(OrderCommandKind::VoidLine, order_id(1));
    command.line_id = Some(LineId::into("01a19456-9e38-7000-9000-000000000001".parse().unwrap()));
    command.reason = Some(domain::Label::try_from("dropped".to_owned()).unwrap().into());
    command.into()
}

fn last_refusal(bench: &Bench) -> Option<String> {
    let outcomes = bench::outcomes(&bench.heard);
    outcomes.into_iter().next_back().and_then(Result::err).map(|refusal| refusal.code.as_str().to_owned())
}

/// The code with which a command is refused.
fn refused(bench: &mut Bench, command: Command) -> Option<String> {
    bench.heard.clear();
    bench.do_all([command]);
    last_refusal(bench)
}

/// The same for one that somebody approves with their PIN.
fn refused_approved(bench: &mut Bench, command: Command, approver: &str, pin: &str) -> Option<String> {
    let grant = unlock(bench, approver, pin).unwrap();
    let own = unlock(bench, "stf_mara", "4826").unwrap();
    let reason = domain::Label::try_from("fell on the floor".to_owned()).unwrap();
    let approver = Some(Box::new(ApproverGrant { grant, reason }));
    let giver = Giver { staff: Some(own.staff_id.clone()), grant: Some(Box::new(own)), approver };
    let moment = bench.moment();
    bench.heard.clear();
    bench.give_with(command, Some(GivenAt { moment, giver }));
    bench.write_all();
    last_refusal(bench)
}

fn audited(bench: &mut Bench) -> Vec<String> {
    bench.do_all([Command::LoadDays { date: None }]);
    let export = bench.manager.export(&bench.moment()).unwrap();
    let changes = export.shifts.iter().map(|mutation| serde_json::from_str::<Value>(mutation.change.get()).unwrap());
    changes.filter_map(|change| Some(change["entry"]["kind"].as_str()?.to_owned())).collect()
}

#[test]
fn a_pin_opens_a_grant_that_is_on_the_device_and_what_is_done_under_it_names_it() {
    let mut bench = staffed();
    sign_in(&mut bench, "stf_mara", "4826");
    let signed_in = bench.manager.signed_in(&bench.moment()).unwrap();
    assert_eq!((signed_in.staff_id.as_str(), signed_in.limited), ("stf_mara", false));
    assert!(signed_in.scopes.contains(&Scope::PaymentCash) && !signed_in.scopes.contains(&Scope::LineComp));
    bench.do_all([open(1)]);
    let mutation: Value = serde_json::from_str(&bench.next_sent()[0]).unwrap();
    let grant = unlock(&bench, "stf_mara", "4826").unwrap();
    assert_eq!(mutation["actor"], json!({ "staff_id": "stf_mara", "grant_id": grant.grant_id }));
}

#[test]
fn where_staff_are_employed_nobody_works_a_till_without_their_pin() {
    let mut bench = staffed();
    assert_eq!(refused(&mut bench, open(1)).as_deref(), Some("NOT_SIGNED_IN"));
    bench.feed(Input::StaffChanged(staff("stf_odell")));
    assert_eq!(refused(&mut bench, open(1)).as_deref(), Some("NOT_SIGNED_IN"), "to be named is not to be let in");
    let other_tab =
        GivenAt { moment: bench.moment(), giver: Giver { staff: Some(staff("stf_odell")), ..Giver::default() } };
    bench.heard.clear();
    bench.give_with(open(1), Some(other_tab));
    bench.write_all();
    assert_eq!(last_refusal(&bench).as_deref(), Some("NOT_SIGNED_IN"), "in another tab neither");
    sign_in(&mut bench, "stf_mara", "4826");
    assert_eq!(refused(&mut bench, open(1)), None);
    bench.feed(Input::SignedOut);
    assert_eq!(refused(&mut bench, close(1)).as_deref(), Some("NOT_SIGNED_IN"));
    sign_in(&mut bench, "stf_mara", "4826");
    bench.restart_and_load();
    assert_eq!(refused(&mut bench, close(1)).as_deref(), Some("NOT_SIGNED_IN"), "nor after a start");
    assert!(bench.manager.order(order_id(1)).is_some(), "the open order stays");
}

#[test]
fn a_wrong_pin_opens_nothing_and_neither_does_anothers() {
    let bench = staffed();
    for (id, pin, code) in [
        ("stf_mara", "4827", "PIN_WRONG"),
        ("stf_mara", "", "PIN_WRONG"),
        ("stf_mara", "918273", "PIN_WRONG"),
        ("stf_nobody", "4826", "STAFF_UNKNOWN"),
    ] {
        assert_eq!(unlock(&bench, id, pin).unwrap_err().code.as_str(), code, "{id} {pin}");
    }
}

#[test]
fn neither_a_grant_nor_what_a_pin_hashes_to_is_kept_as_it_came() {
    let mut bench = staffed();
    let head = Head::new();
    let grant = Head::grant(&bench, "stf_mara", Role::Server);
    let entry = head.entry(&grant, "4826");
    let (token, hash) = (entry["token"].as_str().unwrap(), entry["verifier"]["hash"].as_str().unwrap());
    receive(&mut bench, &[head.sheet(2, std::slice::from_ref(&entry))]);
    assert!(unlock(&bench, "stf_mara", "4826").is_ok());
    let kept = bench.manager.kept_grants().unwrap();
    assert!(kept.contains("stf_mara") && !kept.contains(token) && !kept.contains(hash));
    let recording = bench.manager.recording().unwrap().text().unwrap();
    assert!(!recording.contains(token) && !recording.contains(hash));
}

#[test]
fn another_device_secret_opens_nothing_with_the_right_pin() {
    let mut bench = staffed();
    assert!(unlock(&bench, "stf_mara", "4826").is_ok());
    bench.pepper = Some("ab".repeat(32));
    bench.restart_and_load();
    assert_eq!(unlock(&bench, "stf_mara", "4826").unwrap_err().code.as_str(), "PIN_WRONG");
    assert_eq!(refused(&mut bench, open(1)).as_deref(), Some("NOT_SIGNED_IN"), "and the till is not open for that");
}

#[test]
fn a_forged_or_borrowed_grant_is_none() {
    let bench = staffed();
    let head = Head::new();
    let good = Head::grant(&bench, "stf_odell", Role::Manager);
    let admits = |token: &str| bench.manager.grant_of(token, &bench.moment()).map_err(|refusal| refusal.code.as_str());
    assert_eq!(admits(&head.token(&good)), Ok(good.clone()));
    let other_key = Head { key: SigningKey::from_bytes(&[8; 32]), ..Head::new() };
    let other_kid = Head { kid: "k2", ..Head::new() };
    let of_device = Grant { device_id: "dev_c".parse().unwrap(), ..good.clone() };
    let of_tenant = Grant { tenant_id: "ten_other".parse().unwrap(), ..good.clone() };
    let of_location = Grant { location_id: "loc_other".parse().unwrap(), ..good.clone() };
    let whole = head.token(&good);
    let body = whole.strip_prefix("v4.public.").unwrap();
    for (what, token) in [
        ("another key", other_key.token(&good)),
        ("a key nobody told of", other_kid.token(&good)),
        ("another device's", head.token(&of_device)),
        ("another tenant's", head.token(&of_tenant)),
        ("another location's", head.token(&of_location)),
        ("of another kind", format!("v4.local.{body}")),
        ("of an older version", format!("v3.public.{body}")),
        ("without a signature", format!("v4.none.{body}")),
        ("cut short", whole.chars().take(whole.len() - 1).collect()),
        ("nothing", String::new()),
    ] {
        assert_eq!(admits(&token), Err("GRANT_FOREIGN"), "{what}");
    }
    let not_yet = Grant { not_before: good.not_before.after(HOUR_MS.cast_signed() * 24), ..good.clone() };
    assert_eq!(admits(&head.token(&not_yet)), Err("GRANT_EXPIRED"));
    let older = Grant { cred_epoch: 0, ..good };
    assert_eq!(admits(&head.token(&older)), Err("GRANT_EXPIRED"), "the PIN or the role has changed since");
}

#[test]
fn a_right_that_somebody_lacks_is_lent_for_one_mutation_by_somebody_else() {
    let mut bench = with_fired_fries();
    assert_eq!(refused(&mut bench, void_fries()).as_deref(), Some("APPROVAL_REQUIRED"));
    let own = refused_approved(&mut bench, void_fries(), "stf_mara", "4826");
    assert_eq!(own.as_deref(), Some("APPROVAL_INVALID"), "nobody approves what they do themselves");
    assert_eq!(refused_approved(&mut bench, void_fries(), "stf_odell", "918273"), None);
    let export = bench.manager.export(&bench.moment()).unwrap();
    let mutation = serde_json::to_value(export.mutations.last().unwrap()).unwrap();
    let approval = &mutation["approval"];
    assert_eq!((&approval["mutation_id"], &approval["approver"]), (&mutation["id"], &json!("stf_odell")));
    assert_eq!(approval["scope"], json!("line.void.sent"));
    // The next one of the kind asks again.
    let mut second = OrderCommand::new(OrderCommandKind::CompLine, order_id(1));
    second.line_id = Some(LineId::into("01a19456-9e38-7000-9000-000000000002".parse().unwrap()));
    second.reason = Some(domain::Label::try_from("late".to_owned()).unwrap().into());
    assert_eq!(refused(&mut bench, second.into()).as_deref(), Some("APPROVAL_REQUIRED"));
    assert_eq!(audited(&mut bench), ["void", "approval"]);
}

#[test]
fn what_is_needed_by_the_guests_goes_on_when_the_grant_has_ended_and_nothing_is_given_away() {
    let mut bench = with_fired_fries();
    bench.pass_ms(73 * HOUR_MS);
    assert!(bench.manager.signed_in(&bench.moment()).unwrap().limited);
    assert_eq!(refused(&mut bench, void_fries()).as_deref(), Some("GRANT_EXPIRED"));
    assert_eq!(refused(&mut bench, pay(1, 1, 500)), None);
    let clock_in = Command::Punch(ShiftCommand::ClockIn { job: "server".to_owned().try_into().unwrap() });
    assert_eq!(refused(&mut bench, clock_in), None);
    bench.feed(Input::SignedOut);
    sign_in(&mut bench, "stf_odell", "918273");
    assert_eq!(refused(&mut bench, void_fries()).as_deref(), Some("GRANT_EXPIRED"), "a manager's neither");
    assert_eq!(refused(&mut bench, open(2)), None);
}

#[test]
fn a_managers_rights_end_after_a_day_without_a_sync() {
    let mut bench = with_fired_fries();
    sign_in(&mut bench, "stf_odell", "918273");
    bench.pass_ms(25 * HOUR_MS);
    let mut reopen = OrderCommand::new(OrderCommandKind::AddRefund, order_id(1));
    reopen.payment_type = Some(domain::PaymentType::Cash.into());
    reopen.amount_minor = Some(domain::Money::try_from(100_i64).unwrap().into());
    reopen.reason = Some(domain::Label::try_from("cold".to_owned()).unwrap().into());
    assert_eq!(refused(&mut bench, pay(1, 1, 500)), None);
    assert_eq!(refused(&mut bench, reopen.into()).as_deref(), Some("GRANT_EXPIRED"));
    assert_eq!(refused(&mut bench, void_fries()), None, "a shift lead's rights last longer");
}

#[test]
fn a_clock_that_is_set_back_brings_no_right_back() {
    let mut bench = with_fired_fries();
    bench.pass_ms(73 * HOUR_MS);
    assert_eq!(refused(&mut bench, pay(1, 1, 500)), None, "what is stamped now is remembered");
    for days in 1..=30 {
        bench.set_wall_back_a_day();
        assert!(bench.manager.signed_in(&bench.moment()).unwrap().limited, "{days} days back");
    }
    bench.restart_and_load();
    sign_in(&mut bench, "stf_odell", "918273");
    assert!(bench.manager.signed_in(&bench.moment()).unwrap().limited, "nor after a restart");
    assert_eq!(refused(&mut bench, void_fries()).as_deref(), Some("GRANT_EXPIRED"));
}

#[test]
fn a_clock_that_is_wrong_ends_no_grant_while_the_server_is_heard() {
    let mut bench = staffed();
    let ahead = bench.moment().wall.after(40 * DAY_MS.cast_signed());
    bench.set_wall(ahead);
    sign_in(&mut bench, "stf_mara", "4826");
    assert!(!bench.manager.signed_in(&bench.moment()).unwrap().limited);
}

#[test]
fn whoever_was_let_go_while_the_till_knew_it_does_nothing_more() {
    let mut bench = with_fired_fries();
    receive(&mut bench, &[roster(2, Some("stf_mara"))]);
    assert_eq!(refused(&mut bench, open(2)).as_deref(), Some("SCOPE_MISSING"));
    assert_eq!(bench.manager.signed_in(&bench.moment()).unwrap().scopes, []);
    assert_eq!(unlock(&bench, "stf_mara", "4826").unwrap_err().code.as_str(), "SCOPE_MISSING");
    let list = bench.manager.staff_list();
    let mara = list.iter().find(|member| member.staff_id == staff("stf_mara")).unwrap();
    assert!(!mara.active && !mara.can_sign_in);
}

#[test]
fn a_pin_that_is_locked_is_not_looked_at_and_says_how_long() {
    let bench = staffed();
    let mut attempts = PinAttempts::default();
    let begin = |attempts: &mut PinAttempts| bench.manager.begin_pin(attempts, &staff("stf_mara"), &bench.moment());
    for _ in 0..5 {
        begin(&mut attempts).unwrap();
    }
    let refused = begin(&mut attempts).unwrap_err();
    assert_eq!((refused.refusal.code.as_str(), refused.retry_after_ms), ("PIN_LOCKED", Some(60_000)));
    let nobody = bench.manager.begin_pin(&mut attempts, &staff("stf_nobody"), &bench.moment()).unwrap_err();
    assert_eq!(nobody.refusal.code.as_str(), "STAFF_UNKNOWN");
}

#[test]
fn signing_in_and_wrong_pins_stand_in_the_audit() {
    let mut bench = staffed();
    for kind in ["sign_in_failed", "lock_out", "sign_in"] {
        let kind = serde_json::from_value(json!(kind)).unwrap();
        let subject = domain::AuditSubject::Staff(staff("stf_mara"));
        bench.do_all([Command::Audit { kind, subject }]);
    }
    assert_eq!(audited(&mut bench), ["sign_in_failed", "lock_out", "sign_in"]);
    bench.restart_and_load();
    assert_eq!(audited(&mut bench), ["sign_in_failed", "lock_out", "sign_in"], "through a kill too");
}

#[test]
fn a_tenant_whose_people_have_no_pins_yet_is_not_locked_out_of_its_tills() {
    let mut bench = Bench::ready();
    let head = Head::new();
    let mut entry = head.entry(&Head::grant(&bench, "stf_mara", Role::Server), "4826");
    entry["verifier"] = Value::Null;
    receive(&mut bench, &[roster(1, None), head.sheet(1, &[entry])]);
    assert_eq!(refused(&mut bench, open(1)), None);
    assert!(bench.manager.staff_list().iter().all(|member| !member.can_sign_in));
}

#[test]
fn where_nobody_is_employed_everybody_may_do_everything() {
    let mut bench = Bench::ready();
    let fire = OrderCommand::new(OrderCommandKind::Fire, order_id(1));
    bench.do_all([open(1), add_fries(1, 1), fire.into()]);
    assert_eq!(refused(&mut bench, void_fries()), None);
    assert_eq!(audited(&mut bench), [""; 0]);
}

#[test]
fn the_days_figures_are_for_those_with_the_right_to_see_them() {
    let mut bench = staffed();
    let seen = |bench: &Bench| {
        let report = bench.manager.report(&ReportAsk::default(), &bench.moment());
        report.map(|_| ()).map_err(|refusal| refusal.code.as_str().to_owned())
    };
    assert_eq!(seen(&bench), Err("NOT_SIGNED_IN".to_owned()));
    sign_in(&mut bench, "stf_mara", "4826");
    assert_eq!(seen(&bench), Err("SCOPE_MISSING".to_owned()));
    sign_in(&mut bench, "stf_ines", "7391");
    assert_eq!(seen(&bench), Ok(()));
    bench.pass_ms(73 * HOUR_MS);
    assert_eq!(seen(&bench), Err("GRANT_EXPIRED".to_owned()), "nor in limited mode");
}
