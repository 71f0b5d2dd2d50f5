//! A host made of JavaScript's own objects: a store in memory whose commits a test can hold back or let fail, and a
//! server that hands out the menu once and then never answers again.

use engine::wasm::{EngineHandle, Host};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

const HOST: &str = r"
  const values = new Map();
  let commits = 0, failure = null, gate = Promise.resolve(), openGate = () => {}, answered = false;
  const waiting = [];
  return {
    list: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)).sort(),
    read: async (keys) => keys.map((key) => values.get(key)),
    keepKeys: () => {},
    remember: () => {},
    commit(create, put, remove) {
      commits += 1;
      if (failure === 'throw') throw new Error('the disk is gone');
      return gate.then(() => {
        if (failure === 'reject') throw new Error('the disk is full');
        for (const [key, value] of [...put, ...create]) values.set(key, value);
        for (const key of remove) values.delete(key);
      });
    },
    post() {
      if (answered) return new Promise(() => {});
      answered = true;
      return Promise.resolve({ status: 200, contentType: 'application/json', retryAfter: null, body: reply });
    },
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    offsetMinutes: () => 0,
    notify(text) {
      const event = JSON.parse(text);
      for (const each of waiting.filter(({ type }) => type === event.type)) each.resolve();
      this.listener?.(text);
    },
    listener: null,
    next: (type) => new Promise((resolve) => waiting.push({ type, resolve })),
    hold() { gate = new Promise((resolve) => { openGate = resolve; }); },
    release() { openGate(); gate = Promise.resolve(); },
    fail(how) { failure = how; },
    commits: () => commits,
    keys: () => [...values.keys()].sort(),
  };
";

const MENU: &str = include_str!("../../../fixtures/menu.json");

/// The host and what a test does to it.
#[derive(Debug, Clone)]
pub(crate) struct TestHost {
    object: Object,
}

impl TestHost {
    pub(crate) fn new() -> Self {
        let reply = format!(
            r#"{{"protocol":1,"server_time":"2026-10-31T23:41:07.120Z","acked_seq":0,"verdicts":[],"changes":[{{
            "collection":"menu","id":"menu","rev":1,"changed_seq":1,"own_seq":0,"record":{MENU}}}],
            "cursor":"1","has_more":false}}"#
        );
        let make = Function::new_with_args("reply", HOST);
        Self { object: make.call1(&JsValue::UNDEFINED, &reply.into()).unwrap().unchecked_into() }
    }

    /// An engine over this host that has its menu.
    pub(crate) async fn open(&self) -> EngineHandle {
        let menu = self.next("menu_changed");
        let engine = EngineHandle::open(self.object.clone().unchecked_into::<Host>(), options()).await.unwrap();
        JsFuture::from(menu).await.unwrap();
        engine
    }

    /// Resolves with the next event of a type.
    pub(crate) fn next(&self, event: &str) -> Promise {
        self.call("next", &[event.into()]).unchecked_into()
    }

    /// Lets commits begin but not end.
    pub(crate) fn hold(&self) {
        self.call("hold", &[]);
    }

    /// Lets commits end.
    pub(crate) fn release(&self) {
        self.call("release", &[]);
    }

    /// Lets commits fail: `throw` at once, `reject` later, nothing to let them succeed again.
    pub(crate) fn fail(&self, how: Option<&str>) {
        self.call("fail", &[how.into()]);
    }

    /// How often the store was asked to commit.
    pub(crate) fn commits(&self) -> u32 {
        serde_json::from_str(&text_of(&self.call("commits", &[]))).unwrap()
    }

    /// The keys that the store holds, as JSON.
    pub(crate) fn keys(&self) -> String {
        text_of(&self.call("keys", &[]))
    }

    /// Calls back from inside every notification.
    pub(crate) fn listen(&self, listener: &JsValue) {
        Reflect::set(&self.object, &"listener".into(), listener).unwrap();
    }

    fn call(&self, name: &str, arguments: &[JsValue]) -> JsValue {
        let method: Function = Reflect::get(&self.object, &name.into()).unwrap().unchecked_into();
        method.apply(&self.object, &arguments.iter().collect()).unwrap()
    }
}

fn options() -> JsValue {
    let options = r#"{"serverUrl":"https://sync.example","appVersion":"1","bootId":"b7f2","pullIntervalMs":60000,
        "staffId":"stf_mara","retentionDays":35,"keys":[{"id":1,"hex":"KEY"}],"enrolment":{"tenantId":"ten_saltmarsh","locationId":"loc_quay","deviceId":"dev_b",
        "devicePrefix":"B","deviceToken":"not-a-secret"}}"#;
    JSON::parse(&options.replace("KEY", &"5a".repeat(32))).unwrap()
}

fn text_of(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}
