//! What goes to the server, and what comes of its answers: when an exchange starts, and how the reply, a refusal or silence
//! changes the schedule and the queue.

use super::lanes::{Turn, next_turn};
use super::suspicion::Suspicion;
use super::{Purpose, SyncManager, Waiting, Writes, surroundings};
use crate::connection_monitor::{Failure, PauseReason};
use crate::exchange::{self, Answer, Asked, DecisionAnswer, EXCHANGE_TIMEOUT_MS, Question, Reply, Stream, StreamAsked};
use crate::io::{Event, ExchangeId, ExchangeRequestOut, HttpAnswer, Moment, Output};
use crate::local_db::{Decision, ShiftsChange, StoreChange, Versions};
use crate::staging::{Stage, Staged};
use domain::{MutationId, TimeAnchor};

/// Exchanges of which is remembered what they asked, for a late answer.
const ASKED_MAX: usize = 8;

impl SyncManager {
    pub(super) fn start_exchange(&mut self, now: &Moment, outputs: &mut Vec<Output>) {
        if self.writes != Writes::Allowed || !self.monitor.is_due(now.mono_ms) {
            return;
        }
        let Some(token) = self.db.session().map(|session| session.enrolment.device_token.clone()) else { return };
        let Some(question) = self.next_question(now) else { return };
        self.last_turn = match &question.asked {
            Asked::Decision(_) => Turn::Decision,
            Asked::Stream(asked) => Turn::Stream(asked.stream),
        };
        if let Asked::Stream(asked) = &question.asked {
            self.journeys.sent(&asked.themselves, now.wall);
        }
        let id = self.next_exchange;
        self.next_exchange = self.next_exchange.wrapping_add(1);
        self.asked.insert(id, question.asked);
        while self.asked.len() > ASKED_MAX {
            self.asked.pop_first();
        }
        if self.last_turn != Turn::Decision {
            self.pokes.asked();
        }
        self.monitor.started(id, now.mono_ms, now.mono_ms.saturating_add(EXCHANGE_TIMEOUT_MS));
        outputs.push(Output::Exchange(ExchangeRequestOut { id, path: question.path, token, body: question.body }));
        outputs.push(Output::Notify(Event::StatusChanged));
    }

    fn next_question(&mut self, now: &Moment) -> Option<Question> {
        let says = |turn: Turn| match turn {
            Turn::Decision => self.undelivered().next().is_some(),
            Turn::Stream(Stream::Shifts) => self.db.depth_of(Stream::Shifts) > 0,
            // What somebody else decided meanwhile comes with the changes.
            Turn::Stream(Stream::Orders) => self.db.depth_of(Stream::Orders) > 0 || self.last_turn == Turn::Decision,
        };
        match next_turn(self.last_turn, says) {
            Turn::Decision => exchange::decision_question(self.undelivered().next()?),
            Turn::Stream(stream) => {
                let db = &self.db;
                let load = self.lanes.of_mut(stream).load(|after| db.is_pending_after(stream, after));
                exchange::question(db, &self.config, stream, load, crate::staging::echo(now))
            }
        }
    }

    /// Decisions that the server has not taken yet.
    fn undelivered(&self) -> impl Iterator<Item = &Decision> {
        self.db.decisions().iter().filter(|decision| !self.delivered.contains(&decision.ask.id))
    }

    /// Whether something is to be sent.
    pub(super) fn has_work(&self) -> bool {
        let streams = [Stream::Orders, Stream::Shifts];
        streams.iter().any(|stream| self.db.depth_of(*stream) > 0) || self.undelivered().next().is_some()
    }

