//! The switches: each fault's name, and how often it may strike.

use super::Fault;

/// One fault's switch.
#[derive(Debug, Clone, Copy)]
pub struct Switch {
    /// What goes wrong.
    pub fault: Fault,
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// How often it strikes at most, in a thousand of its chances.
    pub most: u32,
}

const fn switch(fault: Fault, name: &'static str, most: u32) -> Switch {
    Switch { fault, name, most }
}

impl Switch {
    /// Every switch.
    pub const ALL: [Self; 78] = [
        switch(Fault::RequestLost, "request_lost", 300),
        switch(Fault::ReplyLost, "reply_lost", 400),
        switch(Fault::RequestDoubled, "request_doubled", 300),
        switch(Fault::ReplyDoubled, "reply_doubled", 300),
        switch(Fault::ReplyCut, "reply_cut", 200),
        switch(Fault::Unreachable, "unreachable", 300),
        switch(Fault::NetworkGone, "network_gone", 120),
        switch(Fault::CommonOutage, "common_outage", 30),
        switch(Fault::Delayed, "delayed", 300),
        switch(Fault::Overtaken, "overtaken", 200),
        switch(Fault::SlowLink, "slow_link", 100),
        switch(Fault::SaysOnline, "says_online", 150),
        switch(Fault::SaysOffline, "says_offline", 150),
        switch(Fault::StaleReply, "stale_reply", 200),
        switch(Fault::StrangersReply, "strangers_reply", 100),
        switch(Fault::Portal, "portal", 300),
        switch(Fault::WrongContentType, "wrong_content_type", 300),
        switch(Fault::Redirected, "redirected", 200),
        switch(Fault::TooManyRequestsAfter, "too_many_requests_after", 100),
        switch(Fault::TooManyRequests, "too_many_requests", 150),
        switch(Fault::Unauthorized, "unauthorized", 60),
        switch(Fault::Forbidden, "forbidden", 60),
        switch(Fault::Suspended, "suspended", 60),
        switch(Fault::SequenceGap, "sequence_gap", 60),
        switch(Fault::ServerError, "server_error", 200),
        switch(Fault::BadGateway, "bad_gateway", 200),
        switch(Fault::BusyAfter, "busy_after", 100),
        switch(Fault::Busy, "busy", 150),
        switch(Fault::GatewayTimeout, "gateway_timeout", 200),
        switch(Fault::UnknownProblem, "unknown_problem", 150),
        switch(Fault::RefusesBodies, "refuses_bodies", 200),
        switch(Fault::Poison, "poison", 40),
        switch(Fault::KilledBeforeBatch, "killed_before_batch", 100),
        switch(Fault::KilledAfterBatch, "killed_after_batch", 100),
        switch(Fault::KilledBeforeAnswer, "killed_before_answer", 200),
        switch(Fault::BrokenAfterBatch, "broken_after_batch", 100),
        switch(Fault::BrokenBeforeBatch, "broken_before_batch", 100),
        switch(Fault::NewRelease, "new_release", 100),
        switch(Fault::Migration, "migration", 30),
        switch(Fault::BadRelease, "bad_release", 60),
        switch(Fault::Overloaded, "overloaded", 100),
        switch(Fault::ConnectionLost, "connection_lost", 150),
        switch(Fault::ConnectionLostAfterBatch, "connection_lost_after_batch", 150),
        switch(Fault::ObjectReset, "object_reset", 100),
        switch(Fault::OutOfMemory, "out_of_memory", 100),
        switch(Fault::Interleaved, "interleaved", 600),
        switch(Fault::TwoWorkers, "two_workers", 200),
        switch(Fault::ClockSkewed, "clock_skewed", 700),
        switch(Fault::ClockBack, "clock_back", 40),
        switch(Fault::ClockForward, "clock_forward", 40),
        switch(Fault::ZoneChanged, "zone_changed", 40),
        switch(Fault::DstSpring, "dst_spring", 500),
        switch(Fault::DstAutumn, "dst_autumn", 500),
        switch(Fault::LeapDay, "leap_day", 500),
        switch(Fault::CutOver, "cut_over", 500),
        switch(Fault::Rebooted, "rebooted", 40),
        switch(Fault::FarPast, "far_past", 20),
        switch(Fault::FarFuture, "far_future", 20),
        switch(Fault::WorkerClockFrozen, "worker_clock_frozen", 400),
        switch(Fault::UnknownOutcome, "unknown_outcome", 400),
        switch(Fault::UnknownFinding, "unknown_finding", 400),
        switch(Fault::UnknownCollection, "unknown_collection", 300),
        switch(Fault::UnknownFields, "unknown_fields", 500),
        switch(Fault::OlderReply, "older_reply", 300),
        switch(Fault::NewerApp, "newer_app", 100),
        switch(Fault::OtherProtocol, "other_protocol", 40),
        switch(Fault::CommitFull, "commit_full", 100),
        switch(Fault::CommitBroken, "commit_broken", 100),
        switch(Fault::ReadFailed, "read_failed", 200),
        switch(Fault::TornWrite, "torn_write", 30),
        switch(Fault::WrittenInPart, "written_in_part", 30),
        switch(Fault::NewKey, "new_key", 60),
        switch(Fault::KilledBeforeWrite, "killed_before_write", 40),
        switch(Fault::KilledAfterWrite, "killed_after_write", 40),
        switch(Fault::KilledAtTap, "killed_at_tap", 60),
        switch(Fault::AppFrozen, "app_frozen", 60),
        switch(Fault::TimerEarly, "timer_early", 900),
        switch(Fault::TimerLate, "timer_late", 200),
    ];

    /// The switch of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.name == name)
    }
}
