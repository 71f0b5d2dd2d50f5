//! What an edit does to one field or one list, and how it meets what somebody else did to the same since.
//!
//! The three-way rule: where the current value is still the one that the editor saw, the new value is set; where it is the
//! new value already, nothing is left to do; where it is anything else, the edit is stale and the field is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// A field's value before and after an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldChange<Value> {
    /// What the editor saw.
    pub was: Value,
    /// What the editor wants.
    pub now: Value,
}

/// What an edit does to a list of parts that have ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListDelta<Part, Id: Ord, Change> {
    /// New parts.
    #[cfg_attr(feature = "schema", schemars(default = "Vec::<Part>::new"))]
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Part>,
    /// Parts taken away, as the editor saw them: somebody who changed one since is not overruled.
    #[cfg_attr(feature = "schema", schemars(default = "Vec::<Part>::new"))]
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Part>,
    /// Parts changed in some of their fields.
    #[cfg_attr(feature = "schema", schemars(default = "BTreeMap::<Id, Change>::new"))]
    #[serde(default = "BTreeMap::new", skip_serializing_if = "BTreeMap::is_empty")]
    pub changed: BTreeMap<Id, Change>,
    /// Which parts stand in which order, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<FieldChange<Vec<Id>>>,
}

/// A part of a menu that has an id.
pub(super) trait Part {
    type Id: Ord + Clone + Display;

    fn id(&self) -> &Self::Id;

    /// Told when one of its fields was set.
    fn touched(&mut self) {}
}

/// The difference between two values of a kind, and its way back into one.
pub(super) trait DeltaOf<Whole>: Sized {
    fn between(base: &Whole, edited: &Whole) -> Self;

    fn is_none(&self) -> bool;

    fn merge_into(&self, current: &mut Whole, path: &str, merge: &mut Merge);
}

/// What a merge has met so far.
#[derive(Debug, Default)]
pub(super) struct Merge {
    /// Fields that moved on to another value since the editor saw them.
    pub(super) stale: Vec<String>,
    /// How many fields and parts were set, put in or taken out.
    pub(super) changes: usize,
}

impl<Value: Clone + PartialEq> DeltaOf<Value> for Option<FieldChange<Value>> {
    fn between(base: &Value, edited: &Value) -> Self {
        (base != edited).then(|| FieldChange { was: base.clone(), now: edited.clone() })
    }

    fn is_none(&self) -> bool {
        self.is_none()
    }

    fn merge_into(&self, current: &mut Value, path: &str, merge: &mut Merge) {
        let Some(change) = self else { return };
        if *current == change.now {
            return;
        }
        if *current == change.was {
            *current = change.now.clone();
            merge.changes += 1;
        } else {
            merge.stale.push(path.to_owned());
        }
    }
}

impl<Part, Id: Ord, Change> ListDelta<Part, Id, Change> {
    /// Whether the list stays as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.order.is_none()
    }
}

impl<Part, Id: Ord, Change> Default for ListDelta<Part, Id, Change> {
    fn default() -> Self {
        Self { added: Vec::new(), removed: Vec::new(), changed: BTreeMap::new(), order: None }
    }
}

impl<P, Change> DeltaOf<Vec<P>> for ListDelta<P, P::Id, Change>
where
    P: Part + Clone,
    Change: DeltaOf<P>,
{
    fn between(base: &Vec<P>, edited: &Vec<P>) -> Self {
        let mut delta = Self::default();
        for part in edited {
            match found(base, part.id()) {
                None => delta.added.push(part.clone()),
                Some(before) => {
                    let change = Change::between(before, part);
                    if !change.is_none() {
                        delta.changed.insert(part.id().clone(), change);
                    }
                }
            }
        }
        delta.removed = base.iter().filter(|part| found(edited, part.id()).is_none()).cloned().collect();
        delta.order = DeltaOf::between(&ids(base), &ids(edited));
        delta
    }

    fn is_none(&self) -> bool {
        self.is_empty()
    }

    fn merge_into(&self, current: &mut Vec<P>, path: &str, merge: &mut Merge) {
        let order_before = ids(current);
        for part in &self.removed {
            let Some(position) = current.iter().position(|known| known.id() == part.id()) else { continue };
            let moved_on = current.get(position).is_some_and(|known| !Change::between(part, known).is_none());
            if moved_on {
                merge.stale.push(format!("{path}[{}]", part.id()));
            } else {
                current.remove(position);
                merge.changes += 1;
            }
        }
        for (id, change) in &self.changed {
            let part_path = format!("{path}[{id}]");
            let Some(part) = current.iter_mut().find(|part| part.id() == id) else {
                merge.stale.push(part_path);
                continue;
            };
            let changes_before = merge.changes;
            change.merge_into(part, &part_path, merge);
            if merge.changes > changes_before {
                part.touched();
            }
        }
        for part in &self.added {
            match found(current, part.id()) {
                None => {
                    current.push(part.clone());
                    merge.changes += 1;
                }
                Some(known) if Change::between(known, part).is_none() => {}
                Some(_) => merge.stale.push(format!("{path}[{}]", part.id())),
            }
        }
        let Some(order) = &self.order else { return };
        match merged_order(&order.was, &order.now, &order_before) {
            Some(wanted) => {
                let arrived = ids(current);
                let ranks: BTreeMap<&P::Id, usize> = wanted.iter().enumerate().map(|(rank, id)| (id, rank)).collect();
                current.sort_by_key(|part| ranks.get(part.id()).copied().unwrap_or(usize::MAX));
                if ids(current) != arrived {
                    merge.changes += 1;
                }
            }
            None => merge.stale.push(format!("{path}.order")),
        }
    }
}

