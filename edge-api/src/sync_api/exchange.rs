//! `POST /sync/orders`, `POST /sync/shifts` and `GET /sync/changes`: from text to what [`DeltaTracker`] takes.

use protocol::{
    APP_VERSION_BYTES_MAX, DELTA_ENTRIES_MAX, EXCHANGE_MUTATIONS_MAX, Echo, ErrorCode, Incarnation, Mutation, PROTOCOL,
    SEQ_MAX, SKIPPED_BYTES_MAX, Skipped,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{invalid, is_object, limited, parsed};
use super::{Answer, ApiConfig, ApiRequest, Trace, ok};
use crate::credential::DeviceCaller;
use crate::database::{Database, DatabaseError};
use crate::delta_tracker::{DeltaTracker, Exchanged, Offer, Offered, Stream};
use crate::identity::renew_if_due;
use crate::live::Tidings;
use crate::moment::Moment;
use crate::refusal::Refusal;

/// What devices send all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Routine {
    Push(Stream),
    Pull,
}

/// Where a device's routine requests are answered.
pub(super) struct Counter<'a, D> {
    pub(super) database: &'a D,
    pub(super) config: &'a ApiConfig,
    pub(super) moment: &'a Moment,
    pub(super) device: &'a DeviceCaller,
    /// The hash of the token by which the device was remembered; nothing where it was looked up for this request.
    pub(super) remembered_by: Option<&'a str>,
}

impl<D: Database> Counter<'_, D> {
    /// Answers; nothing where the device is no longer what was remembered, and then nothing was done either.
    pub(super) async fn answer(
        &self,
        routine: Routine,
        request: &ApiRequest,
        trace: &mut Trace,
    ) -> Result<Option<Answer>, Refusal> {
        match routine {
            Routine::Push(stream) => self.push(stream, request, trace).await,
            Routine::Pull => self.pull(request, trace).await,
        }
    }

    async fn push(&self, stream: Stream, request: &ApiRequest, trace: &mut Trace) -> Result<Option<Answer>, Refusal> {
        let offer = offer_of(&limited(request)?, stream, self.device)?;
        self.renew_grants(trace).await;
        let Some(Exchanged { reply, moved }) = self.tracker().exchange(&offer).await? else { return Ok(None) };
        let tidings = Tidings { moved: moved.into_iter().collect(), ..Tidings::default() };
        Ok(Some(ok(&reply)?.telling(tidings)))
    }

    async fn pull(&self, request: &ApiRequest, trace: &mut Trace) -> Result<Option<Answer>, Refusal> {
        let limit = match query_value(&request.query, "limit") {
            Some(limit) => limit.parse().map_err(|_| invalid("limit must be a number"))?,
            None => DELTA_ENTRIES_MAX,
        };
        let incarnation: Option<Incarnation> = match query_value(&request.query, "incarnation") {
            Some(incarnation) => Some(incarnation.parse().map_err(|_| invalid("incarnation must be a UUID"))?),
            None => None,
        };
        self.renew_grants(trace).await;
        let cursor = query_value(&request.query, "cursor");
        let reply = self.tracker().pull(cursor, limit, incarnation.as_ref()).await?;
        reply.map(|reply| ok(&reply)).transpose()
    }

    const fn tracker(&self) -> DeltaTracker<'_, D> {
        DeltaTracker {
            database: self.database,
            device: self.device,
            remembered_by: self.remembered_by,
            now: self.moment.now,
            sealing_key: self.config.pin_sealing_key.as_ref(),
        }
    }

    /// Makes the device's grants anew where they are due. Where that fails the log says why, the device goes on with those it has,
    /// and the next request tries again.
    async fn renew_grants(&self, trace: &mut Trace) {
        match renew_if_due(self.database, &self.config.signing_keys, self.device, self.moment).await {
            // To lose a race is no failure.
            Ok(()) | Err(DatabaseError::GuardFailed) => {}
            Err(error @ (DatabaseError::Transient(_) | DatabaseError::Failed(_))) => {
                trace.cause = Some(format!("grants were not renewed: {error}"));
            }
        }
    }
}

/// What every version of the protocol says first.
#[derive(Deserialize)]
struct Spoken {
    protocol: u16,
}

/// [`protocol::ExchangeRequest`] with the mutations byte for byte: the journal keeps them as they were sent, with fields
/// that this version does not know.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "protocol")]
    _protocol: u16,
    app_version: String,
    incarnation: Incarnation,
    cursor: Option<String>,
    limit: u32,
    #[serde(default)]
    echo: Option<Echo>,
    #[serde(borrow)]
    mutations: Vec<&'a RawValue>,
}

fn offer_of(text: &str, stream: Stream, device: &DeviceCaller) -> Result<Offer, Refusal> {
    if let Ok(Spoken { protocol }) = serde_json::from_str(text)
        && protocol != PROTOCOL
    {
        let detail = format!("this server speaks protocol {PROTOCOL} to {PROTOCOL}, not {protocol}");
        return Err(Refusal::new(ErrorCode::ProtocolUnsupported, detail));
    }
    let Envelope { _protocol, app_version, incarnation, cursor, limit, echo, mutations } = parsed(text)?;
    if mutations.len() > EXCHANGE_MUTATIONS_MAX {
        let detail = format!("an exchange carries at most {EXCHANGE_MUTATIONS_MAX} mutations");
        return Err(Refusal::new(ErrorCode::TooManyMutations, detail));
    }
    if app_version.len() > APP_VERSION_BYTES_MAX {
        return Err(invalid(format!("app_version may have at most {APP_VERSION_BYTES_MAX} bytes")));
    }
    let offered = mutations.iter().enumerate();
    let mutations = offered.map(|(position, body)| offered_of(position, body.get(), stream, device));
    let mutations = mutations.collect::<Result<Vec<_>, _>>()?;
    Ok(Offer { stream, incarnation, app_version, cursor, limit, echo, mutations })
}

/// One mutation, or what stands in the place of one. A refusal names its place in the batch.
fn offered_of(position: usize, body: &str, stream: Stream, device: &DeviceCaller) -> Result<Offered, Refusal> {
    if !is_object(body) {
        return Err(invalid(format!("mutations[{position}] must be an object")));
    }
    let offered = match serde_json::from_str::<Skipped>(body) {
        Ok(skipped) => {
            if skipped.skipped.len() > SKIPPED_BYTES_MAX {
                return Err(invalid(format!(
                    "mutations[{position}].skipped may have at most {SKIPPED_BYTES_MAX} bytes"
                )));
            }
            Offered::of_skipped(skipped, body.to_owned())
        }
        Err(_) => {
            let mutation: Mutation =
                serde_json::from_str(body).map_err(|error| invalid(format!("mutations[{position}]: {error}")))?;
            Offered::of_mutation(mutation, body.to_owned(), stream, device)
        }
    };
    if !(1..=SEQ_MAX).contains(&offered.seq) {
        return Err(invalid(format!("mutations[{position}].seq must be 1 to {SEQ_MAX}")));
    }
    Ok(offered)
}

/// The value of a key in a query. Every value taken here consists of characters that need no escaping.
pub(super) fn query_value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next_back().filter(|value| !value.is_empty())
}
