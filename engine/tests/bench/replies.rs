//! What a server says, as text.

use serde_json::Value;

/// A reply that says the request's name again, as the server does, where it says none.
pub(super) fn named(reply: &str, request: &str) -> String {
    let echo = serde_json::from_str::<Value>(request).ok().and_then(|request| request.get("echo").cloned());
    match echo.filter(|_| reply.contains("\"verdicts\"") && !reply.contains("\"echo\"")) {
        Some(echo) => reply.replacen('{', &format!("{{\"echo\":{echo},"), 1),
        None => reply.to_owned(),
    }
}

/// A reply with these verdicts and delta entries.
pub(crate) fn reply(verdicts: &str, changes: &str, cursor: &str) -> String {
    format!(
        r#"{{"protocol":1,"server_time":"2026-10-31T23:41:07.000Z","acked_seq":0,"verdicts":[{verdicts}],
            "changes":[{changes}],"cursor":"{cursor}","has_more":false}}"#
    )
}

/// A delta entry with the fixture menu at some version.
pub(crate) fn menu_delta(rev: u64, menu_version: u32) -> String {
    let menu = include_str!("../../../fixtures/menu.json");
    let menu = menu.replace("\"menu_version\": 41", &format!("\"menu_version\": {menu_version}"));
    format!(r#"{{"collection":"menu","id":"loc_quay","rev":{rev},"changed_seq":{rev},"record":{menu}}}"#)
}
