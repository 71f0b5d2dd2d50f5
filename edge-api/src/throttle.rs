//! How often one device, or one tenant, may ask.
//!
//! A limit stands far above what anybody needs: it is there for a device that has lost its senses, and so that one tenant
//! cannot take the room of the others. Codes and PINs, where every guess counts, are counted in the store instead.

use std::future::Future;

use domain::TenantId;

use crate::credential::{Caller, DeviceCaller};
use crate::refusal::Refusal;

/// Seconds that a throttled device waits before it asks again.
const WAIT_SECONDS: u32 = 10;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The exchanges, pulls and other `/sync/*` requests of one device.
    Device(&'a TenantId, &'a str),
    /// Every request with a credential of one tenant.
    Tenant(&'a TenantId),
}

impl Subject<'_> {
    /// A text that no other subject has.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Device(tenant_id, device_id) => format!("{tenant_id}/{device_id}"),
            Self::Tenant(tenant_id) => tenant_id.to_string(),
        }
    }
}

/// Counts requests.
pub trait Throttle {
    /// Whether one more request of this subject is admitted now. Counts it.
    fn admits(&self, subject: Subject<'_>) -> impl Future<Output = bool>;
}

impl<T: Throttle> Throttle for &T {
    fn admits(&self, subject: Subject<'_>) -> impl Future<Output = bool> {
        (*self).admits(subject)
    }
}

/// Admits everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unthrottled;

impl Throttle for Unthrottled {
    fn admits(&self, _: Subject<'_>) -> impl Future<Output = bool> {
        std::future::ready(true)
    }
}

/// Refuses a caller who asks too often, before anything is done for them.
pub(crate) async fn check_rate(throttle: &impl Throttle, caller: &Caller) -> Result<(), Refusal> {
    match caller {
        Caller::Anyone | Caller::Operator => Ok(()),
        Caller::Admin(tenant_id) => check(throttle, Subject::Tenant(tenant_id)).await,
        Caller::Device(device) => check_device_rate(throttle, device).await,
    }
}

/// Refuses a device that asks too often.
pub(crate) async fn check_device_rate(throttle: &impl Throttle, device: &DeviceCaller) -> Result<(), Refusal> {
    check(throttle, Subject::Device(&device.tenant_id, device.device_id.as_str())).await?;
    // A device over its own limit does not use up what its tenant has.
    check(throttle, Subject::Tenant(&device.tenant_id)).await
}

async fn check(throttle: &impl Throttle, subject: Subject<'_>) -> Result<(), Refusal> {
    if throttle.admits(subject).await { Ok(()) } else { Err(Refusal::too_many(WAIT_SECONDS)) }
}
