//! Cloudflare's rate-limit bindings as a [`Throttle`].
//!
//! They count per Cloudflare location and not at once everywhere, which is enough against a flood.

use worker::{Env, RateLimiter};

use crate::throttle::{Subject, Throttle};

/// The two limits, where the Worker was given them.
#[derive(Debug)]
pub(crate) struct RateLimits {
    device: Option<RateLimiter>,
    tenant: Option<RateLimiter>,
}

impl RateLimits {
    /// The bindings `DEVICE_RATE` and `TENANT_RATE`. One that is not there limits nothing, and neither does one where the
    /// variable `RATE_LIMITS` is `off`, as on a machine whose only tenant is its owner.
    pub(crate) fn bound_in(env: &Env) -> Self {
        if env.var("RATE_LIMITS").is_ok_and(|switch| switch.to_string() == "off") {
            return Self { device: None, tenant: None };
        }
        Self { device: env.rate_limiter("DEVICE_RATE").ok(), tenant: env.rate_limiter("TENANT_RATE").ok() }
    }
}

impl Throttle for RateLimits {
    /// A limiter that fails admits: it protects the sync, and may not be what stops it.
    async fn admits(&self, subject: Subject<'_>) -> bool {
        let limiter = match subject {
            Subject::Device(..) => &self.device,
            Subject::Tenant(_) => &self.tenant,
        };
        match limiter {
            Some(limiter) => limiter.limit(subject.key()).await.map_or(true, |outcome| outcome.success),
            None => true,
        }
    }
}
