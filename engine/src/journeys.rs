//! What became of each change that was made here: saved, sent, decided. "What happened to ticket B-0042?"
//!
//! Kept in memory for the last changes of this run; of older ones the store knows whether they still wait and why they were
//! refused.

use std::collections::VecDeque;

use domain::{MutationId, OrderId, StaffId, Timestamp};
use protocol::Mutation;
use serde::{Deserialize, Serialize};

use crate::local_db::{ParkedMutation, StoreChange};

/// Changes whose way is remembered.
const JOURNEYS_MAX: usize = 1_000;

/// The way of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are documented where apps read them, in pkg/src/status.ts")]
pub struct Journey {
    pub mutation_id: MutationId,
    #[serde(skip)]
    pub(crate) record_id: OrderId,
    #[serde(skip)]
    pub(crate) seq: u64,
    pub change_type: String,
    pub made_at: Timestamp,
    pub staff_id: StaffId,
    pub state: JourneyState,
    pub sent_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub attempts: u32,
    pub code: Option<String>,
    pub message: Option<String>,
}

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JourneyState {
    /// It is saved on this device.
    Waiting,
    /// It was sent; no answer has come.
    Sent,
    /// The server has it.
    Applied,
    /// A person has to decide.
    Conflict,
    /// It waits for somebody who may allow it.
    Held,
    /// The server refused it; it is kept here.
    Rejected,
    /// No request passed with it; it is kept here.
    Skipped,
}

impl JourneyState {
    /// What a parked mutation's code says of it.
    pub(crate) fn of_parked(code: &str) -> Self {
        match code {
            ParkedMutation::CONFLICT => Self::Conflict,
            ParkedMutation::HELD => Self::Held,
            _ => Self::Rejected,
        }
    }
}

impl Journey {
    /// One that has only begun.
    pub(crate) fn of(mutation: &Mutation) -> Self {
        Self {
            mutation_id: mutation.id,
            record_id: mutation.order_id(),
            seq: mutation.seq,
            change_type: change_type(mutation.change.get()),
            made_at: mutation.recorded.wall,
            staff_id: mutation.actor.staff_id.clone(),
            state: JourneyState::Waiting,
            sent_at: None,
            decided_at: None,
            attempts: 0,
            code: None,
            message: None,
        }
    }

    /// One that came to nothing yet.
    pub(crate) fn refused(mut self, state: JourneyState, code: &str, message: &str) -> Self {
        self.state = state;
        self.code = Some(code.to_owned());
        self.message = Some(message.to_owned());
        self
    }
}

/// The ways of the last changes.
#[derive(Debug, Default)]
pub(crate) struct Journeys(VecDeque<Journey>);

impl Journeys {
    /// Takes note of what is durable now.
    pub(crate) fn note(&mut self, changes: &[StoreChange], now: Timestamp) {
        for change in changes {
            match change {
                StoreChange::MutationQueued { mutation } => {
                    self.0.push_back(Journey::of(mutation));
                    if self.0.len() > JOURNEYS_MAX {
                        self.0.pop_front();
                    }
                }
                StoreChange::MutationSettled { seq, .. } => self.decide(*seq, now, |journey| {
                    journey.state = JourneyState::Applied;
                    (journey.code, journey.message) = (None, None);
                }),
                StoreChange::MutationParked { seq, code, message, .. } => self.decide(*seq, now, |journey| {
                    *journey = journey.clone().refused(JourneyState::of_parked(code), code, message);
                }),
                StoreChange::MutationSkipped { seq, code, message } => self.decide(*seq, now, |journey| {
                    let message = message.as_deref().unwrap_or_default();
                    *journey = journey.clone().refused(JourneyState::Skipped, code, message);
                }),
                // Everything gets another number.
                StoreChange::StreamRestarted { .. } => self.0.retain(|journey| journey.decided_at.is_some()),
                StoreChange::SessionStarted { .. }
                | StoreChange::ParkedRemoved { .. }
                | StoreChange::ParkedDiscarded(_)
                | StoreChange::DecisionQueued { .. }
                | StoreChange::DecisionRefused { .. }
                | StoreChange::FindingNoted(_)
                | StoreChange::RecordConfirmed { .. }
                | StoreChange::CursorMoved { .. }
                | StoreChange::MutationKept { .. }
                | StoreChange::Shifts(_)
                | StoreChange::MutationDropped { .. }
                | StoreChange::RecordFiled { .. }
                | StoreChange::CountersReached { .. } => {}
            }
        }
    }

    /// These were sent.
    pub(crate) fn sent(&mut self, mutations: &[(u64, MutationId)], now: Timestamp) {
        let sent = |journey: &&mut Journey| mutations.iter().any(|(_, id)| *id == journey.mutation_id);
        for journey in self.0.iter_mut().filter(sent) {
            journey.attempts = journey.attempts.saturating_add(1);
            journey.sent_at = Some(now);
            if journey.state == JourneyState::Waiting {
                journey.state = JourneyState::Sent;
            }
        }
    }

    /// Those of an order, oldest first.
    pub(crate) fn of_order(&self, order_id: OrderId) -> impl Iterator<Item = &Journey> {
        self.0.iter().filter(move |journey| journey.record_id == order_id)
    }

    /// The undecided one with this number: decided ones may be of an earlier life of the stream.
    fn decide(&mut self, seq: u64, now: Timestamp, change: impl FnOnce(&mut Journey)) {
        let undecided = |journey: &&mut Journey| {
            journey.seq == seq && (journey.decided_at.is_none() || journey.state == JourneyState::Skipped)
        };
        if let Some(journey) = self.0.iter_mut().rev().find(undecided) {
            journey.decided_at = Some(now);
            change(journey);
        }
    }
}

/// The name of a change's type.
pub(crate) fn change_type(change: &str) -> String {
    #[derive(Deserialize)]
    struct Tagged {
        #[serde(rename = "type")]
        name: String,
    }
    serde_json::from_str::<Tagged>(change).map(|tagged| tagged.name).unwrap_or_default()
}
