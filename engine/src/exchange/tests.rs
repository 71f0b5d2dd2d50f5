//! What answers mean.

use super::*;

fn answer(status: u16, content_type: &str, body: &str) -> HttpAnswer {
    HttpAnswer { status, content_type: Some(content_type.to_owned()), retry_after_s: None, body: body.to_owned() }
}

fn problem(status: u16, code: &str) -> Answer {
    read_answer(&answer(status, "application/problem+json", &format!(r#"{{"code":"{code}"}}"#)))
}

#[test]
fn a_captive_portals_page_is_no_answer_whatever_its_status() {
    for status in [200, 302, 401, 403, 422, 500, 511] {
        let read = read_answer(&answer(status, "text/html", "<html>order 14001 failed</html>"));
        assert!(matches!(read, Answer::Later(Failure { answered: false, .. })), "{status}");
    }
    let cut = read_answer(&answer(200, "application/json", r#"{"protocol":1,"server_ti"#));
    assert!(matches!(cut, Answer::Later(Failure { answered: false, .. })));
}

#[test]
fn the_servers_refusals_pause_shrink_or_wait_and_never_more() {
    assert!(matches!(problem(401, "UNAUTHORIZED"), Answer::Pause(PauseReason::Unauthorized, _)));
    assert!(matches!(problem(403, "DEVICE_REVOKED"), Answer::Pause(PauseReason::Forbidden, _)));
    assert!(matches!(problem(409, "SEQ_REUSE"), Answer::Pause(PauseReason::Sequence, _)));
    assert!(matches!(problem(410, "CURSOR_EXPIRED"), Answer::CursorExpired));
    assert!(matches!(problem(413, "BODY_TOO_LARGE"), Answer::SendLess(_)));
    assert!(matches!(problem(422, "INVALID_REQUEST"), Answer::SendLess(_)));
    assert!(matches!(problem(503, "BUSY"), Answer::Later(Failure { answered: true, .. })));
    assert!(matches!(problem(418, "FROM_THE_FUTURE"), Answer::Later(Failure { answered: true, .. })));
}
