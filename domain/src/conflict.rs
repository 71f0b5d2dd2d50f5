//! A conflict: two people set the same field without seeing each other, and somebody has to say which value is right.
//!
//! The server makes it, every device of the location shows it, and whoever decides first has decided. A tenant may let a rule
//! decide about a field; never about money that was paid or food that was cooked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::finding::FindingCode;
use crate::ids::{ConflictId, DeviceId, LocationId, MutationId, StaffId};
use crate::limits::Label;
use crate::rejection::{Rejection, RejectionCode};
use crate::schema::{Record, Upcaster, Versioned};
use crate::time::Timestamp;

/// A conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conflict {
    /// The version of this form of the record.
    pub schema: u16,
    /// Identity.
    pub id: ConflictId,
    /// The location whose devices are told.
    #[serde(rename = "location")]
    pub location_id: LocationId,
    /// What kind of record it is about, as the wire calls it.
    pub collection: Label,
    /// The record.
    pub record_id: Label,
    /// The field, as a path into the record.
    pub field: Label,
    /// What was noticed.
    pub code: FindingCode,
    /// The value that arrived.
    pub local: ConflictSide,
    /// The value that the server had.
    pub server: ConflictSide,
    /// Whether somebody has decided.
    pub status: ConflictStatus,
    /// Grows by one with the decision.
    pub version: u32,
    /// The decision, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// One of the two values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConflictSide {
    /// The value as JSON text; only the record knows what it means.
    pub value: String,
    /// Who set it; nobody where it follows from what several did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<StaffId>,
    /// On which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// When, corrected.
    pub at: Timestamp,
}

/// The path in a conflict about a change that is held as a whole.
pub const HELD_FIELD: &str = "change";

/// What a held change's conflict says of it: `local.value` is this as JSON text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeldChange {
    /// The mutation, whose body the journal keeps.
    pub mutation_id: MutationId,
    /// What it would do.
    pub change: Box<RawValue>,
}

/// Whether somebody has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConflictStatus {
    /// Not yet.
    Open,
    /// Yes.
    Resolved,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The mutation that brought it: the same one again is no second decision.
    pub id: MutationId,
    /// What was chosen.
    pub choice: ResolutionChoice,
    /// Who decided; nobody where a rule did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<StaffId>,
    /// When.
    pub at: Timestamp,
    /// By whom or what.
    pub how: ResolvedHow,
}

/// Which value is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResolutionChoice {
    /// The one that arrived.
    KeepLocal,
    /// The one that the server had.
    KeepServer,
    /// Another one, as JSON text.
    Merged(String),
}

/// By whom or what a conflict was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResolvedHow {
    /// By a person.
    Manual,
    /// By the tenant's rule for the field.
    Rule(ConflictRule),
}

/// What a tenant lets decide about a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConflictRule {
    /// The value set later.
    LastWriteWins,
    /// The value that the server had.
    ServerWins,
    /// The value that arrived.
    ClientWins,
    /// A person.
    #[default]
    Manual,
}

/// A tenant's rules by field, under keys like `orders.table_id`. A field without one is decided by a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConflictRules(BTreeMap<Label, ConflictRule>);

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It is the decision.
    First,
    /// It was the decision already.
    Again,
}

impl Versioned for Conflict {
    const NAME: &'static str = "conflict";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Record for Conflict {
    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Versioned for Resolution {
    const NAME: &'static str = "resolution";
    const UPCASTERS: &'static [Upcaster] = &[];
}

impl Conflict {
    /// Takes a decision that was made looking at version `expected_version`. The first one stands; the same one again changes
    /// nothing.
    ///
    /// # Errors
    /// `ALREADY_RESOLVED`, naming the decision that stands, where somebody else decided, or where the conflict is at another
    /// version than the one looked at.
    pub fn resolve(&mut self, expected_version: u32, resolution: Resolution) -> Result<Resolved, Rejection> {
        if let Some(first) = &self.resolution {
            if first.id == resolution.id {
                return Ok(Resolved::Again);
            }
            let by = first.by.as_ref().map_or("the tenant's rule", StaffId::as_str);
            let message = format!("{by} decided at {}: {}", first.at, first.choice.in_words());
            return Err(Rejection::new(RejectionCode::AlreadyResolved, "conflict", message));
        }
        if expected_version != self.version {
            let message = format!("the conflict is at version {}, not {expected_version}", self.version);
            return Err(Rejection::new(RejectionCode::AlreadyResolved, "expected_version", message));
        }
        self.status = ConflictStatus::Resolved;
        self.version = self.version.saturating_add(1);
        self.resolution = Some(resolution);
        Ok(Resolved::First)
    }

