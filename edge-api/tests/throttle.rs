//! Who asks too often waits, and slows nobody else down.
#![cfg(test)]

mod restaurant;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, ready};

use edge_api::{ApiRequest, Subject, SyncApi, Throttle};
use pollster::block_on;
use restaurant::*;

/// Admits so many requests of each subject.
struct Counting {
    device_max: u32,
    tenant_max: u32,
    counts: RefCell<BTreeMap<String, u32>>,
}

impl Counting {
    fn new(device_max: u32, tenant_max: u32) -> Self {
        Self { device_max, tenant_max, counts: RefCell::default() }
    }
}

impl Throttle for Counting {
    fn admits(&self, subject: Subject<'_>) -> impl Future<Output = bool> {
        let most = match subject {
            Subject::Device(..) => self.device_max,
            Subject::Tenant(_) => self.tenant_max,
        };
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(subject.key()).or_default();
        *count += 1;
        ready(*count <= most)
    }
}

fn pull(device: &Device) -> ApiRequest {
    ApiRequest::get("/sync/changes").bearer(&device.token)
}

#[test]
fn a_device_that_asks_too_often_waits_and_the_others_do_not() {
    let server = Server::new();
    let (tenant, mad) = server.open("ten_a", "loc_a");
    let calm = server.enrol(&tenant, "loc_a");
    let throttle = Counting::new(3, 100);
    let api = SyncApi::new(server.api.database(), config()).with_throttle(&throttle);
    let ask = |request| block_on(api.handle(server.moment(), request));
    for _ in 0..3 {
        assert_eq!(ask(pull(&mad)).status, 200);
    }
    let before = server.row_counts();
    let sale = ApiRequest::post("/sync/orders", "not looked at").bearer(&mad.token);
    for request in [pull(&mad), sale] {
        let refused = ask(request);
        assert_eq!((code(&refused), refused.status, refused.retry_after), ("TOO_MANY_REQUESTS", 429, Some(10)));
        assert_eq!(
            refused.headers().iter().find(|(name, _)| *name == "Retry-After").map(|(_, value)| value.as_str()),
            Some("10")
        );
    }
    assert_eq!(server.row_counts(), before);
    assert_eq!(ask(pull(&calm)).status, 200);
    assert_eq!(throttle.counts.borrow()["ten_a"], 4, "what a device is refused does not use up what its tenant has");
}

#[test]
fn a_tenant_over_its_limit_does_not_slow_another_one_down() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let (_, other) = server.open("ten_b", "loc_b");
    let api = SyncApi::new(server.api.database(), config()).with_throttle(Counting::new(100, 2));
    let ask = |request| block_on(api.handle(server.moment(), request));
    let devices = || ApiRequest::get("/admin/devices").bearer(&tenant.token);
    assert_eq!([ask(devices()).status, ask(pull(&device)).status, ask(pull(&device)).status], [200, 200, 429]);
    assert_eq!(code(&ask(devices())), "TOO_MANY_REQUESTS", "the admin's requests count too");
    assert_eq!(ask(pull(&other)).status, 200);
    assert_eq!(ask(ApiRequest::get("/health")).status, 200, "nobody's requests are not counted");
}