    pub(super) fn exchange_answered(&mut self, now: &Moment, id: ExchangeId, answer: &HttpAnswer) {
        let awaited = self.monitor.in_flight() == Some(id);
        if let Some(Asked::Decision(decision)) = self.asked.get(&id) {
            return self.decision_answered(now, id, *decision, answer);
        }
        match exchange::read_answer(answer) {
            Answer::Reply(reply)
                if !self.asked.get(&id).and_then(Asked::stream).is_some_and(|asked| reply.answers(asked)) =>
            {
                self.exchange_failed(now, id, "REPLY_FOREIGN".to_owned());
            }
            Answer::Reply(reply) => {
                if awaited {
                    self.monitor.storing(now.mono_ms.saturating_add(EXCHANGE_TIMEOUT_MS));
                }
                self.waiting.push_back(Waiting::Reply { id, reply });
            }
            // A late refusal says nothing about the exchange now under way.
            Answer::CursorExpired | Answer::SendLess(_) | Answer::Pause(..) | Answer::Later(_) if !awaited => {}
            Answer::CursorExpired => self.waiting.push_back(Waiting::CursorExpired { id }),
            Answer::SendLess(failure) => self.send_less(now, id, failure),
            Answer::Later(failure) => self.monitor.failed(now.mono_ms, jitter(now), failure),
            // Numbers were lost, as by damage, or given twice. Beginning anew heals it, if anything does.
            Answer::Pause(PauseReason::Sequence, _) if !self.restarted => {
                self.waiting.push_back(Waiting::StreamBroken { id });
            }
            Answer::Pause(reason, code) => self.monitor.pause(reason, code),
        }
    }

    fn decision_answered(&mut self, now: &Moment, id: ExchangeId, decision: MutationId, answer: &HttpAnswer) {
        let awaited = self.monitor.in_flight() == Some(id);
        match exchange::read_decision_answer(answer) {
            DecisionAnswer::Taken => {
                self.delivered.insert(decision);
                if awaited {
                    // The changes show what came of it.
                    self.monitor.succeeded(now.mono_ms, true);
                }
            }
            DecisionAnswer::Refused { code, message } => {
                self.waiting.push_back(Waiting::DecisionRefused { id, decision, code, message });
            }
            DecisionAnswer::Pause(..) | DecisionAnswer::Later(_) if !awaited => {}
            DecisionAnswer::Pause(reason, code) => self.monitor.pause(reason, code),
            DecisionAnswer::Later(failure) => self.monitor.failed(now.mono_ms, jitter(now), failure),
        }
    }

    /// A body was refused: fewer mutations may pass, or one of them never does.
    fn send_less(&mut self, now: &Moment, id: ExchangeId, failure: Failure) {
        let asked = self.asked.get(&id).and_then(Asked::stream);
        let Some(StreamAsked { stream, offered, themselves, .. }) = asked else {
            return self.monitor.failed(now.mono_ms, jitter(now), failure);
        };
        let (stream, mutations, first) = (*stream, offered.len(), themselves.first().copied());
        let lane = self.lanes.of_mut(stream);
        match first {
            Some(_) if mutations > 1 => {
                lane.mutations_max = mutations.div_euclid(2);
                self.monitor.try_again(now.mono_ms, &failure.code);
            }
            Some(first) if lane.suspicion.is_some_and(|suspicion| suspicion.is_proved_by(first)) => {
                self.waiting.push_back(Waiting::Skip { id, stream, seq: first.0, code: failure.code });
            }
            Some(first) => {
                lane.suspicion = Some(Suspicion::of(first));
                self.monitor.try_again(now.mono_ms, &failure.code);
            }
            // Not even a question passes: it is not for a mutation's sake.
            None => {
                lane.suspicion = None;
                self.monitor.failed(now.mono_ms, jitter(now), failure);
            }
        }
    }

    /// Takes the mutation out of the way: it is kept for a person, and its place in the stream says so.
    pub(super) fn stage_skip(&mut self, stream: Stream, seq: u64, code: String) -> Staged {
        self.lanes.of_mut(stream).suspicion = None;
        let message = Some(format!("every request with it was refused ({code}); it is kept on this device"));
        let changes = vec![match stream {
            Stream::Orders => StoreChange::MutationSkipped { seq, code, message },
            Stream::Shifts => StoreChange::Shifts(ShiftsChange::Skipped { seq, code, message }),
        }];
        Staged { changes, ..Staged::default() }
    }

    pub(super) fn exchange_failed(&mut self, now: &Moment, id: ExchangeId, reason: String) {
        if self.monitor.in_flight() == Some(id) {
            self.monitor.failed(
                now.mono_ms,
                jitter(now),
                Failure { code: reason, answered: false, retry_after_s: None },
            );
        }
    }

