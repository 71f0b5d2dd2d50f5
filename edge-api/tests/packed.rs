//! Bodies that were packed, and JSON that says one thing twice.
#![cfg(test)]

mod restaurant;

use std::io::Write as _;

use edge_api::{ApiRequest, ApiResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use restaurant::*;
use serde_json::json;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn send(server: &Server, device: &Device, body: Vec<u8>, encoding: &str) -> ApiResponse {
    let request = ApiRequest::post("/sync/orders", body).bearer(&device.token);
    server.ask(ApiRequest { content_encoding: Some(encoding.to_owned()), ..request })
}

fn exchange(device: &Device) -> Vec<u8> {
    json!({ "protocol": 1, "app_version": "1", "incarnation": INCARNATION, "cursor": null, "limit": 10,
        "mutations": [device.open(1, 1)] })
    .to_string()
    .into_bytes()
}

#[test]
fn a_packed_body_says_what_it_says_unpacked() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let reply: protocol::ExchangeReply = read(&send(&server, &device, packed(&exchange(&device)), "GZIP"));
    assert_eq!(outcome(&reply.verdicts[0]), "applied 1");
    let again: protocol::ExchangeReply = read(&send(&server, &device, exchange(&device), "identity"));
    assert!(again.verdicts[0].replayed);
}

#[test]
fn a_few_bytes_that_stand_for_gigabytes_are_unpacked_no_further_than_the_limit() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..400 {
        packer.write_all(&zeros).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 512 * 1024, "the bomb itself is small enough: {}", bomb.len());
    assert_eq!(code(&send(&server, &device, bomb, "gzip")), "BODY_TOO_LARGE");
}

#[test]
fn what_is_no_sound_packing_is_malformed_and_no_other_encoding_is_taken() {
    let server = Server::new();
    let (_, device) = server.open("ten_a", "loc_a");
    let sound = packed(&exchange(&device));
    let mut damaged = sound.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let trailing = [sound.as_slice(), b"{}"].concat();
    let twice = [sound.as_slice(), &sound].concat();
    for bad in [Vec::new(), b"{}".to_vec(), sound[..sound.len() / 2].to_vec(), damaged, trailing, twice, packed(&sound)]
    {
        let response = send(&server, &device, bad.clone(), "gzip");
        assert_eq!(code(&response), "MALFORMED_BODY", "{} bytes", bad.len());
    }
    for encoding in ["br", "deflate", "gzip, gzip", "zstd"] {
        assert_eq!(code(&send(&server, &device, sound.clone(), encoding)), "UNSUPPORTED_MEDIA_TYPE", "{encoding}");
    }
    assert_eq!(server.number("SELECT count(*) AS n FROM operations"), 0);
}

#[test]
fn a_key_that_stands_twice_is_refused_at_any_depth() {
    let server = Server::new();
    let (tenant, device) = server.open("ten_a", "loc_a");
    let text = String::from_utf8(exchange(&device)).unwrap();
    let doubled = [
        text.replacen("\"limit\":10", "\"limit\":10,\"limit\":1", 1),
        text.replacen("\"guests\":2", "\"guests\":2,\"guests\":3", 1),
        text.replacen("\"code\":\"USD\"", "\"code\":\"USD\",\"c\\u006fde\":\"EUR\"", 1),
        text.replacen("\"offline\":true", "\"offline\":true,\"later\":{\"a\":1,\"b\":[{\"a\":1,\"a\":2}]}", 1),
    ];
    for body in doubled {
        assert_ne!(body, text);
        let refused = server.ask(ApiRequest::post("/sync/orders", body.clone()).bearer(&device.token));
        assert_eq!(code(&refused), "INVALID_REQUEST", "{body}");
    }
    let location = r#"{"location_id":"loc_b","location_id":"loc_a"}"#;
    let refused = server.ask(ApiRequest::post("/admin/enrolment-codes", location).bearer(&tenant.token));
    assert_eq!(code(&refused), "INVALID_REQUEST");
}
