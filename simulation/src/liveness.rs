//! The laws of liveness, watched from outside of the engine: what was asked when, and what became of it.
//!
//! *L1* `drain`: queues drain within [`RECOVERY_MS_MAX`] of the last fault and a second for each page. *L2* `convergence`: all
//! replicas are equal then. *L3* `stuck`: no mutation waits while later ones of its device pass. *L4* `poison`: a mutation that
//! no request passes with takes nothing along that is outside of its record. *L5* `back_off`, `retry_storm`, `idle_storm`,
//! `stampede`: the schedule is the usual one within one interval of the recovery, and nobody ever asks more often than the
//! schedule says. `drain`, `convergence` and `poison` are asked at the end of an evening; the others stand here.

use std::collections::VecDeque;

use engine::{BACK_OFF_CAP_MS, EXCHANGE_TIMEOUT_MS, Input, Output, SyncManager};
use protocol::MutationId;

use crate::checkers::{Broken, status};
use crate::ledger::DiskLedger;
use crate::till::PULL_INTERVAL_MS;

/// How long after the last fault a till has certainly come through, in milliseconds: what was under way runs into its
/// time-out, its reply waits for the disk, and one back-off runs to its cap.
pub(crate) const RECOVERY_MS_MAX: u64 = BACK_OFF_CAP_MS + 2 * EXCHANGE_TIMEOUT_MS + SLACK_MS;
/// Attempts in a minute that follow each other without one that came through and without anybody's asking. Full jitter from a
/// second to five minutes gives about seven in the first minute; that sixteen of its waits together take less than a minute
/// happens once in 10^11 runs (60 s to the power of fifteen, by fifteen factorial and the product of the fifteen bounds).
const RETRIES_A_MINUTE_MAX: usize = 16;
/// The same where bodies are refused: one back-off then stands between three attempts (a mutation alone, a request without
/// any, the mutation again), and a full exchange is halved seven times before.
const RETRIES_A_MINUTE_HALVING_MAX: usize = 3 * RETRIES_A_MINUTE_MAX + 7;
const MINUTE_MS: u64 = 60_000;
/// What disks and timers may take on top of a schedule, in milliseconds.
const SLACK_MS: u64 = 1_000;
/// Commits that may settle later mutations while an earlier one waits: a reply of another version that was under way, and the one
/// exchange that goes on behind what it left unanswered before that is asked about again.
const OVERTAKEN_MAX: u32 = 2;
/// Requests of one till within one interval in which nobody has anything to say.
const IDLE_REQUESTS_MAX: u64 = 2;

/// What is watched at every till.
pub(crate) struct Watch {
    tills: Vec<TillWatch>,
    retries_a_minute_max: usize,
    calm_since_ms: Option<u64>,
}

/// What is watched at one till.
#[derive(Debug, Default)]
struct TillWatch {
    /// When it asked since it last came through or was told to ask; of the last minute.
    retries: VecDeque<u64>,
    exchanging: bool,
    requests: u64,
    /// Whether it has asked since everything is well.
    asked_in_calm: bool,
    /// When it last came through since everything is well.
    good_at_ms: Option<u64>,
    /// The mutation that waits longest, and how often later ones were settled meanwhile.
    overtaken: Option<(MutationId, u32)>,
    settled: usize,
}

