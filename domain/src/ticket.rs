//! Ticket numbers: what people call an order by.
//!
//! A device numbers its own tickets under its own prefix, so two devices need not agree on anything. A ticket number is a
//! label and never a key: a duplicate is accepted and flagged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `B-0042`: the device's letters and its counter for the business date.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNo {
    prefix: String,
    counter: u32,
}

impl TicketNo {
    /// The longest prefix, in letters.
    pub const PREFIX_LETTERS_MAX: usize = 4;

    /// The number `counter` of the device with the letters `prefix`.
    ///
    /// # Errors
    /// When the prefix is not 1 to 4 capital letters or the counter is 0.
    pub fn new(prefix: &str, counter: u32) -> Result<Self, TicketNoError> {
        let letters = (1..=Self::PREFIX_LETTERS_MAX).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if letters && counter > 0 { Ok(Self { prefix: prefix.to_owned(), counter }) } else { Err(TicketNoError) }
    }

    /// The device's letters.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The counter, from 1.
    #[must_use]
    pub const fn counter(&self) -> u32 {
        self.counter
    }
}

impl fmt::Display for TicketNo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{:04}", self.prefix, self.counter)
    }
}

impl fmt::Debug for TicketNo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for TicketNo {
    type Err = TicketNoError;

    fn from_str(text: &str) -> Result<Self, TicketNoError> {
        let (prefix, counter) = text.split_once('-').ok_or(TicketNoError)?;
        let ticket_no = Self::new(prefix, counter.parse().map_err(|_| TicketNoError)?)?;
        // One form only: `B-42` and `B-+042` would be second spellings of one number.
        if ticket_no.to_string() == text { Ok(ticket_no) } else { Err(TicketNoError) }
    }
}

impl TryFrom<String> for TicketNo {
    type Error = TicketNoError;

    fn try_from(text: String) -> Result<Self, TicketNoError> {
        text.parse()
    }
}

impl From<TicketNo> for String {
    fn from(ticket_no: TicketNo) -> Self {
        ticket_no.to_string()
    }
}

/// Not a ticket number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ticket number must be like B-0042")]
pub struct TicketNoError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_number_has_one_spelling() {
        let ticket_no = TicketNo::new("B", 42).unwrap();
        assert_eq!(ticket_no.to_string(), "B-0042");
        assert_eq!("B-0042".parse(), Ok(ticket_no));
        assert_eq!(TicketNo::new("AB", 12_345).unwrap().to_string(), "AB-12345");
        for bad in ["B-42", "B-+042", "b-0042", "-0042", "B-0000", "B0042", "ABCDE-0001"] {
            assert_eq!(bad.parse::<TicketNo>(), Err(TicketNoError), "{bad:?}");
        }
    }
}
