//! What goes to the server, and what comes of its answers: when an exchange starts, and how the reply, a refusal or silence
//! changes the schedule and the queue.

use super::suspicion::Suspicion;
use super::{Purpose, SyncManager, Waiting, Writes, surroundings};
use crate::connection_monitor::{Failure, PauseReason};
use crate::exchange::{self, Answer, Asked, DecisionAnswer, EXCHANGE_TIMEOUT_MS, Load, Question, Reply, StreamAsked};
use crate::io::{Event, ExchangeId, ExchangeRequestOut, HttpAnswer, Moment, Output};
use crate::local_db::{Decision, StoreChange, Versions};
use crate::staging::{Stage, Staged};
use domain::MutationId;
use protocol::EXCHANGE_MUTATIONS_MAX;

/// Exchanges of which is remembered what they asked, for a late answer.
const ASKED_MAX: usize = 8;

impl SyncManager {
    pub(super) fn start_exchange(&mut self, now: &Moment, outputs: &mut Vec<Output>) {
        if self.writes != Writes::Allowed || !self.monitor.is_due(now.mono_ms) {
            return;
        }
        let Some(token) = self.db.session().map(|session| session.enrolment.device_token.clone()) else { return };
        let Some(question) = self.next_question(now) else { return };
        self.asked_for_decision = matches!(question.asked, Asked::Decision(_));
        if let Asked::Stream(asked) = &question.asked {
            self.journeys.sent(&asked.themselves, now.wall);
        }
        let id = self.next_exchange;
        self.next_exchange = self.next_exchange.wrapping_add(1);
        self.asked.insert(id, question.asked);
        while self.asked.len() > ASKED_MAX {
            self.asked.pop_first();
        }
        if !self.asked_for_decision {
            self.pokes.asked();
        }
        self.monitor.started(id, now.mono_ms, now.mono_ms.saturating_add(EXCHANGE_TIMEOUT_MS));
        outputs.push(Output::Exchange(ExchangeRequestOut { id, path: question.path, token, body: question.body }));
        outputs.push(Output::Notify(Event::StatusChanged));
    }

    /// Decisions and the stream take turns: neither waits for the other to come through.
    fn next_question(&mut self, now: &Moment) -> Option<Question> {
        if let Some(decision) = self.undelivered().next().filter(|_| !self.asked_for_decision) {
            return exchange::decision_question(decision);
        }
        let asks_without = self.suspicion.is_some_and(|suspicion| suspicion.asks_without());
        // What went unanswered lets one exchange pass, and is asked about again.
        let passed_over = std::mem::take(&mut self.passed_over);
        let after = if self.db.queue().is_pending_after(passed_over) { passed_over } else { 0 };
        let load = Load { after, mutations_max: if asks_without { 0 } else { self.mutations_max } };
        exchange::question(&self.db, &self.config, load, crate::staging::echo(now))
    }

    /// Decisions that the server has not taken yet.
    fn undelivered(&self) -> impl Iterator<Item = &Decision> {
        self.db.decisions().iter().filter(|decision| !self.delivered.contains(&decision.ask.id))
    }

    /// Whether something is to be sent.
    pub(super) fn has_work(&self) -> bool {
        self.db.queue().depth() > 0 || self.undelivered().next().is_some()
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
        let (mutations, first) =
            asked.map_or((0, None), |asked| (asked.offered.len(), asked.themselves.first().copied()));
        match first {
            Some(_) if mutations > 1 => {
                self.mutations_max = mutations.div_euclid(2);
                self.monitor.try_again(now.mono_ms, &failure.code);
            }
            Some(first) if self.suspicion.is_some_and(|suspicion| suspicion.is_proved_by(first)) => {
                self.waiting.push_back(Waiting::Skip { id, seq: first.0, code: failure.code });
            }
            Some(first) => {
                self.suspicion = Some(Suspicion::of(first));
                self.monitor.try_again(now.mono_ms, &failure.code);
            }
            // Not even a question passes: it is not for a mutation's sake.
            None => {
                self.suspicion = None;
                self.monitor.failed(now.mono_ms, jitter(now), failure);
            }
        }
    }

