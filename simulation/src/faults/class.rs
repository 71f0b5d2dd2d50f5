//! Classes of faults: what an evening under one of them may draw from.

use super::{Fault, Switch};

/// A named class of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Messages that do not arrive, or not whole, or twice.
    NetworkLoss,
    /// Messages that arrive late.
    NetworkDelay,
    /// Signals and replies that say what is not so.
    NetworkLies,
    /// Something between till and server answers in its place.
    CaptivePortal,
    /// Whole requests refused, in our words and in others'.
    Refusals,
    /// Workers that die, throw or change.
    ServerCrash,
    /// A store that is overloaded or cut off, and Workers in each other's way.
    ServerBusy,
    /// Clocks and calendars.
    Time,
    /// Servers and apps of other versions.
    Versions,
    /// Disks that fail.
    Disk,
    /// Apps that are killed or put to sleep.
    AppLife,
    /// Everything, so that rare faults also meet each other.
    Mixed,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 12] = [
        Self::NetworkLoss,
        Self::NetworkDelay,
        Self::NetworkLies,
        Self::CaptivePortal,
        Self::Refusals,
        Self::ServerCrash,
        Self::ServerBusy,
        Self::Time,
        Self::Versions,
        Self::Disk,
        Self::AppLife,
        Self::Mixed,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetworkLoss => "network_loss",
            Self::NetworkDelay => "network_delay",
            Self::NetworkLies => "network_lies",
            Self::CaptivePortal => "captive_portal",
            Self::Refusals => "refusals",
            Self::ServerCrash => "server_crash",
            Self::ServerBusy => "server_busy",
            Self::Time => "time",
            Self::Versions => "versions",
            Self::Disk => "disk",
            Self::AppLife => "app_life",
            Self::Mixed => "mixed",
        }
    }

    /// The class of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The switches it draws from.
    #[must_use]
    pub fn switches(self) -> Vec<Switch> {
        Switch::ALL.into_iter().filter(|switch| self == Self::Mixed || self.holds(switch.fault)).collect()
    }

    /// Whether a fault is of this class. A fault may be of several: a lie about the network needs a network to lie about.
    fn holds(self, fault: Fault) -> bool {
        match fault {
            Fault::RequestLost
            | Fault::ReplyLost
            | Fault::RequestDoubled
            | Fault::ReplyDoubled
            | Fault::ReplyCut
            | Fault::Unreachable
            | Fault::CommonOutage => self == Self::NetworkLoss,
            Fault::NetworkGone => matches!(self, Self::NetworkLoss | Self::NetworkLies),
            Fault::Delayed | Fault::Overtaken | Fault::SlowLink => self == Self::NetworkDelay,
            Fault::SaysOnline | Fault::SaysOffline | Fault::StaleReply | Fault::StrangersReply => {
                self == Self::NetworkLies
            }
            Fault::Portal | Fault::WrongContentType | Fault::Redirected => self == Self::CaptivePortal,
            Fault::TooManyRequestsAfter
            | Fault::TooManyRequests
            | Fault::Unauthorized
            | Fault::Forbidden
            | Fault::Suspended
            | Fault::SequenceGap
            | Fault::ServerError
            | Fault::BadGateway
            | Fault::BusyAfter
            | Fault::Busy
            | Fault::GatewayTimeout
            | Fault::UnknownProblem
            | Fault::RefusesBodies
            | Fault::Poison => self == Self::Refusals,
            Fault::KilledBeforeBatch
            | Fault::KilledAfterBatch
            | Fault::KilledBeforeAnswer
            | Fault::BrokenAfterBatch
            | Fault::BrokenBeforeBatch
            | Fault::NewRelease
            | Fault::Migration
            | Fault::BadRelease => self == Self::ServerCrash,
            Fault::Overloaded
            | Fault::ConnectionLost
            | Fault::ConnectionLostAfterBatch
            | Fault::ObjectReset
            | Fault::OutOfMemory
            | Fault::Interleaved
            | Fault::TwoWorkers => self == Self::ServerBusy,
            Fault::ClockSkewed
            | Fault::ClockBack
            | Fault::ClockForward
            | Fault::ZoneChanged
            | Fault::DstSpring
            | Fault::DstAutumn
            | Fault::LeapDay
            | Fault::CutOver
            | Fault::FarPast
            | Fault::FarFuture
            | Fault::WorkerClockFrozen => self == Self::Time,
            Fault::Rebooted => matches!(self, Self::Time | Self::AppLife),
            Fault::UnknownOutcome
            | Fault::UnknownFinding
            | Fault::UnknownCollection
            | Fault::UnknownFields
            | Fault::OlderReply
            | Fault::NewerApp
            | Fault::OtherProtocol => self == Self::Versions,
            Fault::CommitFull
            | Fault::CommitBroken
            | Fault::ReadFailed
            | Fault::TornWrite
            | Fault::WrittenInPart
            | Fault::NewKey => self == Self::Disk,
            Fault::KilledBeforeWrite
            | Fault::KilledAfterWrite
            | Fault::KilledAtTap
            | Fault::AppFrozen
            | Fault::TimerEarly
            | Fault::TimerLate => self == Self::AppLife,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_one_switch_with_a_name_of_its_own_and_a_class_beside_the_mixture() {
        for switch in Switch::ALL {
            assert_eq!(Switch::named(switch.name).map(|named| named.fault), Some(switch.fault), "{}", switch.name);
            let same = Switch::ALL.iter().filter(|other| other.fault == switch.fault).count();
            assert_eq!(same, 1, "{} stands twice", switch.name);
            let classes = Class::ALL.iter().filter(|class| **class != Class::Mixed && class.holds(switch.fault));
            assert!(classes.count() >= 1, "{} is of no class", switch.name);
        }
    }

    #[test]
    fn a_class_is_found_by_its_name() {
        for class in Class::ALL {
            assert_eq!(Class::named(class.name()), Some(class));
        }
    }
}
