//! The laws of the boundary between the core and a JavaScript host.

mod host;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::wasm::EngineHandle;
use host::TestHost;
use js_sys::{Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_bindgen_test::wasm_bindgen_test;

const OPEN_TABLE_12: &str = r#"{"type":"open_order","tableId":"tbl_12","guests":2}"#;

#[wasm_bindgen_test]
async fn a_command_resolves_after_its_commit_and_not_before() {
    let host = TestHost::new();
    let engine = host.open().await;
    let before = host.keys();
    host.hold();
    let opened = engine.command(OPEN_TABLE_12, None);
    let settled = Rc::new(Cell::new(false));
    let (sees, promise) = (Rc::clone(&settled), opened.clone());
    spawn_local(async move {
        JsFuture::from(promise).await.ok();
        sees.set(true);
    });
    a_turn_of_the_event_loop().await;
    assert!(!settled.get(), "the command resolved while its commit was under way");
    assert_eq!(orders(&engine), Value::Array(Vec::new()), "memory ran ahead of the disk");
    assert_eq!(host.keys(), before);

    host.release();
    let order = saved(opened).await;
    assert_ne!(host.keys(), before, "the command resolved and nothing is stored");
    assert_eq!((&order["ticketNo"], &order["tableId"]), (&"B-0001".into(), &"tbl_12".into()));
    assert_eq!(orders(&engine), Value::Array(vec![order]));
}

#[wasm_bindgen_test]
async fn a_failing_commit_rejects_with_storage_failed_and_leaves_no_trace() {
    let host = TestHost::new();
    let engine = host.open().await;
    let before = host.keys();
    for how in ["throw", "reject"] {
        host.fail(Some(how));
        let refused = JsFuture::from(engine.command(OPEN_TABLE_12, None)).await.unwrap_err();
        let code = Reflect::get(&refused, &"code".into()).unwrap();
        assert_eq!(code.as_string().as_deref(), Some("STORAGE_FAILED"), "{how}");
        assert_eq!(orders(&engine), Value::Array(Vec::new()));
        assert_eq!(query(&engine, r#"{"type":"status"}"#)["queueDepth"], 0);
        assert_eq!(host.keys(), before);
    }
    host.fail(None);
    let order = saved(engine.command(OPEN_TABLE_12, None)).await;
    assert_eq!(order["ticketNo"], "B-0001", "the failed commits used a ticket number up");
}

#[wasm_bindgen_test]
async fn commands_given_while_a_commit_is_under_way_share_the_next_one() {
    let host = TestHost::new();
    let engine = host.open().await;
    let before = host.commits();
    let commands: Vec<Promise> = (0..50).map(|_| engine.command(OPEN_TABLE_12, None)).collect();
    for command in commands {
        saved(command).await;
    }
    assert_eq!(orders(&engine).as_array().unwrap().len(), 50);
    assert_eq!(host.commits() - before, 2, "the first command's own and one for the other 49");
}

#[wasm_bindgen_test]
async fn a_listener_may_call_the_engine_back() {
    let host = TestHost::new();
    let engine = Rc::new(host.open().await);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let given = Rc::new(RefCell::new(None));
    let listener = {
        let (engine, seen, given) = (Rc::clone(&engine), Rc::clone(&seen), Rc::clone(&given));
        Closure::<dyn FnMut(String)>::new(move |event: String| {
            engine.signal("online");
            engine.signal("sync");
            let event: Value = serde_json::from_str(&event).unwrap();
            let Some(order_id) = event["orderIds"][0].as_str() else { return };
            let lines = query(&engine, &format!(r#"{{"type":"order","orderId":"{order_id}"}}"#))["lines"].clone();
            seen.borrow_mut().push(lines.as_array().unwrap().len());
            if given.borrow().is_none() {
                let line = format!(r#"{{"type":"add_line","orderId":"{order_id}","itemId":"it_soup"}}"#);
                *given.borrow_mut() = Some(engine.command(&line, None));
            }
        })
    };
    host.listen(listener.as_ref());
    saved(engine.command(OPEN_TABLE_12, None)).await;
    let line = given.borrow_mut().take().expect("the listener heard of the order");
    let order = saved(line).await;
    assert_eq!(order["totals"]["grossMinor"], 725);
    assert_eq!(*seen.borrow(), [0, 1], "each change is told once, and what is told is already readable");
    host.listen(&JsValue::NULL);
}

#[wasm_bindgen_test]
async fn a_command_that_is_none_is_refused_and_nothing_is_written() {
    let host = TestHost::new();
    let engine = host.open().await;
    let before = host.commits();
    for json in ["", "{}", r#"{"guests":2}"#, r#"{"type":"open_order","vip":true}"#] {
        let refused = JsFuture::from(engine.command(json, None)).await.unwrap_err();
        assert_eq!(property(&refused, "code").as_string().as_deref(), Some("COMMAND_INVALID"), "{json}");
    }
    let refused = JsFuture::from(engine.command(r#"{"type":"open_order","guests":-1}"#, None)).await.unwrap_err();
    assert_eq!(property(&refused, "code").as_string().as_deref(), Some("FIELD_INVALID"));
    assert_eq!(property(&refused, "field").as_string().as_deref(), Some("guests"));
    let allowed = property(&refused, "allowed");
    assert_eq!((property(&allowed, "min").as_f64(), property(&allowed, "max").as_f64()), (Some(1.0), Some(9_999.0)));
    assert_eq!(host.commits(), before);
}

fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

async fn saved(command: Promise) -> Value {
    let json = JsFuture::from(command).await.expect("the command is saved");
    serde_json::from_str(&json.as_string().unwrap()).unwrap()
}

fn orders(engine: &EngineHandle) -> Value {
    query(engine, r#"{"type":"orders","filter":{}}"#)
}

fn query(engine: &EngineHandle, json: &str) -> Value {
    serde_json::from_str(&engine.query(json).unwrap()).unwrap()
}

/// Everything that was ready to run has run.
async fn a_turn_of_the_event_loop() {
    let turn = Promise::new(&mut |resolve, _| {
        gloo_timers::callback::Timeout::new(0, move || {
            resolve.call0(&JsValue::UNDEFINED).ok();
        })
        .forget();
    });
    JsFuture::from(turn).await.unwrap();
}