    /// Takes the mutation out of the way: it is kept for a person, and its place in the stream says so.
    pub(super) fn stage_skip(&mut self, seq: u64, code: String) -> Staged {
        self.suspicion = None;
        let message = format!("every request with it was refused ({code}); it is kept on this device");
        let changes = vec![StoreChange::MutationSkipped { seq, code, message: Some(message) }];
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
        let asked = self.asked.get(&id).and_then(Asked::stream);
        let continues = asked.is_some_and(|asked| asked.cursor.as_deref() == self.db.cursor());
        let (has_more, reached) = (reply.has_more, reply.reached());
        self.restarted = false;
        let app = self.config.app_version.clone();
        let versions = reply.server_version.clone().map(|server| Versions { server, app });
        let mut changes = reply.store_changes(&self.db, continues);
        if let Some(versions) = versions.filter(|versions| self.db.versions() != Some(versions)) {
            // Before its verdicts: what this server has just refused is known to be beyond it.
            changes.splice(0..0, self.meet(now, versions));
        }
        (Staged { changes, ..Staged::default() }, Purpose::Reply { id, has_more, reached })
    }

    /// What neither the last server nor the last app understood is offered again.
    fn meet(&self, now: &Moment, versions: Versions) -> Vec<StoreChange> {
        let mut stage = Stage::new(&self.db, surroundings(&self.config, &self.monitor, self.server_offset_ms));
        stage.meet(now, versions);
        stage.finish().changes
    }

    pub(super) fn reply_stored(&mut self, now: &Moment, id: ExchangeId, has_more: bool) {
        self.last_sync_at = Some(now.wall);
        if self.monitor.in_flight() == Some(id) {
            if let Some(asked) = self.asked.get(&id).and_then(Asked::stream) {
                match &mut self.suspicion {
                    Some(suspicion) if asked.offered.is_empty() => suspicion.passes_without(),
                    Some(_) | None => {
                        self.suspicion = None;
                        self.mutations_max = self.mutations_max.saturating_mul(2).min(EXCHANGE_MUTATIONS_MAX);
                    }
                }
            }
            let unanswered = self.asked.get(&id).and_then(Asked::stream).and_then(|asked| self.unanswered(asked));
            let behind = unanswered.map_or(0, |seq| self.pass_over(seq));
            let more = has_more || self.undelivered().next().is_some() || self.db.queue().is_pending_after(behind);
            self.monitor.succeeded(now.mono_ms, more);
        }
    }

    /// The first mutation that an answer has said nothing of; none where it took a part of what was sent, up to some place.
    fn unanswered(&self, asked: &StreamAsked) -> Option<u64> {
        let waits = |(seq, id): &&(u64, MutationId)| self.db.queue().pending(*seq, *id).is_some();
        let took_a_part = asked.offered.last().filter(waits).is_some() && asked.offered.first().filter(waits).is_none();
        asked.offered.iter().find(waits).filter(|_| !took_a_part).map(|(seq, _)| *seq)
    }

    /// The server has answered, and said nothing of this mutation, as one of another version may: asking again at once would go in
    /// circles. What stands behind a hole is known to it in part, and goes on. Returns the number up to which nothing is sent now.
    fn pass_over(&mut self, first: u64) -> u64 {
        let queue = self.db.queue();
        let end = queue.end_of_run(first.saturating_sub(1)).unwrap_or(first);
        if end < queue.last_seq() {
            self.passed_over = end;
        }
        end
    }

    /// A new life of the stream. A checkpoint under way would hold the numbers of the old one.
    pub(super) fn restart_stream(&mut self, now: &Moment) -> Option<StoreChange> {
        self.db.session()?;
        self.db.checkpoint_failed();
        self.restarted = true;
        self.suspicion = None;
        self.first_of_stream = self.next_exchange;
        self.passed_over = 0;
        let queue = Some(self.db.queue().ids());
        Some(StoreChange::StreamRestarted { incarnation: crate::staging::incarnation(now), queue })
    }
}

pub(super) fn jitter(now: &Moment) -> u32 {
    now.entropy.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
