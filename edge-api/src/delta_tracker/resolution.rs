//! A decision about a conflict: the first one stands, and what it says is carried out in the same transaction.

use std::collections::BTreeMap;

use domain::{
    ChangeContext, Conflict, ConflictRule, HELD_FIELD, OrderChange, Rejection, RejectionCode, Resolution,
    ResolutionChoice, Resolved, ResolvedHow, StaffId, Timestamp,
};
use protocol::{Collection, ErrorCode, Mutation, ResolveConflict};

use super::ATTEMPTS_MAX;
use super::conflicts::carry_out;
use super::delta::head_of;
use super::record::{Content, RecordKey, StoredRecord};
use super::stream::Stream;
use super::writing::Place;
use crate::database::{Database, DatabaseError, Row, Rows, Statement, to_json};
use crate::live::Moved;
use crate::refusal::Refusal;

/// In whose name a decision of the tenant's admin is carried out.
const ADMIN: &str = "admin";

/// Who decides, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decider<'a, D> {
    pub(crate) database: &'a D,
    pub(crate) place: Place<'a>,
    /// Nobody where the tenant's admin decides.
    pub(crate) by: Option<&'a StaffId>,
    pub(crate) now: Timestamp,
}

/// A conflict, the record it is about, and what is held, as the store has them.
struct Case {
    head: u64,
    conflict: StoredRecord,
    about: Option<(RecordKey, StoredRecord)>,
    held: Option<Mutation>,
}