    /// The change that is held, where it is about one.
    #[must_use]
    pub fn held(&self) -> Option<HeldChange> {
        serde_json::from_str(&self.local.value).ok().filter(|_| self.field.as_str() == HELD_FIELD)
    }

    /// The value that a choice makes stand, as JSON text.
    #[must_use]
    pub fn value_of<'a>(&'a self, choice: &'a ResolutionChoice) -> &'a str {
        match choice {
            ResolutionChoice::KeepLocal => &self.local.value,
            ResolutionChoice::KeepServer => &self.server.value,
            ResolutionChoice::Merged(value) => value,
        }
    }

    /// The decision of a tenant's rule, under the id that its caller gives it; `None` where a person must decide. The later of
    /// two values is told by when they were set, then by the device's name, so that every replica decides alike.
    #[must_use]
    pub fn decide_by_rule(&self, rule: ConflictRule, id: MutationId, at: Timestamp) -> Option<Resolution> {
        let about_a_value = matches!(self.code, FindingCode::FieldConflict | FindingCode::NoteReplaced);
        if !about_a_value || self.status == ConflictStatus::Resolved {
            return None;
        }
        let choice = match rule {
            ConflictRule::Manual => return None,
            ConflictRule::ServerWins => ResolutionChoice::KeepServer,
            ConflictRule::ClientWins => ResolutionChoice::KeepLocal,
            ConflictRule::LastWriteWins if self.local.is_later_than(&self.server) => ResolutionChoice::KeepLocal,
            ConflictRule::LastWriteWins => ResolutionChoice::KeepServer,
        };
        Some(Resolution { id, choice, by: None, at, how: ResolvedHow::Rule(rule) })
    }
}

impl ConflictSide {
    fn is_later_than(&self, other: &Self) -> bool {
        (self.at, &self.device) > (other.at, &other.device)
    }
}

impl ResolutionChoice {
    const fn in_words(&self) -> &'static str {
        match self {
            Self::KeepLocal => "the value that arrived",
            Self::KeepServer => "the value that was there",
            Self::Merged(_) => "another value",
        }
    }
}

impl ConflictRules {
    /// The rule for a conflict's field; a person where the tenant has set none.
    #[must_use]
    pub fn rule_for(&self, conflict: &Conflict) -> ConflictRule {
        let key = format!("{}.{}", conflict.collection.as_str(), conflict.field.as_str());
        Label::try_from(key).ok().and_then(|key| self.0.get(&key).copied()).unwrap_or_default()
    }
}

