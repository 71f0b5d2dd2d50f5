//! What is asked of every side, and what each answers.

use domain::{Timestamp, Uid};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// One thing that happens to the server, with its clock and its randomness: the same for every side.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) now: Timestamp,
    pub(crate) entropy: [u8; 64],
    pub(crate) event: Event,
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    Request(Request),
    /// The clock has struck: the server prunes its journal.
    Upkeep,
    /// An operator has removed tombstones of a location up to this number.
    Floor {
        location_id: String,
        floor: u64,
    },
}

/// An HTTP request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// With its query.
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    /// Declared as JSON where there is one.
    pub(crate) body: Option<String>,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>, token: &str) -> Self {
        Self { method: "GET", path: path.into(), token: Some(token.to_owned()), body: None }
    }

    pub(crate) fn post(path: impl Into<String>, token: &str, body: &impl ToString) -> Self {
        Self { method: "POST", path: path.into(), token: Some(token.to_owned()), body: Some(body.to_string()) }
    }

    pub(crate) fn patch(path: impl Into<String>, token: &str, body: &impl ToString) -> Self {
        Self { method: "PATCH", ..Self::post(path, token, body) }
    }

    /// The value of a key in the query; nothing where it is empty.
    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, value)| *name == key && !value.is_empty()).map(|(_, value)| value).next_back()
    }
}

impl Ask {
    /// What the server makes of the moment's randomness for one purpose: hexadecimal digits, at most 64.
    pub(crate) fn digits(&self, purpose: &str, count: usize) -> String {
        let mut text: String = self.random(purpose).iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(count);
        text
    }

    /// An id that the server makes for one purpose.
    pub(crate) fn uid<Kind>(&self, purpose: &str) -> Uid<Kind> {
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.random(purpose);
        Uid::new(self.now, [a, b, c, d, e, f, g, h, i, j])
    }

    fn random(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.entropy).chain_update(purpose).finalize().into()
    }
}
