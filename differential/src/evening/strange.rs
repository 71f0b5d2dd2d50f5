//! What goes wrong: everything that is sent again, out of turn, by the wrong one, or without sense.

use protocol::Mutation;
use serde_json::json;

use super::people::uid;
use super::till::Sent;
use super::{Evening, LOCATIONS, Plan, Step, Then, any, text};
use crate::asking::{Event, Request};
use crate::model::Model;

/// What may happen next, and how often of a thousand times.
const CHANCES: [(Chance, u32); 20] = [
    (Chance::Exchange, 500),
    (Chance::Pull, 80),
    (Chance::Decision, 70),
    (Chance::Replay, 60),
    (Chance::Carried, 30),
    (Chance::Reborn, 25),
    (Chance::Malformed, 40),
    (Chance::StrangeCursor, 30),
    (Chance::Gap, 15),
    (Chance::Hole, 10),
    (Chance::NumberTaken, 15),
    (Chance::ContentChanged, 15),
    (Chance::Renumbered, 10),
    (Chance::Doubled, 10),
    (Chance::Borrowed, 10),
    (Chance::OtherStream, 10),
    (Chance::Credential, 20),
    (Chance::Office, 40),
    (Chance::Inbox, 14),
    (Chance::Time, 10),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chance {
    Exchange,
    Pull,
    Decision,
    Replay,
    Carried,
    Reborn,
    Malformed,
    StrangeCursor,
    Gap,
    Hole,
    NumberTaken,
    ContentChanged,
    Renumbered,
    Doubled,
    Borrowed,
    OtherStream,
    Credential,
    Office,
    Inbox,
    Time,
}

impl Evening {
    pub(super) fn anything(&mut self, model: &Model) -> Step {
        let till = self.any_till();
        let mut throw = self.dice.u32(0..CHANCES.iter().map(|(_, weight)| weight).sum());
        let drawn = CHANCES.iter().find(|(_, weight)| {
            let hit = throw < *weight;
            throw = throw.saturating_sub(*weight);
            hit
        });
        match drawn.map_or(Chance::Exchange, |(chance, _)| *chance) {
            Chance::Exchange => self.exchange(till, None),
            Chance::Pull => self.pull(till),
            Chance::Decision => self.decide(),
            Chance::Replay => self.replay(till),
            Chance::Carried => self.carry(till),
            Chance::Reborn => self.reborn(till),
            Chance::Malformed => self.malformed(till),
            Chance::StrangeCursor => self.strange_cursor(till),
            Chance::Gap => self.out_of_turn(till, "a gap", &[2, 3]),
            Chance::Hole => self.out_of_turn(till, "a hole", &[1, 3]),
            Chance::NumberTaken => self.number_taken(till),
            Chance::ContentChanged => self.content_changed(till),
            Chance::Renumbered => self.renumbered(till),
            Chance::Doubled => self.doubled(till),
            Chance::Borrowed => self.borrowed(till),
            Chance::OtherStream => self.other_stream(till),
            Chance::Credential => self.credential(till),
            Chance::Office => match self.dice.u8(0..8) {
                0 => self.rules(),
                1 => self.employ_again(),
                2..=4 => self.change_staff(),
                _ => self.set_status(),
            },
            Chance::Inbox => self.list_conflicts(),
            Chance::Time => self.time(model),
        }
    }

    fn pull(&mut self, till: usize) -> Step {
        let of = &self.tills[till];
        let cursor = match self.dice.u8(0..6) {
            0 => None,
            1 => self.dice.choice(of.cursors.iter()).cloned(),
            _ => of.cursor.clone(),
        };
        let limit = any(&mut self.dice, &["500", "7", "1", "0", "9999", "-1", "many", ""]);
        let incarnation = of.incarnation.to_string();
        let incarnation = any(&mut self.dice, &[&incarnation, &incarnation, &incarnation, "", "none"]);
        let cursor = cursor.unwrap_or_default();
        let path = format!("/sync/changes?cursor={cursor}&limit={limit}&incarnation={incarnation}");
        self.step("pull", Request::get(path, &self.tills[till].token.clone()), Then::Pull(till))
    }

    /// A body of earlier, byte for byte, also of an earlier life of the device.
    pub(super) fn replay(&mut self, till: usize) -> Step {
        let Some((path, body)) = self.dice.choice(self.tills[till].bodies.iter()).cloned() else {
            return self.exchange(till, None);
        };
        let request = Request::post(path, &self.tills[till].token.clone(), &body);
        self.step("a body again", request, Then::Nothing)
    }

    /// A till delivers from an export what another one could not, or could after all.
    fn carry(&mut self, till: usize) -> Step {
        let other = self.any_till();
        if self.tills[other].location != self.tills[till].location {
            return self.borrowed(till);
        }
        let shifts = self.dice.u8(0..4) == 0;
        if self.dice.bool() && other != till {
            self.make(other, shifts);
        }
        let of = self.tills[other].queue(shifts);
        let from = of.settled.iter().rev().take(20).chain(&of.waiting);
        let carried: Vec<_> = from.filter_map(Sent::mutation).cloned().collect();
        for _ in 0..self.dice.usize(1..=3) {
            let Some(mutation) = self.dice.choice(carried.iter()).cloned() else { break };
            let seq = self.tills[till].queue(shifts).next();
            let carried_for = Some(mutation.stamp.device().clone());
            let sent = Sent::Mutation(Box::new(Mutation { seq, carried_for, ..mutation.clone() }));
            let queue = self.tills[till].queue_mut(shifts);
            let twice = queue.waiting.iter().filter_map(Sent::mutation).any(|waits| waits.id == mutation.id);
            if !twice {
                queue.waiting.push(sent);
            }
        }
        let texts = self.tills[till].queue(shifts).texts();
        let body = self.tills[till].body(self.tills[till].cursor.as_deref(), 500, &texts);
        self.send("carried for another device", till, shifts, &body, false)
    }

    /// The store of a till was rolled back; it begins a new life and offers what it holds under new numbers.
    fn reborn(&mut self, till: usize) -> Step {
        let (incarnation, by) = (uid(self.now_ms, &mut self.dice), self.dice.usize(0..12));
        self.tills[till].reborn(incarnation, by);
        let shifts = self.tills[till].orders.waiting.is_empty();
        let texts = self.tills[till].queue(shifts).texts();
        let body = self.tills[till].body(self.tills[till].cursor.as_deref(), 500, &texts);
        self.send("a new life", till, shifts, &body, false)
    }

    fn strange_cursor(&mut self, till: usize) -> Step {
        let of = &self.tills[till];
        let known = self.dice.choice(of.cursors.iter()).cloned().unwrap_or_else(|| "1.loc_quay.beef.1".to_owned());
        let place = known.rsplit('.').next().unwrap_or_default().to_owned();
        let cursor = match self.dice.u8(0..9) {
            0 => String::new(),
            1 => "7".to_owned(),
            2 => known.replace(&format!(".{place}"), &format!(".0{place}")),
            3 => format!("{known}0000"),
            4 => known.replace("loc_", "loc_x"),
            5 => format!("{known}.2026-10-01"),
            6 => format!("{known}.2026-13-01"),
            7 => known.replacen(|letter: char| letter.is_ascii_hexdigit(), "0", 9),
            _ => known,
        };
        let step = self.exchange(till, Some(Some(cursor)));
        Step { kind: "a strange or an old cursor", ..step }
    }

    /// Mutations whose numbers lie so far behind what was decided.
    fn out_of_turn(&mut self, till: usize, kind: &'static str, steps: &[u64]) -> Step {
        let acked = self.tills[till].orders.acked;
        let texts: Vec<_> = steps.iter().map(|step| text(&self.stray(till, acked + step))).collect();
        self.nonsense(kind, till, false, &texts)
    }

    fn number_taken(&mut self, till: usize) -> Step {
        let Some(seq) = self.dice.choice(self.tills[till].orders.settled.iter()).map(Sent::seq) else {
            return self.exchange(till, None);
        };
        let texts = [text(&self.stray(till, seq))];
        self.nonsense("a number of something else", till, false, &texts)
    }

    fn content_changed(&mut self, till: usize) -> Step {
        let settled = self.dice.choice(self.tills[till].orders.settled.iter()).and_then(Sent::mutation).cloned();
        let Some(mutation) = settled else { return self.exchange(till, None) };
        let other = match self.dice.u8(0..3) {
            0 => Mutation { schema: mutation.schema + 1, ..mutation },
            1 => Mutation { record_id: uid(self.now_ms, &mut self.dice), ..mutation },
            // What takes no effect may differ: this one is no other mutation.
            _ => Mutation { offline: !mutation.offline, ..mutation },
        };
        let texts = [text(&Sent::Mutation(Box::new(other)))];
        self.nonsense("other content under an id", till, false, &texts)
    }

    fn renumbered(&mut self, till: usize) -> Step {
        let of = &self.tills[till].orders;
        let Some(sent) = self.dice.choice(of.settled.iter()).cloned() else { return self.exchange(till, None) };
        let texts = [text(&sent.numbered(of.next()))];
        self.nonsense("an id under another number", till, false, &texts)
    }

    fn doubled(&mut self, till: usize) -> Step {
        let seq = self.tills[till].orders.acked + 1;
        let sent = self.stray(till, seq);
        let texts = [text(&sent), text(&sent.numbered(seq + 1))];
        self.nonsense("an id twice in a body", till, false, &texts)
    }

    /// A till offers as its own what another one made, or carries what belongs to another location.
    fn borrowed(&mut self, till: usize) -> Step {
        let other = self.any_till();
        let Some(sent) = self.dice.choice(self.tills[other].orders.settled.iter()).cloned() else {
            return self.exchange(till, None);
        };
        let mut sent = sent.numbered(self.tills[till].orders.acked + 1);
        if let Sent::Mutation(mutation) = &mut sent
            && self.tills[other].location != self.tills[till].location
        {
            mutation.carried_for = Some(mutation.stamp.device().clone()).filter(|_| self.dice.u8(0..3) > 0);
        }
        self.nonsense("another device's mutation", till, false, &[text(&sent)])
    }

    fn other_stream(&mut self, till: usize) -> Step {
        let Some(sent) = self.dice.choice(self.tills[till].orders.settled.iter()).cloned() else {
            return self.exchange(till, None);
        };
        let texts = [text(&sent.numbered(self.tills[till].shifts.acked + 1))];
        self.nonsense("a mutation in the other stream", till, true, &texts)
    }

    fn credential(&mut self, till: usize) -> Step {
        let body = self.tills[till].body(None, 500, &[]);
        let (own, admin) = (self.tills[till].token.clone(), self.admin_token.clone());
        let request = match self.dice.u8(0..5) {
            0 => Request { token: None, ..Request::post("/sync/orders", "", &body) },
            1 => Request::post("/sync/orders", &format!("{own}0"), &body),
            2 => Request::post("/sync/shifts", &admin, &body),
            3 => Request::get("/sync/changes", &admin),
            _ => Request::get("/admin/devices", &own),
        };
        self.step("a wrong credential", request, Then::Nothing)
    }

    fn malformed(&mut self, till: usize) -> Step {
        let seq = self.tills[till].orders.acked + 1;
        let sent = text(&self.stray(till, seq));
        let body = self.tills[till].body(None, 500, std::slice::from_ref(&sent));
        let skipped = json!({ "id": uid::<()>(self.now_ms, &mut self.dice), "seq": seq, "skipped": "x".repeat(65) });
        let with = |sent: String| self.tills[till].body(None, 500, &[sent]);
        let body = match self.dice.u8(0..15) {
            0 => body.replace("\"protocol\":1", "\"protocol\":2"),
            1 => body.replace("\"protocol\":1", "\"protocol\":\"one\""),
            2 => body.replace("\"limit\":500,", ""),
            3 => body.replace("\"limit\":500", "\"limit\":-1"),
            4 => body.replace("1.4.0", &"1".repeat(65)),
            5 => body[..body.len() - 1].to_owned(),
            6 => body.replace(&format!("\"seq\":{seq}"), "\"seq\":0"),
            7 => body.replace(&format!("\"seq\":{seq}"), "\"seq\":9007199254740992"),
            8 => body.replace("\"recorded\"", "\"remembered\""),
            9 => with(skipped.to_string()),
            10 => self.tills[till].body(None, 500, &vec![sent; 101]),
            11 => with(format!("{}1{}", "[".repeat(15), "]".repeat(15))),
            12 => body.replace("1.4.0", &"x".repeat(4_097)),
            13 => with(format!("\"{}\"", "x".repeat(600_000))),
            _ => String::new(),
        };
        let request = Request::post("/sync/orders", &self.tills[till].token.clone(), &body);
        let request = if body.is_empty() { Request { body: None, ..request } } else { request };
        self.step("a malformed body", request, Then::Nothing)
    }

    fn employ_again(&mut self) -> Step {
        // A tenant without staff stays so: who may do what is settled when the evening begins.
        if self.employs {
            let person = self.dice.usize(0..super::people::STAFF.len());
            self.employ(person)
        } else {
            self.rules()
        }
    }

    /// Time passes while nobody asks, or the server looks after itself.
    fn time(&mut self, model: &Model) -> Step {
        const HOUR: i64 = 3_600_000;
        match self.dice.u8(0..8) {
            0 => self.now_ms += 36 * 24 * HOUR,
            1 => return self.year(),
            2..=3 => self.now_ms += 13 * HOUR,
            4..=5 => return self.floor(model),
            _ => {}
        }
        self.happening("upkeep", Event::Upkeep, Then::Nothing)
    }

    /// More than a year passes, the journal is pruned, and then the tills are heard of again.
    pub(super) fn year(&mut self) -> Step {
        self.now_ms += 401 * 24 * 3_600_000;
        self.plan.extend((0..self.tills.len()).flat_map(|till| [Plan::Late(till), Plan::Decision, Plan::Decision]));
        self.happening("upkeep", Event::Upkeep, Then::Nothing)
    }

    /// Tombstones are removed: whoever has read less than that may have missed one.
    pub(super) fn floor(&mut self, model: &Model) -> Step {
        let location_id = LOCATIONS[self.dice.usize(0..self.locations)].to_owned();
        let floor = self.dice.u64(0..=model.head(&location_id));
        self.happening("tombstones removed", Event::Floor { location_id, floor }, Then::Nothing)
    }

    /// A mutation that belongs to no queue.
    fn stray(&mut self, till: usize, seq: u64) -> Sent {
        self.make(till, false);
        let made = self.tills[till].orders.waiting.pop();
        made.map_or_else(|| unreachable!("it was made just now"), |sent| sent.numbered(seq))
    }

    /// Sends what the server should refuse or know already; whatever it answers, the till has learnt nothing.
    fn nonsense(&mut self, kind: &'static str, till: usize, shifts: bool, texts: &[String]) -> Step {
        let body = self.tills[till].body(self.tills[till].cursor.as_deref(), 500, texts);
        let step = self.send(kind, till, shifts, &body, true);
        Step { then: Then::Nothing, ..step }
    }
}
