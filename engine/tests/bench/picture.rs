//! What a person and the server can tell of a store, as text: two of them are equal when nothing was lost and nothing added.

use engine::{DamageKind, OrderFilter};
use serde_json::{Value, json};

use super::Bench;

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Picture {
    pub(crate) orders: Vec<String>,
    /// Pending mutations, byte for byte.
    pub(crate) pending: Vec<String>,
    pub(crate) rest: String,
}

impl Bench {
    pub(crate) fn picture(&self) -> Picture {
        let status = self.status();
        let export = self.manager.export(&self.moment());
        let text = |value: Value| value.to_string();
        let pending = export.iter().flat_map(|export| &export.mutations);
        let parked = export.iter().flat_map(|export| &export.parked);
        let orders = self.manager.orders(&OrderFilter::default());
        Picture {
            orders: orders.iter().map(|order| text(json!(order))).collect(),
            pending: pending.map(|mutation| text(json!(mutation))).collect(),
            rest: text(json!({
                "device": status.device_id,
                "parked": status.parked,
                "parked_mutations": parked.collect::<Vec<_>>(),
                "findings": status.findings,
                "cursor": status.cursor,
                "menu": self.manager.menu().map(|menu| menu.menu_version),
            })),
        }
    }

    /// The same with the days that are not in memory.
    pub(crate) fn full_picture(&self) -> Picture {
        if self.status().storage.days_on_disk.is_empty() {
            return self.picture();
        }
        let mut copy = self.copy();
        copy.restart_and_load();
        copy.picture()
    }

    /// What is wrong with the store, apart from saves that were cut short.
    pub(crate) fn damage(&self) -> Vec<(String, DamageKind)> {
        let damage = self.status().storage.damage.into_iter();
        damage.filter(|damage| damage.kind != DamageKind::TornTail).map(|damage| (damage.key, damage.kind)).collect()
    }
}
