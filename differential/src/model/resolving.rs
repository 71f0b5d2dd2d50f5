//! Decisions about conflicts, and the list of what waits for one.

use std::collections::BTreeMap;

use domain::{
    Conflict, ConflictId, ConflictRule, LocationId, OrderChange, Resolution, ResolutionChoice, Resolved, ResolvedHow,
    StaffId, Timestamp,
};
use protocol::{Collection, ConflictPage, ErrorCode, Mutation, ResolveConflict};

use super::batch::change_of;
use super::conflicts::{HELD, Held, carry_out};
use super::effect::take;
use super::record::{Content, Record};
use super::{Caller, Key, Model, Refusal, answer, read, refuse};
use crate::asking::{Answer, Ask, Request};

const PAGE: usize = 100;

impl Model {
    pub(super) fn list_conflicts(&self, request: &Request, caller: &Caller) -> Result<Answer, Refusal> {
        let asked = request.query("location_id").map(str::parse::<LocationId>).transpose();
        let after = request.query("after").map(str::parse::<ConflictId>).transpose();
        let (Ok(asked), Ok(after)) = (asked, after) else { return refuse(ErrorCode::InvalidRequest) };
        let open = match request.query("status") {
            None | Some("open") => true,
            Some("resolved") => false,
            Some(_) => return refuse(ErrorCode::InvalidRequest),
        };
        let location_id = self.place(caller, asked.as_ref())?;
        let records = self.locations.get(&location_id).into_iter().flat_map(|location| location.records.values());
        let listed = records.filter(|record| record.awaits() == open).filter_map(Record::conflict);
        let later = listed.filter(|conflict| after.is_none_or(|after| conflict.id > after));
        let conflicts: Vec<_> = later.take(PAGE).cloned().collect();
        let next = conflicts.last().filter(|_| conflicts.len() == PAGE).map(|conflict| conflict.id);
        Ok(answer(200, &ConflictPage { conflicts, next }))
    }

    pub(super) fn resolve(&mut self, ask: &Ask, request: &Request, caller: &Caller) -> Result<Answer, Refusal> {
        let wish: ResolveConflict = read(request)?;
        let location_id = self.place(caller, wish.location_id.as_ref())?;
        let mut by = None;
        if let Caller::Device(id) = caller {
            let Some(device) = self.devices.get(id) else { return refuse(ErrorCode::Internal) };
            self.may_decide(id, device, wish.actor.as_ref(), ask.now)?;
            by = wish.actor.as_ref().map(|actor| actor.staff_id.clone());
        }
        let key = (Collection::Conflicts, wish.conflict_id.to_string());
        let found = self.locations.get(&location_id).and_then(|location| location.records.get(&key));
        let Some((record, conflict)) = found.and_then(|record| Some((record, record.conflict()?))) else {
            return refuse(ErrorCode::NotFound);
        };
        let (record, mut conflict) = (record.clone(), conflict.clone());
        let resolution = resolution(&wish, &conflict, by.as_ref(), ask.now)?;
        let choice = resolution.choice.clone();
        match conflict.resolve(wish.expected_version, resolution) {
            Ok(Resolved::First) => {}
            Ok(Resolved::Again) => return Ok(answer(200, &conflict)),
            Err(_) => return refuse(ErrorCode::AlreadyResolved),
        }
        let mut touched = BTreeMap::new();
        let (about, before) = self.about(&location_id, &conflict)?;
        let mut after = before.clone();
        self.do_as_decided(&location_id, &conflict, &choice, by.as_ref(), ask.now, &mut after)?;
        if after.content != before.content {
            after.rev += 1;
            touched.insert(about, after);
        }
        let decided = Content::Conflict(Box::new(conflict.clone()));
        touched.insert(key, Record { content: decided, rev: record.rev + 1, ..record });
        if let Some(location) = self.locations.get_mut(&location_id) {
            location.write(touched);
        }
        Ok(answer(200, &conflict))
    }