impl FromIterator<(Label, ConflictRule)> for ConflictRules {
    fn from_iter<Rules: IntoIterator<Item = (Label, ConflictRule)>>(rules: Rules) -> Self {
        Self(rules.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn label(text: &str) -> Label {
        Label::try_from(text.to_owned()).unwrap()
    }

    fn mutation_id(number: u8) -> MutationId {
        MutationId::new(at("2026-10-31T22:00:00Z"), [number; 10])
    }

    /// Mara moved the order to table 12 at 21:00Z; the server knew it at table 7, where Ines had moved it at 20:58Z.
    fn conflict() -> Conflict {
        let side = |value: &str, actor: &str, device: &str, moment| ConflictSide {
            value: value.to_owned(),
            actor: Some(actor.parse().unwrap()),
            device: Some(device.parse().unwrap()),
            at: at(moment),
        };
        Conflict {
            schema: Conflict::SCHEMA,
            id: ConflictId::new(at("2026-10-31T21:05:00Z"), [7; 10]),
            location_id: "loc_quay".parse().unwrap(),
            collection: label("orders"),
            record_id: label("019a3c00-0000-7000-8000-000000000001"),
            field: label("table_id"),
            code: FindingCode::FieldConflict,
            local: side("\"t12\"", "stf_mara", "dev_b", "2026-10-31T21:00:00Z"),
            server: side("\"t7\"", "stf_ines", "dev_a", "2026-10-31T20:58:00Z"),
            status: ConflictStatus::Open,
            version: 1,
            resolution: None,
        }
    }

    fn by(staff: &str, number: u8, choice: ResolutionChoice) -> Resolution {
        let by = Some(staff.parse().unwrap());
        Resolution { id: mutation_id(number), choice, by, at: at("2026-10-31T22:00:00Z"), how: ResolvedHow::Manual }
    }

    #[test]
    fn v11_of_two_managers_who_decide_the_first_has_decided_and_the_second_is_told() {
        let mut conflict = conflict();
        assert_eq!(conflict.resolve(1, by("stf_odell", 1, ResolutionChoice::KeepLocal)), Ok(Resolved::First));
        assert_eq!((conflict.status, conflict.version), (ConflictStatus::Resolved, 2));
        let decided = conflict.clone();
        for expected_version in [1, 2] {
            let second = conflict.resolve(expected_version, by("stf_owner", 2, ResolutionChoice::KeepServer));
            let rejection = second.unwrap_err();
            assert_eq!(rejection.code, RejectionCode::AlreadyResolved);
            assert!(rejection.message.contains("stf_odell"), "{}", rejection.message);
        }
        assert_eq!(conflict, decided, "nothing of the second is taken");
    }

    #[test]
    fn the_same_decision_again_is_no_second_one() {
        let mut conflict = conflict();
        let decision = by("stf_odell", 1, ResolutionChoice::Merged("\"t9\"".to_owned()));
        assert_eq!(conflict.resolve(1, decision.clone()), Ok(Resolved::First));
        let decided = conflict.clone();
        assert_eq!(conflict.resolve(1, decision.clone()), Ok(Resolved::Again));
        let like_minded = Resolution { id: mutation_id(2), ..decision };
        assert!(conflict.resolve(1, like_minded).is_err(), "another mutation is one, whatever it chooses");
        assert_eq!(conflict, decided);
    }

    #[test]
    fn a_decision_about_another_version_than_there_is_decides_nothing() {
        let mut conflict = conflict();
        let rejection = conflict.resolve(2, by("stf_odell", 1, ResolutionChoice::KeepLocal)).unwrap_err();
        assert_eq!((rejection.code, rejection.field.as_str()), (RejectionCode::AlreadyResolved, "expected_version"));
        assert_eq!(conflict.status, ConflictStatus::Open);
    }

    #[test]
    fn each_choice_makes_its_value_stand() {
        let conflict = conflict();
        assert_eq!(conflict.value_of(&ResolutionChoice::KeepLocal), "\"t12\"");
        assert_eq!(conflict.value_of(&ResolutionChoice::KeepServer), "\"t7\"");
        assert_eq!(conflict.value_of(&ResolutionChoice::Merged("\"t9\"".to_owned())), "\"t9\"");
    }

    #[test]
    fn a_tenants_rule_decides_as_it_says_and_without_one_a_person_does() {
        let choice = |conflict: &Conflict, rule| {
            conflict.decide_by_rule(rule, mutation_id(3), at("2026-10-31T21:05:00Z")).map(|decision| decision.choice)
        };
        let conflict = conflict();
        assert_eq!(choice(&conflict, ConflictRule::Manual), None);
        assert_eq!(choice(&conflict, ConflictRule::ServerWins), Some(ResolutionChoice::KeepServer));
        assert_eq!(choice(&conflict, ConflictRule::ClientWins), Some(ResolutionChoice::KeepLocal));
        assert_eq!(choice(&conflict, ConflictRule::LastWriteWins), Some(ResolutionChoice::KeepLocal));
        let mut turned = conflict;
        std::mem::swap(&mut turned.local, &mut turned.server);
        assert_eq!(choice(&turned, ConflictRule::LastWriteWins), Some(ResolutionChoice::KeepServer), "the same value");
        turned.server.at = turned.local.at;
        assert_eq!(
            choice(&turned, ConflictRule::LastWriteWins),
            Some(ResolutionChoice::KeepServer),
            "dev_b after dev_a"
        );
        std::mem::swap(&mut turned.local, &mut turned.server);
        assert_eq!(choice(&turned, ConflictRule::LastWriteWins), Some(ResolutionChoice::KeepLocal), "either way round");
    }

    #[test]
    fn no_rule_decides_what_is_about_money_or_was_decided() {
        let decide =
            |conflict: &Conflict| conflict.decide_by_rule(ConflictRule::ServerWins, mutation_id(3), conflict.local.at);
        for code in [FindingCode::CloseVoid, FindingCode::Overpaid, FindingCode::LateLine, FindingCode::ActorRevoked] {
            assert_eq!(decide(&Conflict { code, ..conflict() }), None, "{code:?}");
        }
        let mut decided = conflict();
        let decision = decide(&decided).unwrap();
        assert_eq!((decision.by.as_ref(), decision.how), (None, ResolvedHow::Rule(ConflictRule::ServerWins)));
        assert_eq!(decided.resolve(1, decision), Ok(Resolved::First));
        assert_eq!(decide(&decided), None);
    }

    #[test]
    fn a_field_has_the_tenants_rule_and_every_other_one_waits_for_a_person() {
        let rules: ConflictRules = [(label("orders.table_id"), ConflictRule::LastWriteWins)].into_iter().collect();
        assert_eq!(rules.rule_for(&conflict()), ConflictRule::LastWriteWins);
        assert_eq!(rules.rule_for(&Conflict { field: label("guests"), ..conflict() }), ConflictRule::Manual);
        assert_eq!(serde_json::to_string(&rules).unwrap(), r#"{"orders.table_id":"last_write_wins"}"#);
    }
}
