//! Every mutation takes effect once and is answered the same way for ever.

mod restaurant;

use restaurant::*;
use serde_json::json;

#[test]
fn a_repeat_gets_its_first_verdict_again_byte_for_byte() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let unknown = device.mutation(3, 1, &json!({ "type": "from_tomorrow" }));
    let batch = [device.open(1, 1), device.add_line(2, 1), unknown];
    let first = server.exchange(&device, None, &batch);
    assert_eq!(
        first.verdicts.iter().map(outcome).collect::<Vec<_>>(),
        ["applied 1", "applied 2", "rejected CHANGE_UNKNOWN"]
    );
    assert_eq!((first.acked_seq, first.changes.len(), first.has_more), (3, 2, false));
    let before = server.row_counts();
    server.pass(86_400_000);
    let again = server.exchange(&device, Some(&first.cursor), &batch);
    assert_eq!(server.row_counts(), before);
    assert_eq!((again.acked_seq, again.changes.len()), (3, 0));
    let bytes = |verdicts: &[protocol::Verdict]| serde_json::to_string(verdicts).unwrap();
    assert!(again.verdicts.iter().all(|verdict| verdict.replayed));
    assert_eq!(bytes(&again.verdicts).replace("\"replayed\":true", "\"replayed\":false"), bytes(&first.verdicts));
}