    pub(super) fn stage_reply(&mut self, now: &Moment, id: ExchangeId, reply: Reply) -> (Staged, Purpose) {
        self.server_offset_ms = Some(reply.server_time.since(now.wall));
        let boot_id = self.config.boot_id.clone();
        TimeAnchor::advance(
            &mut self.anchor,
            TimeAnchor { server_time: reply.server_time, mono_ms: now.mono_ms, boot_id },
        );
        let asked = self.asked.get(&id).and_then(Asked::stream);
        let continues = asked.is_some_and(|asked| asked.cursor.as_deref() == self.db.cursor());
        let (has_more, reached) = (reply.has_more, reply.reached());
        self.restarted = false;
        let app = self.config.app_version.clone();
        let versions = reply.server_version.clone().map(|server| Versions { server, app });
        let stream = asked.map_or(Stream::Orders, |asked| asked.stream);
        let mut changes = reply.store_changes(&self.db, stream, continues);
        self.db.lock_grants(now, &mut changes);
        if let Some(versions) = versions.filter(|versions| self.db.versions() != Some(versions)) {
            // Before its verdicts: what this server has just refused is known to be beyond it.
            changes.splice(0..0, self.meet(now, versions));
        }
        (Staged { changes, ..Staged::default() }, Purpose::Reply { id, has_more, reached })
    }

    /// What neither the last server nor the last app understood is offered again.
    fn meet(&self, now: &Moment, versions: Versions) -> Vec<StoreChange> {
        let mut stage = Stage::new(
            &self.db,
            surroundings(&self.config, &self.monitor, self.server_offset_ms, self.anchor.as_ref()),
        );
        stage.meet(now, versions);
        stage.finish().changes
    }

    pub(super) fn reply_stored(&mut self, now: &Moment, id: ExchangeId, has_more: bool) {
        self.last_sync_at = Some(now.wall);
        if self.monitor.in_flight() == Some(id) {
            let mut behind = None;
            if let Some(asked) = self.asked.get(&id).and_then(Asked::stream) {
                let (stream, without) = (asked.stream, asked.offered.is_empty());
                let unanswered = self.unanswered(asked);
                self.lanes.of_mut(stream).came_through(without);
                behind = unanswered.map(|seq| (stream, self.pass_over(stream, seq)));
            }
            let waits = |stream| {
                let after = behind.filter(|(of, _)| *of == stream).map_or(0, |(_, after)| after);
                self.db.is_pending_after(stream, after)
            };
            let more = has_more
                || self.undelivered().next().is_some()
                || [Stream::Orders, Stream::Shifts].into_iter().any(waits);
            self.monitor.succeeded(now.mono_ms, more);
        }
    }

    /// The first mutation that an answer has said nothing of; none where it took a part of what was sent, up to some place.
    fn unanswered(&self, asked: &StreamAsked) -> Option<u64> {
        let waits = |(seq, id): &&(u64, MutationId)| self.db.waits(asked.stream, *seq, *id);
        let took_a_part = asked.offered.last().filter(waits).is_some() && asked.offered.first().filter(waits).is_none();
        asked.offered.iter().find(waits).filter(|_| !took_a_part).map(|(seq, _)| *seq)
    }

    /// The server has answered, and said nothing of this mutation, as one of another version may: asking again at once would go in
    /// circles. What stands behind a hole is known to it in part, and goes on. Returns the number up to which nothing is sent now.
    fn pass_over(&mut self, stream: Stream, first: u64) -> u64 {
        let (end, last) = self.db.run_of(stream, first);
        if end < last {
            self.lanes.of_mut(stream).passed_over = end;
        }
        end
    }

    /// A new life of the stream. A checkpoint under way would hold the numbers of the old one.
    pub(super) fn restart_stream(&mut self, now: &Moment) -> Option<StoreChange> {
        self.db.session()?;
        self.db.checkpoint_failed();
        self.restarted = true;
        self.lanes.restart();
        self.first_of_stream = self.next_exchange;
        let (queue, shifts) = (Some(self.db.queue().ids()), Some(self.db.shifts().ids()));
        Some(StoreChange::StreamRestarted { incarnation: crate::staging::incarnation(now), queue, shifts })
    }
}

pub(super) fn jitter(now: &Moment) -> u32 {
    now.entropy.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
