//! What one device could not deliver, another one delivers: once, whichever reaches the server first.

#![cfg(test)]

mod bench;

use bench::{Bench, add_fries, open, order_id, pay, resolved, seat, small};
use engine::{Command, Export, RefusalCode};

fn export(bench: &Bench) -> Export {
    let export = bench.manager.export(&bench.moment()).unwrap();
    serde_json::from_str(&serde_json::to_string(&export).unwrap()).unwrap()
}

fn import(bench: &mut Bench, export: &Export) {
    bench.heard.clear();
    bench.do_all([Command::Import { export: Box::new(export.clone()) }]);
}

fn stranded() -> Bench {
    let mut bench = small();
    bench.do_all([open(1), add_fries(1, 1), pay(1, 1, 300), open(2)]);
    bench
}

#[test]
fn an_export_holds_what_is_pending_and_what_is_parked() {
    let mut bench = small();
    bench.do_all([open(1), seat(1, 4)]);
    bench.sync();
    bench.do_all([open(2)]);
    let export = export(&bench);
    assert_eq!((export.mutations.len(), export.parked.len()), (1, 1));
}

#[test]
fn imported_work_is_shown_kept_and_delivered_once_by_whichever_device_comes_first() {
    for importer_first in [true, false] {
        let mut stranded = stranded();
        let mut importer = bench::other_device();
        importer.do_all([open(50)]);
        import(&mut importer, &export(&stranded));
        assert_eq!(resolved(&importer.heard), [true]);
        assert_eq!(importer.manager.order(order_id(1)).unwrap().lines.len(), 1, "it is shown");
        importer.restart();
        assert_eq!(importer.status().queue_depth, 5, "and kept");
        let sent = importer.next_sent();
        assert!(sent[1].contains("\"carried_for\":\"dev_b\"") && !sent[0].contains("carried_for"), "{sent:?}");

        let (first, second) =
            if importer_first { (&mut importer, &mut stranded) } else { (&mut stranded, &mut importer) };
        first.sync();
        second.server = first.server.clone();
        second.sync();
        first.server = second.server.clone();
        first.pass_ms(60_000);
        first.feed(engine::Input::TimeoutReached);
        first.sync();
        for device in [&*first, &*second] {
            assert_eq!(device.status().queue_depth, 0);
            assert!(device.server.effects.values().all(|times| *times == 1));
            assert_eq!(device.server.effects.len(), 5);
            assert!(device.server.complaints.is_empty(), "{:?}", device.server.complaints);
        }
        assert_eq!(first.manager.order(order_id(1)), second.manager.order(order_id(1)));
    }
}

#[test]
fn importing_twice_or_ones_own_changes_nothing() {
    let stranded = stranded();
    let mut importer = bench::other_device();
    let export_once = export(&stranded);
    import(&mut importer, &export_once);
    let once = importer.picture();
    import(&mut importer, &export_once);
    importer.restart();
    import(&mut importer, &export_once);
    assert_eq!(importer.picture(), once);
    let mut own = stranded.copy();
    own.restart();
    let before = own.picture();
    import(&mut own, &export_once);
    assert_eq!(own.picture(), before);
}

#[test]
fn only_an_export_of_this_place_and_a_known_form_is_imported() {
    let export = export(&stranded());
    for invalid in [
        Export { format: 2, ..export.clone() },
        Export { tenant_id: "ten_other".parse().unwrap(), ..export.clone() },
        Export { location_id: "loc_other".parse().unwrap(), ..export },
    ] {
        let mut importer = bench::other_device();
        let before = importer.picture();
        import(&mut importer, &invalid);
        assert_eq!(resolved(&importer.heard), [false]);
        let refused = importer.heard.iter().any(|output| {
            matches!(output, engine::Output::Resolve { outcome: Err(refusal), .. } if refusal.code == RefusalCode::ImportInvalid)
        });
        assert!(refused);
        assert_eq!(importer.picture(), before);
    }
}
