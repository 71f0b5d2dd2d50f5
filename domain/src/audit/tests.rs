use proptest::prelude::*;

use super::*;

fn device() -> DeviceId {
    "dev_b".parse().unwrap()
}

fn fact(number: usize) -> AuditFact {
    let at = "2026-10-31T20:00:00Z".parse::<Timestamp>().unwrap().after(i64::try_from(number).unwrap() * 1_000);
    let staff_id = (!number.is_multiple_of(3)).then(|| "stf_mara".parse().unwrap());
    let subjects = [
        AuditSubject::Device,
        AuditSubject::Staff("stf_ines".parse().unwrap()),
        AuditSubject::Order(OrderId::new(at, [7; 10])),
        AuditSubject::Drawer("drw_bar".parse().unwrap()),
    ];
    let kind = AuditKind::ALL[number % AuditKind::ALL.len()];
    AuditFact { at, kind, staff_id, subject: subjects[number % 4].clone() }
}

fn chain(entries: usize) -> (Vec<AuditEntry>, AuditHead) {
    let mut head = AuditHead::START;
    let chain = (0..entries).map(|number| head.append(&device(), fact(number))).collect();
    (chain, head)
}

#[test]
fn a_chain_that_only_grew_verifies_through_every_head_it_ever_had() {
    let (entries, head) = chain(20);
    for length in 0..=20 {
        let (_, known) = chain(length);
        assert_eq!(verify_audit(&device(), &entries, known), Ok(head));
        assert_eq!(known.follow(&device(), &entries[length..]), Ok(head), "or from there on");
    }
    assert_eq!(verify_audit(&device(), &[], AuditHead::START), Ok(AuditHead::START));
}

#[test]
fn a_break_names_the_first_entry_that_does_not_follow() {
    let (mut entries, head) = chain(5);
    entries.remove(2);
    let finding = verify_audit(&device(), &entries, head).unwrap_err();
    assert_eq!(finding.code, FindingCode::ChainBreak);
    assert!(finding.message.starts_with("entry 3 of the audit of dev_b"), "{}", finding.message);
    let (entries, head) = chain(5);
    let finding = verify_audit(&device(), &entries[..3], head).unwrap_err();
    assert!(finding.message.starts_with("entry 4"), "{}", finding.message);
}

#[test]
fn a_chain_written_anew_does_not_lead_through_the_known_head() {
    let (_, known) = chain(5);
    let mut head = AuditHead::START;
    let anew: Vec<_> = (1..8).map(|number| head.append(&device(), fact(number))).collect();
    assert!(verify_audit(&device(), &anew, AuditHead::START).is_ok(), "it is whole by itself");
    assert!(verify_audit(&device(), &anew, known).is_err());
    assert!(verify_audit(&"dev_c".parse().unwrap(), &anew, AuditHead::START).is_err(), "and another device's");
}

#[test]
fn the_list_of_kinds_is_closed_and_each_is_written_as_it_is_named() {
    let error = serde_json::from_str::<AuditKind>(r#""?""#).unwrap_err().to_string();
    assert_eq!(error.matches('`').count() / 2, AuditKind::ALL.len() + 1, "ALL holds every kind");
    for kind in AuditKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn a_hash_has_one_text() {
    let text = "0f".repeat(32);
    let hash = AuditHash::try_from(text.clone()).unwrap();
    assert_eq!(hash.to_string(), text);
    for bad in ["0F".repeat(32), "0f".repeat(31), "0f".repeat(33), "0f".repeat(31) + "0", "zz".repeat(32)] {
        assert_eq!(AuditHash::try_from(bad), Err(AuditHashError));
    }
}

#[derive(Debug, Clone)]
enum Tampering {
    Alter { entry: usize, what: usize },
    Remove(usize),
    Insert(usize),
    Swap(usize, usize),
    Truncate(usize),
}

fn tampered(entries: &[AuditEntry], tampering: &Tampering) -> Vec<AuditEntry> {
    let mut entries = entries.to_vec();
    let length = entries.len();
    match *tampering {
        Tampering::Alter { entry, what } => {
            let entry = &mut entries[entry % length];
            match what {
                0 => entry.at = entry.at.after(1),
                1 => entry.kind = AuditKind::ALL[(usize::try_from(entry.number).unwrap() + 5) % 18],
                2 => entry.staff_id = Some("stf_odell".parse().unwrap()),
                3 => entry.subject = AuditSubject::Staff("stf_odell".parse().unwrap()),
                4 => entry.number += 1,
                5 => entry.previous.0[3] ^= 1,
                6 => entry.hash.0[31] ^= 128,
                _ => entry.device_id = "dev_c".parse().unwrap(),
            }
            // Whoever alters an entry and hashes it anew breaks the one after, or the known head.
            if what < 6 {
                entry.hash = if entry.number.is_multiple_of(2) { entry.hashed() } else { entry.hash };
            }
        }
        Tampering::Remove(entry) => drop(entries.remove(entry % length)),
        Tampering::Insert(entry) => entries.insert(entry % (length + 1), entries[entry % length].clone()),
        Tampering::Swap(one, other) => entries.swap(one % length, other % length),
        Tampering::Truncate(kept) => entries.truncate(kept % length),
    }
    entries
}

fn any_tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        (any::<usize>(), 0_usize..8).prop_map(|(entry, what)| Tampering::Alter { entry, what }),
        any::<usize>().prop_map(Tampering::Remove),
        any::<usize>().prop_map(Tampering::Insert),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Tampering::Swap(one, other)),
        any::<usize>().prop_map(Tampering::Truncate),
    ]
}

proptest! {
    #[test]
    fn whatever_is_altered_removed_put_in_moved_or_cut_off_is_found(
        length in 1_usize..20,
        tampering in any_tampering(),
    ) {
        let (entries, head) = chain(length);
        let tampered = tampered(&entries, &tampering);
        prop_assert_eq!(verify_audit(&device(), &tampered, head).is_ok(), tampered == entries);
    }
}
