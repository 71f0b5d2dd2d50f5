//! ConflictResolver: what a conflict is about in plain words, what can be chosen, and what each choice would come to.
//!
//! A choice is more than a mark on the conflict: taking the late beers off the bill voids their lines, undoing a doubled payment
//! gives money back. What a choice takes beside the decision are its remedies, facts like any other that are made and saved with
//! it. Their ids follow from what they are about, so that two managers who choose the same undo it once.

mod remedies;
mod view;
mod words;

pub(crate) use view::wire_name;
pub use view::{BillView, ChoiceView, ConflictView, DecisionStatus, ResolutionView, SideView};

use domain::{
    ChangeContext, Conflict, ConflictStatus, DeviceId, FindingCode, HELD_FIELD, Order, OrderChange, ResolutionChoice,
    Totals, Versioned, apply,
};

/// One way to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// What it is called on the wire.
    pub(crate) choice: ResolutionChoice,
    /// What it means, in a sentence.
    pub(crate) label: String,
    /// The facts that carry it out beside the decision.
    pub(crate) remedies: Vec<OrderChange>,
}

/// A conflict with the order it is about, where it is about one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) conflict: &'a Conflict,
    pub(crate) order: Option<&'a Order>,
}

impl Case<'_> {
    /// What happened, in one sentence.
    pub(crate) fn headline(&self) -> String {
        words::headline(self)
    }

    /// What the side that arrived says, in a few words.
    pub(crate) fn local_words(&self) -> String {
        match self.local_change() {
            Some(change) => words::of_change(&change, self.order),
            None => words::of_value(&self.conflict.local.value),
        }
    }

    /// What the side that the server had says, in a few words.
    pub(crate) fn server_words(&self) -> String {
        match words::of_value(&self.conflict.server.value) {
            // Nothing to set against it: what stood is what people had seen.
            nothing if nothing.is_empty() => "without it".to_owned(),
            words => words,
        }
    }

    /// Everything that can be chosen. A decided conflict can be chosen about no more.
    pub(crate) fn ways(&self) -> Vec<Way> {
        if self.conflict.status == ConflictStatus::Resolved {
            return Vec::new();
        }
        if self.is_held() {
            return self.ways_of_held();
        }
        if self.is_about_value() {
            return self.ways_of_value();
        }
        remedies::ways(self)
    }

    /// The way that makes this choice; a merged value is any that its field can hold.
    pub(crate) fn way(&self, choice: &ResolutionChoice) -> Option<Way> {
        let merged = matches!(choice, ResolutionChoice::Merged(_));
        let same = |way: &Way| way.choice == *choice || merged && matches!(way.choice, ResolutionChoice::Merged(_));
        self.ways()
            .into_iter()
            .find(same)
            .filter(|_| !merged || self.fits(choice))
            .map(|way| Way { choice: choice.clone(), ..way })
    }

    /// What the order would come to.
    pub(crate) fn totals_after(&self, way: &Way) -> Option<Totals> {
        let order = self.order?;
        let (order_id, stamp, staff, at) =
            (order.order_id, order.latest_stamp().clone(), order.server_id.value.clone(), self.conflict.local.at);
        let context = ChangeContext::new(&stamp, &staff, at);
        let mut after = Some(order.clone());
        let released = (way.choice == ResolutionChoice::KeepLocal).then(|| self.held_change()).flatten();
        let decided = OrderChange::deciding(order, self.conflict.field.as_str(), self.conflict.value_of(&way.choice));
        for change in way.remedies.iter().chain(&released).chain(&decided) {
            apply(&mut after, order_id, change, context).ok()?;
        }
        after?.totals().ok()
    }

    /// Whether the side that arrived was made on this device.
    pub(crate) fn is_local_of(&self, device: Option<&DeviceId>) -> bool {
        device.is_some() && self.conflict.local.device.as_ref() == device
    }

    /// Whether the side that the server had was made on this device.
    pub(crate) fn is_server_of(&self, device: Option<&DeviceId>) -> bool {
        device.is_some() && self.conflict.server.device.as_ref() == device
    }

    fn is_held(&self) -> bool {
        self.conflict.field.as_str() == HELD_FIELD
    }

    /// Whether it is about two values of one field that a decision can set.
    fn is_about_value(&self) -> bool {
        let field = self.conflict.field.as_str();
        let settable = |order: &Order| OrderChange::deciding(order, field, &self.conflict.local.value).is_some();
        self.conflict.code == FindingCode::FieldConflict && self.order.is_some_and(settable)
    }

    fn fits(&self, choice: &ResolutionChoice) -> bool {
        let (field, value) = (self.conflict.field.as_str(), self.conflict.value_of(choice));
        self.order.is_some_and(|order| OrderChange::deciding(order, field, value).is_some())
    }

    fn ways_of_held(&self) -> Vec<Way> {
        let plain = |choice, label: &str| Way { choice, label: label.to_owned(), remedies: Vec::new() };
        vec![
            plain(ResolutionChoice::KeepLocal, "Let it count"),
            plain(ResolutionChoice::KeepServer, "Leave it without effect"),
        ]
    }

    fn ways_of_value(&self) -> Vec<Way> {
        let field = self.conflict.field.as_str();
        let keep = |choice: ResolutionChoice| {
            let value = words::of_value(self.conflict.value_of(&choice));
            Way { choice, label: format!("{} {value}", words::of_field(field)), remedies: Vec::new() }
        };
        let other = ResolutionChoice::Merged(self.conflict.local.value.clone());
        let label = format!("Another {}", words::of_field(field).to_lowercase());
        vec![
            keep(ResolutionChoice::KeepLocal),
            keep(ResolutionChoice::KeepServer),
            Way { choice: other, label, remedies: Vec::new() },
        ]
    }

    /// The change that the side which arrived is, where it is no plain value.
    fn local_change(&self) -> Option<OrderChange> {
        self.held_change().or_else(|| OrderChange::read(OrderChange::SCHEMA, &self.conflict.local.value).ok())
    }

    fn held_change(&self) -> Option<OrderChange> {
        OrderChange::read(OrderChange::SCHEMA, self.conflict.held()?.change.get()).ok()
    }
}