impl<D: Database> Decider<'_, D> {
    /// Decides a conflict and returns it as it stands then, and the location where its head moved.
    pub(crate) async fn resolve(&self, ask: &ResolveConflict) -> Result<(Conflict, Option<Moved>), Refusal> {
        for _ in 0..ATTEMPTS_MAX {
            let case = self.case(ask).await?;
            let (conflict, touched) = self.decide(ask, &case)?;
            if touched.is_empty() {
                return Ok((conflict, None));
            }
            let head = case.head.saturating_add(u64::try_from(touched.len()).unwrap_or(u64::MAX));
            let mut statements = self.place.guarded(case.head).to_vec();
            statements.extend(self.place.written(case.head, &touched)?);
            match self.database.batch(statements).await {
                Ok(_) => {
                    let (tenant_id, location_id) = (self.place.tenant_id.clone(), self.place.location_id.clone());
                    return Ok((conflict, Some(Moved { tenant_id, location_id, head })));
                }
                Err(DatabaseError::GuardFailed) => {}
                Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => return Err(error.into()),
            }
        }
        Err(Refusal::busy())
    }

    /// The conflict as decided and the records that change; none where this very decision stands already.
    fn decide(
        &self,
        ask: &ResolveConflict,
        case: &Case,
    ) -> Result<(Conflict, BTreeMap<RecordKey, StoredRecord>), Refusal> {
        let mut conflict = conflict_in(&case.conflict)?;
        let resolution = self.resolution(ask, &conflict)?;
        match conflict.resolve(ask.expected_version, resolution.clone()).map_err(already)? {
            Resolved::Again => return Ok((conflict, BTreeMap::new())),
            Resolved::First => {}
        }
        let mut touched = BTreeMap::new();
        if let Some((key, before)) = &case.about {
            let mut after = before.clone();
            self.carry_out(&conflict, &resolution.choice, case.held.as_ref(), &mut after)?;
            if after.content != before.content {
                after.rev += 1;
                touched.insert(key.clone(), after);
            }
        }
        let decided = StoredRecord {
            content: Some(Content::Conflict(Box::new(conflict.clone()))),
            rev: case.conflict.rev + 1,
            ..case.conflict.clone()
        };
        touched.insert(RecordKey::new(Collection::Conflicts, conflict.id), decided);
        Ok((conflict, touched))
    }

    fn resolution(&self, ask: &ResolveConflict, conflict: &Conflict) -> Result<Resolution, Refusal> {
        let (choice, rule) = match (&ask.choice, ask.rule) {
            (Some(choice), None) => (choice.clone(), None),
            // A decided conflict says itself that it is, whatever is chosen.
            (None, Some(rule)) if conflict.resolution.is_some() => (ResolutionChoice::KeepServer, Some(rule)),
            (None, Some(ConflictRule::Manual)) => return Err(invalid("the rule `manual` decides nothing")),
            (None, Some(rule)) => {
                let decided = conflict.decide_by_rule(rule, ask.id, self.now);
                return decided.ok_or_else(|| invalid("no rule decides about this: it takes a person"));
            }
            (Some(_), Some(_)) | (None, None) => return Err(invalid("either choice or rule must decide")),
        };
        let (by, how) = match rule {
            Some(rule) => (None, ResolvedHow::Rule(rule)),
            None => (self.by.cloned(), ResolvedHow::Manual),
        };
        Ok(Resolution { id: ask.id, choice, by, at: self.now, how })
    }

    fn carry_out(
        &self,
        conflict: &Conflict,
        choice: &ResolutionChoice,
        held: Option<&Mutation>,
        stored: &mut StoredRecord,
    ) -> Result<(), Refusal> {
        if conflict.field.as_str() == HELD_FIELD {
            return match choice {
                ResolutionChoice::KeepServer => Ok(()),
                ResolutionChoice::KeepLocal => self.release(held, stored),
                ResolutionChoice::Merged(_) => {
                    Err(invalid("a held change is released or not; there is no third value"))
                }
            };
        }
        let (field, value) = (conflict.field.as_str(), conflict.value_of(choice));
        if let ResolutionChoice::Merged(value) = choice {
            let fits = stored.order().is_some_and(|order| OrderChange::deciding(order, field, value).is_some());
            if !fits {
                return Err(invalid(format!("{field} cannot be set to that")));
            }
        }
        let admin = ADMIN.parse().map_err(|_| DatabaseError::Failed("the admin has no name".to_owned()))?;
        carry_out(stored, field, value, self.by.unwrap_or(&admin), self.now);
        Ok(())
    }

    /// A held change takes effect, in the name and with the stamp of whoever made it. Once the journal is pruned nobody can say
    /// who that was: somebody has to do it anew.
    fn release(&self, held: Option<&Mutation>, stored: &mut StoredRecord) -> Result<(), Refusal> {
        let forgotten =
            || Refusal::new(ErrorCode::ReleaseRefused, "the journal no longer holds this change; make it anew");
        let missing = || DatabaseError::Failed("what is held is no change of any stream".to_owned());
        let mutation = held.ok_or_else(forgotten)?;
        let maker = mutation.device();
        let context = ChangeContext::new(&mutation.stamp, &mutation.actor.staff_id, mutation.recorded.wall);
        let taken =
            [Stream::Orders, Stream::Shifts].into_iter().find_map(|stream| stream.change_of(mutation, maker).ok());
        let change = taken.ok_or_else(missing)?;
        stored
            .take(&change, mutation.order_id(), self.place.location_id, context)
            .map(drop)
            .map_err(|rejection| Refusal::new(ErrorCode::ReleaseRefused, rejection.message))
    }

    /// Reads the conflict, then what it is about. Whatever changes in between moves the head, and the guard notices.
    async fn case(&self, ask: &ResolveConflict) -> Result<Case, Refusal> {
        let key = RecordKey::new(Collection::Conflicts, ask.conflict_id);
        let statements = vec![
            Statement::new(
                "SELECT head, epoch, floor FROM locations WHERE tenant_id = ?1 AND location_id = ?2",
                [self.place.tenant_id.as_str().into(), self.place.location_id.as_str().into()],
            ),
            self.record(&key),
        ];
        let found = self.database.read(statements).await?;
        let none = || Refusal::new(ErrorCode::NotFound, "there is no such conflict");
        let head = head_of(first(&found, 0).ok_or_else(none)?)?.seq;
        let (_, stored) = StoredRecord::of(first(&found, 1).ok_or_else(none)?)?;
        let conflict = conflict_in(&stored)?;
        let about = Collection::ALL.into_iter().find(|known| known.as_str() == conflict.collection.as_str());
        let Some(collection) = about else {
            return Ok(Case { head, conflict: stored, about: None, held: None });
        };
        let key = RecordKey::new(collection, conflict.record_id.as_str());
        let held = conflict.held().map(|held| held.mutation_id);
        let body = Statement::new(
            "SELECT body FROM operations WHERE tenant_id = ?1 AND mutation_id IN (SELECT value FROM json_each(?2))",
            [self.place.tenant_id.as_str().into(), to_json(&held.into_iter().collect::<Vec<_>>())?.into()],
        );
        let found = self.database.read(vec![self.record(&key), body]).await?;
        let about = match first(&found, 0) {
            Some(row) => StoredRecord::of(row)?,
            None => (key, StoredRecord::default()),
        };
        let held = first(&found, 1).map(|row| row.json::<Mutation>("body")).transpose()?;
        Ok(Case { head, conflict: stored, about: Some(about), held })
    }

    fn record(&self, key: &RecordKey) -> Statement {
        Statement::new(
            "SELECT collection, record_id, rev, record_bytes, sources, record FROM records
             WHERE tenant_id = ?1 AND location_id = ?2 AND collection = ?3 AND record_id = ?4 AND record IS NOT NULL",
            [
                self.place.tenant_id.as_str().into(),
                self.place.location_id.as_str().into(),
                key.collection.as_str().into(),
                key.id.as_str().into(),
            ],
        )
    }
}

fn conflict_in(stored: &StoredRecord) -> Result<Conflict, DatabaseError> {
    match &stored.content {
        Some(Content::Conflict(conflict)) => Ok((**conflict).clone()),
        Some(
            Content::Order(_) | Content::ShiftLog(_) | Content::Drawer(_) | Content::EightySix(_) | Content::Audit(_),
        )
        | None => Err(DatabaseError::Failed("the record is no conflict".to_owned())),
    }
}

fn first(found: &[Rows], position: usize) -> Option<&Row> {
    found.get(position).and_then(|rows| rows.first())
}

fn already(rejection: Rejection) -> Refusal {
    debug_assert_eq!(rejection.code, RejectionCode::AlreadyResolved);
    Refusal::new(ErrorCode::AlreadyResolved, rejection.message)
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, detail)
}