fn found<'a, P: Part>(parts: &'a [P], id: &P::Id) -> Option<&'a P> {
    parts.iter().find(|part| part.id() == id)
}

fn ids<P: Part>(parts: &[P]) -> Vec<P::Id> {
    parts.iter().map(|part| part.id().clone()).collect()
}

/// Joins two orders that were both made from `was`; the same whichever of the two comes first. `None` where both moved the
/// same parts, or put the same new part in, each in their own way.
///
/// What was there before keeps the order of whoever moved it; what one of them put in stays behind what it was put behind.
fn merged_order<Id: Ord + Clone>(was: &[Id], one: &[Id], other: &[Id]) -> Option<Vec<Id>> {
    let [in_was, in_one, in_other] = [was, one, other].map(|list| list.iter().collect::<BTreeSet<_>>());
    let shared: BTreeSet<&Id> = in_one.intersection(&in_other).copied().collect();
    let lasting: BTreeSet<&Id> = shared.intersection(&in_was).copied().collect();
    let [one_new, other_new] = [one, other].map(|list| runs_behind(&lasting, list, |id| shared.contains(id)));
    if one_new != other_new {
        return None;
    }
    let [was_left, one_left, other_left] = [was, one, other].map(|list| only(&lasting, list));
    let skeleton = if one_left == other_left || other_left == was_left {
        only(&shared, one)
    } else if one_left == was_left {
        only(&shared, other)
    } else {
        return None;
    };
    let [one_runs, other_runs] = [one, other].map(|list| runs_behind(&shared, list, |id| !in_was.contains(id)));
    let mut joined: Vec<Id> = Vec::new();
    for anchor in std::iter::once(None).chain(skeleton.into_iter().map(Some)) {
        let [first, second] = [&one_runs, &other_runs].map(|runs| runs.get(&anchor).map_or(&[][..], Vec::as_slice));
        let (first, second) = if first <= second { (first, second) } else { (second, first) };
        joined.extend(anchor.into_iter().chain(first.iter().chain(second).copied()).cloned());
    }
    Some(joined)
}

fn only<'a, Id: Ord>(kept: &BTreeSet<&Id>, list: &'a [Id]) -> Vec<&'a Id> {
    list.iter().filter(|id| kept.contains(id)).collect()
}

/// Some ids of a list, by the anchor that they stand behind.
fn runs_behind<'a, Id: Ord>(
    anchors: &BTreeSet<&Id>,
    list: &'a [Id],
    counts: impl Fn(&Id) -> bool,
) -> BTreeMap<Option<&'a Id>, Vec<&'a Id>> {
    let mut runs: BTreeMap<Option<&Id>, Vec<&Id>> = BTreeMap::new();
    let mut anchor = None;
    for id in list {
        if anchors.contains(id) {
            anchor = Some(id);
        } else if counts(id) {
            runs.entry(anchor).or_default().push(id);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(was: &str, one: &str, other: &str) -> Option<String> {
        let [was, one, other] = [was, one, other].map(|text| text.chars().collect::<Vec<_>>());
        merged_order(&was, &one, &other).map(String::from_iter)
    }

    #[test]
    fn what_two_people_put_in_stays_where_each_put_it() {
        assert_eq!(merged("abc", "abxc", "abcy").as_deref(), Some("abxcy"));
        assert_eq!(merged("abc", "xabc", "yabc").as_deref(), Some("xyabc"));
        assert_eq!(merged("abc", "acb", "abxc").as_deref(), Some("acbx"), "x goes with b, behind which it was put");
        assert_eq!(merged("abc", "ac", "abxc").as_deref(), Some("axc"), "b is gone, x stays in its place");
    }

    #[test]
    fn two_people_who_move_the_same_parts_each_in_their_own_way_are_told() {
        assert_eq!(merged("abc", "cab", "bac"), None);
        assert_eq!(merged("abc", "cab", "cab").as_deref(), Some("cab"));
        assert_eq!(merged("abc", "axbc", "abxc"), None, "the same new part in two places");
    }

    fn edited() -> impl Strategy<Value = String> {
        proptest::sample::subsequence(vec!['a', 'b', 'c', 'd', 'e', 'p', 'q', 'r', 's'], 0..9)
            .prop_shuffle()
            .prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn joining_two_orders_gives_the_same_whichever_comes_first(one in edited(), other in edited()) {
            prop_assert_eq!(merged("abcde", &one, &other), merged("abcde", &other, &one));
        }

        #[test]
        fn an_order_joined_with_what_was_or_with_itself_is_that_order(one in edited()) {
            prop_assert_eq!(merged("abcde", &one, "abcde"), Some(one.clone()));
            prop_assert_eq!(merged("abcde", &one, &one), Some(one));
        }

        #[test]
        fn an_order_that_was_joined_in_before_changes_nothing_when_it_comes_again(one in edited(), other in edited()) {
            if let Some(joined) = merged("abcde", &one, &other) {
                prop_assert_eq!(merged("abcde", &one, &joined), Some(joined.clone()));
                prop_assert_eq!(merged("abcde", &other, &joined), Some(joined));
            }
        }
    }
}
