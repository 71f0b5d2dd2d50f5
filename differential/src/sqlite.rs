//! The server itself, on native SQLite; and what was said, for another store to be asked the same.
#![expect(clippy::expect_used, reason = "SQLite in memory does not fail; if it did, the run must stop")]

use edge_api::{ApiConfig, ApiRequest, Database as _, Moment, SigningKeys, SqliteDatabase, Statement, SyncApi};
use pollster::block_on;
use serde_json::json;

use crate::asking::{Answer, Ask, Event, Request};
use crate::model::{Counts, OPERATOR};

/// The secret that grants are signed with; js-tests give the Worker the same.
fn signing_keys() -> SigningKeys {
    SigningKeys::parse(&format!("k1:{}", "11".repeat(32))).unwrap_or_default()
}

/// The server on a store of its own.
pub(crate) struct OnSqlite {
    api: SyncApi<SqliteDatabase>,
}

impl OnSqlite {
    pub(crate) fn new() -> Self {
        let config =
            ApiConfig { operator_token: OPERATOR.to_owned(), signing_keys: signing_keys(), ..ApiConfig::default() };
        let database = SqliteDatabase::open_in_memory().expect("SQLite in memory");
        Self { api: SyncApi::new(database, config) }
    }

    /// Answers a request; nothing where nobody asked.
    pub(crate) fn answer(&self, ask: &Ask) -> Option<Answer> {
        let moment = Moment { now: ask.now, entropy: ask.entropy };
        match &ask.event {
            Event::Request(request) => {
                let response = block_on(self.api.handle(moment, api_request(request)));
                Some(Answer { status: response.status, body: response.body })
            }
            Event::Upkeep => {
                let reports = block_on(self.api.upkeep(moment));
                let sound = reports.iter().all(|report| report.alarms.is_empty() && report.failed.is_none());
                assert!(sound, "the server's own check found: {reports:?}");
                None
            }
            Event::Floor { location_id, floor } => {
                let raise = Statement::new(RAISE, [location_id.as_str().into(), (*floor).into()]);
                block_on(self.api.database().batch(vec![raise])).expect("the floor is raised");
                None
            }
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let number = |sql| {
            let found = self.api.database().run(&[Statement::new(sql, [])]).expect("a count");
            found.first().and_then(|rows| rows.first()).and_then(|row| row.integer("n").ok()).unwrap_or(0)
        };
        let count = |sql| usize::try_from(number(sql)).unwrap_or(usize::MAX);
        Counts {
            operations: count("SELECT count(*) AS n FROM operations"),
            set_aside: count("SELECT count(*) AS n FROM set_aside"),
            grants: count("SELECT count(*) AS n FROM grants"),
            records: count("SELECT count(*) AS n FROM records"),
            awaiting: count("SELECT count(*) AS n FROM records WHERE awaits = 1"),
            heads: number("SELECT sum(head) AS n FROM locations"),
        }
    }
}

const RAISE: &str = "UPDATE locations SET floor = CAST(?2 AS INTEGER) WHERE location_id = ?1";

fn api_request(request: &Request) -> ApiRequest {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    ApiRequest {
        method: request.method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        authorization: request.token.as_ref().map(|token| format!("Bearer {token}")),
        content_type: request.body.as_ref().map(|_| "application/json".to_owned()),
        body: request.body.clone().unwrap_or_default().into_bytes(),
        ..ApiRequest::default()
    }
}

/// A line of the file that a Worker is asked from: what happened, when, with which randomness, and what SQLite answered.
pub(crate) fn line(ask: &Ask, answer: Option<&Answer>) -> String {
    let entropy: String = ask.entropy.iter().map(|byte| format!("{byte:02x}")).collect();
    let event = match &ask.event {
        Event::Request(Request { method, path, token, body }) => {
            json!({ "method": method, "path": path, "token": token, "body": body })
        }
        Event::Upkeep => json!({ "upkeep": true }),
        Event::Floor { location_id, floor } => json!({ "sql": RAISE, "parameters": [location_id, floor] }),
    };
    json!({ "now": ask.now.millis(), "entropy": entropy, "event": event, "answer": answer }).to_string()
}
