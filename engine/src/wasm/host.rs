//! What the host must bring: a store, a transport, clocks and random bytes.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r"
/** What the engine needs of its host. */
export interface Host {
  list(prefix: string): Promise<string[]>;
  read(keys: string[]): Promise<(Uint8Array | undefined)[]>;
  commit(create: [string, Uint8Array][], put: [string, Uint8Array][], remove: string[]): Promise<void>;
  keepKeys(ids: number[]): void;
  remember(commitNumber: number): void;
  post(url: string, token: string, body: string): Promise<HostAnswer>;
  randomBytes(count: number): Uint8Array;
  now(): number;
  monotonicNow(): number;
  offsetMinutes(): number;
  notify(event: string): void;
}
/** An HTTP answer. */
export interface HostAnswer {
  status: number;
  contentType: string | null;
  retryAfter: string | null;
  body: string;
}
";

#[wasm_bindgen]
extern "C" {
    /// The host's services.
    #[wasm_bindgen(typescript_type = "Host")]
    #[derive(Debug, Clone)]
    pub type Host;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn list(this: &Host, prefix: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn read(this: &Host, keys: Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn commit(this: &Host, create: Array, put: Array, remove: Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = keepKeys)]
    pub(crate) fn keep_keys(this: &Host, ids: Array);
    #[wasm_bindgen(method)]
    pub(crate) fn remember(this: &Host, commit_number: u32);
    #[wasm_bindgen(method, catch)]
    pub(crate) fn post(this: &Host, url: &str, token: &str, body: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = randomBytes)]
    pub(crate) fn random_bytes(this: &Host, count: u32) -> Uint8Array;
    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Host) -> f64;
    #[wasm_bindgen(method, js_name = monotonicNow)]
    pub(crate) fn monotonic_now(this: &Host) -> f64;
    #[wasm_bindgen(method, js_name = offsetMinutes)]
    pub(crate) fn offset_minutes(this: &Host) -> i16;
    #[wasm_bindgen(method)]
    pub(crate) fn notify(this: &Host, event: &str);

    /// An HTTP answer as the host hands it over.
    #[derive(Debug)]
    pub(crate) type HostAnswer;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &HostAnswer) -> u16;
    #[wasm_bindgen(method, getter, js_name = contentType)]
    pub(crate) fn content_type(this: &HostAnswer) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub(crate) fn retry_after(this: &HostAnswer) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn body(this: &HostAnswer) -> String;
}
