//! Something on the way that does not let every text through.

use super::Bench;

impl Bench {
    /// Exchanges behind a wall that refuses every body with this text in it, until nothing is pending or the wall has been met
    /// so often that something runs in circles. Returns how many requests it took.
    pub(crate) fn sync_behind_wall(&mut self, forbidden: &str) -> usize {
        for requests in 0..60 {
            if self.status().queue_depth == 0 {
                return requests;
            }
            self.wait_for_next_attempt();
            let Some(request) = self.exchange.take() else { return requests };
            if request.body.contains(forbidden) {
                self.answer_to(request.id, 413, "application/problem+json", r#"{"code":"BODY_TOO_LARGE"}"#);
            } else {
                self.serve(&request);
            }
        }
        panic!("the queue does not drain");
    }
}
