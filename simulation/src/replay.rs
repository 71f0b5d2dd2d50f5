//! What a device has recorded, replayed: the checker that asks for the same outputs, and the story in words for a person.

use std::fmt::Write;

use engine::{Command, Connection, Input, Output, Recording, RecordingError, Replay, ReplayedStep};

use crate::checkers::Broken;

/// The law of the flight recorder: a recording, by way of its text, leads to what it led to on the device.
pub(crate) fn replays(flight: &Recording) -> Result<(), Broken> {
    let broken = |message: String| ("recording", message);
    let text = flight.text().map_err(|error| broken(error.to_string()))?;
    let inputs = flight.inputs();
    let read = Recording::read(&text).map_err(|error| broken(error.to_string()))?;
    let mut replayed = 0;
    for step in Replay::new(read) {
        if !step.agrees {
            let ReplayedStep { input, outputs, .. } = step;
            let outputs: Vec<String> = outputs.iter().map(output_in_words).collect();
            return Err(broken(format!(
                "input {replayed} of {inputs} leads elsewhere: {} -> {outputs:?}",
                input_in_words(&input)
            )));
        }
        replayed += 1;
    }
    if replayed < inputs {
        return Err(broken(format!("the replay ends at input {replayed} of {inputs}")));
    }
    Ok(())
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Each input with what it led to, in words.
    pub lines: Vec<String>,
    /// The first input, counted from 1, that did not lead to what it led to on the device, or could not be given again.
    pub differs_at: Option<usize>,
}

/// Replays the text of a recording.
///
/// # Errors
/// Where it is none.
pub fn replay(text: &str) -> Result<Replayed, RecordingError> {
    let recording = Recording::read(text)?;
    let inputs = recording.inputs();
    let mut replay = Replay::new(recording);
    let mut replayed = Replayed { lines: Vec::new(), differs_at: None };
    let mut number = 0;
    while let Some(step) = replay.next() {
        number += 1;
        if !step.agrees {
            replayed.differs_at.get_or_insert(number);
        }
        let status = replay.core().status(&step.moment);
        let connection = match status.connection {
            Connection::Online => "online",
            Connection::Degraded => "degraded",
            Connection::Offline => "offline",
        };
        let paused = status.paused.map_or_else(String::new, |reason| format!(", paused: {reason:?}"));
        let mut line = format!(
            "{number:>5} {} +{}.{:03}s  {}  [{connection}{paused}, {} wait]{}",
            step.moment.wall,
            step.moment.mono_ms / 1_000,
            step.moment.mono_ms % 1_000,
            input_in_words(&step.input),
            status.queue_depth,
            if step.agrees { "" } else { "  << DIFFERS" },
        );
        for output in &step.outputs {
            // Writing to a text does not fail.
            write!(line, "\n        -> {}", output_in_words(output)).ok();
        }
        replayed.lines.push(line);
    }
    if number < inputs {
        replayed.lines.push(format!("{:>5} is damaged; the replay ends", number + 1));
        replayed.differs_at.get_or_insert(number + 1);
    }
    Ok(replayed)
}

fn input_in_words(input: &Input) -> String {
    match input {
        Input::CommandGiven { id, command, context } => {
            let elsewhere = if context.is_some() { " in another tab" } else { "" };
            format!("command {id}{elsewhere}: {}", command_in_words(command))
        }
        Input::StaffChanged(staff) => format!("{} works the device", staff.as_str()),
        Input::SignedIn(grant) => format!("{} signed in", grant.staff_id.as_str()),
        Input::SignedOut => "signed out".to_owned(),
        Input::CommitSucceeded => "the write is durable".to_owned(),
        Input::CommitFailed { code, reason } => format!("the write failed: {code}, {reason}"),
        Input::ReadSucceeded { values } => format!("{} values were read", values.len()),
        Input::ReadFailed { reason } => format!("the read failed: {reason}"),
        Input::CommitObserved { key, .. } => format!("another tab wrote {key}"),
        Input::KeyAdded(key) => format!("key {} seals from now on", key.id),
        Input::WentOnline => "the host says online".to_owned(),
        Input::WentOffline => "the host says offline".to_owned(),
        Input::CameForward => "the app is seen".to_owned(),
        Input::WentBack => "the app is seen no longer".to_owned(),
        Input::SyncRequested => "somebody asks for an exchange".to_owned(),
        Input::Poked { head } => format!("poked: the head is {head}"),
        Input::ExchangeAnswered { id, answer } => {
            let kind = answer.content_type.as_deref().unwrap_or("no content type");
            format!("exchange {id} is answered: {} {kind}, {} bytes", answer.status, answer.body.len())
        }
        Input::ExchangeFailed { id, reason } => format!("exchange {id} failed: {reason}"),
        Input::TimeoutReached => "the timer".to_owned(),
    }
}

fn command_in_words(command: &Command) -> String {
    match command {
        Command::Start { enrolment: Some(_) } => "start, with an enrolment".to_owned(),
        Command::Start { enrolment: None } => "start".to_owned(),
        Command::Order(command) => serde_json::to_string(command).unwrap_or_default(),
        Command::Orders(commands) => serde_json::to_string(commands).unwrap_or_default(),
        Command::LoadDays { date } => format!("load {date:?}"),
        Command::Resolve { conflict_id, choice } => format!("decide {conflict_id}: {choice:?}"),
        Command::Retry { mutation_id, .. } => format!("retry {mutation_id}"),
        Command::Discard { mutation_id, .. } => format!("discard {mutation_id}"),
        Command::Punch(command) => format!("punch {command:?}"),
        Command::Drawer { drawer_id, act } => format!("drawer {} {act:?}", drawer_id.as_str()),
        Command::Audit { kind, subject } => format!("audit {kind:?} of {subject:?}"),
        Command::Import { export } => format!("import {} mutations", export.mutations.len()),
    }
}

fn output_in_words(output: &Output) -> String {
    match output {
        Output::Commit(batch) => {
            let written = batch.put.iter().chain(&batch.create).map(|(key, _)| key.as_str()).collect::<Vec<_>>();
            format!("write [{}], delete {}", written.join(", "), batch.delete.len())
        }
        Output::Read(keys) => format!("read [{}]", keys.join(", ")),
        Output::KeepKeys(ids) => format!("keep keys {ids:?}"),
        Output::Remember(number) => format!("remember commit {number}"),
        Output::Exchange(request) => format!("exchange {}: {} {}", request.id, request.path, request.body),
        Output::Resolve { id, outcome: Ok(Some(order)) } => {
            format!("command {id} is done: order {} stands", order.order_id)
        }
        Output::Resolve { id, outcome: Ok(None) } => format!("command {id} is done"),
        Output::Resolve { id, outcome: Err(refusal) } => {
            format!("command {id} is refused: {}, {}", refusal.code.as_str(), refusal.message)
        }
        Output::Notify(event) => format!("tell listeners: {event:?}"),
        Output::WakeAt(mono_ms) => format!("wake me at +{}.{:03}s", mono_ms / 1_000, mono_ms % 1_000),
    }
}
