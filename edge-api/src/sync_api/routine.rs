//! What devices send all day, without a look-up of who they are where that is known from the request before.

use super::exchange::{Counter, Routine};
use super::{Answer, ApiRequest, SyncApi, Trace};
use crate::credential::{DeviceCaller, authenticate, token_hash};
use crate::database::Database;
use crate::identity::is_renewal_due;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::sync_api::Audience;
use crate::throttle::{Throttle, check_device_rate};

impl<D: Database, T: Throttle> SyncApi<D, T> {
    /// Answers a routine request: as one of the device that showed the token before, and where it is not that device any more, as
    /// one of whoever holds the token now.
    pub(super) async fn answer_routine(
        &self,
        database: &D,
        moment: &Moment,
        routine: Routine,
        request: &ApiRequest,
        trace: &mut Trace,
    ) -> Result<Answer, Refusal> {
        let authorization = request.authorization.as_deref();
        let shown = token_hash(authorization).unwrap_or_default();
        let known = self.known_devices.by_token(&shown);
        let known = known.filter(|device| !is_renewal_due(&self.config.signing_keys, device, moment.now));
        let counter = |device, remembered_by| Counter { database, config: &self.config, moment, device, remembered_by };

        let mut refused = None;
        if let Some(device) = &known {
            trace.device_id = Some(device.device_id.clone());
            check_device_rate(&self.throttle, device).await?;
            match counter(device, Some(shown.as_str())).answer(routine, request, trace).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(refusal) => refused = Some(refusal),
            }
            trace.device_id = None;
        }
        let caller = authenticate(database, &self.config.operator_token, Audience::Device, authorization).await?;
        let device: DeviceCaller = caller.device()?;
        trace.device_id = Some(device.device_id.clone());
        // What it was refused as the one that is remembered stands, for it still is that one.
        if let Some(refusal) = refused.filter(|_| known.as_ref() == Some(&device)) {
            return Err(refusal);
        }
        check_device_rate(&self.throttle, &device).await?;
        let answer = counter(&device, None).answer(routine, request, trace).await?.ok_or_else(Refusal::busy)?;
        self.known_devices.note(shown, device);
        Ok(answer)
    }
}
