//! Asks both, compares, and where they differ looks for the shortest way there.

use std::fmt;

use protocol::{ExchangeReply, Outcome, Problem};
use serde_json::Value;

use crate::asking::{Answer, Ask, Event};
use crate::evening::{Evening, Step};
use crate::model::{Model, without_signatures};
use crate::sqlite::{OnSqlite, line};
use crate::tally::Tally;

/// Requests asked anew to find a shorter way to a difference.
const SHORTENING_ASKS_MAX: usize = 20_000;
/// A page ends with the record that reaches so many bytes.
const PAGE_BYTES: usize = 1 << 20;

/// What an evening came to where nothing differed.
#[derive(Debug, Default)]
pub struct Part {
    /// Mutations made.
    pub mutations: u64,
    /// How often everything occurred.
    pub tally: Tally,
    /// Every request with SQLite's answer, a line each.
    pub transcript: Vec<String>,
}

/// Where the server and the model part.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The evening.
    pub seed: u64,
    /// The request's place in the evening, from 1.
    pub number: usize,
    /// What differed.
    pub what: String,
    /// The requests that lead to it, as short as could be found, a line each with SQLite's answer.
    pub shortest: Vec<String>,
}

/// Runs the evening of a seed with at least so many mutations.
///
/// # Errors
/// The first answer that differs.
pub fn run(seed: u64, mutations: u64) -> Result<Part, Box<Difference>> {
    let (mut evening, mut pair) = (Evening::new(seed, mutations), Pair::new());
    let (mut asks, mut transcript) = (Vec::new(), Vec::new());
    while let Some(step) = evening.next(&pair.model) {
        let asked = pair.ask(&step.ask);
        asks.push(step.ask.clone());
        let answer = asked.map_err(|what| {
            let shortest = shortened(&asks);
            Box::new(Difference { seed, number: asks.len(), what, shortest })
        })?;
        transcript.push(line(&step.ask, answer.as_ref()));
        note(&mut evening.tally, &step, answer.as_ref());
        evening.hears(&step, answer.as_ref());
    }
    let (model, sqlite) = (pair.model.counts(), pair.sqlite.counts());
    if model != sqlite {
        let what = format!("at the end the tables hold {sqlite:?}, the model {model:?}");
        return Err(Box::new(Difference { seed, number: asks.len(), what, shortest: Vec::new() }));
    }
    Ok(Part { mutations: evening.made(), tally: evening.tally, transcript })
}

/// The server and the model, asked the same.
struct Pair {
    model: Model,
    sqlite: OnSqlite,
}

impl Pair {
    fn new() -> Self {
        Self { model: Model::default(), sqlite: OnSqlite::new() }
    }

    /// What both answer, or how they differ.
    fn ask(&mut self, ask: &Ask) -> Result<Option<Answer>, String> {
        let (model, sqlite) = (self.model.answer(ask), self.sqlite.answer(ask));
        let same = match (&model, &sqlite) {
            (Some(model), Some(sqlite)) => comparable(model) == comparable(sqlite),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same { Ok(sqlite) } else { Err(told(ask, model.as_ref(), sqlite.as_ref())) }
    }
}

/// An answer without what the model does not know: a refusal's sentence, and signatures.
fn comparable(answer: &Answer) -> (u16, String) {
    let Ok(problem) = serde_json::from_str::<Problem>(&answer.body) else {
        return (answer.status, without_signatures(&answer.body));
    };
    let Problem { kind, title, status, code, detail: _, request_id, expected, fields } = problem;
    (answer.status, format!("{kind} {title} {status} {code:?} {request_id} {expected:?} {fields:?}"))
}

fn told(ask: &Ask, model: Option<&Answer>, sqlite: Option<&Answer>) -> String {
    let asked = match &ask.event {
        Event::Request(request) => {
            let body = request.body.as_deref().unwrap_or_default();
            format!("{} {}\n  {}", request.method, request.path, body.chars().take(6_000).collect::<String>())
        }
        Event::Upkeep | Event::Floor { .. } => format!("{:?}", ask.event),
    };
    let of = |answer: Option<&Answer>| answer.map(comparable).unwrap_or_default();
    let ((model_status, model), (status, server)) = (of(model), of(sqlite));
    let same = model.bytes().zip(server.bytes()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(300);
    let around = |text: &str| {
        let bytes = text.as_bytes().get(from..).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(..900).unwrap_or(bytes)).into_owned()
    };
    format!(
        "at {} {asked}\nthe server: {status} …{}\n the model: {model_status} …{}",
        ask.now,
        around(&server),
        around(&model)
    )
}

/// The fewest requests found that lead to a difference in the last of them: pieces are left out, ever smaller ones, as long as
/// it is still there and there is patience.
fn shortened(asks: &[Ask]) -> Vec<String> {
    let mut kept = asks.to_vec();
    let mut piece = kept.len() / 2;
    let mut asked = 0;
    while piece > 0 {
        let mut from = 0;
        while from + piece < kept.len() && asked < SHORTENING_ASKS_MAX {
            asked += kept.len();
            let mut fewer = kept.clone();
            fewer.drain(from..from + piece);
            if differs_at_the_end(&fewer) {
                kept = fewer;
            } else {
                from += piece;
            }
        }
        piece /= 2;
    }
    let mut pair = Pair::new();
    kept.iter().map(|ask| line(ask, pair.sqlite.answer(ask).as_ref()) + &model_line(&mut pair.model, ask)).collect()
}

fn model_line(model: &mut Model, ask: &Ask) -> String {
    model.answer(ask).map_or_else(String::new, |answer| format!(" | the model: {} {}", answer.status, answer.body))
}

fn differs_at_the_end(asks: &[Ask]) -> bool {
    let mut pair = Pair::new();
    let Some((last, before)) = asks.split_last() else { return false };
    before.iter().all(|ask| pair.ask(ask).is_ok()) && pair.ask(last).is_err()
}

fn note(tally: &mut Tally, step: &Step, answer: Option<&Answer>) {
    tally.note("requests", step.kind);
    let Some(answer) = answer else { return };
    if let Ok(problem) = serde_json::from_str::<Problem>(&answer.body) {
        tally.note("refusals", problem.code.as_str());
        return;
    }
    tally.note("answers", answer.status.to_string());
    let Ok(reply) = serde_json::from_str::<ExchangeReply>(&answer.body) else { return };
    if reply.has_more {
        tally.note("pages", "with more behind them");
        if answer.body.len() > PAGE_BYTES {
            tally.note("pages", "that end by their bytes");
        }
    }
    for entry in &reply.changes {
        tally.note("changes", entry.collection.as_str());
    }
    for verdict in &reply.verdicts {
        let told = serde_json::to_value(verdict).unwrap_or(Value::Null);
        let text = |name: &str| told.get(name).and_then(Value::as_str);
        let outcome = text("outcome").unwrap_or_default();
        tally.note("verdicts", if verdict.replayed { format!("{outcome} (again)") } else { outcome.to_owned() });
        if let (Outcome::Rejected { .. }, Some(code)) = (&verdict.outcome, text("code")) {
            tally.note("rejections", code);
        }
        for finding in verdict.findings.iter().filter(|_| !verdict.replayed) {
            tally.note("findings", finding.code.as_str());
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed {}, request {}: {}", self.seed, self.number, self.what)?;
        writeln!(out, "the shortest way there, {} requests:", self.shortest.len())?;
        self.shortest.iter().try_for_each(|line| writeln!(out, "  {line}"))
    }
}
