//! From older forms of an order and its changes to those of today.

use serde_json::{Map, Value, json};

/// Form 1 knew open, lines, quantities, voids, payments and close. Its status was a field, its notes were plain, and a line's
/// quantity was one sum.
pub(super) fn order_from_1(order: &mut Map<String, Value>) {
    let opened = json!({
        "value": order.get("opened_by"),
        "stamp": order.get("order_type").and_then(|register| register.get("stamp")),
    });
    order.insert("server_id".to_owned(), opened);

    let status = order.remove("status").unwrap_or_default();
    let epoch = status.get("epoch").and_then(Value::as_u64).unwrap_or(0);
    let mut acts = Map::new();
    if let Some(closing) = order.remove("closing").filter(|closing| !closing.is_null()) {
        acts.insert("closed".to_owned(), closing);
    }
    order.insert("epochs".to_owned(), json!({ epoch.to_string(): acts }));

    for line in order.get_mut("lines").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let Some(line) = line.as_object_mut() else { continue };
        if let Some(qty) = line.remove("qty_sum") {
            line.insert("qty_added".to_owned(), qty);
        }
        let note = line.remove("note").filter(|note| !note.is_null());
        if let (Some(note), Some(added)) = (note, line.get("added").cloned()) {
            line.insert("note".to_owned(), json!({ "value": note, "stamp": added }));
        }
    }
}

/// Form 1 of a change had fewer fields; what it lacked is absent in form 2 too.
pub(super) fn change_from_1(_: &mut Map<String, Value>) {}
