//! A field that a person may overwrite. The later stamp wins, and whoever had not seen the value they replaced is told.

use serde::{Deserialize, Serialize};

use crate::ids::StaffId;
use crate::limits::Label;
use crate::stamp::Stamp;
use crate::time::Timestamp;

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Act {
    /// Who.
    pub by: StaffId,
    /// When, by that device's clock.
    pub at: Timestamp,
    /// Its place among all changes; names the device.
    pub stamp: Stamp,
    /// Why, where a reason is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// The manager who approved it, where one had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<StaffId>,
}

impl Act {
    /// Keeps the earlier of two acts, so that whichever arrives first, the same one stands. Tells which one gave way.
    pub(crate) fn keep_first(known: &mut Option<Self>, act: Self) -> Option<Self> {
        let Some(first) = known else {
            *known = Some(act);
            return None;
        };
        if act.stamp == first.stamp {
            return None;
        }
        Some(if act.stamp < first.stamp { std::mem::replace(first, act) } else { act })
    }
}

/// A value that the later writer sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Register<Value> {
    /// What stands.
    pub value: Value,
    /// When it was written.
    pub stamp: Stamp,
}

/// What writing a register came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written<Value> {
    /// The writer had seen what they replaced, or wrote the very same.
    Seen,
    /// Two writers did not see each other: the one that gave way.
    Concurrent {
        /// The value without effect.
        lost: Value,
    },
}

impl<Value: Clone + PartialEq> Register<Value> {
    /// A register with its first value.
    #[must_use]
    pub const fn new(value: Value, stamp: Stamp) -> Self {
        Self { value, stamp }
    }

    /// Writes a value of somebody who saw the value stamped `seen`. What stands afterwards depends on the stamps alone, not
    /// on which of two writes came first.
    pub(crate) fn write(&mut self, value: Value, stamp: &Stamp, seen: Option<&Stamp>) -> Written<Value> {
        if *stamp == self.stamp {
            return Written::Seen;
        }
        let aware = seen.is_some_and(|seen| is_seen(&self.stamp, seen));
        let written = Self { value, stamp: stamp.clone() };
        let lost = if *stamp > self.stamp { std::mem::replace(self, written) } else { written };
        if aware || lost.value == self.value { Written::Seen } else { Written::Concurrent { lost: lost.value } }
    }
}

/// Whether somebody who saw what was stamped `seen` saw what is stamped `written`. A device knows its own writes in their
/// order; the server may have clamped their stamps.
pub(crate) fn is_seen(written: &Stamp, seen: &Stamp) -> bool {
    written == seen || (written.device() == seen.device() && written < seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(counter: u8, device: &str) -> Stamp {
        format!("01a19484e5e0-{counter:04x}-{device}").parse().unwrap()
    }

    #[test]
    fn the_later_write_stands_whichever_comes_first_and_the_other_is_named() {
        let (early, late) = ((1, stamp(1, "dev_b")), (2, stamp(2, "dev_c")));
        let seen = stamp(0, "dev_a");
        let mut register = Register::new(0, seen.clone());
        assert_eq!(register.write(early.0, &early.1, Some(&seen)), Written::Seen);
        assert_eq!(register.write(late.0, &late.1, Some(&seen)), Written::Concurrent { lost: 1 });
        assert_eq!(register.value, 2);
        let mut register = Register::new(0, seen.clone());
        assert_eq!(register.write(late.0, &late.1, Some(&seen)), Written::Seen);
        assert_eq!(register.write(early.0, &early.1, Some(&seen)), Written::Concurrent { lost: 1 });
        assert_eq!(register.value, 2);
    }

    #[test]
    fn a_repeat_and_an_equal_value_are_no_clash() {
        let mut register = Register::new(5, stamp(1, "dev_b"));
        assert_eq!(register.write(5, &stamp(1, "dev_b"), None), Written::Seen);
        assert_eq!(register.write(5, &stamp(2, "dev_c"), None), Written::Seen);
        assert_eq!(register.stamp, stamp(2, "dev_c"));
    }

    #[test]
    fn a_device_has_seen_its_own_earlier_write_even_where_the_server_clamped_its_stamp() {
        let mut register = Register::new(1, stamp(1, "dev_b"));
        assert_eq!(register.write(2, &stamp(9, "dev_b"), Some(&stamp(7, "dev_b"))), Written::Seen);
        assert_eq!(register.value, 2);
    }

    #[test]
    fn of_two_acts_the_earlier_stands_whichever_comes_first() {
        let act = |counter| Act {
            by: "stf_mara".parse().unwrap(),
            at: "2026-10-31T23:41:07Z".parse().unwrap(),
            stamp: stamp(counter, "dev_b"),
            reason: None,
            approved_by: None,
        };
        let mut known = None;
        assert_eq!(Act::keep_first(&mut known, act(2)), None);
        assert_eq!(Act::keep_first(&mut known, act(2)), None, "a repeat is no second act");
        assert_eq!(Act::keep_first(&mut known, act(1)), Some(act(2)));
        assert_eq!(Act::keep_first(&mut known, act(3)), Some(act(3)));
        assert_eq!(known, Some(act(1)));
    }
}