    /// What a conflict is about, as it stands.
    fn about(&self, location_id: &LocationId, conflict: &Conflict) -> Result<(Key, Record), Refusal> {
        let named = |known: &Collection| known.as_str() == conflict.collection.as_str();
        let Some(collection) = Collection::ALL.into_iter().find(named) else { return refuse(ErrorCode::Internal) };
        let key = (collection, conflict.record_id.as_str().to_owned());
        let stands = self.location(location_id)?.records.get(&key).cloned();
        Ok((key, stands.unwrap_or_default()))
    }

    fn do_as_decided(
        &self,
        location_id: &LocationId,
        conflict: &Conflict,
        choice: &ResolutionChoice,
        by: Option<&StaffId>,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<(), Refusal> {
        let field = conflict.field.as_str();
        if field == HELD {
            return match choice {
                ResolutionChoice::KeepServer => Ok(()),
                ResolutionChoice::Merged(_) => refuse(ErrorCode::InvalidRequest),
                ResolutionChoice::KeepLocal => self.release(location_id, conflict, record),
            };
        }
        let value = conflict.value_of(choice);
        if matches!(choice, ResolutionChoice::Merged(_)) {
            let fits = record.order().and_then(|order| OrderChange::deciding(order, field, value));
            if fits.is_none() {
                return refuse(ErrorCode::InvalidRequest);
            }
        }
        let Ok(admin) = "admin".parse() else { return refuse(ErrorCode::Internal) };
        carry_out(record, field, value, by.unwrap_or(&admin), now);
        Ok(())
    }

    /// What was held takes effect, under the stamp of whoever made it.
    fn release(&self, location_id: &LocationId, conflict: &Conflict, record: &mut Record) -> Result<(), Refusal> {
        let held: Option<Held> = serde_json::from_str(&conflict.local.value).ok();
        let decided = held.and_then(|held| self.ledger.get(&held.mutation_id));
        let mutation = decided.and_then(|decided| serde_json::from_str::<Mutation>(&decided.text).ok());
        // What the journal has forgotten nobody can release.
        let Some(mutation) = mutation else { return refuse(ErrorCode::ReleaseRefused) };
        let maker = mutation.stamp.device();
        let read = |stream: &&str| change_of(stream, &mutation, maker).ok();
        let Some(change) = ["orders", "shifts"].iter().find_map(read) else { return refuse(ErrorCode::Internal) };
        match take(record, &change, &mutation, &mutation.stamp, location_id) {
            Ok(_) => Ok(()),
            Err(_) => refuse(ErrorCode::ReleaseRefused),
        }
    }

    /// A device speaks of its own location, and an admin names one.
    fn place(&self, caller: &Caller, asked: Option<&LocationId>) -> Result<LocationId, Refusal> {
        match caller {
            Caller::Device(id) => match self.devices.get(id).map(|device| &device.location_id) {
                Some(own) if asked.is_none_or(|asked| asked == own) => Ok(own.clone()),
                Some(_) | None => refuse(ErrorCode::NotFound),
            },
            Caller::Admin => asked.cloned().ok_or(Refusal { code: ErrorCode::InvalidRequest, expected: None }),
            Caller::Operator => refuse(ErrorCode::Forbidden),
        }
    }
}

fn resolution(
    wish: &ResolveConflict,
    conflict: &Conflict,
    by: Option<&StaffId>,
    now: Timestamp,
) -> Result<Resolution, Refusal> {
    let id = wish.id;
    match (&wish.choice, wish.rule) {
        (Some(choice), None) => {
            let (choice, by) = (choice.clone(), by.cloned());
            Ok(Resolution { id, choice, by, at: now, how: ResolvedHow::Manual })
        }
        // It is decided already, and says so itself.
        (None, Some(rule)) if conflict.resolution.is_some() => {
            let how = ResolvedHow::Rule(rule);
            Ok(Resolution { id, choice: ResolutionChoice::KeepServer, by: None, at: now, how })
        }
        (None, Some(rule)) if rule != ConflictRule::Manual => match conflict.decide_by_rule(rule, id, now) {
            Some(resolution) => Ok(resolution),
            None => refuse(ErrorCode::InvalidRequest),
        },
        (Some(_), Some(_)) | (None, Some(_) | None) => refuse(ErrorCode::InvalidRequest),
    }
}