impl Watch {
    pub(crate) fn new(tills: usize, bodies_are_refused: bool) -> Self {
        let retries_a_minute_max = if bodies_are_refused { RETRIES_A_MINUTE_HALVING_MAX } else { RETRIES_A_MINUTE_MAX };
        Self {
            // One more: the till that only reads.
            tills: std::iter::repeat_with(TillWatch::default).take(tills + 1).collect(),
            retries_a_minute_max,
            calm_since_ms: None,
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm(&mut self, now_ms: u64) {
        self.calm_since_ms = Some(now_ms);
    }

    /// An app begins: its schedule does too.
    pub(crate) fn started(&mut self, till: usize) {
        if let Some(watch) = self.tills.get_mut(till) {
            watch.retries.clear();
            watch.exchanging = false;
        }
    }

    /// A host or a person may say that the wait is over.
    pub(crate) fn told(&mut self, till: usize, input: &Input) {
        if let (Some(watch), Input::WentOnline | Input::SyncRequested) = (self.tills.get_mut(till), input) {
            watch.retries.clear();
        }
    }

    /// *L5* `retry_storm`, and `back_off` as far as a request can be late: a till asks.
    pub(crate) fn asks(&mut self, till: usize, now_ms: u64) -> Result<(), Broken> {
        let calm = self.calm_since_ms.is_some();
        let Some(watch) = self.tills.get_mut(till) else { return Ok(()) };
        watch.exchanging = true;
        watch.requests += 1;
        watch.asked_in_calm |= calm;
        watch.retries.push_back(now_ms);
        while watch.retries.front().is_some_and(|asked| asked + MINUTE_MS <= now_ms) {
            watch.retries.pop_front();
        }
        if watch.retries.len() > self.retries_a_minute_max {
            let message = format!("till {till} asked {} times within a minute, and nothing came", watch.retries.len());
            return Err(("retry_storm", message));
        }
        self.is_on_time(till, now_ms)
    }

    /// How an engine stands after what it was told, and before what it wants is done.
    pub(crate) fn stands(&mut self, till: usize, engine: &SyncManager, outputs: &[Output], now_ms: u64) {
        let calm = self.calm_since_ms.is_some();
        let Some(watch) = self.tills.get_mut(till).filter(|watch| watch.exchanging) else { return };
        let status = status(engine);
        // One exchange is out at most: where it begins another, the last one is over.
        if status.exchanging && !outputs.iter().any(|output| matches!(output, Output::Exchange(_))) {
            return;
        }
        watch.exchanging = false;
        if status.last_error_code.is_none() {
            watch.retries.clear();
            watch.good_at_ms = calm.then_some(now_ms);
        }
    }

    /// *L5* `back_off`: everything has been well for this long.
    pub(crate) fn recovers(&self, till: usize, now_ms: u64) -> Result<(), Broken> {
        let (Some(since), Some(watch)) = (self.calm_since_ms, self.tills.get(till)) else { return Ok(()) };
        if !watch.asked_in_calm && now_ms > since + RECOVERY_MS_MAX {
            let message = format!("till {till} has not asked since everything is well, for {} ms", now_ms - since);
            return Err(("back_off", message));
        }
        if watch.exchanging { Ok(()) } else { self.is_on_time(till, now_ms) }
    }

    /// Once it has come through, a till asks at every interval again.
    fn is_on_time(&self, till: usize, now_ms: u64) -> Result<(), Broken> {
        let good_at_ms = self.tills.get(till).and_then(|watch| watch.good_at_ms);
        match good_at_ms {
            Some(good_at_ms) if now_ms > good_at_ms + PULL_INTERVAL_MS + SLACK_MS => {
                let waited = now_ms - good_at_ms;
                Err(("back_off", format!("till {till} waited {waited} ms although it had come through")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// *L3* `stuck`: a till's disk holds one commit more.
    pub(crate) fn wrote(&mut self, till: usize, ledger: &DiskLedger) -> Result<(), Broken> {
        let calm = self.calm_since_ms.is_some();
        let Some(watch) = self.tills.get_mut(till) else { return Ok(()) };
        let settled = ledger.settled.len() + ledger.parked.len();
        let passed = std::mem::replace(&mut watch.settled, settled) < settled;
        let oldest = ledger.oldest_pending();
        let times = match (watch.overtaken, oldest) {
            (Some((known, times)), Some(oldest)) if known == oldest => times + u32::from(passed && calm),
            _ => 0,
        };
        watch.overtaken = oldest.map(|oldest| (oldest, times));
        if times > OVERTAKEN_MAX {
            let message = format!("till {till}: {oldest:?} waits while later ones were decided {times} times");
            return Err(("stuck", message));
        }
        Ok(())
    }

    /// How often each till has asked.
    pub(crate) fn requests(&self) -> Vec<u64> {
        self.tills.iter().map(|watch| watch.requests).collect()
    }

    /// *L5* `idle_storm`: for one interval nobody had anything to say, and nobody said more than that.
    pub(crate) fn was_idle(&self, before: &[u64]) -> Result<(), Broken> {
        let asked = self.tills.iter().zip(before).map(|(watch, before)| watch.requests - before);
        match asked.max() {
            Some(most) if most > IDLE_REQUESTS_MAX => {
                Err(("idle_storm", format!("a till asked {most} times in an interval with nothing to say")))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// *L5* `stampede`: after a common outage no second sees more than a tenth of the devices' first requests, and three at
/// least where they are few.
pub(crate) fn spread(first_requests_ms: &[u64]) -> Result<(), Broken> {
    let most = (first_requests_ms.len() / 10).max(3);
    let within_a_second = |from: u64| first_requests_ms.iter().filter(|at| (from..from + 1_000).contains(*at)).count();
    let densest = first_requests_ms.iter().map(|from| within_a_second(*from)).max().unwrap_or(0);
    if densest > most {
        let devices = first_requests_ms.len();
        return Err(("stampede", format!("{densest} of {devices} devices asked within one second")));
    }
    Ok(())
}
