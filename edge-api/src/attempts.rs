//! Tries of which every one counts: wrong enrolment codes and new PINs.
//!
//! They are counted in the tenant's own database, where a count is exact however many ask at once and wherever they are; the
//! limits of the edge count per place and late. The statements belong into the transaction that decides about the try.

use std::net::{IpAddr, Ipv6Addr};

use domain::{TenantId, Timestamp};

use crate::database::{DatabaseError, Param, Rows, Statement};
use crate::refusal::Refusal;

/// The bits of an IPv6 address that its holder cannot choose: a line is given a /64, and all of it is one guesser.
const V6_NETWORK: u128 = !0 << 64;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// A wrong enrolment code, by the address that sent it: nobody else is locked out of enrolling.
    EnrolmentCode,
    /// A new PIN, by the person who is to have it.
    PinReset,
}

impl Trial {
    const fn kind(self) -> &'static str {
        match self {
            Self::EnrolmentCode => "enrolment_code",
            Self::PinReset => "pin_reset",
        }
    }

    /// How many are admitted in one window.
    const fn most(self) -> u64 {
        match self {
            Self::EnrolmentCode => 20,
            Self::PinReset => 10,
        }
    }

    /// How long a window is, in milliseconds from the first try in it.
    const fn window_millis(self) -> i64 {
        match self {
            Self::EnrolmentCode => 10 * 60_000,
            Self::PinReset => 60 * 60_000,
        }
    }
}

/// Counts the tries of one subject at one tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempts<'a> {
    pub(crate) trial: Trial,
    pub(crate) tenant_id: &'a TenantId,
    pub(crate) subject: &'a str,
    pub(crate) now: Timestamp,
}

impl Attempts<'_> {
    /// Finds a row where the window is full. [`refusal`](Self::refusal) reads it; it stands before the try is counted.
    pub(crate) fn full(&self) -> Statement {
        Statement::new(
            "SELECT window_start FROM attempts
             WHERE tenant_id = ?1 AND kind = ?2 AND subject = ?3 AND window_start > ?4 AND count >= CAST(?5 AS INTEGER)",
            [
                self.tenant_id.as_str().into(),
                self.trial.kind().into(),
                self.subject.into(),
                self.ended().into(),
                self.trial.most().into(),
            ],
        )
    }

    /// Counts the try, unless the window is full or there is no such tenant, or it is the hash of a code that is good: a
    /// flood costs no writes, and an invented tenant no row.
    pub(crate) fn counted(&self, code_hash: Option<&str>) -> Statement {
        Statement::new(
            "INSERT INTO attempts (tenant_id, kind, subject, window_start, count)
             SELECT tenant_id, ?2, ?3, ?6, 1 FROM tenants
             WHERE tenant_id = ?1 AND NOT EXISTS (
               SELECT 1 FROM enrolment_codes
               WHERE tenant_id = ?1 AND code_hash = ?7 AND used_at IS NULL AND expires_at > ?6
             )
             ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET
               window_start = CASE WHEN window_start > ?4 THEN window_start ELSE excluded.window_start END,
               count = CASE WHEN window_start > ?4 THEN count + 1 ELSE 1 END
             WHERE window_start <= ?4 OR count < CAST(?5 AS INTEGER)",
            [
                self.tenant_id.as_str().into(),
                self.trial.kind().into(),
                self.subject.into(),
                self.ended().into(),
                self.trial.most().into(),
                self.now.to_string().into(),
                code_hash.map_or(Param::Null, Param::from),
            ],
        )
    }

    /// The refusal that the rows of [`full`](Self::full) ask for: until the window ends.
    pub(crate) fn refusal(&self, full: &Rows) -> Result<Option<Refusal>, DatabaseError> {
        let Some(row) = full.first() else { return Ok(None) };
        let began: Timestamp = row.parsed("window_start")?;
        let left = began.millis() + self.trial.window_millis() - self.now.millis();
        let seconds = (left.clamp(1, self.trial.window_millis()) + 999) / 1_000;
        Ok(Some(Refusal::too_many(u32::try_from(seconds).unwrap_or(u32::MAX))))
    }

    /// A window that began then or earlier has ended.
    fn ended(&self) -> String {
        self.now.after(-self.trial.window_millis()).to_string()
    }
}

/// Who is counted for an address: an IPv4 address itself, of IPv6 the network, nothing for a text that is neither.
pub(crate) fn guesser(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() & V6_NETWORK)),
        },
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_one_guesser_however_many_addresses_it_has() {
        assert_eq!(guesser("203.0.113.7"), "203.0.113.7");
        assert_eq!(guesser("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(guesser("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(guesser("2001:db8:1:2:ffff::1"), guesser("2001:db8:1:2::1"));
        assert_ne!(guesser("2001:db8:1:3::1"), guesser("2001:db8:1:2::1"));
        assert_eq!([guesser(""), guesser("somebody"), guesser(&"1".repeat(9_000))], ["", "", ""]);
    }
}
