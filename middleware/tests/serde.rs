//! What a program may want to keep over a restart.
#![cfg(feature = "serde")]

use foregone_middleware::{DeviceId, IdempotencyKey};

#[test]
fn a_device_id_survives_being_written_and_read() {
    let device = DeviceId::random();
    let written = serde_json::to_string(&device).unwrap();
    assert_eq!(serde_json::from_str::<DeviceId>(&written).unwrap(), device);
}

#[test]
fn an_idempotency_key_survives_being_written_and_read() {
    let key = IdempotencyKey::random();
    let written = serde_json::to_string(&key).unwrap();
    assert_eq!(serde_json::from_str::<IdempotencyKey>(&written).unwrap(), key);
}
